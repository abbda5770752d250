"""Running a trained model without TensorFlow: the LiteRT file and the JSON beside it.

A bundle is three files from one training: ``.keras``, ``.tflite`` and ``.json``. The JSON holds the
mapping of the columns, the multipliers of the prediction intervals, each feature's range and
quantiles, and the SHA-256 of the other two files, so that files of different trainings are not
mixed.

Keras runs the ``.keras`` file, with the same answers, where there is no LiteRT file (Keras writes
it with TensorFlow alone) or LiteRT itself cannot be loaded.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from student_performance import contributions, files
from student_performance.mapping import Mapping
from student_performance.problems import Problem
from student_performance.schema import Schema

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "student_performance"
QUANTILES = 33  # of each feature, evenly spaced, its least and greatest value among them
NAME = "model"  # of the files that a training writes to its folder


class Predictor:
    """A LiteRT regression model; safe to share between threads.

    Args:
        content: bytes of the ``.tflite`` file.
        width: number of its features.
    """

    def __init__(self, content: bytes, width: int):
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._run = Interpreter(model_content=content).get_signature_runner()
            (self._input,) = self._run.get_input_details()
            ((self._output, output),) = self._run.get_output_details().items()
            expected = self._run.get_input_details()[self._input]["shape"][-1]
            outputs = output["shape"][-1]
        except (ValueError, RuntimeError, TypeError, IndexError):
            raise Problem("El archivo del modelo no es un modelo LiteRT válido.") from None
        _require_shape(expected, outputs, width)
        self._lock = threading.Lock()

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Prediction and spread (n, 2), float64, for raw features (n, d)."""
        x = np.ascontiguousarray(x, dtype="float32")
        if not len(x):
            return np.empty((0, 2))
        with self._lock:
            return self._run(**{self._input: x})[self._output].astype("float64")


class KerasPredictor:
    """The same from the ``.keras`` file; safe to share between threads.

    Args:
        path: the file, which is read in safe mode.
        width: number of its features.
    """

    def __init__(self, path: Path, width: int):
        from student_performance import model

        try:
            self._network = model.load(path)
            (_, expected), (_, outputs) = self._network.input_shape, self._network.output_shape
        except Exception:  # Keras raises many kinds for a damaged file
            raise Problem("El archivo del modelo no es un modelo de Keras válido.") from None
        _require_shape(expected, outputs, width)
        self._answers = model.answers
        self._lock = threading.Lock()

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """As :meth:`Predictor.__call__`."""
        x = np.ascontiguousarray(x, dtype="float32")
        if not len(x):
            return np.empty((0, 2))
        with self._lock:
            return self._answers(self._network, x)


def _require_shape(expected: int, outputs: int, width: int) -> None:
    """Check that a network goes from ``width`` features to prediction and spread."""
    if outputs != 2:
        raise Problem("El modelo es de otra versión del programa; entrene uno nuevo.")
    if width != expected:
        raise Problem(f"El modelo espera {expected} variables y son {width}.")


