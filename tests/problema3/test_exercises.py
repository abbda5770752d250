"""The exercises' checks: wrong and odd answers get a sentence and a hint, right ones pass."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from scenes.checks import Wrong
from scenes.lesson import exercises, network_exercises
from scenes.networks import architectures

CHECKS = {
    "constant": exercises.check_constant,
    "temperature": exercises.check_temperature,
    "mcnemar": exercises.check_mcnemar,
    "seeds": exercises.check_seeds,
    "optimism": exercises.check_optimism,
    "precision": exercises.check_precision,
    "parameters": lambda answer: network_exercises.check_parameters(answer, set()),
    "pooling": lambda answer: network_exercises.check_pooling(answer, 1),
    "shift": network_exercises.check_shift,
    "block": network_exercises.check_block,
    "preprocess": network_exercises.check_preprocess,
    "defects": lambda answer: network_exercises.check_defects(answer, lambda: None),
}


def refused(check, *answer) -> str:
    with pytest.raises(Wrong) as raised:
        check(*answer)
    sentences = raised.value._render_traceback_()
    assert len(sentences) == 2
    assert all(len(sentence) < 250 and "\n" not in sentence for sentence in sentences)
    assert sentences[1].startswith("Pista: ")
    return sentences[0]


ODD = {
    "None": None,
    "a number": 3.5,
    "a word": "sí",
    "gives None": lambda *_: None,
    "gives a word": lambda *_: "sí",
    "gives a list of words": lambda *_: ["a", "b"],
    "gives nan": lambda *_: np.nan,
    "gives itself": lambda *given: given[0] if given else None,
    "gives an empty array": lambda *_: np.empty(0),
    "gives another shape": lambda *_: np.zeros((2, 3, 4)),
    "gives a pair": lambda *_: ([0.5], [None]),
    "takes one too many": lambda a, b, c, d: 1,
    "fails": lambda *_: 1 / 0,
    "a class": dict,
    "objects": lambda *_: np.array([object()] * 3),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", CHECKS)
def test_odd_answers_are_refused_in_two_lines(name, odd):
    assert refused(CHECKS[name], ODD[odd]).startswith("✗ ")


def parameters(kernel, channels, filters):
    return (kernel * kernel * channels + 1) * filters


WRONG_LAYERS = {"conv2d_11", "conv2d_12"}


def pooling(dropped: int, flat: bool = True):
    """The convolutional network without its layer at some place."""
    network = architectures.convolutional((64, 64, 3))
    x = network.inputs[0]
    for at, layer in enumerate(network.layers[1:], 1):
        if at != dropped:
            x = layer.__class__.from_config(layer.get_config())(x)
    return keras.Model(network.inputs[0], x)


def mended():
    entry = keras.Input((224, 224, 3))
    x = layers.GlobalAveragePooling2D()(layers.Rescaling(1 / 255)(entry))
    return keras.Model(entry, layers.Dense(6, activation="softmax")(x))


def still_broken():
    entry = keras.Input((224, 224, 3))
    layers.Rescaling(1 / 255)(entry)
    x = layers.GlobalAveragePooling2D()(entry)
    return keras.Model(entry, layers.Dense(6, activation="softmax")(x))


def one_sided(a, b, labels):
    only_a, only_b, p = right_mcnemar(a, b, labels)
    return only_a, only_b, p / 2


def right_mcnemar(a, b, labels):
    test = exercises.scores.mcnemar(a, b, labels)
    return test["only_a"], test["only_b"], test["p_value"]


def unpaired(a, b):
    mean = a.mean() - b.mean()
    margin = 2 * np.sqrt(a.var(ddof=1) + b.var(ddof=1))
    return mean, mean - margin, mean + margin


def measures_with_all(right, seed):
    order = np.random.default_rng(seed).permutation(right.shape[1])
    half = right[:, order[: len(order) // 2]].mean(axis=1)
    return half.max(), right[half.argmax()].mean()


def halves(right, seed):
    order = np.random.default_rng(seed).permutation(right.shape[1])
    choosing, measuring = np.array_split(order, 2)
    epoch = right[:, choosing].mean(axis=1).argmax()
    return right[epoch, choosing].mean(), right[epoch, measuring].mean()


def last_epoch(right, seed):
    order = np.random.default_rng(seed).permutation(right.shape[1])
    middle = len(order) // 2
    return right[-1, order[:middle]].mean(), right[-1, order[middle:]].mean()


def without_add(x, filters, shortcut):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.ReLU()(layers.Conv2D(filters, 3, padding="same")(x))


def always_adds(x, filters, shortcut):
    y = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(filters, 3, padding="same")(y)
    return layers.ReLU()(layers.Add()([x, y]))


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (CHECKS["constant"], (lambda a, s: [next(iter(s))] * len(a),), "no es la que da"),
        (CHECKS["temperature"], (lambda p, y: 1.0,), "menor pérdida"),
        (CHECKS["temperature"], (lambda p, y: -1.0,), "mayor que cero"),
        (CHECKS["mcnemar"], (one_sided,), "de un solo lado"),
        (CHECKS["mcnemar"], (lambda a, b, y: (1, 2, 0.5),), "solo una acierta"),
        (CHECKS["seeds"], (unpaired,), "semilla por semilla"),
        (CHECKS["seeds"], (lambda a, b: (b.mean() - a.mean(), 0, 0),), "no es esa"),
        (CHECKS["optimism"], (measures_with_all,), "imágenes de la que eligió"),
        (CHECKS["optimism"], (last_epoch,), "no sale favorecida"),
        (
            CHECKS["precision"],
            (lambda m: (np.diag(m) / m.sum(axis=1), np.diag(m) / m.sum(axis=0)),),
            "cambiadas",
        ),
        (
            network_exercises.check_parameters,
            (lambda k, c, f: k * k * c * f, WRONG_LAYERS),
            "sesgos",
        ),
        (network_exercises.check_parameters, (parameters, {"conv2d_11", "conv2d_5"}), "marcó 1"),
        (network_exercises.check_parameters, (parameters, None), "conjunto de nombres"),
        (network_exercises.check_pooling, (lambda: pooling(0), 1), "3 agrupaciones"),
        (network_exercises.check_pooling, (lambda: pooling(8), 198_538), "predicción es otra"),
        (CHECKS["shift"], (lambda x, k: np.roll(x, -k, axis=2),), "izquierda"),
        (CHECKS["shift"], (lambda x, k: np.roll(x, k, axis=1),), "abajo"),
        (CHECKS["shift"], (lambda x, k: np.roll(x, k, axis=2),), "primera columna"),
        (CHECKS["block"], (without_add,), "ReLU de la entrada"),
        (CHECKS["block"], (always_adds,), "salir cero"),
        (CHECKS["preprocess"], (lambda x: x / 255.0,), "no se divide por 255"),
        (CHECKS["preprocess"], (lambda x: x[..., ::-1],), "Falta restar"),
        (CHECKS["preprocess"], (lambda x: x - [123.68, 116.779, 103.939],), "otro orden"),
        (
            CHECKS["preprocess"],
            (lambda x: x[..., ::-1] - np.array([123.68, 116.779, 103.939]),),
            "la media de otro",
        ),
        (network_exercises.check_defects, ({5, 11}, mended), "Encontró 2 de las 5"),
        (network_exercises.check_defects, ({99}, mended), "17 líneas"),
        (
            network_exercises.check_defects,
            ({5, 11, 12, 15, 17}, still_broken),
            "no está en su camino",
        ),
    ],
)
def test_usual_mistakes_are_named(check, answer, said):
    assert said in refused(check, *answer)


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (network_exercises.check_parameters, (parameters, list(WRONG_LAYERS))),
        (network_exercises.check_pooling, (lambda: pooling(8), 582_538)),
        (network_exercises.check_pooling, (lambda: pooling(6), 582_538)),
        (network_exercises.check_defects, ([17, 15, 12, 11, 5], mended)),
        (CHECKS["mcnemar"], (right_mcnemar,)),
        (CHECKS["optimism"], (halves,)),
    ],
)
def test_other_right_answers_than_the_solutions_pass(check, answer, capsys):
    check(*answer)
    assert capsys.readouterr().out.startswith("✓ Bien.")


def test_the_simulated_epochs_are_equally_good():
    by_epoch = exercises.epochs().mean(axis=1)
    assert np.ptp(by_epoch) < 0.08
    assert by_epoch.mean() == pytest.approx(exercises.RIGHT, abs=0.03)
