"""The whole training: fit, save, reload, evaluate, and write the files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from student_performance import baselines, data, evaluation, files, inference, model
from student_performance.config import TrainingConfig
from student_performance.data import Dataset, Split
from student_performance.model import keras
from student_performance.problems import Problem
from student_performance.regression import Fitted, fit
from student_performance.schema import Schema

OnEpoch = Callable[[int, dict[str, float]], None]
ShouldStop = Callable[[], bool]

INTERVAL_LEVEL = 0.9
LEARNING_CURVE_SIZES = (100, 300, 1000, 3000)  # then all rows; half of them where they are few
FILES = {"keras": "model.keras", "tflite": "model.tflite", "json": "metrics.json"}
WATCHED = ("rmse", "rmse_sd", "val_rmse", "val_rmse_sd")  # of the logs, as `members.Watch` adds


class EpochReporter(keras.callbacks.Callback):
    """Calls ``on_epoch`` after each epoch, and ends the training when ``should_stop`` is true.

    Args:
        on_epoch: gets the epoch's number (from 1) and its errors, NaN where they are not finite.
        should_stop: asked after every epoch.
    """

    def __init__(self, on_epoch: OnEpoch | None = None, should_stop: ShouldStop | None = None):
        super().__init__()
        self._on_epoch = on_epoch
        self._should_stop = should_stop

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self._on_epoch:
            errors = {name: float((logs or {}).get(name, math.nan)) for name in WATCHED}
            self._on_epoch(epoch + 1, errors)
        if self._should_stop and self._should_stop():
            self.model.stop_training = True


def train(
    dataset: Dataset,
    config: TrainingConfig,
    out: Path,
    on_epoch: OnEpoch | None = None,
    should_stop: ShouldStop | None = None,
) -> dict:
    """Train on a data set and write ``model.keras``, ``model.tflite`` and ``metrics.json``.

    The files appear in ``out`` together at the end; a training cut short changes none of them.
    Where Keras cannot write ``model.tflite``, an older one is removed.

    Args:
        dataset: rows and their schema.
        config: hyperparameters and seed.
        out: folder, made if missing.
        on_epoch: called with the epoch (from 1) and its errors.
        should_stop: asked after every epoch; true ends the training there.

    Returns:
        What ``metrics.json`` holds. Errors are in target units, shares between 0 and 1.

    Raises:
        Problem: as :func:`data.require_trainable` and :func:`regression.fit`.
        files.BusyError: another process is writing there.
        OSError: the folder cannot be written.
    """
    data.require_trainable(dataset)
    parts = data.split(dataset, config.seed)
    started = time.perf_counter()
    reporter = EpochReporter(on_epoch, should_stop)
    fitted = _fit(parts.training, parts.training_groups, dataset.schema, config, reporter)
    fit_seconds = time.perf_counter() - started

    out.mkdir(parents=True, exist_ok=True)
    files.sweep(out)
    with files.staging(out, inference.NAME) as stage:
        paths = {kind: stage / name for kind, name in FILES.items()}
        network = model.save(fitted.model, paths["keras"], paths["tflite"])
        metrics = measure(network, fitted.multipliers, parts, dataset.schema)
        metrics |= describe(dataset, parts, config)
        metrics |= learned(fitted, dataset.schema.answers(parts.training))
        metrics |= {
            "fit_seconds": fit_seconds,
            "stopped_by_user": bool(should_stop and should_stop()),
            "sha256": {
                kind: hashlib.sha256(paths[kind].read_bytes()).hexdigest()
                for kind in ("keras", "tflite")
                if paths[kind].is_file()
            },
        }
        write_json(metrics, paths["json"])
        files.commit(stage)
        if "tflite" not in metrics["sha256"]:
            (out / FILES["tflite"]).unlink(missing_ok=True)
    return metrics


def _fit(
    rows: pd.DataFrame,
    groups: np.ndarray,
    schema: Schema,
    config: TrainingConfig,
    reporter: EpochReporter,
) -> Fitted:
    x, y = schema.encode(rows), schema.answers(rows)
    return fit(x, y, schema.sizes, groups, config, [reporter])


def measure(
    network: keras.Model, multipliers: dict[str, float], parts: Split, schema: Schema
) -> dict:
    """Score the reloaded network, its intervals and the baselines on the test rows."""
    table = evaluation.compare(
        lambda x: model.answers(network, x)[:, 0], parts.training, parts.test, schema
    )
    output = model.answers(network, schema.encode(parts.test))
    residuals = schema.answers(parts.test) - output[:, 0]
    level = min((float(key) for key in multipliers), key=lambda key: abs(key - INTERVAL_LEVEL))
    covered = evaluation.coverage(residuals, output[:, 1], multipliers)
    covered = covered.set_index("level").loc[level]
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
    }


def _with_interval(row: pd.Series, score: str, prefix: str = "") -> dict:
    """A score and the ends of its interval, as ``metrics.json`` names them."""
    ends = [_or_none(row[f"{score}_{end}"]) for end in ("low", "high")]
    return {prefix + score: _or_none(row[score]), f"{prefix}{score}_ci": ends}


def _or_none(value: float) -> float | None:
    """JSON has no NaN, which R2 is on test rows that are all alike."""
    return float(value) if math.isfinite(value) else None


def learned(fitted: Fitted, y: np.ndarray) -> dict:
    """What a training on targets (n,) found out, and how it went."""
    history = {name: [_or_none(each) for each in fitted.history[name]] for name in WATCHED}
    return {
        "multipliers": fitted.multipliers,
        "held_out_rmse": float(np.sqrt(np.mean((y - fitted.predicted) ** 2))),
        "findings": dataclasses.asdict(fitted.findings),
        "history": history,
        "epochs_run": len(history["val_rmse"]),
    }


def describe(dataset: Dataset, parts: Split, config: TrainingConfig) -> dict:
    """Where the figures come from: data, mapping, split, configuration, versions, hardware."""
    quantiles = _quantiles(parts.training, dataset.schema)
    target = dataset.schema.answers(parts.training)
    return {
        **dataset.mapping.to_json(),
        "data": dataset.name,
        "data_digest": dataset.digest,
        "data_kind": kind_of(dataset),
        "repeated": dataset.repeated,
        "n_train": len(parts.training),
        "n_test": len(parts.test),
        "seed": config.seed,
        "config": dataclasses.asdict(config) | {"hidden": list(config.hidden)},
        "feature_ranges": {name: [values[0], values[-1]] for name, values in quantiles.items()},
        "feature_quantiles": quantiles,
        "target_range": [float(target.min()), float(target.max())],
        "versions": {
            "python": platform.python_version(),
            **model.library_versions(),
            "scikit-learn": version("scikit-learn"),
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
    config: TrainingConfig,
    on_epoch: OnEpoch | None = None,
    should_stop: ShouldStop | None = None,
) -> Iterator[dict]:
    """Errors on the same held-out rows as the number of rows to learn from grows.

    A fifth of the training part is held out; the test part has no share in it.

    Args:
        dataset, config: of a training.
        on_epoch: called after every epoch of every network.
        should_stop: asked after every epoch; true ends the curve where it is.

    Yields:
        a dictionary for each size: ``n`` rows, RMSE of the network (``rmse``) and of ordinary
        least squares (``ols_rmse``), both fitted on these rows, in target units, and the number of
        rows they were measured on (``n_held_out``).
    """
    schema, parts = dataset.schema, data.split(dataset, config.seed)
    learning, held_out = data.divide(parts.training_groups, config.seed)
    order = np.random.default_rng(config.seed).permutation(learning)  # files may be sorted
    x = schema.encode(parts.training.iloc[held_out])
    y = schema.answers(parts.training.iloc[held_out])
    sizes = [size for size in LEARNING_CURVE_SIZES if size < len(order)] or [len(order) // 2]
    for size in [*sizes, len(order)]:
        rows = parts.training.iloc[order[:size]]
        groups, reporter = parts.training_groups[order[:size]], EpochReporter(on_epoch, should_stop)
        fitted = _fit(rows, groups, schema, config, reporter)
        if should_stop and should_stop():
            return
        linear = baselines.ordinary_least_squares(rows, schema)
        yield {
            "n": size,
            "rmse": evaluation.scores(y, model.answers(fitted.model, x)[:, 0])["rmse"],
            "ols_rmse": evaluation.scores(y, linear.predict(x.astype("float64")))["rmse"],
            "n_held_out": len(y),
        }


def write_json(content: dict, path: Path) -> None:
    """Write indented JSON in a single step."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with files.replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def publish(out: Path, stem: Path) -> None:
    """Copy a finished training over the model that the app starts with (``stem.keras``, …)."""
    digests = json.loads((out / FILES["json"]).read_text(encoding="utf-8"))["sha256"]
    with files.staging(stem.parent, stem.name) as stage:
        for kind in (*digests, "json"):
            shutil.copyfile(out / FILES[kind], stage / f"{stem.name}.{kind}")
        files.commit(stage)
        if "tflite" not in digests:
            stem.with_suffix(".tflite").unlink(missing_ok=True)


def add_learning_curve(out: Path, curve: list[dict]) -> dict:
    """Add a learning curve to the ``metrics.json`` of a finished training, and return it."""
    path = out / FILES["json"]
    metrics = json.loads(path.read_text(encoding="utf-8")) | {"learning_curve": curve}
    write_json(metrics, path)
    return metrics
