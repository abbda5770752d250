"""Batches out of a memory-mapped array: nothing is decoded, copied whole or kept in memory."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from scenes.classes import SCENES

# a batch's inputs and their random numbers; for some of its rows also its length and which ones
Change = Callable[..., np.ndarray]
View = Callable[[np.ndarray, int], np.ndarray]  # positions and which view, to inputs


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
        change: what to do to a batch of inputs at random (:mod:`scenes.data.augmentation`).
        classes: how many there are.
        answers: another network's, float (views, n, classes), to learn from: an epoch gives one
            view of every input, by turns, and the answers to it as targets.
        view: the inputs at some positions as one view shows them; with ``answers``, in place of
            ``change``.

    Attributes:
        count: inputs an epoch.
        batch_size: as given.
    """

    def __init__(
        self,
        inputs: np.ndarray,
        labels: np.ndarray,
        index: np.ndarray,
        batch_size: int,
        seed: int | None = None,
        change: Change | None = None,
        classes: int = len(SCENES),
        answers: np.ndarray | None = None,
        view: View | None = None,
    ):
        # One worker, no processes: Keras prefetches, and a batch is a few milliseconds of copying.
        super().__init__(workers=1)
        self._inputs = inputs
        self._targets = np.eye(classes, dtype=np.float32)[labels]
        self._index = np.asarray(index)
        self.count = len(self._index)
        self.batch_size = batch_size
        self._seed = seed
        self._change = change
        self._answers = answers
        self._view = view
        self.epoch = 0

    @property
    def images(self) -> int:
        """Inputs an epoch that are of the classes: here all."""
        return self.count

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
        return -(-self.count // self.batch_size)

    def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        return self.rows(at)

    def rows(self, at: int, rows: slice | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Some rows of a batch, just as they are in the whole one; all without ``rows``."""
        chosen = self.order[at * self.batch_size : (at + 1) * self.batch_size]
        of = () if rows is None else (len(chosen), rows)
        chosen = chosen if rows is None else chosen[rows]
        if self._answers is not None and self._view is not None:
            turn = self._epoch % len(self._answers)
            return self._view(chosen, turn), self._answers[turn][chosen]
        inputs = self._read(chosen)
        if self._change:
            rng = np.random.default_rng([self._seed or 0, self._epoch, at])
            inputs = self._change(inputs, rng, *of)
        return inputs, self._targets[chosen]

    def _read(self, chosen: np.ndarray) -> np.ndarray:
        """The inputs at some positions, unchanged."""
        return np.asarray(self._inputs[chosen])


class Part(keras.utils.PyDataset):
    """The rows of every batch that one of several processes feeds; all feed equally many.

    Where the last batch does not divide, rows of zeros follow its own, for whoever computes with
    it to leave out: a batch of ``n`` rows in :attr:`kept` has ``kept[n]`` of its own. No other
    batch is as long, so that the length alone tells, which it must: XLA compiles by shape.

    Args:
        batches: the whole ones.
        devices: that share a batch, all processes together; they divide its size.
        processes: how many; they divide the devices.
        process: which one this is, from 0.
    """

    def __init__(self, batches: Batches, devices: int, processes: int, process: int):
        super().__init__(workers=1)
        self._batches = batches
        self._processes = processes
        self._process = process
        size = batches.batch_size
        last = batches.count % size or size
        fed = -(-last // devices) * devices
        if fed == size > last:
            fed += devices
        self._fed = [size] * (len(batches) - 1) + [fed]
        self.kept = {fed: last} if fed > last else {}

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        share = self._fed[at] // self._processes
        first = self._process * share
        inputs, targets = self._batches.rows(at, slice(first, first + share))
        return _padded(inputs, share), _padded(targets, share)


def _padded(values: np.ndarray, rows: int) -> np.ndarray:
    """Values with rows of zeros behind them, up to so many."""
    padding = rows - len(values)
    if not padding:
        return values
    return np.concatenate([values, np.zeros((padding, *values.shape[1:]), values.dtype)])


def predict(network: keras.Model, inputs: np.ndarray, batch_size: int) -> np.ndarray:
    """A network's answers, float32 (n, ...), to images or features (n, ...), batch by batch."""
    batches = (inputs[at : at + batch_size] for at in range(0, len(inputs), batch_size))
    answers = [
        keras.ops.convert_to_numpy(network.predict_on_batch(np.asarray(batch))) for batch in batches
    ]
    return np.concatenate(answers).astype(np.float32)
