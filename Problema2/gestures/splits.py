"""Splitting a recording: neighbouring frames are nearly the same hand and must not be parted."""

from __future__ import annotations

import numpy as np


def split_blocks(labels, rng: np.random.Generator, blocks: int = 5, gap: int = 5):
    """Indices (train, held out) of a recording, parted in contiguous blocks.

    Each gesture's samples, in the order in which they were recorded, are cut into `blocks` equal
    parts and one of them, the same for all gestures, is held out. Up to `gap` samples on either
    side of it (fewer in a short recording) are in neither set. A gesture with fewer than
    2 * `blocks` samples is not held out.
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
    return tuple(
        np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64)
        for parts in (train, held)
    )
