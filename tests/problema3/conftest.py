"""Data that several of Problem 3's tests share."""

from __future__ import annotations

from pathlib import Path

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
