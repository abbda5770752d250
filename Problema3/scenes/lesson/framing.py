"""Scenes seen through a window of random place and size, as a camera that somebody points.

The painters put a horizon or a vanishing point about the middle; a window moves it and changes its
scale. A network that knows each pixel by its place then has more to learn than one that looks for
the same pattern everywhere.
"""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
from PIL import Image

from scenes.data.dataset import Scenes

SMALLEST = 0.5  # of the picture's side: the smallest window


def frame(
    images: np.ndarray, side: int, rng: np.random.Generator, smallest: float = SMALLEST
) -> np.ndarray:
    """Cut a random square out of each picture and bring it to one size.

    Args:
        images: uint8 (n, height, width, 3), squares.
        side: pixels of what comes out.
        rng: decides the windows, three numbers a picture.
        smallest: side of the smallest window, as a share of the picture's.

    Returns:
        uint8 (n, side, side, 3).
    """
    whole = images.shape[1]
    framed = np.empty((len(images), side, side, 3), np.uint8)
    for at, picture in enumerate(images):
        window = round(whole * rng.uniform(smallest, 1))
        left, top = rng.integers(0, whole - window + 1, 2).tolist()
        box = (left, top, left + window, top + window)
        cut = Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR, box)
        framed[at] = np.asarray(cut)
    return framed


def framed(scenes: Scenes, side: int, seed: int, smallest: float = SMALLEST) -> Scenes:
    """All pictures of a set, training and test, each through a window of its own."""
    rng = np.random.default_rng([seed, 28])
    told = f"{scenes.key}\n{side}\n{seed}\n{smallest}"
    return dataclasses.replace(
        scenes,
        train=frame(scenes.train, side, rng, smallest),
        test=frame(scenes.test, side, rng, smallest),
        key=hashlib.sha256(told.encode()).hexdigest(),
    )
