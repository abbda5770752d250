"""Fitting one network: optimizer, callbacks, and going on where a killed run ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras
import numpy as np

from scenes import hardware, terminal
from scenes.config import Config
from scenes.data.batches import Batches
from scenes.training.checkpoints import Checkpoint, History, best_epoch
from scenes.training.group import ALONE, Alone

# stage («features» or «steps»), done, total, and at an epoch's end its number and losses
Progress = Callable[[str, int, int, dict], object]


def fit(
    model: keras.Model,
    batches: tuple[Batches, Batches],
    config: Config,
    checkpoint: Checkpoint,
    watching: Sequence[keras.callbacks.Callback] = (),
    group: Alone = ALONE,
) -> History:
    """Fit a network from where the checkpoint ends, and leave its best epoch there.

    Args:
        model: uncompiled.
        batches: what to fit on and what to validate on.
        config: hyperparameters.
        checkpoint: its folder exists.
        watching: callbacks that change nothing, as :class:`ReportSteps`; while the network is
            validated they see the weights that may be kept.
        group: the processes to train with; its first one alone saves networks and states.

    Returns:
        loss, accuracy, val_loss and val_accuracy of all epochs, those of a killed run included.
    """
    fitting, validation = batches
    compile_model(model, config, len(fitting))
    fed, checked = group.feed(model, fitting, validation)
    begun = checkpoint.epoch
    checkpoint.cut_log()
    averaging = keras.callbacks.SwapEMAWeights() if config.averaging else None
    best = SaveBestEpoch(checkpoint, config.patience, group.first, averaging)
    if begun < config.epochs and not (begun and best.exhausted):
        with terminal.interruption_held() as answer:
            model.fit(
                fed,
                validation_data=checked,
                epochs=config.epochs,
                initial_epoch=begun,
                shuffle=False,  # the batches do it, by seed and epoch
                verbose=0,
                callbacks=[
                    ShareLosses(group),
                    SeedEpoch(fitting, config.seed),
                    keras.callbacks.TerminateOnNaN(),
                    *watching,  # before the averaged weights are taken back
                    *([averaging] if averaging else []),
                    best,
                    keras.callbacks.CSVLogger(str(checkpoint.log), append=begun > 0),
                    # after log and best epoch
                    SaveEpoch(checkpoint, group.first),
                    keras.callbacks.LambdaCallback(on_train_batch_end=answer, on_epoch_end=answer),
                ],
            )
    return checkpoint.history


def compile_model(model: keras.Model, config: Config, steps: int) -> None:
    """AdamW on categorical cross-entropy; ``steps`` is the number of batches an epoch."""
    kept = math.exp(-1 / (config.averaging * steps)) if config.averaging else 0.0
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = kept or config.norm_momentum
    rate: float | keras.optimizers.schedules.LearningRateSchedule = config.learning_rate
    if config.decay:
        total = config.epochs * steps
        warmup = max(1, round(config.warmup * total))
        rate = keras.optimizers.schedules.CosineDecay(
            config.learning_rate / 20,
            max(1, total - warmup),
            alpha=0.01,
            warmup_target=config.learning_rate,
            warmup_steps=warmup,
        )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        use_ema=kept > 0,
        ema_momentum=kept,
    )
    # a bias or a normalisation's scale has no direction in which large is complicated
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=[ClassAccuracy() if config.background else "accuracy"],
        jit_compile=hardware.jit(),
    )


class ClassAccuracy(keras.metrics.CategoricalAccuracy):
    """Accuracy over the classes alone: as if the background class, the last one, were not there."""

    def __init__(self, name: str = "accuracy", dtype: str | None = None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Count the rows that are of a class."""
        known = 1 - y_true[:, -1]
        if sample_weight is not None:
            known *= sample_weight
        super().update_state(y_true[:, :-1], y_pred[:, :-1], known)


