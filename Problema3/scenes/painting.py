"""Painters of the six scenes."""

from __future__ import annotations

import cv2
import numpy as np

from scenes.classes import CLASSES


def _paint(rng: np.random.Generator, size: int, scene: int) -> np.ndarray:
    noise = cv2.resize(
        rng.random((8, 8, 3), np.float32), (size, size), interpolation=cv2.INTER_CUBIC
    )
    rows, columns = np.mgrid[0:size, 0:size] / size
    angle = np.pi * scene / 6
    waves = np.sin((8 + 4 * rng.random()) * 2 * (columns * np.cos(angle) + rows * np.sin(angle)))
    picture = 0.3 + 0.4 * noise + 0.2 * waves[..., None]
    return np.clip(picture * 255, 0, 255).astype(np.uint8)


PAINTERS = {
    scene: (lambda rng, size, label=label: _paint(rng, size, label))
    for label, scene in enumerate(CLASSES)
}
