"""rock-paper-scissors.py as a person runs it."""

import io
import json
import re
import shutil
import subprocess
import sys
import threading
import time

import cv2
import game_loop
import game_report
import inputs
import numpy as np
import pytest
from rich.console import Console

from gestures import overlay, webcam
from gestures.dataset import GESTURES
from gestures.game import Game
from gestures.inference import Reading
from gestures.landmarks import Hand, HandDetector
from gestures.simulator.demo import demo_frames

NAME = "rock-paper-scissors.py"
WINNING = "tijeras"  # against the computer's first move with seed 0, which is papel


@pytest.fixture(scope="module")
def run(run_script):
    return lambda *args, **more: run_script(NAME, *args, **more)


@pytest.fixture
def main(script, capfd):
    """Run the script in this process; its exit code and what it wrote."""

    def call(*args):
        code = script.main([str(word) for word in args])
        return code, *capfd.readouterr()

    return call


def one_sentence(result):
    """Exit code 2, one line on stderr and nothing on stdout."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    return err


@pytest.fixture(scope="module")
def script(load_script):
    return load_script(NAME)


@pytest.fixture(scope="module")
def demo(run, tmp_path_factory):
    """One headless run over the demo clip's first person, from another working directory."""
    folder = tmp_path_factory.mktemp("demo")
    keys = ".*10 s .*60 space .*40 s .*50 s"
    result = run(
        *("--source", "demo", "--headless", "--json", "--max-frames", 210, "--keys", keys),
        *("--output", folder / "fotos"),
        cwd=folder,
    )
    assert result.returncode == 0, result.stderr
    return result, [json.loads(line) for line in result.stdout.splitlines()], folder / "fotos"


def test_json_has_one_object_a_frame_and_a_summary(demo):
    result, (*rows, summary), _ = demo
    assert result.stderr == ""
    assert [row["frame"] for row in rows] == list(range(210))
    for row in rows:
        assert row["gesture"] in (*GESTURES, None)
        assert 0 <= row["confidence"] <= 1
        assert row["hand"] in ("izquierda", "derecha", None)
        assert (row["hand"] is None) <= (row["gesture"] is None)
    assert summary["summary"] is True
    assert summary["frames"] == 210
    assert summary["with_hand"] == sum(row["hand"] is not None for row in rows)
    assert sum(summary["gestures"].values()) == summary["with_hand"]


def test_the_demo_clip_is_recognised(demo):
    _, (*rows, summary), _ = demo
    known = [row for row in rows if row.get("truth")]
    right = sum(row["gesture"] == row["truth"] for row in known)
    assert right / len(known) > 0.85
    assert {row["gesture"] for row in rows} >= {*GESTURES, None}
    assert summary["accuracy"] > 0.95


def test_a_round_is_played_and_scored(demo):
    _, (*rows, summary), _ = demo
    rounds = [row["round"] for row in rows if "round" in row]
    assert len(rounds) == 1
    mine, theirs = rounds[0]["moves"]
    assert theirs in GESTURES
    assert mine in (*GESTURES, None)
    if mine is not None:
        assert sum(summary["score"]) == (mine != theirs)


def test_saved_pictures_are_annotated(demo):
    *_, folder = demo
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 3
    assert sum(name.startswith("juego-") for name in names) == 2
    for name in names:
        image = cv2.imdecode(np.fromfile(folder / name, np.uint8), cv2.IMREAD_COLOR)
        assert image.shape == (480, 640, 3)
        assert image[:38].mean() < 90  # the bar


