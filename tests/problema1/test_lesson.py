"""The lesson's sentences follow their numbers; a figure carries its text."""

from __future__ import annotations

import numpy as np
import pytest

from student_performance.lesson import charts, sentences
from student_performance.lesson.shown import Shown

NOISE = np.random.default_rng(0).normal(0, 1, 400)
GROUPS = np.arange(400) % 4
NINE_OF_TEN = np.arange(400) // 4 % 10 > 0


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        (sentences.beside("a", NOISE, "b", 2 * NOISE), "«a» mejora"),
        (sentences.beside("a", 2 * NOISE, "b", NOISE), "«a» empeora"),
        (sentences.beside("a", NOISE, "b", NOISE[::-1]), "no se distingue"),
        (sentences.column("c", np.zeros(5)), "no dice nada"),
        (sentences.column("c", np.arange(2)), "2 valores distintos"),
        (sentences.twins(0, 400), "Ninguna"),
        (sentences.twins(4, 400), "4 de las 400 filas de validación (1,0 %)"),
        (sentences.coverage(0.9, NINE_OF_TEN, GROUPS), "Ninguna diferencia"),
        (sentences.coverage(0.9, GROUPS > 0, GROUPS), "En 4 de 4 grupos"),
        (sentences.gate(2.9), "basta la recta"),
        (sentences.gate(3.0), "las redes se suman"),
        (sentences.epochs([3, 2, 1]), "época 3 de 3: con más épocas"),
        (sentences.epochs([3, 1, 2]), "época 2 de 3: después no bajó"),
        (sentences.trend("x", NOISE, 1 - NOISE), "el 100,0 % de la varianza"),
    ],
)
def test_sentences_follow_the_numbers(sentence, part):
    assert part in sentence


def test_a_shown_figure_carries_its_text():
    figure = charts.bars({"recta": 2.0, "red": 2.1}, "RMSE")
    data, metadata = Shown(figure, "Dos barras.")._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Dos barras."
