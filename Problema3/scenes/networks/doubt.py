"""Doubt: which pictures a network should not be believed about. Without Keras.

A network names one of its classes whatever it is shown. A rule gives each picture a score, the
higher the stranger, and a threshold fitted on validation images, which are pictures of the classes.
``scenes_cnn.keras`` has ``scenes_cnn_doubt.npz`` beside it, which holds the SHA-256 of its network.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FLAGGED = 0.015  # share of the validation images beyond the threshold
ENDING = "_doubt.npz"
KINDS = ("cosine", "entropy", "background")
NO_LAYER = np.empty((0, 0), np.float32)
# probabilities (n, classes) alone, or with scores (n,)
Answers = np.ndarray | tuple[np.ndarray, np.ndarray]
TINY = 1e-12  # no logarithm and no division of zero


@dataclass(frozen=True)
class Rule:
    """A score of doubt and its threshold.

    Attributes:
        kind: ``cosine``: one less the largest cosine of a picture's features to a class's mean ones
            (from 0 to 2); ``entropy``: of the probabilities (nats); ``background``: logarithm of
            the odds of the class that a network learnt beside the others and that is not kept.
        threshold: a picture with a higher score is doubtful.
        count: validation images that it was fitted on.
        means: for ``cosine`` the classes' mean features at length 1, float16 (classes, d).
        layer: for ``background`` the last layer as it was fitted, that class last: kernel and,
            below it, bias, float32 (d + 1, classes + 1).
        power: for ``entropy`` what the probabilities are raised to first. The network's
            temperature undoes it: sharpened probabilities tell less of what is strange.
    """

    kind: str
    threshold: float
    count: int
    means: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float16))
    power: float = 1.0
    layer: np.ndarray = field(default_factory=lambda: NO_LAYER)

    @property
    def needs_features(self) -> bool:
        """Whether the probabilities do not suffice."""
        return self.kind != "entropy"

    @property
    def width(self) -> int:
        """How many features it needs."""
        return self.means.shape[-1] if self.kind == "cosine" else max(len(self.layer) - 1, 0)

    def scores(self, probabilities: np.ndarray, features: np.ndarray | None = None) -> np.ndarray:
        """Scores, float64 (n,).

        Args:
            probabilities: (n, classes).
            features: (n, d), where they are needed.

        Raises:
            ValueError: they are needed and not given.
        """
        if not self.needs_features:
            return entropy(probabilities, self.power)
        if features is None:
            raise ValueError("this rule needs features")
        if self.kind == "background":
            return background(features, self.layer)
        return 1 - (_unit(features) @ self.means.astype(np.float64).T).max(axis=1)

    def doubtful(self, scores: np.ndarray) -> np.ndarray:
        """Which scores (n,) are beyond the threshold, bool (n,)."""
        return np.asarray(scores) > self.threshold


def entropy(probabilities: np.ndarray, power: float = 1.0) -> np.ndarray:
    """Entropy of probabilities (n, classes) raised to a power and divided by their sum, in nats."""
    shares = np.asarray(probabilities, np.float64) ** power
    shares /= shares.sum(axis=1, keepdims=True)
    return -(shares * np.log(np.maximum(shares, TINY))).sum(axis=1)


def background(features: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Logarithm of the odds of a layer's last class against all others, float64 (n,).

    Args:
        features: (n, d).
        layer: see :class:`Rule`.
    """
    logits = np.asarray(features, np.float64) @ layer[:-1].astype(np.float64) + layer[-1]
    return logits[:, -1] - np.logaddexp.reduce(logits[:, :-1], axis=1)


def scored(
    network: Callable[[np.ndarray], np.ndarray], rule: Rule | None
) -> Callable[[np.ndarray], Answers]:
    """From images to probabilities (n, classes), and with a rule their scores (n,) too.

    Args:
        network: from images to probabilities.
        rule: one that needs nothing else.
    """
    if rule is None:
        return network

    def answer(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        probabilities = network(images)
        return probabilities, rule.scores(probabilities)

    return answer


def fit_entropy(probabilities: np.ndarray, power: float = 1.0) -> Rule:
    """The rule of a network whose probabilities (n, classes) for validation images are given."""
    scores = entropy(probabilities, power)
    return Rule("entropy", _threshold(scores), len(scores), power=power)


def fit_background(features: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Rule:
    """The rule of a network that was fitted with a background class, its last output.

    Args:
        features: (n, d), what its last layer gets from validation images.
        kernel, bias: of that layer, (d, classes + 1) and (classes + 1,).
    """
    layer = np.vstack([kernel, bias]).astype(np.float32)
    return Rule("background", _threshold(background(features, layer)), len(features), layer=layer)


def fit_cosine(features: np.ndarray, labels: np.ndarray) -> Rule:
    """The rule of a network whose features of validation images are given.

    An image's own score is that of a rule without it: it would pull its class's mean towards
    itself.

    Args:
        features: (n, d).
        labels: int (n,); every class from 0 on occurs twice at least.

    Raises:
        ValueError: one occurs less often.
    """
    values, labels = np.asarray(features, np.float64), np.asarray(labels)
    counts = np.bincount(labels)
    if counts.min() < 2:
        raise ValueError("a class has fewer than two images")
    means = np.stack([values[labels == label].mean(axis=0) for label in range(len(counts))])
    others = counts[labels][:, None]
    without = (means[labels] * others - values) / (others - 1)
    units = _unit(values)
    cosines = units @ _unit(means).T
    cosines[np.arange(len(labels)), labels] = (units * _unit(without)).sum(axis=1)
    threshold = _threshold(1 - cosines.max(axis=1))
    return Rule("cosine", threshold, len(labels), _unit(means).astype(np.float16))


def beside(network: Path) -> Path:
    """Where the rule of a network's file is kept."""
    return network.with_name(network.stem + ENDING)


def write(rule: Rule, network: Path) -> Path:
    """Write a rule beside the file of its network, to which it is tied; its path."""
    target = beside(network)
    with open(target, "wb") as file:
        np.savez_compressed(
            file,
            kind=np.array(rule.kind),
            threshold=np.array(rule.threshold),
            count=np.array(rule.count),
            means=rule.means,
            power=np.array(rule.power),
            layer=rule.layer,
            sha256=np.array(_digest(network)),
        )
    return target


def read(network: Path) -> Rule | None:
    """The rule of a network's file; nothing if there is none that is whole and of this network."""
    try:
        with np.load(beside(network), allow_pickle=False) as held:
            if str(held["sha256"]) != _digest(network) or str(held["kind"]) not in KINDS:
                return None
            return Rule(
                *(str(held["kind"]), float(held["threshold"]), int(held["count"]), held["means"]),
                # files of before lack these
                power=float(held.get("power", 1.0)),
                layer=held.get("layer", NO_LAYER),
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _threshold(scores: np.ndarray) -> float:
    return float(np.quantile(scores, 1 - FLAGGED))


def _unit(rows: np.ndarray) -> np.ndarray:
    values = np.asarray(rows, np.float64)
    return values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), TINY)


def _digest(network: Path) -> str:
    return hashlib.sha256(network.read_bytes()).hexdigest()
