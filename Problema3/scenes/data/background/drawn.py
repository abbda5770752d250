"""Pictures that nobody photographed: noise, patterns, shapes, text, charts, screens, drawings.

Each function takes a source of random numbers and a side in pixels, and returns uint8
(side, side, 3).
"""

from __future__ import annotations

import string

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scenes.data.background.altered import gradient, resize

LETTERS = string.ascii_letters + string.digits + "    .,;:-()"
Colour = tuple[int, ...]


def noise(rng: np.random.Generator, side: int) -> np.ndarray:
    """Random values, in colour or grey, as fine as the pixels or coarse; smooth or in squares."""
    coarse = int(rng.choice([4, 8, 16, 32, 64, side]))
    channels = 1 if rng.random() < 0.3 else 3
    spread, middle = rng.uniform(20, 128), rng.uniform(40, 215)
    values = middle + spread * rng.uniform(-1, 1, (coarse, coarse, channels))
    values = np.broadcast_to(np.clip(values, 0, 255), (coarse, coarse, 3)).astype(np.uint8)
    if rng.random() < 0.5:
        return resize(values, side)
    picture = Image.fromarray(values).resize((side, side), Image.Resampling.NEAREST)
    return np.asarray(picture)


def pattern(rng: np.random.Generator, side: int) -> np.ndarray:
    """Stripes, squares, dots or rings of two colours, with soft edges or sharp ones."""
    line = np.linspace(-0.5, 0.5, side, dtype=np.float32)
    angle, waves = rng.uniform(0, np.pi), 2 * np.pi * np.exp(rng.uniform(0.5, 3.5))
    across = np.cos(angle) * line[None] + np.sin(angle) * line[:, None]
    down = np.cos(angle) * line[:, None] - np.sin(angle) * line[None]
    kind = rng.integers(4)
    if kind == 0:
        values = np.sin(waves * across)
    elif kind == 1:
        values = np.sin(waves * across) * np.sin(waves * down)
    elif kind == 2:
        values = np.sin(waves * across) + np.sin(waves * down) - rng.uniform(0, 1.2)
    else:
        values = np.sin(waves * np.hypot(across - rng.uniform(-0.5, 0.5), down))
    values = np.clip(0.5 + values * np.exp(rng.uniform(-1, 4)), 0, 1)[..., None]
    first, second = rng.integers(0, 256, (2, 3))
    return (first + (second - first) * values).astype(np.uint8)


def plain(rng: np.random.Generator, side: int) -> np.ndarray:
    """One colour, or a gradient."""
    if rng.random() < 0.5:
        return gradient(rng, side)
    return np.full((side, side, 3), rng.integers(0, 256, 3), np.uint8)


def shapes(rng: np.random.Generator, side: int) -> np.ndarray:
    """Rectangles, ellipses, triangles and lines, one to sixty, at random or on a grid."""
    image, pen = _paper(rng, side)
    count = int(np.exp(rng.uniform(0, 4.1)))
    on_grid, only = rng.random() < 0.3, colour(rng) if rng.random() < 0.4 else None
    largest = side * rng.uniform(0.1, 0.7)
    for _ in range(count):
        left, top = rng.uniform(-0.1, 1, 2) * side
        if on_grid:
            left, top = left // 16 * 16, top // 16 * 16
        _shape(rng, pen, (left, top, *(rng.uniform(0.1, 1, 2) * largest)), only or colour(rng))
    return np.asarray(image)


def text(rng: np.random.Generator, side: int) -> np.ndarray:
    """Lines of letters, or one large word."""
    image, pen = _paper(rng, side)
    if rng.random() < 0.3:
        _write(rng, pen, (side * 0.08, side * rng.uniform(0.1, 0.6)), side * rng.uniform(0.2, 0.5))
        return np.asarray(image)
    _paragraph(rng, pen, (side * 0.05, side * 0.05, side * 0.95, side * 0.95))
    return np.asarray(image)


