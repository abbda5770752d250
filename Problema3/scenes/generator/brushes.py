"""What all painters share: light, noise, sky, shapes and the final look of a photograph.

A canvas is a float32 RGB array (side, side, 3) with values around 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

Colour = np.ndarray  # float32 (3,)

BANK = 6  # noise tiles of each kind


@dataclass(frozen=True)
class Light:
    """The hour and the weather. Every class is painted under all of them."""

    zenith: Colour
    horizon: Colour
    sun: Colour  # multiplies lit surfaces
    shade: Colour  # multiplies surfaces turned away
    side: float  # where the sun stands, -1 left to 1 right
    haze: float  # 0 clear to 1 dense
    dark: bool  # lamps and windows are lit


MOODS = (  # zenith, horizon, sun, shade, haze, dark
    ((0.22, 0.45, 0.80), (0.70, 0.84, 0.95), (1.05, 1.02, 0.95), (0.42, 0.48, 0.60), 0.25, False),
    ((0.10, 0.30, 0.65), (0.50, 0.68, 0.88), (1.15, 1.08, 0.98), (0.35, 0.40, 0.52), 0.10, False),
    ((0.60, 0.63, 0.67), (0.80, 0.82, 0.84), (0.82, 0.83, 0.84), (0.60, 0.61, 0.64), 0.40, False),
    ((0.35, 0.42, 0.60), (0.98, 0.76, 0.52), (1.15, 0.86, 0.58), (0.42, 0.36, 0.40), 0.35, False),
    ((0.20, 0.16, 0.36), (0.88, 0.48, 0.45), (0.80, 0.55, 0.55), (0.30, 0.26, 0.38), 0.35, True),
    ((0.72, 0.74, 0.76), (0.84, 0.85, 0.86), (0.78, 0.79, 0.80), (0.62, 0.63, 0.65), 0.90, False),
    ((0.06, 0.09, 0.19), (0.20, 0.24, 0.36), (0.52, 0.56, 0.70), (0.24, 0.26, 0.36), 0.25, True),
)
OFTEN = (0.24, 0.18, 0.18, 0.15, 0.09, 0.09, 0.07)


def light(rng: np.random.Generator) -> Light:
    """Draw an hour and a weather."""
    chosen = int(rng.choice(len(MOODS), p=OFTEN))
    *colours, haze, dark = MOODS[chosen]
    zenith, horizon, sun, shade = (
        np.clip(np.float32(colour) * (rng.normal(1, 0.06) + rng.normal(0, 0.025, 3)), 0.01, 1.3)
        for colour in colours
    )
    return Light(
        *(colour.astype(np.float32) for colour in (zenith, horizon, sun, shade)),
        side=float(rng.uniform(-1, 1)),
        haze=float(np.clip(haze * rng.uniform(0.5, 1.5), 0, 1)),
        dark=dark,
    )


def colour(*rgb: float) -> Colour:
    return np.float32(rgb)


def pick(rng: np.random.Generator, palette: tuple, spread: float = 0.05) -> Colour:
    """One of the palette's colours or a mixture of two, a little changed."""
    first, second = (np.float32(palette[i]) for i in rng.integers(len(palette), size=2))
    mixed = first + (second - first) * rng.random()
    return np.clip(mixed + rng.normal(0, spread, 3), 0.01, 1).astype(np.float32)


def fractal(rng: np.random.Generator, side: int, slope: float = 1.8, low: int = 1) -> np.ndarray:
    """Periodic noise whose amplitude falls with frequency as 1/f^slope; mean 0, deviation 1.

    Tiles come from a small bank, since their spectra cost more than anything else in a picture; a
    random shift, turn and reflection make them new.

    Args:
        rng: chooses the tile and its place.
        side: pixels.
        slope: rounded to the nearest tenth.
        low: the lowest frequency that occurs, in cycles per side.

    Returns:
        float32 (side, side).
    """
    tile = _tile(int(rng.integers(BANK)), side, round(slope, 1), low)
    tile = np.rot90(tile[:, ::-1] if rng.random() < 0.5 else tile, int(rng.integers(4)))
    return np.roll(tile, tuple(rng.integers(side, size=2)), axis=(0, 1))


@lru_cache(maxsize=256)
def _tile(number: int, side: int, slope: float, low: int) -> np.ndarray:
    rng = np.random.default_rng([number, side, low])
    down = np.fft.fftfreq(side)[:, None] * side
    across = np.fft.rfftfreq(side)[None] * side
    frequency = np.hypot(down, across)
    spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    gain = np.where(frequency >= low, np.maximum(frequency, 1) ** -slope, 0)
    field = np.fft.irfft2(spectrum * gain, s=(side, side))
    field = (field / field.std()).astype(np.float32)
    field.flags.writeable = False
    return field


