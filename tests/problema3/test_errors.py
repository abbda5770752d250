"""Mistakes in common, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.results import mistakes


def answer(*choices: tuple[int, float]) -> np.ndarray:
    """Probabilities that give each image's chosen class its share, the others the rest."""
    rows = []
    for chosen, share in choices:
        row = np.full(6, (1 - share) / 5)
        row[chosen] = share
        rows.append(row)
    return np.array(rows)


LABELS = np.array([0, 2, 2, 3, 5, 1])
ANSWERS = {
    #            right     shared     shared    apart     one right  right
    "a": answer((0, 0.9), (3, 0.70), (3, 0.9), (2, 0.8), (0, 0.9), (1, 0.9)),
    "b": answer((0, 0.9), (3, 0.60), (3, 1.0), (4, 0.8), (5, 0.9), (1, 0.9)),
}


def test_shared_mistakes():
    found = mistakes.shared_mistakes(ANSWERS, LABELS)
    assert found["index"].tolist() == [2, 1]
    assert found["label"].tolist() == [2, 2]
    assert found["predicted"].tolist() == [3, 3]
    assert found["confidence"].tolist() == pytest.approx([0.95, 0.65])


def test_networks_must_answer_for_the_same_images():
    for answers in ({"a": ANSWERS["a"]}, {"a": ANSWERS["a"], "b": ANSWERS["b"][:3]}):
        with pytest.raises(ValueError, match="same images"):
            mistakes.shared_mistakes(answers, LABELS)


def test_pairs_count_both_directions():
    counts = np.diag([10] * 6)
    counts[2, 3], counts[3, 2], counts[0, 5], counts[1, 4] = 4, 2, 3, 1
    found = mistakes.pairs({"a": counts, "perfecta": np.diag([10] * 6)})
    assert found.loc["a"].tolist() == ["6 (60 %)", "3 (30 %)", "1 (10 %)"]
    assert found.columns.tolist() == ["glaciar / montaña", "edificios / calle", "las demás"]
    assert found.loc["perfecta"].tolist() == ["0 (0 %)"] * 3


def test_the_ceiling_counts_the_sure_ones_alone():
    said = " ".join(mistakes.ceiling(ANSWERS, LABELS))
    assert "en 2 de 6 imágenes (33,3 %)" in said
    assert "en 1 lo hacen" in said
    assert "etiqueta «glaciar» y respuesta «montaña» (1)" in said
    assert "0,833" in said
    none = {name: each[[0, 5]] for name, each in ANSWERS.items()}
    assert len(mistakes.ceiling(none, LABELS[[0, 5]])) == 1
