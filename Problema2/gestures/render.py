"""Draws simulated hands as camera frames that MediaPipe's hand landmarker detects.

No photograph is involved: bones become tapered capsules, drawn far to near, each in a few nested
layers from shadow to light; nails, creases, a forearm, a background out of focus and sensor noise
complete the picture. OpenCV's rasteriser does it in a few milliseconds, so frames are drawn live.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from gestures import simulate

SIZE = (480, 640)  # height, width of a plain webcam

# Skin tones from light to dark, BGR; roughly the six Fitzpatrick types.
SKINS = (
    (189, 205, 242),
    (160, 184, 229),
    (126, 160, 214),
    (92, 128, 186),
    (66, 96, 148),
    (48, 68, 104),
)


@dataclass(frozen=True)
class Flesh:
    """Thickness of a hand, in hand units (about 9 cm)."""

    # Radius at the knuckle, the two joints and the tip of a finger some 17 mm thick.
    finger: tuple = (0.112, 0.100, 0.088, 0.072)
    little: float = 0.86  # the little finger against the others
    # Radius at the thumb's base, its two joints and its tip.
    thumb: tuple = (0.20, 0.135, 0.112, 0.085)
    palm: float = 0.17
    wrist: float = 0.24
    # MediaPipe marks the tip inside the flesh; the last capsule ends this much before it.
    tip_inset: float = 0.045


@dataclass(frozen=True)
class Placement:
    """Where a hand is before the camera, and which way it is turned."""

    yaw: float = 0.0  # radians, as in simulate.rotation
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 6.0  # hand units from the camera to the middle of the palm
    centre: tuple = (0.5, 0.55)  # of the palm, in fractions of the frame
    scale: float = 0.24  # frame heights that one hand unit takes at the palm's distance
    left: bool = False


FLESH, PLACEMENT = Flesh(), Placement()

# Parent and child of each bone that is drawn as one capsule, by finger.
_FINGERS = ((5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
# Cosine of the bend, some 50 degrees, from which on a finger is drawn in separate pieces.
_SHARP = 0.64
_SHIFT = 4  # fixed-point bits of OpenCV's drawing: a sixteenth of a pixel


def pixels(joints, placement: Placement = PLACEMENT, size=SIZE) -> np.ndarray:
    """Where the 21 landmarks of `joints` (21, 3) fall in the frame: (21, 2) x, y in pixels."""
    return _see(np.asarray(joints, float), placement, size)[0]


def _see(points, placement, size):
    """Pixels (k, 2), pixels per hand unit (k,) and depth (k,) of points (k, 3) of a hand."""
    height, width = size
    view = simulate.rotation(placement.yaw, placement.pitch, placement.roll)
    flat, depth = simulate.camera_view(points[None], view[None], placement.distance, placement.left)
    focal = placement.scale * height * placement.distance
    centre = np.array(placement.centre) * (width, height)
    return centre + focal * flat[0] * (1.0, -1.0), focal / depth[0], depth[0]


def make_background(size=SIZE, rng: np.random.Generator | None = None) -> np.ndarray:
    """A wall or a room out of focus, uint8 (H, W, 3)."""
    rng = rng or np.random.default_rng()
    height, width = size
    corners = rng.uniform(40, 225) + rng.uniform(-35, 35, (2, 2, 3))
    image = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(rng.integers(0, 9)):
        x, y = rng.uniform(-0.2, 1, 2) * (width, height)
        w, h = rng.uniform(0.05, 0.5, 2) * (width, height)
        color = np.clip(rng.uniform(30, 230) + rng.uniform(-40, 40, 3), 0, 255)
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), color.tolist(), -1)
    blur = height * rng.uniform(0.008, 0.03)
    return np.clip(cv2.GaussianBlur(image, (0, 0), blur), 0, 255).astype(np.uint8)


def random_skin(rng: np.random.Generator) -> tuple:
    """A skin tone (B, G, R) between two neighbours of `SKINS`."""
    at = rng.uniform(0, len(SKINS) - 1)
    low = min(int(at), len(SKINS) - 2)
    mixed = np.array(SKINS[low]) * (low + 1 - at) + np.array(SKINS[low + 1]) * (at - low)
    return tuple(np.clip(mixed + rng.normal(0, 4, 3), 0, 255))


def _capsule(image, a, b, ra, rb, color):
    """Fill the convex hull of two discs: centres `a`, `b` (x, y), radii in pixels."""
    unit = 1 << _SHIFT
    for centre, radius in ((a, ra), (b, rb)):
        cv2.circle(
            image,
            (round(centre[0] * unit), round(centre[1] * unit)),
            max(round(radius * unit), 1),
            color,
            -1,
            cv2.LINE_8,
            _SHIFT,
        )
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = (dx * dx + dy * dy) ** 0.5
    if length <= abs(ra - rb) + 1e-6:
        return  # one disc covers the other
    # Normals to the two outer tangents.
    sin = (ra - rb) / length
    cos = (1 - sin * sin) ** 0.5
    ux, uy = dx / length, dy / length
    corners = []
    for side in (1, -1):
        nx, ny = ux * sin - side * uy * cos, uy * sin + side * ux * cos
        ends = [(a[0] + ra * nx, a[1] + ra * ny), (b[0] + rb * nx, b[1] + rb * ny)]
        corners += ends if side == 1 else ends[::-1]
    polygon = np.round(np.array(corners) * unit).astype(np.int32)
    cv2.fillConvexPoly(image, polygon, color, cv2.LINE_8, _SHIFT)


# Nested layers of a capsule: share of the radius, brightness, shift towards the light as a share
# of the radius. The first is the dark contour that tells one finger from the next.
_LAYERS = (
    (1.00, 0.52, 0.00),
    (0.93, 0.74, 0.02),
    (0.82, 0.86, 0.07),
    (0.64, 0.95, 0.13),
    (0.42, 1.02, 0.20),
)

# The same without a contour, for the forearm.
_SOFT = tuple((1 - 0.085 * k, 0.62 + 0.045 * k, 0.028 * k) for k in range(10))


def _shaded(image, at, radii, skin, light, layers=_LAYERS):
    """Draw a chain of capsules through `at` (k, 2) as one smooth body, layer after layer."""
    for share, bright, shift in layers:
        color = (skin * bright).clip(0, 255).tolist()
        moved = at + light * (radii * shift)[:, None]
        for k in range(len(at) - 1):
            _capsule(image, moved[k], moved[k + 1], radii[k] * share, radii[k + 1] * share, color)


def _palmar(joints):
    """Unit vector out of the palm (3,)."""
    normal = np.cross(joints[5] - joints[0], joints[17] - joints[0])
    return normal / np.linalg.norm(normal)


def _draw_nail(image, joints, bone, palm, placement, size, skin, radius):
    """A nail on the back of a finger's last bone, if the camera sees it."""
    first, knuckle, dip, tip = (joints[i] for i in bone)
    along = (tip - dip) / np.linalg.norm(tip - dip)
    forward = knuckle - first
    forward = forward - palm * (forward @ palm)
    forward /= np.linalg.norm(forward) + 1e-9
    back = -(palm * (along @ forward) - forward * (along @ palm))
    back /= np.linalg.norm(back) + 1e-9
    across = np.cross(along, back)
    middle = tip - along * 0.055 + back * radius * 0.8
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)[:, None]
    ring = middle + 0.075 * np.cos(turn) * along + radius * 0.62 * np.sin(turn) * across
    view = simulate.rotation(placement.yaw, placement.pitch, placement.roll)
    mirror = np.array([-1.0 if placement.left else 1.0, 1.0, 1.0])
    if (view @ (back * mirror))[2] < 0.25:
        return
    at, _, _ = _see(ring, placement, size)
    color = (skin * 1.02 + (14, 12, 16)).clip(0, 255).tolist()
    cv2.fillPoly(image, [np.round(at * 16).astype(np.int32)], color, cv2.LINE_AA, _SHIFT)
    cv2.polylines(
        image, [np.round(at * 16).astype(np.int32)], True, (skin * 0.78).tolist(), 1, cv2.LINE_AA, 4
    )


