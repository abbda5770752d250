"""The whole training: fit, save, reload, evaluate, calibrate, and write the files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import platform
import shutil
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from student_performance import baselines, evaluation, files, inference, model
from student_performance.config import TrainingConfig
from student_performance.data import Dataset, Split, split
from student_performance.model import EpochReporter, OnEpoch, ShouldStop
from student_performance.problems import Problem
from student_performance.schema import Schema

INTERVAL_LEVEL = 0.9
LEARNING_CURVE_SIZES = (100, 300, 1000, 3000)  # then all rows
FILES = {"keras": "model.keras", "tflite": "model.tflite", "json": "metrics.json"}


def train(
    dataset: Dataset,
    config: TrainingConfig,
    out: Path,
    on_epoch: OnEpoch | None = None,
    should_stop: ShouldStop | None = None,
) -> dict:
    """Train on a data set and write ``model.keras``, ``model.tflite`` and ``metrics.json``.

    The files appear in ``out`` together at the end; a training cut short changes none of them.

    Args:
        dataset: rows and their schema.
        config: hyperparameters and seed.
        out: folder, made if missing.
        on_epoch: called with the epoch (from 1) and its errors.
        should_stop: asked after every epoch; true ends the training with the best epoch so far.

    Returns:
        What ``metrics.json`` holds. Errors are in target units, shares between 0 and 1.

    Raises:
        Problem: as :func:`model.fit`.
        files.BusyError: another process is writing there.
        OSError: the folder cannot be written.
    """
    parts = split(dataset, config.seed)
    started = time.perf_counter()
    network, history = model.fit(
        parts, dataset.schema, config, [EpochReporter(on_epoch, should_stop)]
    )
    fit_seconds = time.perf_counter() - started

    out.mkdir(parents=True, exist_ok=True)
    files.sweep(out)
    with files.staging(out, inference.NAME) as stage:
        paths = {kind: stage / name for kind, name in FILES.items()}
        network = model.save(network, paths["keras"], paths["tflite"])
        metrics = measure(lambda x: model.predict(network, x), parts, dataset.schema)
        metrics |= describe(dataset, parts, config)
        metrics |= {
            "fit_seconds": fit_seconds,
            "epochs_run": len(history["val_mse"]),
            "best_epoch": int(np.nanargmin(history["val_mse"])) + 1,
            "stopped_by_user": bool(should_stop and should_stop()),
            "history": history,
            "sha256": {
                kind: hashlib.sha256(paths[kind].read_bytes()).hexdigest()
                for kind in ("keras", "tflite")
            },
        }
        write_json(metrics, paths["json"])
        files.commit(stage)
    return metrics


def measure(predict: evaluation.Predict, parts: Split, schema: Schema) -> dict:
    """Score the reloaded network and the baselines on the test rows, and calibrate intervals."""
    table = evaluation.compare(predict, parts.training, parts.test, schema)
    half_widths = evaluation.conformal_half_widths(predict, parts.calibration, schema)
    residuals = schema.answers(parts.test) - predict(schema.encode(parts.test))
    level = min((float(key) for key in half_widths), key=lambda key: abs(key - INTERVAL_LEVEL))
    covered = evaluation.coverage(residuals, half_widths).set_index("level").loc[level]
    metrics: dict = {}
    prefixes = {"network": "", "ols": "ols_", "boosting": "boosting_", "mean": "mean_"}
    for row, prefix in prefixes.items():
        for score in evaluation.SCORES:
            metrics |= _with_interval(table.loc[row], score, prefix)
    for difference in ("r2_minus_ols", "r2_minus_boosting"):
        metrics |= _with_interval(table.loc["network"], difference)
    return metrics | {
        "ci_level": 0.95,
        "interval_level": level,
        "interval_coverage": float(covered["coverage"]),
        "interval_width": float(covered["width"]),
        "half_widths": half_widths,
    }


def _with_interval(row: pd.Series, score: str, prefix: str = "") -> dict:
    """A score and the ends of its interval, as ``metrics.json`` names them."""
    ends = [_or_none(row[f"{score}_{end}"]) for end in ("low", "high")]
    return {prefix + score: _or_none(row[score]), f"{prefix}{score}_ci": ends}


def _or_none(value: float) -> float | None:
    """JSON has no NaN, which R2 is on test rows that are all alike."""
    return float(value) if math.isfinite(value) else None


def describe(dataset: Dataset, parts: Split, config: TrainingConfig) -> dict:
    """Where the figures come from: data, split, configuration, versions, hardware."""
    schema = dataset.schema
    quantiles = _quantiles(parts.fit, schema)
    return {
        "schema": schema.to_json(),
        "data": dataset.name,
        "data_digest": dataset.digest,
        "data_kind": kind_of(dataset),
        "duplicates_dropped": dataset.duplicates_dropped,
        "n_train": len(parts.training),
        "n_fit": len(parts.fit),
        "n_validation": len(parts.validation),
        "n_calibration": len(parts.calibration),
        "n_test": len(parts.test),
        "seed": config.seed,
        "config": dataclasses.asdict(config) | {"hidden": list(config.hidden)},
        "feature_ranges": {name: [values[0], values[-1]] for name, values in quantiles.items()},
        "feature_quantiles": quantiles,
        "versions": {
            "python": platform.python_version(),
            **model.library_versions(),
            **{package: version(package) for package in ("scikit-learn", "mapie")},
        },
        "hardware": f"{platform.machine()}, {os.cpu_count()} CPU",
    }


def _quantiles(rows: pd.DataFrame, schema: Schema) -> dict[str, list[float]]:
    """Evenly spaced quantiles of each feature's raw values; each one is a value that occurs."""
    quantiles = {}
    for column, values in zip(schema.features, schema.encode(rows).T, strict=True):
        values = values[np.isfinite(values)]
        if not len(values):
            raise Problem(f"«{column.name}» no tiene valores con que entrenar; no la use.")
        shares = np.linspace(0, 1, inference.QUANTILES)
        quantiles[column.name] = np.quantile(values, shares, method="nearest").tolist()
    return quantiles


