"""From an annotated frame to a key: what the loops of both camera scripts share."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

import numpy as np
from keys import ESCAPE
from window import Window, ms_until

from gestures import overlay
from gestures.frames import Frame, FrameSource
from gestures.layout import Layout
from gestures.overlay import Scene

NOTICE_SECONDS = 2.0
FPS_FRAMES = 30  # the rate shown is the mean over this many frames


class Screen:
    """Draws and shows the frames of a source, with their rate and short messages."""

    def __init__(self, window: Window, source: FrameSource):
        self._window, self._source = window, source
        self._started = time.perf_counter()
        self._ticks: deque[float] = deque(maxlen=FPS_FRAMES + 1)
        self._canvas: np.ndarray | None = None
        self._scene: Scene | None = None
        self.layout = Layout()  # of every scene that is shown
        self._notice, self._warning, self._notice_until = "", False, 0.0

    def frames(self, most: int | None = None) -> Iterator[Frame]:
        """The source's frames, at most ``most``.

        While a device delivers none, the window says so and answers Q and its close button, which
        end the frames.
        """
        number = 0
        for frame in self._source:
            if frame.stalled:
                if self._show_stalled(frame) in (ord("q"), ESCAPE) or self._window.closed:
                    return
                continue
            yield frame
            number += 1
            if number == most:
                return

    def tick(self) -> float | None:
        """Count a frame; the frames a second over the last ones, None for unrelated pictures."""
        self._ticks.append(time.perf_counter())
        if self._source.still:
            return None
        elapsed = self._ticks[-1] - self._ticks[0]
        return (len(self._ticks) - 1) / elapsed if elapsed else 0.0

    def notify(self, text: str, *, warning: bool = False) -> None:
        """Show a short message for a while, a warning in a colour of its own."""
        self._notice, self._warning = text, warning
        self._notice_until = time.perf_counter() + NOTICE_SECONDS

    def show(self, frame: Frame, scene: Scene) -> int:
        """Show a frame at its time, a picture until a key is pressed; return the key."""
        self._scene = scene
        if self._window.visible:
            self._canvas = overlay.annotated(frame.image, scene, self._canvas)
            if time.perf_counter() < self._notice_until:
                overlay.draw_notice(self._canvas, self._notice, scene, self._warning)
        if self._source.still:
            return self._window.wait(self._canvas)
        due = self._started + frame.timestamp_ms / 1000
        return self._window.show(self._canvas, 1 if self._source.live else ms_until(due))

    def _show_stalled(self, frame: Frame) -> int:
        """Show the last frame again with what was drawn over it and a notice; return the key."""
        if self._window.visible and self._scene is not None:
            self._canvas = overlay.annotated(frame.image, self._scene, self._canvas)
            overlay.draw_notice(self._canvas, overlay.NO_FRAMES, self._scene)
        return self._window.show(self._canvas)
