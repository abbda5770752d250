"""One picture, and what gives pictures one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

HEIC_SUFFIXES = (".heic", ".heif")  # an iPhone's pictures, which neither OpenCV nor Pillow reads
NAMED = 5  # so many unread files are named, the others counted


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
        skipped: names of files that could not be read; ``unread`` is the sentence about them.
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

    @property
    def unread(self) -> str:
        """The sentence that names the skipped files, empty without any."""
        if not self.skipped:
            return ""
        named = [f"«{name}»" for name in self.skipped[:NAMED]]
        if len(self.skipped) > NAMED:
            named.append(f"{len(self.skipped) - NAMED} más")
        hint = ""
        if any(name.lower().endswith(HEIC_SUFFIXES) for name in self.skipped):
            hint = " (las HEIC se leen guardadas como JPG)"
        if len(named) == 1:
            return f"No se pudo leer la imagen {named[0]}{hint}."
        names = f"{', '.join(named[:-1])} y {named[-1]}"
        return f"No se pudieron leer {len(self.skipped)} imágenes: {names}{hint}."

    def close(self) -> None:
        """Release the device or file; closing twice does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()
