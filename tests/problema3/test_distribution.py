"""``--distribute``: devices and processes that train as one, refusals, resumption."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import types

import numpy as np
import pytest

from scenes.data import augmentation
from scenes.data.batches import Batches, Part
from scenes.problems import Problem
from scenes.training import distribution, fit, group

needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is optional and not installed"
)
SECONDS = 120  # that a process may take at most
DYING = """
from scenes import files
write, count = files.os.replace, 0
def dying(source, target):
    global count
    count += "weights" in str(target)
    if count == 2:
        os._exit(9)
    write(source, target)
files.os.replace = dying
"""
HASTY = """
from scenes.training import distribution
distribution.PATIENCE = 3
"""


class Script:
    """``train.py`` in processes of its own, on the small generated images.

    The network keeps averaged weights, which all processes have to exchange together.
    """

    def __init__(self, root, folder, tmp_path):
        self._root, self._folder, self._tmp_path = root, folder, tmp_path

    def start(
        self, *arguments: str, devices: int = 1, before: str = "", **environment: str
    ) -> subprocess.Popen:
        """``before``: code that runs before the script's own."""
        folder = str(self._root / "Problema3")
        code = f"""
import os, runpy, sys
sys.path.insert(0, {folder!r})
from scenes import config
config.TUNED["cnn"] = {{"averaging": 1.0}}
{before}
sys.argv[0] = os.path.join({folder!r}, "train.py")
runpy.run_path(sys.argv[0], run_name="__main__")
"""
        return subprocess.Popen(
            [
                *(sys.executable, "-c", code),
                *("--model", "cnn", "--epochs", "2", "--image-size", "32", *arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            cwd=self._tmp_path,
            env={
                **os.environ,
                "ESCENAS_DATA": str(self._folder),
                "KERAS_BACKEND": "jax",
                "JAX_PLATFORMS": "cpu",
                "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
                **environment,
            },
        )

    def run(self, *arguments: str, **how) -> tuple[int, str, str]:
        return finish(self.start(*arguments, **how))[0]

    def pair(self, *arguments: str, **how) -> list[tuple[int, str, str]]:
        """Two processes; an argument ``{process}`` becomes the number of each."""
        address = f"127.0.0.1:{free_port()}"
        several = ("--distribute", address, "--processes", "2", "--process", "{process}")
        return finish(
            *(
                self.start(*(a.format(process=at) for a in (*arguments, *several)), **how)
                for at in range(2)
            )
        )


def finish(*processes: subprocess.Popen) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of each; none outlives the call."""
    found = []
    try:
        for process in processes:
            output, errors = process.communicate(timeout=SECONDS)
            found.append((process.returncode, output, errors))
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def script(root, folder, tmp_path) -> Script:
    return Script(root, folder, tmp_path)


@pytest.fixture(scope="module")
def alone(root, folder, tmp_path_factory) -> dict:
    """One process on one device: 66 images in batches of 36 and 30, and 6 that validate."""
    script = Script(root, folder, tmp_path_factory.mktemp("uno"))
    code, output, errors = script.run("--batch-size", "36", "--json", "--out", "m")
    assert code == 0, errors
    return json.loads(output)


def assert_same(found: dict, expected: dict) -> None:
    assert set(found["history"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for name, values in expected["history"].items():
        np.testing.assert_allclose(found["history"][name], values, rtol=1e-5, err_msg=name)
    assert (found["n_fit"], found["n_validation"]) == (66, 6)
    assert found["best_epoch"] == expected["best_epoch"]
    assert found["accuracy"] == expected["accuracy"]
    assert found["run"] == expected["run"]


@needs_jax
def test_two_processes_train_as_one(names_in, script, alone, tmp_path):
    """Of two devices each: 30 and 6 do not divide by the four, and process 1 gets padding.

    With shifts, zooms, flips and dropout; process 1 says nothing and leaves no file.
    """
    (code, output, errors), other = script.pair(
        *("--batch-size", "36", "--json", "--out", "m{process}"), devices=2
    )
    assert code == 0, errors
    assert other == (0, "", "")
    found = json.loads(output)
    assert_same(found, alone)
    assert (found["processes"], found["devices"]) == (2, 4)
    assert "Dispositivos entre los que se reparte: 4." in errors
    assert names_in(tmp_path / "m0") == [
        *("cnn.csv", "cnn.json", "cnn.keras", "cnn_doubt.npz", "cnn_probabilities.npz")
    ]
    assert not (tmp_path / "m1").exists()


@needs_jax
def test_one_process_with_several_devices(script, alone):
    """18 divide the 36; the last 30, filled up, would be 36 too, so that they become 54."""
    code, output, errors = script.run(
        *("--batch-size", "36", "--json", "--out", "m", "--distribute"), devices=18
    )
    assert code == 0, errors
    metrics = json.loads(output)
    assert_same(metrics, alone)
    assert (metrics["processes"], metrics["devices"]) == (1, 18)


@needs_jax
@pytest.mark.slow
def test_when_one_process_dies_both_end_and_resume(script, alone, tmp_path):
    """Process 0 dies without a word as it writes the second epoch's backup."""
    training = ("--batch-size", "36", "--json", "--out", "m{process}")
    first, other = script.pair(*training, before=DYING)
    assert first[0] == 9, first[2]
    assert other[0] not in (0, None)
    assert not (tmp_path / "m0" / "cnn.json").exists()
    assert not (tmp_path / "m1").exists()
    (code, output, errors), other = script.pair(*training, "--resume")
    assert code == other[0] == 0, errors + other[2]
    assert_same(json.loads(output), alone)


@needs_jax
def test_processes_that_differ_refuse_each_other(script):
    for code, output, errors in script.pair("--out", "m", "--batch-size", "3{process}"):
        assert code == 2
        assert output == ""
        assert "no tienen las mismas imágenes" in errors
        assert "Traceback" not in errors


@needs_jax
@pytest.mark.slow
def test_processes_that_do_not_come(script):
    code, _, errors = script.run(
        *("--distribute", f"127.0.0.1:{free_port()}", "--processes", "2", "--process", "1"),
        before=HASTY,
    )
    assert code == 2
    assert errors.startswith("No se pudieron reunir los 2 procesos")
    assert len(errors.splitlines()) == 1


def test_a_batch_that_does_not_divide():
    several = group.Group.__new__(group.Group)  # without JAX
    several._devices = [types.SimpleNamespace(process_index=at) for at in (0, 1)]
    several.devices = 2
    several.check(20)
    assert several.even(21) == 22
    with pytest.raises(group.AgreedProblem, match=r"lote \(21\) .* divisible por .*\(2\)"):
        several.check(21)
    several._devices.append(several._devices[0])
    with pytest.raises(group.AgreedProblem, match="igual número de GPU"):
        several.check(21)


def test_another_backend(script):
    code, output, errors = script.run("--distribute", KERAS_BACKEND="numpy")
    assert code == 2
    assert output == ""
    assert "pip install jax" in errors
    assert "KERAS_BACKEND=jax" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((None, 2, None), "van con --distribute"),
        ((None, None, 0), "van con --distribute"),
        (("10.0.0.1:99", 2, None), "los tres datos"),
        (("", 2, 0), "los tres datos"),
        (("10.0.0.1", 2, 0), "no es COORDINADOR:PUERTO"),
        ((":99", 2, 0), "no es COORDINADOR:PUERTO"),
        (("10.0.0.1:70000", 2, 0), "no es COORDINADOR:PUERTO"),
        (("10.0.0.1:x", 2, 0), "no es COORDINADOR:PUERTO"),
        (("10.0.0.1:99", 2, 2), "entre 0 y uno menos"),
    ],
)
def test_what_cannot_be_asked_for(values, words):
    with pytest.raises(Problem, match=words):
        distribution.request(*values, {})


