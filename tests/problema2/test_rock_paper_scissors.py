"""rock-paper-scissors.py as a person runs it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from gestures import render
from gestures.dataset import GESTURES
from gestures.inference import Reading
from gestures.landmarks import Hand, HandDetector

SCRIPT = Path(__file__).resolve().parents[2] / "Problema2" / "rock-paper-scissors.py"


def run(*args, cwd=None, timeout=90, **env):
    """Run the script in a process without a display of its own."""
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, args)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        cwd=cwd,
        env=clean | {"PYTHONIOENCODING": "utf-8"} | env,
    )


def one_sentence(result):
    """Exit code 2, one line on stderr and nothing on stdout."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(".\n")
    return result.stderr


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("rock_paper_scissors", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One headless run over half the demo clip, from another working directory."""
    folder = tmp_path_factory.mktemp("demo")
    keys = ".*10 s .*160 space .*40 s .*50 s"
    result = run(
        *("--source", "demo", "--headless", "--json", "--max-frames", 330, "--keys", keys),
        *("--output", folder / "fotos"),
        cwd=folder,
    )
    assert result.returncode == 0, result.stderr
    return result, [json.loads(line) for line in result.stdout.splitlines()], folder / "fotos"


def test_json_has_one_object_a_frame_and_a_summary(demo):
    result, (*rows, summary), _ = demo
    assert result.stderr == ""
    assert [row["frame"] for row in rows] == list(range(330))
    for row in rows:
        assert row["gesture"] in (*GESTURES, None)
        assert 0 <= row["confidence"] <= 1
        assert row["hand"] in ("izquierda", "derecha", None)
        assert (row["hand"] is None) <= (row["gesture"] is None)
    assert summary["summary"] is True
    assert summary["frames"] == 330
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


def test_it_starts_without_tensorflow():
    """Neither TensorFlow nor Keras is imported on the way to the first labelled frame."""
    code = (
        "import runpy, sys; sys.argv = ['x', '--source', 'demo', '--headless', '--max-frames', "
        f"'2']; sys.path.insert(0, {str(SCRIPT.parent)!r})\n"
        f"try:\n    runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
        "except SystemExit as done:\n    assert done.code == 0, done.code\n"
        "print([m for m in ('tensorflow', 'keras', 'jax', 'torch') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=90, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_window_without_a_screen(tmp_path):
    """The whole loop, drawing included, on Qt's platform for tests."""
    result = run(
        *("--source", "demo", "--keys", ".*15 m s .*5 space .*5 q", "--output", tmp_path),
        QT_QPA_PLATFORM="offscreen",
    )
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "")
    assert len(list(tmp_path.glob("*.jpg"))) == 1


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run")
def test_a_real_window_on_a_virtual_screen(tmp_path):
    command = ["xvfb-run", "-a", sys.executable, str(SCRIPT), "--source", "demo"]
    result = subprocess.run(
        [*command, "--keys", ".*15 s . esc", "--output", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(list(tmp_path.glob("*.jpg"))) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells by DISPLAY")
@pytest.mark.parametrize("display", [None, ":987"])
def test_no_screen_is_one_sentence_not_an_abort(display):
    result = run("--source", "demo", **({"DISPLAY": display} if display else {}))
    assert "--headless" in one_sentence(result)


def test_no_camera_is_one_sentence():
    text = one_sentence(run("--headless", "--camera", 97))
    assert "cámara 97" in text
    assert "--camera 0" in text or "--camera " in text
    assert "--source demo" in text


def test_a_damaged_video_is_one_sentence(tmp_path):
    path = tmp_path / "roto.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"garbage" * 500)
    assert "dañado" in one_sentence(run("--headless", "--source", path))


def test_a_missing_model_is_one_sentence(tmp_path):
    demo = ("--headless", "--source", "demo")
    text = one_sentence(run(*demo, "--model", tmp_path / "x.tflite"))
    assert "train-gesture-classifier.py" in text
    text = one_sentence(run(*demo, "--landmarker", tmp_path / "x.task"))
    assert "git checkout" in text


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with a picture of each gesture, one without a hand and a damaged one."""
    folder = tmp_path_factory.mktemp("fotos")
    wanted = set(GESTURES)
    with HandDetector(stream=False) as detector:
        for image, gesture in render.demo_frames(seed=5, seconds=20, fps=3):
            # MediaPipe does not find every hand in a single picture; these it does.
            if gesture in wanted and detector.detect(image):
                wanted.discard(gesture)
                cv2.imwrite(str(folder / f"{gesture}.png"), image)
    assert not wanted
    cv2.imwrite(str(folder / "vacía.png"), np.full((480, 640, 3), 128, np.uint8))
    (folder / "rota.png").write_bytes(b"nonsense")
    return folder


def test_a_folder_of_pictures(pictures):
    result = run("--headless", "--json", "--source", pictures)
    assert result.returncode == 0
    *rows, summary = map(json.loads, result.stdout.splitlines())
    assert {row["file"]: row["gesture"] for row in rows} == {
        **{f"{gesture}.png": gesture for gesture in GESTURES},
        "vacía.png": None,
    }
    assert summary["frames"] == 4
    assert result.stderr == "No se pudo leer la imagen «rota.png».\n"


def test_one_picture_in_words(pictures):
    result = run("--headless", "--source", pictures / "papel.png")
    assert result.returncode == 0
    assert result.stdout.startswith("papel.png: papel (")


def test_two_hands_are_listed_and_the_threshold_makes_them_doubtful(pictures, tmp_path):
    both = np.hstack(
        [cv2.imread(str(pictures / f"{name}.png"))[:, 160:480] for name in ("papel", "piedra")]
    )
    cv2.imwrite(str(tmp_path / "dos.png"), both)
    args = ("--headless", "--json", "--hands", 2, "--source", tmp_path / "dos.png")
    row = json.loads(run(*args).stdout.splitlines()[0])
    assert sorted(hand["gesture"] for hand in row["hands"]) == ["papel", "piedra"]
    row = json.loads(run(*args, "--confidence", 1).stdout.splitlines()[0])
    assert row["gesture"] is None
    assert row["confidence"] > 0.5
    assert row["hand"] is not None


@pytest.mark.parametrize(
    "flags",
    [("--confidence", "1.5"), ("--hands", "3"), ("--camera", "-1"), ("--keys", "nada"), ("--x",)],
)
def test_wrong_flags_are_refused_without_a_traceback(script, flags, capsys):
    with pytest.raises(SystemExit) as stop:
        script.main(list(flags))
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error():
    command = f'"{sys.executable}" "{SCRIPT}" --source demo --headless --json --max-frames 40'
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} | head -1"],
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert json.loads(result.stdout)["frame"] == 0
    assert (result.returncode, result.stderr) == (0, "")


class FailingCamera:
    """Delivers a few grey frames, then raises as a broken driver would."""

    def __init__(self, *_):
        self.frames, self.released = 3, False
        FailingCamera.last = self

    def isOpened(self):
        return True

    def set(self, *_):
        pass

    def read(self):
        self.frames -= 1
        if self.frames < 0:
            raise cv2.error("the driver broke")
        return True, np.full((480, 640, 3), 90, np.uint8)

    def release(self):
        self.released = True


def test_a_camera_that_fails_in_the_middle_is_released(script, monkeypatch, capsys):
    monkeypatch.setattr(cv2, "VideoCapture", FailingCamera)
    assert script.main(["--headless", "--json"]) == 2
    assert FailingCamera.last.released
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[-1])["frames"] == 3  # the summary is still printed
    assert "dejó de enviar" in err
    assert err.count("\n") == 1


def hand_at(x):
    return Hand(np.full((21, 2), (x, 0.5)), "derecha", 0.9)


@pytest.mark.parametrize("mirror", [False, True])
def test_players_are_the_hands_from_left_to_right_as_seen(script, mirror):
    paper, rock = Reading("papel", 0.9, False), Reading("piedra", 0.9, False)
    doubtful = Reading("tijeras", 0.4, True)
    left, right = (0.8, 0.2) if mirror else (0.2, 0.8)

    def show(hands, players=2):
        seen = [hand_at(x) for x, _ in hands]
        return script.players_show(seen, [reading for _, reading in hands], players, mirror)

    assert show([(left, paper), (right, rock)]) == ["papel", "piedra"]
    assert show([(right, rock), (left, paper)]) == ["papel", "piedra"]
    assert show([(right, rock)]) == [None, "piedra"]
    assert show([(left, rock)]) == ["piedra", None]
    assert show([(left, doubtful), (right, rock)]) == [None, "piedra"]
    assert show([]) == [None, None]
    assert show([(left, doubtful), (right, rock)], players=1) == ["piedra"]
    assert show([], players=1) == [None]


def test_saving_never_overwrites_and_a_full_disk_is_told(script, tmp_path, monkeypatch, capsys):
    canvas = np.zeros((48, 64, 3), np.uint8)
    for number in (1, 2, 3):
        assert f"papel-{number}.jpg" in script.save_picture(canvas, tmp_path / "ñ", "papel")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(script.Path, "open", full)
    assert "No se pudo guardar" in script.save_picture(canvas, tmp_path, "papel")
    assert "No se pudo guardar" in capsys.readouterr().err
