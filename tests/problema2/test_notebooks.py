"""The lesson of Problem 2: what the lesson shows, and that it runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

LESSON = Path(__file__).resolve().parents[2] / "Problema2" / "gestos.ipynb"
SETTINGS = {"EPOCAS": 1, "MANOS": 600, "PERSONAS": 3, "SEMILLA": 0}


def test_every_figure_has_a_text_for_who_does_not_see_it_and_one_that_reads_it(notebooks):
    notebooks.require_read_figures(nbformat.read(LESSON, 4), 15)


def test_the_lesson_shows_keras_itself(notebooks):
    source = "\n".join(cell.source for cell in notebooks.code_cells(nbformat.read(LESSON, 4)))
    for part in ("layers.Dense(128", ".compile(", ".fit(", "EarlyStopping(", "ModelCheckpoint("):
        assert part in source
    assert "load_model(" in source  # what is measured is the file
    assert "classifier.fit" not in source
    assert "classifier.make_model" not in source


@pytest.mark.timeout(300)
def test_the_lesson_runs_top_to_bottom_with_few_hands(notebooks):
    notebook = nbformat.read(LESSON, 4)
    notebooks.with_settings(notebook, SETTINGS)
    notebooks.run(notebook, LESSON.parent)
    shown = "".join(notebooks.texts(cell) for cell in notebooks.code_cells(notebook))
    assert "Mayor diferencia entre las dos normalizaciones" in shown
    assert "Separando cuadros al azar" in shown
    assert "nan" not in shown
