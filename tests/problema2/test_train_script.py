"""train-gesture-classifier.py and simulate-dataset.py as a person runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gestures import dataset, simulate

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"


def run(cwd, *args, script="train-gesture-classifier.py"):
    return subprocess.run(
        [sys.executable, str(ROOT / "Problema2" / script), *map(str, args)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        cwd=cwd,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A recording of 90 hands, gesture after gesture, with its aspects."""
    folder = tmp_path_factory.mktemp("own")
    points, labels, aspect = simulate.simulate(90, 5)
    order = np.argsort(labels, kind="stable")
    files = folder / "mias_dataset.npy", folder / "mias_labels.npy"
    dataset.save(*files, points[order], labels[order], aspect[order])
    return files


def refused(done, word):
    assert done.returncode == 2
    assert word in done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_evaluate_prints_one_json_object(own, tmp_path):
    done = run(tmp_path, "--evaluate", *own, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert {"accuracy", "n", "confusion", "per_class"} <= figures.keys()
    assert figures["n"] == 90 == np.sum(figures["confusion"])
    assert figures["accuracy"] > 0.95
    assert list(figures["per_class"]) == list(dataset.GESTURES)


def test_evaluate_for_people(own, tmp_path):
    done = run(tmp_path, "--evaluate", *own)
    assert done.returncode == 0
    assert "exactitud" in done.stdout
    assert "tijeras" in done.stdout


def test_recordings_alone_are_learnt_and_nothing_shipped_is_touched(own, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in MODELS.glob("rps_*")}
    out = tmp_path / "salida"
    done = run(
        tmp_path, "--data", own[0], "--simulated", "0", "--epochs", "12", "--out", out, "--json"
    )
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert metrics["data"].keys() == {"own"}
    assert metrics["data"]["own"]["validation"] >= 15
    assert metrics["data"]["own"]["train"] >= 60
    assert metrics["epochs_run"] == len(metrics["history"]["loss"]) <= 12
    assert np.argmin(metrics["history"]["val_loss"]) + 1 == metrics["best_epoch"]
    assert json.loads((out / "rps_classifier.json").read_text(encoding="utf-8")) == metrics
    for name in ("keras", "tflite", "json"):
        assert (out / f"rps_classifier.{name}").stat().st_size > 500
    for name in ("confusion", "curves"):
        assert (out / f"rps_classifier_{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "época 1/12" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in MODELS.glob("rps_*")} == before

    model = out / "rps_classifier.tflite"
    again = run(tmp_path, "--evaluate", *own, "--model", model, "--json")
    assert json.loads(again.stdout)["accuracy"] > 0.6


def test_recordings_are_added_to_the_simulated_hands(own, tmp_path):
    out = tmp_path / "salida"
    done = run(
        tmp_path,
        *("--data", own[0], "--labels", own[1], "--simulated", "2000"),
        *("--epochs", "2", "--out", out, "--report", "mías", *own),
    )
    assert done.returncode == 0, done.stderr
    metrics = json.loads((out / "rps_classifier.json").read_text(encoding="utf-8"))
    assert metrics["data"].keys() == {"simulated", "filmed", "own"}
    assert metrics["recordings"]["mías"]["n"] == 90
    assert "manos simuladas vistas por MediaPipe" in done.stdout


def test_bad_recordings_are_refused_in_one_sentence(own, tmp_path):
    pickled = tmp_path / "p_dataset.npy"
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    refused(run(tmp_path, "--evaluate", pickled, own[1], "--json"), "pickle")
    refused(run(tmp_path, "--evaluate", tmp_path / "no.npy", own[1]), "No existe")
    short = tmp_path / "s_labels.npy"
    np.save(short, np.zeros(5, int))
    refused(run(tmp_path, "--data", own[0], "--labels", short, "--out", tmp_path), "muestras")


def test_too_few_recordings_alone_a_missing_model_and_an_impossible_folder(own, tmp_path):
    few = tmp_path / "pocas_dataset.npy"
    points = dataset.load(*own).points[[0, 45, 89]]
    dataset.save(few, tmp_path / "pocas_labels.npy", points, [0, 1, 2], 1.0)
    done = run(tmp_path, "--data", few, "--simulated", "0", "--out", tmp_path / "x")
    assert done.returncode == 2
    assert "muy pocas" in done.stderr
    assert "Traceback" not in done.stderr
    refused(run(tmp_path, "--evaluate", *own, "--model", tmp_path / "no.tflite"), "Falta el modelo")
    blocked = tmp_path / "archivo"
    blocked.write_text("")
    refused(run(tmp_path, "--data", own[0], "--out", blocked), "No se pudo escribir")


@pytest.mark.parametrize(
    "args",
    [("--epochs", "0"), ("--simulated", "-1"), ("--labels", "x.npy"), ("--publish", "--out", "x")],
)
def test_wrong_flags_are_refused(args, tmp_path):
    done = run(tmp_path, *args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_embedded_data_set_can_be_made_again(tmp_path):
    done = run(tmp_path, "--n", "6", "--out", tmp_path, script="simulate-dataset.py")
    assert done.returncode == 0, done.stderr
    recordings = dataset.load(tmp_path / "rps_dataset.npy", tmp_path / "rps_labels.npy")
    np.testing.assert_array_equal(np.bincount(recordings.labels), [2, 2, 2])
