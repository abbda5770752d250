"""Facades: walls with a grid of windows, drawn flat and then hung into the perspective."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scenes.generator.brushes import Picture, box, fill, pick
from scenes.generator.light import Light
from scenes.generator.palette import GLASS, LAMP, WALLS

PIXELS = 12  # of a window's bay in a facade's texture, across and down


def draw(picture: Picture, floors: int, bays: int, shop: bool = False) -> np.ndarray:
    """A wall with a grid of windows, in even light.

    Args:
        picture: its light and random numbers are used.
        floors: rows of windows.
        bays: columns of windows.
        shop: the lowest floor is shop windows.

    Returns:
        a texture, float32 (floors * PIXELS, bays * PIXELS, 3); lamps are brighter than 1.
    """
    rng, light = picture.rng, picture.light
    wall = pick(rng, WALLS, 0.04)
    height, width = floors * PIXELS, bays * PIXELS
    texture = np.empty((height, width, 3), np.float32)
    stain = cv2.resize(rng.normal(0, 1, (floors + 2, bays + 2)).astype("f4"), (width, height))
    texture[:] = wall * (1 + 0.05 * stain[..., None])
    glass = pick(rng, GLASS, 0.03)
    frame = np.clip(wall * rng.choice([0.55, 1.3]), 0, 1)
    (top, bottom), (left, right) = _window(rng)
    bar = rng.random() < 0.5
    balcony = rng.random() < 0.25
    cells = texture.reshape(floors, PIXELS, bays, PIXELS, 3)  # shares the texture's memory
    panes = _panes(rng, light, glass, (floors, bays))
    cells[:, top - 1 : bottom + 1, :, left - 1 : right + 1] = frame
    cells[:, top:bottom, :, left:right] = panes[:, None, :, None]
    if bar:
        cells[:, top:bottom, :, (left + right) // 2] = frame
    if balcony:
        cells[1::2, bottom - 2 : bottom + 2] *= 0.6
    if rng.random() < 0.4:  # a cornice on every floor
        texture[::PIXELS] *= rng.choice([0.7, 1.25])
    if shop:
        _shops(picture, texture[-PIXELS:])
    return texture


def _window(rng: np.random.Generator) -> tuple[Sequence[int], Sequence[int]]:
    """Rows and columns of a bay, from and to, that are glass."""
    if rng.random() < 0.2:  # a wall of glass between thin ribs
        return (1, PIXELS - 1), (1, PIXELS - 1)
    left, right = sorted(rng.choice([2, 3, 9, 10], 2, replace=False))
    if right - left < 3:
        left, right = 3, 9
    return (int(rng.integers(2, 4)), int(rng.integers(8, 11))), (left, right)


def _panes(
    rng: np.random.Generator, light: Light, glass: np.ndarray, grid: tuple[int, int]
) -> np.ndarray:
    """The colour of each window (floors, bays, 3): glass that mirrors the sky, or a lamp's."""
    floors = grid[0]
    lit = rng.random(grid) < (rng.uniform(0.2, 0.7) if light.dark else 0.04)
    tone = rng.uniform(0.6, 1.5, grid)[..., None]
    mirrored = rng.uniform(0, 0.6)
    share = np.array([floor / max(floors - 1, 1) for floor in range(floors)], np.float32)
    sky = light.zenith + (light.horizon - light.zenith) * share[:, None, None]
    panes = glass * tone
    panes = panes + mirrored * (sky - panes) * np.minimum(tone, 1)
    panes[lit] = LAMP * 1.5 if light.dark else LAMP
    return panes


def _shops(picture: Picture, floor: np.ndarray) -> None:
    """Shop windows two bays wide, each under a sign, on one floor of a texture."""
    rng, light = picture.rng, picture.light
    floor[:] = pick(rng, GLASS) * 0.8
    for x in range(0, floor.shape[1], 2 * PIXELS):
        floor[:4, x : x + 2 * PIXELS - 2] = rng.uniform(0.1, 0.9, 3)
        floor[5:, x + 1 : x + 2 * PIXELS - 4] = (
            LAMP * rng.uniform(0.3, 1.2) if light.dark else pick(rng, GLASS) * rng.uniform(0.6, 2)
        )


def lit(texture: np.ndarray, light: Light, facing: float) -> np.ndarray:
    """A wall under the light: ``facing`` is 1 to the sun and 0 away from it. Lamps stay bright."""
    lamps = np.max(texture, axis=2, keepdims=True) > 1.02
    factor = light.shade + facing * (light.sun - light.shade)
    return np.where(lamps, texture, texture * factor).astype(np.float32)


def hazy(texture: np.ndarray, light: Light, far: float) -> np.ndarray:
    """A wall seen through haze: ``far`` is 0 for a clear one and 1 for one that is lost in it."""
    return texture + np.float32(far) * (light.horizon - texture)


def hang(
    canvas: np.ndarray, texture: np.ndarray, corners: Sequence[tuple[float, float]] | np.ndarray
) -> None:
    """Put a facade on the canvas, in perspective.

    Args:
        canvas: changed in place.
        texture: the facade, lit.
        corners: where its top left, top right, bottom right and bottom left are seen, as x and y.
    """
    height, width = texture.shape[:2]
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    target = np.array(corners, np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    # Shrink first where the texture is much finer than the canvas, against moiré.
    spread = max(np.ptp(target[:, 1]) / height, 1e-3), max(np.ptp(target[:, 0]) / width, 1e-3)
    down_blur, along_blur = (max(0.0, 0.4 / ratio - 0.4) for ratio in spread)
    if max(down_blur, along_blur) > 0.2:
        along_blur, down_blur = (min(max(blur, 0.01), 4) for blur in (along_blur, down_blur))
        texture = cv2.GaussianBlur(texture, (0, 0), along_blur, sigmaY=down_blur)
    down, along = box(len(canvas), target)
    size = along.stop - along.start, down.stop - down.start
    if min(size) < 1:
        return
    move = np.array([(1, 0, -along.start), (0, 1, -down.start), (0, 0, 1)], np.float64)
    drawn = cv2.warpPerspective(texture, move @ matrix, size, borderMode=cv2.BORDER_REPLICATE)
    fill(canvas, target, drawn)
