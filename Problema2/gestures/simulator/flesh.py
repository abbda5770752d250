"""How a hand is drawn: its bones as tapered capsules, far to near, from shadow to light.

Each piece (the palm, the thumb's web, a finger) is drawn in a few nested layers; nails and creases
complete it. OpenCV's rasteriser does it in a few milliseconds, so frames are drawn live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gestures.simulator import camera
from gestures.simulator.camera import Placement


@dataclass(frozen=True)
class Flesh:
    """Thickness of a hand, in hand units (about 9 cm)."""

    # Radius at the knuckle, the two joints and the tip of a finger some 17 mm thick.
    finger: tuple[float, ...] = (0.112, 0.100, 0.088, 0.072)
    little: float = 0.86  # the little finger against the others
    # Radius at the thumb's base, its two joints and its tip.
    thumb: tuple[float, ...] = (0.20, 0.135, 0.112, 0.085)
    palm: float = 0.17
    wrist: float = 0.24
    # MediaPipe marks the tip inside the flesh; the last capsule ends this much before it.
    tip_inset: float = 0.045


FLESH = Flesh()

FINGERS = ((5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
KNUCKLES = (5, 9, 13, 17)
PALM = (0, *KNUCKLES)
SHARP = 0.64  # cosine of the bend, some 50 degrees, from which on a finger is drawn in pieces
SHIFT = 4  # fixed-point bits of OpenCV's drawing: a sixteenth of a pixel
UNIT = 1 << SHIFT

# Nested layers of a capsule: share of the radius, brightness, shift towards the light as a share
# of the radius. The first is the dark contour that tells one finger from the next.
Layers = Sequence[tuple[float, float, float]]
LAYERS: Layers = (
    (1.00, 0.52, 0.00),
    (0.93, 0.74, 0.02),
    (0.82, 0.86, 0.07),
    (0.64, 0.95, 0.13),
    (0.42, 1.02, 0.20),
)
# The same without a contour, for the forearm.
SOFT: Layers = tuple((1 - 0.085 * k, 0.62 + 0.045 * k, 0.028 * k) for k in range(10))


@dataclass(frozen=True)
class Piece:
    """A part of the hand, drawn before those that are nearer."""

    depth: float  # hand units from the camera
    draw: Callable[[], object]


def draw_hand(
    image: np.ndarray,
    joints: np.ndarray,
    placement: Placement,
    skin: np.ndarray,
    light: np.ndarray,
) -> None:
    """Draw a hand and its forearm into a frame.

    Args:
        image: (H, W, 3) uint8 BGR, drawn into.
        joints: (21, 3), as ``hand.joints`` gives them.
        skin: (3,) BGR, 0 to 255.
        light: (2,) unit vector in the picture, towards the light.
    """
    hand = _Drawing(image, joints, placement, skin, light)
    hand.forearm()  # behind everything else
    pieces = [hand.palm(), hand.web(), *hand.thumb_and_fingers()]
    for piece in sorted(pieces, key=lambda piece: -piece.depth):
        piece.draw()


class _Drawing:
    """One hand as :func:`draw_hand` gets it, and where its points fall in the picture."""

    def __init__(
        self,
        image: np.ndarray,
        joints: np.ndarray,
        placement: Placement,
        skin: np.ndarray,
        light: np.ndarray,
    ):
        self.image, self.joints, self.placement = image, joints, placement
        self.skin, self.light = skin, light
        normal = np.cross(joints[5] - joints[0], joints[17] - joints[0])
        self.palmar = normal / np.linalg.norm(normal)  # unit vector out of the palm
        # The forearm goes on where the palm came from.
        arm = joints[0] + np.array([[0.0, 0.05, 0.0], [0.0, -2.8, 0.0]])
        self.at, self.per_unit, self.depth = camera.see(
            np.concatenate([joints, arm]), placement, image.shape[:2]
        )

    def forearm(self) -> None:
        wrist = FLESH.wrist
        radii = np.array([wrist * 1.35, wrist]) * self.per_unit[[22, 21]]
        _shaded(self.image, self.at[[22, 21]], radii, self.skin * 0.97, self.light, SOFT)

    def palm(self) -> Piece:
        """Four metacarpals side by side, then their common surface without inner contours."""
        return Piece(self.depth[list(PALM)].mean() + 0.05, self._draw_palm)

    def web(self) -> Piece:
        """What ties the thumb to the index finger."""
        corners, colour = _fixed(self.at[[0, 1, 2, 5]]), _colour(self.skin, 0.84)
        return Piece(
            self.depth[[1, 2, 5]].mean() + 0.1,
            lambda: cv2.fillPoly(self.image, [corners], colour, cv2.LINE_8, SHIFT),
        )

    def thumb_and_fingers(self) -> Iterator[Piece]:
        yield self._body((1, 2), FLESH.thumb[:2], layers=LAYERS[1:])
        yield from self._finger((2, 3, 4), FLESH.thumb[1:], (1, 2, 3, 4))
        for chain in FINGERS:
            girth = FLESH.little if chain == FINGERS[-1] else 1.0
            yield from self._finger(chain, [radius * girth for radius in FLESH.finger], chain)

    def _finger(
        self, chain: Sequence[int], radii: Sequence[float], bone: Sequence[int]
    ) -> Iterator[Piece]:
        """A finger: one smooth body as far as it is nearly straight.

        Beyond a sharp bend it lies before or behind itself and needs a contour of its own.
        """
        start = 0
        for k in range(1, len(chain) - 1):
            before = self.joints[chain[k]] - self.joints[chain[k - 1]]
            after = self.joints[chain[k + 1]] - self.joints[chain[k]]
            cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
            if cosine < SHARP:
                yield self._body(chain[start : k + 1], radii[start : k + 1])
                start = k
        yield self._body(chain[start:], radii[start:], nail=bone)

    def _body(
        self,
        landmarks: Sequence[int],
        radii: Sequence[float],
        nail: Sequence[int] = (),
        layers: Layers = LAYERS,
    ) -> Piece:
        """One smooth piece through some landmarks; ``nail`` names the bone of a finger's end."""
        chain = list(landmarks)
        where, thickness = self.at[chain].copy(), np.array(radii) * self.per_unit[chain]
        if nail:
            last = where[-1] - where[-2]
            length = np.linalg.norm(last) + 1e-9
            inset = FLESH.tip_inset * self.per_unit[chain[-1]]
            where[-1] -= last / length * min(inset, length / 2)
        far = self.depth[chain].mean()
        # What is nearer catches more light.
        tone = self.skin * (1 + 0.10 * np.clip(self.placement.distance - far, -1, 1))

        def draw() -> None:
            _shaded(self.image, where, thickness, tone, self.light, layers)
            if nail:
                self._draw_nail(nail, radii[-1])

        return Piece(far, draw)

    def _draw_palm(self) -> None:
        at, per_unit = self.at, self.per_unit
        base = FLESH.wrist * 0.95 * per_unit[0]
        widths = {5: 0.72, 9: 0.72, 13: 0.70, 17: 0.66}  # of the palm, at each knuckle
        for share, bright, shift in LAYERS[:4]:
            colour = _colour(self.skin, bright)
            for knuckle, width in widths.items():
                end = FLESH.palm * width * per_unit[knuckle]
                centres = at[0] + self.light * base * shift, at[knuckle] + self.light * end * shift
                _capsule(self.image, centres, (base * share, end * share), colour)
            cv2.fillPoly(self.image, [_fixed(at[list(PALM)])], colour, cv2.LINE_8, SHIFT)
        facing = camera.facing(self.palmar, self.placement)
        if facing > 0.2:
            self._draw_creases()
        elif facing < -0.2:
            self._draw_tendons()

    def _draw_tendons(self) -> None:
        """The lines of the back of the hand."""
        for knuckle in KNUCKLES:
            start = self.at[0] + (self.at[knuckle] - self.at[0]) * 0.45
            line = _fixed(np.array([start, self.at[knuckle]]))
            colour = _colour(self.skin, 0.93)
            cv2.polylines(self.image, [line], False, colour, 2, cv2.LINE_AA, SHIFT)

    def _draw_creases(self) -> None:
        """The lines of the palm."""
        wrist, thumb, index, middle, ring, little = (self.at[i] for i in (0, 1, *KNUCKLES))
        heart = [little * 0.8 + wrist * 0.2, ring * 0.8 + wrist * 0.2, middle * 0.9 + wrist * 0.1]
        head = [
            little * 0.55 + wrist * 0.45,
            middle * 0.65 + wrist * 0.35,
            index * 0.82 + wrist * 0.18,
        ]
        life = [
            index * 0.85 + wrist * 0.15,
            middle * 0.5 + wrist * 0.3 + thumb * 0.2,
            wrist * 0.9 + middle * 0.1,
        ]
        thickness = max(1, round(0.02 * self.per_unit[9]))
        colour = _colour(self.skin, 0.80)
        for line in (heart, head, life):
            points = _fixed(np.array(line))
            cv2.polylines(self.image, [points], False, colour, thickness, cv2.LINE_AA, SHIFT)

    def _draw_nail(self, bone: Sequence[int], radius: float) -> None:
        """A nail on the back of a finger's last bone, if the camera sees it."""
        first, knuckle, dip, tip = (self.joints[i] for i in bone)
        along = (tip - dip) / np.linalg.norm(tip - dip)
        forward = knuckle - first
        forward = forward - self.palmar * (forward @ self.palmar)
        forward /= np.linalg.norm(forward) + 1e-9
        back = -(self.palmar * (along @ forward) - forward * (along @ self.palmar))
        back /= np.linalg.norm(back) + 1e-9
        if camera.facing(back, self.placement) < 0.25:
            return
        across = np.cross(along, back)
        middle = tip - along * 0.055 + back * radius * 0.8
        turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)[:, None]
        ring = middle + 0.075 * np.cos(turn) * along + radius * 0.62 * np.sin(turn) * across
        outline = _fixed(camera.see(ring, self.placement, self.image.shape[:2])[0])
        colour = (self.skin * 1.02 + (14, 12, 16)).clip(0, 255).tolist()
        cv2.fillPoly(self.image, [outline], colour, cv2.LINE_AA, SHIFT)
        edge = _colour(self.skin, 0.78)
        cv2.polylines(self.image, [outline], True, edge, 1, cv2.LINE_AA, SHIFT)


