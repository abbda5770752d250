"""Frame sources: what they yield, what they say when they cannot, and that they let go."""

import contextlib
import itertools
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from PIL import Image, features

from gestures import webcam
from gestures.frames import FrameSource
from gestures.problems import Problem
from gestures.sources import open_source
from gestures.webcam import open_camera


class FakeCapture:
    """A camera that delivers `count` frames, after `late` empty reads, then fails.

    A frame takes `seconds`; the reads whose numbers are `lost` deliver nothing.
    """

    def __init__(self, count=3, late=0, opened=True, lost=(), seconds=0.03):
        self.count, self.late, self.opened = count, late, opened
        self.lost, self.seconds, self.reads = lost, seconds, 0
        self.released = 0
        self.asked = {}

    def isOpened(self):
        return self.opened

    def set(self, key, value):
        self.asked[key] = value

    def read(self):
        self.reads += 1
        if self.late or self.reads in self.lost:
            self.late = max(0, self.late - 1)
            return False, None
        self.count -= 1
        if self.count < 0:
            return False, None
        time.sleep(self.seconds)
        return True, np.full((480, 640, 3), self.count, np.uint8)

    def release(self):
        self.released += 1


class BufferedCapture(FakeCapture):
    """A camera of 30 frames a second by V4L2's rules, on a clock of its own.

    The driver fills only a buffer that was free when the frame began. A read first frees the
    buffer of the read before, then takes the oldest full one, or waits for it.
    """

    PERIOD, WORK = 1 / 30, 0.005  # seconds a frame lasts, and what is done between two reads

    def __init__(self):
        super().__init__()
        self.clock, self.begun = 0.0, 0  # begun: the frames whose beginning is past
        self.free, self.full, self.held = 4, [], False
        self.delivered = []

    def set(self, key, value):
        super().set(key, value)
        if key == cv2.CAP_PROP_BUFFERSIZE:
            self.free = value

    def pass_until(self, moment):
        while self.begun * self.PERIOD < moment:
            if self.free:
                self.free -= 1
                self.full.append(self.begun)
            self.begun += 1
        self.clock = moment

    def read(self):
        self.pass_until(self.clock + self.WORK)
        self.free, self.held = self.free + self.held, True
        while not self.full:
            self.pass_until((self.begun + 0.5) * self.PERIOD)
        number = self.full.pop(0)
        self.pass_until(max(self.clock, (number + 1) * self.PERIOD))
        self.delivered.append(number)
        return True, np.zeros((48, 64, 3), np.uint8)


@pytest.fixture
def camera(monkeypatch):
    def install(**kwargs):
        capture = FakeCapture(**kwargs)
        monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
        monkeypatch.setattr(webcam, "STALLED_SECONDS", 0.5)
        monkeypatch.setattr(webcam, "LOST_SECONDS", 1.0)
        return capture

    return install


def one_sentence(error):
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_camera_frames_are_stamped_strictly_increasing_and_released(camera):
    capture = camera(count=5)
    with open_camera(0, 1280, 720) as source:
        assert source.live
        stamps = [next(iter(source)).timestamp_ms for _ in range(5)]
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))
    assert capture.released == 1
    assert capture.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert capture.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720


def test_a_camera_slow_to_wake_is_waited_for(camera):
    camera(late=4)
    with open_camera(0) as source:
        assert next(iter(source)).image.shape == (480, 640, 3)


def test_a_camera_that_opens_but_delivers_nothing_is_in_use(camera):
    capture = camera(count=0)
    with pytest.raises(Problem) as error:
        open_camera(0)
    text = one_sentence(error)
    assert "programas" in text
    assert "--source demo" in text
    assert capture.released == 1


@pytest.mark.parametrize(("index", "other"), [(0, "--camera 1"), (97, "--camera ")])
@pytest.mark.parametrize("system", ["Linux", "Windows", "Darwin"])
def test_a_missing_camera_names_what_to_try(camera, monkeypatch, index, other, system):
    camera(opened=False)
    monkeypatch.setattr(webcam.platform, "system", lambda: system)
    monkeypatch.setattr(webcam.Path, "exists", lambda _: False)
    monkeypatch.setattr(webcam.Path, "glob", lambda *_: [])
    with pytest.raises(Problem) as error:
        open_camera(index)
    text = one_sentence(error)
    assert other in text
    assert "--source demo" in text


def test_a_refused_camera_names_the_permission(camera, monkeypatch):
    camera(opened=False)
    monkeypatch.setattr(webcam.platform, "system", lambda: "Linux")
    monkeypatch.setattr(webcam.Path, "exists", lambda _: True)
    monkeypatch.setattr(webcam.os, "access", lambda *_: False)
    with pytest.raises(Problem) as error:
        open_camera(0)
    assert "permiso" in one_sentence(error)


