"""The painter of the sea."""

from __future__ import annotations

import numpy as np

from scenes.generator import sky, terrain, water
from scenes.generator.brushes import Picture, blend, fill, over, pick
from scenes.generator.noise import fractal, profile, sample, smooth
from scenes.generator.palette import FOAM, GRASS, ROCK, SAND, SNOW
from scenes.generator.terrain import View


def paint(picture: Picture) -> None:
    """Water to the horizon with waves in perspective; at times a beach, surf, land or a boat."""
    rng, light, side = picture.rng, picture.light, picture.side
    horizon = side * rng.uniform(0.22, 0.62)
    sky.paint(picture, horizon)
    eye = rng.uniform(2, 25)
    view = View(side, horizon, eye, eye * side / (side - horizon) * 0.85, eye * 220)
    if rng.random() < 0.4:
        _land(picture, view)
    colours = water.surface(picture, view.grid(), eye, rough=rng.uniform(0.5, 1.6))
    height = np.zeros_like(view.grid().ahead)
    if rng.random() < 0.5:
        colours, height = _breakers(picture, view, colours)
    if rng.random() < 0.45:
        colours, height = _beach(picture, view, colours, height)
    terrain.draw(picture, view, height, colours, eye * 140 / (0.3 + light.haze))
    if rng.random() < 0.3:
        _boat(picture, view)


def _breakers(picture: Picture, view: View, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines of breaking waves that come towards the camera: the water's colours and heights."""
    rng, light, eye = picture.rng, picture.light, view.height
    across, ahead = view.grid()
    line = profile(rng, view.side, 1.6)[None] * 0.25
    tile = fractal(rng, 256, 1.2, 4)
    torn = sample(tile, across * 40 / eye, ahead * 20 / eye)
    period = eye * rng.uniform(1.5, 4)
    phase = np.mod(ahead / period + line + rng.random(), 1)
    limit = rng.uniform(5, 12) * eye
    crest = np.exp(-(((phase - 0.5) / 0.16) ** 2))
    near = np.exp(-((ahead / limit) ** 2))
    foam = smooth(crest + 0.35 * torn, 0.55, 1.1) * near
    back = smooth(np.where(phase > 0.5, 1 - phase, 0) * 2.2, 0, 1) * near * 0.4
    colours = colours * (1 - back[..., None] * 0.5)
    white = FOAM * (0.25 * light.shade + 0.75 * light.sun)
    shade = 0.8 + 0.2 * np.clip(torn, -1, 1)
    height = (crest * near * eye * rng.uniform(0.04, 0.14)).astype(np.float32)
    return blend(colours, foam * 0.92, white * shade[..., None]), height


def _beach(
    picture: Picture, view: View, colours: np.ndarray, height: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sand in front, with a wet edge and a seam of foam: colours and heights with it."""
    rng, light, eye = picture.rng, picture.light, view.height
    across, ahead = view.grid()
    bend = profile(rng, view.side, 1.8)[None] * eye * rng.uniform(0.1, 0.5)
    shore = eye * rng.uniform(1.6, 3.2) + bend + across * rng.normal(0, 1.2)
    tile = fractal(rng, 256, 1.0, 4)
    grain = sample(tile, across * 60 / eye, ahead * 40 / eye)
    offset = (shore - ahead) / eye + 0.06 * grain  # positive on land
    sand = pick(rng, SAND) * (0.3 * light.shade + 0.7 * light.sun)
    wet = smooth(offset, 0.0, 0.5)[..., None]
    ground = sand * (0.55 + 0.45 * wet) * (1 + 0.07 * grain[..., None])
    colours = blend(colours, smooth(offset, -0.02, 0.03), ground)
    foam = np.exp(-((offset / rng.uniform(0.03, 0.09)) ** 2))
    white = FOAM * (0.25 * light.shade + 0.75 * light.sun)
    return blend(colours, foam * 0.9, white), height * smooth(-offset, 0, 0.5)


def _land(picture: Picture, view: View) -> None:
    """A headland or an island on the horizon."""
    rng, light = picture.rng, picture.light
    columns = np.arange(view.side) / view.side
    middle, wide = rng.uniform(0, 1), rng.uniform(0.15, 0.6)
    shape = np.clip(1 - np.abs(columns - middle) / wide, 0, 1) ** rng.uniform(0.4, 1.2)
    top = shape * (1 + 0.18 * profile(rng, view.side, 1.3, 2)) * rng.uniform(0.03, 0.16)
    rows = np.arange(view.side)[:, None]
    mask = np.clip(view.horizon + 1 - rows, 0, 1) * np.clip(
        rows - (view.horizon - top * view.side)[None], 0, 1
    )
    tile = fractal(rng, view.side, 1.3, 4)[..., None]
    base = pick(rng, ROCK + GRASS) * (0.5 * light.shade + 0.5 * light.sun) * (1 + 0.12 * tile)
    far = 0.3 + 0.5 * light.haze
    over(picture.canvas, mask, base + far * (light.horizon - base))


def _boat(picture: Picture, view: View) -> None:
    """A sailing boat or a ship; its outlines are in units of its length."""
    rng, light, canvas = picture.rng, picture.light, picture.canvas
    ahead = view.height * rng.uniform(8, 40)
    place = view.points((ahead * rng.uniform(-0.4, 0.4), 0, ahead))
    long = view.side * rng.uniform(0.05, 0.16)
    hull = pick(rng, ((0.9, 0.9, 0.9), (0.15, 0.17, 0.25), (0.6, 0.15, 0.12))) * light.sun
    outline = np.array([(-0.5, -0.12), (0.5, -0.14), (0.38, 0.06), (-0.38, 0.06)])
    fill(canvas, outline * long + place, hull)
    if rng.random() < 0.7:
        sails = (
            [(-0.02, -0.15), (-0.02, -1.2), (-0.42, -0.2)],
            [(0.02, -0.15), (0.03, -1.1), (0.4, -0.2)],
        )
        for sail in sails:
            cloth = pick(rng, ((0.97, 0.97, 0.94), (0.9, 0.85, 0.7))) * light.sun
            fill(canvas, np.array(sail) * long + place, cloth)
    else:
        for left, right, top in ((-0.3, 0.05, -0.34), (-0.22, -0.08, -0.5)):
            cabin = np.array([(left, -0.1), (right, -0.1), (right, top), (left, top)])
            fill(canvas, cabin * long + place, SNOW * light.sun)
