"""A kinematic hand: the simulator behind the embedded data set and the rendered frames.

A hand is a `Shape` (where its knuckles are, how long its bones) and a `Pose` (how its joints are
bent). `joints` turns both into 21 points in the order of MediaPipe's hand landmarks: wrist, thumb
1-4, index 5-8, middle 9-12, ring 13-16, little 17-20. `project` puts them before a camera.

Coordinates are those of a right hand: x towards the thumb, y from the wrist towards the fingers,
z out of the palm; one unit is the distance from the wrist to the middle knuckle. A left hand is
the mirror image (x negated). All functions work on n hands at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

PIEDRA, PAPEL, TIJERAS = 0, 1, 2
LANDMARKS = 21
# About which a hand is turned, in hand units.
PALM_CENTRE = np.array([0.0, 0.75, 0.0])
# The aspects (width / height) of the cameras people have: old webcams, laptops, square crops and
# telephones held upright.
ASPECTS = (4 / 3, 16 / 9, 1.0, 3 / 4)


@dataclass(frozen=True)
class Anatomy:
    """Mean proportions of a hand, in units of the wrist to middle knuckle distance (about 9 cm).

    The phalanges follow the mean lengths of Buryanov and Kotiuk (2010, "Proportions of hand
    segments", Int. J. Morphol. 28(3):755-758) with the soft tissue of the finger tip added.
    """

    # Knuckles of index, middle, ring and little finger; the little one lies lower and further in
    # front, which is the arch of the palm.
    knuckles: tuple = (
        (0.25, 0.97, 0.0),
        (0.0, 1.0, -0.03),
        (-0.21, 0.92, 0.0),
        (-0.39, 0.79, 0.06),
    )
    # Proximal, middle and distal bone of each finger.
    phalanges: tuple = (
        (0.44, 0.26, 0.21),
        (0.49, 0.30, 0.22),
        (0.46, 0.29, 0.22),
        (0.36, 0.21, 0.20),
    )
    # The thumb's carpometacarpal joint, and its metacarpal, proximal and distal bone.
    thumb_base: tuple = (0.27, 0.22, 0.06)
    thumb: tuple = (0.46, 0.37, 0.29)
    # Relative standard deviations: of a hand's breadth, of all its fingers together, of each bone.
    breadth_sd: float = 0.09
    fingers_sd: float = 0.06
    bone_sd: float = 0.05
    # Absolute, in hand units: where each knuckle lies.
    knuckle_sd: float = 0.02
    # Fingers converge towards the base of the thumb when they bend: the roll of each one's plane
    # of flexion, in degrees.
    roll: tuple = (-4.0, 0.0, 8.0, 16.0)


@dataclass(frozen=True)
class Limits:
    """Widest angles in degrees that a joint takes here (active range of motion, rounded up).

    Knuckles bend back by some 30 degrees; the thumb's saddle joint opens sideways (`azimuth`) and
    out of the palm (`elevation`) and turns the thumb towards the fingers (`opposition`).
    """

    mcp: tuple = (-30.0, 100.0)
    pip: tuple = (-10.0, 120.0)
    dip: tuple = (-15.0, 95.0)
    spread: tuple = (-40.0, 32.0)
    azimuth: tuple = (-15.0, 75.0)
    elevation: tuple = (-20.0, 70.0)
    opposition: tuple = (-10.0, 85.0)
    thumb_mcp: tuple = (-15.0, 65.0)
    thumb_ip: tuple = (-30.0, 90.0)


@dataclass(frozen=True)
class Camera:
    """How the simulated hands are seen."""

    # Distance of the camera in hand units (9 cm): from 25 cm, a fist thrust at the lens, to 1.3 m.
    distance: tuple = (2.8, 14.0)
    # Height of the hand's bounding box as a share of the frame's shorter side.
    extent: tuple = (0.15, 0.75)
    # Landmark noise as a share of the hand's size: independent for each landmark, shared by the
    # landmarks of one finger, and the range over which a recording's own level varies.
    jitter: float = 0.016
    finger_jitter: float = 0.020
    level: tuple = (0.4, 1.8)


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


ANATOMY, LIMITS, CAMERA = Anatomy(), Limits(), Camera()


def take(item, index):
    """The hands of a `Shape` or `Pose` that a numpy index selects."""
    return type(item)(*(getattr(item, field.name)[index] for field in fields(item)))


def join(items):
    """Several `Shape`s or `Pose`s, one after the other."""
    items = list(items)
    first = items[0]
    return type(first)(
        *(np.concatenate([getattr(item, field.name) for item in items]) for field in fields(first))
    )


def blend(a: Pose, b: Pose, share) -> Pose:
    """Pose between `a` (share 0) and `b` (share 1): joint angles interpolated linearly.

    `share` is a number or (n,). Limits of motion are convex, so a blend stays within them.
    """
    share = np.asarray(share, dtype=float)

    def mix(x, y):
        s = share.reshape(share.shape + (1,) * (x.ndim - share.ndim)) if share.ndim else share
        return x * (1 - s) + y * s

    return Pose(*(mix(getattr(a, f.name), getattr(b, f.name)) for f in fields(Pose)))


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _thumb_points(base, lengths, angles):
    """Landmarks 1-4, (n, 4, 3), of thumbs with bones `lengths` (n, 3) and `angles` (n, 5)."""
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
    thumb = _thumb_points(shape.thumb_base, shape.thumb, pose.thumb)
    return np.concatenate([wrist, thumb, fingers.reshape(n, 16, 3)], axis=1)


def sample_shapes(n: int, rng: np.random.Generator, anatomy: Anatomy = ANATOMY) -> Shape:
    """Bones of n different hands."""

    def factor(sd, *size):
        # Truncated, so that no hand has a bone that no person has.
        return 1 + sd * np.clip(rng.standard_normal((n, *size)), -2.5, 2.5)

    def shift(*size):
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


def _clip(pose: Pose, limits: Limits = LIMITS) -> Pose:
    low, high = np.array([limits.mcp, limits.pip, limits.dip]).T
    thumb_low, thumb_high = np.array(
        [limits.azimuth, limits.elevation, limits.opposition, limits.thumb_mcp, limits.thumb_ip]
    ).T
    return Pose(
        np.clip(pose.flexion, low, high),
        np.clip(pose.spread, *limits.spread),
        np.clip(pose.thumb, thumb_low, thumb_high),
    )


def _bent(n, rng, fingers=4):
    """Flexion (n, fingers, 3) of closed fingers, from a tight fist to a loosely held one."""
    tight = rng.beta(2.2, 1.3, (n, 1, 1))  # shared by the fingers of a hand
    tight = np.clip(tight + 0.10 * rng.standard_normal((n, fingers, 1)), -0.15, 1.1)
    loose = np.array([38.0, 72.0, 25.0])
    closed = np.array([85.0, 105.0, 68.0])
    # A hand can close with its knuckles straight (a hook) or with its last joints straight.
    hook = rng.normal(0, 14, (n, 1, 1)) * np.array([-1.0, 0.5, 0.3])
    return loose + (closed - loose) * tight + hook + rng.normal(0, 5, (n, fingers, 3))


def _straight(n, rng, fingers=4):
    """Flexion (n, fingers, 3) of extended fingers, from stretched back to relaxed."""
    relaxed = rng.beta(1.1, 2.2, (n, 1, 1))
    relaxed = np.clip(relaxed + 0.08 * rng.standard_normal((n, fingers, 1)), -0.2, 1)
    stretched = np.array([-6.0, 2.0, 1.0])
    slack = np.array([32.0, 38.0, 20.0])
    knuckle = rng.normal(0, 7, (n, 1, 1)) * np.array([1.0, 0.0, 0.0])
    return stretched + (slack - stretched) * relaxed + knuckle + rng.normal(0, 4, (n, fingers, 3))


def _fan(n, rng, open_share):
    """Spread (n, 4) of fingers: 0 held together, 1 spread as far as they go."""
    together = np.array([-3.0, -1.0, 1.0, 5.0])
    apart = np.array([16.0, 3.0, -11.0, -26.0])
    return together + (apart - together) * open_share[:, None] + rng.normal(0, 2.5, (n, 4))


# Hands whose candidate thumbs are held in memory at once.
_BLOCK = 4096


def _reach(shape, targets, rng, limits=LIMITS, candidates=40):
    """Thumb angles (n, 5) that bring each thumb's tip near `targets` (n, 3).

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
    for start in range(0, len(targets), _BLOCK):
        rows = slice(start, start + _BLOCK)
        target = targets[rows]
        n = len(target)
        angles = rng.uniform(low, high, (n, candidates, 5))
        points = _thumb_points(
            np.broadcast_to(shape.thumb_base[rows, None], (n, candidates, 3)),
            np.broadcast_to(shape.thumb[rows, None], (n, candidates, 3)),
            angles,
        )
        distance = np.linalg.norm(points[:, :, 3] - target[:, None], axis=-1)
        nearest.append(angles[np.arange(n), distance.argmin(1)])
    return np.concatenate(nearest)


def _free_thumb(n, rng, mean, sd):
    return np.array(mean, dtype=float) + np.array(sd, dtype=float) * rng.standard_normal((n, 5))


def _choose(n, rng, shares, options):
    """For each of n rows, the row of one of `options` (k arrays (n, m)), drawn with `shares`."""
    pick = rng.choice(len(options), n, p=np.array(shares) / np.sum(shares))
    return np.stack(options)[pick, np.arange(n)]


def _thumb_out(n, rng):
    return _free_thumb(n, rng, (50, 15, 20, 5, 5), (9, 12, 15, 10, 12))


def _thumb_along(n, rng):
    return _free_thumb(n, rng, (24, 14, 20, 8, 8), (8, 10, 15, 9, 12))


def _on_finger(points, finger, share, height):
    """Point (n, 3) in front of the middle bone of `finger` (0 index to 3 little)."""
    first, second = points[:, 6 + 4 * finger], points[:, 7 + 4 * finger]
    return first + (second - first) * share[:, None] + np.array([0.0, 0.0, 1.0]) * height[:, None]


def _piedra(n, rng, shape):
    flexion = _bent(n, rng)
    spread = _fan(n, rng, rng.uniform(-0.1, 0.35, n))
    points = joints(shape, Pose(flexion, spread, np.zeros((n, 5))))
    where = rng.uniform(0, 1, n)
    height = rng.uniform(0.08, 0.24, n)
    index, middle = (_on_finger(points, f, where, height) for f in (0, 1))
    across = rng.uniform(-0.1, 1.4, n)[:, None]
    over = _reach(shape, index + (middle - index) * across, rng)
    side = points[:, 6] * 0.6 + points[:, 7] * 0.4 + np.array([0.2, 0.0, 0.05])
    beside = _reach(shape, side + rng.normal(0, 0.08, (n, 3)), rng)
    inside = shape.knuckles[:, 1] * 0.8 + np.array([0.0, 0.0, 0.28])
    tucked = _reach(shape, inside + rng.normal(0, 0.09, (n, 3)), rng)
    thumb = _choose(
        n,
        rng,
        (0.42, 0.26, 0.10, 0.14, 0.08),
        (over, beside, tucked, _thumb_along(n, rng), _thumb_out(n, rng)),
    )
    return Pose(flexion, spread, thumb)


def _papel(n, rng, shape):
    flexion = _straight(n, rng)
    spread = _fan(n, rng, rng.uniform(-0.15, 1.15, n))
    fold = shape.knuckles[:, 1:3].mean(1) * 0.85 + np.array([0.0, 0.0, 0.22])
    folded = _reach(shape, fold + rng.normal(0, 0.14, (n, 3)), rng)
    thumb = _choose(n, rng, (0.55, 0.33, 0.12), (_thumb_out(n, rng), _thumb_along(n, rng), folded))
    return Pose(flexion, spread, thumb)


def _tijeras(n, rng, shape):
    straight, bent = _straight(n, rng, 2), _bent(n, rng, 2)
    # The ring finger cannot close as far as in a fist while its neighbour is stretched, and many
    # people let the little finger stand off.
    lazy = (rng.random(n) < 0.3) * rng.uniform(0, 0.55, n)
    bent[:, 1] *= 1 - lazy[:, None]
    bent[:, 0] *= 1 - 0.35 * lazy[:, None]
    flexion = np.concatenate([straight, bent], axis=1)
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
    over = _reach(shape, ring + rng.normal(0, 0.06, (n, 3)), rng)
    near = shape.knuckles[:, 1:3].mean(1) * 0.85 + np.array([0.05, 0.0, 0.30])
    inside = _reach(shape, near + rng.normal(0, 0.12, (n, 3)), rng)
    thumb = _choose(
        n,
        rng,
        (0.5, 0.2, 0.15, 0.15),
        (over, inside, _thumb_along(n, rng), _thumb_out(n, rng)),
    )
    return Pose(flexion, spread, thumb)


_POSERS = (_piedra, _papel, _tijeras)


def sample_poses(labels, shape: Shape, rng: np.random.Generator) -> Pose:
    """One pose for each label of `labels` (n,), varied as people vary, for the given bones."""
    labels = np.asarray(labels)
    flexion, spread, thumb = (np.empty((len(labels), *s)) for s in ((4, 3), (4,), (5,)))
    for gesture, poser in enumerate(_POSERS):
        index = np.flatnonzero(labels == gesture)
        if len(index):
            pose = _clip(poser(len(index), rng, take(shape, index)))
            flexion[index], spread[index], thumb[index] = pose.flexion, pose.spread, pose.thumb
    return Pose(flexion, spread, thumb)


def sample_hands(n: int, rng: np.random.Generator, gesture: int | None = None):
    """n random right hands: joints (n, 21, 3) in hand units and labels (n,).

    Every label is drawn with the same chance, unless `gesture` (0, 1 or 2) asks for one.
    """
    labels = rng.integers(0, 3, n) if gesture is None else np.full(n, gesture)
    shape = sample_shapes(n, rng)
    return joints(shape, sample_poses(labels, shape, rng)), labels


def sample_doubtful(n: int, rng: np.random.Generator):
    """n hands between the gestures: joints (n, 21, 3) and probabilities (n, 3) fit for them.

    A pointing finger (piedra or tijeras), three fingers (papel or tijeras), a half closed claw
    (piedra or papel), a raised little finger with or without the index (any). A classifier that
    never met them calls a pointing finger tijeras with 0.9.
    """
    shape = sample_shapes(n, rng)
    fist, paper, pose = (poser(n, rng, shape) for poser in _POSERS)
    flexion, spread, thumb = pose.flexion, pose.spread, pose.thumb
    kind = rng.integers(0, 4, n)
    pointing, three, claw, little = (kind == k for k in range(4))
    flexion[pointing, 1] = fist.flexion[pointing, 1]
    flexion[three, 2] = paper.flexion[three, 2]
    half = np.array([24.0, 55.0, 20.0]) + rng.normal(0, 6, (n, 4, 3))
    flexion[claw], spread[claw], thumb[claw] = half[claw], paper.spread[claw] / 2, paper.thumb[claw]
    flexion[little] = fist.flexion[little]
    flexion[little, 3] = paper.flexion[little, 3]
    horns = little & (rng.random(n) < 0.5)
    flexion[horns, 0] = paper.flexion[horns, 0]
    chances = np.array([[0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0], [0.4, 0.2, 0.4]])
    return joints(shape, _clip(Pose(flexion, spread, thumb))), chances[kind]


def rotation(yaw, pitch, roll) -> np.ndarray:
    """Rotation matrices (n, 3, 3): first yaw about y, then pitch about x, then roll about z.

    Angles in radians, (n,) each. With all zero, a right hand shows the camera its palm with the
    fingers up; a yaw of pi shows its back.
    """
    yaw, pitch, roll = np.broadcast_arrays(*(np.asarray(a, float) for a in (yaw, pitch, roll)))
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)

    def matrix(*rows):
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    c, s = np.cos(yaw), np.sin(yaw)
    about_y = matrix((c, zero, s), (zero, one, zero), (-s, zero, c))
    c, s = np.cos(pitch), np.sin(pitch)
    about_x = matrix((one, zero, zero), (zero, c, -s), (zero, s, c))
    c, s = np.cos(roll), np.sin(roll)
    about_z = matrix((c, -s, zero), (s, c, zero), (zero, zero, one))
    return about_z @ about_x @ about_y


