"""From landmarks to a shown label: the exported network and the steadying of its answers.

Runs the ``.tflite`` file with LiteRT, which needs neither TensorFlow nor Keras. Keras runs the
``.keras`` file, with the same answers, where there is no other (it writes LiteRT files with
TensorFlow alone) or where LiteRT itself cannot be loaded.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gestures import files
from gestures.dataset import OTHER, OUTPUTS
from gestures.features import INPUTS
from gestures.landmarks import Hand
from gestures.problems import Problem
from gestures.quiet import native_stderr_held

MODEL_PATH = Path(__file__).resolve().parents[2] / "models" / "rps_classifier.tflite"

# Mean of this many answers: a sixth of a second at 30 frames a second, too short to be noticed,
# long enough that one blurred frame does not change the label.
STEADY_FRAMES = 5
# A hand this near (in frame widths and heights) to one in the last frame is the same hand. Hands
# move less than that in a frame; two players' hands are farther apart.
SAME_HAND = 0.25
DEFAULT_CONFIDENCE = 0.7  # below it, a hand is shown as doubtful
DOUBTFUL = "dudoso"


class ModelError(Problem):
    """The classifier cannot be loaded, without which one can still record."""


def runnable(path: Path) -> Path:
    """The file to run for a ``.tflite`` file: itself, or the ``.keras`` file beside it."""
    other = path.with_suffix(".keras")
    if path.suffix != ".tflite" or not other.is_file():
        return path
    noted = _noted(path)
    exported = not isinstance(noted, dict) or "tflite" in noted
    return path if exported and _has_litert() else other


class GestureClassifier:
    """The exported network, called on all hands of a frame at once; see :func:`runnable`.

    The JSON beside the file, which its training wrote, holds its SHA-256: LiteRT does not check
    what it reads, and a damaged file could end the process.

    Raises:
        ModelError: the file or its JSON is missing, damaged or not a gesture classifier's.
    """

    def __init__(self, path: Path = MODEL_PATH):
        remedy = (
            f"recupérelo con «git checkout -- models/{MODEL_PATH.name}» o entrénelo con "
            "«python train-gesture-classifier.py»"
        )
        files.recover(path.parent, path.stem)
        path = runnable(path)
        if not path.is_file():
            raise ModelError(f"Falta el modelo {path}: {remedy}.")
        damaged = f"El modelo {path} está dañado o no clasifica gestos: {remedy}."
        expected = _digest(path)
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != expected:
                raise ValueError("not the file that its training noted")
            with native_stderr_held():
                self._run = _keras(path) if path.suffix == ".keras" else _LiteRT(content)
                # what does not fit shows only when it runs
                trial = self.predict(np.zeros((2, INPUTS)))
        except (ValueError, RuntimeError, OSError, IndexError):
            raise ModelError(damaged) from None
        if trial.shape != (2, len(OUTPUTS)) or not np.isfinite(trial).all():
            raise ModelError(damaged)

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Probabilities, (N, 4) float32 in the order of ``dataset.OUTPUTS``.

        ``points`` is (N, 42): x and y of the 21 landmarks on square pixels, as
        ``features.to_square_pixels`` returns them. N may be 0 and may change between calls.
        """
        points = np.ascontiguousarray(points, np.float32).reshape(-1, INPUTS)
        if len(points) == 0:
            return np.empty((0, len(OUTPUTS)), np.float32)
        return self._run(points)


class _LiteRT:
    """A network that LiteRT runs, from float32 (N, 42) to (N, 4)."""

    def __init__(self, content: bytes):
        from ai_edge_litert.interpreter import Interpreter

        # One thread: the network is so small that waking a second one costs more.
        self._interpreter = Interpreter(model_content=content, num_threads=1)
        self._interpreter.allocate_tensors()
        (source,) = self._interpreter.get_input_details()
        (target,) = self._interpreter.get_output_details()
        self._input, self._output = source["index"], target["index"]
        self._batch = int(source["shape"][0])

    def __call__(self, points: np.ndarray) -> np.ndarray:
        if len(points) != self._batch:
            self._interpreter.resize_tensor_input(self._input, points.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(points)
        self._interpreter.set_tensor(self._input, points)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)


