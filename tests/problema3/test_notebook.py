"""The lesson: committed executed, runs top to bottom, shows Keras, and its networks are ours."""

from __future__ import annotations

from pathlib import Path

import keras
import nbclient
import nbformat
import numpy as np
import pytest
from keras import layers

from scenes.classes import SCENES
from scenes.networks import architectures

PROBLEM = Path(__file__).resolve().parents[2] / "Problema3"
LESSON = PROBLEM / "escenas.ipynb"
SIDE = 64


@pytest.fixture(scope="module")
def lesson():
    return nbformat.read(LESSON, 4)


def test_is_committed_executed_on_generated_scenes(notebooks, lesson):
    shown = "".join(notebooks.texts(cell) for cell in notebooks.code_cells(lesson))
    assert "Se usan las imágenes generadas" in shown
    assert "WARNING" not in shown
    assert "nan" not in shown


def test_every_figure_has_a_text_for_who_does_not_see_it_and_one_that_reads_it(notebooks, lesson):
    notebooks.require_read_figures(lesson, 30)


def test_the_lesson_shows_keras_itself(notebooks, lesson):
    source = "\n".join(cell.source for cell in notebooks.code_cells(lesson))
    for part in ("layers.Dense(250", ".compile(", "red.fit(", "EarlyStopping(", "ModelCheckpoint("):
        assert part in source
    assert "load_model(" in source  # what is measured is the file
    assert "scenes.training" not in source
    assert "architectures" not in source


def test_no_sentence_that_was_wrong_is_back(notebooks, lesson):
    said = "\n".join(
        cell.source + ("" if cell.cell_type != "code" else notebooks.texts(cell))
        for cell in lesson.cells
    )
    for wrong in (
        "protocolo es el mismo",
        "37.759.256",
        "1.638.538",
        "mejor calibrada",
        "lo dudoso es la",
    ):
        assert wrong not in said


@pytest.fixture(scope="module")
def networks(lesson):
    """The functions that the lesson's cells define, by name."""
    held = {"keras": keras, "layers": layers, "LADO": SIDE, "CLASES": SCENES}
    sources = [c.source for c in lesson.cells if "red" in c.metadata.get("tags", [])]
    assert len(sources) == 4
    for source in sources:
        exec(source, held)
    return held


def flat(network: keras.Model) -> list[keras.Layer]:
    """Layers in order, those of inner networks in their place; inputs left out."""
    found = []
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            found += flat(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            found.append(layer)
    return found


def same(layer: keras.Layer) -> dict:
    """What makes a layer what it is: neither its name nor how fast its statistics move."""
    left_out = ("name", "momentum", "dtype", "build_config", "trainable")
    return {key: each for key, each in layer.get_config().items() if key not in left_out}


@pytest.mark.parametrize("name", ["dense", "cnn", "residual", "resnet50"])
def test_the_lesson_s_networks_are_those_of_the_package(name, networks):
    ours = architectures.build(name, SIDE, scaling=True, pooling="avg")
    makers = {"dense": "red_densa", "cnn": "red_convolucional", "residual": "red_residual"}
    if name == "resnet50":
        column = networks["columna_resnet50"]()
        theirs = networks["red_resnet50"](column, networks["cabeza"]())
    else:
        theirs = networks[makers[name]]()
    pairs = list(zip(flat(theirs), flat(ours), strict=True))
    for one, other in pairs:
        assert type(one) is type(other)
        assert same(one) == same(other)
        assert one.output.shape == other.output.shape
    assert theirs.count_params() == ours.count_params()
    counts = [sum(np.prod(w.shape) for w in n.trainable_weights) for n in (theirs, ours)]
    assert counts[0] == counts[1]
    theirs.set_weights(ours.get_weights())
    pixels = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3)).astype("uint8")
    answers = [network.predict_on_batch(pixels) for network in (theirs, ours)]
    np.testing.assert_allclose(*answers, rtol=1e-5, atol=1e-6)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("weights", ["random", "broken"])
def test_runs_top_to_bottom_with_few_images(
    notebooks, weights, lesson, folder, random_resnet, tmp_path
):
    notebook = nbformat.from_dict(lesson)
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    broken = tmp_path / "no son pesos.h5"  # the notebook goes on without ResNet50
    broken.write_bytes(b"nada")
    values = {
        "DATOS": str(folder),
        "LIMITE": 48,
        "LADO": 32,
        "EPOCAS": 1,
        "LOTE": 24,
        "SEMILLA": 0,
        "PESOS": str(random_resnet if weights == "random" else broken),
        "SALIDA": str(tmp_path / "redes"),
    }
    assert {line.split(" = ")[0] for line in parameters.source.splitlines()} == set(values)
    parameters.source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    # making graphs takes most of the time of trainings as short as these; others prove them
    parameters.source += notebooks.WITHOUT_GRAPHS
    resources = {"metadata": {"path": str(PROBLEM)}}
    nbclient.NotebookClient(notebook, timeout=540, resources=resources).execute()
    shown = "".join(notebooks.texts(cell) for cell in notebooks.code_cells(notebook))
    assert ("Se sigue con las otras tres redes" in shown) == (weights == "broken")
    assert "De menor a mayor exactitud" in shown
    assert "ninguna de estas" in shown or weights == "broken"
