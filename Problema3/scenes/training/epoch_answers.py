"""Which class a network names for each test image, after every epoch."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from scenes import files
from scenes.data.batches import predict


class KeepAnswers(keras.callbacks.Callback):
    """Asks the network for its answers whenever it has been validated, and keeps them in a file.

    Validation is where averaged weights, if there are any, are in the network. The answers choose
    nothing. A resumed training goes on with the file of the killed one; if that kept none, this
    one keeps none either.

    Args:
        path: file to write, for :func:`read`.
        inputs: (n, ...), what the fitted layers see of the test images.
        labels: int (n,).
        batch_size: images asked for at once.
    """

    def __init__(self, path: Path, inputs: np.ndarray, labels: np.ndarray, batch_size: int):
        super().__init__()
        self._path = path
        self._inputs = inputs
        self._labels = labels
        self._batch_size = batch_size
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Note which epoch it is."""
        self._epoch = epoch

    def on_test_end(self, logs: dict | None = None) -> None:
        """Add this epoch's answers; those of epochs that are done again are replaced."""
        held = [] if self._epoch == 0 else list(read(self._path)[0][: self._epoch])
        if len(held) < self._epoch:
            return
        named = predict(self.model, self._inputs, self._batch_size).argmax(axis=-1)
        with files.replacing(self._path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(
                file, answers=np.array([*held, named], np.uint8), labels=self._labels
            )


def answers_file(out: Path, name: str) -> Path:
    """Where the answers of a network are, in the folder of its training."""
    return out / f"{name}_answers.npz"


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Answers, uint8 (epochs, n), and labels, int (n,); no epoch where there is no such file."""
    if not path.is_file():
        return np.zeros((0, 0), np.uint8), np.zeros(0, np.int64)
    with np.load(path, allow_pickle=False) as held:
        return held["answers"], held["labels"]
