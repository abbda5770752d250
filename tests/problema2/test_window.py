"""The window: keys, closing, and no abort where there is no screen."""

import socket
import sys

import cv2
import numpy as np
import pytest
import window
from keys import ESCAPE, NO_KEY, parse_keys
from window import Window

from gestures.problems import Problem

CANVAS = np.zeros((48, 64, 3), np.uint8)


class FakeGui:
    """OpenCV's window functions, without a screen."""

    def __init__(self, monkeypatch, visible=(1,), keys=()):
        self.visible, self.keys, self.shown, self.destroyed = list(visible), list(keys), 0, False
        monkeypatch.setattr(window, "_require_display", lambda: None)
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
        for name in ("namedWindow", "resizeWindow"):
            monkeypatch.setattr(cv2, name, lambda *_: None)
        monkeypatch.setattr(cv2, "imshow", self.show)
        monkeypatch.setattr(cv2, "waitKey", lambda _: self.keys.pop(0) if self.keys else -1)
        monkeypatch.setattr(cv2, "getWindowProperty", self.property)
        monkeypatch.setattr(cv2, "destroyAllWindows", self.destroy)

    def show(self, *_):
        self.shown += 1

    def destroy(self):
        self.destroyed = True

    def property(self, *_):
        value = self.visible.pop(0) if len(self.visible) > 1 else self.visible[0]
        if isinstance(value, Exception):
            raise value
        return value


@pytest.mark.parametrize("closed", [0, -1, cv2.error("NULL guiReceiver")])
def test_closing_the_window_is_noticed(monkeypatch, closed):
    gui = FakeGui(monkeypatch, visible=[1, 1, closed])
    with Window("x") as shown:
        states = []
        for _ in range(4):
            shown.show(CANVAS)
            states.append(shown.closed)
    assert states == [False, False, True, True]
    assert gui.destroyed


def test_a_back_end_that_cannot_tell_is_not_a_closed_window(monkeypatch):
    FakeGui(monkeypatch, visible=[-1])
    with Window("x") as shown:
        shown.show(CANVAS)
        assert not shown.closed


def test_waiting_for_a_key_ends_with_the_key_or_the_window(monkeypatch):
    gui = FakeGui(monkeypatch, keys=[-1, -1, ord("s")])
    with Window("x") as shown:
        assert shown.wait(CANVAS) == ord("s")
    assert gui.shown == 3
    FakeGui(monkeypatch, visible=[1, 1, 0])
    with Window("x") as shown:
        assert shown.wait(CANVAS) == NO_KEY


def test_the_window_is_destroyed_however_the_block_ends(monkeypatch):
    gui = FakeGui(monkeypatch)

    def fail():
        with Window("x") as shown:
            shown.show(CANVAS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert gui.destroyed


@pytest.mark.parametrize(("pressed", "key"), [("Q", "q"), ("m", "m"), (" ", " "), ("0", "0")])
def test_keys_come_in_lower_case(monkeypatch, pressed, key):
    FakeGui(monkeypatch, keys=[ord(pressed)])
    with Window("x") as shown:
        assert shown.show(CANVAS) == ord(key)


def test_keys_outside_ascii_are_no_key(monkeypatch):
    FakeGui(monkeypatch, keys=[0xFFE1 & 0xFF | 0x80])
    with Window("x") as shown:
        assert shown.show(CANVAS) == NO_KEY


def test_scripted_keys_play_one_a_frame_and_then_stop():
    with Window("x", headless=True, keys=parse_keys("0*2 . space esc")) as shown:
        assert not shown.visible
        keys = [shown.show(None) for _ in range(6)]
    assert keys == [ord("0"), ord("0"), NO_KEY, ord(" "), ESCAPE, NO_KEY]
    assert not shown.closed


@pytest.mark.parametrize("text", ["nada", "0*x", "**", "0 spacebar"])
def test_unknown_keys_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_keys(text)


def test_no_gui_in_opencv_is_one_sentence(monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    with pytest.raises(Problem, match="opencv-contrib-python"):
        Window("x")


@pytest.mark.skipif(sys.platform != "linux", reason="X11")
def test_the_display_is_asked_before_qt_aborts_the_process(monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    for display in ("", "nonsense", ":x", ":987.0", "localhost:987"):
        monkeypatch.setenv("DISPLAY", display)
        with pytest.raises(Problem, match="--headless"):
            Window("x")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X986")
        server.listen()
        assert window._x_server_answers(":986.0")


@pytest.mark.skipif(sys.platform != "linux", reason="X11")
def test_a_platform_that_the_wheel_lacks_gives_way_to_x11(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland")
    monkeypatch.setattr(window, "_x_server_answers", lambda _: True)
    Window("x")
    assert window.os.environ["QT_QPA_PLATFORM"] == "xcb"
