"""The LiteRT file beside a network: the same answers without importing TensorFlow or Keras.

``scenes_cnn.keras`` has ``scenes_cnn.tflite`` beside it. The JSON of both holds their SHA-256, so
that files of different trainings are not mixed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from scenes.networks import described, doubt
from scenes.networks.doubt import Answers, Rule

DIGEST = "tflite_sha256"  # in the JSON; ``sha256`` is that of the ``.keras`` file
THREADS = min(4, os.cpu_count() or 1)


class Exported:
    """A LiteRT network from images to probabilities; for one thread at a time.

    Args:
        content: bytes of the file, checked by its digest: LiteRT itself does not.

    Attributes:
        size: height and width of the images.
        outputs: how many classes.
        width: how many features it gives beside the probabilities; 0 if none.

    Raises:
        ValueError, RuntimeError: it is no network from RGB images to one vector each.
    """

    def __init__(self, content: bytes):
        from ai_edge_litert.interpreter import Interpreter

        interpreter: Any = Interpreter(model_content=content, num_threads=THREADS)
        self._run = interpreter.get_signature_runner()
        ((self._input, source),) = self._run.get_input_details().items()
        # in the order of the model that was exported
        self._outputs, targets = zip(*sorted(self._run.get_output_details().items()), strict=True)
        _, height, width, channels = source["shape"]
        if channels != 3 or any(len(each["shape"]) != 2 for each in targets) or len(targets) > 2:
            raise ValueError("not from RGB images to classes")
        self.size = int(height), int(width)
        self.outputs, self.width = (*(int(each["shape"][1]) for each in targets), 0)[:2]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Probabilities, float32 (n, classes), for images (n, height, width, 3), raw RGB 0..255."""
        return self._answers(images)[0]

    def answering(self, rule: Rule | None) -> Callable[[np.ndarray], Answers] | None:
        """As :func:`scenes.networks.watched.answering`; nothing if the rule needs what is not here.

        Args:
            rule: of doubt.
        """
        if rule is None or not rule.needs_features:
            return doubt.scored(self, rule)
        if rule.kind == "cosine" or rule.width != self.width:
            return None

        def answer(images: np.ndarray) -> Answers:
            probabilities, features = self._answers(images)
            return probabilities, rule.scores(probabilities, features)

        return answer

    def _answers(self, images: np.ndarray) -> list[np.ndarray]:
        results = self._run(**{self._input: np.asarray(images, np.float32)})
        return [results[each] for each in self._outputs]


def beside(name_or_path: str | Path) -> Exported | None:
    """The export of a network; nothing if there is none that is whole and of the same training.

    Raises:
        Problem: there is no such network.
    """
    path = described.locate(name_or_path)
    export = path.with_suffix(".tflite")
    if path.suffix != ".keras" or not export.is_file():
        return None
    metrics = described.describe(path)
    try:
        content, network = export.read_bytes(), path.read_bytes()
        if digest(content) != metrics.get(DIGEST) or digest(network) != metrics.get("sha256"):
            return None
        return Exported(content)
    except (ImportError, OSError, ValueError, RuntimeError):
        return None  # as where LiteRT has no build for the machine: Keras answers alike


def digest(content: bytes) -> str:
    """SHA-256, as the JSON holds it."""
    return hashlib.sha256(content).hexdigest()
