"""Data that several of Problem 3's tests share."""

from __future__ import annotations

import contextlib
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import pytest

from scenes.data import dataset, sources
from scenes.generator import simulate


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A small folder of generated scenes: 12 training and 4 test images a class, 32x32."""
    root = tmp_path_factory.mktemp("escenas") / "chicas"
    return simulate.write(root, per_class_train=12, per_class_test=4, seed=3, size=32)


@pytest.fixture(scope="session")
def scenes(folder, tmp_path_factory) -> dataset.Scenes:
    """The same, decoded at 32x32."""
    return dataset.load(sources.find(folder), 32, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def random_resnet(tmp_path_factory) -> Path:
    """A file of random weights for ResNet50."""
    keras.utils.set_random_seed(2)
    path = tmp_path_factory.mktemp("pesos") / "azar.weights.h5"
    keras.applications.ResNet50(include_top=False, weights=None).save_weights(path)
    return path


@pytest.fixture
def run_here(root, tmp_path, monkeypatch, capfd) -> Callable[..., subprocess.CompletedProcess]:
    """Run a script of Problem 3 in this process, from another folder: TensorFlow is there already.

    One test a script starts a process of its own, as a student does.
    """

    def run(script: str, *arguments) -> subprocess.CompletedProcess:
        command = [script, *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", command)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TF_DETERMINISTIC_OPS", "1")  # train.py sets it for good
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended, modules_beside(root / "Problema3"):
            runpy.run_path(str(root / "Problema3" / script), run_name="__main__")
        return subprocess.CompletedProcess(command, ended.value.code, *capfd.readouterr())

    return run


@contextlib.contextmanager
def modules_beside(folder: Path) -> Iterator[None]:
    """Let a folder's modules be imported, though another problem's have the same names."""
    held = {path.stem: sys.modules.pop(path.stem, None) for path in folder.glob("*.py")}
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name, module in held.items():
            sys.modules.pop(name, None)
            if module:
                sys.modules[name] = module
