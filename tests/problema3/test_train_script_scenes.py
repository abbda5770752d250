"""``train.py`` from another folder; once as a student runs it, in a process of its own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

import keras
import pytest

REQUIRED = {
    *("accuracy", "accuracy_ci", "macro_auc", "auc", "confusion", "ece", "n", "data", "model"),
    *("history", "config", "versions", "hardware", "split", "seed", "parameters", "best_epoch"),
    *("n_fit", "n_validation", "n_test", "fit_seconds", "peak_memory_mib"),
}


@pytest.fixture
def train(run_here, folder, monkeypatch):
    monkeypatch.setenv("ESCENAS_DATA", str(folder))
    return functools.partial(run_here, "train.py")


@pytest.fixture
def without_graphs():
    """Making TensorFlow's graphs takes most of the time of a short training."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.mark.filterwarnings("ignore:Even though .*run_functions_eagerly")  # not tf.data's: true
def test_all_four_and_json_alone_on_standard_output(
    names_in, train, random_resnet, without_graphs, tmp_path, monkeypatch
):
    monkeypatch.setenv("ESCENAS_RESNET50", str(random_resnet))
    out = tmp_path / "salida nueva ñ" / "modelos"
    done = train(
        *("--model", "all", "--epochs", "1", "--image-size", "32", "--batch-size", "24"),
        *("--limit", "60", "--out", out, "--seed", "3", "--json"),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["dense", "cnn", "residual", "resnet50"]
    for name, metrics in found.items():
        assert set(metrics) >= REQUIRED
        assert metrics == json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
        assert (metrics["n_train"], metrics["seed"], metrics["epochs_run"]) == (60, 3, 1)
        for ending in (".keras", "_probabilities.npz", ".csv"):
            assert (out / f"{name}{ending}").stat().st_size > 0
    assert not [name for name in names_in(out) if name.startswith(".")]
    assert "Residual: pasos" in done.stderr
    assert "Traceback" not in done.stderr


def test_table_for_people(root, folder, tmp_path):
    command = [
        *(sys.executable, root / "Problema3" / "train.py", "--model", "dense", "--epochs", 1),
        *("--image-size", 32, "--protocol", "report", "--out", tmp_path / "m"),
    ]
    done = subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "ESCENAS_DATA": str(folder)},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    for words in ("Densa: pasos", "Exactitud", "AUC macro", "generadas", "optimistas"):
        assert words in done.stderr
    # progress, and none of the libraries' own notes
    for words in ("oneDNN", "cudart_stub", "Warning", "Traceback"):
        assert words not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "vgg"], "--model: 'vgg' no está entre"),
        (["--model", "cnn", "--data", "no-existe"], "No existe la carpeta"),
        (["--model", "cnn", "--seed", "-1"], "no es un entero"),
        (["--model", "best", "--protocol", "report"], "no está en el informe"),
        (["--model", "cnn", "--epochs", "0"], "al menos 1"),
        (["--model", "cnn", "--image-size", "8"], "entre 32 y 1024"),
        (["--model", "cnn", "--out", "archivo"], "No se puede escribir"),
        (
            ["--model", "resnet50", "--image-size", "32", "--weights", "nada.h5"],
            "No existe el archivo de pesos",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(train, tmp_path, arguments, words):
    (tmp_path / "archivo").write_text("mío", encoding="utf-8")
    done = train(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "archivo").read_text(encoding="utf-8") == "mío"
