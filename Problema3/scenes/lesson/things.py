"""Generated pictures of three other things than scenes: discs, squares and triangles.

For whoever wants to see how a network learns classes of one's own, and what a network of scenes
says of a picture that shows none.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

THINGS = ("discos", "cuadrados", "triángulos")
FINER = 3  # drawn this many times larger and shrunk: smooth edges


def draw(thing: str, rng: np.random.Generator, side: int = 64) -> np.ndarray:
    """One thing of random place, size, turn and colours: uint8 (side, side, 3)."""
    large = FINER * side
    ground, ink = rng.integers(0, 256, (2, 3))
    while np.abs(ground - ink).sum() < 150:  # too alike to be seen
        ink = rng.integers(0, 256, 3)
    picture = Image.new("RGB", (large, large), tuple(ground.tolist()))
    radius = large * rng.uniform(0.15, 0.35)
    centre = rng.uniform(radius, large - radius, 2)
    pen = ImageDraw.Draw(picture)
    if thing == "discos":
        box = [*(centre - radius), *(centre + radius)]
        pen.ellipse(box, tuple(ink.tolist()))
    else:
        corners = {"cuadrados": 4, "triángulos": 3}[thing]
        angles = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(corners) / corners
        points = centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])
        pen.polygon([tuple(point) for point in points], tuple(ink.tolist()))
    small = np.asarray(picture.resize((side, side), Image.Resampling.BOX), float)
    grain = rng.normal(0, rng.uniform(2, 14), small.shape)
    return np.clip(small + grain, 0, 255).astype(np.uint8)


def write(folder: Path, each: int, seed: int, side: int = 64) -> Path:
    """Write a folder for every thing, as somebody with own photographs would have it."""
    rng = np.random.default_rng(seed)
    for thing in THINGS:
        place = Path(folder) / thing
        place.mkdir(parents=True, exist_ok=True)
        for number in range(each):
            Image.fromarray(draw(thing, rng, side)).save(place / f"{number:04d}.png")
    return Path(folder)


def pictures(count: int, seed: int, side: int = 64) -> np.ndarray:
    """Some of all three: uint8 (count, side, side, 3)."""
    rng = np.random.default_rng(seed)
    return np.stack([draw(THINGS[at % len(THINGS)], rng, side) for at in range(count)])
