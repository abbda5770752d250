"""What the lesson takes from the package: pictures, a comparison, drawings, sentences."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.text import Annotation

from scenes.checks import Wrong
from scenes.generator import simulate
from scenes.lesson import charts, diagram, framing, material, rankings, sentences, things
from scenes.lesson.comparison import Comparison, Entry, check_probabilities
from scenes.lesson.shown import Shown
from scenes.networks import architectures
from scenes.problems import Problem
from scenes.results import gradcam, scores

SIDE = 16
RNG = np.random.default_rng(0)
LABELS = np.arange(60) % 6
IMAGES = RNG.integers(0, 256, (60, SIDE, SIDE, 3)).astype("uint8")


def network(*last, side: int = SIDE, steps: int = 1) -> keras.Model:
    """A small network, trained for some epochs."""
    last = last or (layers.Dense(6, activation="softmax"),)
    model = keras.Sequential(
        [keras.Input((side, side, 3)), layers.Rescaling(1 / 255), layers.Flatten(), *last]
    )
    if steps:
        model.compile("sgd", "mse")
        targets = np.zeros((8, *model.output_shape[1:]))
        model.fit(RNG.random((8, side, side, 3)), targets, epochs=steps, verbose=0)
    return model


@pytest.fixture
def comparison() -> Comparison:
    return Comparison(IMAGES, LABELS, IMAGES[:12], LABELS[:12])


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda: None, "Se esperaba una red de Keras"),
        (lambda: "la mía", "Se esperaba una red de Keras"),
        (lambda: network(steps=0), "todavía no está entrenada"),
        (lambda: network(layers.Dense(5, activation="softmax")), "deben ser 6 probabilidades"),
        (lambda: network(layers.Dense(6), layers.Reshape((6, 1))), "deben ser 6 probabilidades"),
        (
            lambda: network(layers.Dense(6, bias_initializer=keras.initializers.Constant(-9))),
            "softmax",
        ),
        (lambda: network(layers.Dense(6, activation="sigmoid")), "no suman 1"),
        (lambda: network(side=8), "no acepta imágenes de 16 × 16 × 3"),
    ],
)
def test_what_is_no_trained_network_of_these_classes_is_told_so(model, said, comparison):
    with pytest.raises(Wrong) as raised:
        comparison.registrar("la mía", model())
    assert said in str(raised.value)
    assert not comparison.entries


def test_a_network_that_diverged_is_told_so():
    with pytest.raises(Wrong, match="divergió"):
        check_probabilities(np.full((2, 6), np.nan))


def test_a_name_is_needed(comparison):
    with pytest.raises(Wrong, match="El nombre"):
        comparison.registrar(network(), "la mía")


def test_any_network_enters_every_table_and_figure(comparison):
    comparison.registrar("la mía", network(), 12.0)
    comparison.registrar("otra", network())
    assert list(comparison.tabla().index) == ["la mía", "otra"]
    assert comparison.tabla().loc["la mía", "Entrenamiento"] == "12 s"
    assert comparison.tabla().loc["otra", "Entrenamiento"] == "—"
    assert len(comparison.vecinas()) == 1
    assert set(comparison.answers) == set(comparison.metrics) == {"la mía", "otra"}
    assert comparison.entries["la mía"].validation.shape == (12, 6)
    comparison.registrar("otra", network())
    assert len(comparison.entries) == 2  # the same name replaces


def test_a_network_around_a_trained_head_is_trained_and_one_can_be_vouched_for(comparison):
    head = keras.Sequential([keras.Input((3,)), layers.Dense(6, activation="softmax")])
    images = keras.Input((SIDE, SIDE, 3))
    whole = keras.Model(images, head(layers.GlobalAveragePooling2D()(images)))
    with pytest.raises(Wrong, match="todavía no está entrenada"):
        comparison.registrar("cabeza", whole)
    comparison.registrar("cabeza", whole, entrenada=True)
    head.compile("sgd", "mse")
    head.fit(np.zeros((4, 3)), np.eye(6)[:4], verbose=0)
    comparison.registrar("cabeza", whole)


def test_windows_change_place_and_size_and_nothing_else(scenes):
    rng = np.random.default_rng(1)
    whole = framing.frame(scenes.test[:3], 32, rng, smallest=1.0)
    np.testing.assert_array_equal(whole, scenes.test[:3])
    seen = framing.framed(scenes, 24, seed=0)
    assert seen.train.shape[1:] == seen.test.shape[1:] == (24, 24, 3)
    np.testing.assert_array_equal(seen.train_labels, scenes.train_labels)
    again = framing.framed(scenes, 24, seed=0)
    np.testing.assert_array_equal(seen.test, again.test)
    other = framing.framed(scenes, 24, seed=1)
    assert (seen.test != other.test).any()
    assert len({scenes.key, seen.key, other.key}) == 3  # features of one are not another's


def test_the_lesson_s_scenes_are_generated_once_and_a_folder_is_taken_as_it_is(
    tmp_path, monkeypatch, folder
):
    monkeypatch.setattr(material, "PAINTED", 32)
    told: list[str] = []
    few = material.Amount(3, 2)
    source = material.find(None, 5, told.append, few, tmp_path / "lección")
    assert source.kind == "simulated"
    assert "Se usan las imágenes generadas" in source.message
    assert simulate.is_current(source.root, simulate.Simulation(3, 2, 5, 32))
    material.find(None, 5, told.append, few, tmp_path / "lección")
    assert len(told) == 1
    assert material.find(folder, 0, told.append).root == folder
    held = material.load(source, 16, 0, cache=tmp_path)
    assert held.train.shape == (18, 16, 16, 3)
    (tmp_path / "ajena_5").mkdir()
    (tmp_path / "ajena_5" / "algo.txt").write_text("")
    with pytest.raises(Problem, match="No se pueden escribir"):
        material.find(None, 5, told.append, few, tmp_path / "ajena")


def test_things_differ_in_place_unless_they_are_to_be_in_the_middle():
    pictures, labels = things.pictures(12, 0, 32)
    assert pictures.shape == (12, 32, 32, 3)
    assert labels.tolist() == [0, 1, 2] * 4

    def wander(loose):
        pixels = things.pictures(30, 0, 32, loose)[0].mean(axis=-1)
        bright = pixels > 100
        across = (bright * np.arange(32)).sum(axis=(1, 2)) / bright.sum(axis=(1, 2))
        return across.std()

    assert wander(0) < 1 < wander(1)


@pytest.mark.parametrize(
    ("name", "boxes", "arcs"), [("dense", 7, 0), ("cnn", 17, 0), ("residual", 38, 4)]
)
def test_a_drawing_has_a_box_a_layer_and_an_arc_a_shortcut(name, boxes, arcs):
    (axes,) = diagram.draw(architectures.build(name, 64, True)).axes
    assert len(axes.patches) == boxes
    texts = [text for text in axes.texts if text.get_text()]
    assert len(texts) == boxes
    assert sum(isinstance(text, Annotation) for text in axes.texts) == arcs


def test_a_frozen_network_and_its_head_are_told_apart():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    inner.trainable = False
    images = keras.Input((4,))
    head = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    (axes,) = diagram.draw(keras.Model(images, head(inner(images)))).axes
    assert [text.get_text() for text in axes.texts] == ["entrada 4", "red congelada 3", "cabeza 2"]


def test_grad_cam_tells_its_resolution():
    assert gradcam.resolution(architectures.build("cnn", 64, True)) == (4, 4)


def test_a_shown_figure_carries_its_text():
    figure = charts.maps(IMAGES[0], RNG.random((8, 8, 8)))
    data, metadata = Shown(figure, "Mapas.")._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Mapas."


def answers(right: float) -> np.ndarray:
    """Probabilities for LABELS that are right in a share of the images."""
    chosen = np.where(np.arange(60) < 60 * right, LABELS, (LABELS + 1) % 6)
    return 0.9 * np.eye(6)[chosen] + 0.1 / 6


def entry(right: float, parameters: int = 100, trainable: int = 100, seconds: float = 1) -> Entry:
    metrics = scores.measure(answers(right), LABELS, resamples=0)
    metrics |= {"parameters": parameters, "trainable": trainable}
    return Entry(None, answers(right), answers(right)[:12], metrics, seconds)


def held(**entries: Entry) -> Comparison:
    return Comparison(IMAGES, LABELS, IMAGES[:12], LABELS[:12], entries=entries)


def history(val_loss, accuracy=0.9, val_accuracy=0.85):
    n = len(val_loss)
    return {"val_loss": val_loss, "accuracy": [accuracy] * n, "val_accuracy": [val_accuracy] * n}


def row(name, *accuracies):
    deviation = float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else None
    runs = [{"seed": seed, "accuracy": each} for seed, each in enumerate(accuracies)]
    mean = float(np.mean(accuracies))
    return {"name": name, "runs": runs, "accuracy_mean": mean, "accuracy_std": deviation}


ALL_WRONG, TWO_RIGHT = answers(0), answers(1)
SAME, FAR = np.full(60, 100.0), np.where(LABELS == 0, 10.0, 200.0)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (sentences.baselines(LABELS, 0.6), "El color dice algo"),
        (sentences.baselines(LABELS, 0.18), "no distingue las 6 clases"),
        (sentences.brightness(SAME, LABELS), "Entre esas dos, el brillo ya dice mucho"),
        (sentences.brightness(FAR + np.tile([0, 250], 30) * (LABELS == 0), LABELS), "brillo"),
        (sentences.shifted(0.5, 4), "misma escena"),
        (sentences.shifted(0.1, 4), "tan lisa"),
        (sentences.curves(history([2, 1, 3, 3, 3, 3, 3]), 5), "la detención temprana cortó"),
        (sentences.curves(history([2, 1]), 5), "La mejor es la última"),
        (sentences.curves(history([1, 2]), 5), "por el límite de épocas"),
        (sentences.curves(history([1], 0.99, 0.7), 5), "sobreajuste"),
        (sentences.curves(history([1], 0.5, 0.7), 5), "puede quedar debajo"),
        (sentences.curves(history([1]), 5), "Las separan 5,0 puntos"),
        (sentences.predictions(TWO_RIGHT[:6], LABELS[:6]), "Son pocas"),
        (sentences.predictions(ALL_WRONG[:6], LABELS[:6]), "El error más seguro"),
        (sentences.confusion(np.eye(6, dtype=int)), "ningún error"),
        (sentences.confusion(np.eye(6, dtype=int) * 9 + np.eye(6, k=1, dtype=int)), "es entre"),
        (sentences.roc(entry(0.5).metrics), "El área va de"),
        (rankings.beside("a", entry(1), "b", entry(0.5), LABELS), "«a» es mejor"),
        (rankings.beside("a", entry(0.5), "b", entry(1), LABELS), "«b» es mejor"),
        (rankings.beside("a", entry(1), "b", entry(0.98), LABELS), "no se distinguen"),
        (rankings.order({"a": answers(1), "b": answers(0.5)}, LABELS), "Cada una se distingue"),
        (rankings.order({"a": answers(1), "b": answers(0.98)}, LABELS), "no se distinguen"),
        (rankings.order({"a": answers(1)}, LABELS), "Hay una sola red"),
        (rankings.cost(held(a=entry(1, 9), b=entry(0.5, 5))), "también la de más parámetros"),
        (rankings.cost(held(a=entry(1, 5), b=entry(0.5, 9))), "no la de más parámetros"),
        (rankings.cost(held(a=entry(1), b=entry(0.5, seconds=9))), "es «b» (9,0 s"),
        (sentences.calibration({"a": answers(0.5)}, LABELS), "se pasa de confiada"),
        (sentences.calibration({"a": answers(1)}, LABELS), "confía de menos"),
        (sentences.temperature("a", 2.0, 0.2, 0.1), "suaviza"),
        (sentences.temperature("a", 0.5, 0.1, 0.2), "aquí no mejora"),
        (sentences.resolution("a", 4, 4, 64), "unos 16 píxeles"),
        (
            sentences.ablation([row("report", 0.7, 0.8), row("scaling", 0.9)]),
            "entradas escaladas +20,0 (1). Suben más que ese desvío: entradas escaladas.",
        ),
        (
            sentences.ablation([row("report", 0.7, 0.8), row("scaling", 0.72)]),
            "entradas escaladas +2,0 (1). Ninguno sube más que ese desvío.",
        ),
        (sentences.ablation([row("report", 0.7), row("scaling", 0.9)]), "+20,0 (1)."),
        (sentences.ablation([row("report", 0.7, 0.8)]), "corridas, 0,071)."),
        (sentences.doubt({"escenas": 0.02, "ruido": 1.0}, "escenas"), "Aparta lo ajeno"),
        (sentences.doubt({"escenas": 0.02, "ruido": 0.5}, "escenas"), "otra se le escapa"),
        (sentences.doubt({"escenas": 0.02, "ruido": 0.03}, "escenas"), "no sirve"),
        (sentences.surest("a", 0.5, 0.8), "no sabe decir"),
        (sentences.surest("a", 0.1, 0.8), "casi siempre duda"),
        (sentences.own_classes(0.9, things.THINGS, 100), "la última capa, de seis a 3."),
        (sentences.own_classes(0.34, things.THINGS, 100), "no aprendió"),
    ],
)
def test_sentences_follow_the_numbers(sentence, said):
    assert said in sentence


def test_the_conclusions_end_on_the_cheapest_network_that_is_not_worse():
    heavy, light = entry(1, 1000, 1000), entry(1, 500, 500)
    *others, last = rankings.conclusions(held(a=heavy, b=light, c=entry(0.3, 9, 9)), LABELS, 0.2)
    assert "la que menos parámetros entrena es «b»." in last
    assert "por encima de la referencia" in others[-1]
    head = entry(1, 1000, 10)
    *others, last = rankings.conclusions(held(a=heavy, b=head, c=entry(0.3)), LABELS, 0.5)
    assert "red preentrenada" in last
    assert "no supera la referencia" in others[-1]


def test_p_values_have_a_comma():
    from scenes.lesson.comparison import chance

    assert chance(0.0001) == "p < 0,001"
    assert chance(0.25) == "p = 0,250"


def test_figures_of_the_lesson_hold_what_they_are_given():
    (axes,) = charts.ablation([row("report", 0.7, 0.8), row("all", 0.9)]).axes
    assert [text.get_text() for text in axes.get_yticklabels()][1] == "todos"
    (axes,) = charts.shared_out({"a": SAME, "b": FAR}, 50.0, "número").axes
    assert len(axes.get_legend().get_texts()) == 3


def test_steps_of_training_are_counted_inside_too():
    from scenes.lesson.comparison import steps

    assert steps(SimpleNamespace(optimizer=None, layers=[])) == 0