def chart(rng: np.random.Generator, side: int) -> np.ndarray:
    """Bars, lines, points or sectors, mostly with axes, marks and a title."""
    image, pen = _paper(rng, side, light=rng.random() < 0.8)
    left, top = rng.uniform(0.05, 0.2, 2) * side
    right, bottom = rng.uniform(0.85, 0.98, 2) * side
    box = left, top, right, bottom
    ink = colour(rng, 0, 110)
    kind = rng.integers(5)
    if kind == 0:
        _bars(rng, pen, box)
    elif kind == 1:
        _curves(rng, pen, box)
    elif kind == 2:
        for _ in range(rng.integers(1, 4)):
            _points(rng, pen, box)
    elif kind == 3:
        _sectors(rng, pen, box)
    else:
        _cells(rng, pen, box)
    if kind < 3 or rng.random() < 0.3:
        pen.line([(left, top), (left, bottom), (right, bottom)], ink, int(rng.integers(1, 3)))
        for share in np.linspace(0, 1, int(rng.integers(3, 9))):
            at = bottom - share * (bottom - top)
            pen.line([(left - side * 0.02, at), (left, at)], ink)
    if rng.random() < 0.7:
        _write(rng, pen, (left, side * 0.01), side * rng.uniform(0.04, 0.09))
    return np.asarray(image)


def screen(rng: np.random.Generator, side: int) -> np.ndarray:
    """Panels with bars, text, buttons and pictures, as a program or a page shows them."""
    image, pen = _paper(rng, side)
    pen.rectangle((0, 0, side, side * rng.uniform(0.05, 0.15)), colour(rng))
    for _ in range(rng.integers(2, 7)):
        left, top = rng.uniform(0, 0.7, 2) * side
        box = (left, top, left + side * rng.uniform(0.2, 0.6), top + side * rng.uniform(0.1, 0.5))
        pen.rectangle(box, colour(rng, 120) if rng.random() < 0.6 else colour(rng))
        if rng.random() < 0.7:
            _paragraph(rng, pen, box)
        else:
            _bars(rng, pen, box)
    return np.asarray(image)


def drawing(rng: np.random.Generator, side: int) -> np.ndarray:
    """Curved strokes on paper, some of them closed and filled."""
    image, pen = _paper(rng, side, light=rng.random() < 0.7)
    ink, width = colour(rng, 0, 120), max(1, int(side * rng.uniform(0.005, 0.03)))
    for _ in range(rng.integers(2, 14)):
        places = np.cumsum(rng.normal(0, 0.09, (int(rng.integers(4, 9)), 2)), axis=0)
        steps = np.linspace(0, 1, 30)
        known = np.linspace(0, 1, len(places))
        start = rng.uniform(0.15, 0.85, 2)
        curve = [
            (float((start[0] + x) * side), float((start[1] + y) * side))
            for x, y in zip(
                np.interp(steps, known, places[:, 0]),
                np.interp(steps, known, places[:, 1]),
                strict=True,
            )
        ]
        if rng.random() < 0.4:
            pen.polygon(curve, fill=colour(rng), outline=ink)
        else:
            stroke = ink if rng.random() < 0.7 else colour(rng)
            pen.line(curve, stroke, width, joint="curve")
    return np.asarray(image)


KINDS = (noise, pattern, plain, shapes, text, chart, screen, drawing)


def colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    """A colour whose channels lie between two values."""
    return tuple(int(each) for each in rng.integers(low, high, 3))


