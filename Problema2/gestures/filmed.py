"""Simulated hands as MediaPipe sees them: rendered, then found by the real landmarker.

MediaPipe has habits that no jitter imitates: it shortens the fingers of a fist, guesses the ones
that are hidden and pulls every hand a little towards the usual ones. A network that has met them
errs less on real cameras. `film` makes the embedded data set `data/rps_dataset.npy`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gestures import render, simulate
from gestures.dataset import Recordings
from gestures.landmarks import HandDetector

SIZES = ((480, 640), (360, 640), (480, 480), (640, 480))  # height, width


@dataclass(frozen=True)
class Filming:
    """How the hands are staged."""

    # Frame heights that one hand unit (9 cm) takes.
    scale: tuple = (0.15, 0.28)
    distance: tuple = (3.0, 12.0)  # hand units
    # Share of hands held nearly upright, as before a webcam, and their deviation in radians.
    upright: float = 0.65
    roll: float = 0.5
    # Mean landmark error, as a share of the hand's extent, beyond which MediaPipe saw another hand
    # than the one drawn: a label would be a guess.
    lost: float = 0.2
    backgrounds: int = 48


FILMING = Filming()


def film(
    n: int,
    seed: int,
    filming: Filming = FILMING,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Recordings:
    """n recordings of rendered hands that MediaPipe found, in frames of several aspects.

    Hands that it misses or loses are replaced by others. `on_progress` is told how many there are.
    """
    rng = np.random.default_rng(seed)
    height = max(size[0] for size in SIZES)
    width = max(size[1] for size in SIZES)
    rooms = [render.make_background((height, width), rng) for _ in range(filming.backgrounds)]
    points, labels, aspects = [], [], []
    with HandDetector(hands=1, stream=False) as detector:
        while len(points) < n:
            # Gestures in turn: MediaPipe misses more fists than open hands.
            gesture = len(points) % 3
            size = SIZES[rng.integers(len(SIZES))]
            found = _film_one(gesture, size, rooms, detector, rng, filming)
            if found is None:
                continue
            points.append(found)
            labels.append(gesture)
            aspects.append(size[1] / size[0])
            on_progress(len(points))
    # In groups of the three gestures; the order carries nothing else.
    return Recordings(
        np.array(points, np.float32).reshape(n, 42),
        np.array(labels, np.int64),
        np.array(aspects, np.float64),
    )


def _film_one(gesture, size, rooms, detector, rng, filming):
    hand = simulate.sample_hands(1, rng, gesture)[0][0]
    yaw, pitch, roll = (float(angle[0]) for angle in simulate.sample_angles(1, rng))
    if rng.random() < filming.upright:
        roll = float(rng.normal(0, filming.roll))
    near, far = filming.distance
    # A hand unit must fit the narrower side of an upright frame too.
    fit = min(1.0, size[1] / size[0])
    placement = render.Placement(
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        distance=float(1 / rng.uniform(1 / far, 1 / near)),
        centre=tuple(rng.uniform((0.38, 0.42), (0.62, 0.62))),
        scale=float(rng.uniform(*filming.scale) * fit),
        left=bool(rng.random() < 0.5),
    )
    room = rooms[rng.integers(len(rooms))][: size[0], : size[1]]
    frame = render.render_hand(hand, size, background=room, rng=rng, placement=placement)
    hands = detector.detect(frame)
    if not hands:
        return None
    pixels = (size[1], size[0])
    truth = render.pixels(hand, placement, size)
    error = np.linalg.norm(hands[0].points * pixels - truth, axis=1).mean()
    return hands[0].points if error < filming.lost * np.ptp(truth, axis=0).max() else None
