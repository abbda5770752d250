"""What the machine may lack: room on the disk, rights, a network, a clock that goes forwards.

Disks that are full or closed are real ones of a few megabytes, which only root on Linux may mount;
elsewhere these tests are skipped. Those that take long are not in the suite:

    python -m pytest -m "slow or not slow" tests/hardening/test_surroundings.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gestures import dataset
from gestures.problems import Problem
from gestures.recording import Recording
from scenes.data import sources
from scenes.data.dataset import load, scan
from scenes.generator import simulate
from scenes.problems import Problem as SceneProblem
from student_performance import data, files, jobs
from student_performance.config import TrainingConfig
from student_performance.trainer import Trainer

TRAININGS = ("problema1", "problema2", "problema3")


def slowly(*values) -> list:
    """Parameters whose tests are not in the suite."""
    cases = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*case, marks=pytest.mark.slow) for case in cases]


def run(command: list, folder: Path, **environment: str) -> tuple[int, str]:
    """Exit code and standard error of a command of the project."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,  # of a slow machine; or of a command that goes on instead of refusing
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux mounts disks")
    place = tmp_path / "disco"
    place.mkdir()
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place))
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path, leave: int = 0) -> None:
    """Write until the disk is full, but for a few bytes."""
    with open(disk / "relleno", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(file.tell() - leave, 0))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".ocupado"
    }


def one_sentence(said: str) -> str:
    """The last line, which must be a sentence about writing; earlier ones may tell progress."""
    last = said.strip().splitlines()[-1]
    assert last.endswith(".")
    assert "No se p" in last or "No hay" in last
    return last


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("escenas") / "fotos"
    return simulate.write(root, per_class_train=8, per_class_test=3, seed=3, size=64)


