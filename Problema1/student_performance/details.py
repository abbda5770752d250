"""What the report shows of a table and of a training: counts and quantiles, never a row."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from student_performance import data, evaluation, model, parts, training
from student_performance.config import TrainingConfig
from student_performance.data import Dataset
from student_performance.regression import fit
from student_performance.schema import Column, Schema

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CELLS = 45  # of each side of the histogram of true and predicted values
BARS = 30


def exploration(rows: pd.DataFrame, schema: Schema) -> dict:
    """How the target is spread, and how it goes with each feature.

    Args:
        rows: a typed table.
        schema: what its columns mean.

    Returns:
        ``target``: ``edges`` (BARS + 1, target units) and ``counts``; ``features``: for each name,
        the parts of its values (``parts``, Spanish), ``n`` rows in each, ``QUANTILES`` of the
        target there (``quantiles``) and Pearson's ``correlation`` with the target (None where a
        column is constant or a category).
    """
    y = schema.answers(rows)
    counts, edges = np.histogram(y, bins=BARS)
    return {
        "target": {"edges": edges.tolist(), "counts": counts.tolist()},
        "features": {column.name: _against(rows, column, y) for column in schema.features},
    }


def _against(rows: pd.DataFrame, column: Column, y: np.ndarray) -> dict:
    """The target's quantiles in each part of a feature, and their correlation."""
    where, names = parts.named(rows[column.name], column)
    inside = [y[(where == name).to_numpy()] for name in names]
    values = column.encode(rows[column.name]).astype("float64")
    correlation = None
    if column.kind != "category" and values.std() > 0 and y.std() > 0:
        correlation = float(np.corrcoef(values, y)[0, 1])
    return {
        "parts": list(names),
        "n": [len(each) for each in inside],
        "quantiles": [np.quantile(each, QUANTILES).tolist() for each in inside if len(each)],
        "correlation": correlation,
    }


def errors(y: np.ndarray, predicted: np.ndarray) -> dict:
    """True against predicted values, and the residuals, as histograms.

    Args:
        y, predicted: (n,), target units.

    Returns:
        ``edges`` (CELLS + 1) of both sides of ``counts`` (CELLS, CELLS), true values by row;
        ``residuals``: ``edges`` and ``counts`` of true minus predicted, and ``QUANTILES`` of them
        (``quantiles``) in each tenth of the predictions, in order (``middles``: their medians).
    """
    edges = np.linspace(min(y.min(), predicted.min()), max(y.max(), predicted.max()), CELLS + 1)
    counts, _, _ = np.histogram2d(y, predicted, bins=(edges, edges))
    residuals = y - predicted
    bars, bar_edges = np.histogram(residuals, bins=BARS)
    tenths = np.array_split(np.argsort(predicted, kind="stable"), 10)
    return {
        "edges": edges.tolist(),
        "counts": counts.astype(int).tolist(),
        "residuals": {
            "edges": bar_edges.tolist(),
            "counts": bars.tolist(),
            "middles": [float(np.median(predicted[tenth])) for tenth in tenths],
            "quantiles": [np.quantile(residuals[tenth], QUANTILES).tolist() for tenth in tenths],
        },
    }


def without(dataset: Dataset, config: TrainingConfig, columns: tuple[str, ...]) -> dict:
    """Scores of the network and of least squares that are not given some columns.

    Both learn from the same training rows as with all the columns, and are measured on the same
    test rows.

    Args:
        dataset, config: of a training.
        columns: names of the features that are left out.

    Returns:
        ``left_out``, and for ``network`` and ``ols`` each score with its interval (``r2``,
        ``r2_ci``, …), as :func:`evaluation.compare` gives them.
    """
    fewer = replace(
        dataset.schema, features=tuple(c for c in dataset.schema.features if c.name not in columns)
    )
    split = data.split(dataset, config.seed)
    x, y = fewer.encode(split.training), fewer.answers(split.training)
    fitted = fit(x, y, fewer.sizes, split.training_groups, config)
    table = evaluation.compare(
        lambda x: model.answers(fitted.model, x)[:, 0], split.training, split.test, fewer
    )
    scores = {
        name: {
            key: value
            for score in evaluation.SCORES
            for key, value in (
                (score, float(table.loc[name, score])),
                (f"{score}_ci", [float(table.loc[name, f"{score}_{e}"]) for e in ("low", "high")]),
            )
        }
        for name in ("network", "ols")
    }
    return {"left_out": list(columns), **scores}


def curves(dataset: Dataset, config: TrainingConfig, seeds: int) -> Iterator[list[dict]]:
    """Learning curves over seeds, which change the split, the rows and the first weights.

    Yields:
        after each seed, the curve of those so far: for each size, mean and sample deviation of both
        RMSE (``rmse``, ``rmse_sd``, ``ols_rmse``, ``ols_rmse_sd``) and of the network's minus the
        other (``gap``, ``gap_sd``), ``seeds``, and the mean ``n`` and ``n_held_out``.
    """
    several = []
    for seed in range(config.seed, config.seed + seeds):
        several.append(list(training.learning_curve(dataset, replace(config, seed=seed))))
        yield [_spread(points) for points in zip(*several, strict=False)]


def _spread(points: tuple[dict, ...]) -> dict:
    """Mean and deviation of one size's points."""
    found: dict = {
        key: round(statistics.fmean(point[key] for point in points)) for key in ("n", "n_held_out")
    }
    for name in ("rmse", "ols_rmse"):
        values = [point[name] for point in points]
        found[name] = statistics.fmean(values)
        found[f"{name}_sd"] = _deviation(values)
    gaps = [point["rmse"] - point["ols_rmse"] for point in points]
    return found | {
        "gap": statistics.fmean(gaps),
        "gap_sd": _deviation(gaps),
        "seeds": len(points),
    }


def _deviation(values: list[float]) -> float:
    """Sample deviation; 0 of a single value."""
    return statistics.stdev(values) if len(values) > 1 else 0.0
