"""One picture of a scene, from its painter to its pixels."""

from __future__ import annotations

import numpy as np

from scenes.generator import brushes, nature, town

FINER = 1.6  # the canvas is painted this many times larger and then shrunk, for smooth edges

PAINTERS = {
    "buildings": town.buildings,
    "forest": nature.forest,
    "glacier": nature.glacier,
    "mountain": nature.mountain,
    "sea": nature.sea,
    "street": town.street,
}


def paint(rng: np.random.Generator, scene: str, size: int) -> np.ndarray:
    """uint8 RGB (size, size, 3); the random numbers decide everything in it."""
    weather = brushes.light(rng)
    canvas = PAINTERS[scene](rng, round(size * FINER), weather)
    if rng.random() < 0.5:
        canvas = canvas[:, ::-1]
    return brushes.photograph(rng, np.ascontiguousarray(canvas), size)