def sample_angles(n: int, rng: np.random.Generator):
    """Yaw, pitch and roll (n,) each, in radians, of hands as people hold them before a camera.

    Palm or back towards it more often than the edge; mostly upright, sometimes pointing at the
    camera or away from it, as a thrust fist does; any roll, since cameras and wrists turn.
    """
    facing = rng.choice([0.0, np.pi], n)
    narrow = rng.normal(0, np.radians(28), n)
    wide = rng.uniform(-np.pi / 2, np.pi / 2, n)
    yaw = facing + np.where(rng.random(n) < 0.65, narrow, wide)
    upright = np.clip(rng.normal(0, np.radians(24), n), -1.2, 1.2)
    pitch = np.where(rng.random(n) < 0.75, upright, rng.uniform(-1.2, 1.2, n))
    return yaw, pitch, rng.uniform(-np.pi, np.pi, n)


def sample_views(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rotations (n, 3, 3) by `sample_angles`."""
    return rotation(*sample_angles(n, rng))


def camera_view(hands, views, distance, left=False):
    """Pinhole picture of `hands` (n, 21, 3): flat (n, 21, 2) and depth (n, 21).

    `views` (n, 3, 3) turn the hands about the middle of the palm, which lies `distance` (n,) hand
    units before the camera; `left` (n,) makes left hands. Flat coordinates are for a focal length
    of 1, y up, with the middle of the palm at the origin.
    """
    hands = np.array(hands, dtype=float)
    n = len(hands)
    hands -= PALM_CENTRE
    hands[..., 0] *= np.where(np.broadcast_to(left, (n,)), -1.0, 1.0)[:, None]
    turned = hands @ np.swapaxes(np.asarray(views, float), -1, -2)
    depth = np.broadcast_to(distance, (n,))[:, None] - turned[..., 2]
    return turned[..., :2] / depth[..., None], depth


def project(
    hands, views, distance, aspect=4 / 3, *, centre=(0.5, 0.5), extent=0.5, left=False
) -> np.ndarray:
    """Image fractions (n, 42), x and y of each landmark, of `hands` (n, 21, 3) seen by a camera.

    `views`, `distance` and `left` as in `camera_view`; `aspect` is the frame's width / height;
    `centre` (n, 2) and `extent` (n,) put the hand's bounding box at a place of the frame with its
    longer side that share of the frame's shorter side. Image y points down.
    """
    flat, _ = camera_view(hands, views, distance, left)
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


def jitter(points, aspect, rng, camera: Camera = CAMERA) -> np.ndarray:
    """`points` (n, 42) with the errors of a landmark detector: single landmarks, whole fingers."""
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


def photograph(hands, rng, aspects=ASPECTS, camera: Camera = CAMERA):
    """What a landmark detector would give for `hands` (n, 21, 3) before random cameras.

    Returns image fractions (n, 42) float32 and the frames' aspects (n,), drawn from `aspects`.
    """
    n = len(hands)
    aspect = rng.choice(np.asarray(aspects, float), n)
    near, far = camera.distance
    points = project(
        hands,
        sample_views(n, rng),
        # Uniform in 1/distance: as much perspective as there is, near as often as far.
        1 / rng.uniform(1 / far, 1 / near, n),
        aspect,
        centre=rng.uniform(0.3, 0.7, (n, 2)),
        extent=rng.uniform(*camera.extent, n),
        left=rng.random(n) < 0.5,
    )
    return jitter(points, aspect, rng, camera).astype(np.float32), aspect


def simulate(n: int, seed: int, aspects=ASPECTS, camera: Camera = CAMERA):
    """n recordings of simulated hands: points (n, 42) float32, labels (n,) int64, aspects (n,).

    Points are image fractions as MediaPipe gives them, in frames of the given aspects.
    """
    rng = np.random.default_rng(seed)
    hands, labels = sample_hands(n, rng)
    points, aspect = photograph(hands, rng, aspects, camera)
    return points, labels.astype(np.int64), aspect


def simulate_doubtful(n: int, seed: int, aspects=ASPECTS, camera: Camera = CAMERA):
    """The same for hands between the gestures, with probabilities (n, 3) instead of labels."""
    rng = np.random.default_rng(seed)
    hands, chances = sample_doubtful(n, rng)
    points, aspect = photograph(hands, rng, aspects, camera)
    return points, chances, aspect