def render_hand(
    joints,
    size=SIZE,
    skin=None,
    background=None,
    rng: np.random.Generator | None = None,
    placement: Placement = PLACEMENT,
    flesh: Flesh = FLESH,
) -> np.ndarray:
    """A camera frame, uint8 (H, W, 3) BGR, with the hand `joints` (21, 3).

    `joints` as `simulate.joints` gives them; `size` (height, width); `skin` (B, G, R), `background`
    (H, W, 3) uint8 and the light are drawn from `rng` where they are not given. `pixels` tells
    where the landmarks fall.
    """
    rng = rng or np.random.default_rng()
    joints = np.asarray(joints, float)
    image = make_background(size, rng) if background is None else background.copy()
    skin = np.array(random_skin(rng) if skin is None else skin, dtype=float)
    angle = rng.uniform(-np.pi, 0)
    light = np.array([np.cos(angle), np.sin(angle)])
    _draw_hand(image, joints, skin, light, placement, flesh)
    return finish(image, rng)


def finish(
    image, rng: np.random.Generator, noise: float = 4.0, softness: float = 0.8
) -> np.ndarray:
    """The frame as a camera gives it: soft (deviation in pixels), with noise of that deviation."""
    if softness < 1:
        image = cv2.GaussianBlur(image, (3, 3), 0)  # OpenCV's binomial kernel, the fastest
    else:
        image = cv2.GaussianBlur(image, (0, 0), softness)
    height, width = image.shape[:2]
    grain = _grain(height, width)
    y, x = rng.integers(0, _GRAIN_MARGIN, 2)
    grain = grain[y : y + height, x : x + width]
    return cv2.addWeighted(image, 1.0, grain, noise / 16, -128 * noise / 16)


