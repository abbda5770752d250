"""A landscape of heights, seen in perspective: ground, water, mountains and ice.

The ground is sampled on a grid of depths and directions and projected from the nearest depth to
the farthest; a pixel shows the first point that reaches it (a height map drawn column by column).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.generator.brushes import Light

DEPTHS = 280  # rows of the grid


@dataclass(frozen=True)
class View:
    """A camera over the ground.

    Attributes:
        side: pixels of the canvas.
        horizon: its row.
        height: of the camera, in metres over level 0.
        near, far: metres at which the ground begins and ends.
        width: metres seen across at a distance of one metre.
    """

    side: int
    horizon: float
    height: float
    near: float
    far: float
    width: float = 1.0

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Metres to the right and ahead of every grid point: float32 (DEPTHS, side) each."""
        ahead = np.geomspace(self.near, self.far, DEPTHS, dtype=np.float32)[:, None]
        across = (np.arange(self.side, dtype=np.float32)[None] / self.side - 0.5) * self.width
        return ahead * across, np.repeat(ahead, self.side, axis=1)

    def row(self, height: np.ndarray | float, ahead: np.ndarray | float) -> np.ndarray:
        """The row in which a point is seen."""
        return self.horizon - (height - self.height) / ahead * self.side / self.width

    def column(self, across: np.ndarray | float, ahead: np.ndarray | float) -> np.ndarray:
        """The column in which a point is seen."""
        return (across / ahead / self.width + 0.5) * self.side


def lambert(height: np.ndarray, across: np.ndarray, ahead: np.ndarray, light: Light) -> np.ndarray:
    """How much sun each grid point receives, 0 to 1, from the slopes of the ground."""
    right = np.gradient(height, axis=1) / np.maximum(np.gradient(across, axis=1), 1e-3)
    away = np.gradient(height, axis=0) / np.maximum(np.gradient(ahead, axis=0), 1e-3)
    length = np.sqrt(right**2 + away**2 + 1)
    sun = np.float32([light.side * 0.75, 0.65, -0.25])
    sun /= np.linalg.norm(sun)
    facing = (-right * sun[0] + sun[1] - away * sun[2]) / length
    return np.clip(facing, 0, 1)


def draw(
    canvas: np.ndarray,
    view: View,
    height: np.ndarray,
    colours: np.ndarray,
    light: Light,
    visibility: float,
) -> np.ndarray:
    """Draw the ground over the canvas.

    Args:
        canvas: (side, side, 3), changed in place.
        height: metres (DEPTHS, side) on the view's grid.
        colours: (DEPTHS, side, 3), lit already.
        light: its horizon's colour is the haze.
        visibility: metres after which two thirds of a colour is haze.

    Returns:
        bool (side, side): where ground was drawn.
    """
    _, ahead = view.grid()
    haze = (1 - np.exp(-ahead / visibility))[..., None]
    colours = colours + haze * (light.horizon - colours)
    tops = np.minimum.accumulate(view.row(height, ahead), axis=0)
    # One sorted list for all columns, each shifted beyond the one before it: the first depth that
    # reaches a row is then a single search.
    shift = np.arange(view.side) * 1e6
    rising = (shift - np.clip(tops, -1e5, 1e5)).T.ravel()
    asked = (shift - np.arange(view.side)[:, None]).T.ravel()
    first = np.searchsorted(rising, asked).reshape(view.side, view.side).T
    first = first - np.arange(view.side) * DEPTHS
    ground = first < DEPTHS
    columns = np.broadcast_to(np.arange(view.side), first.shape)
    canvas[ground] = colours[first[ground], columns[ground]]
    return ground


def shaded(base: np.ndarray, sun: np.ndarray, light: Light) -> np.ndarray:
    """A surface's colour under the light: (…, 3) from colours and the sun's share (…)."""
    return base * (light.shade + sun[..., None] * (light.sun - light.shade) * 1.15)


def blend(base: np.ndarray, mask: np.ndarray, paint: np.ndarray) -> np.ndarray:
    """Colours (…, 3) with paint where the mask (…) says."""
    return base + mask[..., None] * (paint - base)
