"""Batches of images between which lie pictures of the background class."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from scenes.classes import SCENES
from scenes.data.batches import Batches, Change

Draw = Callable[[np.random.Generator, Callable[[], np.ndarray]], np.ndarray]


class BackgroundBatches(Batches):
    """Images of the classes, shuffled, and between them pictures of the background class.

    Targets have one column more than there are classes. A picture depends on seed, epoch and its
    place alone, and each epoch has others.

    Args:
        images: uint8 (n, height, width, 3).
        labels: int (n,).
        index: positions of the images to use.
        batch_size: of all batches but perhaps the last.
        seed: of the order and of the pictures.
        share: pictures of the background class for each image.
        draw: makes one from random numbers and what gives an image
            (:func:`scenes.data.background.pictures.draw`).
        change, classes: as of :class:`Batches`; the change applies to all pictures.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        index: np.ndarray,
        batch_size: int,
        seed: int,
        *,
        share: float,
        draw: Draw,
        change: Change | None = None,
        classes: int = len(SCENES),
    ):
        self._given = np.asarray(index)
        self._draw = draw
        self._first = len(labels)  # positions from here on are of the background class
        made = self._first + np.arange(round(share * len(index)))
        super().__init__(
            images,
            np.concatenate([labels, np.full(len(made), classes)]),
            np.concatenate([self._given, made]),
            batch_size,
            seed,
            change,
            classes + 1,
        )

    @property
    def images(self) -> int:
        """Inputs an epoch that are of the classes."""
        return len(self._given)

    def _read(self, chosen: np.ndarray) -> np.ndarray:
        known = chosen < self._first
        read = np.empty((len(chosen), *self._inputs.shape[1:]), self._inputs.dtype)
        read[known] = self._inputs[chosen[known]]
        for at in np.flatnonzero(~known):
            rng = np.random.default_rng([self._seed or 0, self._epoch, int(chosen[at])])
            read[at] = self._draw(rng, functools.partial(self._any, rng))
        return read

    def _any(self, rng: np.random.Generator) -> np.ndarray:
        """One of the images to use, at random."""
        return np.asarray(self._inputs[rng.choice(self._given)])
