"""Figures of a classifier on labelled hands. Runs without TensorFlow."""

from __future__ import annotations

import numpy as np

from gestures.dataset import GESTURES


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, 1927, J. Am. Stat. Assoc. 22:209-212)."""
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    middle = share + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, float((middle - half) / scale)), min(1.0, float((middle + half) / scale))


def confusion_matrix(labels, predicted) -> np.ndarray:
    """(3, 3) counts: row is the true gesture, column the predicted one."""
    counts = np.zeros((len(GESTURES), len(GESTURES)), dtype=np.int64)
    np.add.at(counts, (np.asarray(labels), np.asarray(predicted)), 1)
    return counts


def scores(probabilities, labels) -> dict:
    """Accuracy, its 95 % interval, confusion matrix and per-class figures, ready for JSON.

    `probabilities` (N, 3), `labels` (N,). A figure without a denominator (a class that does not
    occur, or is never predicted) is None.
    """
    probabilities, labels = np.asarray(probabilities), np.asarray(labels)
    predicted = probabilities.argmax(1)
    counts = confusion_matrix(labels, predicted)
    right, n = int(np.trace(counts)), int(counts.sum())
    per_class = {}
    for k, name in enumerate(GESTURES):
        hits, shown, said = int(counts[k, k]), int(counts[k].sum()), int(counts[:, k].sum())
        per_class[name] = {
            "n": shown,
            "precision": hits / said if said else None,
            "recall": hits / shown if shown else None,
            "f1": 2 * hits / (shown + said) if shown + said else None,
        }
    correct = predicted == labels
    confidence = probabilities.max(1)
    return {
        "accuracy": right / n if n else None,
        "interval_95": list(wilson(right, n)),
        "n": n,
        "confusion": counts.tolist(),
        "per_class": per_class,
        "mean_confidence_right": float(confidence[correct].mean()) if correct.any() else None,
        "mean_confidence_wrong": float(confidence[~correct].mean()) if (~correct).any() else None,
    }
