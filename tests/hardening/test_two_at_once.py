"""Results that two processes write at once, and those put in place by a process that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import gestures.files
import scenes.files
import student_performance.files
from gestures import dataset
from gestures.problems import Problem
from gestures.recording import Recording
from student_performance import inference

MODULES = [student_performance.files, gestures.files, scenes.files]


class CrashError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize(
    "name",
    ["backend.py", "problems.py", "files.py", "quiet.py", "terminal.py", "arguments.py"],
)
def test_the_three_problems_hold_the_same_module(name):
    first, *others = (Path(module.__file__).with_name(name).read_bytes() for module in MODULES)
    assert all(other == first for other in others)


def test_problems_two_and_three_hold_the_same_module():
    first, other = (Path(module.__file__).with_name("libraries.py") for module in MODULES[1:])
    assert first.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("call", range(1, 6))
def test_a_crash_while_files_are_put_in_place(call, tmp_path, monkeypatch):
    files = student_performance.files
    names = ["a.json", "a.keras", "a.tflite"]
    for name in names:
        (tmp_path / name).write_text("viejo")
    real, done = os.replace, []

    def replace(*places):
        done.append(places)
        if len(done) == call:
            raise CrashError
        real(*places)

    def publish():
        with files.staging(tmp_path, "a") as work:
            for name in names:
                (work / name).write_text("nuevo")
            # the end of a process removes nothing
            monkeypatch.setattr(files.shutil, "rmtree", lambda *_, **__: None)
            monkeypatch.setattr(files.os, "replace", replace)
            files.commit(work)

    if call == 5:  # there are four of them
        publish()
    else:
        with pytest.raises(CrashError):
            publish()
    monkeypatch.undo()
    files.recover(tmp_path, "a")
    held = {name: (tmp_path / name).read_text() for name in names}
    assert held == dict.fromkeys(names, "viejo" if call == 1 else "nuevo")
    with files.staging(tmp_path, "a") as work:  # and what it left is cleared
        assert list(work.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.ocupado", *names]


HOLD = """
import sys
sys.path.insert(0, {problem!r})
from pathlib import Path
from student_performance import files
with files.staging(Path({folder!r}), "a") as work:
    (work / "medio.json").write_text("{{")
    print("dentro", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_place_is_refused_while_its_writer_lives(problema1, tmp_path):
    files = student_performance.files
    code = HOLD.format(problem=str(problema1), folder=str(tmp_path))
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "dentro\n"
        with (
            pytest.raises(files.BusyError, match=r"espere a que termine.*\.$"),
            files.locked(tmp_path, "a"),
        ):
            pytest.fail("two writers")
        with files.locked(tmp_path, "b"):  # another result of the same folder
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with files.staging(tmp_path, "a") as work:
        assert list(work.iterdir()) == []


def test_processes_that_append_at_once_lose_nothing(root, tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(root / "Problema2")!r})
import numpy as np
from pathlib import Path
from gestures import dataset
which = int(sys.argv[1])
paths = Path("m_dataset.npy"), Path("m_labels.npy")
for n in range(15):
    hand = np.full((1, 42), (which * 15 + n) / 100, np.float32)
    dataset.append(*paths, dataset.checked(hand, [which], 1.5))
    dataset.load(*paths) if which == 0 else None
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(which)], cwd=tmp_path)
        for which in range(3)
    ]
    assert [writer.wait(240) for writer in writers] == [0, 0, 0]
    found = dataset.load(tmp_path / "m_dataset.npy", tmp_path / "m_labels.npy")
    expected = np.sort(np.arange(45, dtype=np.float32) / np.float32(100))
    np.testing.assert_allclose(np.sort(found.points[:, 0]), expected, rtol=1e-6)
    assert np.bincount(found.labels).tolist() == [15, 15, 15]


def test_a_second_recording_is_refused_and_harms_nothing(tmp_path):
    paths = tmp_path / "m_dataset.npy", tmp_path / "m_labels.npy"
    with Recording(*paths) as recording:
        recording.add(np.full(42, 0.5), 1, 1.5)
        refused = []

        def other() -> None:  # locks belong to a thread as they do to a process
            try:
                Recording(*paths)
            except Problem as error:
                refused.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert len(refused) == 1
        assert "Otra grabación está abierta" in refused[0]
        recording.add(np.full(42, 0.6), 2, 1.5)
    assert dataset.load(*paths).labels.tolist() == [1, 2]
    with Recording(*paths) as again:
        assert again.saved == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_two_trainings_into_one_folder(root, tmp_path):
    """The second is refused in one sentence, and the first one's result is whole.

    The first stands still meanwhile: it cannot end before the second has begun.
    """
    out = tmp_path / "salida"
    command = [sys.executable, str(root / "Problema1/train.py"), "--out", str(out)]
    first = subprocess.Popen(
        [*command, "--epochs", "8"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 240
    while not (out / ".entrenamiento.ocupado").exists():
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1)  # the file is there a moment before its lock
    first.send_signal(signal.SIGSTOP)
    try:
        second = subprocess.run(
            [*command, "--epochs", "1"], cwd=tmp_path, capture_output=True, encoding="utf-8"
        )
    finally:
        first.send_signal(signal.SIGCONT)
    _, messages = first.communicate(timeout=240)
    assert first.returncode == 0, messages
    assert second.returncode == 2
    assert second.stderr == (
        f"Otra ejecución está escribiendo en «{out}»; espere a que termine o elija otro lugar.\n"
    )
    found = inference.load_folder(out).metrics
    assert found["config"]["epochs"] == 8
    assert found["learning_curve"]


def test_a_file_that_cannot_be_replaced_is_told_and_put_in_place_later(tmp_path, monkeypatch):
    files = student_performance.files
    (tmp_path / "a.json").write_text("viejo")
    real = os.replace

    def held_open(source, target):
        if Path(target).name == "a.json":
            raise PermissionError(13, "Permission denied", str(target))
        real(source, target)

    def publish() -> None:
        with files.staging(tmp_path, "a") as work:
            (work / "a.json").write_text("nuevo")
            files.commit(work)

    monkeypatch.setattr(files.os, "replace", held_open)
    with pytest.raises(PermissionError):
        publish()
    files.recover(tmp_path, "a")  # still held
    assert (tmp_path / "a.json").read_text() == "viejo"
    monkeypatch.undo()
    files.recover(tmp_path, "a")
    assert (tmp_path / "a.json").read_text() == "nuevo"
