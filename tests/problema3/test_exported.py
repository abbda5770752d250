"""LiteRT files beside networks: the same answers, in no time, and never of another training."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from scenes import backend
from scenes.classes import SCENES
from scenes.networks import (
    architectures,
    described,
    doubt,
    exported,
    exporting,
    loading,
    watched,
)
from scenes.problems import Problem
from scenes.results import stored

# predict.py in a process of its own, which then tells what it imported
QUICK = """if True:
    import runpy, sys
    sys.path.insert(0, sys.argv[1])
    sys.argv = sys.argv[2:]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as ended:
        assert ended.code == 0, ended.code
    print(sorted({"tensorflow", "keras", "jax", "torch", "pandas", "scipy"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def published(exporter, tmp_path_factory) -> Path:
    """A small network published with its export."""
    root = tmp_path_factory.mktemp("publicada")
    train(root / "out", seed=1)
    (root / "models").mkdir()
    stored.publish("cnn", root / "out", root / "models")
    return root / "models" / "scenes_cnn.keras"


def train(out: Path, seed: int, **metrics) -> None:
    """Write what a training writes, of an untrained network."""
    out.mkdir(exist_ok=True)
    keras.utils.set_random_seed(seed)
    architectures.build("cnn", 32, True).save(out / "cnn.keras")
    digest = exported.digest((out / "cnn.keras").read_bytes())
    content = {"protocol": "corrected", "seed": 0, "sha256": digest, **SCENES.describe(), **metrics}
    (out / "cnn.json").write_text(json.dumps(content))
    stored.write_probabilities(out / "cnn_probabilities.npz", np.ones((1, 6)), np.zeros(1))


def test_publishing_writes_the_pair_and_its_digests(published, names_in):
    assert names_in(published.parent) == [
        *("scenes_cnn.json", "scenes_cnn.keras", "scenes_cnn.tflite"),
        "scenes_cnn_probabilities.npz",
    ]
    metrics = json.loads(published.with_suffix(".json").read_text())
    content = published.with_suffix(".tflite").read_bytes()
    assert metrics["tflite_sha256"] == exported.digest(content)


@pytest.mark.parametrize("name", ["own", "cnn", "residual"])
def test_exports_answer_as_keras_does(published, name):
    path = published if name == "own" else described.locate(name)
    quick, network = exported.beside(path), loading.load(path)
    assert quick.size == network.input_shape[1:3]
    assert quick.outputs == 6
    noise = np.random.default_rng(0).integers(0, 256, (5, 7, 7, 3), dtype=np.uint8)
    blocks = np.array([Image.fromarray(each).resize(quick.size, 0) for each in noise])
    for batch in (blocks, blocks[:1]):  # any length
        expected = keras.ops.convert_to_numpy(network.predict_on_batch(batch))
        np.testing.assert_allclose(quick(batch), expected, atol=1e-5)
    assert expected.std() > 0.01 or name == "own"


def test_an_export_knows_the_rules_that_it_can_apply(published):
    quick, network = exported.beside(published), loading.load(published)
    assert quick.width == 250
    rng = np.random.default_rng(3)
    features, kernel = rng.normal(size=(9, 250)), rng.normal(size=(250, 7))
    rule = doubt.fit_background(features, kernel, np.zeros(7))
    images = rng.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    expected, usable = watched.answering(network, rule)
    assert usable is rule
    for mine, its in zip(quick.answering(rule)(images), expected(images), strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-3)
    assert quick.answering(doubt.fit_background(features[:, 1:], kernel[1:], np.zeros(7))) is None
    assert quick.answering(doubt.fit_cosine(features, np.arange(9) % 3)) is None
    np.testing.assert_allclose(quick.answering(None)(images), quick(images))


def test_files_of_different_trainings_are_not_mixed(published, tmp_path):
    for changed in (".tflite", ".keras", ".json"):
        folder = tmp_path / changed[1:]
        shutil.copytree(published.parent, folder)
        path = folder / published.name
        assert exported.beside(path)
        file = path.with_suffix(changed)
        if changed == ".json":
            file.write_text("{}")
        else:
            file.write_bytes(file.read_bytes()[:-1] + b"x")
        assert exported.beside(path) is None
        path.with_suffix(".tflite").unlink()
        assert exported.beside(path) is None
    with pytest.raises(Problem, match="No existe el modelo"):
        exported.beside(tmp_path / "no.keras")


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [(exporting, "LARGEST", 1000), (backend, "can_export", lambda: False)],
)
def test_a_network_that_gets_no_export_leaves_no_older_one(
    published, tmp_path, monkeypatch, where, name, value
):
    folder = tmp_path / "models"
    shutil.copytree(published.parent, folder)
    train(tmp_path / "out", seed=2)
    monkeypatch.setattr(where, name, value)
    stored.publish("cnn", tmp_path / "out", folder)
    assert not (folder / "scenes_cnn.tflite").exists()
    monkeypatch.undo()
    before = (folder / "scenes_cnn.keras").read_bytes()
    assert stored.add_export("cnn", folder)
    assert exported.beside(folder / "scenes_cnn.keras")
    assert (folder / "scenes_cnn.keras").read_bytes() == before


def test_a_head_gets_no_export(tmp_path):
    architectures.head().save(tmp_path / "scenes_resnet50.keras")
    (tmp_path / "scenes_resnet50.json").write_text("{}")
    assert not stored.add_export("resnet50", tmp_path)
    assert not (tmp_path / "scenes_resnet50.tflite").exists()


def test_one_picture_needs_neither_tensorflow_nor_keras(root, published, tmp_path):
    Image.new("RGB", (60, 40), "navy").save(tmp_path / "foto.png")
    folder = root / "Problema3"
    options = ["--model", published, "--images", "foto.png", "--html", "p", "--out", "c.csv"]
    done = subprocess.run(
        [sys.executable, "-c", QUICK, *map(str, [folder, folder / "predict.py", *options])],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    line, modules = done.stdout.splitlines()
    assert line.startswith("foto.png: ")
    assert "%); después, " in line
    assert modules == "[]"
    assert "1 imagen clasificada en «c.csv»" in done.stderr
    assert (tmp_path / "p" / "index.html").is_file()
