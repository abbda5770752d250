"""A kinematic hand: bones and joint angles become 21 points in space.

A hand is a :class:`Shape` (where its knuckles are, how long its bones) and a :class:`Pose` (how its
joints are bent). :func:`joints` turns both into 21 points in the order of MediaPipe's hand
landmarks: wrist, thumb 1-4, index 5-8, middle 9-12, ring 13-16, little 17-20.

Coordinates are those of a right hand: x towards the thumb, y from the wrist towards the fingers,
z out of the palm; one unit is the distance from the wrist to the middle knuckle. A left hand is
the mirror image (x negated). All functions work on n hands at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

Hands = TypeVar("Hands", "Shape", "Pose")  # what describes n hands


@dataclass(frozen=True)
class Anatomy:
    """Mean proportions of a hand, in units of the wrist to middle knuckle distance (about 9 cm).

    The phalanges follow the mean lengths of Buryanov and Kotiuk (2010, "Proportions of hand
    segments", Int. J. Morphol. 28(3):755-758) with the soft tissue of the finger tip added.
    """

    # Knuckles of index, middle, ring and little finger; the little one lies lower and further in
    # front, which is the arch of the palm.
    knuckles: tuple[tuple[float, ...], ...] = (
        (0.25, 0.97, 0.0),
        (0.0, 1.0, -0.03),
        (-0.21, 0.92, 0.0),
        (-0.39, 0.79, 0.06),
    )
    # Proximal, middle and distal bone of each finger.
    phalanges: tuple[tuple[float, ...], ...] = (
        (0.44, 0.26, 0.21),
        (0.49, 0.30, 0.22),
        (0.46, 0.29, 0.22),
        (0.36, 0.21, 0.20),
    )
    # The thumb's carpometacarpal joint, and its metacarpal, proximal and distal bone.
    thumb_base: tuple[float, ...] = (0.27, 0.22, 0.06)
    thumb: tuple[float, ...] = (0.46, 0.37, 0.29)
    # Relative standard deviations: of a hand's breadth, of all its fingers together, of each bone.
    breadth_sd: float = 0.09
    fingers_sd: float = 0.06
    bone_sd: float = 0.05
    # Absolute, in hand units: where each knuckle lies.
    knuckle_sd: float = 0.02
    # Fingers converge towards the base of the thumb when they bend: the roll of each one's plane
    # of flexion, in degrees.
    roll: tuple[float, ...] = (-4.0, 0.0, 8.0, 16.0)


@dataclass(frozen=True)
class Limits:
    """Widest angles in degrees that a joint takes here (active range of motion, rounded up).

    Knuckles bend back by some 30 degrees; the thumb's saddle joint opens sideways (``azimuth``) and
    out of the palm (``elevation``) and turns the thumb towards the fingers (``opposition``).
    """

    mcp: tuple[float, float] = (-30.0, 100.0)
    pip: tuple[float, float] = (-10.0, 120.0)
    dip: tuple[float, float] = (-15.0, 95.0)
    spread: tuple[float, float] = (-40.0, 32.0)
    azimuth: tuple[float, float] = (-15.0, 75.0)
    elevation: tuple[float, float] = (-20.0, 70.0)
    opposition: tuple[float, float] = (-10.0, 85.0)
    thumb_mcp: tuple[float, float] = (-15.0, 65.0)
    thumb_ip: tuple[float, float] = (-30.0, 90.0)


@dataclass(frozen=True)
class Shape:
    """Bones of n hands, in hand units."""

    knuckles: np.ndarray  # (n, 4, 3)
    phalanges: np.ndarray  # (n, 4, 3) proximal, middle, distal
    thumb_base: np.ndarray  # (n, 3)
    thumb: np.ndarray  # (n, 3) metacarpal, proximal, distal
    roll: np.ndarray  # (n, 4) degrees


@dataclass(frozen=True)
class Pose:
    """Joint angles of n hands, in degrees."""

    flexion: np.ndarray  # (n, 4, 3) knuckle, middle and last joint; positive towards the palm
    spread: np.ndarray  # (n, 4) sideways, positive towards the thumb
    thumb: np.ndarray  # (n, 5) azimuth, elevation, opposition, MCP and IP flexion


ANATOMY, LIMITS = Anatomy(), Limits()


def take(item: Hands, index: ArrayLike | slice) -> Hands:
    """The hands of a :class:`Shape` or :class:`Pose` that a NumPy index selects."""
    return type(item)(*(getattr(item, field.name)[index] for field in fields(item)))


def blend(a: Pose, b: Pose, share: ArrayLike) -> Pose:
    """Pose between ``a`` (share 0) and ``b`` (share 1): joint angles interpolated linearly.

    ``share`` is a number or (n,). Limits of motion are convex, so a blend stays within them.
    """
    share = np.asarray(share, dtype=float)

    def mix(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        s = share.reshape(share.shape + (1,) * (x.ndim - share.ndim)) if share.ndim else share
        return x * (1 - s) + y * s

    return Pose(*(mix(getattr(a, f.name), getattr(b, f.name)) for f in fields(Pose)))


def thumb_joints(base: np.ndarray, lengths: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Landmarks 1-4, (..., 4, 3), of thumbs.

    Args:
        base: (..., 3), the first joint, in hand units.
        lengths: (..., 3), of the three bones.
        angles: (..., 5) degrees, as in :class:`Pose`.
    """
    azimuth, elevation, opposition, mcp, ip = np.moveaxis(np.radians(angles), -1, 0)
    along = np.stack(
        [
            np.cos(elevation) * np.sin(azimuth),
            np.cos(elevation) * np.cos(azimuth),
            np.sin(elevation),
        ],
        axis=-1,
    )
    # Directions across the metacarpal: one in the plane of the palm, one out of it. Opposition
    # turns the plane in which the thumb bends from the first to the second.
    across = np.stack([-np.cos(azimuth), np.sin(azimuth), np.zeros_like(azimuth)], axis=-1)
    out = np.cross(along, across)
    bend = np.cos(opposition)[..., None] * across + np.sin(opposition)[..., None] * out
    angle = np.stack([np.zeros_like(mcp), mcp, mcp + ip], axis=-1)[..., None]
    directions = np.cos(angle) * along[..., None, :] + np.sin(angle) * bend[..., None, :]
    steps = np.cumsum(lengths[..., None] * directions, axis=-2)
    return np.concatenate([base[..., None, :], base[..., None, :] + steps], axis=-2)


def joints(shape: Shape, pose: Pose) -> np.ndarray:
    """Landmarks (n, 21, 3) in hand units of right hands with the given bones and joint angles."""
    spread = np.radians(pose.spread)[..., None]
    roll = np.radians(shape.roll)[..., None]
    zero = np.zeros_like(spread)
    forward = np.concatenate([np.sin(spread), np.cos(spread), zero], axis=-1)
    side = np.concatenate([np.cos(spread), -np.sin(spread), zero], axis=-1)
    palmar = np.cos(roll) * np.array([0.0, 0.0, 1.0]) + np.sin(roll) * side
    angle = np.cumsum(np.radians(pose.flexion), axis=-1)[..., None]
    directions = np.cos(angle) * forward[..., None, :] + np.sin(angle) * palmar[..., None, :]
    steps = np.cumsum(shape.phalanges[..., None] * directions, axis=-2)
    knuckles = shape.knuckles[..., None, :]
    fingers = np.concatenate([knuckles, knuckles + steps], axis=-2)
    n = len(fingers)
    wrist = np.zeros((n, 1, 3))
    thumb = thumb_joints(shape.thumb_base, shape.thumb, pose.thumb)
    return np.concatenate([wrist, thumb, fingers.reshape(n, 16, 3)], axis=1)


def sample_shapes(n: int, rng: np.random.Generator, anatomy: Anatomy = ANATOMY) -> Shape:
    """Bones of n different hands."""

    def factor(sd: float, *size: int) -> np.ndarray:
        # Truncated, so that no hand has a bone that no person has.
        return 1 + sd * np.clip(rng.standard_normal((n, *size)), -2.5, 2.5)

    def shift(*size: int) -> np.ndarray:
        return anatomy.knuckle_sd * np.clip(rng.standard_normal((n, *size)), -2.5, 2.5)

    breadth = factor(anatomy.breadth_sd, 1)
    knuckles = np.array(anatomy.knuckles) + shift(4, 3)
    knuckles[..., 0] *= breadth
    base = np.array(anatomy.thumb_base) + shift(3)
    base[..., :1] *= breadth
    fingers = factor(anatomy.fingers_sd, 1, 1)
    return Shape(
        knuckles=knuckles,
        phalanges=np.array(anatomy.phalanges) * fingers * factor(anatomy.bone_sd, 4, 3),
        thumb_base=base,
        thumb=np.array(anatomy.thumb) * fingers[..., 0] * factor(anatomy.bone_sd, 3),
        roll=np.array(anatomy.roll) + 4 * np.clip(rng.standard_normal((n, 4)), -2.5, 2.5),
    )


def clip(pose: Pose, limits: Limits = LIMITS) -> Pose:
    """The pose with every angle that no joint takes moved to the nearest that it does."""
    low, high = np.array([limits.mcp, limits.pip, limits.dip]).T
    thumb_low, thumb_high = np.array(
        [limits.azimuth, limits.elevation, limits.opposition, limits.thumb_mcp, limits.thumb_ip]
    ).T
    return Pose(
        np.clip(pose.flexion, low, high),
        np.clip(pose.spread, *limits.spread),
        np.clip(pose.thumb, thumb_low, thumb_high),
    )
