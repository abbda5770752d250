"""A trained network as files: writing them, reading them back, and answering."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

import numpy as np

from student_performance import backend
from student_performance.quiet import native_stderr_held

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's notes when it first computes
with native_stderr_held():  # and those of its import, which heed no variable
    import keras

PART = 8192  # rows answered at once


def save(network: keras.Model, keras_path: Path, litert_path: Path) -> keras.Model:
    """Write a network as ``.keras`` and, where Keras can, as LiteRT.

    Returns:
        it as reloaded from the first.
    """
    network.save(keras_path)
    reloaded = load(keras_path)
    if backend.can_export():
        reloaded.export(str(litert_path), format="litert", verbose=False)
    return reloaded


def load(path: Path) -> keras.Model:
    """Read a ``.keras`` file in safe mode: a file that would run code is refused."""
    return keras.saving.load_model(path, compile=False, safe_mode=True)


def answers(network: keras.Model, rows: np.ndarray) -> np.ndarray:
    """What a network answers to rows (n, columns), as float64 (n, ...)."""
    # Not `predict`, which compiles a function anew for every network; parts, for the memory.
    parts = [network(rows[at : at + PART]) for at in range(0, len(rows), PART)]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts]).astype("float64")


def library_versions() -> dict[str, str]:
    """Versions of Keras and of the library that computes for it."""
    return {name: version(name) for name in (keras.backend.backend(), "keras")}
