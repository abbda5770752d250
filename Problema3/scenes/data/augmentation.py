"""Random changes to training images that leave their class as it was.

An image is mirrored, moved and zoomed with bilinear interpolation, axis by axis. OpenCV's
``warpAffine`` gives the same bytes, but for one in a million, in less than half of the time. It is
not used here, since it needs system libraries that a minimal Linux lacks.
"""

from __future__ import annotations

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
    mirrored = flips & (rng.random(n)[rows] < 0.5)
    moves = rng.uniform(-shift, shift, (n, 2))[rows] * (width, height)
    scales = np.exp(rng.uniform(-1, 1, n)[rows] * np.log1p(zoom))
    exact = rng.random(n)[rows] < sharp
    moves[exact], scales[exact] = np.rint(moves[exact]), 1
    changed = np.empty_like(images)
    for at, image in enumerate(images):
        across = -scales[at] if mirrored[at] else scales[at]
        changed[at] = warp(image, (across, scales[at]), moves[at])
    return changed


def warp(image: np.ndarray, scales: tuple[float, float], move: np.ndarray) -> np.ndarray:
    """Scale an image about its middle and move it.

    Args:
        image: uint8 (height, width, channels).
        scales: across and down; a negative one mirrors.
        move: across and down, in pixels.

    Returns:
        uint8, of the same shape.
    """
    height, width, channels = image.shape
    across, down = scales
    inverse = 1 / (across * down)  # of the matrix, in OpenCV's order of operations
    left, right, share = _neighbours(width, across, down * inverse, move[0], np.float64)
    above, below, portion = _neighbours(height, down, across * inverse, move[1], np.float32)
    rows = (height, width * channels)  # flat rows: numpy is slow along a short last axis
    mixed = _mix(
        image.take(left, 1).reshape(rows),
        image.take(right, 1).reshape(rows),
        share.repeat(channels),
    )
    mixed = _mix(mixed.take(above, 0), mixed.take(below, 0), portion[:, None])
    return np.rint(mixed).astype(np.uint8).reshape(image.shape)


def _neighbours(
    length: int, scale: float, step: float, move: float, kind: type[np.floating]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where an axis's new pixels lie between the old ones.

    Args:
        length: pixels of the axis.
        scale, move: of the change.
        step: old pixels that a new one is wide: ``1 / scale``.
        kind: precision of a product that is added to a sum, which OpenCV fuses across the image
            and not down.

    Returns:
        positions before and after, reflected at the edges without repeating the outermost pixel,
        and the share of the latter, float32.
    """
    middle = (length - 1) / 2
    start = -step * (middle + move - scale * middle)
    places = np.arange(length, dtype=kind) * kind(np.float32(step)) + kind(np.float32(start))
    places = places.astype(np.float32)
    before = np.floor(places).astype(np.int64)
    share = places - before.astype(np.float32)
    period = 2 * (length - 1)
    first, second = (np.abs(each) % period for each in (before, before + 1))
    return np.minimum(first, period - first), np.minimum(second, period - second), share


def _mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """``first`` and a share of the way to ``second``, float32, rounded once."""
    mixed = np.subtract(second, first, dtype=np.float32).astype(np.float64)
    mixed *= share
    mixed += first
    return mixed.astype(np.float32)
