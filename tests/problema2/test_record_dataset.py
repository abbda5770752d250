"""record-dataset.py as a person runs it, and what survives when it is interrupted."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from gestures import dataset, render
from gestures.dataset import DatasetError
from gestures.journal import Recording

SCRIPT = Path(__file__).resolve().parents[2] / "Problema2" / "record-dataset.py"


def command(folder, *args):
    files = ("--data", folder / "m_dataset.npy", "--labels", folder / "m_labels.npy")
    return [sys.executable, str(SCRIPT), *map(str, files + args)]


def run(folder, *args, **env):
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        command(folder, *args),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        cwd=folder,
        env=clean | {"PYTHONIOENCODING": "utf-8"} | env,
    )


def saved(folder):
    return dataset.load(folder / "m_dataset.npy", folder / "m_labels.npy")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("record_dataset", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def hand_image():
    return next(image for image, gesture in render.demo_frames(1, 5, 10) if gesture == "papel")


def test_keys_record_undo_and_append(tmp_path):
    """At 30 frames a second, presses three frames apart are all recorded."""
    demo = ("--source", "demo", "--headless", "--width", 640, "--height", 360)
    result = run(tmp_path, *demo, "--keys", "0 . . 0 . . 1 . . 2 . . u q")
    assert (result.returncode, result.stderr) == (0, "")
    assert "3 muestras nuevas (piedra 2, papel 1, tijeras 0)" in result.stdout
    first = saved(tmp_path)
    assert first.labels.tolist() == [0, 0, 1]
    assert first.aspect == pytest.approx(16 / 9)
    assert np.ptp(first.points.reshape(3, 21, 2), axis=1).min() > 0.02  # hands, not points

    result = run(tmp_path, "--source", "demo", "--headless", "--keys", "2 esc")
    assert result.returncode == 0
    both = saved(tmp_path)
    assert both.labels.tolist() == [0, 0, 1, 2]
    assert np.array_equal(both.points[:3], first.points)
    assert both.aspect == pytest.approx([16 / 9] * 3 + [4 / 3])
    assert not list(tmp_path.glob("*.journal"))


def test_a_held_key_records_at_the_stated_rate(tmp_path):
    """31 frames at 30 a second with the key down all the time: ten samples a second."""
    result = run(tmp_path, "--source", "demo", "--headless", "--keys", "1*31 q")
    assert result.returncode == 0
    assert len(saved(tmp_path)) == 11


def test_a_window_without_a_screen(tmp_path):
    result = run(
        tmp_path, "--source", "demo", "--keys", ".*5 0 . u . q", QT_QPA_PLATFORM="offscreen"
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "0 muestras nuevas" in result.stdout
    assert not (tmp_path / "m_dataset.npy").exists()
    assert not list(tmp_path.glob("*.journal"))


def test_no_hand_records_nothing(tmp_path):
    cv2.imwrite(str(tmp_path / "empty.png"), np.full((480, 640, 3), 128, np.uint8))
    result = run(tmp_path, "--source", tmp_path / "empty.png", "--headless", "--keys", "0")
    assert result.returncode == 0
    assert not (tmp_path / "m_dataset.npy").exists()


class Camera:
    """Delivers the same hand `frames` times, then raises `error`."""

    image = None
    frames = 6
    error = cv2.error("the driver broke")

    def __init__(self, *_):
        self.left, self.released = self.frames, False
        Camera.last = self

    def isOpened(self):
        return True

    def set(self, *_):
        pass

    def read(self):
        self.left -= 1
        if self.left < 0:
            raise self.error
        time.sleep(0.11)  # a slow camera: each press is one the rate allows
        return True, self.image

    def release(self):
        self.released = True


@pytest.mark.parametrize(
    ("error", "code"), [(cv2.error("broke"), 2), (KeyboardInterrupt(), 130), (MemoryError(), None)]
)
def test_a_source_that_raises_loses_no_sample_and_frees_the_camera(
    script, tmp_path, monkeypatch, hand_image, error, code
):
    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    monkeypatch.setattr(Camera, "image", hand_image)
    monkeypatch.setattr(Camera, "error", error)
    args = command(tmp_path, "--headless", "--keys", "0 1 2 1 1 1 1 1 1")[2:]
    if code is None:
        with pytest.raises(MemoryError):
            script.main(args)
    else:
        assert script.main(args) == code
    assert Camera.last.released
    assert saved(tmp_path).labels.tolist()[:3] == [0, 1, 2]
    assert len(saved(tmp_path)) == 6


def wait_for_samples(folder, number):
    journal = folder / "m_dataset.journal"
    deadline = time.monotonic() + 60
    while not journal.exists() or journal.read_text().count("add") < number:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_saves(tmp_path):
    keys = "1*600"
    process = subprocess.Popen(
        command(tmp_path, "--source", "demo", "--headless", "--keys", keys),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # a shell starts background jobs with Ctrl-C ignored, and they pass that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for_samples(tmp_path, 5)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (130, b"")
    assert len(saved(tmp_path)) >= 5
    assert not list(tmp_path.glob("*.journal"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_process_loses_nothing(tmp_path):
    """Even SIGKILL: the next session finds the journal and adds its samples."""
    process = subprocess.Popen(
        command(tmp_path, "--source", "demo", "--headless", "--keys", "2*600"),
        stdout=subprocess.DEVNULL,
    )
    wait_for_samples(tmp_path, 5)
    process.kill()
    process.wait()
    assert not (tmp_path / "m_dataset.npy").exists()
    result = run(tmp_path, "--source", "demo", "--headless", "--keys", "q")
    assert "Se recuperaron" in result.stdout
    assert len(saved(tmp_path)) >= 5
    assert set(saved(tmp_path).labels.tolist()) == {2}


POINTS = np.random.default_rng(0).uniform(0, 1, (5, 21, 2)).astype(np.float32)


def paths(folder):
    return folder / "m_dataset.npy", folder / "m_labels.npy"


def die(recording: Recording) -> None:
    """What the system does for a process that ends without a word."""
    recording._journal.close()
    recording._lock.close()


def test_the_journal_survives_a_torn_line_and_replays_undo(tmp_path):
    recording = Recording(*paths(tmp_path))
    for index in range(4):
        recording.add(POINTS[index], index % 3, 1.5)
    recording.undo()
    die(recording)
    journal = tmp_path / "m_dataset.journal"
    journal.write_text(journal.read_text() + '{"add": [[0.1, 0.2')
    again = Recording(*paths(tmp_path))
    assert again.recovered == 3
    assert saved(tmp_path).labels.tolist() == [0, 1, 2]
    assert saved(tmp_path).points == pytest.approx(POINTS[:3].reshape(3, 42))


def test_a_crash_between_appending_and_removing_the_journal_adds_nothing_twice(tmp_path):
    recording = Recording(*paths(tmp_path))
    recording.add(POINTS[0], 1, 1.5)
    die(recording)
    dataset.append(*paths(tmp_path), POINTS[:1].reshape(1, 42), [1], [1.5])
    again = Recording(*paths(tmp_path))
    assert again.recovered == 0
    assert len(saved(tmp_path)) == 1


def test_samples_that_cannot_be_saved_stay_in_the_journal(tmp_path, monkeypatch):
    from gestures import journal

    def full(*_):
        raise DatasetError("No se pudo guardar.")

    recording = Recording(*paths(tmp_path))
    recording.add(POINTS[0], 1, 1.5)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "append", full)
        with pytest.raises(DatasetError):
            recording.save()
    assert Recording(*paths(tmp_path)).recovered == 1


def test_counts_and_undo():
    import tempfile

    with tempfile.TemporaryDirectory() as folder, Recording(*paths(Path(folder))) as recording:
        assert recording.undo() is None
        for index in (0, 2, 2):
            recording.add(POINTS[index], index, 1.5)
        assert recording.counts == {"piedra": 1, "papel": 0, "tijeras": 2}
        assert recording.undo() == 2
        assert recording.counts == {"piedra": 1, "papel": 0, "tijeras": 1}
        assert len(recording) == 2


@pytest.mark.parametrize("shape", [(5, 42), (5, 21, 2)])
def test_import_adds_recordings_from_elsewhere(tmp_path, shape):
    np.save(tmp_path / "x.npy", POINTS.reshape(shape))
    np.save(tmp_path / "y.npy", np.array([0, 1, 2, 1, 1]))
    for total in (5, 10):
        result = run(
            tmp_path, "--import", tmp_path / "x.npy", tmp_path / "y.npy", "--aspect", "16:9"
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert "piedra 1, papel 3, tijeras 1" in result.stdout
        assert len(saved(tmp_path)) == total
    assert saved(tmp_path).aspect == pytest.approx(16 / 9)


@pytest.mark.parametrize("wrong", ["objects", "shape", "nan", "lengths", "missing"])
def test_import_refuses_what_it_cannot_use(script, tmp_path, wrong, capsys):
    points, labels = POINTS.reshape(5, 42).copy(), np.zeros(5, int)
    if wrong == "objects":
        points = np.array([{"a": 1}] * 5, dtype=object)
    elif wrong == "shape":
        points = points[:, :40]
    elif wrong == "nan":
        points[3, 3] = np.nan
    elif wrong == "lengths":
        labels = labels[:4]
    np.save(tmp_path / "x.npy", points, allow_pickle=True)
    np.save(tmp_path / "y.npy", labels)
    source = tmp_path / ("none.npy" if wrong == "missing" else "x.npy")
    assert script.main(command(tmp_path, "--import", source, tmp_path / "y.npy")[2:]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    assert not (tmp_path / "m_dataset.npy").exists()


def test_a_damaged_data_set_is_refused_before_recording(tmp_path):
    (tmp_path / "m_dataset.npy").write_bytes(b"nonsense")
    (tmp_path / "m_labels.npy").write_bytes(b"nonsense")
    result = run(tmp_path, "--source", "demo", "--headless", "--keys", "0 q")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert (tmp_path / "m_dataset.npy").read_bytes() == b"nonsense"


def test_no_camera_is_one_sentence(tmp_path):
    result = run(tmp_path, "--headless", "--camera", 97)
    assert result.returncode == 2
    assert "--source demo" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "value"), [("4:3", 4 / 3), ("16:9", 16 / 9), ("1.5", 1.5), ("x", None), ("1:0", None)]
)
def test_aspects(script, text, value, capsys):
    args = ["--aspect", text]
    if value is None:
        with pytest.raises(SystemExit):
            script.parse_arguments(args)
    else:
        assert script.parse_arguments(args).aspect == pytest.approx(value)
