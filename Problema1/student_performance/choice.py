"""Which members make the network, and whether they beat the line: decided on held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from student_performance.config import GATE
from student_performance.line import huber, squared
from student_performance.members import Ensemble

LossOf = Callable[[np.ndarray], np.ndarray]
DRAWS = 10  # of the greedy choice; weights come in tenths


@dataclass(frozen=True)
class Choice:
    """Weights (candidates,) of the mix, all zero where the line suffices; and the ``z`` of its gain
    over the line on held-out rows, in standard errors."""

    weights: np.ndarray
    z: float


def choose(ensemble: Ensemble, groups: np.ndarray, robust: bool) -> Choice:
    """The mix of an ensemble, if it beats the line by ``GATE`` standard errors; otherwise the line.

    Args:
        ensemble: trained members.
        groups: (n,) as for :func:`paired_z`.
        robust: whether errors count by Huber's loss, or squared.
    """
    loss = huber if robust else squared
    weights = greedy_mix(ensemble.residuals, ensemble.corrections, loss)
    gain = loss(ensemble.residuals) - loss(ensemble.residuals - ensemble.corrections @ weights)
    z = paired_z(gain, groups)
    return Choice(weights if z >= GATE else np.zeros_like(weights), z)


def greedy_mix(residuals: np.ndarray, candidates: np.ndarray, loss: LossOf) -> np.ndarray:
    """Weights of the mean of candidates that errs least (Caruana et al. 2004, ICML).

    Ten times the candidate joins, repetitions allowed, with which the mean has the least loss.

    Args:
        residuals: (n,) of the line, in scales, on held-out rows.
        candidates: (n, c) corrections that candidates propose for the same rows.
        loss: of an array of residuals, value by value.

    Returns:
        (c,) weights; what is missing to 1 is the line's, whose correction is zero.
    """
    proposals = np.column_stack([np.zeros(len(residuals)), candidates])
    counts, total = np.zeros(proposals.shape[1]), np.zeros(len(residuals))
    for draw in range(1, DRAWS + 1):
        losses = [loss(residuals - (total + each) / draw).mean() for each in proposals.T]
        best = int(np.argmin(losses))
        counts[best] += 1
        total += proposals[:, best]
    return counts[1:] / DRAWS


def paired_z(gain: np.ndarray, groups: np.ndarray) -> float:
    """How many standard errors the mean gain (n,) is above zero.

    Rows of a group (n,) are taken as one observation: students with equal features share the
    error of their prediction.
    """
    _, group = np.unique(groups, return_inverse=True)
    sums = np.bincount(group, gain - gain.mean())
    error = np.sqrt(np.sum(sums**2)) / len(gain)
    return float(gain.mean() / error) if error > 0 else 0.0
