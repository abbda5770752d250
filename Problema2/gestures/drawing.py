"""Text, labels and panels in place on a canvas, each in a fraction of a millisecond.

OpenCV's own TrueType font (which knows accents) and panels darkened in place, no full-frame
blending. Sizes are given for a 640x480 frame and scale with the canvas.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

Colour = tuple[int, int, int]  # BGR
Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels

WHITE: Colour = (255, 255, 255)
INK: Colour = (24, 24, 24)
# Okabe and Ito's palette, told apart by colour-blind people too; BGR.
COLOURS = {
    "piedra": (0, 159, 230),
    "papel": (233, 180, 86),
    "tijeras": (121, 204, 60),
    "otra mano": (167, 121, 204),  # the palette's purple
}
WARNING: Colour = (0, 94, 213)  # the palette's vermilion, which no gesture has
DOUBTFUL: Colour = (200, 200, 200)
BASE_WIDTH, BASE_HEIGHT = 640, 480
TOP, BOTTOM = 40, 30  # heights of the two bars at the base size

_FONT = cv2.FontFace("sans")  # the variable font that OpenCV carries inside


@dataclass(frozen=True)
class Style:
    """How a line of text looks."""

    size: float  # pixels of the canvas
    colour: Colour = WHITE
    anchor: str = "left"  # what its x is: its left, center or right
    weight: int = 500


def unit_of(canvas: np.ndarray) -> float:
    """How many pixels one pixel of the 640x480 layout takes on this canvas."""
    height, width = canvas.shape[:2]
    return min(width / BASE_WIDTH, height / BASE_HEIGHT)


def paste(canvas: np.ndarray, image: np.ndarray, x: int, y: int) -> None:
    """Copy an opaque picture onto the canvas, its corner at (x, y), clipped to the canvas."""
    top, left = max(0, y), max(0, x)
    region = canvas[top : y + image.shape[0], left : x + image.shape[1]]
    if region.size:
        height, width = region.shape[:2]
        region[:] = image[top - y : top - y + height, left - x : left - x + width]


def darken(canvas: np.ndarray, box: Box, strength: float = 0.2) -> None:
    """Darken a rectangle in place to ``strength`` of its brightness, clipped to the canvas."""
    x0, y0, x1, y1 = box
    region = canvas[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
    if region.size:
        cv2.convertScaleAbs(region, region, alpha=strength)


def put_text(
    canvas: np.ndarray,
    text: str,
    at: tuple[float, float],
    style: Style,
    room: float | None = None,
) -> float:
    """Draw one line, shrunk until it fits ``room`` pixels; return its width in pixels.

    ``at`` is the x of its anchor and the y of its baseline.
    """
    size = max(8, round(style.size))
    width = text_width(text, size, style.weight)
    if room is not None and width > room > 0:
        size = max(8, int(size * room / width))
        width = text_width(text, size, style.weight)
    x, baseline = at
    start = {"left": x, "center": x - width / 2, "right": x - width}[style.anchor]
    origin = (max(0, round(start)), round(baseline))
    cv2.putText(canvas, text, origin, style.colour, _FONT, size, style.weight)
    return width


@functools.lru_cache(maxsize=256)  # most lines are the same from frame to frame
def text_width(text: str, size: int, weight: int) -> int:
    """The width of a line in pixels."""
    # The image size only bounds where a line would wrap, so a very wide one measures the line.
    return cv2.getTextSize((1 << 14, 1), text, (0, 0), _FONT, size, weight)[2]


def label_box(canvas: np.ndarray, text: str, x: float, y: float, size: float) -> Box:
    """The rectangle of a label centred at (x, y), moved inside the canvas."""
    unit = unit_of(canvas)
    width = min(text_width(text, round(size * unit), 650) + 20 * unit, canvas.shape[1])
    half = size * unit * 0.85
    x0 = min(max(0, x - width / 2), canvas.shape[1] - width)
    return round(x0), round(y - half), round(x0 + width), round(y + half)


def put_label(
    canvas: np.ndarray, text: str, box: Box, size: float, fill: Colour = INK, ink: Colour = WHITE
) -> None:
    """Draw text on a rectangle; ``size`` in pixels of the base size."""
    x0, y0, x1, y1 = box
    style = Style(size * unit_of(canvas), ink, "center", 650)
    paste(canvas, label_image(text, (x1 - x0, y1 - y0), style, fill), x0, y0)


@functools.lru_cache(maxsize=256)
def label_image(text: str, shape: tuple[int, int], style: Style, fill: Colour) -> np.ndarray:
    """A label's rectangle with its text, (height, width, 3) uint8; ``shape`` (width, height)."""
    width, height = shape
    image = np.full((height, width, 3), fill, np.uint8)
    put_text(image, text, (width / 2, height / 2 + style.size * 0.34), style, width)
    return image
