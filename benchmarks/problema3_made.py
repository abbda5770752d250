"""Pictures that show no photograph at all, drawn from a seed: charts, text, screens, patterns.

For measuring how networks of Problem 3 answer to what is no scene.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 256  # pixels
LETTERS = list("abcdefghijklmnopqrstuvwxyz")

Rng = np.random.Generator


def bars(rng: Rng) -> Image.Image:
    """A bar chart with its axes."""
    image, draw = _page(rng)
    count = int(rng.integers(3, 12))
    step = 200 / count
    colours = [_colour(rng)] * count if rng.random() < 0.5 else [_colour(rng) for _ in range(count)]
    for at in range(count):
        left = 36 + at * step
        draw.rectangle((left, 230 - rng.uniform(10, 190), left + 0.7 * step, 230), colours[at])
    _axes(draw)
    return image


def curves(rng: Rng) -> Image.Image:
    """A line chart of a few random walks."""
    image, draw = _page(rng)
    for _ in range(int(rng.integers(1, 5))):
        heights = 130 + np.cumsum(rng.normal(0, 9, 40))
        points = list(zip(np.linspace(36, 240, 40), np.clip(heights, 20, 230), strict=True))
        draw.line(points, _colour(rng), int(rng.integers(1, 5)))
    _axes(draw)
    return image


def pie(rng: Rng) -> Image.Image:
    """A pie chart."""
    image, draw = _page(rng)
    ends = np.cumsum(rng.dirichlet(np.full(int(rng.integers(3, 8)), 3.0))) * 360
    start = 0.0
    for end in ends:
        draw.pieslice((38, 38, 218, 218), start, end, _colour(rng), "black")
        start = end
    return image


def text(rng: Rng) -> Image.Image:
    """Lines of words, dark on light or the other way round."""
    light, dark = (235 + rng.integers(0, 21), rng.integers(0, 60))
    paper, ink = (light, dark) if rng.random() < 0.75 else (dark, light)
    image = Image.new("RGB", (SIDE, SIDE), (int(paper),) * 3)
    draw, size = ImageDraw.Draw(image), int(rng.integers(9, 26))
    font = ImageFont.load_default(size)
    for top in range(12, SIDE - size, int(1.5 * size)):
        draw.text((12, top), _words(rng, int(420 / size)), (int(ink),) * 3, font)
    return image


def screen(rng: Rng) -> Image.Image:
    """A window over a desktop: title, side column, text, buttons."""
    image = Image.new("RGB", (SIDE, SIDE), _colour(rng))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(10)
    left, top = rng.integers(4, 40, 2)
    right, bottom = rng.integers(200, 252, 2)
    draw.rectangle((left, top, right, bottom), "white", "grey")
    draw.rectangle((left, top, right, top + 16), _colour(rng))
    draw.rectangle((left, top + 17, left + 40, bottom), (225, 225, 230))
    for line in range(top + 26, bottom - 30, 14):
        draw.text((left + 50, line), _words(rng, 16), "black", font)
        draw.rectangle((left + 6, line, left + 34, line + 6), (180, 180, 190))
    for at in range(3):
        draw.rounded_rectangle(
            (left + 50 + 42 * at, bottom - 20, left + 86 + 42 * at, bottom - 6), 4, _colour(rng)
        )
    return image


def stripes(rng: Rng) -> Image.Image:
    """Waves or stripes of two colours in some direction."""
    angle, length = rng.uniform(0, np.pi), rng.uniform(6, 60)
    row, column = np.mgrid[:SIDE, :SIDE]
    wave = np.sin((np.cos(angle) * column + np.sin(angle) * row) * 2 * np.pi / length)
    return _between(rng, np.sign(wave) if rng.random() < 0.5 else wave)


def tiles(rng: Rng) -> Image.Image:
    """A chessboard or a grid of dots."""
    size = int(rng.integers(8, 50))
    row, column = np.mgrid[:SIDE, :SIDE]
    if rng.random() < 0.5:
        return _between(rng, ((row // size + column // size) % 2) * 2.0 - 1)
    near = np.hypot(row % size - size / 2, column % size - size / 2) < 0.35 * size
    return _between(rng, near * 2.0 - 1)


def noise(rng: Rng) -> Image.Image:
    """Random pixels or blocks, coloured or grey."""
    side = int(rng.choice([8, 32, 128, 256]))
    shape = (side, side, 3) if rng.random() < 0.5 else (side, side, 1)
    values = np.repeat(rng.integers(0, 256, shape, np.uint8), 3 // shape[-1], axis=2)
    return Image.fromarray(values).resize((SIDE, SIDE), Image.Resampling.NEAREST)


def drawing(rng: Rng) -> Image.Image:
    """Figures as a child draws them: circles, boxes, lines of a thick pen."""
    image, draw = _page(rng)
    for _ in range(int(rng.integers(3, 10))):
        (left, top), width, height = rng.uniform(10, 170, 2), *rng.uniform(20, 80, 2)
        box = (left, top, left + width, top + height)
        fill = _colour(rng) if rng.random() < 0.5 else None
        shape = (draw.ellipse, draw.rectangle)[int(rng.integers(2))]
        shape(box, fill, _colour(rng), int(rng.integers(2, 6)))
        draw.line(tuple(rng.uniform(10, 246, 6)), _colour(rng), int(rng.integers(2, 6)))
    return image


def plain(rng: Rng) -> Image.Image:
    """One colour, or one that turns into another."""
    row = np.linspace(-1, 1, SIDE)
    if rng.random() < 0.5:
        row = np.zeros(SIDE)
    ramp = np.broadcast_to(row, (SIDE, SIDE))
    return _between(rng, ramp.T if rng.random() < 0.5 else ramp)


KINDS: tuple[Callable[[Rng], Image.Image], ...] = (
    *(bars, curves, pie, text, screen, stripes, tiles, noise, drawing, plain),
)


def made(count: int, seed: int = 0) -> list[tuple[str, Image.Image]]:
    """Pictures with the name of their kind, all kinds in turn; RGB, 256 pixels of side."""
    rng = np.random.default_rng(seed)
    turns = [KINDS[at % len(KINDS)] for at in range(count)]
    return [(kind.__name__, kind(rng)) for kind in turns]


def _page(rng: Rng) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    paper = int(rng.integers(225, 256))
    image = Image.new("RGB", (SIDE, SIDE), (paper,) * 3)
    return image, ImageDraw.Draw(image)


def _axes(draw: ImageDraw.ImageDraw) -> None:
    draw.line((30, 14, 30, 230, 244, 230), "black", 2)


def _colour(rng: Rng) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 256, 3)
    return int(red), int(green), int(blue)


def _between(rng: Rng, values: np.ndarray) -> Image.Image:
    """Values from -1 to 1 as colours between two."""
    one, other = np.array([_colour(rng), _colour(rng)], np.float64)
    share = (values[..., None] + 1) / 2
    return Image.fromarray((one * share + other * (1 - share)).astype(np.uint8))


def _words(rng: Rng, letters: int) -> str:
    words = ""
    while len(words) < letters:
        words += "".join(rng.choice(LETTERS, int(rng.integers(2, 9)))) + " "
    return words[:letters]
