"""The hour and the weather, and what a surface looks like under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = np.ndarray  # float32 (3,): red, green, blue from 0 to about 1

MOODS = (  # zenith, horizon, sun, shade, haze, dark
    ((0.22, 0.45, 0.80), (0.70, 0.84, 0.95), (1.05, 1.02, 0.95), (0.42, 0.48, 0.60), 0.25, False),
    ((0.10, 0.30, 0.65), (0.50, 0.68, 0.88), (1.15, 1.08, 0.98), (0.35, 0.40, 0.52), 0.10, False),
    ((0.60, 0.63, 0.67), (0.80, 0.82, 0.84), (0.82, 0.83, 0.84), (0.60, 0.61, 0.64), 0.40, False),
    ((0.35, 0.42, 0.60), (0.98, 0.76, 0.52), (1.15, 0.86, 0.58), (0.42, 0.36, 0.40), 0.35, False),
    ((0.20, 0.16, 0.36), (0.88, 0.48, 0.45), (0.80, 0.55, 0.55), (0.30, 0.26, 0.38), 0.35, True),
    ((0.72, 0.74, 0.76), (0.84, 0.85, 0.86), (0.78, 0.79, 0.80), (0.62, 0.63, 0.65), 0.90, False),
    ((0.06, 0.09, 0.19), (0.20, 0.24, 0.36), (0.52, 0.56, 0.70), (0.24, 0.26, 0.36), 0.25, True),
)
OFTEN = (0.24, 0.18, 0.18, 0.15, 0.09, 0.09, 0.07)  # the probability of each mood


@dataclass(frozen=True)
class Light:
    """The hour and the weather. Every class is painted under all of them.

    Attributes:
        zenith: the sky's colour above.
        horizon: the sky's colour at the horizon, and the haze's.
        sun: multiplies the colour of a surface that the sun shines on; up to 1.3.
        shade: multiplies the colour of a surface turned away from the sun.
        side: where the sun stands, from -1 (left) to 1 (right).
        haze: from 0 (clear) to 1 (dense).
        dark: it is evening or night, and lamps and windows are lit.
    """

    zenith: Colour
    horizon: Colour
    sun: Colour
    shade: Colour
    side: float
    haze: float
    dark: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> Light:
        """One of the moods, a little changed."""
        mood = int(rng.choice(len(MOODS), p=OFTEN))
        *colours, haze, dark = MOODS[mood]
        zenith, horizon, sun, shade = (_changed(rng, colour) for colour in colours)
        side = float(rng.uniform(-1, 1))
        haze = float(np.clip(haze * rng.uniform(0.5, 1.5), 0, 1))
        return cls(zenith, horizon, sun, shade, side, haze, dark)


def _changed(rng: np.random.Generator, colour: tuple[float, float, float]) -> Colour:
    """A colour a little brighter or darker, and of another tint."""
    factor = rng.normal(1, 0.06) + rng.normal(0, 0.025, 3)
    return np.clip(np.array(colour, np.float32) * factor, 0.01, 1.3).astype(np.float32)


def shaded(base: np.ndarray, sun: np.ndarray, light: Light) -> np.ndarray:
    """A surface's colours under the light.

    Args:
        base: its own colours (…, 3).
        sun: how much sun each point receives (…), from 0 to 1.
        light: the hour and the weather.

    Returns:
        colours (…, 3).
    """
    return base * (light.shade + sun[..., None] * (light.sun - light.shade) * 1.15)