_GRAIN_MARGIN = 64
_grains: dict = {}


def _grain(height, width):
    """Noise of deviation 16 around 128, larger than the frame; drawn once, cut anew each time."""
    if (height, width) not in _grains:
        noise = np.random.default_rng(0).normal(
            128, 16, (height + _GRAIN_MARGIN, width + _GRAIN_MARGIN, 3)
        )
        _grains[height, width] = noise.clip(0, 255).astype(np.uint8)
    return _grains[height, width]


def _draw_hand(image, joints, skin, light, placement, flesh):
    size = image.shape[:2]
    palm = _palmar(joints)
    # The forearm goes on where the palm came from.
    arm = joints[0] + np.array([[0.0, 0.05, 0.0], [0.0, -2.8, 0.0]])
    at, per_unit, depth = _see(np.concatenate([joints, arm]), placement, size)

    pieces = []  # (depth, draw function)

    def body(chain, radii, nail=False, layers=_LAYERS):
        """One smooth piece through the landmarks of `chain`; the last one may be a finger tip."""
        where, radii_px = at[chain].copy(), np.array(radii) * per_unit[chain]
        if nail:
            last = where[-1] - where[-2]
            length = np.linalg.norm(last) + 1e-9
            where[-1] -= last / length * min(flesh.tip_inset * per_unit[chain[-1]], length / 2)
        far = depth[chain].mean()
        # What is nearer catches more light.
        tone = skin * (1 + 0.10 * np.clip(placement.distance - far, -1, 1))

        def draw():
            _shaded(image, where, radii_px, tone, light, layers)
            if nail:
                _draw_nail(image, joints, nail, palm, placement, size, skin, radii[-1])

        pieces.append((far, draw))

    # The forearm lies behind everything else.
    radii = np.array([flesh.wrist * 1.35, flesh.wrist]) * per_unit[[22, 21]]
    _shaded(image, at[[22, 21]], radii, skin * 0.97, light, _SOFT)

    # Palm: four metacarpals side by side, then their common surface without inner contours.
    def surface():
        wide = [(0, flesh.wrist * 0.95), (5, flesh.palm * 0.72), (9, flesh.palm * 0.72)]
        wide += [(13, flesh.palm * 0.70), (17, flesh.palm * 0.66)]
        for share, bright, shift in _LAYERS[:4]:
            color = (skin * bright).clip(0, 255).tolist()
            for end, radius in wide[1:]:
                r0, r1 = wide[0][1] * per_unit[0], radius * per_unit[end]
                _capsule(
                    image,
                    at[0] + light * r0 * shift,
                    at[end] + light * r1 * shift,
                    r0 * share,
                    r1 * share,
                    color,
                )
            inner = np.round(at[[0, 5, 9, 13, 17]] * 16).astype(np.int32)
            cv2.fillPoly(image, [inner], color, cv2.LINE_8, _SHIFT)
        view = simulate.rotation(placement.yaw, placement.pitch, placement.roll)
        mirror = np.array([-1.0 if placement.left else 1.0, 1.0, 1.0])
        facing = (view @ (palm * mirror))[2]
        if facing > 0.2:
            _draw_creases(image, at, per_unit, skin)
        elif facing < -0.2:
            for end in (5, 9, 13, 17):
                start = at[0] + (at[end] - at[0]) * 0.45
                line = np.round(np.array([start, at[end]]) * 16).astype(np.int32)
                cv2.polylines(image, [line], False, (skin * 0.93).tolist(), 2, cv2.LINE_AA, _SHIFT)

    pieces.append((depth[[0, 5, 9, 13, 17]].mean() + 0.05, surface))

    # Thumb, with the web that ties it to the index finger.
    web = np.round(at[[0, 1, 2, 5]] * 16).astype(np.int32)
    web_color = (skin * 0.84).tolist()
    pieces.append(
        (
            depth[[1, 2, 5]].mean() + 0.1,
            lambda: cv2.fillPoly(image, [web], web_color, cv2.LINE_8, _SHIFT),
        )
    )
    body([1, 2], flesh.thumb[:2], layers=_LAYERS[1:])
    chains = [((2, 3, 4), flesh.thumb[1:], (1, 2, 3, 4))]
    for number, chain in enumerate(_FINGERS):
        girth = flesh.little if number == 3 else 1.0
        chains.append((chain, [r * girth for r in flesh.finger], chain))
    for chain, radii, nail in chains:
        # A finger is one smooth body as far as it is nearly straight; beyond a sharp bend it lies
        # before or behind itself and needs a contour of its own.
        start = 0
        for k in range(1, len(chain) - 1):
            before = joints[chain[k]] - joints[chain[k - 1]]
            after = joints[chain[k + 1]] - joints[chain[k]]
            cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
            if cosine < _SHARP:
                body(list(chain[start : k + 1]), radii[start : k + 1])
                start = k
        body(list(chain[start:]), radii[start:], nail=nail)

    for _, draw in sorted(pieces, key=lambda piece: -piece[0]):
        draw()