def test_windows_tries_directshow_then_media_foundation(monkeypatch):
    tried = []

    def capture(index, backend):
        tried.append(backend)
        return FakeCapture(opened=backend == cv2.CAP_MSMF)

    monkeypatch.setattr(cv2, "VideoCapture", capture)
    monkeypatch.setattr(webcam.platform, "system", lambda: "Windows")
    with open_camera(0):
        pass
    assert tried == [cv2.CAP_DSHOW, cv2.CAP_MSMF]


@pytest.mark.parametrize(("system", "step"), [("Linux", 1), ("Windows", 2)])
def test_v4l2_delivers_every_frame(monkeypatch, system, step):
    """By V4L2's rules the one buffer that other back ends get loses every second frame."""
    capture = BufferedCapture()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
    monkeypatch.setattr(webcam.platform, "system", lambda: system)
    with open_camera(0) as source:
        while len(capture.delivered) < 20:
            next(iter(source))
    gaps = [after - before for before, after in itertools.pairwise(capture.delivered[2:])]
    assert set(gaps) == {step}


def test_a_camera_unplugged_in_the_middle_says_so_and_is_released(camera):
    capture = camera(count=3)
    seen = []

    def watch_until_it_ends():
        with open_camera(0) as source:
            for frame in source:
                seen.append(frame)

    with pytest.raises(Problem, match="dejó de enviar"):
        watch_until_it_ends()
    came = [frame for frame in seen if not frame.stalled]
    silent = seen[len(came) :]
    assert 1 <= len(came) <= 3
    assert len(silent) > 2
    assert all(frame.stalled and frame.image is came[-1].image for frame in silent)
    assert capture.released == 1


def test_a_lost_frame_is_skipped(camera):
    camera(count=8, lost=(3, 5))
    with open_camera(0) as source:
        frames = list(itertools.islice(source, 4))
    assert not any(frame.stalled for frame in frames)
    numbers = [frame.image[0, 0, 0] for frame in frames]  # which count down
    assert numbers == sorted(set(numbers), reverse=True)


def test_a_slow_reader_gets_the_newest_frame(camera):
    capture = camera(count=200, seconds=0.005)
    with open_camera(0) as source:
        frames = iter(source)
        next(frames)
        while capture.count > 150:
            time.sleep(0.01)
        assert next(frames).image[0, 0, 0] <= 151


def test_frames_go_on_after_a_stall(camera, monkeypatch):
    capture = camera(count=100)
    go_on = threading.Event()
    read = capture.read
    monkeypatch.setattr(capture, "read", lambda: (capture.reads < 3 or go_on.wait(), read())[1])
    with open_camera(0) as source:
        for frame in source:
            if frame.stalled:
                last = frame
                go_on.set()
            elif go_on.is_set():
                break
    assert not frame.stalled
    assert frame.timestamp_ms - last.timestamp_ms >= 500


@pytest.mark.parametrize("stuck", ["isOpened", "read", "release"])
def test_a_driver_call_that_never_returns_holds_nothing(camera, monkeypatch, stuck):
    capture = camera(count=200)
    never = threading.Event()
    monkeypatch.setattr(capture, stuck, never.wait)
    monkeypatch.setattr(webcam, "OPEN_SECONDS", 0.3)
    monkeypatch.setattr(webcam, "RELEASE_SECONDS", 0.3)
    begun = time.monotonic()
    try:
        if stuck == "release":
            with open_camera(0) as source:
                next(iter(source))
        else:
            with pytest.raises(Problem) as error:
                open_camera(0)
            assert "no entrega imágenes" in one_sentence(error)
    finally:
        assert time.monotonic() - begun < 10
        never.set()


@pytest.mark.parametrize(("size", "wanted"), [((640, 480), None), ((1280, 720), "MJPG")])
def test_mjpg_is_asked_for_above_the_usual_size_and_before_it(camera, size, wanted):
    capture = camera()
    with open_camera(0, *size):
        pass
    code = None if wanted is None else cv2.VideoWriter.fourcc(*wanted)
    assert capture.asked.get(cv2.CAP_PROP_FOURCC) == code
    asked = list(capture.asked)
    if wanted:
        assert asked.index(cv2.CAP_PROP_FOURCC) < asked.index(cv2.CAP_PROP_FRAME_WIDTH)


def test_an_exception_in_the_loop_releases_the_camera(camera):
    capture = camera(count=3)

    def fail():
        with open_camera(0) as source:
            for _ in source:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert capture.released == 1


