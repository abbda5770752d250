"""The demo clip: one person after another shows piedra, papel and tijeras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gestures.dataset import GESTURES
from gestures.simulator import hand, poses, render
from gestures.simulator.camera import Placement
from gestures.simulator.flesh import draw_hand
from gestures.simulator.hand import Pose, Shape
from gestures.simulator.poses import PAPEL, PIEDRA, TIJERAS


@dataclass(frozen=True)
class Demo:
    """The demo clip: its timing in seconds, its softness in pixels, the size of the hands."""

    hold: float = 1.6  # a gesture is shown
    change: float = 0.35  # the hand goes from one gesture to the next
    away: float = 0.8  # no hand in the frame
    # As soft as a webcam's picture of a hand an arm's length away, and as large. MediaPipe found
    # all of 52 closed hands drawn so, against 40 of sharp ones a quarter larger.
    softness: float = 1.4
    scale: tuple[float, float] = (0.175, 0.215)


DEMO = Demo()
TRIES = 32  # random poses, of which the most typical is shown


@dataclass(frozen=True)
class Person:
    """Who shows the three gestures, before which wall, and how the hand moves meanwhile."""

    background: np.ndarray  # (H, W, 3) uint8
    skin: np.ndarray  # (3,) BGR
    light: np.ndarray  # (2,)
    order: np.ndarray  # (3,) labels, in the order in which they are shown
    shape: Shape
    poses: list[Pose]  # in that order
    base: Placement
    rate: np.ndarray  # (5,) swings a second of yaw, pitch, roll, x and y
    phase: np.ndarray  # (5,) radians


def demo_frames(
    seed: int = 0, seconds: float = 20.0, fps: float = 30.0, size: tuple[int, int] = render.SIZE
) -> Iterator[tuple[np.ndarray, str | None]]:
    """The demo clip: frames (H, W, 3) uint8 BGR with the gesture shown, or None.

    Piedra, papel and tijeras in turn, by one person after another, moving smoothly, with some
    frames without a hand between persons. The gesture is None where there is no hand and while
    it changes.
    """
    rng = np.random.default_rng(seed)
    total, number = round(seconds * fps), 0
    shown = 3 * DEMO.hold + 2 * DEMO.change
    while number < total:
        person = _person(size, rng)
        for frame in range(min(round((shown + DEMO.away) * fps), total - number)):
            image, gesture = person.background.copy(), None
            if (time := frame / fps) < shown:
                gesture = _draw(image, person, time)
            yield render.finish(image, rng, softness=DEMO.softness), gesture
            number += 1


def _person(size: tuple[int, int], rng: np.random.Generator) -> Person:
    background = render.make_background(size, rng)
    skin = render.random_skin(rng)
    light = render.random_light(rng, -2.6, -0.5)
    order = rng.permutation(3)
    shape = hand.sample_shapes(1, rng)
    shown = [clear_pose(gesture, shape, rng) for gesture in order]
    base = Placement(
        # The back of a fist hides the fingers, and MediaPipe misses it more often.
        yaw=float(rng.choice([0.0, np.pi], p=[0.8, 0.2]) + rng.normal(0, 0.2)),
        pitch=float(rng.normal(0, 0.12)),
        roll=float(rng.normal(0, 0.25)),
        distance=float(rng.uniform(5, 8)),
        centre=(float(rng.uniform(0.42, 0.58)), float(rng.uniform(0.55, 0.66))),
        scale=float(rng.uniform(*DEMO.scale)),
        left=bool(rng.random() < 0.5),
    )
    rate, phase = rng.uniform(0.15, 0.45, 5), rng.uniform(0, 2 * np.pi, 5)
    return Person(background, skin, light, order, shape, shown, base, rate, phase)


def _draw(image: np.ndarray, person: Person, time: float) -> str | None:
    """Draw the hand ``time`` seconds after it came; the gesture, or None while it changes."""
    period = DEMO.hold + DEMO.change
    turn = min(int(time / period), 2)
    share = np.clip((time - turn * period - DEMO.hold) / DEMO.change, 0, 1)
    pose = person.poses[turn]
    if share > 0:
        smooth = share * share * (3 - 2 * share)
        pose = hand.blend(pose, person.poses[turn + 1], smooth)
    yaw, pitch, roll, x, y = np.sin(2 * np.pi * person.rate * time + person.phase)
    base = person.base
    placement = replace(
        base,
        yaw=base.yaw + 0.12 * yaw,
        pitch=base.pitch + 0.10 * pitch,
        roll=base.roll + 0.15 * roll,
        centre=(base.centre[0] + 0.06 * x, base.centre[1] + 0.04 * y),
    )
    joints = hand.joints(person.shape, pose)[0]
    draw_hand(image, joints, placement, person.skin, person.light)
    return None if share > 0 else GESTURES[person.order[turn]]


def clear_pose(gesture: int, shape: Shape, rng: np.random.Generator) -> Pose:
    """A textbook pose of a gesture for one hand: the most typical of some random ones."""
    many = hand.take(shape, np.zeros(TRIES, int))
    tries = poses.sample_poses(np.full(TRIES, gesture), many, rng)
    # Every joint counts: a fist with straight knuckles looks like short fingers held up.
    closed, open_ = (85.0, 103.0, 60.0), (0.0, 4.0, 2.0)
    target = np.array(([closed] * 4, [open_] * 4, [open_] * 2 + [closed] * 2)[gesture])
    oddity = np.abs(tries.flexion - target).sum((1, 2))
    if gesture == TIJERAS:
        oddity -= 2 * np.abs(tries.spread[:, 0] - tries.spread[:, 1])
    if gesture != PAPEL:
        # The thumb lies on the closed fingers: half a hand unit away counts like 100 degrees.
        hands = hand.joints(many, tries)
        finger = hands[:, 10] if gesture == PIEDRA else hands[:, 14]
        oddity += 200 * np.linalg.norm(hands[:, 4] - finger, axis=1)
    return hand.take(tries, [int(oddity.argmin())])