def test_what_can_be_asked_for():
    several = distribution.Request("10.0.0.1:99", 3, 1)
    assert distribution.request(None, None, None, {}) is None
    assert distribution.request("", None, None, {}) == distribution.Request()
    assert distribution.request("10.0.0.1:99", 3, 1, {}) == several
    variables = dict(
        zip(distribution.VARIABLES, ("10.0.0.1:99,10.0.0.2:99", "3", "1"), strict=True)
    )
    assert distribution.request("", None, None, variables) == several
    assert distribution.request("", None, 2, variables).process == 2
    assert distribution.request(None, None, None, variables) is None
    variables[distribution.VARIABLES[1]] = "dos"
    with pytest.raises(Problem, match="no es un número"):
        distribution.request("", None, None, variables)


@pytest.mark.parametrize(
    ("count", "devices", "last"), [(40, 2, 4), (41, 4, 8), (46, 6, 12 + 6), (48, 4, 12), (5, 4, 8)]
)
def test_the_parts_are_the_batches(count, devices, last):
    """Changes at random included; what follows the last batch is zeros."""
    inputs = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), np.uint8)

    def change(*batch):
        return augmentation.vary(*batch, flips=True, shift=0.2, zoom=0.2)

    whole = Batches(inputs, np.arange(50) % 6, np.arange(count), 12, 3, change)
    whole.epoch = 2
    parts = [Part(whole, devices, 2, process) for process in range(2)]
    for at in range(len(whole)):
        pieces = [part[at] for part in parts]
        assert len(pieces[0][0]) == len(pieces[1][0])
        for expected, one, other in zip(whole[at], *pieces, strict=True):
            found = np.concatenate([one, other])
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found[: len(expected)], expected)
            assert not found[len(expected) :].any()
            assert len(found) == (last if at == len(whole) - 1 else 12)
            kept = parts[0].kept.get(len(found), len(found))
            assert kept == len(expected)


def test_all_conclude_from_the_first_one_s_losses():
    logs = {"loss": 1.0, "val_loss": 2.0}
    several = types.SimpleNamespace(decide=lambda choose: {**choose(), "val_loss": 3.0})
    fit.ShareLosses(several).on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_loss": 3.0}
