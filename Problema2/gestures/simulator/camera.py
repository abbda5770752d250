"""How a simulated hand is seen: turned, projected, and read with a landmark detector's errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gestures.features import LANDMARKS
from gestures.simulator import others, poses

# About which a hand is turned, in hand units.
PALM_CENTRE = np.array([0.0, 0.75, 0.0])
# The aspects (width / height) of the cameras people have: old webcams, laptops, square crops and
# telephones held upright.
ASPECTS = (4 / 3, 16 / 9, 1.0, 3 / 4)

# Hands that point at the camera, or away from it: their share, and their pitch in radians.
STEEP_SHARE, STEEP = 0.4, (0.8, 1.75)


@dataclass(frozen=True)
class Camera:
    """How the simulated hands are seen."""

    # Distance of the camera in hand units (9 cm): from 25 cm, a fist thrust at the lens, to 1.3 m.
    distance: tuple[float, float] = (2.8, 14.0)
    # Height of the hand's bounding box as a share of the frame's shorter side.
    extent: tuple[float, float] = (0.15, 0.75)
    # Landmark noise as a share of the hand's size: independent for each landmark, shared by the
    # landmarks of one finger, and the range over which a recording's own level varies.
    jitter: float = 0.016
    finger_jitter: float = 0.020
    level: tuple[float, float] = (0.4, 1.8)


CAMERA = Camera()


def rotation(yaw: ArrayLike, pitch: ArrayLike, roll: ArrayLike) -> np.ndarray:
    """Rotation matrices (n, 3, 3): first yaw about y, then pitch about x, then roll about z.

    Angles in radians, (n,) each. With all zero, a right hand shows the camera its palm with the
    fingers up; a yaw of pi shows its back.
    """
    yaw, pitch, roll = np.broadcast_arrays(*(np.asarray(a, float) for a in (yaw, pitch, roll)))
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)

    def matrix(*rows: tuple[np.ndarray, ...]) -> np.ndarray:
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    c, s = np.cos(yaw), np.sin(yaw)
    about_y = matrix((c, zero, s), (zero, one, zero), (-s, zero, c))
    c, s = np.cos(pitch), np.sin(pitch)
    about_x = matrix((one, zero, zero), (zero, c, -s), (zero, s, c))
    c, s = np.cos(roll), np.sin(roll)
    about_z = matrix((c, -s, zero), (s, c, zero), (zero, zero, one))
    return about_z @ about_x @ about_y


def sample_angles(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Yaw, pitch and roll (n,) each, in radians, of hands as people hold them before a camera.

    Palm or back towards it more often than the edge; mostly upright, a share of them pointing at
    the camera or away from it, as a thrust fist does; any roll, since cameras and wrists turn.
    """
    facing = rng.choice([0.0, np.pi], n)
    narrow = rng.normal(0, np.radians(28), n)
    wide = rng.uniform(-np.pi / 2, np.pi / 2, n)
    yaw = facing + np.where(rng.random(n) < 0.65, narrow, wide)
    upright = np.clip(rng.normal(0, np.radians(24), n), -1.2, 1.2)
    pitch = np.where(rng.random(n) < 0.75, upright, rng.uniform(-1.2, 1.2, n))
    steep = rng.uniform(*STEEP, n) * rng.choice([-1.0, 1.0], n)
    pitch = np.where(rng.random(n) < STEEP_SHARE, steep, pitch)
    return yaw, pitch, rng.uniform(-np.pi, np.pi, n)


