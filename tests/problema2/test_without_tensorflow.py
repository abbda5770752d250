"""JAX computes for Keras, as on Python 3.14, where no LiteRT file can be written."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest

from gestures.features import to_square_pixels
from gestures.inference import MODEL_PATH, GestureClassifier, ModelError, runnable
from gestures.simulator import camera

TRAINING = "train-gesture-classifier.py"
GAME = "rock-paper-scissors.py"


@pytest.fixture(scope="module")
def elsewhere(run_script, tmp_path_factory):
    """The folder of a training, where the LiteRT file of an older one was."""
    folder = tmp_path_factory.mktemp("con jax")
    (folder / "rps_classifier.tflite").write_bytes(b"older")
    options = ("--simulated", "3000", "--epochs", "2", "--out", folder, "--json")
    done = run_script(TRAINING, *options, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def points():
    hands, _, aspect = camera.simulate(300, 8)
    return to_square_pixels(hands, aspect)


def test_a_training_leaves_no_litert_file_and_measures_the_keras_file(elsewhere, points):
    assert not (elsewhere / "rps_classifier.tflite").exists()
    metrics = json.loads((elsewhere / "rps_classifier.json").read_text(encoding="utf-8"))
    assert set(metrics["sha256"]) == {"keras"}
    assert "jax" in metrics["versions"]
    assert metrics["test"]["simulated"]["accuracy"] > 0.5
    import keras

    network = keras.saving.load_model(elsewhere / "rps_classifier.keras", compile=False)
    expected = keras.ops.convert_to_numpy(network(points))
    for name in ("rps_classifier.tflite", "rps_classifier.keras"):
        answers = GestureClassifier(elsewhere / name).predict(points)
        assert answers.shape == (300, 4)
        np.testing.assert_allclose(answers, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["rps_classifier.tflite", "rps_classifier.keras"])
def test_it_is_played_with(elsewhere, run_script, name):
    options = ("--source", "demo", "--headless", "--json", "--max-frames", "40")
    done = run_script(GAME, *options, "--model", elsewhere / name, KERAS_BACKEND="jax")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) >= 40


def test_a_damaged_keras_file_is_one_sentence(elsewhere, tmp_path):
    folder = shutil.copytree(elsewhere, tmp_path / "copia")
    network = folder / "rps_classifier.keras"
    network.write_bytes(network.read_bytes()[:-100])
    with pytest.raises(ModelError, match="está dañado"):
        GestureClassifier(network)


def test_keras_runs_the_shipped_network_where_litert_does_not_load(points, monkeypatch):
    expected = GestureClassifier().predict(points)
    assert runnable(MODEL_PATH) == MODEL_PATH
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    assert runnable(MODEL_PATH) == MODEL_PATH.with_suffix(".keras")
    np.testing.assert_allclose(GestureClassifier().predict(points), expected, atol=1e-5)
