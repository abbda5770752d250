"""The regression network: raw feature values in, the target out.

A wide-and-deep network (Cheng et al. 2016, arXiv:1606.07792): a linear path from the standardised
features to the answer, plus a small hidden path that starts at zero and corrects it where the
relation bends. Standardisation and the scale of the answer are layers: the saved file takes raw
values and answers in points.

This is the only module of the package that imports Keras.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from student_performance.config import TrainingConfig
from student_performance.data import Split
from student_performance.problems import Problem
from student_performance.quiet import native_stderr_held
from student_performance.schema import Schema

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's notes when it first computes
with native_stderr_held():  # and those of its import, which heed no variable
    import keras

OnEpoch = Callable[[int, dict[str, float]], None]
ShouldStop = Callable[[], bool]


def make_model(x: np.ndarray, y: np.ndarray, config: TrainingConfig) -> keras.Model:
    """Build the network for given training rows, not yet trained.

    Args:
        x: (n, d) raw features; their mean and variance go into the standardising layer.
        y: (n,) target values; mean and standard deviation go into the output layer.
        config: hyperparameters.

    Returns:
        Uncompiled model from (batch, d) raw features to (batch, 1) target values.
    """
    mean, deviation = float(y.mean()), float(y.std()) or 1.0
    variance = x.var(axis=0, dtype="float64")
    standardise = keras.layers.Normalization(
        mean=x.mean(axis=0, dtype="float64").tolist(),
        # a feature that never varied counts as it is; dividing by nothing would blow it up
        variance=np.where(variance > 0, variance, 1.0).tolist(),
        name="standardise",
    )
    # With the answer scaled by its deviation, this makes the penalty a share of its variance.
    penalty = keras.regularizers.L2(0.03 * config.penalty * deviation**2)

    inputs = keras.Input((x.shape[1],), name="features")
    z = standardise(inputs)
    wide = keras.layers.Dense(1, kernel_initializer="zeros", name="wide")(z)
    deep = z
    for position, units in enumerate(config.hidden, start=1):
        deep = keras.layers.Dense(
            units, activation="gelu", kernel_regularizer=penalty, name=f"hidden_{position}"
        )(deep)
    deep = keras.layers.Dense(
        1, use_bias=False, kernel_initializer="zeros", kernel_regularizer=penalty, name="deep"
    )(deep)
    standardised = keras.layers.Add(name="sum")([wide, deep])
    outputs = keras.layers.Rescaling(deviation, mean, name="points")(standardised)
    return keras.Model(inputs, outputs, name="student_performance")


class EpochReporter(keras.callbacks.Callback):
    """Calls ``on_epoch`` after each epoch, and ends the training when ``should_stop`` is true.

    Args:
        on_epoch: gets the epoch's number (from 1) and its errors.
        should_stop: asked after every epoch.
    """

    def __init__(self, on_epoch: OnEpoch | None = None, should_stop: ShouldStop | None = None):
        super().__init__()
        self._on_epoch = on_epoch
        self._should_stop = should_stop

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self._on_epoch:
            self._on_epoch(epoch + 1, {name: float(value) for name, value in (logs or {}).items()})
        if self._should_stop and self._should_stop():
            self.model.stop_training = True


def fit(
    split: Split,
    schema: Schema,
    config: TrainingConfig,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train on ``split.fit``, choosing the epoch with the best error on ``split.validation``.

    Returns:
        The model with the weights of its best epoch, and per epoch the history of ``mse`` and
        ``mae`` (squared target units, target units), each also with the prefix ``val_``.

    Raises:
        Problem: no epoch had a finite validation error.
    """
    keras.utils.set_random_seed(config.seed)
    x, y = schema.encode(split.fit), schema.answers(split.fit)
    # ten steps an epoch at least, or a small sample would end before it has learned
    batch_size = min(config.batch_size, max(1, len(x) // 10))
    steps = math.ceil(len(x) / batch_size)
    model = make_model(x, y, config)
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * steps),
            # The usual 0.999 remembers the first, large gradients for a thousand steps, longer
            # than this training lasts, and keeps the last steps too small to arrive.
            beta_2=0.95,
        ),
        loss="mse",
        metrics=["mse", "mae"],
    )
    history = model.fit(
        x,
        y,
        validation_data=(schema.encode(split.validation), schema.answers(split.validation)),
        epochs=config.epochs,
        batch_size=batch_size,
        verbose=0,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.EarlyStopping(
                monitor="val_mse", mode="min", patience=config.patience, restore_best_weights=True
            ),
            *callbacks,
        ],
    ).history
    if not np.isfinite(history.get("val_mse", [np.nan])).any():
        raise Problem("El entrenamiento divergió; baje la tasa de aprendizaje.")
    names = ("mse", "val_mse", "mae", "val_mae")
    return model, {name: [float(value) for value in history[name]] for name in names}


def save(model: keras.Model, keras_path: Path, litert_path: Path) -> keras.Model:
    """Write the model as ``.keras`` and as LiteRT, and return it as reloaded from the first."""
    model.save(keras_path)
    reloaded = load(keras_path)
    reloaded.export(str(litert_path), format="litert", verbose=False)
    return reloaded


def load(path: Path) -> keras.Model:
    """Read a ``.keras`` file in safe mode: a file that would run code is refused."""
    return keras.saving.load_model(path, compile=False, safe_mode=True)


def predict(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """The target (n,) as float64 for raw features (n, d)."""
    # A direct call: `model.predict` would compile a function anew for every model it meets.
    return keras.ops.convert_to_numpy(model(x))[:, 0].astype("float64")


def library_versions() -> dict[str, str]:
    """Versions of Keras and of the library that computes for it."""
    return {name: version(name) for name in (keras.backend.backend(), "keras")}
