"""The window both camera scripts show their picture in, with or without a real screen."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from keys import NO_KEY

from gestures.problems import Problem

POLL_MS = 30  # how often a window that waits for a key looks whether it was closed

# Platforms that show nothing on purpose. OpenCV's wheels carry Qt's xcb plug-in alone, and Qt
# aborts the process over one that it lacks, so these are played without Qt.
_INVISIBLE = frozenset({"offscreen", "minimal"})


class Window:
    """A window that returns the keys pressed in it, as a context manager.

    Args:
        title: what the title bar says.
        headless: show nothing at all; ``visible`` is then False and nothing need be drawn.
        keys: key codes to play one per :meth:`show` before the person's own; NO_KEY is a pause.

    Raises:
        Problem: there is no display.
    """

    def __init__(self, title: str, headless: bool = False, keys: Iterable[int] = ()):
        self._title = title
        self._keys = iter(keys)
        self._opened = self._was_visible = False
        self.visible = not headless
        self._native = self.visible and os.environ.get("QT_QPA_PLATFORM") not in _INVISIBLE
        if self._native:
            _require_display()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._opened:
            cv2.destroyAllWindows()

    @property
    def closed(self) -> bool:
        """Whether the person closed the window."""
        if not self._opened:
            return False
        try:
            visible = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt has already forgotten it
            visible = False
        # A back end that cannot tell answers -1 from the start; that is not a closed window.
        self._was_visible |= visible
        return self._was_visible and not visible

    def show(self, canvas: np.ndarray | None, delay_ms: int = 1) -> int:
        """Show a BGR canvas for at least ``delay_ms``; return the key pressed in lower case."""
        key = NO_KEY
        if self._native and canvas is not None:
            if not self._opened:
                self._open(canvas)
            cv2.imshow(self._title, canvas)
            key = cv2.waitKey(max(1, delay_ms))
        key = next(self._keys, NO_KEY) if key < 0 else key & 0xFF
        return ord(chr(key).lower()) if 0 <= key < 128 else NO_KEY

    def wait(self, canvas: np.ndarray | None) -> int:
        """Show a canvas until a key is pressed or the window closed; return the key."""
        key = self.show(canvas, POLL_MS)
        while key == NO_KEY and self._opened and not self.closed:
            key = self.show(canvas, POLL_MS)
        return key

    def _open(self, canvas: np.ndarray) -> None:
        # Qt warns about fonts its wheel does not carry; this window shows none of its text.
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
        cv2.namedWindow(self._title, flags)
        cv2.resizeWindow(self._title, canvas.shape[1], canvas.shape[0])
        self._opened = True


def ms_until(due: float) -> int:
    """Milliseconds, 1 or more, until ``due`` on ``perf_counter``: plays a clip at its own pace."""
    return max(1, round((due - time.perf_counter()) * 1000))


def _require_display() -> None:
    """Raise Problem where opening a window would fail or abort the process."""
    remedy = "use --headless, o abra una sesión con escritorio"
    if not cv2.currentUIFramework():
        raise Problem(
            "Este OpenCV no puede mostrar ventanas: instale opencv-contrib-python (sin "
            f"«headless» en el nombre), o {remedy}."
        )
    if platform.system() != "Linux":
        return
    plugins = Path(cv2.__file__).parent / "qt" / "plugins" / "platforms"
    wanted = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    if wanted and plugins.is_dir() and not (plugins / f"libq{wanted}.so").exists():
        os.environ["QT_QPA_PLATFORM"] = "xcb"  # Wayland desktops set theirs and serve X11 as well
    if not _x_server_answers(os.environ.get("DISPLAY", "")):
        raise Problem(f"No hay pantalla donde abrir la ventana: {remedy}.")


def _x_server_answers(display: str) -> bool:
    """Whether something listens at an X11 display name such as ``:0`` or ``host:10.0``."""
    host, colon, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not colon or not number.isdigit():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        addresses: list[tuple[socket.AddressFamily, Any]] = [
            (socket.AF_UNIX, path),
            (socket.AF_UNIX, "\0" + path),
        ]
    else:
        addresses = [(socket.AF_INET, (host, 6000 + int(number)))]
    for family, address in addresses:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            try:
                connection.connect(address)
            except OSError:
                continue
            return True
    return False
