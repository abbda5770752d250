"""The painter of buildings; the street's painter closes its view with the same towers."""

from __future__ import annotations

import cv2
import numpy as np

from scenes.generator import facade, sky, trees
from scenes.generator.brushes import Picture, fill, over, pick
from scenes.generator.noise import fractal, sample
from scenes.generator.palette import ASPHALT, PARK_BARK, ROOF_TILES


def paint(picture: Picture) -> None:
    """A tower seen from its corner, a skyline, a facade that fills the picture, or a house."""
    kind = picture.rng.choice(4, p=(0.4, 0.25, 0.15, 0.2))
    (_corner, _skyline, _front, _house)[kind](picture)


def _corner(picture: Picture) -> None:
    """Two sides of a building meet at an edge; both recede, and lean when seen from below."""
    rng, light, side = picture.rng, picture.light, picture.side
    sky.paint(picture, side * 0.95)
    if rng.random() < 0.5:
        towers(picture, side * rng.uniform(0.5, 0.8), 0.35 + 0.4 * light.haze)
    edge = rng.uniform(0.25, 0.75) * side
    eye = rng.uniform(0.6, 1.05) * side  # the horizon's row
    top, foot = rng.uniform(-0.15, 0.3) * side, rng.uniform(0.92, 1.25) * side
    lean = rng.uniform(-0.02, 0.16)
    floors = int(rng.integers(4, 15))
    for sign in (-1, 1):
        reach = rng.uniform(0.3, 0.9) * side
        shrink = rng.uniform(0.35, 0.85)
        far = edge + sign * reach
        far_top, far_foot = eye + (top - eye) * shrink, eye + (foot - eye) * shrink
        bays = max(2, int(floors * reach / (foot - top) * rng.uniform(0.7, 1.6) / shrink))
        texture = facade.draw(picture, floors, min(bays, 24), rng.random() < 0.3)
        facing = 0.85 if sign * light.side > 0 else 0.2
        inner = [(edge + lean * (side / 2 - edge), top), (edge, foot)]
        outer = [(far + lean * (side / 2 - far), far_top), (far, far_foot)]
        left, right = (inner, outer) if sign > 0 else (outer, inner)
        corners = [left[0], right[0], right[1], left[1]]
        facade.hang(picture.canvas, facade.lit(texture, light, facing), corners)
    if rng.random() < 0.4:
        _greenery(picture, side * rng.uniform(0.85, 0.97))


def towers(picture: Picture, base: float, far: float) -> None:
    """A row of towers of different height, some with a roof or a mast.

    Args:
        picture: what they are painted on.
        base: the row in which they stand.
        far: from 0 (near) to 1 (lost in the haze).
    """
    rng, light, side = picture.rng, picture.light, picture.side
    x = -rng.uniform(0, 0.1) * side
    while x < side:
        wide = side * rng.uniform(0.07, 0.2)
        top = base - side * rng.uniform(0.1, 0.55)
        floors, bays = int(rng.integers(5, 20)), int(rng.integers(3, 9))
        texture = facade.lit(facade.draw(picture, floors, bays), light, rng.uniform(0.2, 0.9))
        texture = facade.hazy(texture, light, far)
        corners = [(x, top), (x + wide, top), (x + wide, base), (x, base)]
        facade.hang(picture.canvas, texture, corners)
        roof = rng.random()
        shade = texture[0].mean(axis=0)
        if roof < 0.25:
            peak = (x + wide / 2, top - wide * rng.uniform(0.2, 0.8))
            fill(picture.canvas, [(x, top), peak, (x + wide, top)], shade * 0.8)
        elif roof < 0.45:
            tip = (x + wide * 0.5, top - side * 0.1)
            mast = [(x + wide * 0.48, top), tip, (x + wide * 0.52, top)]
            fill(picture.canvas, mast, shade * 0.7)
        x += wide * rng.uniform(0.75, 1.25)


def _skyline(picture: Picture) -> None:
    """Two rows of towers over water that mirrors them, or over a street with trees."""
    rng, light, canvas, side = picture.rng, picture.light, picture.canvas, picture.side
    base = side * rng.uniform(0.72, 0.95)
    sky.paint(picture, base)
    towers(picture, base, min(0.75, 0.3 + 0.4 * light.haze))
    towers(picture, base + side * 0.02, 0.15 * light.haze)
    rows = picture.rows
    ground = np.repeat(np.clip(rows - base, 0, 1), side, axis=1)
    if rng.random() < 0.4:  # water that mirrors the towers
        mirror = canvas[np.clip(2 * int(base) - np.arange(side), 0, side - 1)]
        noise = sample(fractal(rng, 256, 1.2, 4), np.arange(side)[None] * 0.6, rows * 4)
        ripple = 0.75 + 0.1 * noise[..., None]
        over(canvas, ground, cv2.GaussianBlur(mirror, (0, 0), 1.5) * ripple)
    else:
        over(canvas, ground, pick(rng, ASPHALT) * light.shade * 1.3)
        _greenery(picture, base + side * 0.02)


