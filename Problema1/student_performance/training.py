"""The whole training: fit, save, reload, calibrate, evaluate, and write what was found."""

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

import keras

from student_performance import evaluation, files, inference, model
from student_performance.columns import FEATURES, features, target
from student_performance.config import TrainingConfig
from student_performance.data import Dataset, Split, split

INTERVAL_LEVEL = 0.9
LEARNING_CURVE_SIZES = (100, 300, 1000, 3000)  # then all rows
FILES = {"keras": "model.keras", "tflite": "model.tflite", "json": "metrics.json"}

OnEpoch = Callable[[int, dict[str, float]], None]


class EpochReporter(keras.callbacks.Callback):
    """Tells an epoch's errors to ``on_epoch`` and stops when ``should_stop`` says so."""

    def __init__(self, on_epoch: OnEpoch | None, should_stop: Callable[[], bool] | None):
        super().__init__()
        self._on_epoch = on_epoch
        self._should_stop = should_stop

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self._on_epoch:
            self._on_epoch(epoch + 1, {name: float(value) for name, value in (logs or {}).items()})
        if self._should_stop and self._should_stop():
            self.model.stop_training = True


def train(
    dataset: Dataset,
    config: TrainingConfig,
    out: Path,
    on_epoch: OnEpoch | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict:
    """Train on a data set and write ``model.keras``, ``model.tflite`` and ``metrics.json``.

    The files appear in ``out`` together at the end; a training cut short leaves what was there.

    Args:
        dataset: students.
        config: hyperparameters and seed.
        out: folder, made if missing.
        on_epoch: called with the epoch (from 1) and its errors.
        should_stop: asked after every epoch; true ends the training with the best epoch so far.

    Returns:
        What ``metrics.json`` holds. Errors are in index points, shares between 0 and 1.

    Raises:
        model.DivergedError: as :func:`model.fit`.
        files.BusyError: another process is writing there.
    """
    parts = split(dataset, config.seed)
    started = time.perf_counter()
    network, history = model.fit(parts, config, [EpochReporter(on_epoch, should_stop)])
    fit_seconds = time.perf_counter() - started

    out.mkdir(parents=True, exist_ok=True)
    with files.staging(out, inference.NAME) as work:
        written = {kind: work / name for kind, name in FILES.items()}
        network = model.save(network, written["keras"], written["tflite"])
        metrics = measure(lambda x: model.predict(network, x), parts)
        metrics |= describe(dataset, parts, config)
        metrics |= {
            "fit_seconds": fit_seconds,
            "epochs_run": len(history["val_mse"]),
            "best_epoch": min(
                range(len(history["val_mse"])), key=lambda epoch: history["val_mse"][epoch]
            )
            + 1,
            "stopped_by_user": bool(should_stop and should_stop()),
            "history": history,
            "sha256": {
                kind: hashlib.sha256(written[kind].read_bytes()).hexdigest()
                for kind in ("keras", "tflite")
            },
        }
        write_json(metrics, written["json"])
        files.commit(work)
    return metrics


def measure(predict: evaluation.Predict, parts: Split) -> dict:
    """Score the reloaded network and the baselines on the test rows, and calibrate intervals."""
    table = evaluation.compare(predict, parts.training, parts.test)
    half_widths = evaluation.conformal_half_widths(predict, parts.calibration)
    residuals = target(parts.test) - predict(features(parts.test))
    level = min((float(key) for key in half_widths), key=lambda key: abs(key - INTERVAL_LEVEL))
    covered = evaluation.coverage(residuals, half_widths).set_index("level").loc[level]
    found: dict = {}
    for row, prefix in (("network", ""), ("ols", "ols_"), ("mean", "mean_")):
        for score in evaluation.SCORES:
            found[prefix + score] = _or_none(table.loc[row, score])
            found[f"{prefix}{score}_ci"] = [
                _or_none(table.loc[row, f"{score}_{end}"]) for end in ("low", "high")
            ]
    found["r2_minus_ols"] = _or_none(table.loc["network", "r2_minus_ols"])
    found["r2_minus_ols_ci"] = [
        _or_none(table.loc["network", f"r2_minus_ols_{end}"]) for end in ("low", "high")
    ]
    return found | {
        "ci_level": 0.95,
        "interval_level": level,
        "interval_coverage": float(covered["coverage"]),
        "interval_width": float(covered["width"]),
        "half_widths": half_widths,
    }


def _or_none(value: float) -> float | None:
    """JSON has no NaN, which R2 is on test rows that are all alike."""
    return float(value) if math.isfinite(value) else None


def describe(dataset: Dataset, parts: Split, config: TrainingConfig) -> dict:
    """Where the figures come from: data, split, configuration, versions, hardware."""
    trained_on = parts.fit
    numbers = features(trained_on)
    return {
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
        "feature_ranges": {
            name: [float(numbers[:, at].min()), float(numbers[:, at].max())]
            for at, name in enumerate(FEATURES)
        },
        "versions": {
            "python": platform.python_version(),
            keras.backend.backend(): version(keras.backend.backend()),
            **{package: version(package) for package in ("keras", "scikit-learn", "mapie")},
        },
        "hardware": f"{platform.machine()}, {os.cpu_count()} CPU",
    }


def kind_of(dataset: Dataset) -> str:
    """``real``, ``simulated`` or ``own``: what may be concluded from figures on these rows."""
    if dataset.is_real:
        return "real"
    return "simulated" if dataset.is_simulated else "own"


def learning_curve(
    dataset: Dataset,
    metrics: dict,
    config: TrainingConfig,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[dict]:
    """Errors on the validation rows as the number of training rows grows.

    Args:
        dataset, config: of a finished training.
        metrics: what that training returned; it is the curve's last point.
        should_stop: asked after every epoch; true ends the curve where it is.

    Yields:
        one dictionary a size, as it is found: ``n`` rows, RMSE of the network (``rmse``) and of
        ordinary least squares (``ols_rmse``) fitted on the same rows, in index points.
    """
    parts = split(dataset, config.seed)
    x, y = features(parts.validation), target(parts.validation)
    sizes = [size for size in LEARNING_CURVE_SIZES if size < len(parts.fit)]
    for size in [*sizes, len(parts.fit)]:
        rows = parts.fit.head(size)
        if size < len(parts.fit):
            callbacks = [EpochReporter(None, should_stop)]
            network, _ = model.fit(dataclasses.replace(parts, fit=rows), config, callbacks)
            if should_stop and should_stop():
                return
            rmse = evaluation.scores(y, model.predict(network, x))["rmse"]
        else:
            rmse = min(metrics["history"]["val_mse"]) ** 0.5
        linear = evaluation.ordinary_least_squares(rows)
        ols_rmse = evaluation.scores(y, linear.predict(x.astype("float64")))["rmse"]
        yield {"n": size, "rmse": rmse, "ols_rmse": ols_rmse}


def write_json(content: dict, path: Path) -> None:
    """Write indented JSON through a temporary file."""
    temporary = path.with_name(path.name + ".tmp")
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    temporary.write_text(text + "\n", encoding="utf-8", newline="\n")
    temporary.replace(path)


def publish(out: Path, stem: Path) -> None:
    """Copy a finished training over the model that the app starts with (``stem.keras``, …)."""
    with files.staging(stem.parent, stem.name) as work:
        for kind, name in FILES.items():
            shutil.copyfile(out / name, work / f"{stem.name}.{kind}")
        files.commit(work)


def add_learning_curve(out: Path, curve: list[dict]) -> dict:
    """Add a learning curve to the ``metrics.json`` of a finished training, and return it."""
    path = out / FILES["json"]
    metrics = json.loads(path.read_text(encoding="utf-8")) | {"learning_curve": curve}
    write_json(metrics, path)
    return metrics
