"""How good a classifier's probabilities are: scores with intervals, calibration, comparison.

Functions take arrays, never a network, so that stored probabilities are enough to redo any figure.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from scipy.stats import binomtest, rankdata
from sklearn.metrics import (
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    roc_curve,
)

from scenes.classes import SCENES, Classes
from scenes.results.bootstrap import bootstrap_intervals

RESAMPLES = 1000
BINS = 15  # of the calibration error, as in Guo et al. 2017 (arXiv:1706.04599)


class Mistake(TypedDict):
    """A wrong answer: its place in the test, the classes, and the probabilities of both."""

    index: int
    label: int
    predicted: int
    confidence: float  # probability of the predicted class
    true_probability: float


def measure(
    probabilities: np.ndarray,
    labels: np.ndarray,
    classes: Classes = SCENES,
    *,
    resamples: int = RESAMPLES,
    level: float = 0.95,
    seed: int = 0,
) -> dict:
    """Every score of a test, ready for JSON.

    Args:
        probabilities: (n, classes), rows that sum to one up to rounding (float16 will do).
        labels: int (n,), positions in ``classes``.
        classes: what the columns stand for.
        resamples: of the bootstrap; 0 leaves the intervals ``None``.
        level: of the intervals.
        seed: of the resampling.

    Returns:
        ``n``, ``accuracy``, ``macro_auc``, ``micro_auc``, ``log_loss``, ``ece``; ``accuracy_ci``
        and ``macro_auc_ci`` ``[low, high]``; per class name ``auc`` (one against the rest),
        ``precision``, ``recall``, ``f1``, ``support``; ``macro_f1``; ``confusion``, rows true and
        columns predicted. An AUC is ``None`` where the class, or every other, is missing; the
        macro average is over the others.

    Raises:
        ValueError: shapes that do not fit, values that are no probabilities, unknown labels.
    """
    probabilities, labels = _checked(probabilities, labels, len(classes))
    predicted = probabilities.argmax(axis=1)
    positions = np.arange(len(classes))
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=positions, zero_division=0
    )
    aucs = class_aucs(probabilities, labels)
    accuracy_ci = macro_auc_ci = None
    if resamples:
        accuracy_ci, macro_auc_ci = bootstrap_intervals(
            probabilities, labels, predicted == labels, resamples, level, seed
        )
    flat = (labels[:, None] == positions).ravel()
    return {
        "n": len(labels),
        "accuracy": float(np.mean(predicted == labels)),
        "accuracy_ci": accuracy_ci,
        "macro_auc": _macro(aucs),
        "macro_auc_ci": macro_auc_ci,
        "micro_auc": float(_auc(probabilities.ravel(), flat)),
        "auc": _by_class(aucs, classes),
        "precision": _by_class(precision, classes),
        "recall": _by_class(recall, classes),
        "f1": _by_class(f1, classes),
        "macro_f1": float(f1.mean()),
        "support": {name: int(count) for name, count in zip(classes, support, strict=True)},
        "confusion": confusion_matrix(labels, predicted, labels=positions).tolist(),
        "log_loss": float(log_loss(labels, _normalised(probabilities), labels=positions)),
        "ece": calibration_error(probabilities, labels),
        "interval_level": level,
    }


def class_aucs(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Area under each class's one-against-the-rest ROC curve (classes,); NaN where undefined."""
    return np.array(
        [_auc(probabilities[:, at], labels == at) for at in range(probabilities.shape[1])]
    )


def roc_curves(
    probabilities: np.ndarray, labels: np.ndarray, classes: Classes = SCENES
) -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """ROC curves one against the rest.

    Returns:
        false and true positive rates and area, for each class that occurs and for ``micro`` (all
        decisions pooled) and ``macro`` (mean true positive rate at each false positive rate).
    """
    probabilities, labels = _checked(probabilities, labels, len(classes))
    curves = {}
    for at, name in enumerate(classes):
        positive = labels == at
        if positive.any() and not positive.all():
            fpr, tpr, _ = roc_curve(positive, probabilities[:, at], drop_intermediate=True)
            curves[name] = (fpr, tpr, float(_auc(probabilities[:, at], positive)))
    flat = (labels[:, None] == np.arange(len(classes))).ravel()
    fpr, tpr, _ = roc_curve(flat, probabilities.ravel(), drop_intermediate=True)
    micro = (fpr, tpr, float(_auc(probabilities.ravel(), flat)))
    if curves:
        grid = np.unique(np.concatenate([fpr for fpr, _, _ in curves.values()]))
        mean = np.mean([np.interp(grid, fpr, tpr) for fpr, tpr, _ in curves.values()], axis=0)
        auc = float(np.mean([auc for _, _, auc in curves.values()]))
        curves["macro"] = (np.r_[0, grid], np.r_[0, mean], auc)
    return curves | {"micro": micro}


