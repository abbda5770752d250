"""A picture in the making, and the ways to lay colour on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scenes.generator.light import Colour, Light

Points = np.ndarray | Sequence[tuple[float, float]]  # (n, 2): x (column) and y (row) in pixels


@dataclass(frozen=True)
class Picture:
    """What a painter works on.

    Attributes:
        canvas: float32 RGB (side, side, 3), which the painter changes in place.
        light: the hour and the weather.
        rng: decides everything in the picture. The order of its numbers is part of the picture:
            another order gives other pictures for the same seeds.
    """

    canvas: np.ndarray
    light: Light
    rng: np.random.Generator

    @classmethod
    def blank(cls, rng: np.random.Generator, side: int) -> Picture:
        """An empty canvas under a random light."""
        return cls(np.zeros((side, side, 3), np.float32), Light.random(rng), rng)

    @property
    def side(self) -> int:
        """Pixels of the canvas, across and down."""
        return len(self.canvas)

    @property
    def rows(self) -> np.ndarray:
        """The number of each row: float32 (side, 1)."""
        return np.arange(self.side, dtype=np.float32)[:, None]

    @property
    def columns(self) -> np.ndarray:
        """The number of each column: float32 (1, side)."""
        return np.arange(self.side, dtype=np.float32)[None]


def colour(*rgb: float) -> Colour:
    """Red, green and blue, from 0 to about 1."""
    return np.array(rgb, np.float32)


def pick(rng: np.random.Generator, palette: tuple, spread: float = 0.05) -> Colour:
    """A mixture of two of the palette's colours (perhaps twice the same), a little changed."""
    first, second = (np.array(palette[i], np.float32) for i in rng.integers(len(palette), size=2))
    mixed = first + (second - first) * rng.random()
    return np.clip(mixed + rng.normal(0, spread, 3), 0.01, 1).astype(np.float32)


def over(canvas: np.ndarray, mask: np.ndarray, paint: np.ndarray) -> None:
    """Lay paint over a canvas, or a part of one, in place.

    Args:
        canvas: (height, width, 3).
        mask: (height, width), from 0 nothing to 1 opaque.
        paint: a colour, or one a pixel (height, width, 3).
    """
    canvas += mask[..., None] * (paint - canvas)


def blend(base: np.ndarray, mask: np.ndarray, paint: np.ndarray) -> np.ndarray:
    """Colours (…, 3) with paint where a mask (…) of any shape says, as a new array."""
    return base + mask[..., None] * (paint - base)


def box(side: int, points: Points) -> tuple[slice, slice]:
    """Rows and columns of the canvas that a polygon touches; empty ones if it lies outside."""
    corners = _within_reach(side, points)
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - 1, 0, side)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 2, 0, side)
    return slice(top, bottom), slice(left, right)


def fill(canvas: np.ndarray, points: Points, paint: np.ndarray, strength: float = 1.0) -> None:
    """Fill a polygon with soft edges.

    Args:
        canvas: (side, side, 3), changed in place.
        points: the corners; they may lie outside.
        paint: a colour, or the colours of the polygon's :func:`box`.
        strength: from 0 nothing to 1 opaque.
    """
    corners = _within_reach(len(canvas), points)
    down, across = box(len(canvas), corners)
    part = canvas[down, across]
    if not part.size:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    sixteenths = np.round((corners - (across.start, down.start)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [sixteenths], 255, cv2.LINE_AA, 4)
    over(part, mask.astype(np.float32) * np.float32(strength / 255), paint)


def _within_reach(side: int, points: Points) -> np.ndarray:
    """Corners at most eight canvases away, since OpenCV's coordinates are limited."""
    return np.clip(np.asarray(points, np.float32), -8 * side, 8 * side)