def _front(picture: Picture) -> None:
    """One facade fills the picture, a little turned."""
    rng, light, side = picture.rng, picture.light, picture.side
    sky.paint(picture, side)
    floors, bays = int(rng.integers(3, 10)), int(rng.integers(3, 11))
    texture = facade.draw(picture, floors, bays, rng.random() < 0.3)
    turn, tilt = rng.normal(0, 0.18, 2)
    corners = np.array([(-0.1, -0.1), (1.1, -0.1), (1.1, 1.1), (-0.1, 1.1)])
    corners[[0, 3], 1] = 0.5 + (corners[[0, 3], 1] - 0.5) * (1 + turn)
    corners[[1, 2], 1] = 0.5 + (corners[[1, 2], 1] - 0.5) * (1 - turn)
    corners[[0, 1], 0] = 0.5 + (corners[[0, 1], 0] - 0.5) * (1 - abs(tilt))
    if rng.random() < 0.4:
        corners[[0, 1], 1] += rng.uniform(0.1, 0.35)
    texture = facade.lit(texture, light, rng.uniform(0.3, 0.9))
    facade.hang(picture.canvas, texture, corners * side)


def _house(picture: Picture) -> None:
    """A low building with a front, a receding flank and a roof, on grass or pavement."""
    rng, light, canvas, side = picture.rng, picture.light, picture.canvas, picture.side
    base = side * rng.uniform(0.7, 0.9)
    sky.paint(picture, base)
    ground = pick(rng, (*ASPHALT, (0.35, 0.42, 0.2), (0.3, 0.4, 0.18)))
    noise = fractal(rng, side, 1.0, 4)[..., None]
    mask = np.repeat(np.clip(picture.rows - base + side * 0.04, 0, 1), side, 1)
    over(canvas, mask, ground * (0.4 * light.shade + 0.5 * light.sun) * (1 + 0.1 * noise))
    wide, tall = side * rng.uniform(0.45, 0.9), side * rng.uniform(0.25, 0.5)
    x = rng.uniform(0.0, 1.0) * (side - wide)
    floors = int(rng.integers(2, 5))
    main = wide * rng.uniform(0.45, 0.75)
    vanish = rng.uniform(0.75, 0.92)
    front = facade.draw(picture, floors, int(rng.integers(3, 8)), rng.random() < 0.3)
    flank = facade.draw(picture, floors, int(rng.integers(2, 5)))
    front = facade.lit(front, light, 0.85 if light.side < 0 else 0.3)
    flank = facade.lit(flank, light, 0.85 if light.side > 0 else 0.3)
    top, eye = base - tall, base - tall * 0.3
    far_top, far_base = eye + (top - eye) * vanish, eye + (base - eye) * vanish
    edge, end = x + main, x + wide
    facade.hang(canvas, front, [(x, top), (edge, top), (edge, base), (x, base)])
    facade.hang(canvas, flank, [(edge, top), (end, far_top), (end, far_base), (edge, base)])
    tile = pick(rng, ROOF_TILES)
    peak = top - side * rng.uniform(0.06, 0.22)
    if rng.random() < 0.7:
        gable = (x + main * 0.9, peak)
        lit = [(x - 4, top), (x + main * 0.25, peak), gable, (edge + 3, top)]
        far_peak = (x + wide * 0.95, far_top + (peak - top) * 0.8)
        shady = [(edge + 3, top), gable, far_peak, (end + 3, far_top)]
        fill(canvas, lit, tile * (light.shade + 0.6 * (light.sun - light.shade)))
        fill(canvas, shady, tile * light.shade * 1.1)
    if rng.random() < 0.6:
        _greenery(picture, base + side * 0.05)


def _greenery(picture: Picture, base: float) -> None:
    """Round trees and bushes at the foot of buildings."""
    rng, side = picture.rng, picture.side
    for _ in range(int(rng.integers(1, 7))):
        x, radius = rng.uniform(0, 1) * side, side * rng.uniform(0.04, 0.11)
        y = base - radius * rng.uniform(0.5, 1.6)
        trunk = [(x - 1.5, base + 2), (x + 1.5, base + 2), (x + 1, y), (x - 1, y)]
        fill(picture.canvas, trunk, PARK_BARK * picture.light.sun)
        trees.ball(picture, x, y, radius)
