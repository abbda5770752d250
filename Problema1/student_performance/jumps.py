"""Where the target jumps: places at which a number needs a piece as narrow as the gap there."""

from __future__ import annotations

import numpy as np

WINDOW = 100  # a window to each side holds this share of the rows: one in a hundred ...
FEWEST = 10  # ... and at least so many
SIGNIFICANT = 6.0  # standard errors; pure noise has never reached it
MOST = 8  # jumps of a number


def jumps(values: np.ndarray, residuals: np.ndarray) -> list[tuple[float, float]]:
    """Neighbouring values between which the mean residual jumps.

    At each gap between different values, the rows of a window below are compared with those of a
    window above. The clearest jump is taken, its surroundings are left out, and so on.

    Args:
        values: (n,) a number, prepared.
        residuals: (n,) from the line.

    Returns:
        (below, above) of each jump, the clearest first.
    """
    order = np.argsort(values, kind="stable")
    values, residuals = values[order], residuals[order]
    size = max(FEWEST, len(values) // WINDOW)
    gaps = np.flatnonzero(np.diff(values) > 0) + 1  # first row above each gap
    gaps = gaps[(gaps >= size) & (gaps <= len(values) - size)]
    sums = np.concatenate([[0.0], np.cumsum(residuals)])
    difference = sums[gaps + size] - 2 * sums[gaps] + sums[gaps - size]
    strength = np.abs(difference) / ((2 * size) ** 0.5 * (residuals.std() or 1.0))
    places: list[tuple[float, float]] = []
    while len(places) < MOST and len(gaps) and strength.max() > SIGNIFICANT:
        best = gaps[strength.argmax()]
        places.append((float(values[best - 1]), float(values[best])))
        away = np.abs(gaps - best) > size
        gaps, strength = gaps[away], strength[away]
    return places
