"""Bootstrap intervals of accuracy and macro AUC, all resamples of a batch counted at once.

``scipy.stats.bootstrap`` with scikit-learn's ``roc_auc_score`` gives the same intervals, since both
draw alike (``tests/problema3/test_scene_evaluation.py``). It takes some fifteen times as long for
3,000 images and 1,000 resamples: ``benchmarks/problema3_bootstrap.py`` prints the ratio.
"""

from __future__ import annotations

import numpy as np

BATCH = 100  # resamples counted at a time: 100 x 3,000 integers stay small


def bootstrap_intervals(
    probabilities: np.ndarray,
    labels: np.ndarray,
    right: np.ndarray,
    resamples: int,
    level: float,
    seed: int,
) -> tuple[list[float], list[float] | None]:
    """Percentile bootstrap intervals of accuracy and macro AUC.

    A resample is how often each image was drawn. The images are sorted by score once per class;
    the area is then a sum over images of weight times the weight of the others below it.
    """
    rng = np.random.default_rng(seed)
    n, classes = probabilities.shape
    orders = []
    for at in range(classes):
        order = np.argsort(probabilities[:, at], kind="stable")
        values = probabilities[order, at]
        starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])  # of each run of ties
        orders.append((order, starts, labels[order] == at))
    accuracies, macros = [], []
    for first in range(0, resamples, BATCH):
        drawn = rng.integers(0, n, (min(BATCH, resamples - first), n))
        drawn += np.arange(len(drawn))[:, None] * n
        weights = np.bincount(drawn.ravel(), minlength=len(drawn) * n).reshape(-1, n)
        accuracies.append(weights @ right / n)
        aucs = []
        for order, starts, positive in orders:
            sorted_weights = weights[:, order]
            ones = np.add.reduceat(sorted_weights * positive, starts, axis=1).astype(np.float64)
            zeros = np.add.reduceat(sorted_weights * ~positive, starts, axis=1).astype(np.float64)
            below = np.cumsum(zeros, axis=1) - zeros / 2  # those of the same score count half
            pairs = ones.sum(axis=1) * zeros.sum(axis=1)
            won = (ones * below).sum(axis=1)
            aucs.append(np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0))
        by_class = np.stack(aucs)
        known = np.isfinite(by_class)
        total = np.where(known, by_class, 0).sum(axis=0)
        macros.append(total[known.any(axis=0)] / known.sum(axis=0)[known.any(axis=0)])
    ends = [(1 - level) / 2, (1 + level) / 2]
    macro = np.concatenate(macros)
    return (
        np.quantile(np.concatenate(accuracies), ends).tolist(),
        np.quantile(macro, ends).tolist() if len(macro) else None,
    )
