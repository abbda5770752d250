"""The lesson of Problem 1: what the lesson shows, and that it runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

LESSON = Path(__file__).resolve().parents[2] / "Problema1" / "regresion.ipynb"
SETTINGS = {"EPOCAS": 1, "FILAS": 400, "SEMILLA": 0}


def test_every_figure_has_a_text_for_who_does_not_see_it_and_one_that_reads_it(notebooks):
    notebooks.require_read_figures(nbformat.read(LESSON, 4), 5)


def test_the_test_rows_are_read_once_and_at_the_end(notebooks):
    cells = notebooks.code_cells(nbformat.read(LESSON, 4))
    readers = [cell.id for cell in cells if "[prueba]" in cell.source]
    assert readers == [cells[-1].id] == ["prueba"]


def test_the_lesson_shows_keras_itself(notebooks):
    source = "\n".join(cell.source for cell in notebooks.code_cells(nbformat.read(LESSON, 4)))
    for part in ("layers.Dense(64", ".compile(", ".fit(", "EarlyStopping(", "Normalization("):
        assert part in source
    assert "load_model(" in source  # what is measured is the file
    assert "regression" not in source  # the package's own training


@pytest.mark.timeout(300)
def test_the_lesson_runs_top_to_bottom_with_few_rows(notebooks):
    notebook = nbformat.read(LESSON, 4)
    notebooks.with_settings(notebook, SETTINGS)
    notebooks.run(notebook, LESSON.parent)
    shown = "".join(notebooks.texts(cell) for cell in notebooks.code_cells(notebook))
    assert "vale 0 en todas las filas: no dice nada" in shown
    assert "Miradas a la prueba: 1." in shown
    assert "nan" not in shown
