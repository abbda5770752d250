"""Near-duplicate pictures: another compression, brightness or slight crop, or the next shot.

Three measures of two pictures, all on thumbnails of their grey values:

- the Hamming distance of their difference hashes: 9x8 thumbnails, a bit a pair of neighbours in a
  row, set where the right one is brighter (D. Krawetz, "Kind of Like That", 2013);
- the correlation of 32x32 thumbnails, which a change of brightness or contrast leaves as it is;
- the correlation of the *details* of these: each value less the mean of the 5x5 around it. Two
  hazy skies correlate at 0.98 and have no detail in common; two shots of one scene have.

The thresholds come from the 144,644,536 pairs of the published photographs. Of these, 87,664 differ
in at most 12 bits, so a hash alone says little. Among those whose grey values correlate at 0.85 or
more, details correlate above 0.98 for re-encoded copies and between 0.65 and 0.98 for bursts and
slight crops. The pairs from 0.5 on were looked at: each from 0.65 on is one scene twice; below,
sunsets over the sea, which are alike without being the same, become as frequent as bursts. So
larger crops and bursts with much movement are missed: the counts are lower bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

MOST_BITS = 12  # of 64 that may differ
LEAST_GREY = 0.85  # correlation of the thumbnails
LEAST_DETAIL = 0.65  # correlation of their details
SIDE = 32  # pixels of a thumbnail
AROUND = 5  # pixels of the square whose mean is no detail
BLOCK = 500  # pictures compared with all others at a time: 34 MB with 17,000


@dataclass(frozen=True)
class Signatures:
    """What pictures are compared by.

    Attributes:
        bits: float32 (n, 64), the difference hash as -1 and 1.
        grey: float32 (n, 1024), thumbnails with mean 0 and length 1; zeros of an even picture.
        detail: float32 (n, 784), likewise.
    """

    bits: np.ndarray
    grey: np.ndarray
    detail: np.ndarray


def signatures(
    pixels: np.ndarray, progress: Callable[[int, int], None] | None = None
) -> Signatures:
    """The signatures of pictures, made in blocks.

    Args:
        pixels: uint8 RGB (n, height, width, 3), both sides at least 32; may be mapped from a disk.
        progress: called with pictures done and total.
    """
    blocks = []
    for start in range(0, len(pixels), BLOCK):
        blocks.append(_signatures(pixels[start : start + BLOCK]))
        if progress:
            progress(min(start + BLOCK, len(pixels)), len(pixels))
    return joined(blocks)


def joined(several: list[Signatures]) -> Signatures:
    """Signatures of several sets of pictures, one set after the other."""
    names = ("bits", "grey", "detail")
    return Signatures(
        *(np.concatenate([getattr(each, name) for each in several]) for name in names)
    )


def near_pairs(
    compared: Signatures, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """Pairs of near-duplicates.

    Args:
        compared: of all the pictures.
        progress: called with pictures done and total.

    Returns:
        a row a pair, the most alike in detail first: positions ``one`` < ``other``, ``bits`` that
        differ, correlations ``grey`` and ``detail``.
    """
    blocks = []
    total = len(compared.bits)
    for start in range(0, total, BLOCK):
        blocks.append(_near(compared, start))
        if progress:
            progress(min(start + BLOCK, total), total)
    pairs = pd.concat(blocks, ignore_index=True)
    return pairs.sort_values("detail", ascending=False, kind="stable", ignore_index=True)


def _near(compared: Signatures, start: int) -> pd.DataFrame:
    """Pairs of which one is in the block that starts here, and the other after it."""
    bits = compared.bits
    differing = (bits.shape[1] - bits[start : start + BLOCK] @ bits[start:].T) / 2
    one, other = np.nonzero(np.triu(differing <= MOST_BITS, 1))
    differing = differing[one, other].astype(int)
    one, other = one + start, other + start
    grey = _correlations(compared.grey, one, other)
    detail = _correlations(compared.detail, one, other)
    pairs = pd.DataFrame(
        {"one": one, "other": other, "bits": differing, "grey": grey, "detail": detail}
    )
    return pairs[(grey >= LEAST_GREY) & (detail >= LEAST_DETAIL)]


def _signatures(pixels: np.ndarray) -> Signatures:
    images = [Image.fromarray(each).convert("L") for each in pixels]
    small = _thumbnails(images, 9, 8)
    grey = _thumbnails(images, SIDE, SIDE)
    windows = np.lib.stride_tricks.sliding_window_view(grey, (AROUND, AROUND), axis=(1, 2))
    edge = AROUND // 2
    detail = grey[:, edge:-edge, edge:-edge] - windows.mean(axis=(-2, -1))
    brighter = small[:, :, 1:] > small[:, :, :-1]
    bits = np.where(brighter, 1, -1).astype(np.float32).reshape(len(pixels), -1)
    return Signatures(bits, _unit(grey), _unit(detail))


def _thumbnails(images: list[Image.Image], width: int, height: int) -> np.ndarray:
    box = Image.Resampling.BOX  # each value the mean of its area
    return np.stack([np.asarray(each.resize((width, height), box), np.float32) for each in images])


def _unit(values: np.ndarray) -> np.ndarray:
    """Rows with mean 0 and length 1, so that a product of two is their correlation."""
    rows = values.reshape(len(values), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-3)


def _correlations(rows: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Products of pairs of rows, some at a time: an even set has a great many."""
    products = np.empty(len(one), np.float32)
    for start in range(0, len(one), BLOCK):
        part = slice(start, start + BLOCK)
        products[part] = (rows[one[part]] * rows[other[part]]).sum(axis=1)
    return products
