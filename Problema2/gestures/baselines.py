"""Simple classifiers on normalised hands, beside which the network's figures say something.

They learn from the hands that the network learns from, with the same wrong aspects, and read the
same normalisation; what there is to choose is chosen on the hands that choose the network's epoch.
"""

from __future__ import annotations

import json
import platform
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from keras import ops
from scipy.linalg import LinAlgWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from gestures import classifier, files, training
from gestures.classifier import KNUCKLES
from gestures.dataset import Recordings, joined
from gestures.features import LANDMARKS
from gestures.training import Examples, Parts, Predict, Settings

FILE = "rps_baselines.json"
STRENGTHS = tuple(10.0**power for power in range(-4, 3))  # C, the inverse of the penalty's weight
NEIGHBOURS = (1, 3, 5, 10, 20, 50)


@dataclass(frozen=True)
class Chosen:
    """A fitted classifier.

    Attributes:
        setting: what the validation hands chose, for JSON.
        val_accuracy: with it, on these hands: those of no gesture and wrong aspects included.
        predict: from square-pixel points (N, 42) to probabilities (N, 4).
    """

    setting: dict[str, float]
    val_accuracy: float
    predict: Predict


def one_side(points: np.ndarray) -> np.ndarray:
    """Normalised hands (N, 42), all seen from the same side, from square-pixel points (N, 42).

    Of the two mirror images of :func:`classifier.normalise`, the one with the index finger's
    knuckle at the left of the little finger's. A linear model cannot read both, as the network
    does: what differs between them cancels out.
    """
    pair = ops.convert_to_numpy(classifier.normalise(np.asarray(points, np.float32)))
    across = pair.reshape(len(pair), 2, LANDMARKS, 2)[:, :, :, 0]
    mirrored = across[:, 0, KNUCKLES[0]] > across[:, 0, KNUCKLES[-1]]
    return pair[np.arange(len(pair)), mirrored.astype(int)]


def logistic(fitted: Examples, validation: Examples) -> Chosen:
    """Multinomial logistic regression on standardised normalised points, its penalty chosen.

    A hand with a divided target counts once for each of its gestures, by its share.
    """
    points, targets = fitted
    rows, labels = np.nonzero(targets)
    hands, weights = one_side(points)[rows], targets[rows, labels]
    models = {}
    for strength in STRENGTHS:
        regression = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=200)
        model = make_pipeline(StandardScaler(), regression)
        with warnings.catch_warnings():
            # of few hands the equations cannot be solved, and it goes on with lbfgs by itself
            warnings.simplefilter("ignore", LinAlgWarning)
            models[strength] = model.fit(hands, labels, logisticregression__sample_weight=weights)
    outputs, seen = targets.shape[1], one_side(validation[0])
    scores = {
        strength: _accuracy(_probabilities(model, seen, outputs), validation[1])
        for strength, model in models.items()
    }
    best = max(scores, key=scores.__getitem__)
    return Chosen(
        {"C": best},
        scores[best],
        lambda points: _probabilities(models[best], one_side(points), outputs),
    )


def nearest(fitted: Examples, validation: Examples) -> Chosen:
    """The mean target of the k nearest normalised hands, k chosen."""
    points, targets = fitted
    candidates = [k for k in NEIGHBOURS if k <= len(points)]
    search = NearestNeighbors(n_neighbors=candidates[-1]).fit(one_side(points))

    def targets_near(points: np.ndarray) -> np.ndarray:
        return targets[search.kneighbors(one_side(points), return_distance=False)]

    near = targets_near(validation[0])
    scores = {k: _accuracy(near[:, :k].mean(axis=1), validation[1]) for k in candidates}
    best = max(scores, key=scores.__getitem__)
    return Chosen(
        {"k": best}, scores[best], lambda points: targets_near(points)[:, :best].mean(axis=1)
    )


BASELINES = {"logistic": logistic, "nearest": nearest}


def measure(
    out: Path,
    parts: Parts,
    settings: Settings,
    others: dict[str, Recordings] | None = None,
    announce: Callable[[str], object] = lambda line: None,
) -> dict:
    """Fit and measure each as :func:`training.train` does the network, and write the figures.

    Args:
        out: folder of :data:`FILE`; made if it is missing.
        parts, settings, others: as for the network.
        announce: gets the name of what is fitted, in Spanish.

    Raises:
        OSError: the file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    fitted, validation = training.examples(parts, settings)
    content: dict = {
        "data": parts.description,
        "seed": settings.seed,
        "mixture": asdict(settings.mixture),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("keras", "numpy", "scikit-learn")},
        },
        "baselines": {},
    }
    for at, (name, fit) in enumerate(BASELINES.items(), 1):
        announce(f"Clasificador {at} de {len(BASELINES)}...")
        chosen = fit(fitted, validation)
        content["baselines"][name] = {
            "setting": chosen.setting,
            "val_accuracy": chosen.val_accuracy,
            "validation": training.measure(chosen.predict, joined(parts.validation)),
            **{
                kind: {each: training.measure(chosen.predict, held) for each, held in sets.items()}
                for kind, sets in (("test", parts.test), ("recordings", others or {}))
            },
            "none_of_these": training.measure_none(chosen.predict, settings),
        }
    with files.replacing(out / FILE) as temporary:
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return content


def _probabilities(model: Pipeline, hands: np.ndarray, outputs: int) -> np.ndarray:
    """A model's, with zeros for an output that it did not learn: recordings have no other hands."""
    probabilities = np.zeros((len(hands), outputs))
    probabilities[:, model.classes_] = model.predict_proba(hands)
    return probabilities


def _accuracy(probabilities: np.ndarray, targets: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == targets.argmax(axis=1)))
