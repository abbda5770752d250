"""One picture of a scene, from a blank canvas to a photograph."""

from __future__ import annotations

import cv2
import numpy as np

from scenes.generator import buildings, forest, glacier, mountain, sea, street
from scenes.generator.brushes import Picture

FINER = 1.6  # the canvas is painted this many times larger and then shrunk, for smooth edges

PAINTERS = {
    "buildings": buildings.paint,
    "forest": forest.paint,
    "glacier": glacier.paint,
    "mountain": mountain.paint,
    "sea": sea.paint,
    "street": street.paint,
}


def paint(rng: np.random.Generator, scene: str, size: int) -> np.ndarray:
    """Paint a scene and photograph it.

    Args:
        rng: decides everything in the picture.
        scene: one of the names of :data:`scenes.classes.SCENES`.
        size: side in pixels.

    Returns:
        uint8 RGB (size, size, 3).
    """
    picture = Picture.blank(rng, round(size * FINER))
    PAINTERS[scene](picture)
    canvas = picture.canvas[:, ::-1] if rng.random() < 0.5 else picture.canvas
    return photograph(rng, np.ascontiguousarray(canvas), size)


def photograph(rng: np.random.Generator, canvas: np.ndarray, size: int) -> np.ndarray:
    """Camera and development: exposure, white balance, contrast, saturation, blur and grain.

    They vary a lot, so that a picture's colours say little about its class. uint8 (size, size, 3).
    """
    photo = cv2.resize(np.maximum(canvas, 0), (size, size), interpolation=cv2.INTER_AREA)
    warm, green = rng.normal(0, 0.08), rng.normal(0, 0.025)
    photo = photo * np.exp(rng.normal(0, 0.16)) * np.exp([warm, green, -warm])
    grey = photo.mean(axis=2, keepdims=True)
    # A few are nearly black and white
    saturation = rng.uniform(0.02, 0.3) if rng.random() < 0.12 else rng.uniform(0.5, 1.2)
    photo = np.maximum(grey + saturation * (photo - grey), 0) ** np.exp(rng.normal(0, 0.18))
    middle = photo.mean()
    photo = middle + (photo - middle) * rng.uniform(0.75, 1.2)
    if rng.random() < 0.3:
        photo = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.3, 1.0) * size / 150)
    grain = rng.normal(0, rng.uniform(0.003, 0.015), (size, size, 1))
    return np.clip((photo + grain) * 255 + 0.5, 0, 255).astype(np.uint8)
