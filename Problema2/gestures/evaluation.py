"""Figures of a classifier on labelled hands. Runs without TensorFlow."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from gestures.dataset import GESTURES
from gestures.inference import DEFAULT_CONFIDENCE


def scores(probabilities: ArrayLike, labels: ArrayLike) -> dict:
    """Accuracy, its 95 % interval, confusion matrix and per-class figures, ready for JSON.

    Args:
        probabilities: (N, 4), as the network gives them.
        labels: (N,), N at least 1.

    Returns:
        the interval is Wilson's (1927, J. Am. Stat. Assoc. 22:209-212); rows of the matrix are
        true gestures, columns the likeliest of the three. ``shown`` is the share that would be
        shown as a gesture, ``right_of_shown`` how many of those are. A figure without a
        denominator (a class that does not occur, or is never predicted) is None.
    """
    probabilities, labels = np.asarray(probabilities), np.asarray(labels)
    shown = is_shown(probabilities)
    probabilities = probabilities[:, : len(GESTURES)]
    predicted = probabilities.argmax(1)
    correct = predicted == labels
    n, right = len(labels), int(correct.sum())
    interval = binomtest(right, n).proportion_ci(method="wilson")
    classes = range(len(GESTURES))
    columns = precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=np.nan
    )
    confidence = probabilities.max(1)
    return {
        "accuracy": right / n,
        "interval_95": [float(interval.low), float(interval.high)],
        "n": n,
        "confusion": confusion_matrix(labels, predicted, labels=classes).tolist(),
        "per_class": {
            name: {
                "n": int(occurs),
                "precision": _known(precision),
                "recall": _known(recall),
                "f1": _known(f1),
            }
            for name, precision, recall, f1, occurs in zip(GESTURES, *columns, strict=True)
        },
        "shown": float(shown.mean()),
        "right_of_shown": float(correct[shown].mean()) if shown.any() else None,
        "mean_confidence_right": float(confidence[correct].mean()) if correct.any() else None,
        "mean_confidence_wrong": float(confidence[~correct].mean()) if (~correct).any() else None,
    }


def is_shown(probabilities: np.ndarray, confidence: float = DEFAULT_CONFIDENCE) -> np.ndarray:
    """Which hands of (N, 4) probabilities would be shown as a gesture, bool (N,)."""
    likeliest = probabilities.argmax(1)
    return (likeliest < len(GESTURES)) & (probabilities.max(1) >= confidence)


def contradicted(probabilities: ArrayLike, labels: ArrayLike, confidence: float) -> list[dict]:
    """Samples that a classifier reads as another gesture than their label with confidence.

    Args:
        probabilities: (N, 4), as the network gives them.
        labels: (N,).
        confidence: the probability, 0 to 1, from which a reading counts.

    Returns:
        one dictionary a sample, ready for JSON: its ``number`` from 0, ``label`` and ``reading``
        (names of gestures), and the reading's ``confidence``.
    """
    probabilities, labels = np.asarray(probabilities), np.asarray(labels)
    readings, confidences = probabilities.argmax(1), probabilities.max(1)
    gesture = readings < len(GESTURES)
    return [
        {
            "number": int(number),
            "label": GESTURES[labels[number]],
            "reading": GESTURES[readings[number]],
            "confidence": float(confidences[number]),
        }
        for number in np.flatnonzero(gesture & (readings != labels) & (confidences >= confidence))
    ]


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else float(figure)
