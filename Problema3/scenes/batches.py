"""Batches out of a memory-mapped array: nothing is decoded, copied whole or kept in memory."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from scenes.classes import CLASSES

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class Batches(keras.utils.PyDataset):
    """Inputs and one-hot labels, batch by batch; the order depends on seed and epoch alone.

    A resumed run therefore sees what the killed one would have seen. Images stay uint8 until they
    are inside the network, a quarter of the bytes to move.

    Args:
        inputs: (n, ...) images or features, usually mapped from the disk.
        labels: int (n,).
        index: positions to use, in this order unless a seed shuffles them.
        batch_size: of all batches but perhaps the last.
        seed: ``None`` keeps the order.
        change: what to do to a batch of inputs at random (:mod:`scenes.augmentation`).

    Attributes:
        count: inputs an epoch.
    """

    def __init__(
        self,
        inputs: np.ndarray,
        labels: np.ndarray,
        index: np.ndarray,
        batch_size: int,
        seed: int | None = None,
        change: Change | None = None,
    ):
        # One worker, no processes: Keras prefetches, and a batch is a few milliseconds of copying.
        super().__init__(workers=1)
        self._inputs = inputs
        self._targets = np.eye(len(CLASSES), dtype=np.float32)[labels]
        self._index = np.asarray(index)
        self.count = len(self._index)
        self._batch_size = batch_size
        self._seed = seed
        self._change = change
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """Which epoch's order to give; set it before the epoch begins."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self.order = self._index
        if self._seed is not None:
            self.order = np.random.default_rng([self._seed, epoch]).permutation(self._index)

    def __len__(self) -> int:
        return -(-self.count // self._batch_size)

    def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[at * self._batch_size : (at + 1) * self._batch_size]
        inputs = np.asarray(self._inputs[chosen])
        if self._change:
            rng = np.random.default_rng([self._seed or 0, self._epoch, at])
            inputs = self._change(inputs, rng)
        return inputs, self._targets[chosen]