def _draw_creases(image, at, per_unit, skin):
    """The lines of the palm."""
    wrist, thumb, index, middle, ring, little = (at[i] for i in (0, 1, 5, 9, 13, 17))
    radius = per_unit[9]
    color = (skin * 0.80).tolist()
    heart = [little * 0.8 + wrist * 0.2, ring * 0.8 + wrist * 0.2, middle * 0.9 + wrist * 0.1]
    head = [little * 0.55 + wrist * 0.45, middle * 0.65 + wrist * 0.35, index * 0.82 + wrist * 0.18]
    life = [
        index * 0.85 + wrist * 0.15,
        middle * 0.5 + wrist * 0.3 + thumb * 0.2,
        wrist * 0.9 + middle * 0.1,
    ]
    for line in (heart, head, life):
        points = np.round(np.array(line) * 16).astype(np.int32)
        thickness = max(1, round(0.02 * radius))
        cv2.polylines(image, [points], False, color, thickness, cv2.LINE_AA, _SHIFT)


@dataclass(frozen=True)
class Demo:
    """The demo clip: its timing in seconds, its softness in pixels, the size of the hands."""

    hold: float = 1.6  # a gesture is shown
    change: float = 0.35  # the hand goes from one gesture to the next
    away: float = 0.8  # no hand in the frame
    # As soft as a webcam's picture of a hand an arm's length away, and as large. MediaPipe found
    # all of 52 closed hands drawn so, against 40 of sharp ones a quarter larger.
    softness: float = 1.4
    scale: tuple = (0.175, 0.215)


DEMO = Demo()


