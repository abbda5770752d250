"""Random changes to training images that leave their class as it was."""

from __future__ import annotations

import cv2
import numpy as np


def vary(
    images: np.ndarray,
    rng: np.random.Generator,
    of: int | None = None,
    rows: slice = slice(None),
    *,
    flips: bool,
    shift: float,
    zoom: float,
    sharp: float = 0.0,
) -> np.ndarray:
    """Mirror, move and zoom each image at random; what comes in at the edges is reflected.

    Args:
        images: uint8 (n, height, width, 3).
        rng: source of the random numbers, always the same number of them per image.
        of: length of the batch that the images are ``rows`` of, if they are not all of it; they
            are then changed as they would be with the others.
        rows: which ones.
        flips: mirror half of the images, left to right.
        shift: largest move, as a fraction of width and height.
        zoom: largest enlargement or reduction, as a fraction.
        sharp: share of the images, drawn at random, that keep their scale and move by whole
            pixels: interpolation blurs the others, which the images to classify are not.

    Returns:
        a new array of the same shape and type.
    """
    height, width = images.shape[1:3]
    n = len(images) if of is None else of
    mirrored = rng.random(n)[rows] < 0.5
    moves = rng.uniform(-shift, shift, (n, 2))[rows] * (width, height)
    scales = np.exp(rng.uniform(-1, 1, n)[rows] * np.log1p(zoom))
    exact = rng.random(n)[rows] < sharp
    moves[exact], scales[exact] = np.rint(moves[exact]), 1
    changed = np.empty_like(images)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    for at, image in enumerate(images):
        across = -scales[at] if flips and mirrored[at] else scales[at]
        linear = np.diag([across, scales[at]])
        matrix = np.column_stack([linear, middle + moves[at] - linear @ middle])
        cv2.warpAffine(
            image, matrix, (width, height), dst=changed[at], borderMode=cv2.BORDER_REFLECT_101
        )
    return changed
