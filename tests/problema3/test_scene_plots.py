"""Figures hold the figures they are given, and say them in Spanish."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.results import plots, scores, stored


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, 300)
    chances = np.exp(rng.normal(size=(300, 6)) + 2 * np.eye(6)[labels])
    return chances / chances.sum(axis=1, keepdims=True), labels


def test_confusion_shows_every_count(answers):
    matrix = scores.measure(*answers, resamples=0)["confusion"]
    (axis,) = plots.confusion(matrix).axes
    shown = [int(text.get_text().splitlines()[0]) for text in axis.texts]
    assert shown == np.ravel(matrix).tolist()
    assert "montaña" in [label.get_text() for label in axis.get_xticklabels()]


def test_roc_legend_has_each_class_and_both_averages_with_a_comma(answers):
    (axis,) = plots.roc(*answers).axes
    texts = [text.get_text() for text in axis.get_legend().get_texts()]
    assert len(texts) == 8
    area = f"{scores.measure(*answers, resamples=0)['auc']['sea']:.3f}".replace(".", ",")
    assert f"mar ({area})" in texts


def test_curves_draw_a_gap_for_a_missing_loss():
    history = {
        "loss": [2.0, None, 1.0],
        "val_loss": [2.0, 1.5, 1.2],
        "accuracy": [0.2, 0.3, 0.4],
        "val_accuracy": [0.2, 0.3, 0.4],
    }
    axis = plots.curves(history, 3).axes[0]
    assert np.isnan(axis.lines[0].get_ydata()).tolist() == [False, True, False]


def test_stored_probabilities_redraw_the_same_area(answers, tmp_path):
    chances, labels = answers
    path = tmp_path / "x_probabilities.npz"
    np.savez_compressed(path, probabilities=chances.astype(np.float16), labels=labels)
    again = scores.measure(*stored.read_probabilities(path), resamples=0)
    first = scores.measure(chances.astype(np.float16), labels, resamples=0)
    assert again["auc"] == first["auc"]
    assert stored.stored(tmp_path) == {}
