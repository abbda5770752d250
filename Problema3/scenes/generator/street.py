"""The painter of streets."""

from __future__ import annotations

import numpy as np

from scenes.generator import buildings, facade, roadside, sky, terrain
from scenes.generator.brushes import Picture, blend, colour, fill, pick
from scenes.generator.noise import fractal, sample, smooth
from scenes.generator.palette import ASPHALT, LAMP
from scenes.generator.terrain import Grid, View


def paint(picture: Picture) -> None:
    """A road between two rows of facades that run to one vanishing point; cars, lamps, people."""
    rng, light, side = picture.rng, picture.light, picture.side
    horizon = side * rng.uniform(0.42, 0.66)
    vanishing = rng.uniform(0.3, 0.7)
    sky.paint(picture, horizon)
    eye = rng.uniform(1.5, 4.5)
    near = eye * side / (side - horizon) * 0.8
    view = View(side, horizon, eye, near, 260, rng.uniform(0.9, 1.4), vanishing)
    road, walk = rng.uniform(2.2, 6), rng.uniform(1.2, 3)
    grid = view.grid()
    colours = _pavement(picture, grid, road)
    terrain.draw(picture, view, np.zeros_like(grid.ahead), colours, 180 / (0.3 + light.haze))
    if rng.random() < 0.5:  # what closes the view
        buildings.towers(picture, horizon + 1, 0.5 + 0.3 * light.haze)
    for sign in (-1, 1):
        _houses(picture, view, sign, road + walk)
    for far, what, across in _things(rng, road, walk):
        if far > view.near * 1.1:
            roadside.PAINTERS[what](picture, view, across, far)


def _things(rng: np.random.Generator, road: float, walk: float) -> list[tuple[float, str, float]]:
    """What stands in the street, the farthest first: metres ahead, its kind, metres across.

    ``road`` is half the road's width and ``walk`` the sidewalk's width, in metres.
    """
    things = []
    for sign in (-1, 1):
        if rng.random() < 0.7:
            gap = rng.uniform(7, 16)
            kind = "tree" if rng.random() < 0.4 else "lamp"
            places = np.arange(rng.uniform(6, 12), 90, gap)
            things += [(far, kind, sign * (road + 0.5)) for far in places]
        if rng.random() < 0.6:
            places = np.arange(rng.uniform(7, 14), 90, rng.uniform(6, 12))
            parked = sign * (road - 1.0)
            things += [(far, "car", parked) for far in places if rng.random() < 0.75]
    for _ in range(int(rng.integers(0, 5))):
        things.append((rng.uniform(9, 60), "car", rng.choice([-1, 1]) * road * 0.4))
    for _ in range(int(rng.integers(0, 9))):
        far, sign = rng.uniform(6, 40), rng.choice([-1, 1])
        things.append((far, "person", sign * rng.uniform(road, road + walk)))
    return sorted(things, reverse=True)


def _pavement(picture: Picture, grid: Grid, road: float) -> np.ndarray:
    """Lit colours (DEPTHS, side, 3) of road, kerbs, sidewalks and markings."""
    rng, light, (across, ahead) = picture.rng, picture.light, grid
    tile = fractal(rng, 256, 1.0, 3)
    grain = sample(tile, across * 30, ahead * 20)
    base = pick(rng, ASPHALT)
    if rng.random() < 0.25:  # cobbles
        rowed = np.mod(np.floor(ahead * 3), 2) * 0.5
        joint = np.minimum(
            np.abs(np.mod(across * 3 + rowed, 1) - 0.5), np.abs(np.mod(ahead * 3, 1) - 0.5)
        )
        grain = grain * 0.6 + smooth(joint, 0.0, 0.12) * 1.5 * np.exp(-ahead / 15)
    colours = base * (1 + 0.10 * grain[..., None])
    sidewalk = pick(rng, ASPHALT[1:]) * 1.1 * (1 + 0.06 * grain[..., None])
    colours = blend(colours, smooth(np.abs(across), road, road + 0.08), sidewalk)
    kerb = np.exp(-(((np.abs(across) - road - 0.1) / 0.12) ** 2))
    colours = blend(colours, kerb * 0.8, colour(0.66, 0.65, 0.62))
    colours = _markings(rng, grid, colours, road)
    sun = np.full_like(ahead, 0.75)
    if rng.random() < 0.5:  # the houses' shadow
        edge = -road * rng.uniform(-0.8, 0.8)
        sun = 0.1 + 0.75 * smooth(across * -np.sign(light.side), edge, road)
    lit = colours * (light.shade + sun[..., None] * (light.sun - light.shade))
    if light.dark:
        glow = np.exp(-(((np.mod(ahead, 14) - 7) / 4) ** 2)) * np.exp(
            -(((np.abs(across) - road) / 3) ** 2)
        )
        lit = lit + (glow * 0.35)[..., None] * LAMP * colours
    return lit.astype(np.float32)


def _markings(rng: np.random.Generator, grid: Grid, colours: np.ndarray, road: float) -> np.ndarray:
    """The road's colours with a middle line and a zebra crossing, at times."""
    across, ahead = grid
    if rng.random() < 0.7:
        paint = colour(0.92, 0.92, 0.86) if rng.random() < 0.7 else colour(0.9, 0.75, 0.2)
        whole = rng.random() < 0.3
        dashes = np.ones_like(ahead) if whole else np.mod(ahead + rng.random() * 8, 7) < 3.2
        line = (np.abs(across) < 0.1 + ahead * 0.0012) * dashes
        colours = blend(colours, line * 0.9, paint)
    if rng.random() < 0.3:
        stripes = (np.mod(across + 50, 1) < 0.5) * (np.abs(across) < road)
        zebra = (np.abs(ahead - rng.uniform(6, 14)) < 1.4) * stripes
        colours = blend(colours, zebra * 0.9, colour(0.93, 0.93, 0.9))
    return colours


def _houses(picture: Picture, view: View, sign: int, wall: float) -> None:
    """Facades along one side, the farthest first.

    Args:
        picture: what they are painted on.
        view: the camera in the street.
        sign: -1 for the left side, 1 for the right one.
        wall: metres from the middle of the road to the facades.
    """
    rng, light, canvas = picture.rng, picture.light, picture.canvas
    edges = [rng.uniform(2.2, 4)]
    while edges[-1] < 130:
        edges.append(edges[-1] + rng.uniform(7, 24))
    heights = np.clip(rng.uniform(5, 20) * np.exp(rng.normal(0, 0.3, len(edges))), 4, 45)
    facing = 0.85 if sign * light.side < 0 else 0.25
    x, depth = sign * wall, sign * (wall + 12)
    for k in range(len(edges) - 2, -1, -1):
        near, far, tall = edges[k], edges[k + 1], heights[k]
        if rng.random() < 0.07:  # a gap between houses
            continue
        floors, bays = max(2, round(tall / 3)), max(2, round((far - near) / 2.4))
        texture = facade.draw(picture, floors, bays, rng.random() < 0.6)
        haze = 1 - np.exp(-near / 180 * (0.3 + light.haze))
        texture = facade.hazy(facade.lit(texture, light, facing), light, haze)
        # the front of the next house shows above a lower neighbour nearer to the camera
        end = view.points((x, tall, near), (depth, tall, near), (depth, 0, near), (x, 0, near))
        fill(canvas, end, texture.reshape(-1, 3).mean(axis=0) * 0.85)
        corners = view.points((x, tall, near), (x, tall, far), (x, 0, far), (x, 0, near))
        facade.hang(canvas, texture, corners)