def kind_of(dataset: Dataset) -> str:
    """Whether the rows are the published ones, simulated, or the user's own."""
    if dataset.is_real:
        return "real"
    return "simulated" if dataset.is_simulated else "own"


def learning_curve(
    dataset: Dataset,
    metrics: dict,
    config: TrainingConfig,
    should_stop: ShouldStop | None = None,
) -> Iterator[dict]:
    """Errors on the validation rows as the number of training rows grows.

    Args:
        dataset, config: of a finished training.
        metrics: as that training returned them; its own error is the last point.
        should_stop: asked after every epoch; true ends the curve where it is.

    Yields:
        a dictionary for each size: ``n`` rows, RMSE of the network (``rmse``) and of ordinary
        least squares (``ols_rmse``), both fitted on these rows, in target units.
    """
    parts = split(dataset, config.seed)
    schema = dataset.schema
    x, y = schema.encode(parts.validation), schema.answers(parts.validation)
    sizes = [size for size in LEARNING_CURVE_SIZES if size < len(parts.fit)]
    for size in [*sizes, len(parts.fit)]:
        rows = parts.fit.head(size)
        if size < len(parts.fit):
            callbacks = [EpochReporter(should_stop=should_stop)]
            network, _ = model.fit(dataclasses.replace(parts, fit=rows), schema, config, callbacks)
            if should_stop and should_stop():
                return
            rmse = evaluation.scores(y, model.predict(network, x))["rmse"]
        else:
            rmse = min(metrics["history"]["val_mse"]) ** 0.5
        linear = baselines.ordinary_least_squares(rows, schema)
        ols_rmse = evaluation.scores(y, linear.predict(x.astype("float64")))["rmse"]
        yield {"n": size, "rmse": rmse, "ols_rmse": ols_rmse}


def write_json(content: dict, path: Path) -> None:
    """Write indented JSON in a single step."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with files.replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def publish(out: Path, stem: Path) -> None:
    """Copy a finished training over the model that the app starts with (``stem.keras``, …)."""
    with files.staging(stem.parent, stem.name) as stage:
        for kind, name in FILES.items():
            shutil.copyfile(out / name, stage / f"{stem.name}.{kind}")
        files.commit(stage)


def add_learning_curve(out: Path, curve: list[dict]) -> dict:
    """Add a learning curve to the ``metrics.json`` of a finished training, and return it."""
    path = out / FILES["json"]
    metrics = json.loads(path.read_text(encoding="utf-8")) | {"learning_curve": curve}
    write_json(metrics, path)
    return metrics
