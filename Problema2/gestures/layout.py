"""Where things go on a canvas, so that none covers a hand or another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gestures.drawing import BOTTOM, TOP, Box, unit_of

GAP = 8  # pixels of the base size between things and around them
FLESH = 14  # pixels of the base size by which a hand is larger than its landmarks


class Layout:
    """Gives each thing of a frame the first of its places that is free.

    What had a place in the frame before keeps it while it stays free, so nothing flickers between
    two places. One object serves a whole run; :meth:`begin` starts a frame.
    """

    def __init__(self) -> None:
        self._hands: list[Box] = []
        self._things: list[Box] = []
        self._apart = 0
        self._before: dict[str, int] = {}  # by name, which of its places a thing had last frame
        self._chosen: dict[str, int] = {}  # and has in this one

    def begin(self, hands: Sequence[Box], apart: int = 0) -> None:
        """Start a frame with these hands alone; things keep ``apart`` pixels from one another."""
        self._hands, self._things, self._apart = list(hands), [], apart
        self._before, self._chosen = self._chosen, {}

    def place(self, places: Sequence[Box], name: str | None = None) -> int:
        """Take the first free place, else the one that covers least, and other things least of all.

        Returns its index. ``name`` is what keeps its place from frame to frame.
        """
        order = list(range(len(places)))
        if name in self._before:
            order.sort(key=lambda index: index != self._before[name])
        best = min(order, key=lambda index: self._covered(places[index]))
        if name is not None:
            self._chosen[name] = best
        self._add(places[best])
        return best

    def place_if_free(self, places: Sequence[Box], name: str) -> int | None:
        """As :meth:`place`, but None if no place is free."""
        free = [index for index, box in enumerate(places) if self._covered(box) == (0, 0)]
        if not free:
            return None
        best = self._before.get(name)
        best = best if best in free else free[0]
        self._chosen[name] = best
        self._add(places[best])
        return best

    def _add(self, box: Box) -> None:
        x0, y0, x1, y1 = box
        by = self._apart
        self._things.append((x0 - by, y0 - by, x1 + by, y1 + by))

    def _covered(self, box: Box) -> tuple[int, int]:
        """Pixels of other things and of hands below a box."""
        things, hands = (
            sum(_common(box, other) for other in boxes) for boxes in (self._things, self._hands)
        )
        return things, hands


def _common(a: Box, b: Box) -> int:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0, width) * max(0, height)


def hand_box(canvas: np.ndarray, pixels: np.ndarray) -> Box:
    """The rectangle of a hand whose landmarks are ``pixels`` (21, 2)."""
    pad = round(FLESH * unit_of(canvas))
    (left, top), (right, bottom) = pixels.min(axis=0).tolist(), pixels.max(axis=0).tolist()
    return left - pad, top - pad, right + pad, bottom + pad


def spots(canvas: np.ndarray, size: tuple[float, float], names: Sequence[str]) -> list[Box]:
    """Places for a rectangle between the bars.

    Args:
        size: width and height in pixels of the canvas.
        names: each a row and a column, such as "top left" or "middle right": top, high (below the
            score), upper (a panel's height lower), middle, low (a panel's height above the
            bottom) or bottom; left, center or right.
    """
    unit = unit_of(canvas)
    width, height = (round(side) for side in size)
    gap, top = round(GAP * unit), round((TOP + GAP) * unit)
    right = canvas.shape[1] - gap - width
    bottom = canvas.shape[0] - round((BOTTOM + GAP) * unit) - height
    line, panel = round(60 * unit), round(132 * unit)
    rows = {
        **{"top": top, "high": top + line, "upper": top + panel},
        **{"middle": (top + bottom) // 2, "low": bottom - panel, "bottom": bottom},
    }
    columns = {"left": gap, "center": (canvas.shape[1] - width) // 2, "right": right}
    corners = [(columns[column], rows[row]) for row, column in map(str.split, names)]
    return [(x, y, x + width, y + height) for x, y in corners]
