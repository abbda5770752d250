"""How far a prediction function is from a line, variable by variable, in target units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

ROWS = 150  # students whose values are exchanged; their square is predicted for each variable


def bends(
    predict: Callable[[np.ndarray], np.ndarray], x: np.ndarray, sizes: Sequence[int], seed: int = 0
) -> list[dict[str, float]]:
    """Bend and interaction of each feature.

    Each of some students gets the feature's value of each other one. The mean answer by value is
    the partial dependence (Friedman 2001, Ann. Stat. 29:1189); what is left once the means by value
    and by student are taken away is the interaction (as in Friedman and Popescu 2008, Ann. Appl.
    Stat. 2:916).

    Args:
        predict: answers (m,) in target units for raw rows (m, k).
        x: (n, k) raw rows.
        sizes: as ``Schema.sizes``.
        seed: of the choice of students.

    Returns:
        for each feature ``bend``: root mean square of its partial dependence about that one's own
        line, zero for what is no number; and ``interaction``: the same of the interaction with all
        others. Both in target units, over the students.
    """
    rows = np.random.default_rng(seed).permutation(len(x))[:ROWS]
    sample, measures = x[rows], []
    for feature, size in enumerate(sizes):
        exchanged = np.repeat(sample[None], len(sample), axis=0)  # (value's owner, student, k)
        exchanged[:, :, feature] = sample[:, feature][:, None]
        answers = predict(exchanged.reshape(-1, x.shape[1])).reshape(len(sample), -1)
        dependence = answers.mean(axis=1)
        rest = answers - dependence[:, None] - answers.mean(axis=0) + answers.mean()
        measures.append(
            {
                "bend": 0.0 if size else _bend(sample[:, feature], dependence),
                "interaction": float(np.sqrt(np.mean(rest**2))),
            }
        )
    return measures


def _bend(values: np.ndarray, dependence: np.ndarray) -> float:
    known = np.isfinite(values)
    values, dependence = values[known].astype("float64"), dependence[known]
    if len(values) < 3 or np.ptp(values) == 0:
        return 0.0
    line = np.polynomial.Polynomial.fit(values, dependence, 1)
    return float(np.sqrt(np.mean((dependence - line(values)) ** 2)))
