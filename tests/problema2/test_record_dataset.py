"""record-dataset.py as a person runs it, and what survives when it is interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest
import record_loop

from gestures import dataset, overlay, recording, webcam
from gestures.dataset import Recordings, checked
from gestures.inference import Reading
from gestures.problems import Problem
from gestures.recording import Recording
from gestures.simulator.demo import demo_frames

NAME = "record-dataset.py"
DEMO = ("--source", "demo", "--headless")


def files(folder):
    return folder / "m_dataset.npy", folder / "m_labels.npy"


def arguments(folder, *args):
    data, labels = files(folder)
    return [str(word) for word in ("--data", data, "--labels", labels, *args)]


def saved(folder):
    return dataset.load(*files(folder))


@pytest.fixture(scope="module")
def script(load_script):
    return load_script(NAME)


@pytest.fixture(scope="module")
def hand_image():
    return next(image for image, gesture in demo_frames(1, 5, 10) if gesture == "papel")


def test_keys_record_undo_and_append(run_script, script, tmp_path, capfd):
    """At 30 frames a second, presses three frames apart are all recorded."""
    demo = (*DEMO, "--width", 640, "--height", 360)
    args = arguments(tmp_path, *demo, "--keys", "0 . . 0 . . 1 . . 2 . . u q")
    result = run_script(NAME, *args)
    assert (result.returncode, result.stderr) == (0, "")
    assert "3 muestras nuevas (piedra 2, papel 1, tijeras 0)" in result.stdout
    first = saved(tmp_path)
    assert first.labels.tolist() == [0, 0, 1]
    assert first.aspect == pytest.approx(16 / 9)
    assert np.ptp(first.points.reshape(3, 21, 2), axis=1).min() > 0.02  # hands, not points

    assert script.main(arguments(tmp_path, *DEMO, "--keys", "2 esc")) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert f"1 muestras nuevas (piedra 0, papel 0, tijeras 1); {files(tmp_path)[0]} tiene 4" in out
    both = saved(tmp_path)
    assert both.labels.tolist() == [0, 0, 1, 2]
    assert np.array_equal(both.points[:3], first.points)
    assert both.aspect == pytest.approx([16 / 9] * 3 + [4 / 3])


def test_a_held_key_records_at_the_stated_rate(script, tmp_path):
    """31 frames at 30 a second with the key down all the time: ten samples a second."""
    assert script.main(arguments(tmp_path, *DEMO, "--keys", "1*31 q")) == 0
    assert len(saved(tmp_path)) == 11


def test_a_window_without_a_screen(run_script, tmp_path):
    """What is undone leaves an empty data set, to which the next session appends."""
    args = arguments(tmp_path, "--source", "demo", "--keys")
    result = run_script(NAME, *args, ".*5 0 . u . q", QT_QPA_PLATFORM="offscreen")
    assert (result.returncode, result.stderr) == (0, "")
    assert "0 muestras nuevas" in result.stdout
    assert dataset.count(*files(tmp_path)) == 0
    with Recording(*files(tmp_path)) as session:
        session.add(POINTS[0], 1, 1.5)
    assert saved(tmp_path).labels.tolist() == [1]


def test_a_key_that_contradicts_the_hand_warns_and_still_records(
    script, tmp_path, monkeypatch, capfd
):
    """The demo's first hand is held for 48 frames; of three keys one is right and two are not."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    notices = []
    monkeypatch.setattr(overlay, "draw_notice", lambda _, text, *more: notices.append((text, more)))
    (truth,) = {gesture for _, gesture in demo_frames(0, 1.5)}
    keys = ".*20 0 . . . 1 . . . 2 . . . q"
    assert script.main(arguments(tmp_path, "--source", "demo", "--keys", keys)) == 0
    assert saved(tmp_path).labels.tolist() == [0, 1, 2]
    shown = {text: warning for text, (_, warning) in notices}
    assert len(shown) == 3
    for text, label in zip(shown, dataset.GESTURES, strict=True):
        if label == truth:
            assert (text, shown[text]) == (f"+1 {label}", False)
        else:
            assert f"Se grabó {label}, parece {truth}" in text
            assert shown[text]


@pytest.mark.parametrize("label", range(3))
def test_a_right_label_or_an_unclear_hand_gives_no_warning(label):
    name = dataset.GESTURES[label]
    assert record_loop.contradiction(Reading(name, 1.0, False), label) is None
    assert record_loop.contradiction(None, label) is None
    for other in set(dataset.GESTURES) - {name}:
        assert record_loop.contradiction(Reading(other, 0.69, True), label) is None
        assert other in record_loop.contradiction(Reading(other, 0.7, False), label)


def test_no_hand_records_nothing(script, tmp_path):
    cv2.imwrite(str(tmp_path / "empty.png"), np.full((480, 640, 3), 128, np.uint8))
    source = ("--source", tmp_path / "empty.png", "--headless")
    assert script.main(arguments(tmp_path, *source, "--keys", "0")) == 0
    assert dataset.count(*files(tmp_path)) == 0
    assert not files(tmp_path)[0].exists()


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
    monkeypatch.setattr(webcam, "LOST_SECONDS", 0.3)
    args = arguments(tmp_path, "--headless", "--keys", "0 1 2 1 1 1 1 1 1")
    if code is None:
        with pytest.raises(MemoryError):
            script.main(args)
    else:
        assert script.main(args) == code
    assert Camera.last.released
    labels = saved(tmp_path).labels.tolist()  # fewer where detection was slower than the camera
    assert len(labels) >= 2
    assert labels == [0, 1, 2, 1, 1, 1][: len(labels)]


