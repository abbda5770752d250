"""Random poses of each gesture, as varied as people's, and hands between the gestures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gestures.simulator.hand import (
    LIMITS,
    Limits,
    Pose,
    Shape,
    clip,
    joints,
    sample_shapes,
    take,
    thumb_joints,
)

PIEDRA, PAPEL, TIJERAS = 0, 1, 2  # labels, in the order of `dataset.GESTURES`
CANDIDATES = 40  # random thumbs, of which the one that ends nearest is taken
BLOCK = 4096  # hands whose candidate thumbs are held in memory at once


def bent(n: int, rng: np.random.Generator, fingers: int = 4) -> np.ndarray:
    """Flexion (n, fingers, 3) of closed fingers, from a tight fist to a loosely held one."""
    tight = rng.beta(2.2, 1.3, (n, 1, 1))  # shared by the fingers of a hand
    tight = np.clip(tight + 0.10 * rng.standard_normal((n, fingers, 1)), -0.15, 1.1)
    loose = np.array([38.0, 72.0, 25.0])
    closed = np.array([85.0, 105.0, 68.0])
    # A hand can close with its knuckles straight (a hook) or with its last joints straight.
    hook = rng.normal(0, 14, (n, 1, 1)) * np.array([-1.0, 0.5, 0.3])
    return loose + (closed - loose) * tight + hook + rng.normal(0, 5, (n, fingers, 3))


def straight(n: int, rng: np.random.Generator, fingers: int = 4) -> np.ndarray:
    """Flexion (n, fingers, 3) of extended fingers, from stretched back to relaxed."""
    relaxed = rng.beta(1.1, 2.2, (n, 1, 1))
    relaxed = np.clip(relaxed + 0.08 * rng.standard_normal((n, fingers, 1)), -0.2, 1)
    stretched = np.array([-6.0, 2.0, 1.0])
    slack = np.array([32.0, 38.0, 20.0])
    knuckle = rng.normal(0, 7, (n, 1, 1)) * np.array([1.0, 0.0, 0.0])
    return stretched + (slack - stretched) * relaxed + knuckle + rng.normal(0, 4, (n, fingers, 3))


def fan(n: int, rng: np.random.Generator, open_share: np.ndarray) -> np.ndarray:
    """Spread (n, 4) of fingers: 0 held together, 1 spread as far as they go."""
    together = np.array([-3.0, -1.0, 1.0, 5.0])
    apart = np.array([16.0, 3.0, -11.0, -26.0])
    return together + (apart - together) * open_share[:, None] + rng.normal(0, 2.5, (n, 4))


def reach(
    shape: Shape, targets: np.ndarray, rng: np.random.Generator, limits: Limits = LIMITS
) -> np.ndarray:
    """Thumb angles (n, 5) that bring each thumb's tip near ``targets`` (n, 3).

    The nearest of some random thumbs within the limits: as varied as real ones, where a solver
    would always bend the thumb in the same way.
    """
    low, high = np.array(
        [
            (limits.azimuth[0] + 15, limits.azimuth[1] - 15),
            (0.0, limits.elevation[1]),
            (0.0, limits.opposition[1]),
            (-5.0, limits.thumb_mcp[1]),
            (-5.0, limits.thumb_ip[1]),
        ]
    ).T
    nearest = []
    for start in range(0, len(targets), BLOCK):
        rows = slice(start, start + BLOCK)
        target = targets[rows]
        n = len(target)
        angles = rng.uniform(low, high, (n, CANDIDATES, 5))
        points = thumb_joints(
            np.broadcast_to(shape.thumb_base[rows, None], (n, CANDIDATES, 3)),
            np.broadcast_to(shape.thumb[rows, None], (n, CANDIDATES, 3)),
            angles,
        )
        distance = np.linalg.norm(points[:, :, 3] - target[:, None], axis=-1)
        nearest.append(angles[np.arange(n), distance.argmin(1)])
    return np.concatenate(nearest)


def _free_thumb(
    n: int, rng: np.random.Generator, mean: Sequence[float], sd: Sequence[float]
) -> np.ndarray:
    """Thumb angles (n, 5) drawn about their means, in degrees."""
    return np.array(mean, dtype=float) + np.array(sd, dtype=float) * rng.standard_normal((n, 5))


def choose(
    n: int, rng: np.random.Generator, shares: Sequence[float], options: Sequence[np.ndarray]
) -> np.ndarray:
    """For each of n rows, the row of one of ``options`` (k arrays (n, m)), by ``shares``."""
    pick = rng.choice(len(options), n, p=np.array(shares) / np.sum(shares))
    return np.stack(options)[pick, np.arange(n)]


def thumb_out(n: int, rng: np.random.Generator) -> np.ndarray:
    """Thumbs held off the hand."""
    return _free_thumb(n, rng, (50, 15, 20, 5, 5), (9, 12, 15, 10, 12))


def thumb_along(n: int, rng: np.random.Generator) -> np.ndarray:
    """Thumbs beside the index finger."""
    return _free_thumb(n, rng, (24, 14, 20, 8, 8), (8, 10, 15, 9, 12))


def _on_finger(
    points: np.ndarray, finger: int, share: np.ndarray, height: np.ndarray
) -> np.ndarray:
    """Points (n, 3) in front of the middle bone of ``finger`` (0 index to 3 little)."""
    first, second = points[:, 6 + 4 * finger], points[:, 7 + 4 * finger]
    return first + (second - first) * share[:, None] + np.array([0.0, 0.0, 1.0]) * height[:, None]


def closed_thumb(shape: Shape, pose: Pose, rng: np.random.Generator) -> np.ndarray:
    """Thumb angles (n, 5) of closed hands: over, beside or inside the fingers, or along them."""
    n = len(pose.spread)
    points = joints(shape, pose)
    where = rng.uniform(0, 1, n)
    height = rng.uniform(0.08, 0.24, n)
    index, middle = (_on_finger(points, f, where, height) for f in (0, 1))
    across = rng.uniform(-0.1, 1.4, n)[:, None]
    over = reach(shape, index + (middle - index) * across, rng)
    side = points[:, 6] * 0.6 + points[:, 7] * 0.4 + np.array([0.2, 0.0, 0.05])
    beside = reach(shape, side + rng.normal(0, 0.08, (n, 3)), rng)
    inside = shape.knuckles[:, 1] * 0.8 + np.array([0.0, 0.0, 0.28])
    tucked = reach(shape, inside + rng.normal(0, 0.09, (n, 3)), rng)
    # bent a little: a straight thumb off a fist is a raised thumb, which is another hand
    along = _free_thumb(n, rng, (16, 14, 25, 18, 25), (8, 10, 15, 10, 14))
    return choose(n, rng, (0.47, 0.32, 0.12, 0.09), (over, beside, tucked, along))


def _piedra(n: int, rng: np.random.Generator, shape: Shape) -> Pose:
    """Fists, the thumb over, beside or inside the fingers."""
    flexion = bent(n, rng)
    spread = fan(n, rng, rng.uniform(-0.1, 0.35, n))
    thumb = closed_thumb(shape, Pose(flexion, spread, np.zeros((n, 5))), rng)
    return Pose(flexion, spread, thumb)


def _papel(n: int, rng: np.random.Generator, shape: Shape) -> Pose:
    """Flat hands, the thumb off, beside or across the palm."""
    flexion = straight(n, rng)
    spread = fan(n, rng, rng.uniform(-0.15, 1.15, n))
    fold = shape.knuckles[:, 1:3].mean(1) * 0.85 + np.array([0.0, 0.0, 0.22])
    folded = reach(shape, fold + rng.normal(0, 0.14, (n, 3)), rng)
    thumb = choose(n, rng, (0.55, 0.33, 0.12), (thumb_out(n, rng), thumb_along(n, rng), folded))
    return Pose(flexion, spread, thumb)


def _tijeras(n: int, rng: np.random.Generator, shape: Shape) -> Pose:
    """Index and middle finger out, the thumb over or inside the others, or off them."""
    raised, closed = straight(n, rng, 2), bent(n, rng, 2)
    # The ring finger cannot close as far as in a fist while its neighbour is stretched, and many
    # people let the little finger stand off.
    lazy = (rng.random(n) < 0.3) * rng.uniform(0, 0.55, n)
    closed[:, 1] *= 1 - lazy[:, None]
    closed[:, 0] *= 1 - 0.35 * lazy[:, None]
    flexion = np.concatenate([raised, closed], axis=1)
    opening = rng.uniform(-0.1, 1.0, n)[:, None]
    spread = np.concatenate(
        [
            np.array([-4.0, 2.0]) + np.array([20.0, -16.0]) * opening,
            np.array([-2.0, -2.0]) - np.array([3.0, 8.0]) * lazy[:, None],
        ],
        axis=1,
    ) + rng.normal(0, 2.5, (n, 4))
    points = joints(shape, Pose(flexion, spread, np.zeros((n, 5))))
    height = rng.uniform(0.08, 0.24, n)
    ring = _on_finger(points, 2, rng.uniform(-0.3, 1, n), height)
    over = reach(shape, ring + rng.normal(0, 0.06, (n, 3)), rng)
    near = shape.knuckles[:, 1:3].mean(1) * 0.85 + np.array([0.05, 0.0, 0.30])
    inside = reach(shape, near + rng.normal(0, 0.12, (n, 3)), rng)
    thumb = choose(
        n,
        rng,
        (0.5, 0.2, 0.15, 0.15),
        (over, inside, thumb_along(n, rng), thumb_out(n, rng)),
    )
    return Pose(flexion, spread, thumb)


Poser = Callable[[int, np.random.Generator, Shape], Pose]
_POSERS: tuple[Poser, ...] = (_piedra, _papel, _tijeras)  # by label


def sample_poses(labels: np.ndarray, shape: Shape, rng: np.random.Generator) -> Pose:
    """One pose for each label of ``labels`` (n,), varied as people vary, for the given bones."""
    flexion, spread, thumb = (np.empty((len(labels), *s)) for s in ((4, 3), (4,), (5,)))
    for gesture, poser in enumerate(_POSERS):
        index = np.flatnonzero(labels == gesture)
        if len(index):
            pose = clip(poser(len(index), rng, take(shape, index)))
            flexion[index], spread[index], thumb[index] = pose.flexion, pose.spread, pose.thumb
    return Pose(flexion, spread, thumb)


def sample_hands(
    n: int, rng: np.random.Generator, gesture: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """n random right hands: joints (n, 21, 3) in hand units and labels (n,).

    Every label is drawn with the same chance, unless ``gesture`` (0, 1 or 2) asks for one.
    """
    labels = rng.integers(0, 3, n) if gesture is None else np.full(n, gesture)
    shape = sample_shapes(n, rng)
    return joints(shape, sample_poses(labels, shape, rng)), labels


def sample_doubtful(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n hands between fist and paper: joints (n, 21, 3) and probabilities (n, 4) fit for them."""
    shape = sample_shapes(n, rng)
    paper = _papel(n, rng, shape)
    flexion = np.array([24.0, 55.0, 20.0]) + rng.normal(0, 6, (n, 4, 3))
    claws = Pose(flexion, paper.spread / 2, paper.thumb)
    return joints(shape, clip(claws)), np.tile([0.5, 0.5, 0.0, 0.0], (n, 1))
