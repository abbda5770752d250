"""One picture, and what gives pictures one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One picture and what is known about it."""

    image: np.ndarray  # (height, width, 3) uint8, BGR, not mirrored
    timestamp_ms: int  # since the source was opened; grows strictly along what is not stalled
    name: str | None = None  # file name, for pictures
    truth: str | None = None  # the gesture shown, where the source knows it (demo)
    stalled: bool = False  # the last frame once more, because the device delivers none

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.image.shape[1] / self.image.shape[0]


class FrameSource:
    """An iterator of :class:`Frame` that holds a device or a file until it is closed.

    Attributes:
        still: the frames are unrelated pictures, not a stream.
        live: the frames arrive at their own pace (a camera).
        simulated: the frames are rendered, which the picture must say.
        skipped: names of files that could not be read.
    """

    def __init__(
        self,
        frames: Iterator[Frame],
        *,
        still: bool = False,
        live: bool = False,
        simulated: bool = False,
        release: Callable[[], None] | None = None,
        skipped: list[str] | None = None,
    ):
        self._frames = frames
        self._release = release
        self.still = still
        self.live = live
        self.simulated = simulated
        self.skipped = [] if skipped is None else skipped

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def __enter__(self) -> FrameSource:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the device or file; closing twice does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()
