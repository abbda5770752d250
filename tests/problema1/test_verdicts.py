"""Sentences about models say what the numbers are, and turn with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from student_performance import inference, verdicts
from student_performance.schema import PUBLISHED, Column, Schema

BARE = Schema(Column("y"), (Column("x"), Column("z")))


def comparison(low: float, high: float) -> str:
    ends = {"r2_minus_ols_low": low, "r2_minus_ols_high": high}
    ends |= {"r2_minus_boosting_low": -high, "r2_minus_boosting_high": -low}
    table = pd.DataFrame(
        [{"r2": 0.9} | ends, {"r2": 0.8}, {"r2": 0.7}], index=["network", "ols", "boosting"]
    )
    return verdicts.comparison(table)


def test_comparison_takes_no_side_by_itself():
    assert comparison(-0.001, 0.001).count("no se distinguen") == 2
    better = comparison(0.001, 0.002)
    assert "la red predice mejor. Los árboles" in better
    assert "los árboles predicen mejor" in better
    worse = comparison(-0.002, -0.001)
    assert "mínimos cuadrados predice mejor" in worse
    assert worse.endswith("la red predice mejor.")


def test_coverage_and_residuals_turn_with_the_numbers():
    def covered(share, schema=PUBLISHED):
        row = pd.Series({"level": 0.9, "coverage": share, "width": 6.0})
        return verdicts.coverage(row, 1000, 500, schema)

    # two standard errors are 2 sqrt(0.09 (1/1000 + 1/500)) = 0.033
    assert "coincide" in covered(0.932)
    assert "coincide" in covered(0.868)
    assert "menor" in covered(0.85)
    assert "mayor" in covered(0.95)
    assert "los 1.000 estudiantes" in covered(0.9)
    assert "las 1.000 filas" in covered(0.9, BARE)
    noise = np.random.default_rng(0).normal(0, 1, 500)
    assert "no se aparta" in verdicts.residuals(noise - noise.mean(), PUBLISHED)
    assert "y se aparta" in verdicts.residuals(noise - noise.mean() + 1, PUBLISHED)
    assert "puntos" not in verdicts.residuals(noise, BARE)


def test_importance_names_first_and_last_or_none():
    table = pd.DataFrame({"feature": ["z", "x"], "mean": [3.0, 0.5], "std": 0.1})
    sentence = verdicts.importance(table, BARE)
    assert sentence.index("«z»") < sentence.index("«x»")
    assert "sube 3,00" in sentence
    assert "apenas cambia" in verdicts.importance(table.assign(std=9.0), BARE)
    assert "menos pesa" not in verdicts.importance(table.head(1), BARE)


def test_contributions_name_what_moves_and_where():
    sentence = verdicts.contributions(np.array([-4.0, 9.0]), 50.0, BARE)
    assert "«z» la sube 9,0 y «x» la baja 4,0" in sentence
    assert "Ninguna variable" in verdicts.contributions(np.array([0.0, 0.0]), 50.0, BARE)


@pytest.mark.parametrize(("share", "words"), [(0.7, "se aparta 1 de 2"), (0.89, "En ninguna")])
def test_parts_that_are_covered_too_little_are_named(share, words):
    table = pd.DataFrame(
        {"feature": ["x", "x"], "part": ["0 a 1", "1 a 2"], "n": 200, "coverage": [0.9, share]}
    )
    assert words in verdicts.coverage_by_part(table, 0.9, BARE)


def test_coefficients_that_may_be_zero_are_not_claimed():
    table = pd.DataFrame(
        {"feature": ["x", "z"], "estimate": [1.0, 1.0], "low": [0.5, -1.0], "high": [2.0, 3.0]}
    )
    sentence = verdicts.coefficients(table, BARE)
    assert sentence.startswith("1 de 2")
    assert "«x»" in sentence
    assert "«z»" not in sentence
    assert "Ningún coeficiente" in verdicts.coefficients(table.tail(1), BARE)
    unknown = table.assign(low=[0.5, np.nan])
    assert "1 no se puede calcular" in verdicts.coefficients(unknown, BARE)


def test_findings_tell_a_line_from_a_bend():
    metrics = inference.load().metrics
    flat = metrics | {"findings": metrics["findings"] | {"bends": False, "z": 1.23}}
    sentence = verdicts.findings(flat, PUBLISHED)
    assert "basta la recta" in sentence
    assert "z = 1,2" in sentence
    variables = [{"bend": 0.0, "interaction": 0.0} for _ in PUBLISHED.features]
    variables[3] = {"bend": 4.0, "interaction": 0.01}
    bent = {"bends": True, "z": 40.0, "variables": variables, "spread_varies": True}
    sentence = verdicts.findings(metrics | {"findings": metrics["findings"] | bent}, PUBLISHED)
    assert "Lejos de una recta queda «Horas de sueño» (4,00 puntos)" in sentence
    assert "Depende de las demás" not in sentence
    assert "cambia con las variables" in sentence


def test_two_models_differ_or_do_not():
    row = pd.Series({"rmse": 2.0, "other_rmse": 2.5, "low": -0.7, "high": -0.3})
    assert "predice mejor «uno»" in verdicts.models_compared(row, ("uno", "dos"), PUBLISHED)
    row["high"] = 0.1
    assert "no se distinguen" in verdicts.models_compared(row, ("uno", "dos"), PUBLISHED)
