"""The robust line: what the network starts from, and all it is where a line suffices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HUBER = 1.345  # in scales of the residuals; 95 % efficient under normal noise (Huber 1981)
MAD = 1.4826  # makes the median absolute deviation a standard deviation under normal noise
FAR = 4.0  # scales; a residual beyond it counts as an outlier
RIDGES = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)  # per row, for columns of deviation 1
SHRINK = 0.03  # share of the squared error that a ridge must promise to save
OUTLIERS = 0.01  # share of outliers up to which least squares is used, which is then the better one


@dataclass(frozen=True)
class Line:
    """A fitted linear function.

    Attributes:
        weights: (p,) of the columns.
        bias: its value where all columns are zero.
        scale: robust standard deviation of the residuals, in target units; never zero.
    """

    weights: np.ndarray
    bias: float
    scale: float

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Values (n,) for columns (n, p)."""
        return z.astype("float64") @ self.weights + self.bias


def huber(residuals: np.ndarray) -> np.ndarray:
    """Huber's loss of residuals in scales: half the square up to ``HUBER``, then linear."""
    size = np.abs(residuals)
    return np.where(size <= HUBER, size**2 / 2, HUBER * (size - HUBER / 2))


def squared(residuals: np.ndarray) -> np.ndarray:
    """Half the square, on the same footing as :func:`huber`."""
    return residuals**2 / 2


def fit_line(z: np.ndarray, y: np.ndarray, robust: bool = True) -> Line:
    """Fit a line that outliers do not tilt.

    Huber's line by reweighted least squares (Holland and Welsch 1977); ordinary least squares where
    at most ``OUTLIERS`` of the rows lie far from it, or where ``robust`` is false.

    Args:
        z: (n, p) columns, finite; may be collinear (the shortest solution is taken).
        y: (n,) target.
    """
    z, y = z.astype("float64"), y.astype("float64")
    ordinary = _weighted(z, y, np.ones(len(y)))
    if not robust:
        return ordinary
    line = ordinary
    for _ in range(50):
        size = np.abs(y - line.predict(z)) / line.scale
        fresh = _weighted(z, y, np.minimum(1, HUBER / np.maximum(size, HUBER)))
        moved = np.max(np.abs(fresh.predict(z) - line.predict(z)))
        line = fresh
        if moved < 1e-6 * line.scale:
            break
    far = np.mean(np.abs(y - line.predict(z)) > FAR * line.scale)
    return line if far > OUTLIERS else ordinary


def _weighted(z: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Line:
    """Weighted least squares, shrunk where columns are too many for the rows.

    Shrunk (ridge) when generalised cross-validation (Golub, Heath and Wahba 1979, Technometrics
    21:215) then promises an error smaller by ``SHRINK``; it does not for the usual five columns.
    """
    centre = np.average(z, axis=0, weights=weights)
    middle = np.average(y, weights=weights)
    root = np.sqrt(weights)
    target = (y - middle) * root
    left, singular, right = np.linalg.svd((z - centre) * root[:, None], full_matrices=False)
    kept = singular > 1e-6 * max(singular.max(initial=0.0), 1e-300)  # collinear columns: shortest
    left, singular, right = left[:, kept], singular[kept], right[kept]
    projected = left.T @ target
    promised = {}
    for strength in (0.0, *RIDGES):
        shares = singular**2 / (singular**2 + strength * len(y))
        rest = target @ target - projected**2 @ (shares * (2 - shares))
        freedom = len(y) - 1 - shares.sum()
        promised[strength] = max(rest, 0.0) / freedom**2 if freedom > 0.5 else np.inf
    best = min(promised, key=lambda strength: promised[strength])
    strength = best if promised[best] < (1 - SHRINK) * promised[0.0] else 0.0
    solution = right.T @ (projected * singular / (singular**2 + strength * len(y)))
    bias = float(middle - centre @ solution)
    return Line(solution, bias, _scale(y - z @ solution - bias))


def _scale(residuals: np.ndarray) -> float:
    """Robust standard deviation. Half the residuals may be equal (rows that the line meets
    exactly), where the median says nothing; then the usual deviation, and at last 1."""
    robust = MAD * float(np.median(np.abs(residuals - np.median(residuals))))
    plain = float(residuals.std())
    return robust if robust > 1e-3 * plain else plain or 1.0
