"""Rows that stand out, and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from student_performance.schema import Schema

FAR = 3.0  # interquartile ranges beyond the quartiles (Tukey's «far out»)
RESIDUAL = 5.0  # robust deviations of the residuals of least squares
MAD = 1.4826  # turns a median absolute deviation into a standard deviation of normal noise


def find(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The cells and residuals that stand out, the farthest first.

    Returns:
        frame with ``row`` (label of the index: the row in the file), ``column``, ``kind``
        (``value`` or ``residual``), ``value``, ``low`` and ``high`` (quartiles of the column; of a
        residual, the target and what least squares expects twice) and ``distance`` (in units of
        ``FAR`` and ``RESIDUAL``, above 1).
    """
    rows = [
        *(each for column in (*schema.numeric, schema.target) for each in _far(frame, column.name)),
        *_residuals(frame, schema),
    ]
    names = ["row", "column", "kind", "value", "low", "high", "distance"]
    found = pd.DataFrame(rows, columns=names)
    return found.sort_values("distance", ascending=False, ignore_index=True)


def _far(frame: pd.DataFrame, name: str) -> list[tuple]:
    values = frame[name].dropna()
    if values.empty:
        return []
    low, high = values.quantile([0.25, 0.75])
    if low == high:  # most values are the same one: every other would stand out
        return []
    distance = np.maximum(low - values, values - high) / (FAR * (high - low))
    return [
        (row, name, "value", values[row], low, high, distance[row])
        for row in values.index[distance > 1]
    ]


def _residuals(frame: pd.DataFrame, schema: Schema) -> list[tuple]:
    # an empty cell would count as the middle one, and its row miss the line for that alone
    known = frame.dropna(subset=schema.names)
    if len(known) < 10 * len(schema.features):  # a line through so few rows meets them all
        return []
    from student_performance import baselines  # a second that the first page need not wait

    line = baselines.ordinary_least_squares(known, schema)
    y = schema.answers(known).astype("float64")
    expected = line.predict(schema.encode(known).astype("float64"))
    residuals = y - expected
    scale = MAD * np.median(np.abs(residuals - np.median(residuals)))
    if scale <= 1e-6 * y.std():
        return []
    distance = np.abs(residuals - np.median(residuals)) / (RESIDUAL * scale)
    return [
        (
            known.index[at],
            schema.target.name,
            "residual",
            y[at],
            expected[at],
            expected[at],
            distance[at],
        )
        for at in np.flatnonzero(distance > 1)
    ]