def _colour(skin: np.ndarray, bright: float) -> list[float]:
    """A skin tone, made brighter or darker, as OpenCV takes it."""
    return (skin * bright).clip(0, 255).tolist()


def _fixed(points: np.ndarray) -> np.ndarray:
    """Pixels as OpenCV's fixed-point numbers."""
    return np.round(points * UNIT).astype(np.int32)


def _shaded(
    image: np.ndarray,
    at: np.ndarray,
    radii: np.ndarray,
    skin: np.ndarray,
    light: np.ndarray,
    layers: Layers,
) -> None:
    """Draw a chain of capsules through ``at`` (k, 2) as one smooth body, layer after layer."""
    for share, bright, shift in layers:
        colour = _colour(skin, bright)
        moved = at + light * (radii * shift)[:, None]
        for k in range(len(at) - 1):
            ends = moved[k], moved[k + 1]
            _capsule(image, ends, (radii[k] * share, radii[k + 1] * share), colour)


def _capsule(
    image: np.ndarray,
    centres: tuple[np.ndarray, np.ndarray],
    radii: tuple[float, float],
    colour: list[float],
) -> None:
    """Fill the convex hull of two discs: centres (x, y) and radii in pixels."""
    for centre, radius in zip(centres, radii, strict=True):
        at = round(centre[0] * UNIT), round(centre[1] * UNIT)
        cv2.circle(image, at, max(round(radius * UNIT), 1), colour, -1, cv2.LINE_8, SHIFT)
    (a, b), (ra, rb) = centres, radii
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
    cv2.fillConvexPoly(image, _fixed(np.array(corners)), colour, cv2.LINE_8, SHIFT)
