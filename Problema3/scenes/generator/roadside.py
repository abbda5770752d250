"""What stands in a street: cars, lamps, trees and people.

Each painter takes the picture, the camera, and where the thing stands: metres across and ahead.
"""

from __future__ import annotations

import numpy as np

from scenes.generator import trees
from scenes.generator.brushes import Picture, colour, fill, pick
from scenes.generator.light import Colour
from scenes.generator.palette import CARS, LAMP, PARK_BARK
from scenes.generator.terrain import View


def _panel(
    picture: Picture,
    view: View,
    across: tuple[float, float],
    up: tuple[float, float],
    far: float,
    paint: Colour,
) -> None:
    """A rectangle that faces the camera: from and to, in metres across and over the ground."""
    (left, right), (low, high) = across, up
    corners = [(left, high, far), (right, high, far), (right, low, far), (left, low, far)]
    fill(picture.canvas, view.points(*corners), paint)


def _car(picture: Picture, view: View, across: float, far: float) -> None:
    """A car seen from behind or in front: shadow, flank, end, roof, windscreen, wheels, lamps."""
    rng, light, canvas = picture.rng, picture.light, picture.canvas
    paint = pick(rng, CARS) * (0.4 * light.shade + 0.6 * light.sun)
    half, tall, end = rng.uniform(0.8, 0.95), rng.uniform(1.35, 1.9), far + 3.8

    def trapezium(low: float, high: float, shares: tuple[float, float], back: float):
        """A panel that leans back, its lower and upper half widths as shares of the car's."""
        lower, upper = (half * share for share in shares)
        return view.points(
            (across - lower, low, far),
            (across - upper, high, far + back),
            (across + upper, high, far + back),
            (across + lower, low, far),
        )

    corners = ((-1, -0.3), (1, -0.3), (1, 3), (-1, 3))
    shadow = view.points(*((across + dx * half * 1.1, 0, far + dz) for dx, dz in corners))
    fill(canvas, shadow, colour(0.03, 0.03, 0.04), 0.6)
    x = across - np.sign(across) * half  # the flank towards the middle of the road
    flank = view.points((x, 0.3, far), (x, 0.95, far), (x, 0.95, end), (x, 0.3, end))
    fill(canvas, flank, paint * 0.75)
    _panel(picture, view, (across - half, across + half), (0.25, 0.95), far, paint)
    fill(canvas, trapezium(0.95, tall, (0.9, 0.7), 0.5), paint * 0.9)
    glass = colour(0.10, 0.13, 0.17) + 0.25 * light.horizon
    fill(canvas, trapezium(1.0, tall - 0.12, (0.75, 0.6), 0.4), glass)
    lamp = colour(1.2, 1.1, 0.85) if across < 0 else colour(0.9, 0.08, 0.06)
    if not light.dark:
        lamp = lamp * 0.7
    for dx in (-1, 1):
        wheel, light_at = across + dx * half * 0.8, across + dx * half * 0.75
        rubber = colour(0.04, 0.04, 0.05)
        _panel(picture, view, (wheel - 0.14, wheel + 0.14), (0.02, 0.35), far, rubber)
        _panel(picture, view, (light_at - 0.15, light_at + 0.15), (0.65, 0.82), far, lamp)


def _lamp(picture: Picture, view: View, across: float, far: float) -> None:
    """A street lamp with an arm over the road, and its glow at night."""
    light, canvas = picture.light, picture.canvas
    tall = 5.5
    metal = colour(0.12, 0.13, 0.14) * (0.5 + 0.5 * light.sun)
    _panel(picture, view, (across - 0.07, across + 0.07), (0, tall), far, metal)
    tip = across - np.sign(across)
    arm = min(across, tip), max(across, tip)
    _panel(picture, view, arm, (tall - 0.1, tall + 0.05), far, metal)
    if light.dark:
        ((x, y),) = view.points((tip, tall - 0.15, far))
        side = picture.side
        rows, columns = np.arange(side)[:, None], np.arange(side)[None]
        glow = np.exp(-(((columns - x) ** 2 + (rows - y) ** 2) / (1.2 * side / far * 0.5) ** 2))
        canvas += (glow[..., None] * LAMP * 0.9).astype(np.float32)


def _tree(picture: Picture, view: View, across: float, far: float) -> None:
    """A young tree: a thin trunk and a ball of leaves."""
    bark = PARK_BARK * picture.light.sun
    _panel(picture, view, (across - 0.12, across + 0.12), (0, 2.6), far, bark)
    ((x, y),) = view.points((across, 3.8, far))
    trees.ball(picture, x, y, 1.7 / far * picture.side)


def _person(picture: Picture, view: View, across: float, far: float) -> None:
    """Somebody who stands: two legs, a coat and a head."""
    rng, light = picture.rng, picture.light
    cloth = rng.uniform(0.05, 0.7, 3).astype("f4") * (0.4 * light.shade + 0.6 * light.sun)
    skin = colour(0.7, 0.5, 0.4) * light.sun
    _panel(picture, view, (across - 0.2, across - 0.03), (0, 0.85), far, cloth * 0.4)
    _panel(picture, view, (across + 0.03, across + 0.2), (0, 0.85), far, cloth * 0.4)
    _panel(picture, view, (across - 0.24, across + 0.24), (0.8, 1.5), far, cloth)
    _panel(picture, view, (across - 0.1, across + 0.1), (1.53, 1.78), far, skin)


PAINTERS = {"car": _car, "lamp": _lamp, "tree": _tree, "person": _person}