class SaveBestEpoch(keras.callbacks.EarlyStopping):
    """Early stopping on validation loss that saves the best epoch, and goes on from a history.

    The saved file is what the test reloads. A second copy in memory (``restore_best_weights``)
    would serve nothing.

    Args:
        checkpoint: where to save; its history is taken up.
        patience: epochs without a better one after which the training ends.
        saves: whether this process saves at all.
        averaging: the callback that puts the averaged weights in the network while it is
            validated, if there is one; those are saved.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        patience: int,
        saves: bool = True,
        averaging: keras.callbacks.SwapEMAWeights | None = None,
    ):
        super().__init__(monitor="val_loss", mode="min", patience=patience)
        self._checkpoint = checkpoint
        self._saves = saves
        self._averaging = averaging
        self._past = checkpoint.history.get("val_loss", []) if checkpoint.epoch else []

    @property
    def exhausted(self) -> bool:
        """Whether the history taken up already ends in a stop."""
        return len(self._past) - 1 - best_epoch(self._past) >= self.patience

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Take up the history."""
        super().on_train_begin(logs)
        best = best_epoch(self._past)
        if best >= 0:
            self.best, self.best_epoch = self._past[best], best
            self.wait = len(self._past) - 1 - best

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save the network if the epoch is the best one so far."""
        if not math.isfinite((logs or {}).get("val_loss", math.nan)):
            return  # TerminateOnNaN's business; never the best epoch
        waited = self.wait
        super().on_epoch_end(epoch, logs)
        if self.wait == 0 or self.wait < waited:
            if self._averaging:  # in every process: they exchange the weights together
                self._averaging.on_test_begin()
            if self._saves:
                self._checkpoint.save_best(self.model)
            if self._averaging:
                self._averaging.on_test_end()


class SaveEpoch(keras.callbacks.Callback):
    """Restores the checkpoint's state, and saves it after each epoch in a single step.

    Keras's ``BackupAndRestore`` writes weights and epoch to two files, in place: killed in between,
    it would resume with the weights of one epoch and the number of another.

    Args:
        checkpoint: where the state is.
        saves: whether this process saves, or only restores.
    """

    def __init__(self, checkpoint: Checkpoint, saves: bool = True):
        super().__init__()
        self._checkpoint = checkpoint
        self._saves = saves

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Restore the state."""
        self._checkpoint.restore(self.model)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save the state."""
        if self._saves:
            self._checkpoint.save_epoch(self.model, epoch + 1)


class ShareLosses(keras.callbacks.Callback):
    """Gives all processes the first one's losses, for the callbacks after it to conclude alike."""

    def __init__(self, group: Alone):
        super().__init__()
        self._group = group

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Replace this process's losses."""
        logs = {} if logs is None else logs
        logs.update(self._group.decide(lambda: logs))


class SeedEpoch(keras.callbacks.Callback):
    """Sets what depends on seed and epoch alone: the order of the batches, and dropout.

    Keras saves no weights file with the state of dropout's random numbers, so that a resumed run
    would drop other units than the killed one.
    """

    def __init__(self, batches: Batches, seed: int):
        super().__init__()
        self._batches = batches
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Set order and random numbers."""
        self._batches.epoch = epoch
        rng = np.random.default_rng([self._seed, epoch])
        for layer in self.model.layers:
            if hasattr(layer, "seed_generator"):
                layer.seed_generator.state.assign([int(rng.integers(2**31)), 0])


class ReportSteps(keras.callbacks.Callback):
    """Tells how many steps of all epochs are done.

    Args:
        progress: see :data:`Progress`.
    """

    def __init__(self, progress: Progress | None):
        super().__init__()
        self._progress = progress or (lambda *_: None)
        self._before = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Count from the epoch's first step."""
        self._before = epoch * self.params["steps"]

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Tell a step."""
        self._tell(self._before + batch + 1, {})

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Tell an epoch, with its losses."""
        self._tell(self._before + self.params["steps"], {"epoch": epoch + 1, **(logs or {})})

    def _tell(self, done: int, logs: dict) -> None:
        self._progress("steps", done, self.params["steps"] * self.params["epochs"], logs)
