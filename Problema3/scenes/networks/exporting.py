"""Writing the LiteRT file that goes beside a network (:mod:`scenes.networks.exported`)."""

from __future__ import annotations

from pathlib import Path

from scenes import backend
from scenes.networks import exported, half, temperature, watched

LARGEST = 15 * 2**20  # bytes of a network that gets an export: the file's own, which is as large


def is_wanted(network: Path) -> bool:
    """Whether a ``.keras`` file is to have an export: small enough, and judging images itself.

    It gets none where Keras cannot write one: Keras answers in its place.
    """
    if not backend.can_export() or not network.is_file() or network.stat().st_size > LARGEST:
        return False
    return len(half.read(network).input_shape) == 4  # a head judges a backbone's features


def export(network: Path, target: Path, degree: float) -> str:
    """Write a network's export for any number of images at a time; its SHA-256.

    It gives what the last layer sees as well, which a rule of doubt may need.

    Args:
        network: ``.keras`` file.
        target: ``.tflite`` file.
        degree: the network's temperature.
    """
    model = half.read(network)
    temperature.fold(model, degree)
    model = watched.with_features(model) or model
    model.export(str(target), format="litert", verbose=False)
    return exported.digest(target.read_bytes())
