"""Hands in a frame: MediaPipe's hand landmarker behind two methods.

Importing MediaPipe also imports TensorFlow where it is installed, to read a documentation
decorator, and Matplotlib and a sound library for other tasks' helpers: many seconds, and half a
second. Nothing here needs them, so they are hidden while it is imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gestures import libraries
from gestures.problems import Problem
from gestures.quiet import native_stderr_held

MODEL_PATH = Path(__file__).resolve().parents[2] / "models" / "hand_landmarker.task"
MODEL_SHA256 = "fbc2a30080c3c557093b5ddfc334698132eb341044ccee322ccf8bcf3607cde1"

# Confidence from which MediaPipe takes something for a hand. A camera shows a hand again in its
# next frame, and MediaPipe's own value serves it. A picture has one chance: with 0.3, 231 of 1,133
# hands missed in photographs come back, 98.3 % of them read right, for 2 false hands in 900 scenes.
STREAM_DETECTION = 0.5
PICTURE_DETECTION = 0.3

WRIST = 0
# Pairs of landmarks joined by a bone, palm first, then thumb to little finger.
BONES = (
    *((0, 1), (0, 5), (5, 9), (9, 13), (13, 17), (0, 17)),
    *((1, 2), (2, 3), (3, 4)),
    *((5, 6), (6, 7), (7, 8)),
    *((9, 10), (10, 11), (11, 12)),
    *((13, 14), (14, 15), (15, 16)),
    *((17, 18), (18, 19), (19, 20)),
)
_SIDES = {"Left": "izquierda", "Right": "derecha"}


@dataclass(frozen=True)
class Hand:
    """One detected hand."""

    points: np.ndarray  # (21, 2) float32: x and y in fractions of the frame's width and height
    side: str  # "izquierda" or "derecha": the person's, if the frame is not mirrored
    score: float  # MediaPipe's confidence in the side, 0 to 1


class HandDetector:
    """MediaPipe's hand landmarker, to be used as a context manager; it loads OpenCV and MediaPipe.

    Args:
        hands: how many hands to look for, 1 or more.
        stream: True follows hands from frame to frame (faster, steadier); False takes every
            picture on its own.
        detection: confidence from which something is a hand, 0 to 1; for people's own pictures
            PICTURE_DETECTION finds more.
        model_path: the ``.task`` file; its SHA-256 is checked.

    Raises:
        Problem: the file is missing or is not the expected one, or a library cannot be loaded.
    """

    def __init__(
        self,
        hands: int = 1,
        stream: bool = True,
        detection: float = STREAM_DETECTION,
        model_path: Path = MODEL_PATH,
    ):
        model = _verified_bytes(model_path)
        self._stream = stream
        self._last_ms = -1
        self._buffer = np.empty((0, 0, 3), np.uint8)
        libraries.require_opencv()
        with native_stderr_held():  # start-up notices come with creation and the first frame
            with libraries.needed("MediaPipe"):
                self._landmarker, image = _landmarker(hands, stream, detection, model)
            self._image, self._rgb = image.Image, image.ImageFormat.SRGB
            self.detect(np.zeros((64, 64, 3), np.uint8))

    def __enter__(self) -> HandDetector:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop MediaPipe's threads; closing twice does nothing."""
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is not None:
            with native_stderr_held():
                landmarker.close()

    def detect(self, image: np.ndarray, timestamp_ms: int = 0) -> list[Hand]:
        """Find the hands in a BGR frame, (height, width, 3) uint8.

        In a stream ``timestamp_ms`` should grow; MediaPipe refuses one that does not, so a repeated
        or backward one (a looped video) is moved just past the last.
        """
        import cv2  # here, so that what only knows hands can do without it

        # One buffer for all frames of a size: MediaPipe copies what it is given.
        if self._buffer.shape != image.shape:
            self._buffer = np.empty(image.shape, np.uint8)
        cv2.cvtColor(image, cv2.COLOR_BGR2RGB, self._buffer)
        picture = self._image(self._rgb, self._buffer)
        if self._stream:
            self._last_ms = max(self._last_ms + 1, int(timestamp_ms))
            result = self._landmarker.detect_for_video(picture, self._last_ms)
        else:
            result = self._landmarker.detect(picture)
        return [
            Hand(
                np.array([(point.x, point.y) for point in points], np.float32),
                _SIDES.get(categories[0].category_name, "derecha"),
                float(categories[0].score),
            )
            for points, categories in zip(result.hand_landmarks, result.handedness, strict=True)
        ]


def _verified_bytes(path: Path) -> bytes:
    restore = "recupérelo con «git checkout -- models/hand_landmarker.task»"
    try:
        data = path.read_bytes()
    except OSError:
        raise Problem(
            f"Falta el modelo de MediaPipe ({path.name}) en la carpeta models: {restore}."
        ) from None
    if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
        raise Problem(f"El modelo de MediaPipe ({path.name}) está dañado o es otro: {restore}.")
    return data


def _landmarker(
    hands: int, stream: bool, detection: float, model: bytes
) -> tuple[Any, types.ModuleType]:
    """MediaPipe's landmarker, and its module of images; what they do not need is not imported."""
    with _hidden("tensorflow", hollow=("matplotlib", "matplotlib.pyplot", "sounddevice")):
        from mediapipe.tasks.python.core import base_options
        from mediapipe.tasks.python.vision import hand_landmarker
        from mediapipe.tasks.python.vision.core import image, vision_task_running_mode
    mode = vision_task_running_mode.VisionTaskRunningMode
    options = hand_landmarker.HandLandmarkerOptions(
        base_options=base_options.BaseOptions(model_asset_buffer=model),
        running_mode=mode.VIDEO if stream else mode.IMAGE,
        num_hands=hands,
        min_hand_detection_confidence=detection,
    )
    return hand_landmarker.HandLandmarker.create_from_options(options), image


@contextlib.contextmanager
def _hidden(absent: str, hollow: tuple[str, ...]) -> Iterator[None]:
    """Let ``absent`` look not installed and the ``hollow`` modules empty, unless already imported.

    Afterwards all of them import as ever. MediaPipe does without the first, but insists on the
    others: what in it draws with Matplotlib or records sound keeps an empty module in this process.
    """
    stand_ins: dict[str, Any] = {name: types.ModuleType(name) for name in hollow}
    stand_ins[absent] = None  # makes the import statement raise ModuleNotFoundError
    stand_ins = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]