def reliability(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS
) -> dict[str, np.ndarray]:
    """Confidence against success, in equal-width bins of the largest probability.

    Returns:
        ``count`` (bins,), and ``confidence`` and ``accuracy`` (bins,), NaN in an empty bin.
    """
    probabilities, labels = _checked(probabilities, labels)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)  # (low, high]
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        return {
            "count": count,
            "confidence": np.bincount(place, confidence, bins) / count,
            "accuracy": np.bincount(place, right, bins) / count,
        }


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: mean distance of confidence and success over the bins."""
    occupied = reliability(probabilities, labels, bins)
    gap = np.abs(occupied["confidence"] - occupied["accuracy"])
    return float(np.nansum(gap * occupied["count"]) / occupied["count"].sum())


def mcnemar(a: np.ndarray, b: np.ndarray, labels: np.ndarray) -> dict:
    """Whether two models differ on the same images (McNemar's exact test, two-sided).

    Args:
        a, b: probabilities (n, classes), or predicted labels (n,).
        labels: int (n,).

    Returns:
        ``n``; ``only_a`` and ``only_b``, images that just one gets right; ``difference``, accuracy
        of a minus that of b, and its 95 % interval ``difference_ci`` (Wald, paired); ``p_value``.

    Raises:
        ValueError: different numbers of images.
    """
    labels = np.asarray(labels)
    if not len(a) == len(b) == len(labels) > 0:
        raise ValueError("both models must answer for the same images, one at least")
    right_a, right_b = _predicted(a) == labels, _predicted(b) == labels
    only_a, only_b = int(np.sum(right_a & ~right_b)), int(np.sum(right_b & ~right_a))
    n, apart = len(labels), only_a + only_b
    difference = (only_a - only_b) / n
    margin = 1.959964 * np.sqrt(max(apart - (only_a - only_b) ** 2 / n, 0)) / n
    return {
        "n": n,
        "only_a": only_a,
        "only_b": only_b,
        "both": int(np.sum(right_a & right_b)),
        "neither": int(np.sum(~right_a & ~right_b)),
        "difference": difference,
        "difference_ci": [difference - margin, difference + margin],
        "p_value": float(binomtest(only_a, apart).pvalue) if apart else 1.0,
    }


def confident_mistakes(
    probabilities: np.ndarray, labels: np.ndarray, count: int = 9
) -> list[Mistake]:
    """Wrong answers given with the largest probability, most confident first."""
    probabilities, labels = _checked(probabilities, labels)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    chosen = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    return [
        {
            "index": int(at),
            "label": int(labels[at]),
            "predicted": int(predicted[at]),
            "confidence": float(confidence[at]),
            "true_probability": float(probabilities[at, labels[at]]),
        }
        for at in chosen
    ]


def _checked(
    probabilities: np.ndarray, labels: np.ndarray, classes: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 and int64; without ``classes``, as many as there are columns."""
    probabilities = np.asarray(probabilities, dtype=np.float64)
    labels = np.asarray(labels)
    if probabilities.ndim != 2 or classes not in (None, probabilities.shape[1]):
        raise ValueError(f"probabilities must be (n, {classes}), not {probabilities.shape}")
    if labels.shape != probabilities.shape[:1] or not len(labels):
        raise ValueError(f"{labels.shape} labels for {len(probabilities)} rows of probabilities")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError("labels must be integers")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(f"labels must lie between 0 and {probabilities.shape[1] - 1}")
    if not np.all(np.isfinite(probabilities)) or probabilities.min() < 0:
        raise ValueError("probabilities must be finite and not negative")
    if np.abs(probabilities.sum(axis=1) - 1).max() > 0.01:  # float16 rounds
        raise ValueError("the probabilities of an image must sum to one")
    return probabilities, labels.astype(np.int64)


def _normalised(probabilities: np.ndarray) -> np.ndarray:
    """Rows that sum to one exactly, none of them zero: float16 cuts off below 6e-8."""
    kept = np.maximum(probabilities, 2.0**-25)
    return kept / kept.sum(axis=1, keepdims=True)


def _predicted(answers: np.ndarray) -> np.ndarray:
    answers = np.asarray(answers)
    return answers.argmax(axis=1) if answers.ndim == 2 else answers


def _auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic, ties counted half."""
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros:
        return np.nan
    ranks = rankdata(scores)[positive].sum()
    return (ranks - ones * (ones + 1) / 2) / (ones * zeros)


def _macro(aucs: np.ndarray) -> float | None:
    return None if np.all(np.isnan(aucs)) else float(np.nanmean(aucs))


def _by_class(values: np.ndarray, classes: Classes) -> dict[str, float | None]:
    return {
        name: None if np.isnan(value) else float(value)
        for name, value in zip(classes, values, strict=True)
    }
