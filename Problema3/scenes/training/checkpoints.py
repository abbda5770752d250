"""Keras callbacks that survive a kill: what they know is on disk, in whole files, each epoch."""

from __future__ import annotations

import contextlib
import csv
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np

from scenes.data.batches import Batches

History = dict[str, list[float]]


class BestEpoch(keras.callbacks.EarlyStopping):
    """Early stopping on validation loss that saves the best epoch, and can take up a history.

    The best weights are those in ``path``, which is what the test reloads; a second copy in
    memory (``restore_best_weights``) would serve nothing. ``writes``: whether it saves at all.
    ``averaging``: what puts the averaged weights in the network while it is validated, if anything
    does; they are what is saved.
    """

    def __init__(
        self,
        path: Path,
        patience: int,
        history: History,
        writes: bool = True,
        averaging: keras.callbacks.SwapEMAWeights | None = None,
    ):
        super().__init__(monitor="val_loss", mode="min", patience=patience)
        self._path = path
        self._writes = writes
        self._averaging = averaging
        self._past = list(history.get("val_loss", []))

    @property
    def exhausted(self) -> bool:
        """Whether the history taken up already ends in a stop."""
        return len(self._past) - 1 - best_epoch(self._past) >= self.patience

    def on_train_begin(self, logs: dict | None = None) -> None:
        super().on_train_begin(logs)
        best = best_epoch(self._past)
        if best >= 0:
            self.best, self.best_epoch = self._past[best], best
            self.wait = len(self._past) - 1 - best

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not math.isfinite((logs or {}).get("val_loss", math.nan)):
            return  # TerminateOnNaN's business; never the best epoch
        waited = self.wait
        super().on_epoch_end(epoch, logs)
        if self.wait == 0 or self.wait < waited:
            if self._averaging:  # in every process: they exchange the weights together
                self._averaging.on_test_begin()
            if self._writes:
                with _undistributed():
                    replace(self._path, self.model.save)
            if self._averaging:
                self._averaging.on_test_end()


class Backup(keras.callbacks.BackupAndRestore):
    """BackupAndRestore whose state appears in one step: the file's name holds the epoch.

    Keras writes weights and epoch to two files, in place. Killed in between, it would resume with
    the weights of one epoch and the number of another; killed within, not at all.
    ``writes``: whether it saves, or only restores.
    """

    def __init__(self, folder: Path, writes: bool = True):
        super().__init__(str(folder), delete_checkpoint=False)
        self._folder = folder
        self._writes = writes
        self.epoch, self._state = _newest(folder)

    def on_train_begin(self, logs: dict | None = None) -> None:
        if self._state:
            if not self.model.optimizer.built:
                self.model.optimizer.build(self.model.trainable_variables)
            self.model.load_weights(self._state)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not self._writes:
            return
        written = self._folder / f"epoch-{epoch + 1:04d}.weights.h5"
        with _undistributed():
            replace(written, self.model.save_weights)
        if self._state and self._state != written:
            self._state.unlink(missing_ok=True)
        self._state, self.epoch = written, epoch + 1


class Agreed(keras.callbacks.Callback):
    """Gives all processes the first one's losses, for the callbacks after it to conclude alike."""

    def __init__(self, decide: Callable[[Callable[[], dict]], dict]):
        super().__init__()
        self._decide = decide

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logs.update(self._decide(lambda: logs))


class Clock(keras.callbacks.Callback):
    """Sets what depends on the epoch alone, and tells ``progress`` how many steps are done.

    That is the order of the batches, and dropout's random numbers: Keras saves no weights file
    with their state, so that a resumed run would drop other units than the killed one.
    """

    def __init__(
        self, batches: Batches, seed: int, progress: Callable[[int, dict], None] | None = None
    ):
        super().__init__()
        self._batches = batches
        self._seed = seed
        self._progress = progress
        self._before = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._batches.epoch = epoch
        rng = np.random.default_rng([self._seed, epoch])
        for layer in self.model.layers:
            if hasattr(layer, "seed_generator"):
                layer.seed_generator.state.assign([int(rng.integers(2**31)), 0])
        self._before = epoch * len(self._batches)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if self._progress:
            self._progress(self._before + batch + 1, {})

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self._progress:
            self._progress(self._before + len(self._batches), {"epoch": epoch + 1, **(logs or {})})


def best_epoch(losses: list[float]) -> int:
    """Position of the first lowest finite loss; -1 if there is none."""
    finite = [at for at, loss in enumerate(losses) if math.isfinite(loss)]
    return min(finite, key=lambda at: losses[at], default=-1)


def read_log(path: Path, epochs: int | None = None) -> History:
    """History in a CSVLogger's file, of the first ``epochs`` epochs; empty without a file."""
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:epochs]
    names = [name for name in rows[0] if name != "epoch"] if rows else []
    return {name: [float(row[name]) for row in rows] for name in names}


def cut_log(path: Path, epochs: int) -> None:
    """Keep a log's first ``epochs`` rows: a kill may have come between log and backup."""
    if path.is_file():
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        replace(path, lambda file: Path(file).write_text("".join(lines[: epochs + 1]), "utf-8"))


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` make a file under a temporary name, then put it in place of ``path``."""
    temporary = path.with_name(f".escribiendo-{path.name}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _undistributed() -> Iterator[None]:
    """Outside the distribution, if there is one.

    Keras makes variables while it saves, and one process of several cannot make any alone.
    """
    active = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(active)


def _newest(folder: Path) -> tuple[int, Path | None]:
    states = sorted(folder.glob("epoch-*.weights.h5"))
    if not states:
        return 0, None
    return int(states[-1].name.split("-")[1].split(".")[0]), states[-1]
