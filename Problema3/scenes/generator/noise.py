"""Noise: random surfaces and lines whose neighbouring values resemble each other.

Its amplitude falls with the frequency f as 1/f^slope. A slope of 1 gives grain, like sand; 1.5
gives clouds or water; above 2 only broad hills remain.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

BANK = 6  # tiles of each kind


def fractal(rng: np.random.Generator, side: int, slope: float = 1.8, low: int = 1) -> np.ndarray:
    """A tile of noise. It is periodic; its mean is 0 and its deviation 1.

    Tiles come from a small bank, since their spectra cost more than anything else in a picture. A
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
    down, across = rng.integers(side, size=2)
    return np.roll(tile, (down, across), axis=(0, 1))


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
    field.flags.writeable = False  # every picture shares it
    return field


def profile(rng: np.random.Generator, length: int, slope: float = 1.5, low: int = 1) -> np.ndarray:
    """A line of noise, not periodic: float32 (length,). Arguments as :func:`fractal`."""
    frequency = np.fft.rfftfreq(2 * length) * 2 * length
    spectrum = rng.normal(size=len(frequency)) + 1j * rng.normal(size=len(frequency))
    gain = np.where(frequency >= low, np.maximum(frequency, 1) ** -slope, 0)
    line = np.fft.irfft(spectrum * gain)[:length]
    return (line / (line.std() + 1e-9)).astype(np.float32)


def sample(tile: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The values of a tile at any coordinates, in tile pixels (bilinear); it repeats without end.

    ``x`` and ``y`` broadcast against each other, and the result has their common shape.
    """
    height, width = tile.shape[:2]
    x, y = np.broadcast_arrays(x, y)
    return cv2.remap(
        tile,
        np.mod(x, width).astype(np.float32),
        np.mod(y, height).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )


def smooth(value: np.ndarray | float, low: float, high: float) -> np.ndarray:
    """A soft threshold: 0 below ``low``, 1 above ``high``, and a smooth step between them."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)