@pytest.mark.parametrize(
    "odd",
    [
        np.full((48, 64), 90, np.uint8),
        np.full((48, 64, 1), 90, np.uint8),
        np.full((48, 64), 90 * 256 + 7, np.uint16),
        np.full((48, 64, 3), 90 * 256 + 7, np.uint16),
        np.full((48, 64, 4), 90, np.uint8),
    ],
)
def test_odd_pixels_become_bgr(camera, monkeypatch, odd):
    monkeypatch.setattr(camera(), "read", lambda: (True, odd))
    with open_camera(0) as source:
        image = next(iter(source)).image
    assert image.dtype == np.uint8
    assert np.array_equal(image, np.full((48, 64, 3), 90))


def test_an_impossible_camera_is_one_sentence_and_not_tried(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", None)
    with pytest.raises(Problem) as error:
        open_source(camera=99999999999)
    assert "cámara 99999999999" in one_sentence(error)


@pytest.mark.parametrize("source", [None, "demo"])
@pytest.mark.parametrize("size", [(10**9, 480), (640, 7681)])
def test_an_absurd_size_is_one_sentence(monkeypatch, source, size):
    monkeypatch.setattr(cv2, "VideoCapture", None)
    with pytest.raises(Problem) as error:
        open_source(source, width=size[0], height=size[1])
    assert f"{size[0]}x{size[1]}" in one_sentence(error)


class Phone(BaseHTTPRequestHandler):
    """A phone's MJPEG stream of `frames` grey frames, which grow lighter."""

    frames = 1000

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever watched has left
            for number in range(self.frames):
                jpeg = cv2.imencode(".jpg", np.full((96, 128, 3), number % 250, np.uint8))[1]
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
                self.wfile.write(b"Content-Length: %d\r\n\r\n" % jpeg.size)
                self.wfile.write(jpeg.tobytes() + b"\r\n")
                time.sleep(0.02)

    def log_message(self, *_):
        pass


@pytest.fixture
def phone(monkeypatch):
    """The address of a local stream."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(webcam, "LOST_SECONDS", 2.0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Phone) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/video"
        server.shutdown()


def test_a_stream_is_a_live_source(phone):
    with open_source(phone) as source:
        frames = list(itertools.islice(source, 6))
    assert source.live
    assert all(frame.image.shape == (96, 128, 3) for frame in frames)
    greys = [frame.image.mean() for frame in frames]
    assert greys == sorted(greys)
    assert greys[0] < greys[-1]
    stamps = [frame.timestamp_ms for frame in frames]
    assert stamps == sorted(set(stamps))


def test_a_stream_that_ends_is_one_sentence(phone, monkeypatch):
    monkeypatch.setattr(Phone, "frames", 20)
    with pytest.raises(Problem) as error, open_source(phone) as source:
        list(source)
    assert f"«{phone}» dejó de enviar" in one_sentence(error)


@pytest.mark.parametrize("scheme", ["http", "HTTPS", "rtsp"])
def test_a_stream_that_nobody_sends_is_one_sentence(scheme, capfd):
    with pytest.raises(Problem) as error:
        open_source(f"{scheme}://127.0.0.1:1/video")
    assert "no se puede abrir" in one_sentence(error)
    assert capfd.readouterr().err == ""


def write_video(path, count=8, size=(160, 120), fps=25):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, size)
    assert writer.isOpened()
    for value in range(count):
        writer.write(np.full((size[1], size[0], 3), value * 8, np.uint8))
    writer.release()
    return path


def test_video_frames_come_in_order_with_their_times(tmp_path):
    with open_source(str(write_video(tmp_path / "clip con ñ.avi"))) as source:
        read = list(source)
    assert [frame.timestamp_ms for frame in read] == [0, 40, 80, 120, 160, 200, 240, 280]
    means = [frame.image.mean() for frame in read]
    assert means == sorted(means)
    assert not source.live
    assert not source.still


def test_video_frames_keep_their_own_uneven_times(tmp_path):
    path = tmp_path / "uneven.mp4"  # FFmpeg looks at the content
    first, *others = (Image.new("RGB", (64, 48), (value,) * 3) for value in (10, 90, 150, 220))
    first.save(path, "GIF", save_all=True, append_images=others, duration=[100, 40, 200, 60])
    with open_source(str(path)) as source:
        assert [frame.timestamp_ms for frame in source] == [0, 100, 140, 340]


@pytest.mark.parametrize(
    ("clock", "stamps"),
    [
        ([500, 540, 620], [0, 40, 120]),
        ([0, 0, 0], [0, 50, 100]),
        ([0, 40, 20], [0, 40, 90]),
        ([0, 1e15, 2e15], [0, 50, 100]),
        ([0, float("nan"), 80], [0, 50, 100]),
    ],
)
def test_a_video_whose_clock_is_broken_goes_on_at_a_steady_rate(
    camera, tmp_path, monkeypatch, clock, stamps
):
    capture = camera(count=3, seconds=0)
    facts = {cv2.CAP_PROP_FPS: lambda: 20, cv2.CAP_PROP_POS_MSEC: lambda: times.pop(0)}
    times = [*clock, 0]
    monkeypatch.setattr(capture, "get", lambda key: facts[key](), raising=False)
    path = tmp_path / "clip.mp4"
    path.touch()
    with open_source(str(path)) as source:
        assert [frame.timestamp_ms for frame in source] == stamps


def test_a_video_cut_short_gives_the_frames_it_has(tmp_path):
    whole = write_video(tmp_path / "whole.avi", count=30)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with open_source(str(cut)) as source:
        assert 1 <= len(list(source)) < 30


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100])
def test_a_damaged_video_is_one_sentence(tmp_path, content, capfd):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(Problem) as error:
        open_source(str(path))
    assert "dañado" in one_sentence(error)
    assert capfd.readouterr().err == ""


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(Problem) as error:
        open_source(str(tmp_path / "nada.mp4"))
    assert "No existe" in one_sentence(error)


def test_pictures_of_a_folder_come_by_name_and_damaged_ones_are_skipped(tmp_path):
    for name, value in (("b.png", 10), ("á.jpg", 20), ("c.bmp", 30)):
        data = cv2.imencode(name[-4:], np.full((48, 64, 3), value, np.uint8))[1]
        (tmp_path / name).write_bytes(data.tobytes())
    (tmp_path / "bad.png").write_bytes(b"\x89PNG nonsense")
    (tmp_path / "notes.txt").write_text("not a picture")
    with open_source(str(tmp_path)) as source:
        names = [frame.name for frame in source]
    assert names == ["b.png", "c.bmp", "á.jpg"]
    assert source.still
    assert source.skipped == ["bad.png"]


def test_a_folder_without_readable_pictures_is_one_sentence(tmp_path):
    with pytest.raises(Problem) as error:
        open_source(str(tmp_path))
    one_sentence(error)
    (tmp_path / "bad.jpg").write_bytes(b"nonsense")
    with pytest.raises(Problem) as error, open_source(str(tmp_path)) as source:
        list(source)
    one_sentence(error)


@pytest.mark.parametrize("by_pillow", [False, True])
@pytest.mark.parametrize("suffix", [".gif", ".avif"])
def test_gif_and_avif_give_their_first_picture(tmp_path, monkeypatch, suffix, by_pillow):
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    if by_pillow:
        monkeypatch.setattr(cv2, "imdecode", lambda *_: None)
    first, second = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    first.save(tmp_path / f"a{suffix}", save_all=True, append_images=[second])
    with open_source(str(tmp_path)) as source:
        (frame,) = source
    assert frame.image.shape == (48, 64, 3)
    assert np.abs(frame.image.mean(axis=(0, 1)) - (0, 0, 255)).max() < 12


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n%%EndComments\nshowpage\n%%EOF\n"


@pytest.mark.parametrize("kind", ["EPS", "TGA", "PCX"])
def test_pillow_opens_nothing_but_avif_and_gif_whatever_a_file_is_called(tmp_path, kind):
    path = tmp_path / "a.gif"
    if kind == "EPS":
        path.write_bytes(EPS)
    else:
        Image.new("RGB", (64, 48), "red").save(path, format=kind)
    with Image.open(path) as picture:
        assert picture.format == kind  # Pillow left to itself would take it
    with pytest.raises(Problem) as error, open_source(str(path)) as source:
        list(source)
    assert "no es una imagen" in one_sentence(error)


def test_unread_pictures_are_named_in_one_sentence():
    def unread(*names):
        return FrameSource(iter(()), skipped=list(names)).unread

    assert unread() == ""
    assert unread("a.png") == "No se pudo leer la imagen «a.png»."
    assert unread("a.png", "b.HEIC") == (
        "No se pudieron leer 2 imágenes: «a.png» y «b.HEIC» (las HEIC se leen guardadas como JPG)."
    )
    many = unread(*(f"{number}.png" for number in range(40)))
    assert many.endswith("«3.png», «4.png» y 35 más.")


def test_a_folder_of_heic_alone_says_how_to_save_them(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 200)
    with pytest.raises(Problem) as error, open_source(str(tmp_path)) as source:
        list(source)
    assert "HEIC" in one_sentence(error)
    assert "JPG" in one_sentence(error)


def test_huge_pictures_are_shrunk_and_keep_their_shape(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((3000, 4000, 3), np.uint8))[1].tobytes())
    with open_source(str(path)) as source:
        (frame,) = source
    assert frame.image.shape == (960, 1280, 3)


def test_the_demo_shows_all_three_gestures_at_the_size_asked():
    seen = set()
    with open_source("demo", width=320, height=240, seed=1) as source:
        for frame in source:
            assert frame.image.shape == (240, 320, 3)
            seen.add(frame.truth)
            if len(seen) == 4:
                break
    assert seen >= {"piedra", "papel", "tijeras", None}
