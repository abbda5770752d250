"""How much the columns of a table have to do with one another, in numbers.

Rows with an empty cell in one of the two columns are left out of their measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from student_performance.schema import Column, Schema

MAX_PARTS = 64  # a number with more different values is cut into PARTS parts
PARTS = 20
ROWS_PER_PART = 20
# A relation is called bent when parts explain so much more of the target's variance than a line,
# and such a gain would come by chance once in a thousand tables.
GAIN, CHANCE = 0.02, 0.001


@dataclass(frozen=True)
class Relation:
    """A feature and the target, alone.

    Attributes:
        r: Pearson's correlation, a yes counting 1; NaN for a category or a constant column.
        line: share of the target's variance that a line explains, ``r**2`` less what it explains
            of mere noise (adjusted), at least 0.
        explained: the same for a line with a step at each part of a number, or for the means of
            the answers or levels; noise gives about 0, a bend more than ``line``.
        chance: probability of such a gain of the steps over the line if the relation is straight.
    """

    r: float
    line: float
    explained: float
    chance: float

    @property
    def share(self) -> float:
        """Share of the target's variance that is told: by parts of a bend, else by the line."""
        return self.line if self.line == self.line and not self.bends else self.explained

    @property
    def bends(self) -> bool:
        """Whether a line misses much of it."""
        return self.chance < CHANCE and self.explained - self.line >= GAIN


def relation(frame: pd.DataFrame, schema: Schema, feature: str) -> Relation:
    """The relation of a feature with the target."""
    column = schema[feature]
    x, y = _both(column.encode(frame[feature]), schema.answers(frame))
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Relation(math.nan, math.nan, math.nan, math.nan)
    if column.kind == "category":
        share = correlation_ratio(x, y)
        return Relation(math.nan, math.nan, share, math.nan)
    r = float(np.corrcoef(x, y)[0, 1])
    line = max(0.0, 1 - (1 - r * r) * (len(x) - 1) / (len(x) - 2))
    explained, chance = _steps(x, y, r) if column.kind == "number" else (line, 1.0)
    return Relation(r, line, max(explained, line), chance)


def parts_of(x: np.ndarray) -> np.ndarray:
    """The part of each number (n,), from 0: its value where values repeat enough, else parts of
    equally many rows."""
    values, codes = np.unique(x, return_inverse=True)
    if len(values) <= min(MAX_PARTS, len(x) / ROWS_PER_PART):
        return codes
    count = int(np.clip(len(x) // ROWS_PER_PART, 2, PARTS))
    edges = np.unique(np.quantile(x, np.linspace(0, 1, count + 1)[1:-1]))
    return np.unique(np.searchsorted(edges, x), return_inverse=True)[1]


def correlation_ratio(groups: np.ndarray, y: np.ndarray) -> float:
    """Share of the variance of ``y`` (n,) between groups, less that of chance, at least 0.

    Epsilon squared (Kelley 1935): groups of mere noise give 0 on average.
    """
    counts, sums = _sums(np.unique(groups, return_inverse=True)[1], y)
    if len(y) <= len(counts):
        return 0.0
    within = np.sum(y**2) - np.sum(sums**2 / counts)
    total = np.sum((y - y.mean()) ** 2)
    if total <= 0:
        return 0.0
    return float(max(0.0, 1 - (within / (len(y) - len(counts))) / (total / (len(y) - 1))))


def cramers_v(first: np.ndarray, second: np.ndarray) -> float:
    """Cramér's V of two columns of codes, corrected for chance (Bergsma 2013); 0 to 1."""
    table = pd.crosstab(first, second).to_numpy()
    n, (rows, columns) = table.sum(), table.shape
    if min(rows, columns) < 2 or n < 2:
        return math.nan
    squared = stats.chi2_contingency(table, correction=False).statistic / n
    squared = max(0.0, squared - (rows - 1) * (columns - 1) / (n - 1))
    rows = rows - (rows - 1) ** 2 / (n - 1)
    columns = columns - (columns - 1) ** 2 / (n - 1)
    least = min(rows, columns) - 1
    return float(min(1.0, math.sqrt(squared / least))) if least > 0 else math.nan


def between(frame: pd.DataFrame, one: Column, other: Column) -> tuple[float, str]:
    """A measure for two columns of any type, and its name.

    Pearson's ``r`` (-1 to 1) of numbers and yes/no; with a category, which has no direction, the
    root of the correlation ratio (``η``) for a number and Cramér's ``V`` for the rest (0 to 1).
    NaN where one of the two does not vary.
    """
    x, y = _both(one.encode(frame[one.name]), other.encode(frame[other.name]))
    kinds = {one.kind, other.kind}
    name = "r" if "category" not in kinds else ("η" if "number" in kinds else "V")
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan, name
    if name == "r":
        return float(np.corrcoef(x, y)[0, 1]), name
    if name == "V":
        return cramers_v(x, y), name
    groups, values = (x, y) if one.kind == "category" else (y, x)
    return math.sqrt(correlation_ratio(groups, values)), name


def table(frame: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    """:func:`between` for all pairs.

    Returns:
        frame with ``row`` and ``column`` (names), ``value`` and ``measure``. A column with itself
        has the value 1, NaN where it does not vary.
    """
    found = {}
    for at, one in enumerate(columns):
        for other in columns[at:]:
            value, measure = between(frame, one, other)
            if one is other and not math.isnan(value):
                value = 1.0
            found[one.name, other.name] = found[other.name, one.name] = (value, measure)
    rows = [
        (one.name, other.name, *found[one.name, other.name]) for one in columns for other in columns
    ]
    return pd.DataFrame(rows, columns=["row", "column", "value", "measure"])


def strongest(frame: pd.DataFrame, schema: Schema) -> dict[str, Relation]:
    """The features that vary with their relations, by the share that each explains alone."""
    relations = {column.name: relation(frame, schema, column.name) for column in schema.features}
    known = {name: each for name, each in relations.items() if not math.isnan(each.explained)}
    return dict(sorted(known.items(), key=lambda item: -item[1].share))


def _both(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = np.isfinite(x) & np.isfinite(y)
    return x[known].astype("float64"), y[known].astype("float64")


def _sums(codes: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.bincount(codes), np.bincount(codes, weights=values)


def _steps(x: np.ndarray, y: np.ndarray, r: float) -> tuple[float, float]:
    """Adjusted share explained by a line with a step at each part, and the F test of the steps."""
    x, y = x - x.mean(), y - y.mean()
    codes = parts_of(x)
    counts, x_sums = _sums(codes, x)
    _, y_sums = _sums(codes, y)
    within_x = np.sum(x**2) - np.sum(x_sums**2 / counts)
    within_xy = np.sum(x * y) - np.sum(x_sums * y_sums / counts)
    left = total = np.sum(y**2)
    left -= np.sum(y_sums**2 / counts)
    parameters = len(counts)
    if within_x > 1e-9 * np.sum(x**2):
        left -= within_xy**2 / within_x
        parameters += 1
    freedom, steps = len(x) - parameters, parameters - 2
    if freedom < 1 or steps < 1:
        return 0.0, 1.0
    left = max(left, 1e-12 * total)
    gain = max((1 - r * r) * total - left, 0.0)
    chance = float(stats.f.sf((gain / steps) / (left / freedom), steps, freedom))
    return float(1 - (left / freedom) / (total / (len(x) - 1))), chance
