"""Types of columns, spellings of values, and headings of the published columns."""

from __future__ import annotations

import numpy as np
import pytest

from student_performance import guessing, headings
from student_performance.schema import ACTIVITIES, HOURS, INDEX, PAPERS, PUBLISHED, SCORES, SLEEP
from student_performance.texts import Texts


def numbers(*cells: str, decimal: str = "") -> list[float | None]:
    texts = Texts.of(cells)
    values = guessing.convert(texts, "number", decimal).data[texts.codes]
    return [None if np.isnan(value) else float(value) for value in values]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["7", "-2", "+3", "0.5", ".5", "5.", "1e2", "−4"], [7, -2, 3, 0.5, 0.5, 5, 100, -4]),
        (["7,5", "8", "0,125"], [7.5, 8, 0.125]),
        (["1.234,5", "12", "1.000"], [1234.5, 12, 1000]),
        (["1,234.5", "12", "1,000"], [1234.5, 12, 1000]),
        (["1.234.567", "1.234"], [1234567, 1234]),
        (["1.234", "2.5"], [1.234, 2.5]),
        (["1,234", "2,5"], [1.234, 2.5]),
        (["99%", "98 %", "97"], [99, 98, 97]),
        (["7 h", "7,5 h", "8h"], [7, 7.5, 8]),
        (["$ 1,5", "$2"], [1.5, 2]),
        (["85/100", "90/100"], [85, 90]),
        (["10 años", "11 años"], [10, 11]),
        (["", "NA", "n/a", "ausente", "-", "None", "#N/A", "3"], [*[None] * 7, 3]),
    ],
)
def test_numbers_as_people_write_them(cells, expected):
    assert numbers(*cells) == expected


@pytest.mark.parametrize(
    ("decimal", "cell", "expected"),
    [
        *((",", "1.234", 1234), (".", "1.234", 1.234), ("", "1.234", 1.234)),
        *((".", "1,234", 1234), (",", "1,234", 1.234), ("", "1,234", 1.234)),
    ],
)
def test_the_rest_of_the_file_tells_thousands_from_fractions(decimal, cell, expected):
    assert numbers(cell, "900", decimal=decimal) == [expected, 900]


@pytest.mark.parametrize(
    "cell", ["1_0", "0x1", "٣", "1 0", "1,5,2", "=1+1", "2024-01-05", "1.5.2", "7 h 30", "group 1"]
)
def test_what_only_looks_like_a_number_is_none(cell):
    texts = Texts.of([cell, "1", "2"])
    assert guessing.convert(texts, "number").bad.tolist() == [True, False, False]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e400", "9" * 400, "1e31", "∞"])
def test_infinite_and_huge_numbers_are_no_values(cell):
    texts = Texts.of([cell, "1"])
    assert guessing.convert(texts, "number").bad.tolist() == [True, False]
    assert guessing.infinite(cell)


def test_a_cell_in_another_unit_is_no_value():
    texts = Texts.of(["7 h", "8 h", "30 min"])
    values = guessing.convert(texts, "number")
    assert values.unit == "h"
    assert values.bad.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("Yes", "No"), ("YES", "no"), ("Y", "N"), ("y", "n"), ("Sí", "No"), ("si", "no")),
        *(("S", "N"), ("True", "False"), ("TRUE", "FALSE"), ("T", "F"), ("V", "F")),
        *(("VERDADERO", "FALSO"), ("1", "0"), ("1.0", "0.0"), ("Sim", "Não")),
    ],
)
def test_yes_and_no_in_every_spelling(yes, no):
    texts = Texts.of([yes, no, "", yes])
    assert guessing.kind_of(texts) == "yes_no"
    values = guessing.convert(texts, "yes_no")
    assert values.data[texts.codes][[0, 1, 3]].tolist() == ["Yes", "No", "Yes"]
    assert values.empty.tolist() == [False, False, True]
    assert not values.bad.any()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["F", "M", "F"], "category"),
        (["Yes", "Yes"], "category"),
        (["si", "no", "a veces"], "category"),
        (["1", "2", "1"], "number"),
        (["0", "1", "2"], "number"),
        (["5A", "5B", "6A"], "category"),
        (["1", "2", "3", "4", "x"], "number"),  # one that is wrong among many
        (["1", "2", "x", "y"], "category"),
        (["", "", ""], "category"),
    ],
)
def test_types_are_guessed_from_the_texts(cells, kind):
    assert guessing.kind_of(Texts.of(cells)) == kind


