"""JAX computes for Keras, as on Python 3.14, where no LiteRT file can be written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from student_performance import archives, inference
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED

TRAINED_ELSEWHERE = """
import sys
from pathlib import Path
import numpy as np
from student_performance import data, inference, simulate, training
from student_performance.config import TrainingConfig
from student_performance.schema import PUBLISHED
out, stem = Path(sys.argv[1]), Path(sys.argv[2])
frame = simulate.simulate(simulate.Simulation(rows=300, duplicated=6, seed=5))
table = data.parse(frame.to_csv(index=False).encode(), "chico.csv")
training.train(table, TrainingConfig(epochs=2), out)
training.publish(out, stem)
np.save(sys.argv[3], inference.load(stem).predict(PUBLISHED.encode(table.rows)))
np.save(sys.argv[4], PUBLISHED.encode(table.rows))
"""


@pytest.fixture(scope="module")
def elsewhere(problema1, tmp_path_factory):
    """A training and its published copy, both where LiteRT files of older ones were."""
    folder = tmp_path_factory.mktemp("con jax")
    out, stem = folder / "salida", folder / "publicado"
    out.mkdir()
    for older in (out / "model.tflite", stem.with_suffix(".tflite")):
        older.write_bytes(b"older")
    arguments = [out, stem, folder / "y.npy", folder / "x.npy"]
    done = subprocess.run(
        [sys.executable, "-c", TRAINED_ELSEWHERE, *map(str, arguments)],
        cwd=problema1,
        env=os.environ | {"KERAS_BACKEND": "jax", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return out, stem, np.load(folder / "x.npy"), np.load(folder / "y.npy")


def test_a_training_leaves_no_litert_file_and_answers_alike(elsewhere, names_in):
    out, stem, x, answers = elsewhere
    assert names_in(out) == ["metrics.json", "model.keras"]
    assert not stem.with_suffix(".tflite").exists()
    for bundle in (inference.load_folder(out), inference.load(stem)):
        assert set(bundle.metrics["sha256"]) == {"keras"}
        assert "jax" in bundle.metrics["versions"]
        np.testing.assert_allclose(bundle.predict(x), answers, rtol=1e-5)
    assert answers.std() > 10
    assert bundle.predict(x[:0]).shape == (0,)


def test_it_is_saved_and_read_back(elsewhere):
    out, _, x, answers = elsewhere
    trained = SimpleNamespace(folder=out, bundle=inference.load_folder(out))
    loaded = archives.open_archive(archives.archive(trained), "modelo.zip")
    np.testing.assert_allclose(loaded.bundle.predict(x), answers, rtol=1e-5)


def test_a_keras_file_that_is_damaged_or_no_model_is_one_sentence(elsewhere, tmp_path):
    folder = shutil.copytree(elsewhere[0], tmp_path / "copia")
    network = folder / "model.keras"
    network.write_bytes(network.read_bytes()[:-100])
    with pytest.raises(Problem, match=r"«model.keras» está dañado"):
        inference.load_folder(folder)
    with pytest.raises(Problem, match="no es un modelo de Keras"):
        inference.KerasPredictor(network, 5)
    with pytest.raises(Problem, match="espera 5 variables y son 4"):
        inference.KerasPredictor(elsewhere[0] / "model.keras", 4)
    network.unlink()
    with pytest.raises(Problem, match=r"Falta el archivo «model.keras»"):
        inference.load_folder(folder)


def test_keras_runs_the_shipped_model_where_litert_does_not_load(monkeypatch):
    ranges = inference.load().metrics["feature_ranges"]
    low, high = np.array([ranges[column.name] for column in PUBLISHED.features]).T
    x = np.random.default_rng(0).uniform(low, high, (50, 5))
    expected = inference.load().network(x)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    bundle = inference.load()
    assert isinstance(bundle.network, inference.KerasPredictor)
    np.testing.assert_allclose(bundle.network(x), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("variable", "file", "backend"),
    [
        (None, None, "jax"),
        (None, "tensorflow", "jax"),  # as Keras writes it by itself
        (None, "torch", None),
        ("torch", None, "torch"),
    ],
)
def test_jax_computes_where_tensorflow_is_absent(problema1, tmp_path, variable, file, backend):
    if file:
        (tmp_path / "keras.json").write_text(json.dumps({"backend": file}))
    env = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    env |= {"KERAS_HOME": str(tmp_path)} | ({"KERAS_BACKEND": variable} if variable else {})
    code = (
        "import os, sys; sys.modules['tensorflow'] = None; import student_performance; "
        "print(os.environ.get('KERAS_BACKEND'), 'keras' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=problema1, env=env, capture_output=True, text=True)
    assert done.stdout.split() == [str(backend), "False"], done.stderr
