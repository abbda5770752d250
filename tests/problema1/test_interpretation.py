"""Sentences say what the numbers are, and turn with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from student_performance import formatting, interpretation
from student_performance.columns import ACTIVITIES, HOURS, PAPERS, SCORES, SLEEP, TARGET


@pytest.fixture
def frame():
    """Hours push the index up, sleep down, papers do nothing, scores never change."""
    rng = np.random.default_rng(0)
    n = 400
    hours, sleep = rng.uniform(1, 9, n), rng.uniform(4, 9, n)
    return pd.DataFrame(
        {
            HOURS: hours,
            SCORES: 70.0,
            ACTIVITIES: np.where(np.arange(n) % 4 == 0, "Yes", "No"),
            SLEEP: sleep,
            PAPERS: rng.permutation(np.arange(n) % 10).astype(float),
            TARGET: 50 + 4 * hours - 2 * sleep,
        }
    )


def test_relation_names_direction_and_size(frame):
    r = np.corrcoef(frame[HOURS], frame[TARGET])[0, 1]
    sentence = interpretation.relation(frame, HOURS)
    assert formatting.number(r, 3) in sentence
    assert "muy fuerte" in sentence
    assert "sube" in sentence
    assert "baja" in interpretation.relation(frame, SLEEP)
    assert "casi nula" in interpretation.relation(frame, PAPERS)
    assert "único valor" in interpretation.relation(frame, SCORES)


def test_strongest_feature_is_named_first(frame):
    sentence = interpretation.strongest(frame)
    assert sentence.index("Horas de estudio") < sentence.index("Horas de sueño")
    assert "Notas previas" not in sentence


def test_activities_turn_with_the_difference(frame):
    yes = frame[ACTIVITIES] == "Yes"
    better = interpretation.activities(frame.assign(**{TARGET: frame[TARGET] + 30 * yes}))
    worse = interpretation.activities(frame.assign(**{TARGET: frame[TARGET] - 30 * yes}))
    assert better.startswith("100 estudiantes (25,0 %)")
    assert "puntos más" in better
    assert "puntos menos" in worse
    assert "mayor que la que daría el azar" in better
    assert "puede ser azar" in interpretation.activities(frame)
    assert "muy pocos" in interpretation.activities(frame.assign(**{ACTIVITIES: "No"}))


def comparison(low: float, high: float) -> str:
    ends = {"r2_minus_ols_low": low, "r2_minus_ols_high": high}
    table = pd.DataFrame([{"r2": 0.9} | ends, {"r2": 0.8}], index=["network", "ols"])
    return interpretation.comparison(table)


def test_comparison_takes_no_side_by_itself():
    assert "no se distinguen" in comparison(-0.001, 0.001)
    assert "la red predice mejor" in comparison(0.001, 0.002)
    assert "mínimos cuadrados predice mejor" in comparison(-0.002, -0.001)


def test_coverage_and_residuals_turn_with_the_numbers():
    def covered(share):
        row = pd.Series({"level": 0.9, "coverage": share, "width": 6.0})
        return interpretation.coverage(row, 1000, 500)

    # two standard errors are 2 sqrt(0.09 (1/1000 + 1/500)) = 0.033
    assert "coincide" in covered(0.932)
    assert "coincide" in covered(0.868)
    assert "menor" in covered(0.85)
    assert "mayor" in covered(0.95)
    noise = np.random.default_rng(0).normal(0, 1, 500)
    assert "no se aparta" in interpretation.residuals(noise - noise.mean())
    assert "y se aparta" in interpretation.residuals(noise - noise.mean() + 1)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234567.891, 2, "1.234.567,89"),
        (-0.5, 1, "−0,5"),
        (-0.0001, 2, "0,00"),
        (3, 0, "3"),
        (float("nan"), 2, "—"),
        (None, 1, "—"),
    ],
)
def test_numbers_are_written_in_spanish(value, digits, text):
    assert formatting.number(value, digits) == text


def test_listing():
    assert formatting.listing(["a"]) == "a"
    assert formatting.listing(["a", "b", "c"]) == "a, b y c"
