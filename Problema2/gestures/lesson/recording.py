"""Simulated recordings as students make them: one person, one place, neighbouring frames.

``simulator.camera.simulate`` draws every hand anew. A person who records holds each gesture for
some seconds before one camera, so that a frame is nearly the one before. That is what makes such
a data set small however many frames it has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from gestures.dataset import GESTURES, Recordings
from gestures.features import LANDMARKS
from gestures.simulator import camera, hand, poses


@dataclass(frozen=True)
class Session:
    """How somebody records."""

    frames: int = 90  # of each gesture: some seconds
    # Correlation of what moves from a frame to the next. Real recordings show 0.96 to 0.99.
    memory: float = 0.97
    turning: float = 0.15  # radians, deviation of the hand's angles within a gesture
    wandering: float = 0.03  # deviation of its place, in fractions of the frame
    # Landmark error as a share of the hand's size. A detector that follows a hand errs alike in
    # neighbouring frames.
    error: float = 0.02
    # What a person chose once, for the whole recording.
    extent: tuple[float, float] = (0.25, 0.65)  # hand's size, as a share of the shorter side
    centre: tuple[float, float] = (0.3, 0.7)  # fractions of the frame
    turned: tuple[float, float, float] = (0.6, 0.5, 0.6)  # yaw, pitch, roll: radians, deviation


SESSION = Session()


def record(
    people: int, seed: int, session: Session = SESSION, left_handed: bool | None = None
) -> tuple[Recordings, np.ndarray]:
    """Recordings of some people, one after the other, and whose each frame is (N,).

    N is people x 3 gestures x frames, in the order of recording. ``left_handed`` None draws which
    hand each person shows.
    """
    rng = np.random.default_rng(seed)
    points, labels, aspects = [], [], []
    for _ in range(people):
        left = bool(rng.random() < 0.5) if left_handed is None else left_handed
        shown, aspect = _one_person(rng, session, left)
        points.append(shown)
        labels.append(np.repeat(np.arange(len(GESTURES)), session.frames))
        aspects.append(np.full(len(shown), aspect))
    person = np.repeat(np.arange(people), len(GESTURES) * session.frames)
    held = Recordings(np.concatenate(points), np.concatenate(labels), np.concatenate(aspects))
    return held, person


def wander(
    n: int, rng: np.random.Generator, memory: float, shape: tuple[int, ...] = ()
) -> np.ndarray:
    """(n, *shape) values of deviation 1 about 0, each near the one before: an AR(1) process."""
    steps = np.sqrt(1 - memory**2) * rng.standard_normal((n, *shape))
    steps[0] = rng.standard_normal(shape)
    return lfilter([1.0], [1.0, -memory], steps, axis=0)


def _one_person(rng: np.random.Generator, session: Session, left: bool) -> tuple[np.ndarray, float]:
    """Image fractions (3 x frames, 42) float32 of one person, and the aspect of the camera."""
    aspect = float(rng.choice(camera.ASPECTS))
    shape = hand.sample_shapes(1, rng)
    facing = float(rng.choice([0.0, np.pi]))
    angles = rng.normal((facing, 0.0, 0.0), session.turned)
    centre, extent = rng.uniform(*session.centre, 2), rng.uniform(*session.extent)
    distance = float(rng.uniform(4, 12))
    shown = []
    for gesture in range(len(GESTURES)):
        n = session.frames
        joints = _held_gesture(gesture, n, shape, rng, session)
        turned = angles + session.turning * wander(n, rng, session.memory, (3,))
        flat, _ = camera.camera_view(joints, camera.rotation(*turned.T), distance, left)
        place = centre + session.wandering * wander(n, rng, session.memory, (2,))
        size = extent * np.exp(0.1 * wander(n, rng, session.memory))
        points = camera.project(flat, aspect, place, size).reshape(n, LANDMARKS, 2)
        error = session.error * wander(n, rng, session.memory, (LANDMARKS, 2))
        shorter = min(aspect, 1.0) * size[:, None, None]
        points = points + error * shorter / (aspect, 1.0)
        shown.append(points.reshape(n, -1))
    return np.concatenate(shown).astype(np.float32), aspect


def _held_gesture(
    gesture: int, n: int, shape: hand.Shape, rng: np.random.Generator, session: Session
) -> np.ndarray:
    """Joints (n, 21, 3) of one hand that holds a gesture, which drifts between two poses of it."""
    bones = hand.take(shape, np.zeros(2, int))
    ends = poses.sample_poses(np.full(2, gesture), bones, rng)
    first, second = (hand.take(ends, np.full(n, end)) for end in (0, 1))
    share = 1 / (1 + np.exp(-2 * wander(n, rng, session.memory)))
    return hand.joints(hand.take(shape, np.zeros(n, int)), hand.blend(first, second, share))
