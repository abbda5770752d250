"""The surface of water, with waves in perspective."""

from __future__ import annotations

import numpy as np

from scenes.generator.brushes import Picture, blend, colour, pick
from scenes.generator.noise import fractal, sample, smooth
from scenes.generator.palette import WATER
from scenes.generator.terrain import Grid


def surface(
    picture: Picture, grid: Grid, eye: float, rough: float, mirror: float = 0.0
) -> np.ndarray:
    """Lit colours of water. It mirrors the sky where it is seen at a flat angle.

    Args:
        picture: its light and random numbers are used.
        grid: the water's points, in metres.
        eye: of the camera over the water, in metres; waves grow with it.
        rough: from 0 (still) to about 1.6 (white horses).
        mirror: from 0 (open sea) to 1 (a lake: waves end early, and no path of glitter).

    Returns:
        float32 (DEPTHS, side, 3).
    """
    rng, light, (across, ahead) = picture.rng, picture.light, grid
    tile = fractal(rng, 256, rng.uniform(1.0, 1.5), 3)
    scale = 26 / eye / rng.uniform(0.7, 1.6)
    stretch = rng.uniform(1.6, 3.0)  # crests are long across the view
    swell = sample(tile, across * scale / stretch, ahead * scale)
    swell += 0.6 * sample(tile, across * scale * 2.7 + 90, ahead * scale * 2.7 * 1.3)
    slope = np.gradient(swell, axis=0) / np.gradient(ahead * scale, axis=0) * 1.2
    fade = np.exp(-ahead / (eye * 60)) * (1 - 0.7 * mirror) + 0.15
    slope = np.clip(slope * fade * rough, -1.5, 1.5)
    glancing = np.clip(1 - eye / ahead, 0, 1) ** 2
    mirrored = np.clip(0.15 + 0.75 * glancing - slope * 0.45, 0, 1)[..., None]
    deep = pick(rng, WATER) * (0.4 * light.shade + 0.7 * light.sun)
    above = 0.5 * (light.zenith + light.horizon)
    colours = deep + mirrored * (above - deep)
    if rng.random() < 0.35 and not mirror:  # the sun's glitter path
        far = np.abs(across / ahead - light.side * 0.5)
        glitter = smooth(-slope, 0.15, 0.8) * np.exp(-((far / rng.uniform(0.08, 0.25)) ** 2))
        colours = colours + (glitter * 0.9)[..., None] * light.sun
    foam = smooth(swell, 2.1 - 0.5 * rough, 3.0) * smooth(rough, 0.8, 1.6) * fade
    white = colour(0.95, 0.97, 0.98) * light.sun
    return blend(colours, foam * 0.8, white).astype(np.float32)
