"""The painter of glaciers."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from scenes.generator import mountain, sky, terrain, water
from scenes.generator.brushes import Picture, blend, fill, over, pick
from scenes.generator.light import shaded
from scenes.generator.noise import fractal, profile, sample, smooth
from scenes.generator.palette import ICE, ROCK
from scenes.generator.terrain import View


def paint(picture: Picture) -> None:
    """A river of cracked ice between slopes, a wall of ice over water, or icebergs."""
    rng, side = picture.rng, picture.side
    kind = rng.choice(("river", "wall", "icebergs"), p=(0.4, 0.38, 0.22))
    horizon = side * (rng.uniform(0.3, 0.5) if kind == "river" else rng.uniform(0.4, 0.68))
    sky.paint(picture, horizon)
    if kind == "river":
        _river(picture, horizon)
        return
    eye = rng.uniform(4, 14)
    view = View(side, horizon, eye, eye * side / (side - horizon) * 0.85, eye * 250)
    grid = view.grid()
    if rng.random() < 0.7:
        _mountains_behind(picture, horizon)
    colours = water.surface(picture, grid, eye, rough=0.35, mirror=0.8)
    terrain.draw(picture, view, np.zeros_like(grid.ahead), colours, eye * 200)
    if kind == "wall":
        _wall(picture, horizon)
        floes = int(rng.integers(4, 28))
    else:
        floes = int(rng.integers(2, 9))
        for _ in range(int(rng.integers(1, 4))):
            _iceberg(picture, view, eye * rng.uniform(5, 18), rng.uniform(0.14, 0.4))
    for ahead in np.sort(eye * rng.uniform(1.3, 12, floes))[::-1]:
        _iceberg(picture, view, ahead, rng.uniform(0.02, 0.16) * 4 * eye / ahead)


def _mountains_behind(picture: Picture, horizon: float) -> None:
    """Mountains far behind, mostly white."""
    rng, light = picture.rng, picture.light
    view = View(picture.side, horizon, 60, 2000, 16_000)
    tall = view.far * rng.uniform(0.08, 0.2)
    height, detail = mountain.massif(rng, view, 4000, tall)
    sun = terrain.lambert(height, view.grid(), light)
    colours = mountain.slopes(picture, height, tall, sun, detail, rng.uniform(0.0, 0.5))
    terrain.draw(picture, view, height, colours, 20_000 / (0.35 + 1.6 * light.haze))


def _river(picture: Picture, horizon: float) -> None:
    """A valley full of ice: crevasses cross it and bend with its flow, moraines run along it."""
    rng, light, side = picture.rng, picture.light, picture.side
    wide = rng.uniform(0.9, 1.4)
    view = View(side, horizon, 130, 130 * 0.8 * side / (side - horizon) / wide, 12_000, wide)
    across, ahead = grid = view.grid()
    tall = view.far * rng.uniform(0.1, 0.2) * view.width
    height, detail = mountain.massif(rng, view, 300, tall)
    wave = np.sin(ahead / rng.uniform(2000, 5000) + rng.uniform(0, 6))
    bend = wave * ahead * rng.uniform(0, 0.25)
    half = rng.uniform(350, 900) + ahead * rng.uniform(0.05, 0.16)  # the river's half width
    inside = np.abs(across - bend) / half
    ice = 1 - smooth(inside + 0.08 * detail, 0.88, 1.0)
    height = height * smooth(inside, 0.9, 2.2)
    tile = fractal(rng, 256, 1.3, 3)
    coarse = rng.uniform(0.6, 1.6)
    arc = ahead + (inside**2) * half * 0.35
    torn = sample(tile, across / 16 / coarse, arc / 4 / coarse)
    broad = sample(tile, across / 34 / coarse + 60, arc / 11 / coarse)
    cracks = smooth(1 - np.abs(torn) * 1.9, 0.3, 0.9) * smooth(broad, -1.0, 0.3)
    gaps = smooth(1 - np.abs(broad) * 2.6, 0.5, 1)
    height = height + ice * (14 * coarse * (broad * 0.7 - cracks - gaps) + 0.035 * ahead)
    sun = terrain.lambert(height, grid, light)
    rock = mountain.slopes(picture, height, tall, sun, detail, rng.uniform(0.05, 0.9))
    white = pick(rng, ICE, 0.03)
    blue = pick(rng, ((0.20, 0.50, 0.72), (0.28, 0.58, 0.74), (0.30, 0.42, 0.50)))
    depth = np.clip(cracks * 0.9 + gaps * 0.8, 0, 1)
    base = blend(np.broadcast_to(white, rock.shape), depth, blue * 0.85)
    if rng.random() < 0.5:
        for at in rng.uniform(-0.7, 0.7, int(rng.integers(1, 4))):
            line = np.exp(-((((across - bend) / half - at) / 0.05) ** 2))
            base = blend(base, line * smooth(detail, -1, 0.5) * 0.8, pick(rng, ROCK) * 0.7)
    lit = shaded(base, np.clip(0.1 + sun * 0.85, 0, 1), light) * 0.92
    terrain.draw(picture, view, height, blend(rock, ice, lit), 22_000 / (0.35 + 1.6 * light.haze))


def _wall(picture: Picture, horizon: float) -> None:
    """The front of a glacier that ends in the water, its reflection, and its back above it."""
    rng, canvas, side = picture.rng, picture.canvas, picture.side
    low = horizon + side * rng.uniform(0.02, 0.14)
    tall = side * rng.uniform(0.14, 0.42)
    rows, (top, foot) = picture.rows, _wall_outline(picture, low, tall)
    wall, back = _wall_colours(picture, top, foot)
    reflected = np.clip(rows - foot, 0, 1) * np.exp(-np.maximum(rows - foot, 0) / (tall * 0.6))
    upside = np.clip(2 * foot - rows, 0, side - 1)
    mirror = cv2.remap(
        wall.astype(np.float32),
        np.broadcast_to(picture.columns, (side, side)).astype(np.float32),
        upside.astype(np.float32),
        cv2.INTER_LINEAR,
    )
    over(canvas, reflected * 0.5, mirror)
    ridge = top - side * rng.uniform(0.0, 0.1)
    over(canvas, np.clip(rows - ridge, 0, 1) * np.clip(top - rows + 1, 0, 1) * 0.9, back)
    over(canvas, np.clip(rows - top, 0, 1) * np.clip(foot - rows, 0, 1), wall)


def _wall_outline(picture: Picture, low: float, tall: float) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the wall's broken top and of its foot in each column: (1, side) each."""
    rng, side = picture.rng, picture.side
    slant = rng.normal(0, 0.25)
    share = picture.columns / side - 0.5
    peaks = np.abs(profile(rng, side, 1.2, 4)) * 0.05 + profile(rng, side, 1.7) * 0.06
    steps = np.repeat(rng.normal(0, 0.02, side // 8 + 1), 8)[:side]
    top = low - tall * (1 + slant * share * 2 + peaks[None] + steps[None])
    return top, low + side * 0.015 * profile(rng, side, 1.2, 3)[None]


def _wall_colours(
    picture: Picture, top: np.ndarray, foot: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lit colours of the wall, in columns with cracks, and of the ice behind it, for a canvas."""
    rng, light, rows, columns = picture.rng, picture.light, picture.rows, picture.columns
    tile = fractal(rng, 256, 1.2, 3)
    thin = rng.uniform(1.2, 2.6)
    fluted = sample(tile, columns * thin + rows * 0.12, rows * 0.22)
    blocks = sample(tile, columns * thin * 0.4 + 30, rows * 0.4)
    cracks = smooth(1 - np.abs(fluted) * 2.4, 0.3, 1) * smooth(blocks, -1.2, 0.6)
    slope = np.gradient(fluted + blocks, axis=1) * light.side
    white = pick(rng, ICE, 0.03)
    blue = pick(rng, ((0.25, 0.55, 0.75), (0.35, 0.62, 0.76), (0.38, 0.48, 0.55)))
    depth = np.clip((rows - top) / np.maximum(foot - top, 1), 0, 1)
    blueness = np.clip(0.25 * depth + 0.75 * cracks, 0, 1)
    base = blend(np.broadcast_to(white, picture.canvas.shape), blueness, blue)
    sun = np.clip(0.6 + slope * 0.5 + 0.12 * blocks - 0.15 * depth, 0, 1)
    back = shaded(white * (0.95 + 0.06 * blocks[..., None]), np.full(blocks.shape, 0.6), light)
    return shaded(base, sun, light), back


def _iceberg(picture: Picture, view: View, ahead: float, wide: float) -> None:
    """A floating block: facets of ice, lit from one side, with a blue foot and a reflection.

    Args:
        picture: what it is painted on.
        view: the camera over the water.
        ahead: metres to the block.
        wide: its width as a share of the canvas.
    """
    rng, light, canvas, side = picture.rng, picture.light, picture.canvas, picture.side
    x, y = rng.uniform(-0.05, 1.05) * side, float(view.row(0, ahead))
    half = wide * side / 2
    tall = half * rng.uniform(0.4, 1.5)
    corners = int(rng.integers(4, 8))
    across = np.sort(rng.uniform(-1, 1, corners))
    across[0], across[-1] = -1, 1
    up = rng.uniform(0.25, 1, corners) * (1 - 0.5 * np.abs(across))
    up[[0, -1]] = 0.05
    ridge = np.stack([x + across * half, y - up * tall], axis=1)
    white, blue = pick(rng, ICE, 0.03), pick(rng, ((0.35, 0.62, 0.78), (0.45, 0.66, 0.76)))
    low = rng.uniform(-0.2, 0.2)
    mirror = [(px, y + (y - py) * 0.6) for px, py in ridge]
    fill(canvas, mirror, shaded(white, np.array(0.4, np.float32), light), 0.35)
    for (ax, ay), (bx, by) in itertools.pairwise(ridge):
        facing = (by - ay) / (abs(bx - ax) + 1e-3) * np.sign(light.side)
        bright = np.clip(0.55 + 0.35 * np.tanh(facing) + rng.normal(0, 0.08), 0, 1)
        sun = np.array(bright, np.float32)
        foot = [(bx + low * half * 0.2, y + 1), (ax + low * half * 0.2, y + 1)]
        base = white + (0.2 + 0.3 * (bright < 0.45)) * (blue - white)
        fill(canvas, [(ax, ay), (bx, by), *foot], shaded(base, sun, light))
