"""The exercises' checks: wrong and odd answers get a sentence and a hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

from student_performance.checks import Wrong
from student_performance.lesson import exercises

CHECKS = {
    "codes": exercises.check_codes,
    "least_squares": exercises.check_least_squares,
    "scaling": exercises.check_scaling,
    "parameters": exercises.check_parameters,
    "half_width": exercises.check_half_width,
    "coverage": exercises.check_coverage,
    "split": exercises.check_split,
    "defects": exercises.check_defects,
}
ODD = {
    "None": None,
    "a number": 3.5,
    "a word": "sí",
    "gives None": lambda *_: None,
    "gives a word": lambda *_: "sí",
    "gives nan": lambda *_: np.nan,
    "gives itself": lambda first, *_: first,
    "gives an empty array": lambda *_: np.empty(0),
    "gives another shape": lambda *_: np.zeros((2, 3, 4)),
    "gives a pair": lambda *_: ([0.5], [None]),
    "takes nothing": lambda: 1,
    "fails": lambda *_: 1 / 0,
    "a class": dict,
    "objects": lambda *_: np.array([object()] * 3),
}


def capped_half_width(errors, level):
    """The largest error where the place does not exist."""
    place = int(np.ceil(round(level * (len(errors) + 1), 6)))
    return np.sort(np.abs(errors))[min(place, len(errors)) - 1]


def refused(name: str, answer) -> str:
    with pytest.raises(Wrong) as raised:
        CHECKS[name](answer)
    lines = raised.value._render_traceback_()
    assert len(lines) == 2
    assert all(len(line) < 250 and "\n" not in line for line in lines)
    assert lines[1].startswith("Pista: ")
    return lines[0]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", CHECKS)
def test_odd_answers_are_refused_in_two_lines(name, odd):
    assert refused(name, ODD[odd]).startswith("✗ ")


def published_map(values):
    return [int(value == "Sí") for value in values]


def without_constant(x, y, new, new_y):
    return np.abs(new_y - new @ np.linalg.lstsq(x, y, rcond=None)[0]).mean()


def each_its_own(training, new):
    def scale(rows):
        return (rows - rows.mean(0)) / np.where(rows.std(0) < 1e-9, 1, rows.std(0))

    return scale(training), scale(new)


def at_random(rows, seed):
    order = np.random.default_rng(seed).permutation(len(rows))
    return order[len(rows) // 5 :], order[: len(rows) // 5]


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [
        ("codes", published_map, "dan el mismo número"),
        ("codes", lambda values: [int(v in ("Sí", "Yes")) for v in values], "«quizás»"),
        ("least_squares", without_constant, "le falta la constante"),
        ("scaling", each_its_own, "Lo nuevo no se midió"),
        (
            "parameters",
            lambda i, h, o: sum(a * b for a, b in zip([i, *h], [*h, o], strict=True)),
            "sesgos",
        ),
        ("half_width", lambda errors, level: np.quantile(np.abs(errors), 0.123), "ninguno"),
        ("half_width", lambda errors, level: np.abs(errors).max(), "no es ese lugar"),
        ("half_width", capped_half_width, "se esperaba infinito"),
        ("coverage", lambda y, p, q, g: [(np.abs(y - p) <= q).mean()] * 3, "de cada grupo"),
        ("split", at_random, "en las dos partes"),
        ("split", lambda rows, seed: (np.arange(len(rows)), []), "vacía"),
        ("defects", {2, 3}, "Encontró 2 de las 5 líneas; marcó 0"),
        ("defects", {99}, "13 líneas"),
        ("defects", set(), "vacío"),
    ],
)
def test_usual_mistakes_are_named(name, answer, part):
    assert part in refused(name, answer)


def test_a_list_of_the_defects_passes(capsys):
    exercises.check_defects([12, 7, 5, 3, 2])
    assert capsys.readouterr().out.startswith("✓ Bien.")