def demo_frames(
    seed: int = 0, seconds: float = 20.0, fps: float = 30.0, size=SIZE, demo: Demo = DEMO
) -> Iterator[tuple[np.ndarray, str | None]]:
    """The demo clip: frames (H, W, 3) uint8 BGR with the gesture shown, or None.

    Piedra, papel and tijeras in turn, by one person after another, moving smoothly, with some
    frames without a hand between persons. The gesture is None where there is no hand and while
    it changes.
    """
    rng = np.random.default_rng(seed)
    names = ("piedra", "papel", "tijeras")
    total, number = round(seconds * fps), 0
    while number < total:
        background = make_background(size, rng)
        skin = np.array(random_skin(rng))
        angle = rng.uniform(-2.6, -0.5)
        light = np.array([np.cos(angle), np.sin(angle)])
        order = rng.permutation(3)
        shape = simulate.sample_shapes(1, rng)
        poses = [_clear_pose(gesture, shape, rng) for gesture in order]
        base = Placement(
            # The back of a fist hides the fingers, and MediaPipe misses it more often.
            yaw=float(rng.choice([0.0, np.pi], p=[0.8, 0.2]) + rng.normal(0, 0.2)),
            pitch=float(rng.normal(0, 0.12)),
            roll=float(rng.normal(0, 0.25)),
            distance=float(rng.uniform(5, 8)),
            centre=(float(rng.uniform(0.42, 0.58)), float(rng.uniform(0.55, 0.66))),
            scale=float(rng.uniform(*demo.scale)),
            left=bool(rng.random() < 0.5),
        )
        rate, phase = rng.uniform(0.15, 0.45, 5), rng.uniform(0, 2 * np.pi, 5)
        period = demo.hold + demo.change
        shown = 3 * period - demo.change
        for frame in range(round((shown + demo.away) * fps)):
            if number >= total:
                return
            time = frame / fps
            image = background.copy()
            gesture = None
            if time < shown:
                turn = min(int(time / period), 2)
                share = np.clip((time - turn * period - demo.hold) / demo.change, 0, 1)
                pose = poses[turn]
                if share > 0:
                    smooth = share * share * (3 - 2 * share)
                    pose = simulate.blend(pose, poses[turn + 1], smooth)
                else:
                    gesture = names[order[turn]]
                sway = np.sin(2 * np.pi * rate * time + phase)
                placement = Placement(
                    yaw=base.yaw + 0.12 * sway[0],
                    pitch=base.pitch + 0.10 * sway[1],
                    roll=base.roll + 0.15 * sway[2],
                    distance=base.distance,
                    centre=(base.centre[0] + 0.06 * sway[3], base.centre[1] + 0.04 * sway[4]),
                    scale=base.scale,
                    left=base.left,
                )
                joints = simulate.joints(shape, pose)[0]
                _draw_hand(image, joints, skin, light, placement, FLESH)
            yield finish(image, rng, softness=demo.softness), gesture
            number += 1


def _clear_pose(gesture, shape, rng, tries=32):
    """A textbook pose of a gesture: the most typical of some random ones."""
    many = simulate.take(shape, np.zeros(tries, int))
    poses = simulate.sample_poses(np.full(tries, gesture), many, rng)
    # Every joint counts: a fist with straight knuckles looks like short fingers held up.
    closed, open_ = (85.0, 103.0, 60.0), (0.0, 4.0, 2.0)
    target = np.array(([closed] * 4, [open_] * 4, [open_] * 2 + [closed] * 2)[gesture])
    oddity = np.abs(poses.flexion - target).sum((1, 2))
    if gesture == simulate.TIJERAS:
        oddity -= 2 * np.abs(poses.spread[:, 0] - poses.spread[:, 1])
    if gesture != simulate.PAPEL:
        # The thumb lies on the closed fingers: half a hand unit away counts like 100 degrees.
        hands = simulate.joints(many, poses)
        finger = hands[:, 10] if gesture == simulate.PIEDRA else hands[:, 14]
        oddity += 200 * np.linalg.norm(hands[:, 4] - finger, axis=1)
    return simulate.take(poses, [int(oddity.argmin())])
