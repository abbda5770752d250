"""Tables whose relation is known, for ``problema1.py``.

Each takes the published features or draws its own, and adds noise of standard deviation ``NOISE``:
no model can have a lower RMSE than that on other rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOISE = 2.0
ROWS = 10_000  # of the tables that draw their own features


@dataclass(frozen=True)
class Table:
    """Raw features (n, k) as ``Schema.encode`` gives them, their ``Schema.sizes``, target (n,)."""

    x: np.ndarray
    y: np.ndarray
    sizes: tuple[int, ...]


PUBLISHED_SIZES = (0, 0, 2, 0, 0)


def on_published_features(x: np.ndarray, relation: str, rng: np.random.Generator) -> Table:
    """One of ``BENDS`` on published rows (n, 5), with normal noise."""
    h, s, a, sleep, p = x.astype("float64").T
    y = BENDS[relation](h, s, a, sleep, p) + rng.normal(0, NOISE, len(x))
    return Table(x, y, PUBLISHED_SIZES)


BENDS = {
    "kink": lambda h, s, a, sleep, p: 55 + 0.5 * (s - 70) + 2 * (h - 5) - 4 * np.abs(sleep - 7),
    "interaction": lambda h, s, a, sleep, p: 10 + h * s / 10 + np.sin(sleep),
    "mixed": lambda h, s, a, sleep, p: (
        30 + h * s / 20 + 8 * (s > 70) + 5 * (p > 5) * (h > 4) - 1.5 * (sleep - 7) ** 2
    ),
    "saturation": lambda h, s, a, sleep, p: 20 + 40 * (1 - np.exp(-h / 2)) + 0.3 * s,
    "twist": lambda h, s, a, sleep, p: 40 + (2 * a - 1) * 0.35 * (s - 70) + 2 * h,
    "wave": lambda h, s, a, sleep, p: 50 + 8 * np.sin(s / 4) + 2 * h,
    "fast wave": lambda h, s, a, sleep, p: 50 + 8 * np.sin(s) + 2 * h,
    "three-way": lambda h, s, a, sleep, p: 40 + (h - 5) * (s - 70) * (sleep - 6.5) / 8,
    "plateau": lambda h, s, a, sleep, p: np.minimum(100, 30 + 4 * h + 0.6 * s),
}


def steps(rng: np.random.Generator) -> Table:
    """Sharp steps in numbers that never repeat."""
    x = rng.uniform(0, 10, (ROWS, 5))
    y = 40 + 20 * (x[:, 0] > 7) - 12 * (x[:, 1] > 2.5) * (x[:, 2] > 5) + 3 * x[:, 3]
    return _noisy(x, y, (0,) * 5, rng)


def many_features(rng: np.random.Generator) -> Table:
    """Friedman's first relation (1991, Ann. Stat. 19:1), and twenty features that are noise."""
    x = rng.uniform(0, 1, (ROWS, 25))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2
    y = 3 * (y + 10 * x[:, 3] + 5 * x[:, 4])
    return _noisy(x, y, (0,) * 25, rng)


def many_levels(rng: np.random.Generator) -> Table:
    """A school of forty with its own mean and its own slope, a course of six, and two numbers."""
    school, course = rng.integers(0, 40, ROWS), rng.integers(0, 6, ROWS)
    means, slopes = rng.normal(0, 5, 40), rng.normal(1, 1, 40)
    hours, age = rng.uniform(0, 10, ROWS), rng.integers(15, 25, ROWS)
    y = (
        50
        + means[school]
        + slopes[school] * hours
        + 2 * (course == 3) * hours
        - 0.3 * (age - 19) ** 2
    )
    return _noisy(np.column_stack([school, hours, course, age]), y, (40, 0, 6, 0), rng)


def heavy_tails(rng: np.random.Generator) -> Table:
    """Features with a long tail, noise of Student's t with three degrees, gaps in one column."""
    x = np.column_stack(
        [rng.lognormal(0, 1, ROWS), rng.standard_t(3, ROWS), rng.uniform(0, 1, ROWS)]
    )
    y = 40 + 8 * np.log(x[:, 0]) + 3 * np.tanh(x[:, 1]) * x[:, 2]
    x[rng.random(ROWS) < 0.05, 2] = np.nan
    return Table(x.astype("float32"), y + NOISE / 3**0.5 * rng.standard_t(3, ROWS), (0, 0, 0))


def whole_marks(rng: np.random.Generator) -> Table:
    """Marks from 0 to 10 in whole numbers, with a threshold and a ceiling."""
    x = np.column_stack([rng.integers(0, 30, ROWS), rng.uniform(0, 100, ROWS)])
    y = np.clip(np.round(1 + x[:, 0] / 4 + 2 * (x[:, 1] > 80) + rng.normal(0, 1, ROWS)), 0, 10)
    return Table(x.astype("float32"), y, (0, 0))


DRAWN = {
    "steps": steps,
    "many features": many_features,
    "many levels": many_levels,
    "heavy tails": heavy_tails,
    "whole marks": whole_marks,
}


def with_outliers(y: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Target (n,) with 5 % of it replaced: ``uniform`` over its range, or ``high`` by 30 to 60."""
    y, hit = y.copy(), rng.random(len(y)) < 0.05
    if kind == "uniform":
        y[hit] = rng.uniform(y.min(), y.max(), hit.sum())
    else:
        y[hit] += rng.uniform(30, 60, hit.sum())
    return y


def heteroscedastic(rng: np.random.Generator) -> Table:
    """A line whose noise grows with the hours, from 0.3 to 7.5 points."""
    x = np.column_stack(
        [
            rng.uniform(1, 9, ROWS),
            rng.integers(40, 100, ROWS),
            rng.integers(0, 2, ROWS),
            rng.uniform(4, 9, ROWS),
            rng.integers(0, 10, ROWS),
        ]
    )
    spread = 0.3 + 0.9 * (x[:, 0] - 1)
    y = 20 + 0.5 * x[:, 1] + 1.5 * x[:, 0] + spread * rng.normal(0, 1, ROWS)
    return Table(x.astype("float32"), y, PUBLISHED_SIZES)


def _noisy(x: np.ndarray, y: np.ndarray, sizes: tuple[int, ...], rng: np.random.Generator) -> Table:
    return Table(x.astype("float32"), y + rng.normal(0, NOISE, len(y)), sizes)
