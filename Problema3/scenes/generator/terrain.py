"""The ground in perspective: heights and colours on a grid, drawn as a camera sees them.

The grid has a row for each distance and a column for each direction. It is projected from the
nearest distance to the farthest; a pixel shows the first point that reaches it (a height map drawn
column by column).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scenes.generator.brushes import Picture
from scenes.generator.light import Light

DEPTHS = 280  # rows of the grid


class Grid(NamedTuple):
    """Where each point of the ground lies, in metres: float32 (DEPTHS, side) each.

    Attributes:
        across: metres to the right of the camera.
        ahead: metres in front of it.
    """

    across: np.ndarray
    ahead: np.ndarray


@dataclass(frozen=True)
class View:
    """A camera over the ground.

    Attributes:
        side: pixels of the canvas.
        horizon: its row.
        height: of the camera, in metres over level 0.
        near, far: metres at which the ground begins and ends. The ground covers the canvas down to
            its lower edge if ``near`` is below height * side / (side - horizon) / width.
        width: metres seen across at a distance of one metre.
        vanishing: the point of the horizon straight ahead, from 0 (left) to 1 (right).
    """

    side: int
    horizon: float
    height: float
    near: float
    far: float
    width: float = 1.0
    vanishing: float = 0.5

    def grid(self) -> Grid:
        """The ground's points, from near to far."""
        ahead = np.geomspace(self.near, self.far, DEPTHS, dtype=np.float32)[:, None]
        across = (np.arange(self.side, dtype=np.float32)[None] / self.side - 0.5) * self.width
        offset = (0.5 - self.vanishing) * self.width
        return Grid(ahead * across + offset * ahead, np.repeat(ahead, self.side, axis=1))

    def row(self, height: np.ndarray | float, ahead: np.ndarray | float) -> np.ndarray | float:
        """The row in which a point is seen; ``height`` in metres over level 0."""
        return self.horizon - (height - self.height) / ahead * self.side / self.width

    def column(self, across: float, ahead: float) -> float:
        """The column in which a point is seen."""
        middle = (across / ahead / self.width + 0.5) * self.side
        return float(middle + (self.vanishing - 0.5) * self.side)

    def points(self, *places: tuple[float, float, float]) -> list[tuple[float, float]]:
        """Where points are seen, as x and y in pixels, from (across, height, ahead) in metres."""
        return [
            (self.column(across, ahead), float(self.row(height, ahead)))
            for across, height, ahead in places
        ]


def lambert(height: np.ndarray, grid: Grid, light: Light) -> np.ndarray:
    """How much sun each grid point receives, from 0 to 1, by the slopes of the ground.

    The share is the cosine between the ground's normal and the direction of the sun (Lambert's
    law); the sun stands on the light's side, a little behind the camera.
    """
    right = np.gradient(height, axis=1) / np.maximum(np.gradient(grid.across, axis=1), 1e-3)
    away = np.gradient(height, axis=0) / np.maximum(np.gradient(grid.ahead, axis=0), 1e-3)
    length = np.sqrt(right**2 + away**2 + 1)
    sun = np.array([light.side * 0.75, 0.65, -0.25], np.float32)
    sun /= np.linalg.norm(sun)
    facing = (-right * sun[0] + sun[1] - away * sun[2]) / length
    return np.clip(facing, 0, 1)


def draw(
    picture: Picture, view: View, height: np.ndarray, colours: np.ndarray, visibility: float
) -> None:
    """Draw the ground over the canvas.

    Args:
        picture: the colour of its light's horizon is the haze.
        view: the camera.
        height: metres (DEPTHS, side) on the view's grid.
        colours: (DEPTHS, side, 3), lit already.
        visibility: metres after which two thirds of a colour is haze.
    """
    ahead = view.grid().ahead
    haze = (1 - np.exp(-ahead / visibility))[..., None]
    colours = colours + haze * (picture.light.horizon - colours)
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
    picture.canvas[ground] = colours[first[ground], columns[ground]]