def sample_views(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rotations (n, 3, 3) by :func:`sample_angles`."""
    return rotation(*sample_angles(n, rng))


def camera_view(
    hands: ArrayLike, views: ArrayLike, distance: ArrayLike, left: ArrayLike = False
) -> tuple[np.ndarray, np.ndarray]:
    """Pinhole picture of ``hands`` (n, k, 3): flat (n, k, 2) and depth (n, k).

    ``views`` (n, 3, 3) turn the hands about the middle of the palm, which lies ``distance`` (n,)
    hand units before the camera; ``left`` (n,) makes left hands. Flat coordinates are for a focal
    length of 1, y up, with the middle of the palm at the origin.
    """
    hands = np.array(hands, dtype=float)
    n = len(hands)
    hands -= PALM_CENTRE
    hands[..., 0] *= np.where(np.broadcast_to(left, (n,)), -1.0, 1.0)[:, None]
    turned = hands @ np.swapaxes(np.asarray(views, float), -1, -2)
    depth = np.broadcast_to(distance, (n,))[:, None] - turned[..., 2]
    return turned[..., :2] / depth[..., None], depth


def project(
    flat: np.ndarray,
    aspect: ArrayLike = 4 / 3,
    centre: ArrayLike = (0.5, 0.5),
    extent: ArrayLike = 0.5,
) -> np.ndarray:
    """Image fractions (n, 42), x and y of each landmark, of hands seen by a camera.

    Args:
        flat: (n, 21, 2), as :func:`camera_view` gives them.
        aspect: the frame's width / height, one or (n,).
        centre: of the hand's bounding box, in fractions of the frame, one or (n, 2).
        extent: the box's longer side as a share of the frame's shorter side, one or (n,).

    Image y points down.
    """
    n = len(flat)
    flat = flat * np.array([1.0, -1.0])
    low, high = flat.min(1, keepdims=True), flat.max(1, keepdims=True)
    flat = (flat - (low + high) / 2) / (high - low).max(-1, keepdims=True)
    aspect = np.broadcast_to(aspect, (n,)).astype(float)
    # Lengths are now in hand extents; one extent is `extent` times the frame's shorter side.
    shorter = np.broadcast_to(extent, (n,)) * np.minimum(aspect, 1.0)
    flat *= shorter[:, None, None]
    flat[..., 0] /= aspect[:, None]
    flat += np.broadcast_to(centre, (n, 2))[:, None]
    return flat.reshape(n, 42)


@dataclass(frozen=True)
class Placement:
    """Where one hand is before the camera of a drawn frame, and which way it is turned."""

    yaw: float = 0.0  # radians, as in `rotation`
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 6.0  # hand units from the camera to the middle of the palm
    centre: tuple[float, float] = (0.5, 0.55)  # of the palm, in fractions of the frame
    scale: float = 0.24  # frame heights that one hand unit takes at the palm's distance
    left: bool = False

    @property
    def view(self) -> np.ndarray:
        """The rotation (3, 3) that turns the hand."""
        return rotation(self.yaw, self.pitch, self.roll)


PLACEMENT = Placement()


def see(
    points: np.ndarray, placement: Placement, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where points of a hand fall in a frame of ``size`` (height, width).

    Args:
        points: (k, 3), in hand units.

    Returns:
        pixels (k, 2), pixels per hand unit (k,) and depth in hand units (k,).
    """
    height, width = size
    flat, depth = camera_view(
        points[None], placement.view[None], placement.distance, placement.left
    )
    focal = placement.scale * height * placement.distance
    centre = np.array(placement.centre) * (width, height)
    return centre + focal * flat[0] * (1.0, -1.0), focal / depth[0], depth[0]


def facing(direction: np.ndarray, placement: Placement) -> float:
    """How much a unit vector (3,) of the hand points at the camera: 1 at it, -1 away from it."""
    mirror = np.array([-1.0 if placement.left else 1.0, 1.0, 1.0])
    return (placement.view @ (direction * mirror))[2]


def jitter(
    points: np.ndarray, aspect: ArrayLike, rng: np.random.Generator, camera: Camera = CAMERA
) -> np.ndarray:
    """``points`` (n, 42) with a landmark detector's errors: single landmarks, whole fingers."""
    n = len(points)
    square = points.reshape(n, LANDMARKS, 2).copy()
    aspect = np.broadcast_to(aspect, (n,))
    square[..., 0] *= aspect[:, None]
    size = np.ptp(square, axis=1).max(-1)[:, None, None] * rng.uniform(*camera.level, (n, 1, 1))
    noise = camera.jitter * rng.standard_normal((n, LANDMARKS, 2))
    # A finger seen wrongly is wrong as a whole, and the more the nearer its tip.
    reach = np.array([0.3, 0.6, 0.9, 1.2])[:, None]
    wrong = camera.finger_jitter * rng.standard_normal((n, 5, 1, 2)) * reach
    noise[:, 1:] += wrong.reshape(n, 20, 2)
    square += noise * size
    square[..., 0] /= aspect[:, None]
    return square.reshape(n, 42)


def photograph(
    hands: np.ndarray,
    rng: np.random.Generator,
    aspects: Sequence[float] = ASPECTS,
    camera: Camera = CAMERA,
) -> tuple[np.ndarray, np.ndarray]:
    """What a landmark detector would give for ``hands`` (n, 21, 3) before random cameras.

    Returns image fractions (n, 42) float32 and the frames' aspects (n,), drawn from ``aspects``.
    """
    n = len(hands)
    aspect = rng.choice(np.asarray(aspects, float), n)
    near, far = camera.distance
    views = sample_views(n, rng)
    # Uniform in 1/distance: as much perspective as there is, near as often as far.
    distance = 1 / rng.uniform(1 / far, 1 / near, n)
    centre, extent = rng.uniform(0.3, 0.7, (n, 2)), rng.uniform(*camera.extent, n)
    flat, _ = camera_view(hands, views, distance, left=rng.random(n) < 0.5)
    points = project(flat, aspect, centre, extent)
    return jitter(points, aspect, rng, camera).astype(np.float32), aspect


def simulate(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n simulated hands: points (n, 42) float32, labels (n,) int64, aspects (n,) float64.

    Points are image fractions as MediaPipe gives them, in frames of the given aspects.
    """
    rng = np.random.default_rng(seed)
    hands, labels = poses.sample_hands(n, rng)
    points, aspect = photograph(hands, rng)
    return points, labels.astype(np.int64), aspect


def simulate_others(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 42) float32 and aspects (n,) of hands that are none of the gestures."""
    rng = np.random.default_rng(seed)
    return photograph(others.sample_others(n, rng), rng)


def simulate_doubtful(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same for hands between the gestures, with probabilities (n, 4) instead of labels."""
    rng = np.random.default_rng(seed)
    hands, probabilities = poses.sample_doubtful(n, rng)
    points, aspect = photograph(hands, rng)
    return points, probabilities, aspect
