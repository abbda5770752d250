"""The computer's moves as drawn hands, each rendered once."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from gestures import drawing
from gestures.dataset import GESTURES
from gestures.drawing import COLOURS, INK, Style
from gestures.simulator import hand, render
from gestures.simulator.camera import Placement
from gestures.simulator.demo import clear_pose
from gestures.simulator.flesh import draw_hand

SIDE = 320  # pixels of the rendered square; what is shown is smaller
SEED = 4  # of the hand
CAPTION = "Computadora"
WALL = (72, 66, 60)  # BGR
LIGHT = np.array([-0.6, -0.8])  # from above, on the left
# The middle of the palm and the size, by gesture: a fist is short, an open hand long.
PLACEMENTS = {
    "piedra": Placement(centre=(0.5, 0.46), scale=0.46),
    "papel": Placement(centre=(0.5, 0.54), scale=0.3),
    "tijeras": Placement(centre=(0.5, 0.55), scale=0.32),
}


@functools.lru_cache(maxsize=16)
def portrait(gesture: str, side: int) -> np.ndarray:
    """The computer's hand with a frame and a caption, (side, side, 3) uint8 BGR."""
    image = cv2.resize(_rendered(gesture), (side, side), interpolation=cv2.INTER_AREA)
    caption = round(side * 0.17)
    image[-caption:] = INK
    style = Style(side * 0.125, anchor="center", weight=650)
    drawing.put_text(image, CAPTION, (side / 2, side * 0.955), style, side * 0.9)
    line = max(2, side // 40)
    cv2.rectangle(image, (0, 0), (side - 1, side - 1), COLOURS[gesture], line)
    return image


def joints_of(gesture: str) -> np.ndarray:
    """The hand that is drawn, (21, 3) as ``hand.joints`` gives it."""
    rng = np.random.default_rng(SEED)
    shape = hand.sample_shapes(1, rng)
    return hand.joints(shape, clear_pose(GESTURES.index(gesture), shape, rng))[0]


@functools.cache
def _rendered(gesture: str) -> np.ndarray:
    image = np.full((SIDE, SIDE, 3), WALL, np.uint8)
    draw_hand(image, joints_of(gesture), PLACEMENTS[gesture], np.array(render.SKINS[1]), LIGHT)
    return image