@dataclass(frozen=True)
class Bundle:
    """A trained model, ready to predict.

    Attributes:
        network: raw features (n, d) to prediction and spread (n, 2).
        mapping: what the columns mean, and what they were called in the file of the training.
        metrics: the content of the JSON file.
        digest: SHA-256 of the file that the network was read from.
    """

    network: Callable[[np.ndarray], np.ndarray]
    mapping: Mapping
    metrics: dict
    digest: str

    @property
    def schema(self) -> Schema:
        """What the columns mean."""
        return self.mapping.schema

    @property
    def levels(self) -> list[float]:
        """Levels for which an interval is known, ascending."""
        return [float(level) for level in self.metrics["multipliers"]]

    @property
    def target_limits(self) -> tuple[float, float] | None:
        """The target's usual range; None where it has none or the training rows went beyond it."""
        usual, (low, high) = self.schema.target.usual, self.metrics["target_range"]
        return usual if usual and usual[0] <= low and high <= usual[1] else None

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The target (n,) as float64 for raw features (n, d)."""
        return self.network(x)[:, 0]

    def predict_interval(self, x: np.ndarray, level: float) -> np.ndarray:
        """Prediction and interval, kept within the target's usual range where there is one and
        the training kept to it.

        Args:
            x: raw features (n, d).
            level: a member of ``levels``.

        Returns:
            float64 (n, 3): prediction, lower and upper end, in target units.
        """
        middle, spread = self.network(x).T
        half = self.metrics["multipliers"][f"{level:.2f}"] * spread
        intervals = np.column_stack([middle, middle - half, middle + half])
        return np.clip(intervals, *self.target_limits) if self.target_limits else intervals

    def range(self, feature: str) -> tuple[float, float]:
        """Least and greatest raw value of a feature in the rows the model was trained on."""
        low, high = self.metrics["feature_ranges"][feature]
        return low, high

    def typical(self, feature: str) -> float:
        """The middle one of a feature's raw values in the rows the model was trained on."""
        quantiles = self.metrics["feature_quantiles"][feature]
        return quantiles[len(quantiles) // 2]

    def extrapolates(self, x: np.ndarray) -> np.ndarray:
        """(n, d) true where a feature lies outside the rows the model was trained on."""
        ranges = np.array([self.range(column.name) for column in self.schema.features])
        return (x < ranges[:, 0]) | (x > ranges[:, 1])

    def contributions(self, row: np.ndarray) -> tuple[float, np.ndarray]:
        """What each feature adds to the prediction of one row.

        Shapley values by sampling (:func:`contributions.shapley`), against rows drawn from the
        quantiles of each feature: no row of the training data has to be kept for it.

        Args:
            row: raw features (1, d).

        Returns:
            mean prediction, and what each feature adds to it (d,), in target units.
        """
        quantiles = [
            self.metrics["feature_quantiles"][column.name] for column in self.schema.features
        ]
        others = contributions.background(np.array(quantiles).T)
        return contributions.shapley(self.predict, row, others)


def load(stem: Path = SHIPPED) -> Bundle:
    """The model of ``stem.json`` and its network; the shipped one by default.

    Raises:
        Problem: a file is missing, damaged, or from another training than the JSON.
    """
    files.recover(stem.parent, stem.name)
    return _load(stem.with_suffix(".json"), stem)


def load_folder(folder: Path) -> Bundle:
    """The model that a training wrote into a folder. Raises as :func:`load`."""
    files.recover(folder, NAME)
    return _load(folder / "metrics.json", folder / NAME)


def _load(json_path: Path, stem: Path) -> Bundle:
    """The model of a JSON file and of the network in ``stem.tflite`` or ``stem.keras``."""
    try:
        metrics = json.loads(json_path.read_text(encoding="utf-8"))
        digests = metrics["sha256"]
        kind = "tflite" if "tflite" in digests and _has_litert() else "keras"
        path = stem.with_suffix(f".{kind}")
        content, expected = path.read_bytes(), digests[kind]
        mapping = Mapping.from_json(metrics)
        _check(metrics, mapping.schema)
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise Problem(f"Falta el archivo «{name}»; entrene un modelo nuevo.") from None
    except (Problem, OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise Problem(
            f"«{json_path.name}» está dañado o no se puede leer; entrene un modelo nuevo."
        ) from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise Problem(
            f"«{path.name}» está dañado o es de otro entrenamiento que «{json_path.name}»; "
            "entrene un modelo nuevo."
        )
    width = len(mapping.schema.features)
    network = Predictor(content, width) if kind == "tflite" else KerasPredictor(path, width)
    return Bundle(network, mapping, metrics, expected)


def _has_litert() -> bool:
    """Whether LiteRT loads; parts of it need macOS 15.2."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401 - what is wanted is that it loads
    except (ImportError, OSError):
        return False
    return True


def _check(metrics: dict, schema: Schema) -> None:
    """Check that intervals, ranges and quantiles are numbers.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, OverflowError: they are not.
    """
    multipliers = metrics["multipliers"]
    names = [column.name for column in schema.features]
    ranges = [metrics["target_range"], *(metrics["feature_ranges"][name] for name in names)]
    quantiles = [metrics["feature_quantiles"][name] for name in names]
    values = [*multipliers.values(), *(value for each in (*ranges, *quantiles) for value in each)]
    if not all(type(value) in (int, float) and math.isfinite(value) for value in values):
        raise ValueError("not numbers")
    if not multipliers or min(multipliers.values()) < 0 or {len(pair) for pair in ranges} != {2}:
        raise ValueError("no multipliers, negative ones, or ranges without two ends")
    if {len(each) for each in quantiles} != {QUANTILES}:
        raise ValueError("another number of quantiles")
    if not all(f"{float(level):.2f}" == level and 0 < float(level) < 1 for level in multipliers):
        raise ValueError("unknown levels")
