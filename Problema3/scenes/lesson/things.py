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


def draw(thing: str, rng: np.random.Generator, side: int = 64, loose: float = 1.0) -> np.ndarray:
    """A bright thing of random place, size, turn and colour on a dark ground.

    Args:
        thing: one of :data:`THINGS`.
        rng: decides everything.
        side: pixels.
        loose: share of the free room in which its place varies; 0 puts it in the middle.

    Returns:
        uint8 (side, side, 3).
    """
    large = FINER * side
    ground, ink = rng.integers(0, 60, 3), rng.integers(120, 256, 3)
    picture = Image.new("RGB", (large, large), tuple(ground.tolist()))
    radius = large * rng.uniform(0.2, 0.35)
    centre = large / 2 + loose * rng.uniform(-1, 1, 2) * (large / 2 - radius)
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


def pictures(
    count: int, seed: int, side: int = 64, loose: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Some of all three: uint8 (count, side, side, 3), and which of :data:`THINGS` (count,)."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(THINGS)
    return np.stack([draw(THINGS[at], rng, side, loose) for at in labels]), labels
