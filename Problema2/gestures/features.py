"""From image fractions to what the network reads.

MediaPipe gives x as a share of the frame's width and y as a share of its height, so the same hand
has other proportions in another frame. Multiplying x by the aspect (width / height) gives both
axes the same unit, the frame's height. Position, size, rotation and mirroring are removed inside
the model (``classifier``), so every program that runs the file gets that part for free.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

LANDMARKS = 21
INPUTS = 2 * LANDMARKS
# What the first webcams and most recording scripts give: 640x480.
DEFAULT_ASPECT = 4 / 3


def to_square_pixels(points: ArrayLike, aspect: ArrayLike) -> np.ndarray:
    """(N, 42) float32 coordinates in frame heights, from image fractions (N, 42) or (N, 21, 2).

    ``aspect`` is width / height, one number or (N,). A single hand, (42,) or (21, 2), counts as
    one row.

    Raises:
        ValueError: other shapes, or an aspect that is not a positive number.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.shape in ((INPUTS,), (LANDMARKS, 2)):
        points = points[None]
    if points.ndim not in (2, 3) or points.shape[1:] not in ((INPUTS,), (LANDMARKS, 2)):
        raise ValueError(f"expected (N, 42) or (N, 21, 2), got {points.shape}")
    aspect = np.asarray(aspect, dtype=np.float64)
    if not (np.isfinite(aspect).all() and (aspect > 0).all()):
        raise ValueError("the aspect must be a positive number (width / height)")
    square = points.reshape(len(points), LANDMARKS, 2).copy()
    square[..., 0] *= np.broadcast_to(aspect, (len(points),))[:, None]
    return square.reshape(len(points), INPUTS).astype(np.float32)