def profile(rng: np.random.Generator, length: int, slope: float = 1.5, low: int = 1) -> np.ndarray:
    """The same in one dimension, and not periodic: float32 (length,)."""
    frequency = np.fft.rfftfreq(2 * length) * 2 * length
    spectrum = rng.normal(size=len(frequency)) + 1j * rng.normal(size=len(frequency))
    gain = np.where(frequency >= low, np.maximum(frequency, 1) ** -slope, 0)
    line = np.fft.irfft(spectrum * gain)[:length]
    return (line / (line.std() + 1e-9)).astype(np.float32)


def sample(tile: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A periodic tile at any coordinates, in tile pixels (bilinear)."""
    height, width = tile.shape[:2]
    x, y = np.broadcast_arrays(x, y)
    return cv2.remap(
        tile,
        np.mod(x, width).astype(np.float32),
        np.mod(y, height).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )


def smooth(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def over(canvas: np.ndarray, mask: np.ndarray, paint: np.ndarray) -> None:
    """Lay paint (a colour or a canvas) over the canvas where the mask (side, side) says."""
    canvas += mask[..., None] * (paint - canvas)


def box(side: int, points: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the canvas that a polygon touches; empty ones if it lies outside."""
    points = np.clip(np.asarray(points, np.float32), -8 * side, 8 * side)
    left, top = np.clip(np.floor(points.min(axis=0)).astype(int) - 1, 0, side)
    right, bottom = np.clip(np.ceil(points.max(axis=0)).astype(int) + 2, 0, side)
    return slice(top, bottom), slice(left, right)


def fill(canvas: np.ndarray, points: np.ndarray, paint: np.ndarray, strength: float = 1.0) -> None:
    """Fill a polygon with soft edges.

    Args:
        canvas: changed in place.
        points: (n, 2) as x, y in pixels; they may lie outside.
        paint: a colour, or the colours of the polygon's :func:`box`.
        strength: 1 opaque.
    """
    side = len(canvas)
    points = np.clip(np.asarray(points, np.float32), -8 * side, 8 * side)
    down, across = box(side, points)
    part = canvas[down, across]
    if not part.size:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    fixed = np.round((points - (across.start, down.start)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, 4)
    over(part, mask.astype(np.float32) * np.float32(strength / 255), paint)


def sky(rng: np.random.Generator, side: int, horizon: float, weather: Light) -> np.ndarray:
    """A canvas of sky: gradient down to the horizon's row, clouds that flatten towards it, sun."""
    rows = np.arange(side, dtype=np.float32)[:, None]
    columns = np.arange(side, dtype=np.float32)[None]
    height = np.clip((horizon - rows) / max(horizon, 1), 0, 1)
    share = (height ** rng.uniform(0.5, 1.1))[..., None]
    canvas = weather.horizon + share * (weather.zenith - weather.horizon)
    canvas = np.repeat(canvas, side, axis=1).astype(np.float32)
    if rng.random() < 0.35:  # the sun or its glow
        x, y = (0.5 + 0.5 * weather.side) * side, horizon * rng.uniform(0.1, 0.95)
        far = np.hypot(columns - x, rows - y) / side
        canvas += (weather.sun * 0.5 * np.exp(-far * rng.uniform(4, 9))[..., None]).astype("f4")
    if rng.random() < 0.75:
        tile = fractal(rng, 256, rng.uniform(1.5, 2.0), 2)
        depth = 1 / (height * 1.2 + 0.12)
        x = 128 + (columns - side / 2) / side * depth * rng.uniform(60, 160)
        noise = sample(tile, np.broadcast_to(x, (side, side)), np.repeat(depth, side, 1) * 70)
        cover = smooth(noise, rng.uniform(-0.8, 1.0), rng.uniform(1.2, 2.2))
        lit = weather.horizon * 0.35 + weather.sun * 0.65
        shadow = weather.zenith * 0.3 + weather.shade * 0.6
        white = lit + smooth(noise, 0.8, 3)[..., None] * (shadow - lit)
        over(canvas, cover * rng.uniform(0.5, 1), white)
    return canvas


def photograph(rng: np.random.Generator, canvas: np.ndarray, size: int) -> np.ndarray:
    """Camera and development: exposure, white balance, contrast, saturation, grain.

    They vary a lot, so that a picture's colours say little about its class. uint8 (size, size, 3).
    """
    picture = cv2.resize(np.maximum(canvas, 0), (size, size), interpolation=cv2.INTER_AREA)
    warm, green = rng.normal(0, 0.08), rng.normal(0, 0.025)
    picture = picture * np.exp(rng.normal(0, 0.16)) * np.exp([warm, green, -warm])
    grey = picture.mean(axis=2, keepdims=True)
    # A few are nearly black and white
    saturation = rng.uniform(0.02, 0.3) if rng.random() < 0.12 else rng.uniform(0.5, 1.2)
    picture = np.maximum(grey + saturation * (picture - grey), 0) ** np.exp(rng.normal(0, 0.18))
    middle = picture.mean()
    picture = middle + (picture - middle) * rng.uniform(0.75, 1.2)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.0) * size / 150)
    grain = rng.normal(0, rng.uniform(0.003, 0.015), (size, size, 1))
    return np.clip((picture + grain) * 255 + 0.5, 0, 255).astype(np.uint8)
