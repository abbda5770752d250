"""How good predictions are: errors with intervals, comparisons, coverage of intervals.

Functions take arrays or a prediction function, never a network: none needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import bootstrap
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from student_performance import baselines, parts
from student_performance.schema import Schema

Predict = Callable[[np.ndarray], np.ndarray]

LEVELS = tuple(round(0.50 + 0.01 * step, 2) for step in range(50))  # 0.50 to 0.99
RESAMPLES = 1000
SCORES = ("r2", "rmse", "mae")


def scores(y: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """R2, and RMSE and MAE in target units, of predictions (n,) for true values (n,)."""
    return {
        "r2": float(r2_score(y, predicted)),
        "rmse": float(root_mean_squared_error(y, predicted)),
        "mae": float(mean_absolute_error(y, predicted)),
    }


def score_intervals(
    y: np.ndarray, predicted: np.ndarray, level: float = 0.95, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap intervals of :func:`scores`, resampling rows ``RESAMPLES`` times."""

    def resampled(y, predicted, axis):
        error = y - predicted
        squared = np.mean(error**2, axis=axis)
        absolute = np.mean(np.abs(error), axis=axis)
        return np.stack([1 - squared / _variance(y, axis), np.sqrt(squared), absolute])

    low, high = _bootstrap((y, predicted), resampled, level, seed)
    return {name: (float(low[at]), float(high[at])) for at, name in enumerate(SCORES)}


def r2_difference_interval(
    y: np.ndarray, first: np.ndarray, second: np.ndarray, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of R2 of ``first`` minus R2 of ``second`` on the same rows."""

    def resampled(y, first, second, axis):
        gain = np.mean((y - second) ** 2 - (y - first) ** 2, axis=axis)
        return gain / _variance(y, axis)

    low, high = _bootstrap((y, first, second), resampled, level, seed)
    return float(low), float(high)


def rmse_difference_interval(
    y: np.ndarray, first: np.ndarray, second: np.ndarray, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of RMSE of ``first`` minus RMSE of ``second`` on the same
    rows."""

    def resampled(y, first, second, axis):
        one, other = (np.sqrt(np.mean((y - each) ** 2, axis=axis)) for each in (first, second))
        return one - other

    low, high = _bootstrap((y, first, second), resampled, level, seed)
    return float(low), float(high)


def _variance(y: np.ndarray, axis: int) -> np.ndarray:
    spread = np.var(y, axis=axis)
    return np.where(spread > 0, spread, np.nan)


def _bootstrap(samples: tuple, statistic: Callable, level: float, seed: int) -> tuple:
    """Lower and upper end of a statistic of arrays whose rows belong together."""
    result = bootstrap(
        tuple(np.asarray(sample, dtype="float64") for sample in samples),
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=100,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return result.confidence_interval.low, result.confidence_interval.high


def compare(
    predict: Predict, training: pd.DataFrame, test: pd.DataFrame, schema: Schema
) -> pd.DataFrame:
    """Network, least squares, boosted trees and mean predictor on the same test rows.

    Args:
        predict: the network.
        training: rows the baselines learn from.
        test: rows all are scored on.
        schema: what their columns mean.

    Returns:
        frame indexed ``network``, ``ols``, ``boosting``, ``mean`` with a column for each of
        ``SCORES`` and its interval's ends (``r2_low``, ``r2_high``, …); the network's row also
        holds ``r2_minus_ols`` and ``r2_minus_boosting``, each with the interval of that paired
        difference.
    """
    x, y = schema.encode(test), schema.answers(test)
    raw = x.astype("float64")
    predictions = {
        "network": predict(x),
        "ols": baselines.ordinary_least_squares(training, schema).predict(raw),
        "boosting": baselines.gradient_boosting(training, schema).predict(raw),
        "mean": baselines.mean(training, schema).predict(raw),
    }
    rows = {}
    for name, predicted in predictions.items():
        ends = score_intervals(y, predicted)
        rows[name] = scores(y, predicted) | {
            f"{score}_{end}": ends[score][at]
            for score in SCORES
            for at, end in enumerate(("low", "high"))
        }
    for other in ("ols", "boosting"):
        low, high = r2_difference_interval(y, predictions["network"], predictions[other])
        rows["network"] |= {
            f"r2_minus_{other}": rows["network"]["r2"] - rows[other]["r2"],
            f"r2_minus_{other}_low": low,
            f"r2_minus_{other}_high": high,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def stored(metrics: dict) -> pd.DataFrame:
    """The table of :func:`compare` that a training keeps in its ``metrics.json``; NaN for null."""

    def score(name: str, key: str) -> dict[str, float]:
        low, high = metrics[f"{key}_ci"]
        return {name: metrics[key], f"{name}_low": low, f"{name}_high": high}

    prefixes = {"network": "", "ols": "ols_", "boosting": "boosting_", "mean": "mean_"}
    rows: dict[str, dict] = {model: {} for model in prefixes}
    for model, prefix in prefixes.items():
        for name in SCORES:
            rows[model] |= score(name, prefix + name)
    for name in ("r2_minus_ols", "r2_minus_boosting"):
        rows["network"] |= score(name, name)
    return pd.DataFrame.from_dict(rows, orient="index").astype("float64")


def coverage(
    residuals: np.ndarray, spread: np.ndarray, multipliers: dict[str, float]
) -> pd.DataFrame:
    """Share of true values inside the interval, level by level.

    Args:
        residuals: true minus predicted (n,), in target units, on rows that the network did not
            learn from.
        spread: (n,) of the same rows, target units.
        multipliers: half-width of the interval in spreads, by level (``"0.90"``).

    Returns:
        frame with ``level``, ``coverage`` (both shares) and the mean ``width`` (target units, both
        sides).
    """
    size, middle = np.abs(residuals) / spread, float(np.mean(spread))
    return pd.DataFrame(
        [
            {
                "level": float(level),
                "coverage": float(np.mean(size <= multiplier)),
                "width": 2 * multiplier * middle,
            }
            for level, multiplier in multipliers.items()
        ]
    )


def coverage_by_part(
    frame: pd.DataFrame, schema: Schema, inside: np.ndarray, width: np.ndarray
) -> pd.DataFrame:
    """Coverage of the intervals in every part of each feature.

    Args:
        frame: test rows.
        inside: (n,) whether the true value lies in its interval.
        width: (n,) of the intervals, target units.

    Returns:
        frame with ``feature``, ``part`` (see :func:`parts.named`), ``n``, ``coverage`` and the
        mean ``width``.
    """
    rows = []
    for column in schema.features:
        names, order = parts.named(frame[column.name], column)
        for part in order:
            here = (names == part).to_numpy()
            rows.append(
                {
                    "feature": column.name,
                    "part": part,
                    "n": int(here.sum()),
                    "coverage": float(inside[here].mean()),
                    "width": float(width[here].mean()),
                }
            )
    return pd.DataFrame(rows, columns=["feature", "part", "n", "coverage", "width"])
