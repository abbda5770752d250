"""Splitting a recording: neighbouring frames are nearly the same hand and must not be parted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def split_blocks(
    labels: ArrayLike, rng: np.random.Generator, blocks: int = 5, gap: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (train, held out) of a recording, parted in contiguous blocks.

    Each gesture's samples, in the order in which they were recorded, are cut into ``blocks`` equal
    parts and one of them, the same for all gestures, is held out. Up to ``gap`` samples on either
    side of it (fewer in a short recording) are in neither set. A gesture with fewer than
    2 * ``blocks`` samples is not held out.
    """
    labels = np.asarray(labels)
    chosen = int(rng.integers(blocks))
    train, held = [], []
    for gesture in np.unique(labels):
        index = np.flatnonzero(labels == gesture)
        if len(index) < 2 * blocks:
            train.append(index)
            continue
        parts = np.array_split(np.arange(len(index)), blocks)
        first, last = parts[chosen][0], parts[chosen][-1]
        margin = min(gap, len(index) // (4 * blocks))
        held.append(index[first : last + 1])
        train.append(np.concatenate([index[: max(0, first - margin)], index[last + 1 + margin :]]))
    none = np.empty(0, np.int64)
    return np.sort(np.concatenate([none, *train])), np.sort(np.concatenate([none, *held]))