def commands(root: Path, photographs: Path, out: Path, epochs: int = 1) -> dict[str, list]:
    """Everything that writes a result into a folder, as short as it can be."""
    scenes = ["--data", photographs]
    return {
        "problema1": [root / "Problema1/train.py", "--epochs", epochs, "--out", out],
        "problema2": [
            *(root / "Problema2/train-gesture-classifier.py", "--epochs", epochs),
            *("--simulated", 300, "--out", out),
        ],
        "simulate": [root / "Problema2/simulate-dataset.py", "--n", 3, "--out", out],
        "problema3": [
            *(root / "Problema3/train.py", "--model", "cnn", "--epochs", epochs),
            *("--image-size", 32, *scenes, "--out", out),
        ],
        "predict": [
            *(root / "Problema3/predict.py", "--images", photographs / "seg_test"),
            *("--model", "cnn", "--out", out / "clases.csv"),
        ],
        "informe": [root / "informe/build.py", "--out", out / "informe.pdf"],
        "reproduce": [root / "reproduce.py", "--problem", 1, "--out", out],
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simulate", "predict", *TRAININGS, "informe"])
def test_a_result_on_a_full_disk_leaves_the_one_before(name, root, photographs, disk):
    command = commands(root, photographs, disk)[name]
    code, said = run(command, disk)
    assert code == 0, said
    fill(disk, leave=0 if name == "predict" else 8192)  # its table is smaller than that
    before = contents(disk)
    code, said = run(command, disk)
    assert code == 2, said
    one_sentence(said)
    after = contents(disk)
    if name == "problema3":  # a training begins its log and its state, which --resume needs, anew
        for files in (before, after):
            files.pop("cnn.csv")
            files.pop(".cnn-respaldo/run.json", None)
    assert after == before


def test_a_set_of_files_on_a_full_disk_leaves_the_one_before(disk):
    """What every command of the test above writes its result with."""

    def write(content: bytes) -> None:
        with files.staging(disk, "red") as work:
            (work / "red.json").write_bytes(content[:10])
            (work / "red.keras").write_bytes(content)
            files.commit(work)

    write(b"1" * 20_000)
    fill(disk, leave=8192)
    before = contents(disk)
    with (
        pytest.raises(files.Problem, match=r"No se puede escribir .*; elija otra\.$"),
        files.explained(disk, "elija otra"),
    ):
        write(b"2" * 20_000)
    assert contents(disk) == before
    (disk / "relleno").unlink()
    write(b"3" * 20_000)
    assert contents(disk)["red.keras"] == b"3" * 20_000


@pytest.mark.parametrize(
    "name", ["reproduce", "problema1", *slowly("simulate", "predict", *TRAININGS[1:], "informe")]
)
def test_a_folder_that_is_read_only(name, root, photographs, disk, tmp_path):
    (disk / "nota.txt").write_text("de quien lo usa")
    mount("-o", "remount,ro", str(disk))
    endless = 10**8  # it says so before it trains
    command = commands(root, photographs, disk, epochs=endless)[name]
    code, said = run(command, tmp_path)
    assert code == 2, said
    assert "Read-only" in one_sentence(said)


def test_a_recording_on_a_full_disk_keeps_what_was_acknowledged(disk):
    paths = disk / "m_dataset.npy", disk / "m_labels.npy"
    hand = np.linspace(0.2, 0.8, 42)  # the same in both sessions, as a still picture gives it
    with Recording(*paths) as session:
        for _ in range(20):
            session.add(hand, 1, 1.5)
        fill(disk, leave=4096)

        def record() -> None:
            while len(session) < 1000:
                session.add(hand, 1, 1.5)

        with pytest.raises(Problem, match="libere espacio"):
            record()
        acknowledged = len(session)
        assert len(dataset.load(*paths)) == session.saved == acknowledged
        (disk / "relleno").unlink()
        session.add(hand, 2, 1.5)  # with room again, it goes on
    assert dataset.load(*paths).labels.tolist() == [1] * acknowledged + [2]


def test_images_that_do_not_fit_in_the_cache(photographs, disk):
    fill(disk)
    source = sources.find(photographs)
    with pytest.raises(SceneProblem, match="libere espacio"):
        load(source, 64, cache=disk / "cache")
    assert not [path for path in (disk / "cache").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_the_app_trains_without_room_for_temporary_files(disk, monkeypatch):
    monkeypatch.setattr(jobs.tempfile, "tempdir", str(disk))
    fill(disk)
    trainer = Trainer()
    try:
        job = jobs.TrainingJob(data.load(), TrainingConfig(epochs=1), trainer)
        job.wait(240)
        assert job.state == "failed"
        one_sentence(job.message)
        (disk / "relleno").unlink()
        job = jobs.TrainingJob(data.load(), TrainingConfig(epochs=1), trainer)
        job.wait(240)
        assert job.state == "done"
    finally:
        trainer.close()


@pytest.fixture
def offline() -> list[str]:
    """What to put before a command to give it no network at all."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("unshare takes the network away on Linux")
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode:
        pytest.skip("unshare may not take the network away here")
    return ["unshare", "-n"]


@pytest.mark.parametrize(
    ("script", "flags", "said"),
    [
        ("Problema1/train.py", ["--data", "kaggle"], "revise la conexión"),
        *slowly(
            ("Problema3/train.py", ["--model", "resnet50", "--data", "{}"], "conéctese a Internet"),
        ),
    ],
)
def test_no_network_is_one_sentence(root, photographs, offline, tmp_path, script, flags, said):
    flags = [flag.format(photographs) for flag in flags]
    done = subprocess.run(
        [*offline, sys.executable, str(root / script), *flags, "--out", str(tmp_path / "salida")],
        cwd=tmp_path,
        env=os.environ
        | {"KERAS_HOME": str(tmp_path), "KAGGLEHUB_CACHE": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert said in done.stderr


@pytest.mark.slow
def test_what_needs_no_network_works_without(root, photographs, offline, tmp_path):
    for name, command in commands(root, photographs, tmp_path).items():
        if name == "reproduce":
            continue  # the same commands
        done = subprocess.run(
            [*offline, sys.executable, *map(str, command)], cwd=tmp_path, capture_output=True
        )
        assert done.returncode == 0, (name, done.stderr.decode())


BACKWARDS = """
import itertools, runpy, sys, time
readings = itertools.count(2**31, -3600)  # every one an hour before the last
time.time = lambda: float(next(readings))
sys.path.insert(0, sys.argv[1].rpartition("/")[0])
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("name", ["demo", *slowly(*TRAININGS)])
def test_a_clock_that_goes_backwards(name, root, photographs, tmp_path):
    demo = [root / "Problema2/rock-paper-scissors.py", "--source", "demo", "--headless"]
    chosen = commands(root, photographs, tmp_path) | {"demo": [*demo, "--max-frames", 60]}
    code, said = run(["-c", BACKWARDS, *chosen[name]], tmp_path)
    assert code == 0, said


def test_caches_from_the_future(photographs, tmp_path):
    inventory = scan(sources.find(photographs))
    first = load(inventory, 64, cache=tmp_path / "cache")
    written = list((tmp_path / "cache").iterdir())
    for path in written:
        os.utime(path, (2**32, 2**32))
    again = load(inventory, 64, cache=tmp_path / "cache")
    np.testing.assert_array_equal(first.train, again.train)
    assert {path.stat().st_mtime for path in written} == {2**32}  # used, not made again