def _keras(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The same run by Keras, from a file that is read in safe mode.

    Raises:
        ValueError: it is no network.
    """
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True).predict_on_batch
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise ValueError(str(error)) from None


def _has_litert() -> bool:
    """Whether LiteRT loads; parts of it need macOS 15.2."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401 - what is wanted is that it loads
    except (ImportError, OSError):
        return False
    return True


def _noted(path: Path) -> Any:
    """SHA-256 of each file as their training noted it; nothing if it did not."""
    try:
        return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str:
    """SHA-256 of the network as its training noted it."""
    beside = path.with_suffix(".json")
    try:
        return _noted(path)["keras" if path.suffix == ".keras" else "tflite"]
    except (KeyError, TypeError):
        raise ModelError(
            f"Falta «{beside.name}» junto al modelo {path}, o no lo describe: copie los dos "
            "archivos que escribe train-gesture-classifier.py, o entrene de nuevo."
        ) from None


@dataclass(frozen=True)
class Reading:
    """What is shown for one hand."""

    likeliest: str  # the gesture with the highest mean probability, or ``OTHER``
    confidence: float  # that probability, 0 to 1
    doubtful: bool  # the probability is below the threshold

    @property
    def gesture(self) -> str | None:
        """The gesture, or None if it is doubtful or none of them."""
        return None if self.doubtful or self.likeliest == OTHER else self.likeliest

    @property
    def name(self) -> str:
        """What the hand is called: a gesture, ``OTHER`` or ``DOUBTFUL``."""
        return DOUBTFUL if self.doubtful else self.likeliest


@dataclass
class _Track:
    center: list[float]  # mean of the landmarks, x and y in frame fractions
    answers: deque[list[float]]  # the last frames' probabilities


class SteadyReadings:
    """Averages each hand's probabilities over the last few frames.

    Hands are told apart by where they were in the last frame, because MediaPipe lists them in any
    order and two players may both show a right hand. A hand that leaves is forgotten.
    """

    def __init__(self, confidence: float = DEFAULT_CONFIDENCE, frames: int = STEADY_FRAMES):
        self._confidence = confidence
        self._frames = frames
        self._tracks: list[_Track] = []

    def update(self, points: np.ndarray, probabilities: np.ndarray) -> list[Reading]:
        """Add a frame's hands, (N, 21, 2) fractions with (N, 4) probabilities; N readings."""
        # Plain numbers: NumPy's calls cost more than this little arithmetic.
        centers = [hand.mean(axis=0).tolist() for hand in points]
        pairs = sorted(
            (math.dist(center, track.center), new, old)
            for new, center in enumerate(centers)
            for old, track in enumerate(self._tracks)
        )
        same: dict[int, int] = {}  # new hand to old track
        for distance, new, old in pairs:  # nearest pair first
            if distance < SAME_HAND and new not in same and old not in same.values():
                same[new] = old
        tracks = []
        for new, (center, answer) in enumerate(zip(centers, probabilities, strict=True)):
            if new in same:
                track = self._tracks[same[new]]
            else:
                track = _Track(center, deque(maxlen=self._frames))
            track.center = center
            track.answers.append(np.asarray(answer).tolist())
            tracks.append(track)
        self._tracks = tracks
        return [self._reading(track.answers) for track in tracks]

    def _reading(self, answers: deque) -> Reading:
        means = [sum(column) / len(answers) for column in zip(*answers, strict=True)]
        confidence = max(means)
        best = OUTPUTS[means.index(confidence)]
        return Reading(best, confidence, confidence < self._confidence)


def read_hands(
    hands: list[Hand], aspect: float, classifier: GestureClassifier, steady: SteadyReadings
) -> list[Reading]:
    """Classify a frame's hands, one reading each; ``aspect`` is its width over its height."""
    if not hands:
        return steady.update(np.empty((0, 21, 2)), np.empty((0, len(OUTPUTS))))
    points = np.array([hand.points for hand in hands])
    # `features.to_square_pixels` without its checks, which a detector's output need not pay for
    square = points * np.array([aspect, 1.0], np.float32)
    return steady.update(points, classifier.predict(square))
