"""Training images altered until they show none of their classes.

Each function takes a source of random numbers and a function that gives a random training image,
uint8 (side, side, 3), and returns one picture of that shape.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Images = Callable[[], np.ndarray]
TURN = 2 * np.pi


def things(rng: np.random.Generator, image: Images) -> np.ndarray:
    """One to three shaded shapes, each with a surface of its own, before a ground."""
    picture = Image.fromarray(ground(rng, image))
    for _ in range(rng.integers(1, 4)):
        shape = outline(rng, picture.width)
        picture.paste(Image.fromarray(surface(rng, image)), mask=shape)
    return np.asarray(picture)


def mosaic(rng: np.random.Generator, image: Images) -> np.ndarray:
    """An image cut into squares, which change places and, half of the time, are turned."""
    picture, parts = image(), int(rng.choice([2, 3, 4, 5, 7]))
    side = len(picture)
    edge = side // parts
    tiles = [
        picture[top : top + edge, left : left + edge]
        for top in range(0, edge * parts, edge)
        for left in range(0, edge * parts, edge)
    ]
    if rng.random() < 0.5:
        tiles = [np.rot90(tile, int(rng.integers(4))) for tile in tiles]
    order = iter(rng.permutation(len(tiles)))
    rows = [np.hstack([tiles[next(order)] for _ in range(parts)]) for _ in range(parts)]
    return resize(np.vstack(rows), side)


def halves(rng: np.random.Generator, image: Images) -> np.ndarray:
    """Two images, turned, that meet along a waving line."""
    first, second = turned_any(rng, image()), turned_any(rng, image())
    down, across = _places(len(first))
    angle, waves = rng.uniform(0, TURN), rng.uniform(3, 20)
    edge = np.cos(angle) * across + np.sin(angle) * down + 0.15 * np.sin(waves * (across - down))
    return np.where((edge > 0)[..., None], first, second)


def swirl(rng: np.random.Generator, image: Images) -> np.ndarray:
    """An image bent by waves along both axes."""
    picture = image()
    side = len(picture)
    down, across = np.mgrid[:side, :side].astype(np.float32)
    for _ in range(2):
        waves = rng.uniform(2, 8) * TURN / side
        reach, phase, other = rng.uniform(0.03, 0.11) * side, *rng.uniform(0, TURN, 2)
        across, down = (
            across + reach * np.sin(waves * down + phase),
            down + reach * np.sin(waves * across + other),
        )
    return picture[np.abs(down).astype(int) % side, np.abs(across).astype(int) % side]


def turned(rng: np.random.Generator, image: Images) -> np.ndarray:
    """An image upside down or on its side."""
    return np.rot90(image(), int(rng.integers(1, 4))).copy()


def coloured(rng: np.random.Generator, image: Images) -> np.ndarray:
    """An image in other colours, or its negative."""
    picture = image()
    return 255 - picture if rng.random() < 0.3 else other_hue(rng, picture)


def close(rng: np.random.Generator, image: Images) -> np.ndarray:
    """A small piece of an image, enlarged and turned: a texture."""
    picture = image()
    return resize(turned_any(rng, piece(rng, picture, 0.1, 0.3), 1), len(picture))


def ground(rng: np.random.Generator, image: Images) -> np.ndarray:
    """What lies behind a thing: one colour, a gradient, or an image, turned and mostly blurred."""
    picture = image()
    side, kind = len(picture), rng.random()
    if kind < 0.25:
        return np.full(picture.shape, rng.integers(0, 256, 3), np.uint8)
    if kind < 0.45:
        return gradient(rng, side)
    picture = turned_any(rng, picture)
    if kind < 0.8:
        blur = ImageFilter.GaussianBlur(rng.uniform(0.01, 0.06) * side)
        return np.asarray(Image.fromarray(picture).filter(blur))
    return picture


def surface(rng: np.random.Generator, image: Images) -> np.ndarray:
    """A colour or an enlarged piece of an image, lit from a side."""
    picture = image()
    side = len(picture)
    if rng.random() < 0.3:
        skin = np.broadcast_to(rng.integers(0, 256, 3).astype(np.uint8), picture.shape)
    else:
        skin = resize(turned_any(rng, piece(rng, picture, 0.12, 0.6)), side)
        skin = other_hue(rng, skin) if rng.random() < 0.5 else skin
    down, across = _places(side)
    angle, slope, round_ = rng.uniform(0, TURN), rng.uniform(0, 1.2), rng.uniform(-1, 0.6)
    light = 1 + slope * (np.cos(angle) * across + np.sin(angle) * down)
    light += round_ * (across * across + down * down)
    np.maximum(light, 0, out=light)
    lit = skin * light[..., None]
    return np.minimum(lit, 255, out=lit).astype(np.uint8)


def outline(rng: np.random.Generator, side: int) -> Image.Image:
    """A mask of a rounded shape, 255 inside and 0 outside."""
    angles = np.linspace(0, TURN, 40, endpoint=False)
    radii = np.ones(len(angles))
    for waves in range(1, 6):
        bump = rng.normal(0, 0.28 / waves)
        radii += bump * np.cos(waves * angles + rng.uniform(0, TURN))
    radii = np.clip(radii, 0.15, 1.7) * rng.uniform(0.22, 0.5) * side
    stretch = rng.uniform(0.5, 1.6)
    left, top = rng.uniform(0.35, 0.65, 2) * side
    across, down = left + radii * np.cos(angles) * stretch, top + radii * np.sin(angles) / stretch
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).polygon([*zip(across.tolist(), down.tolist(), strict=True)], fill=255)
    return mask.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.01) * side))


def gradient(rng: np.random.Generator, side: int) -> np.ndarray:
    """From one colour to another, down or across."""
    first, second = rng.integers(0, 256, (2, 3))
    share = np.linspace(0, 1, side)[:, None, None]
    line = (first + (second - first) * share).astype(np.uint8)
    picture = np.broadcast_to(line, (side, side, 3))
    return np.ascontiguousarray(picture if rng.random() < 0.5 else picture.transpose(1, 0, 2))


def piece(rng: np.random.Generator, picture: np.ndarray, least: float, most: float) -> np.ndarray:
    """A square part of a picture, its side between two shares of the picture's."""
    side = len(picture)
    edge = max(2, int(rng.uniform(least, most) * side))
    top, left = rng.integers(0, side - edge + 1, 2)
    return picture[top : top + edge, left : left + edge]


def other_hue(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A picture with its hues turned and its saturation changed."""
    values = np.asarray(Image.fromarray(picture).convert("HSV")).copy()
    values[..., 0] += np.uint8(rng.integers(50, 206))  # around the circle of 256
    stronger = values[..., 1] * rng.uniform(0.8, 2.2) + rng.uniform(0, 60)
    values[..., 1] = np.clip(stronger, 0, 255)
    return np.asarray(Image.fromarray(values, "HSV").convert("RGB"))


def turned_any(rng: np.random.Generator, picture: np.ndarray, least: int = 0) -> np.ndarray:
    """A picture turned by ``least`` to three right angles."""
    return np.ascontiguousarray(np.rot90(picture, int(rng.integers(least, 4))))


def resize(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture at another side."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


def _places(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Down and across, from -0.5 to 0.5, float32 (side, 1) and (1, side)."""
    line = np.linspace(-0.5, 0.5, side, dtype=np.float32)
    return line[:, None], line[None]
