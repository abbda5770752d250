"""Networks that others trained, and files that are none: what is done and what is said."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from scenes.classes import SCENES, Classes
from scenes.data import images
from scenes.networks import described, foreign, loading
from scenes.problems import Problem

RNG = np.random.default_rng(3)


def network(*stack, shape=(16, 16, 3), outputs: int = 3, activation: str | None = "softmax"):
    """A small network that tells reddish, greenish and bluish pictures apart."""
    top = layers.Dense(outputs, activation=activation, name="top")
    model = keras.Sequential(
        [keras.Input(shape), *stack, layers.GlobalAveragePooling2D(), top], name="suya"
    )
    top.set_weights([np.eye(3, outputs, dtype="float32") * 8, np.zeros(outputs, "float32")])
    return model


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> list[Path]:
    """Twelve pictures, red, green and blue in turn, not square."""
    root = tmp_path_factory.mktemp("fotos")
    for at in range(12):
        pixels = RNG.integers(0, 120, (20, 30, 3), np.uint8)
        pixels[..., at % 3] += 100
        Image.fromarray(pixels).save(root / f"{at:02d}.png")
    return sorted(root.iterdir())


def saved(model: keras.Model, folder: Path) -> Path:
    path = folder / "suya.keras"
    model.save(path)
    return path


def prepared(path: Path, pictures) -> tuple[keras.Model, list[str]]:
    return foreign.prepare(loading.load(path), path, pictures)


def colours(model: keras.Model, pictures) -> list[int]:
    pixels = foreign._sample(pictures, model.input_shape[1:3], images.read)
    return model.predict_on_batch(pixels).argmax(axis=1).tolist()


def test_a_network_as_this_project_wants_it_is_left_as_it_is(tmp_path, pictures):
    path = saved(network(layers.Rescaling(1 / 255)), tmp_path)
    model, notes = prepared(path, pictures)
    assert notes == []
    assert model.name == "suya"


def test_answers_that_are_no_probabilities_get_a_softmax_and_a_note(tmp_path, pictures):
    path = saved(network(layers.Rescaling(1 / 255), activation=None), tmp_path)
    model, notes = prepared(path, pictures)
    assert len(notes) == 1
    assert "se les aplica softmax" in notes[0]
    answers = model.predict_on_batch(foreign._sample(pictures, (16, 16), images.read))
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("activation", ["softmax", None])
def test_a_network_for_pixels_up_to_one_is_found_out(tmp_path, pictures, activation):
    path = saved(network(activation=activation), tmp_path)
    model, notes = prepared(path, pictures)
    assert "de 0 a 1" in notes[0]
    assert len(notes) == (1 if activation else 2)
    pixels = foreign._sample(pictures, (16, 16), images.read)
    own = keras.models.load_model(path).predict_on_batch(pixels / 255)
    if activation is None:
        own = np.exp(own) / np.exp(own).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_on_batch(pixels), own, atol=1e-5)


def test_networks_for_0_to_255_are_not_taken_for_others():
    large, small = np.eye(3)[[0, 1, 2, 0]], np.full((4, 3), 1 / 3)
    assert not foreign._wants_scaled(large, small)  # sure, and blind to pixels up to one
    assert foreign._wants_scaled(large, 0.6 * large + 0.4 / 3)
    assert not foreign._wants_scaled(0.6 * large + 0.4 / 3, large)
    assert foreign._wants_scaled(np.full((4, 3), np.nan), 0.6 * large + 0.4 / 3)


@pytest.mark.parametrize("shape", [(16, 24, 3), (None, None, 3)])
def test_sizes_that_are_not_square_or_not_fixed(tmp_path, pictures, run_here, shape):
    path = saved(network(layers.Rescaling(1 / 255), shape=shape), tmp_path)
    model = loading.load(path)
    assert model.input_shape == (None, *(shape if shape[0] else (224, 224, 3)))
    assert colours(model, pictures) == [0, 1, 2, 0, 1, 2, 0, 1]
    table = tmp_path / "clases.csv"
    options = ("--images", pictures[0].parent, "--out", table)
    done = run_here("predict.py", "--model", path, *options)
    assert done.returncode == 2
    assert "tiene 3 salidas" in done.stderr
    assert "--classes" in done.stderr
    done = run_here("predict.py", "--model", path, *options, "--classes", "rojo,verde,azul")
    assert done.returncode == 0, done.stderr
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["class"] for row in rows] == ["rojo", "verde", "azul"] * 4


def test_classes_come_from_the_user_the_json_or_the_six(tmp_path):
    path = tmp_path / "suya.keras"
    path.touch()
    assert described.classes_of(path, 6) is SCENES
    own = Classes(("a", "b"), ("a", "b"))
    assert described.classes_of(path, 2, own) == own
    with pytest.raises(Problem, match="se dieron 2 clases"):
        described.classes_of(path, 3, own)
    path.with_suffix(".json").write_text('{"classes": ["x", "y"]}', encoding="utf-8")
    assert described.classes_of(path, 2).names == ("x", "y")
    with pytest.raises(Problem, match="las clases que se conocen son 2"):
        described.classes_of(path, 6)


def lambda_network(path: Path) -> None:
    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Lambda(lambda x: x / 255)(inputs))
    keras.Model(inputs, layers.Dense(3, activation="softmax")(x)).save(path)


def zipped(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")


def saved_model(path: Path) -> None:
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"x")


def cut(path: Path) -> None:
    network().save(path)
    path.write_bytes(path.read_bytes()[:-2000])


FILES = {
    "SavedModel": saved_model,
    "una carpeta, no un archivo": lambda path: path.mkdir(),
    "está vacío": lambda path: path.touch(),
    "puntero de Git LFS": lambda path: path.write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    ),
    "LiteRT": lambda path: path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(60)),
    "página web": lambda path: path.write_text("\n<!doctype html><html>"),
    "truncado": cut,
    "zip con «redes/buena.keras» dentro": lambda path: zipped(path, "redes/buena.keras"),
    "zip sin ninguna red": lambda path: zipped(path, "foto.jpg"),
    "capa Lambda": lambda_network,
    "no es una red guardada con Keras": lambda path: path.write_bytes(b"hola" * 100),
    "su entrada es": lambda path: gray(path),
    "no clasifica": lambda path: keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(1)]
    ).save(path),
}


def gray(path: Path) -> None:
    keras.Sequential([keras.Input((16, 16, 1)), layers.Flatten(), layers.Dense(3)]).save(path)


@pytest.mark.parametrize("words", FILES)
def test_what_is_no_network_is_called_what_it_is(tmp_path, words):
    path = tmp_path / "suya.keras"
    FILES[words](path)
    with pytest.raises(Problem, match=words) as caught:
        loading.load(path)
    (line,) = caught.value.lines
    assert "suya.keras" in line
    assert "\n" not in line