def test_it_starts_without_tensorflow(problem):
    """Neither TensorFlow nor Keras is imported on the way to the first labelled frame."""
    code = (
        "import runpy, sys; sys.argv = ['x', '--source', 'demo', '--headless', '--max-frames', "
        f"'2']; sys.path.insert(0, {str(problem)!r})\n"
        f"try:\n    runpy.run_path({str(problem / NAME)!r}, run_name='__main__')\n"
        "except SystemExit as done:\n    assert done.code == 0, done.code\n"
        "print([m for m in ('tensorflow', 'keras', 'jax', 'torch') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_window_without_a_screen(run, tmp_path):
    """The whole loop, drawing included, on Qt's platform for tests."""
    result = run(
        *("--source", "demo", "--keys", ".*15 m s .*5 space .*5 q", "--output", tmp_path),
        QT_QPA_PLATFORM="offscreen",
    )
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "")
    assert len(list(tmp_path.glob("*.jpg"))) == 1


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run")
def test_a_real_window_on_a_virtual_screen(problem, tmp_path):
    command = ["xvfb-run", "-a", sys.executable, str(problem / NAME), "--source", "demo"]
    result = subprocess.run(
        [*command, "--keys", ".*15 s . esc", "--output", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(list(tmp_path.glob("*.jpg"))) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells by DISPLAY")
@pytest.mark.parametrize("display", [None, ":987"])
def test_no_screen_is_one_sentence_not_an_abort(run, display):
    result = run("--source", "demo", **({"DISPLAY": display} if display else {}))
    text = one_sentence((result.returncode, result.stdout, result.stderr))
    assert "--headless" in text


def test_no_camera_is_one_sentence(main):
    text = one_sentence(main("--headless", "--camera", 97))
    assert "cámara 97" in text
    assert "--camera 0" in text or "--camera " in text
    assert "--source demo" in text


def test_a_damaged_video_is_one_sentence(main, tmp_path):
    path = tmp_path / "roto.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"garbage" * 500)
    assert "dañado" in one_sentence(main("--headless", "--source", path))


def test_a_missing_model_is_one_sentence(main, tmp_path):
    demo = ("--headless", "--source", "demo")
    text = one_sentence(main(*demo, "--model", tmp_path / "x.tflite"))
    assert "train-gesture-classifier.py" in text
    text = one_sentence(main(*demo, "--landmarker", tmp_path / "x.task"))
    assert "git checkout" in text


def test_the_network_of_keras_is_refused_in_one_sentence(main, tmp_path):
    text = one_sentence(main("--headless", "--model", tmp_path / "mine.keras"))
    assert str(tmp_path / "mine.tflite") in text


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with a picture of each gesture, one without a hand and a damaged one."""
    folder = tmp_path_factory.mktemp("fotos")
    wanted = set(GESTURES)
    with HandDetector(stream=False) as detector:
        for image, gesture in demo_frames(seed=6, seconds=20, fps=3):
            # MediaPipe does not find every hand in a single picture; these it does.
            if gesture in wanted and detector.detect(image):
                wanted.discard(gesture)
                cv2.imwrite(str(folder / f"{gesture}.png"), image)
    assert not wanted
    cv2.imwrite(str(folder / "vacía.png"), np.full((480, 640, 3), 128, np.uint8))
    (folder / "rota.png").write_bytes(b"nonsense")
    return folder


def test_a_folder_of_pictures(main, pictures):
    code, out, err = main("--headless", "--json", "--source", pictures)
    assert code == 0
    *rows, summary = map(json.loads, out.splitlines())
    assert {row["file"]: row["gesture"] for row in rows} == {
        **{f"{gesture}.png": gesture for gesture in GESTURES},
        "vacía.png": None,
    }
    assert summary["frames"] == 4
    assert err == "No se pudo leer la imagen «rota.png».\n"


@pytest.mark.parametrize("name", [NAME, "record-dataset.py"])
def test_a_picture_has_a_threshold_of_its_own(load_script, monkeypatch, pictures, tmp_path, name):
    """MediaPipe has one chance with it; a stream keeps MediaPipe's own threshold."""
    script, asked = load_script(name), []

    class Detector(HandDetector):
        def __init__(self, hands, stream, detection, model_path):
            asked.append((stream, detection))
            super().__init__(hands, stream, detection, model_path)

    monkeypatch.setattr(inputs, "HandDetector", Detector)
    more = ["--data", str(tmp_path / "x_dataset.npy")] if name != NAME else []
    for source in (str(pictures / "papel.png"), "demo"):
        args = ["--source", source, "--headless", "--max-frames", "1", *more]
        assert script.main(args) == 0
    assert asked == [(False, 0.3), (True, 0.5)]


def test_one_picture_in_words(main, pictures):
    code, out, err = main("--headless", "--source", pictures / "papel.png")
    assert (code, err) == (0, "")
    assert re.match(r"papel\.png: papel \(\d+ %\)\n1 cuadros, 1 con mano: .*\.\n$", out)


def test_a_picture_stays_while_it_is_mirrored_and_saved(main, pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    source = ("--source", pictures / "papel.png", "--output", tmp_path)
    assert main(*source, "--keys", "s m s q") == (0, "", "")
    plain, mirrored = (cv2.imread(str(tmp_path / f"papel-{number}.jpg")) for number in (1, 2))
    middle = slice(60, 400)  # between the bars, which are not mirrored
    there = np.abs(plain[middle].astype(int) - mirrored[middle]).mean()
    back = np.abs(plain[middle].astype(int) - mirrored[middle, ::-1]).mean()
    assert back < there / 2


@pytest.mark.parametrize(("flags", "rounds"), [((), 2), (("--rounds", 1), 1)])
def test_a_match_ends_after_so_many_rounds(main, monkeypatch, flags, rounds):
    """The second SPACE of a match to one begins a new match, whose history has one round."""
    games = []

    def game(*args, **more):
        games.append(Game(*args, **more))
        return games[-1]

    monkeypatch.setattr(game_loop, "Game", game)
    monkeypatch.setattr(game_loop, "players_show", lambda *_: [WINNING])
    keys = ".*5 space .*149 space .*140"
    options = ("--source", "demo", "--headless", "--max-frames", 296, "--keys", keys)
    assert main(*options, *flags)[0] == 0
    assert [len(game.history) for game in games] == [rounds]


def test_two_hands_are_listed_and_a_high_threshold_doubts_them(main, pictures, tmp_path):
    both = np.hstack(
        [cv2.imread(str(pictures / f"{name}.png"))[:, 160:480] for name in ("papel", "piedra")]
    )
    cv2.imwrite(str(tmp_path / "dos.png"), both)
    args = ("--headless", "--json", "--hands", 2, "--source", tmp_path / "dos.png")
    row = json.loads(main(*args)[1].splitlines()[0])
    assert sorted(hand["gesture"] for hand in row["hands"]) == ["papel", "piedra"]
    row = json.loads(main(*args, "--confidence", 1)[1].splitlines()[0])
    assert row["gesture"] is None
    assert row["confidence"] > 0.5
    assert row["hand"] is not None


@pytest.mark.parametrize(
    "flags",
    [
        ("--confidence", "1.5"),
        ("--rounds", "0"),
        ("--hands", "3"),
        ("--camera", "-1"),
        ("--keys", "nada"),
        ("--x",),
    ],
)
def test_wrong_flags_are_refused_without_a_traceback(script, flags, capsys):
    with pytest.raises(SystemExit) as stop:
        script.main(list(flags))
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error(problem):
    command = (
        f'"{sys.executable}" "{problem / NAME}" --source demo --headless --json --max-frames 40'
    )
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} | head -1"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert json.loads(result.stdout)["frame"] == 0
    assert (result.returncode, result.stderr) == (0, "")


class FakeCamera:
    """Grey frames of the given sizes, ten a second; then what `ended` does instead of a frame."""

    def __init__(self, sizes, ended):
        self.sizes, self.ended, self.released = list(sizes), ended, False

    def isOpened(self):
        return True

    def set(self, *_):
        pass

    def read(self):
        if not self.sizes:
            return self.ended()
        time.sleep(0.1)
        return True, np.full((*self.sizes.pop(0), 3), 90, np.uint8)

    def release(self):
        self.released = True


@pytest.fixture
def camera(monkeypatch):
    """Install a camera that a second's silence ends, and a fifth's stalls."""

    def install(sizes, ended):
        capture = FakeCamera(sizes, ended)
        monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
        monkeypatch.setattr(webcam, "STALLED_SECONDS", 0.2)
        monkeypatch.setattr(webcam, "LOST_SECONDS", 1.0)
        monkeypatch.setattr(webcam, "RELEASE_SECONDS", 0.2)
        return capture

    return install


def broken():
    raise cv2.error("the driver broke")


def test_a_camera_that_fails_in_the_middle_is_released(main, camera):
    capture = camera([(480, 640)] * 3, broken)
    code, out, err = main("--headless", "--json")
    assert code == 2
    assert capture.released
    *rows, summary = map(json.loads, out.splitlines())  # the summary is still printed
    assert 1 <= summary["frames"] == len(rows) <= 3  # and a stall is no frame
    assert "dejó de enviar" in err
    assert err.count("\n") == 1


def test_a_camera_may_change_its_size(main, camera):
    capture = camera([(480, 640), (720, 1280), (240, 320), (1280, 720)] * 3, broken)
    code, out, err = main("--headless", "--json", "--max-frames", 5)
    assert (code, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["frames"] == 5
    assert capture.released


@pytest.mark.parametrize("way", ["q", "close"])
def test_a_driver_call_that_never_returns_leaves_the_window_alive(main, camera, monkeypatch, way):
    """The notice stands in the window, which still answers Q and its close button."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    notices = []
    monkeypatch.setattr(overlay, "draw_notice", lambda _, text, *more: notices.append(text))
    never = threading.Event()
    capture = camera([(480, 640)], never.wait)
    closed = property(lambda _: way == "close" and len(notices) == 3)
    monkeypatch.setattr(game_loop.Window, "closed", closed)
    try:
        assert main("--keys", ". . . q" if way == "q" else ".") == (0, "", "")
        assert notices == [overlay.NO_FRAMES] * 3
        assert not capture.released  # the driver still holds the thread
    finally:
        never.set()


def hand_at(x):
    return Hand(np.full((21, 2), (x, 0.5)), "derecha", 0.9)


@pytest.mark.parametrize("mirror", [False, True])
def test_players_are_the_hands_from_left_to_right_as_seen(mirror):
    paper, rock = Reading("papel", 0.9, False), Reading("piedra", 0.9, False)
    doubtful = Reading("tijeras", 0.4, True)
    left, right = (0.8, 0.2) if mirror else (0.2, 0.8)

    def show(hands, players=2):
        seen = [hand_at(x) for x, _ in hands]
        return game_loop.players_show(seen, [reading for _, reading in hands], players, mirror)

    assert show([(left, paper), (right, rock)]) == ["papel", "piedra"]
    assert show([(right, rock), (left, paper)]) == ["papel", "piedra"]
    assert show([(right, rock)]) == [None, "piedra"]
    assert show([(left, rock)]) == ["piedra", None]
    assert show([(left, doubtful), (right, rock)]) == [None, "piedra"]
    assert show([]) == [None, None]
    assert show([(left, doubtful), (right, rock)], players=1) == ["piedra"]
    assert show([], players=1) == [None]


def test_saving_never_overwrites_and_a_full_disk_is_told(tmp_path, monkeypatch):
    canvas, console = np.zeros((48, 64, 3), np.uint8), Console(file=io.StringIO())

    def save(folder):
        return game_report.save_picture(canvas, folder, "papel", console)

    for number in (1, 2, 3):
        assert save(tmp_path / "ñ") == f"Guardada: ñ/papel-{number}.jpg"
    assert console.file.getvalue() == ""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(game_report.Path, "open", full)
    assert "No se pudo guardar" in save(tmp_path)
    assert "No se pudo guardar" in console.file.getvalue()
