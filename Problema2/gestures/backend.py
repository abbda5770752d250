"""Which library computes for Keras: TensorFlow, or JAX where there is none, as on Python 3.14.

The package calls :func:`choose` before anything in it imports Keras, which reads the choice once.

The three problems, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path


def choose() -> None:
    """Have Keras compute with JAX if TensorFlow is absent and the user asks for nothing else."""
    if "KERAS_BACKEND" not in os.environ and _lacks_tensorflow() and not _is_configured():
        os.environ["KERAS_BACKEND"] = "jax"


def can_export() -> bool:
    """Whether Keras can write LiteRT files, which with JAX it cannot; imports Keras."""
    import keras

    return keras.backend.backend() == "tensorflow"


def _lacks_tensorflow() -> bool:
    try:
        return importlib.util.find_spec("tensorflow") is None
    except ValueError:  # something stands for it in `sys.modules`
        return False


def _is_configured() -> bool:
    """Whether Keras's configuration file asks for another library than TensorFlow.

    Keras itself writes "tensorflow" there when it first runs, which is nobody's choice.
    """
    folder = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    try:
        configuration = json.loads(Path(folder, "keras.json").read_text(encoding="utf-8"))
        return configuration.get("backend", "tensorflow") != "tensorflow"
    except (OSError, ValueError, AttributeError):
        return False
