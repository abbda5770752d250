"""The camera: opening it, reading it, and saying why there is none."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from gestures.frames import Frame, FrameSource
from gestures.problems import Problem
from gestures.quiet import native_stderr_held

WARM_UP_READS = 10  # some webcams answer the first reads with nothing

# The back end OpenCV picks by itself on Windows (Media Foundation) can take 20 s to open a camera.
_CAMERA_BACKENDS = {
    "Windows": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
    "Darwin": (cv2.CAP_AVFOUNDATION,),
    "Linux": (cv2.CAP_V4L2,),
}


def open_camera(index: int, width: int = 640, height: int = 480) -> FrameSource:
    """Open camera ``index`` and wait for its first frame. Raises Problem."""
    with native_stderr_held():
        capture = _start_camera(index, width, height)
        first = None if capture is None else _first_frame(capture)
    if capture is None or first is None:
        if capture is not None:
            capture.release()
        raise Problem(_why_no_camera(index, opened=capture is not None))

    def frames() -> Iterator[Frame]:
        start = time.monotonic()
        image: np.ndarray | None = first
        last_ms = -1
        while image is not None:
            last_ms = max(last_ms + 1, round((time.monotonic() - start) * 1000))
            yield Frame(image, last_ms)
            image = read_frame(capture)
        raise Problem(
            f"La cámara {index} dejó de enviar imágenes: revise el cable y vuelva a empezar, "
            "o pruebe otra con --camera."
        )

    return FrameSource(frames(), live=True, release=capture.release)


def _start_camera(index: int, width: int, height: int) -> cv2.VideoCapture | None:
    for backend in _CAMERA_BACKENDS.get(platform.system(), (cv2.CAP_ANY,)):
        capture = cv2.VideoCapture(index, backend)
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            # Few buffers: show now, not what queued up meanwhile. V4L2 needs a second one to fill
            # while the first is read: with 1 it delivers every second frame (15 of 30 a second).
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 2 if backend == cv2.CAP_V4L2 else 1)
            return capture
        capture.release()
    return None


def _first_frame(capture: cv2.VideoCapture) -> np.ndarray | None:
    for _ in range(WARM_UP_READS):
        if (image := read_frame(capture)) is not None:
            return image
    return None


def read_frame(capture: cv2.VideoCapture) -> np.ndarray | None:
    """The next frame, (height, width, 3) uint8 BGR, or None where there is none."""
    try:
        ok, image = capture.read()
    except cv2.error:  # a driver that breaks is a camera that stops
        return None
    return image if ok and image is not None and image.size else None


def _why_no_camera(index: int, opened: bool) -> str:
    """One sentence for what is known: permission, in use, or not there at all."""
    others = "--camera 1" if index == 0 else "--camera 0"
    system = platform.system()
    if system == "Linux":
        device = Path(f"/dev/video{index}")
        present = sorted(Path("/dev").glob("video[0-9]*"))
        free = [p.name.removeprefix("video") for p in present if p != device]
        if free:
            others = f"--camera {free[0]}"
        if device.exists() and not os.access(device, os.R_OK | os.W_OK):
            return (
                f"Sin permiso para usar la cámara {index} ({device}): agregue su usuario al grupo "
                "«video» y vuelva a iniciar la sesión, o pruebe sin cámara con --source demo."
            )
        if device.exists():
            opened = True
    if opened:
        return (
            f"La cámara {index} está, pero no entrega imágenes: cierre los otros programas que la "
            f"usan, o pruebe con {others} o con --source demo."
        )
    allow = {
        "Windows": " y permita su uso en Configuración > Privacidad > Cámara",
        "Darwin": " y permita su uso en Ajustes > Privacidad y seguridad > Cámara",
    }.get(system, "")
    return (
        f"No se encontró la cámara {index}: conéctela{allow}, o pruebe con {others}, "
        "o sin cámara con --source demo."
    )
