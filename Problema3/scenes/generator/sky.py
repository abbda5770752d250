"""The sky: a gradient, clouds and the sun."""

from __future__ import annotations

import numpy as np

from scenes.generator.brushes import Picture, over
from scenes.generator.noise import fractal, sample, smooth


def paint(picture: Picture, horizon: float) -> None:
    """Cover the canvas with sky: a gradient, at times the sun's glow, at times clouds.

    Args:
        picture: its whole canvas is painted.
        horizon: the row where the gradient ends. Clouds flatten towards it.
    """
    rng, light, canvas, side = picture.rng, picture.light, picture.canvas, picture.side
    rows, columns = picture.rows, picture.columns
    height = np.clip((horizon - rows) / max(horizon, 1), 0, 1)  # 0 at the horizon, 1 on top
    share = (height ** rng.uniform(0.5, 1.1))[..., None]
    canvas[:] = light.horizon + share * (light.zenith - light.horizon)
    if rng.random() < 0.35:  # the sun or its glow
        at = (0.5 + 0.5 * light.side) * side, horizon * rng.uniform(0.1, 0.95)
        far = np.hypot(columns - at[0], rows - at[1]) / side
        canvas += (light.sun * 0.5 * np.exp(-far * rng.uniform(4, 9))[..., None]).astype("f4")
    if rng.random() < 0.75:  # clouds on a ceiling that recedes
        tile = fractal(rng, 256, rng.uniform(1.5, 2.0), 2)
        depth = 1 / (height * 1.2 + 0.12)
        x = 128 + (columns - side / 2) / side * depth * rng.uniform(60, 160)
        noise = sample(tile, x, depth * 70)
        cover = smooth(noise, rng.uniform(-0.8, 1.0), rng.uniform(1.2, 2.2))
        lit = light.horizon * 0.35 + light.sun * 0.65
        shadow = light.zenith * 0.3 + light.shade * 0.6
        white = lit + smooth(noise, 0.8, 3)[..., None] * (shadow - lit)
        over(canvas, cover * rng.uniform(0.5, 1), white)
