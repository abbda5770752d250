"""Hands that are none of the gestures: signs, counting fingers, pinches, and anything between.

A classifier that never met them calls an OK sign paper, a raised thumb a fist and a pointing finger
scissors, each with confidence. Four raised fingers are left out: people play paper so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gestures.simulator import poses
from gestures.simulator.hand import Pose, Shape, clip, joints, sample_shapes, take

INDEX, MIDDLE, RING, LITTLE = range(4)


@dataclass(frozen=True)
class Kind:
    """One kind of hand.

    Attributes:
        share: how often it is drawn, relative to the others.
        raised: fingers that are straight; the others are closed.
        thumb: ``closed``, over the closed fingers or beside them; ``up``, straight and far off
            them; ``touching``, its tip on that of the index, which is curved.
    """

    share: float
    raised: tuple[int, ...] = ()
    thumb: str = "closed"


KINDS = {
    "ok": Kind(2.4, (MIDDLE, RING, LITTLE), "touching"),
    "pinch": Kind(1.3, (), "touching"),
    "thumb": Kind(3.0, (), "up"),
    "pointing": Kind(2.4, (INDEX,)),
    "gun": Kind(0.8, (INDEX,), "up"),
    "three": Kind(1.2, (INDEX, MIDDLE, RING)),
    "horns": Kind(0.8, (INDEX, LITTLE)),
    "telephone": Kind(0.8, (LITTLE,), "up"),
    "little": Kind(0.5, (LITTLE,)),
    "middle": Kind(0.4, (MIDDLE,)),
    "beak": Kind(2.4),  # all finger tips near that of the thumb
    "any": Kind(2.0),  # each finger bent by itself
}
TOUCHING = 0.07  # how far apart finger tips that touch are seen, in hand units


def sample_others(n: int, rng: np.random.Generator) -> np.ndarray:
    """Joints (n, 21, 3) of n hands that are none of the gestures, in hand units."""
    shape = sample_shapes(n, rng)
    shares = np.array([kind.share for kind in KINDS.values()])
    drawn = rng.choice(len(KINDS), n, p=shares / shares.sum())
    hands = np.empty((n, 21, 3))
    for at, name in enumerate(KINDS):
        index = np.flatnonzero(drawn == at)
        if len(index):
            bones = take(shape, index)
            hands[index] = joints(bones, clip(_pose(name, bones, len(index), rng)))
    return hands


def _pose(name: str, shape: Shape, n: int, rng: np.random.Generator) -> Pose:
    if name == "beak":
        return _beak(shape, n, rng)
    if name == "any":
        return _any(n, rng)
    kind = KINDS[name]
    flexion, straight = _closed(n, rng), poses.straight(n, rng)
    spread = poses.fan(n, rng, rng.uniform(-0.1, 0.6, n))
    for finger in kind.raised:
        flexion[:, finger] = straight[:, finger]
    if kind.thumb == "touching":
        low, high = (25.0, 35.0, 10.0), (65.0, 75.0, 40.0)
        flexion[:, INDEX] = rng.uniform(low, high, (n, 3))
        thumb = _touching(shape, Pose(flexion, spread, np.zeros((n, 5))), (INDEX,), rng)
    elif kind.thumb == "up":
        thumb = _thumb_up(n, rng)
    else:
        thumb = poses.closed_thumb(shape, Pose(flexion, spread, np.zeros((n, 5))), rng)
    return Pose(flexion, spread, thumb)


def _closed(n: int, rng: np.random.Generator) -> np.ndarray:
    """Flexion (n, 4, 3) of closed fingers: together, hooked, or each as far as it likes."""
    flexion = poses.bent(n, rng)
    hooked = rng.uniform((30, 85, 25), (90, 118, 70), (n, 3))[:, None]
    hooked = hooked + rng.normal(0, 5, (n, 4, 3))
    flexion = np.where(rng.random((n, 1, 1)) < 0.4, hooked, flexion)
    apart = rng.uniform(0.5, 1.05, (n, 4, 1))
    return flexion * np.where(rng.random((n, 1, 1)) < 0.3, apart, 1.0)


def _thumb_up(n: int, rng: np.random.Generator) -> np.ndarray:
    """Thumb angles (n, 5): straight, and well off the hand."""
    angles = rng.normal((0, 12, 15, -2, -4), (1, 16, 20, 8, 10), (n, 5))
    angles[:, 0] = rng.uniform(26, 75, n)
    return angles


def _touching(
    shape: Shape, pose: Pose, fingers: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """Thumb angles (n, 5) that bring its tip near the middle of some finger tips."""
    tips = joints(shape, clip(pose))[:, [8 + 4 * finger for finger in fingers]]
    target = tips.mean(axis=1)
    return poses.reach(shape, target + rng.normal(0, TOUCHING, target.shape), rng)


def _beak(shape: Shape, n: int, rng: np.random.Generator) -> Pose:
    """Fingers held together, bent at the knuckles, and the thumb against them or below them."""
    flexion = rng.uniform((25, 2, 0), (75, 45, 20), (n, 3))[:, None] + rng.normal(0, 5, (n, 4, 3))
    pose = Pose(flexion, poses.fan(n, rng, np.zeros(n)), np.zeros((n, 5)))
    return Pose(flexion, pose.spread, _touching(shape, pose, (INDEX, MIDDLE), rng))


def _any(n: int, rng: np.random.Generator) -> Pose:
    """Each finger anywhere between straight and closed, where that is no gesture."""
    share = rng.beta(0.6, 0.6, (n, 4))
    while True:
        index = np.flatnonzero(_is_gesture(share))
        if not len(index):
            break
        share[index] = rng.beta(0.6, 0.6, (len(index), 4))
    straight, closed = poses.straight(n, rng), poses.bent(n, rng)
    flexion = straight + (closed - straight) * share[..., None]
    options = (_thumb_up(n, rng), poses.thumb_along(n, rng), poses.thumb_out(n, rng))
    thumb = poses.choose(n, rng, (0.3, 0.4, 0.3), options)
    return Pose(flexion, poses.fan(n, rng, rng.uniform(-0.15, 1.0, n)), thumb)


def _is_gesture(share: np.ndarray) -> np.ndarray:
    """Whether fingers (n, 4), 0 straight to 1 closed, might be one of the gestures."""
    up, down = share < 0.55, share > 0.3
    fist, flat = down.all(axis=1), up[:, MIDDLE:].all(axis=1)
    scissors = up[:, INDEX] & up[:, MIDDLE] & down[:, RING] & down[:, LITTLE]
    return fist | flat | scissors
