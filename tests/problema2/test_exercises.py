"""The exercises' checks: wrong and odd answers get a sentence and a hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

from gestures.checks import Wrong
from gestures.lesson import exercises

CHECKS = {
    "normalise": exercises.check_normalise,
    "split": exercises.check_split,
    "effective_size": exercises.check_effective_size,
    "threshold": exercises.check_threshold,
    "names": exercises.check_names,
    "baselines": exercises.check_baselines,
    "defects": exercises.check_defects,
    "served": lambda answer: exercises.check_served(answer, Twice(), POINTS, READ),
}


class Twice:
    """Stands in for a network trained on standardised points: label 1 for a positive first one."""

    def predict(self, points, **_):
        return np.eye(3)[(np.asarray(points)[:, 0] > 0).astype(int)]


POINTS = np.random.default_rng(0).uniform(100, 500, (60, 42))
MEAN, DEVIATION = POINTS.mean(0), POINTS.std(0)
READ = Twice().predict((POINTS - MEAN) / DEVIATION).argmax(1)


def refused(name: str, answer) -> str:
    with pytest.raises(Wrong) as raised:
        CHECKS[name](answer)
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
    "gives itself": lambda first, *_: first,
    "gives an empty array": lambda *_: np.empty(0),
    "gives another shape": lambda *_: np.zeros((2, 3, 4)),
    "gives a dictionary": lambda *_: {"k-NN": None, "regresión logística": "x"},
    "gives a pair": lambda *_: ([0.5], [None]),
    "takes nothing": lambda: 1,
    "fails": lambda *_: 1 / 0,
    "a class": dict,
    "objects": lambda *_: np.array([object()] * 3),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", CHECKS)
def test_odd_answers_are_refused_in_two_lines(name, odd):
    assert refused(name, ODD[odd]).startswith("✗ ")


def one_image_size(hands):
    return (hands - hands.mean(1, keepdims=True)) / np.ptp(hands, axis=1, keepdims=True)


def over_all_hands(hands):
    return (hands - hands.mean()) / hands.std()


def centred(hands):
    return hands - hands.mean(axis=1, keepdims=True)


def frames_at_random(person, seed):
    order = np.random.default_rng(seed).permutation(len(person))
    return order[len(order) // 5 :], order[: len(order) // 5]


def ignores_some(person, seed):
    return np.flatnonzero(person == person[0]), np.flatnonzero(person == person[-1])


def highest(probabilities, labels, allowed):
    return 1.0


def lowest(probabilities, labels, allowed):
    return 0.0


def without_doubt(probabilities, threshold):
    return np.array(["piedra", "papel", "tijeras", "otra mano"])[probabilities.argmax(1)]


def other_is_doubtful(probabilities, threshold):
    names = np.array(["piedra", "papel", "tijeras", "dudoso"])[probabilities.argmax(1)]
    return np.where(probabilities.max(1) < threshold, "dudoso", names)


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("normalise", one_image_size, "no se dividieron por lo mismo"),
        ("normalise", over_all_hands, "corrida da otros números"),
        ("normalise", centred, "más grande da otros números"),
        ("normalise", lambda hands: 0 * hands, "aplastadas"),
        ("split", frames_at_random, "personas en las dos partes"),
        ("split", ignores_some, "no están en ninguna"),
        ("split", lambda person, seed: (np.arange(len(person)), []), "vacía"),
        ("effective_size", len, "cada cuadro repetido"),
        ("effective_size", lambda right: 10, "debe dar cerca de 3.000"),
        ("threshold", highest, "umbral más bajo"),
        ("threshold", lowest, "se equivoca en más"),
        ("names", without_doubt, "dudosas"),
        ("names", other_is_doubtful, "dudosas"),
        ("baselines", lambda x, y, new: {"k-NN": 1}, "las claves"),
        ("defects", {5, 10}, "Encontró 2 de las 3 líneas; marcó 0"),
        ("defects", {1, 5, 10, 13}, "marcó 1"),
        ("defects", {99}, "14 líneas"),
        ("defects", set(), "vacío"),
        ("served", lambda points: Twice().predict(points).argmax(1), "y puede más"),
        (
            "served",
            lambda p: Twice().predict((p - p.mean(0)) / (p.std(0) + 1e-9)).argmax(1),
            "con una sola",
        ),
    ],
)
def test_usual_mistakes_are_named(name, answer, said):
    assert said in refused(name, answer)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("defects", [13, 5, 10]),
        ("served", lambda p: Twice().predict((p - MEAN) / DEVIATION).argmax(1)),
        ("split", lambda person, seed: (person != person[0], person == person[0])),
    ],
)
def test_other_right_answers_than_the_solutions_pass(name, answer, capsys):
    CHECKS[name](answer)
    assert capsys.readouterr().out.startswith("✓ Bien.")


def test_neighbouring_frames_are_simulated_with_as_many_errors_as_independent_ones():
    neighbours, independent = exercises.long_recording(200_000)
    assert neighbours.mean() == pytest.approx(0.9, abs=0.02)
    assert independent.mean() == pytest.approx(0.9, abs=0.02)
