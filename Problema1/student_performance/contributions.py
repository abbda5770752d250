"""What each feature adds to the prediction of one row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
BACKGROUND = 64  # rows that stand for all others


def background(quantiles: np.ndarray, seed: int = 0) -> np.ndarray:
    """Rows drawn from each feature's own distribution, one feature independent of the others.

    Args:
        quantiles: (k, d) evenly spaced quantiles of each feature.

    Returns:
        float32 (``BACKGROUND``, d): every feature takes evenly spaced quantiles, in an
        order of its own.
    """
    rng = np.random.default_rng(seed)
    places = np.rint(np.linspace(0, len(quantiles) - 1, BACKGROUND)).astype(int)
    return np.column_stack([column[rng.permutation(places)] for column in quantiles.T]).astype(
        "float32"
    )


def shapley(
    predict: Predict, row: np.ndarray, others: np.ndarray, seed: int = 0
) -> tuple[float, np.ndarray]:
    """What each feature adds to the prediction of one row: Shapley values by sampling.

    Štrumbelj and Kononenko (2014): a background row turns into the explained one feature by
    feature, in random order and in its reverse; each step's change belongs to its feature. The
    values add up to the difference exactly. Where effects only add, they are exact too.

    Args:
        row: (1, d) raw features.
        others: (m, d) background rows, as :func:`background` draws them.

    Returns:
        mean prediction of the background, and what each feature adds to it (d,), target units.
    """
    rng = np.random.default_rng(seed)
    size = row.shape[1]
    orders = np.array([rng.permutation(size) for _ in others])
    orders = np.concatenate([orders, orders[:, ::-1]])
    starts = np.concatenate([others, others])
    # step k of a path has the first k features of its order taken from the row
    ranks = np.argsort(orders, axis=1)
    taken = ranks[:, None, :] < np.arange(size + 1)[None, :, None]
    paths = np.where(taken, row[0], starts[:, None, :]).astype("float32")
    predicted = predict(paths.reshape(-1, size)).reshape(len(orders), size + 1)
    steps = np.diff(predicted, axis=1)
    return float(predicted[:, 0].mean()), np.take_along_axis(steps, ranks, axis=1).mean(axis=0)