def test_samples_outlive_a_driver_call_that_never_returns(
    script, tmp_path, monkeypatch, hand_image, capfd
):
    never = threading.Event()

    class Stuck(Camera):
        def read(self):
            return super().read() if self.left > 0 else never.wait()

    monkeypatch.setattr(cv2, "VideoCapture", Stuck)
    monkeypatch.setattr(Camera, "image", hand_image)
    for name, seconds in (("STALLED", 0.2), ("LOST", 0.4), ("RELEASE", 0.2)):
        monkeypatch.setattr(webcam, f"{name}_SECONDS", seconds)
    try:
        assert script.main(arguments(tmp_path, "--headless", "--keys", "2*600")) == 2
    finally:
        never.set()
    assert "dejó de enviar" in capfd.readouterr().err
    assert 1 <= len(saved(tmp_path)) <= 6


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    ("name", "code", "last_words"),
    [
        ("SIGINT", 130, b"Interrumpido: las muestras grabadas est\xc3\xa1n guardadas.\n"),
        ("SIGKILL", -signal.SIGKILL, b""),
    ],
)
def test_what_was_recorded_outlives_the_process(problem, tmp_path, name, code, last_words):
    args = arguments(tmp_path, *DEMO, "--keys", "2*600")
    process = subprocess.Popen(
        [sys.executable, str(problem / NAME), *args],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        # a shell starts background jobs with Ctrl-C ignored, and they pass that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while (acknowledged := dataset.count(*files(tmp_path))) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(getattr(signal, name))
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (code, last_words)
    assert len(saved(tmp_path)) >= acknowledged
    assert set(saved(tmp_path).labels.tolist()) == {2}
    with Recording(*files(tmp_path)) as session:  # and recording goes on
        session.add(POINTS[0], 1, 1.5)


POINTS = np.random.default_rng(0).uniform(0, 1, (5, 21, 2)).astype(np.float32)


def test_counts_and_undo(tmp_path):
    with Recording(*files(tmp_path)) as session:
        assert session.undo() is None
        for index in (0, 2, 2):
            session.add(POINTS[index], index, 1.5)
        assert session.counts == {"piedra": 1, "papel": 0, "tijeras": 2}
        assert session.undo() == 2
        assert session.counts == {"piedra": 1, "papel": 0, "tijeras": 1}
        assert len(session) == session.saved == 2
    with Recording(*files(tmp_path)) as session:
        assert (len(session), session.saved) == (0, 2)
        assert session.undo() is None  # another session's


def test_undo_takes_this_sessions_sample_though_others_have_appended(tmp_path):
    with Recording(*files(tmp_path)) as session:
        session.add(POINTS[0], 0, 1.5)
        session.add(POINTS[1], 1, 1.5)
        imported = checked(POINTS[2:4], [2, 2], 1.0)
        dataset.append(*files(tmp_path), imported)
        session.add(POINTS[1], 1, 1.5)  # the same hand again
        assert session.undo() == session.undo() == 1
        assert session.saved == 3
    assert saved(tmp_path).labels.tolist() == [0, 2, 2]


def test_a_sample_that_cannot_be_saved_is_not_counted(tmp_path, monkeypatch):
    def full(*_):
        raise Problem("No se puede escribir.")

    with Recording(*files(tmp_path)) as session:
        session.add(POINTS[0], 1, 1.5)
        monkeypatch.setattr(recording.dataset, "append", full)
        with pytest.raises(Problem):
            session.add(POINTS[1], 2, 1.5)
        assert session.counts == {"piedra": 0, "papel": 1, "tijeras": 0}
    assert saved(tmp_path).labels.tolist() == [1]


@pytest.mark.parametrize("shape", [(5, 42), (5, 21, 2)])
def test_import_adds_recordings_from_elsewhere(script, tmp_path, shape, capfd):
    np.save(tmp_path / "x.npy", POINTS.reshape(shape))
    np.save(tmp_path / "y.npy", np.array([0, 1, 2, 1, 1]))
    for total in (5, 10):
        elsewhere = ("--import", tmp_path / "x.npy", tmp_path / "y.npy", "--aspect", "16:9")
        assert script.main(arguments(tmp_path, *elsewhere)) == 0
        out, err = capfd.readouterr()
        assert err == ""
        assert "piedra 1, papel 3, tijeras 1" in out
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
    assert script.main(arguments(tmp_path, "--import", source, tmp_path / "y.npy")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    assert not (tmp_path / "m_dataset.npy").exists()


def test_a_damaged_data_set_is_refused_before_recording(script, tmp_path, capfd):
    for path in files(tmp_path):
        path.write_bytes(b"nonsense")
    assert script.main(arguments(tmp_path, *DEMO, "--keys", "0 q")) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert files(tmp_path)[0].read_bytes() == b"nonsense"


def test_labels_in_another_folder_are_refused(tmp_path):
    hand = Recordings(POINTS[:1].reshape(1, 42), np.array([1]), np.array([1.5]))
    for labels in (tmp_path / "otra" / "m_labels.npy", tmp_path / "m_dataset.npy"):
        with pytest.raises(Problem, match="misma carpeta"):
            dataset.append(tmp_path / "m_dataset.npy", labels, hand)
    assert list(tmp_path.iterdir()) == []


def test_no_camera_is_one_sentence(script, tmp_path, capfd):
    assert script.main(arguments(tmp_path, "--headless", "--camera", "97")) == 2
    err = capfd.readouterr().err
    assert "--source demo" in err
    assert err.count("\n") == 1


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
