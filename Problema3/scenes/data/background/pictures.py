"""One picture of the background class after another, of any kind."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from scenes.data.background import altered, drawn
from scenes.data.background.altered import Images

Kind = Callable[[np.random.Generator, Images], np.ndarray]

DRAWN = 0.3  # share of the pictures that nobody photographed
# What shows none of the classes whatever they are, and how often.
ANY: dict[Kind, float] = {
    **{altered.things: 5, altered.mosaic: 2},
    **{altered.halves: 1, altered.swirl: 1},
}
# Scenes stand upright, have their colours and their size. Of other classes nobody knows.
UPRIGHT: dict[Kind, float] = {altered.turned: 1, altered.coloured: 1.5, altered.close: 1}


def draw(rng: np.random.Generator, image: Images, upright: bool) -> np.ndarray:
    """A picture of none of the classes.

    Args:
        rng: source of all that is random.
        image: gives a training image, uint8 (side, side, 3), another one each time.
        upright: whether an image turned, coloured or seen from very near shows its class no more.

    Returns:
        uint8 (side, side, 3).
    """
    if rng.random() < DRAWN:
        kind = drawn.KINDS[rng.integers(len(drawn.KINDS))]
        picture = kind(rng, len(image()))
    else:
        weights = ANY | (UPRIGHT if upright else {})
        shares = np.array([*weights.values()]) / sum(weights.values())
        picture = [*weights][rng.choice(len(weights), p=shares)](rng, image)
    return saved(rng, picture) if rng.random() < 0.75 else np.ascontiguousarray(picture)


def saved(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A picture as some file would have it: reduced, sharpened or compressed.

    Otherwise a network would tell what was altered by how crisp it is.
    """
    image = Image.fromarray(np.ascontiguousarray(picture))
    side, kind = image.width, rng.random()
    if kind < 0.5:
        small = int(side * rng.uniform(0.3, 0.8))
        filters = (Image.Resampling.LANCZOS, Image.Resampling.BOX, Image.Resampling.NEAREST)
        image = image.resize((small, small), filters[rng.integers(3)])
        image = image.resize((side, side), Image.Resampling.BICUBIC)
    elif kind < 0.7:
        image = image.filter(ImageFilter.UnsharpMask(1.5, int(rng.uniform(30, 120)), 0))
    if rng.random() < 0.7:
        held = io.BytesIO()
        image.save(held, "JPEG", quality=int(rng.uniform(40, 95)))
        image = Image.open(held).convert("RGB")
    return np.asarray(image)
