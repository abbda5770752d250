"""Simulated hands as MediaPipe sees them: rendered, then found by the real landmarker.

MediaPipe has habits that no jitter imitates: it shortens the fingers of a fist, guesses the ones
that are hidden and pulls every hand a little towards the usual ones. A network that has met them
errs less on real cameras. :func:`film` makes the embedded data set ``data/rps_dataset.npy``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gestures.dataset import Recordings
from gestures.features import INPUTS
from gestures.landmarks import HandDetector
from gestures.simulator import camera, poses, render
from gestures.simulator.camera import Placement

SIZES = ((480, 640), (360, 640), (480, 480), (640, 480))  # height, width


@dataclass(frozen=True)
class Filming:
    """How the hands are staged."""

    # Frame heights that one hand unit (9 cm) takes.
    scale: tuple[float, float] = (0.15, 0.28)
    distance: tuple[float, float] = (3.0, 12.0)  # hand units
    # Share of hands held nearly upright, as before a webcam, and their deviation in radians.
    upright: float = 0.65
    roll: float = 0.5
    # Error of the worst finger tip, as a share of the hand's extent, beyond which MediaPipe saw
    # another hand than the one drawn. With its label, the network would learn that one finger is
    # scissors, and a raised thumb a fist.
    lost: float = 0.2
    backgrounds: int = 48


FILMING = Filming()
TIPS = [4, 8, 12, 16, 20]  # landmarks


def film(n: int, seed: int, on_progress: Callable[[int], object] = lambda done: None) -> Recordings:
    """n recordings of rendered hands that MediaPipe found, in frames of several aspects.

    Hands that it misses or loses are replaced by others. ``on_progress`` gets how many there are.

    Raises:
        Problem: MediaPipe cannot be loaded.
    """
    rng = np.random.default_rng(seed)
    largest = max(height for height, _ in SIZES), max(width for _, width in SIZES)
    points: list[np.ndarray] = []
    labels: list[int] = []
    aspects: list[float] = []
    with HandDetector(hands=1, stream=False) as detector:
        rooms = [render.make_background(largest, rng) for _ in range(FILMING.backgrounds)]
        while len(points) < n:
            # Gestures in turn: MediaPipe misses more fists than open hands.
            gesture = len(points) % 3
            size = SIZES[rng.integers(len(SIZES))]
            landmarks = _film_one(gesture, size, rooms, detector, rng)
            if landmarks is None:
                continue
            points.append(landmarks)
            labels.append(gesture)
            aspects.append(size[1] / size[0])
            on_progress(len(points))
    # In groups of the three gestures; the order carries nothing else.
    return Recordings(
        np.array(points, np.float32).reshape(n, INPUTS),
        np.array(labels, np.int64),
        np.array(aspects, np.float64),
    )


def _film_one(
    gesture: int,
    size: tuple[int, int],
    rooms: list[np.ndarray],
    detector: HandDetector,
    rng: np.random.Generator,
) -> np.ndarray | None:
    """MediaPipe's landmarks (21, 2) of one rendered hand, None where it missed or lost it."""
    joints = poses.sample_hands(1, rng, gesture)[0][0]
    placement = _random_placement(size, rng)
    room = rooms[rng.integers(len(rooms))][: size[0], : size[1]]
    frame = render.render_hand(joints, rng, room, placement)
    hands = detector.detect(frame)
    if not hands:
        return None
    truth = render.pixels(joints, placement, size)
    error = np.linalg.norm(hands[0].points * (size[1], size[0]) - truth, axis=1)[TIPS].max()
    return hands[0].points if error < FILMING.lost * np.ptp(truth, axis=0).max() else None


def _random_placement(size: tuple[int, int], rng: np.random.Generator) -> Placement:
    yaw, pitch, roll = (float(angle[0]) for angle in camera.sample_angles(1, rng))
    if rng.random() < FILMING.upright:
        roll = float(rng.normal(0, FILMING.roll))
    near, far = FILMING.distance
    # A hand unit must fit the narrower side of an upright frame too.
    fit = min(1.0, size[1] / size[0])
    distance = float(1 / rng.uniform(1 / far, 1 / near))
    x, y = rng.uniform((0.38, 0.42), (0.62, 0.62))
    scale = float(rng.uniform(*FILMING.scale) * fit)
    left = bool(rng.random() < 0.5)
    return Placement(yaw, pitch, roll, distance, (x, y), scale, left)
