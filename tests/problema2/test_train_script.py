"""train-gesture-classifier.py and simulate-dataset.py as a person runs them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from gestures import backend, dataset, evaluation
from gestures.dataset import Recordings, checked
from gestures.simulator import camera

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
NAME = "train-gesture-classifier.py"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A recording of 90 hands, gesture after gesture, with its aspects."""
    folder = tmp_path_factory.mktemp("own")
    hands = Recordings(*camera.simulate(90, 5))
    files = folder / "mias_dataset.npy", folder / "mias_labels.npy"
    dataset.save(*files, hands.take(np.argsort(hands.labels, kind="stable")))
    return files


@pytest.fixture
def main(load_script, capfd):
    """Run the script in this process, where TensorFlow is loaded once; code, stdout, stderr."""
    script = load_script(NAME)

    def call(*args):
        code = script.main([str(word) for word in args])
        return code, *capfd.readouterr()

    return call


def refused(result, word):
    code, out, err = result
    assert (code, out) == (2, "")
    assert word in err.splitlines()[-1]
    assert "Traceback" not in err
    return err


def test_evaluate_prints_one_json_object(run_script, own, tmp_path):
    done = run_script(NAME, "--evaluate", *own, "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert {"accuracy", "n", "confusion", "per_class"} <= figures.keys()
    assert figures["n"] == 90 == np.sum(figures["confusion"])
    assert figures["accuracy"] > 0.95
    assert list(figures["per_class"]) == list(dataset.GESTURES)


def test_evaluate_for_people_has_decimal_commas(main, own):
    code, out, err = main("--evaluate", *own)
    assert (code, err) == (0, "")
    number = r"[01],\d{4}"
    assert re.match(rf"exactitud {number} \(95 %: {number} a {number}\), n = 90\n", out)
    assert "tijeras" in out


def test_recordings_alone_are_learnt_and_nothing_shipped_is_touched(main, own, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in MODELS.glob("rps_*")}
    out = tmp_path / "salida"
    code, said, err = main(
        "--data", own[0], "--simulated", "0", "--epochs", "12", "--out", out, "--json"
    )
    assert code == 0, err
    metrics = json.loads(said)
    assert metrics["data"].keys() == {"own"}
    assert metrics["data"]["own"]["validation"] >= 15
    assert metrics["data"]["own"]["train"] >= 60
    assert metrics["epochs_run"] == len(metrics["history"]["loss"]) <= 12
    assert np.argmin(metrics["history"]["val_loss"]) + 1 == metrics["best_epoch"]
    assert json.loads((out / "rps_classifier.json").read_text(encoding="utf-8")) == metrics
    assert ("tflite" in metrics["sha256"]) == backend.can_export()
    for name in (*metrics["sha256"], "json"):
        assert (out / f"rps_classifier.{name}").stat().st_size > 500
    for name in ("confusion", "curves"):
        assert (out / f"rps_classifier_{name}.png").read_bytes().startswith(b"\x89PNG")
    first, *epochs = err.splitlines()
    assert first == "Cargando Keras y simulando manos..."
    assert len(epochs) == metrics["epochs_run"]
    number = r"\d,\d{4}"
    epoch = f"pérdida {number}, exactitud {number}"
    assert re.fullmatch(rf"época 1/12: {epoch}; validación: {epoch}", epochs[0])
    assert {path: path.stat().st_mtime_ns for path in MODELS.glob("rps_*")} == before

    model = out / "rps_classifier.tflite"
    _, again, _ = main("--evaluate", *own, "--model", model, "--json")
    assert json.loads(again)["accuracy"] > 0.6


def test_samples_with_a_wrong_label_are_listed_for_a_second_look(main, own, tmp_path):
    """A slip of the finger, 12 of 90: most are named, and next to none of the right ones."""
    hands = dataset.load(*own)
    labels = hands.labels.copy()
    wrong = np.flatnonzero(labels == 1)[4:16]
    labels[wrong] = 0
    files = tmp_path / "mias_dataset.npy", tmp_path / "mias_labels.npy"
    dataset.save(*files, Recordings(hands.points, labels, hands.aspect))
    options = ("--simulated", 12000, "--epochs", 6, "--out", tmp_path / "salida")
    code, said, err = main("--data", files[0], *options)
    assert code == 0, err
    stored = (tmp_path / "salida" / "rps_classifier.json").read_text(encoding="utf-8")
    listed = json.loads(stored)["contradicted"]
    slips = [sample for sample in listed if sample["number"] in wrong]
    assert len(slips) >= 8
    assert len(listed) <= len(slips) + 2  # a network trained for seconds errs now and then
    assert {(each["label"], each["reading"]) for each in slips} == {("piedra", "papel")}
    assert all(0.7 <= sample["confidence"] <= 1 for sample in listed)
    numbers = re.findall(
        r"^muestra (\d+) \(desde 0\): etiqueta \w+, parece \w+ \(\d+ %\)$", said, re.M
    )
    assert [int(number) for number in numbers] == [sample["number"] for sample in listed]


def test_only_confident_readings_contradict_a_label():
    probabilities = [[0.9, 0.1, 0], [0.9, 0.1, 0], [0.69, 0.31, 0], [0.7, 0, 0.3], [0.3, 0, 0.7]]
    listed = evaluation.contradicted(probabilities, [0, 1, 1, 2, 2], 0.7)
    assert listed == [
        {"number": 1, "label": "papel", "reading": "piedra", "confidence": 0.9},
        {"number": 3, "label": "tijeras", "reading": "piedra", "confidence": 0.7},
    ]


def test_recordings_are_added_to_the_simulated_hands(main, own, tmp_path):
    out = tmp_path / "salida"
    code, said, err = main(
        *("--data", own[0], "--labels", own[1], "--simulated", "2000"),
        *("--epochs", "1", "--out", out, "--report", "mías", *own),
    )
    assert code == 0, err
    metrics = json.loads((out / "rps_classifier.json").read_text(encoding="utf-8"))
    assert metrics["data"].keys() == {"simulated", "filmed", "own"}
    assert metrics["recordings"]["mías"]["n"] == 90
    assert "manos simuladas vistas por MediaPipe" in said
    assert isinstance(metrics["contradicted"], list)


def test_bad_recordings_are_refused_in_one_sentence(main, own, tmp_path):
    pickled = tmp_path / "p_dataset.npy"
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    short = tmp_path / "s_labels.npy"
    np.save(short, np.zeros(5, int))
    for word, args in (
        ("pickle", ("--evaluate", pickled, own[1], "--json")),
        ("No existe", ("--evaluate", tmp_path / "no.npy", own[1])),
        ("muestras", ("--data", own[0], "--labels", short, "--out", tmp_path)),
        ("Falta el modelo", ("--evaluate", *own, "--model", tmp_path / "no.tflite")),
    ):
        assert refused(main(*args), word).count("\n") == 1


def test_too_few_recordings_alone_and_an_impossible_folder(main, own, tmp_path):
    few = tmp_path / "pocas_dataset.npy"
    points = dataset.load(*own).points[[0, 45, 89]]
    dataset.save(few, tmp_path / "pocas_labels.npy", checked(points, [0, 1, 2], 1.0))
    refused(main("--data", few, "--simulated", "0", "--out", tmp_path / "x"), "muy pocas")
    blocked = tmp_path / "archivo"
    blocked.write_text("")
    err = refused(main("--data", own[0], "--out", blocked), "elija otra carpeta con --out")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [("--epochs", "0"), ("--simulated", "-1"), ("--labels", "x.npy"), ("--publish", "--out", "x")],
)
def test_wrong_flags_are_refused(main, args, capfd):
    with pytest.raises(SystemExit) as stop:
        main(*args)
    assert stop.value.code == 2
    assert "Traceback" not in capfd.readouterr().err


def test_the_embedded_data_set_can_be_made_again(load_script, tmp_path, capfd):
    script = load_script("simulate-dataset.py")
    assert script.main(["--n", "6", "--out", str(tmp_path)]) == 0
    out, err = capfd.readouterr()
    assert out == f"6 manos simuladas en {tmp_path / 'rps_dataset.npy'}\n"
    assert "6 de 6 manos" in err
    made = dataset.load(tmp_path / "rps_dataset.npy", tmp_path / "rps_labels.npy")
    data = ROOT / "data"
    first = dataset.load(data / "rps_dataset.npy", data / "rps_labels.npy").take(slice(6))
    np.testing.assert_array_equal(made.labels, first.labels)
    np.testing.assert_array_equal(made.aspect, first.aspect)
    # MediaPipe rounds in another way on another processor.
    np.testing.assert_allclose(made.points, first.points, atol=0.01)
