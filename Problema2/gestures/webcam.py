"""The camera: opening it, reading it, and saying why there is none."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from gestures.frames import Frame, FrameSource
from gestures.problems import Problem
from gestures.quiet import native_stderr_held

OPEN_SECONDS = 30.0  # Media Foundation alone can take 20 s to open a camera
LAST_CAMERA = 999  # no system numbers its cameras higher, and OpenCV's own numbers end
LOST_SECONDS = 10.0  # without a frame for this long, the device is given up
STALLED_SECONDS = 1.0  # and after this long the person is told
STALLED_STEP_SECONDS = 0.03  # how often control comes back meanwhile
RETRY_SECONDS = 0.02  # between a lost frame and the next try, so that none keeps a core busy
RELEASE_SECONDS = 2.0  # how long closing waits for the driver

# The back end OpenCV picks by itself on Windows (Media Foundation) can take 20 s to open a camera.
_CAMERA_BACKENDS = {
    "Windows": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
    "Darwin": (cv2.CAP_AVFOUNDATION,),
    "Linux": (cv2.CAP_V4L2,),
}


class CaptureThread:
    """Reads a device in a thread of its own and keeps only the newest frame.

    A driver's call may never return. The thread is a daemon, and nobody waits for it without a
    limit, so that such a call holds back neither the window nor the end of the program.

    Args:
        open_capture: opens the device; None if there is none. It runs in the thread, like all that
            the driver does.
    """

    def __init__(self, open_capture: Callable[[], cv2.VideoCapture | None]):
        self.opened: bool | None = None  # None while it is being opened
        self._changed = threading.Condition()
        self._newest: tuple[np.ndarray, float] | None = None
        self._error: BaseException | None = None  # what ended the thread, for whoever waits
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(open_capture,), daemon=True)
        self._thread.start()

    def wait_until_opened(self, seconds: float) -> None:
        """Wait until ``opened`` is known, but no longer than ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: self.opened is not None or self._error, seconds)
            if self.opened is None and self._error is not None:
                raise self._error

    def take(self, seconds: float) -> tuple[np.ndarray, float] | None:
        """The newest frame that nobody took yet; wait for one at most ``seconds``.

        Returns:
            the image, (height, width, 3) uint8 BGR, and when it came on ``time.monotonic``; None
            if none came. An unexpected error of the thread is raised here.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._error, seconds)
            newest, self._newest = self._newest, None
            if newest is None and self._error is not None:
                raise self._error
            return newest

    def close(self) -> None:
        """Let the thread release the device, and wait for it at most RELEASE_SECONDS."""
        self._stopped.set()
        self._thread.join(RELEASE_SECONDS)

    def _run(self, open_capture: Callable[[], cv2.VideoCapture | None]) -> None:
        capture = None
        try:
            capture = open_capture()
            with self._changed:
                self.opened = capture is not None
                self._changed.notify_all()
            if capture is not None:
                self._read(capture)
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            if capture is not None:
                capture.release()

    def _read(self, capture: cv2.VideoCapture) -> None:
        while not self._stopped.is_set():
            image = read_frame(capture)
            if image is None:
                self._stopped.wait(RETRY_SECONDS)
                continue
            with self._changed:
                self._newest = image, time.monotonic()
                self._changed.notify_all()


def open_camera(index: int, width: int = 640, height: int = 480) -> FrameSource:
    """Open camera ``index`` and wait for its first frame. Raises Problem."""
    if index > LAST_CAMERA:
        raise Problem(_why_no_camera(index, opened=False))

    def missing(opened: bool) -> str:
        return _why_no_camera(index, opened)

    lost = (
        f"La cámara {index} dejó de enviar imágenes: revise el cable y vuelva a empezar, "
        "o pruebe otra con --camera."
    )
    if platform.system() == "Darwin":  # which asks for permission in the main thread alone
        with native_stderr_held():
            capture = _start_camera(index, width, height)
        return live_source(lambda: capture, missing, lost)
    return live_source(lambda: _start_camera(index, width, height), missing, lost)


def live_source(
    open_capture: Callable[[], cv2.VideoCapture | None],
    missing: Callable[[bool], str],
    lost: str,
) -> FrameSource:
    """The frames of a device as they come, the newest each time.

    After STALLED_SECONDS without one, the last frame is repeated as ``stalled``, so that whoever
    loops can answer the person; after LOST_SECONDS the loop ends.

    Args:
        open_capture: opens the device; see :class:`CaptureThread`.
        missing: the sentence for a device that gives no first frame, from whether it was opened.
        lost: the sentence for one that stops.

    Raises:
        Problem: here, there is no first frame; while looping, the device stopped.
    """
    with contextlib.ExitStack() as stack:
        with native_stderr_held():
            thread = CaptureThread(open_capture)
            stack.callback(thread.close)
            thread.wait_until_opened(OPEN_SECONDS)
            first = thread.take(LOST_SECONDS) if thread.opened else None
        if first is None:
            raise Problem(missing(thread.opened is not False))
        stack.pop_all()
    return FrameSource(_newest_frames(thread, first, lost), live=True, release=thread.close)


def _newest_frames(
    thread: CaptureThread, first: tuple[np.ndarray, float], lost: str
) -> Iterator[Frame]:
    """See :func:`live_source`."""
    image, came = first
    opened, last_ms = came, -1
    while True:
        last_ms = max(last_ms + 1, round((came - opened) * 1000))
        yield Frame(image, last_ms)
        asked, patience = time.monotonic(), STALLED_SECONDS
        while (newest := thread.take(patience)) is None:
            if time.monotonic() - asked >= LOST_SECONDS:
                raise Problem(lost)
            yield Frame(image, last_ms, stalled=True)
            patience = STALLED_STEP_SECONDS
        image, came = newest


def _start_camera(index: int, width: int, height: int) -> cv2.VideoCapture | None:
    for backend in _CAMERA_BACKENDS.get(platform.system(), (cv2.CAP_ANY,)):
        capture = cv2.VideoCapture(index, backend)
        if capture.isOpened():
            if width * height > 640 * 480:
                # Plain pixels of this size fill a USB 2 cable at 5 to 10 frames a second. Asked
                # before the size, with which DirectShow applies it.
                capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            # Few buffers: show now, not what queued up meanwhile. V4L2 needs a second one to fill
            # while the first is read: with 1 it delivers every second frame (15 of 30 a second).
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 2 if backend == cv2.CAP_V4L2 else 1)
            return capture
        capture.release()
    return None


def read_frame(capture: cv2.VideoCapture) -> np.ndarray | None:
    """The next frame, (height, width, 3) uint8 BGR, or None where there is none."""
    try:
        ok, image = capture.read()
    except cv2.error:  # a driver that breaks is a camera that stops
        return None
    return _as_bgr(image) if ok and image is not None and image.size else None


def _as_bgr(image: np.ndarray) -> np.ndarray | None:
    """8-bit BGR of what drivers deliver: grey, 16 bits, transparency; None for anything else."""
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if channels == 4:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    return image if channels == 3 and image.dtype == np.uint8 else None


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