def test_none_is_a_level_of_a_category_and_its_levels_are_sorted():
    texts = Texts.of(["none", "Completed", "completed ", "", "N/A", "grupo 10", "grupo 9"])
    assert guessing.levels_of(texts) == ("Completed", "grupo 9", "grupo 10", "none")


def test_known_levels_keep_their_spelling():
    texts = Texts.of(["low", "HIGH", "other", ""])
    values = guessing.convert(texts, "category", levels=("Low", "High"))
    assert values.data[:3].tolist() == ["Low", "High", "other"]
    assert values.empty.tolist() == [False, False, False, True]


COUNTER = [str(at) for at in range(1, 31)]


@pytest.mark.parametrize(
    ("heading", "cells", "kind", "expected"),
    [
        ("", COUNTER, "number", True),
        ("nota", COUNTER[::-1], "number", False),
        ("Student ID", [str(1000 + 7 * at) for at in range(30)], "number", True),
        ("Nombre", [f"Ana {at}" for at in range(30)], "category", True),
        ("curso", ["A", "B", "C"] * 10, "category", False),
        ("edad", [str(15 + at % 3) for at in range(30)], "number", False),
        ("horas", [f"{at}.5" for at in range(30)], "number", False),
    ],
)
def test_columns_that_name_their_rows(heading, cells, kind, expected):
    assert guessing.identifies(heading, Texts.of(cells), kind) is expected


@pytest.mark.parametrize(
    ("result", "other"),
    [
        ("Exam_Score", "Previous_Scores"),
        ("G3", "G1"),
        ("Nota final", "Primer parcial"),
        ("score", "hours"),
        ("Índice de rendimiento", "Notas previas"),
        ("GPA", "StudyTimeHours"),
    ],
)
def test_headings_that_sound_like_a_result(result, other):
    assert guessing.result_weight(result) > guessing.result_weight(other)


@pytest.mark.parametrize(
    ("column", "spellings"),
    [
        (HOURS, "Hours Studied|hours_studied|HOURS  STUDIED|HoursStudied|Horas_de_estudio"),
        (HOURS, "Horas de estudio (h por día)|horas estudiadas|Study Hours"),
        (SCORES, "previous-scores|Notas previas|resultados_anteriores|Calificaciones anteriores"),
        (ACTIVITIES, "extracurricular_2|Actividades extracurriculares|ExtracurricularActivities"),
        (SLEEP, "sleep.hours|horas_sueño|Horas de sueno|HORAS DE SUEÑO"),
        (PAPERS, "Sample_Question_Papers_Practiced|Exámenes de práctica|num_ejercicios_resueltos"),
        (INDEX, "Performance Index |indice_rendimiento|ÍNDICE DE RENDIMIENTO|Índice"),
    ],
)
def test_published_columns_under_other_headings(column, spellings):
    for heading in spellings.split("|"):
        matches = headings.published([heading])
        assert [each for each, names in matches.items() if names] == [column], heading


def test_other_headings_are_no_published_columns():
    others = ["Attendance", "score", "Gender", "Study Method", "Nota", ""]
    assert not any(headings.published(others).values())


def test_the_names_that_charts_write_are_recognised():
    for column in PUBLISHED.columns:
        for name in (column.name, column.label, column.short, column.axis):
            assert headings.published([name])[column] == [name]
