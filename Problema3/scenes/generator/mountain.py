"""The painter of mountains; the glacier's painter uses their heights and colours too."""

from __future__ import annotations

import numpy as np

from scenes.generator import sky, terrain, trees, water
from scenes.generator.brushes import Picture, blend, pick
from scenes.generator.light import shaded
from scenes.generator.noise import fractal, profile, sample, smooth
from scenes.generator.palette import GRASS, LEAVES, ROCK, SNOW
from scenes.generator.terrain import Grid, View


def paint(picture: Picture) -> None:
    """Peaks with relief, snow and haze behind a meadow, a forest's edge or a lake."""
    rng, light, side = picture.rng, picture.light, picture.side
    horizon = side * rng.uniform(0.55, 0.8)
    sky.paint(picture, horizon)
    wide = rng.uniform(0.8, 1.5)
    near = 60 * 0.8 * side / (side - horizon) / wide  # just below the picture's edge
    view = View(side, horizon, 60, near, 12_000, wide)
    grid = view.grid()
    tall = view.far * rng.uniform(0.16, 0.34) * view.width
    start = rng.uniform(1500, 4500)
    height, detail = massif(rng, view, start, tall)
    meadow = sample(fractal(rng, 256, 1.7, 2), grid.across / 6, grid.ahead / 6)
    foreground = 1 - smooth(grid.ahead, start * 0.6, start * 1.3)
    height = height + foreground * 9 * np.maximum(meadow + 0.5, 0)
    sun = terrain.lambert(height, grid, light)
    snowline = rng.choice([rng.uniform(0.0, 0.35), rng.uniform(0.35, 0.8), 1.5])
    colours = slopes(picture, height, tall, sun, detail, snowline)
    fine = sample(fractal(rng, 256, 1.1, 4), grid.across / 2, grid.ahead / 2)
    ground = pick(rng, GRASS + ROCK[:2]) * (1 + 0.18 * fine[..., None] + 0.15 * meadow[..., None])
    if snowline < 0.1 and rng.random() < 0.7:
        ground = SNOW * (0.9 + 0.05 * fine[..., None])
    colours = blend(colours, foreground, shaded(ground, sun, light))
    if rng.random() < 0.3:
        colours, height = _lake(picture, grid, colours, height, start)
    terrain.draw(picture, view, height, colours, 26_000 / (0.35 + 1.6 * light.haze))
    if rng.random() < 0.4:
        foot, size = horizon + side * rng.uniform(0.02, 0.12), side * rng.uniform(0.05, 0.12)
        leaf = pick(rng, LEAVES[:3])
        trees.firs(picture, foot, size, int(side / size * rng.uniform(2, 4)), leaf)


def massif(
    rng: np.random.Generator, view: View, start: float, tall: float
) -> tuple[np.ndarray, np.ndarray]:
    """Mountains on a view's grid.

    Args:
        rng: decides their shape.
        view: the camera.
        start: metres ahead at which they begin to rise.
        tall: metres that an ordinary crest reaches.

    Returns:
        heights in metres and the noise of the rock's surface, float32 (DEPTHS, side) each.
    """
    across, ahead = view.grid()
    tile = fractal(rng, 512, rng.uniform(2.2, 2.5), 2)
    detail = fractal(rng, 512, 1.9, 16)
    scale = 512 / (view.far * rng.uniform(1.3, 2.4))
    x, y = across * scale + rng.uniform(0, 512), ahead * scale + rng.uniform(0, 512)
    # Noise folded at zero has sharp upper lines, as eroded mountains have.
    crest = np.clip(1 - np.abs(sample(tile, x, y)) * 0.8, -0.8, 1)
    broad = sample(tile, x * 0.37 + 77, y * 0.37)
    rise = smooth(ahead, start, start * 2.6)
    peaks = tall * rise * (0.45 + 0.55 * crest + 0.28 * broad)
    peaks += tall * 0.010 * sample(detail, x, y) * rise
    return np.maximum(peaks, 0).astype(np.float32), sample(detail, x * 3, y * 3)


def slopes(
    picture: Picture,
    height: np.ndarray,
    tall: float,
    sun: np.ndarray,
    detail: np.ndarray,
    snowline: float,
) -> np.ndarray:
    """Lit colours of mountains: rock, snow on what is high and not steep, plants below.

    Args:
        picture: its light and random numbers are used.
        height, tall, detail: of :func:`massif`.
        sun: from :func:`scenes.generator.terrain.lambert`.
        snowline: where snow begins, as a share of ``tall``; from 1.5 on there is none.

    Returns:
        (DEPTHS, side, 3).
    """
    rng = picture.rng
    rock = pick(rng, ROCK) * (1 + 0.14 * detail[..., None])
    plants = pick(rng, GRASS) * (1 + 0.2 * detail[..., None])
    level = height / tall + 0.05 * detail
    base = blend(rock, 1 - smooth(level, 0.12, rng.uniform(0.25, 0.5)), plants)
    steep = np.abs(np.gradient(height, axis=1))
    steep = steep / (np.percentile(steep, 90) + 1e-6)
    snow = smooth(level - 0.10 * steep, snowline, snowline + 0.12)
    base = blend(base, snow, SNOW)
    return shaded(base, np.clip(sun * 1.35 - 0.12, 0, 1), picture.light)


def _lake(
    picture: Picture, grid: Grid, colours: np.ndarray, height: np.ndarray, start: float
) -> tuple[np.ndarray, np.ndarray]:
    """A lake between the meadow and the mountains: colours and heights with it."""
    smaller = Grid(grid.across / 12, grid.ahead / 12)
    lake = water.surface(picture, smaller, 5, rough=0.3, mirror=1.0)
    bend = profile(picture.rng, picture.side, 1.7)[None] * 60
    far_shore = smooth(grid.ahead + bend * 4, start * 0.7, start * 0.8)
    wet = smooth(grid.ahead + bend, 150, 190) * (1 - far_shore)
    return blend(colours, wet, lake * 0.85), height * (1 - wet)
