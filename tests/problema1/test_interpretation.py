"""Sentences about data say what the numbers are, and turn with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from student_performance import (
    association,
    formatting,
    interpretation,
    outliers,
    relation_sentences,
)
from student_performance.schema import PUBLISHED, Column, Schema

HOURS, SCORES, ACTIVITIES, SLEEP, PAPERS, INDEX = PUBLISHED.names


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
            INDEX: 50 + 4 * hours - 2 * sleep,
        }
    )


def one(x: np.ndarray, y: np.ndarray) -> tuple[pd.DataFrame, Schema]:
    """A table of one numeric feature."""
    return pd.DataFrame({"x": x, "y": y}), Schema(Column("y", unit="kg"), (Column("x"),))


def test_relation_names_direction_and_size(frame):
    r = np.corrcoef(frame[HOURS], frame[INDEX])[0, 1]
    sentence = relation_sentences.relation(frame, PUBLISHED, HOURS)
    assert formatting.number(r, 3) in sentence
    assert "muy fuerte" in sentence
    assert "«Índice de rendimiento» sube" in sentence
    assert "baja" in relation_sentences.relation(frame, PUBLISHED, SLEEP)
    assert "casi nula" in relation_sentences.relation(frame, PUBLISHED, PAPERS)
    assert "único valor" in relation_sentences.relation(frame, PUBLISHED, SCORES)


@pytest.mark.parametrize("whole", [True, False])
def test_a_tent_is_no_null_relation(whole):
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 10, 2000)
    x = np.round(x) if whole else x
    table, schema = one(x, 10 - 2 * np.abs(x - 5) + rng.normal(0, 1, 2000))
    assert abs(np.corrcoef(table.T)[0, 1]) < 0.1
    sentence = relation_sentences.relation(table, schema, "x")
    assert "no es una recta" in sentence
    assert "casi nula" not in sentence
    assert "no es una recta" in relation_sentences.strongest(table, schema)


def test_fast_wave_over_whole_numbers_is_seen():
    rng = np.random.default_rng(1)
    x = rng.integers(40, 100, 3000).astype(float)
    table, schema = one(x, np.sin(x) + rng.normal(0, 0.1, 3000))
    assert association.relation(table, schema, "x").explained > 0.95


def test_noise_and_lines_are_not_called_bent():
    """In 200 tables each, of 60 to 1000 rows."""
    rng = np.random.default_rng(2)
    explained, bent = [], 0
    for at in range(200):
        n = (60, 200, 1000)[at % 3]
        x, noise = rng.integers(0, 30, n).astype(float), rng.normal(0, 1, n)
        each = association.relation(*one(x, noise), "x")
        explained.append(each.explained)
        bent += each.bends + association.relation(*one(x, x + 3 * noise), "x").bends
    assert np.mean(explained) < 0.03
    assert bent <= 3


def test_line_and_steps_agree_on_a_line():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, 500)
    each = association.relation(*one(x, 3 * x + rng.normal(0, 0.5, 500)), "x")
    assert each.explained == pytest.approx(each.line, abs=0.02)
    assert each.line == pytest.approx(each.r**2, abs=0.005)


def test_correlation_ratio_of_a_case_by_hand():
    groups, y = np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 7.0])
    # within 2 + 2 over 4 - 2; total 20 over 4 - 1
    assert association.correlation_ratio(groups, y) == pytest.approx(1 - 2 / (20 / 3))


def test_cramers_v_is_one_for_copies_and_nothing_for_noise():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 4000)
    assert association.cramers_v(codes, codes) == pytest.approx(1, abs=0.01)
    assert association.cramers_v(codes, rng.integers(0, 4, 4000)) < 0.05


def test_strongest_feature_is_named_first(frame):
    sentence = relation_sentences.strongest(frame, PUBLISHED)
    assert sentence.index("Horas de estudio") < sentence.index("Horas de sueño")
    assert "Notas previas" not in sentence


def test_of_many_features_the_strongest_are_named_and_the_rest_counted():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(300, 25)), columns=[f"x{at}" for at in range(25)])
    table["y"] = table["x7"] + rng.normal(size=300)
    schema = Schema(Column("y"), tuple(Column(f"x{at}") for at in range(25)))
    sentence = relation_sentences.strongest(table, schema)
    assert "«y»: «x7»" in sentence
    assert "las otras 17, menos" in sentence


def test_categories_are_described_by_their_means(mixed):
    table, schema = mixed
    sentence = relation_sentences.relation(table, schema, "pueblo")
    assert "con «Norte»" in sentence
    assert sentence.rstrip(".").endswith("con «Oeste»")
    shuffled = table.assign(pueblo=np.random.default_rng(0).permutation(table["pueblo"]))
    assert "casi nada" in relation_sentences.relation(shuffled, schema, "pueblo")
    assert "3 valores" in interpretation.levels(table, schema, "pueblo")
    only = table.assign(pueblo="Sur")
    assert "vale siempre «Sur»" in interpretation.levels(only, schema, "pueblo")
    assert "único valor" in relation_sentences.relation(only, schema, "pueblo")


def test_numeric_features_are_compared_where_there_are_two(frame, mixed):
    table, schema = mixed
    assert "No hay dos" in relation_sentences.features_together(table, schema)
    assert "De «Notas previas» hay un único valor" in relation_sentences.features_together(
        frame, PUBLISHED
    )
    twins = frame.assign(**{SLEEP: frame[HOURS] * -1})
    assert (
        "«Horas de estudio» y «Horas de sueño»: r = −1,00"
        in relation_sentences.features_together(twins, PUBLISHED)
    )


def test_yes_and_no_turn_with_the_difference(frame):
    def said(table):
        return interpretation.yes_and_no(table, PUBLISHED, ACTIVITIES)

    yes = frame[ACTIVITIES] == "Yes"
    better = said(frame.assign(**{INDEX: frame[INDEX] + 30 * yes}))
    worse = said(frame.assign(**{INDEX: frame[INDEX] - 30 * yes}))
    assert "100 estudiantes (25,0 %)" in better
    assert "puntos más" in better
    assert "puntos menos" in worse
    assert "mayor que la que daría el azar" in better
    assert "puede ser azar" in said(frame)
    assert "muy pocos" in said(frame.assign(**{ACTIVITIES: "No"}))


def test_quality_counts_repeated_rows_and_empty_cells(mixed, small, table_of):
    table, schema = mixed
    sentence = interpretation.quality(table_of(table, "a.csv", schema))
    empty = int(table.isna().sum().sum())
    assert f"Faltan {empty} valores" in sentence
    assert "«horas» (20)" in sentence
    assert "6 (1,0 %) repiten" in interpretation.quality(small)
    clean = table_of(small.rows.drop_duplicates(), "b.csv")
    assert interpretation.quality(clean).endswith("y no faltan valores.")


def test_outliers_are_named_with_their_row_and_reason(mixed):
    table, schema = mixed
    table = table.set_index(np.arange(2, 402))
    table.loc[37, "horas"] = 900.0
    table.loc[120, "nota"] = 22.0 + 40  # within its own quartiles' reach, far from the line
    found = outliers.find(table, schema)
    assert found["row"].iloc[0] == 37
    heading, *rows = interpretation.outliers(found, schema)
    assert heading.startswith("Hay ")
    assert any(row.startswith("Fila 37: «horas» es 900, lejos de los cuartiles") for row in rows)
    assert 120 in set(found["row"])
    clean = outliers.find(mixed[0], schema)
    assert clean.empty
    (alone,) = interpretation.outliers(clean, schema)
    assert alone.startswith("Ningún valor")


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


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (0.125, "0,125"), (12345.6, "12.346"), (-2.5, "−2,5")]
)
def test_short_numbers_have_the_decimals_they_need(value, text):
    assert formatting.short(value) == text


def test_listing_and_units():
    assert formatting.listing(["a"]) == "a"
    assert formatting.listing(["a", "b", "c"]) == "a, b y c"
    assert formatting.amount(2.5, 1, "kg") == "2,5 kg"
    assert formatting.amount(2.5, 1, "") == "2,5"