def _paper(
    rng: np.random.Generator, side: int, light: bool | None = None
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A picture of one colour, seldom a gradient, and what draws on it."""
    light = bool(rng.random() < 0.5) if light is None else light
    fill = colour(rng, 225) if light else colour(rng)
    image = Image.new("RGB", (side, side), fill)
    if not light and rng.random() < 0.3:
        image = Image.fromarray(np.ascontiguousarray(gradient(rng, side)))
    return image, ImageDraw.Draw(image)


def _shape(
    rng: np.random.Generator, pen: ImageDraw.ImageDraw, place: tuple[float, ...], fill: Colour
) -> None:
    left, top, width, height = place
    box = (left, top, left + width, top + height)
    kind = rng.integers(5)
    if kind == 0:
        pen.rectangle(box, fill)
    elif kind == 1:
        pen.ellipse(box, fill)
    elif kind == 2:
        pen.line(box, fill, int(rng.integers(1, 8)))
    elif kind == 3:
        corners = rng.uniform(0, 1, (3, 2)) * (width, height) + (left, top)
        pen.polygon([tuple(corner) for corner in corners.tolist()], fill)
    else:
        pen.rectangle(box, outline=fill, width=int(rng.integers(1, 5)))


def _write(
    rng: np.random.Generator, pen: ImageDraw.ImageDraw, place: tuple[float, float], size: float
) -> None:
    words = "".join(rng.choice(list(LETTERS), int(rng.integers(3, 40))))
    pen.text(place, words, fill=colour(rng, 0, 130), font=_font(size))


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(6, round(size)))


def _paragraph(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    left, top, right, bottom = box
    size = rng.uniform(7, 18)
    font, ink = _font(size), colour(rng, 0, 130)
    letters = max(2, int((right - left) / (0.55 * size)))
    for line in np.arange(top + 2, bottom - size, size * 1.3):
        words = "".join(rng.choice(list(LETTERS), int(rng.integers(1, letters + 1))))
        pen.text((left + 3, float(line)), words, fill=ink, font=font)


def _bars(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    left, top, right, bottom = box
    count = int(rng.integers(2, 16))
    wide, fill = (right - left) / count, colour(rng)
    lying, mixed = rng.random() < 0.3, rng.random() < 0.4
    for at, share in enumerate(rng.uniform(0.05, 1, count)):
        each = colour(rng) if mixed else fill
        if lying:
            tall = (bottom - top) / count
            first = top + at * tall
            pen.rectangle((left, first, left + share * (right - left), first + tall * 0.75), each)
        else:
            first = left + (at + 0.15) * wide
            pen.rectangle(
                (first, bottom - share * (bottom - top), first + wide * 0.75, bottom), each
            )


def _curves(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    left, top, right, bottom = box
    for _ in range(rng.integers(1, 5)):
        values = np.cumsum(rng.normal(size=int(rng.integers(5, 60))))
        values = (values - values.min()) / (np.ptp(values) + 1e-9)
        across = np.linspace(left, right, len(values))
        places = [
            (float(x), float(bottom - y * (bottom - top)))
            for x, y in zip(across, values, strict=True)
        ]
        pen.line(places, colour(rng), int(rng.integers(1, 5)))


def _points(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    left, top, right, bottom = box
    fill, radius = colour(rng), rng.uniform(1, 4)
    across = rng.normal(rng.uniform(0.2, 0.8), 0.15, int(rng.integers(8, 90)))
    down = rng.uniform(-1, 1) * (across - 0.5) + rng.normal(0.5, 0.1, len(across))
    for x, y in zip(across.clip(0, 1), down.clip(0, 1), strict=True):
        middle = left + x * (right - left), bottom - y * (bottom - top)
        pen.circle(middle, radius, fill)


def _sectors(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    ends = np.cumsum(rng.dirichlet(np.full(int(rng.integers(2, 8)), 2.0))) * 360
    start = 0.0
    for end in ends.tolist():
        pen.pieslice(box, start, end, fill=colour(rng))
        start = end


def _cells(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    """A table of coloured cells."""
    left, top, right, bottom = box
    count = int(rng.integers(3, 12))
    wide, tall = (right - left) / count, (bottom - top) / count
    first, second = rng.integers(0, 256, (2, 3))
    for row in range(count):
        for column in range(count):
            fill = tuple(int(each) for each in first + (second - first) * rng.random())
            corner = left + column * wide, top + row * tall
            pen.rectangle((*corner, corner[0] + wide, corner[1] + tall), fill)
