"""Trees: firs, balls of leaves, and the texture of foliage."""

from __future__ import annotations

import cv2
import numpy as np

from scenes.generator.brushes import Picture, box, fill, over, pick
from scenes.generator.light import Colour, shaded
from scenes.generator.noise import fractal, smooth
from scenes.generator.palette import PARK_LEAVES


def foliage(rng: np.random.Generator, side: int, size: float = 1.0) -> np.ndarray:
    """Clumps of leaves of a relative size: brightness (side, side) around 1, with dark gaps."""
    clumps = fractal(rng, side, 1.3, 4)
    dots = rng.normal(0, 1, (side, side)).astype("f4")
    leaves = np.asarray(cv2.GaussianBlur(dots, (0, 0), 1.2 * size))
    return np.clip(0.75 + 0.25 * clumps + 0.28 * (leaves / leaves.std()), 0.1, 1.8)


def firs(
    picture: Picture, foot: float, tall: float, count: int, leaf: Colour, far: float = 0.0
) -> None:
    """A row of firs across the canvas.

    Args:
        picture: what they are painted on.
        foot: the row in which they stand, about.
        tall: their height in pixels, about.
        count: how many.
        leaf: their colour.
        far: from 0 (near) to 1 (lost in the haze).
    """
    rng = picture.rng
    for x in rng.uniform(-0.05, 1.05, count) * picture.side:
        height = tall * rng.uniform(0.6, 1.25)
        low = foot + rng.normal(0, 0.06) * tall
        _fir(picture, (x, low), height, leaf, far)


def _fir(
    picture: Picture, place: tuple[float, float], height: float, leaf: Colour, far: float
) -> None:
    """One fir: tiers of branches that end in points, over a short trunk."""
    rng, light, canvas = picture.rng, picture.light, picture.canvas
    x, low = place
    tiers = int(np.clip(height / 5, 4, 14))
    half = height * rng.uniform(0.15, 0.26)
    up = np.linspace(0.06, 1, tiers)
    left, right = [], []
    for k in range(tiers - 1):
        reach = half * (1 - up[k]) * rng.uniform(0.8, 1.2)
        inner = half * (1 - up[k + 1]) * 0.55
        left += [(x - reach, low - up[k] * height), (x - inner, low - up[k + 1] * height)]
        right += [(x + reach, low - up[k] * height), (x + inner, low - up[k + 1] * height)]
    outline = [*left, (x, low - height * 1.03), *right[::-1]]
    trunk = [
        (x - half * 0.08, low + 0.05 * height),
        (x + half * 0.08, low + 0.05 * height),
        (x, low - height * 0.3),
    ]
    fill(canvas, trunk, leaf * 0.3 * light.shade)
    down, along = box(picture.side, outline)
    columns = picture.columns[:, along]
    sun = np.clip(0.5 + (columns - x) / half * 0.5 * light.side, 0, 1)
    tone = leaf * rng.uniform(0.75, 1.15)
    needles = rng.uniform(0.7, 1.2, (down.stop - down.start, along.stop - along.start, 1))
    tree = shaded(tone * needles, sun, light)
    fill(canvas, outline, tree + far * (light.horizon - tree))


def ball(picture: Picture, x: float, y: float, radius: float) -> None:
    """A ball of leaves around a point, as trees and bushes in a town have; in pixels."""
    rng, light = picture.rng, picture.light
    reach = 1.3 * radius
    down, along = box(picture.side, [(x - reach, y - reach), (x + reach, y + reach)])
    part = picture.canvas[down, along]
    if not part.size:
        return
    leaf = pick(rng, PARK_LEAVES)
    texture = fractal(rng, 256, 1.0, 6)[: part.shape[0], : part.shape[1]]
    rows = (picture.rows[down] - y) / radius
    columns = (picture.columns[:, along] - x) / radius
    sun = np.clip(0.45 + 0.4 * columns * light.side - 0.3 * rows, 0, 1)
    tree = shaded(leaf * (1 + 0.22 * texture[..., None]), sun, light)
    over(part, 1 - smooth(np.hypot(columns, rows * 1.05) + 0.13 * texture, 0.82, 1.08), tree)
