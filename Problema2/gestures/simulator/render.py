"""Draws simulated hands as camera frames that MediaPipe's hand landmarker detects.

No photograph is involved: a drawn hand (``flesh``), a background out of focus and sensor noise make
a frame.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np

from gestures.simulator import camera
from gestures.simulator.camera import PLACEMENT, Placement
from gestures.simulator.flesh import draw_hand

SIZE = (480, 640)  # height, width of a plain webcam
GRAIN_MARGIN = 64  # pixels by which the noise is larger than the frame

# Skin tones from light to dark, BGR; roughly the six Fitzpatrick types.
SKINS = (
    (189, 205, 242),
    (160, 184, 229),
    (126, 160, 214),
    (92, 128, 186),
    (66, 96, 148),
    (48, 68, 104),
)


def pixels(
    joints: np.ndarray, placement: Placement = PLACEMENT, size: tuple[int, int] = SIZE
) -> np.ndarray:
    """Where the 21 landmarks of ``joints`` (21, 3) fall in the frame: (21, 2) x, y in pixels."""
    return camera.see(joints, placement, size)[0]


def make_background(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A wall or a room out of focus, uint8 (H, W, 3)."""
    height, width = size
    corners = rng.uniform(40, 225) + rng.uniform(-35, 35, (2, 2, 3))
    image = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(rng.integers(0, 9)):
        x, y = rng.uniform(-0.2, 1, 2) * (width, height)
        w, h = rng.uniform(0.05, 0.5, 2) * (width, height)
        colour = np.clip(rng.uniform(30, 230) + rng.uniform(-40, 40, 3), 0, 255)
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), colour.tolist(), -1)
    blur = height * rng.uniform(0.008, 0.03)
    return np.clip(cv2.GaussianBlur(image, (0, 0), blur), 0, 255).astype(np.uint8)


def random_skin(rng: np.random.Generator) -> np.ndarray:
    """A skin tone, (3,) BGR from 0 to 255, between two neighbours of ``SKINS``."""
    at = rng.uniform(0, len(SKINS) - 1)
    low = min(int(at), len(SKINS) - 2)
    mixed = np.array(SKINS[low]) * (low + 1 - at) + np.array(SKINS[low + 1]) * (at - low)
    return np.clip(mixed + rng.normal(0, 4, 3), 0, 255)


def random_light(rng: np.random.Generator, low: float = -np.pi, high: float = 0.0) -> np.ndarray:
    """A unit vector (2,) in the picture, at an angle between two, in radians."""
    angle = rng.uniform(low, high)
    return np.array([np.cos(angle), np.sin(angle)])


def render_hand(
    joints: np.ndarray,
    rng: np.random.Generator,
    background: np.ndarray,
    placement: Placement = PLACEMENT,
    skin: np.ndarray | None = None,
) -> np.ndarray:
    """A camera frame with one hand; :func:`pixels` tells where its landmarks fall.

    Args:
        joints: (21, 3), as ``hand.joints`` gives them.
        rng: draws the light, the noise, and the skin where none is given.
        background: (H, W, 3) uint8 BGR, left as it is.
        skin: (3,) BGR, 0 to 255.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    image = background.copy()
    skin = random_skin(rng) if skin is None else skin
    draw_hand(image, joints, placement, skin, random_light(rng))
    return finish(image, rng)


def finish(
    image: np.ndarray, rng: np.random.Generator, noise: float = 4.0, softness: float = 0.8
) -> np.ndarray:
    """The frame as a camera gives it: soft (deviation in pixels), with noise of that deviation."""
    if softness < 1:
        image = cv2.GaussianBlur(image, (3, 3), 0)  # OpenCV's binomial kernel, the fastest
    else:
        image = cv2.GaussianBlur(image, (0, 0), softness)
    height, width = image.shape[:2]
    y, x = rng.integers(0, GRAIN_MARGIN, 2)
    grain = _grain(height, width)[y : y + height, x : x + width]
    return cv2.addWeighted(image, 1.0, grain, noise / 16, -128 * noise / 16)


@functools.cache
def _grain(height: int, width: int) -> np.ndarray:
    """Noise of deviation 16 around 128, larger than the frame; drawn once, cut anew each time."""
    size = (height + GRAIN_MARGIN, width + GRAIN_MARGIN, 3)
    noise = np.random.default_rng(0).normal(128, 16, size)
    return noise.clip(0, 255).astype(np.uint8)
