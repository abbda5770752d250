"""Simple classifiers beside which a network's figure says something.

They are fitted on the images that the networks are fitted on, and what there is to choose is chosen
on the images that choose a network's epoch (:func:`scenes.data.dataset.split`). The test images
come in at the end, once a classifier is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scenes.data import dataset
from scenes.results.scores import measure

SEED = 0  # of the split, as the shipped networks' first seed
SIDE = 8  # of a thumbnail in pixels
STRENGTHS = tuple(10.0**power for power in range(-4, 3))  # C, the inverse of the penalty's weight
NEWTON = 4000  # coefficients: 128 MB of second derivatives
NEIGHBOURS = (1, 3, 5, 10, 20, 50)
BLOCK = 256  # images that are float at a time

Examples = tuple[np.ndarray, np.ndarray]  # inputs (n, d) and labels int (n,)
Fitting = Callable[[Examples, Examples], "Chosen"]


@dataclass(frozen=True)
class Chosen:
    """A fitted classifier.

    Attributes:
        setting: what the validation images chose, for JSON.
        val_accuracy: with it, on these images.
        predict: from inputs (n, d) to probabilities (n, classes).
    """

    setting: dict[str, float]
    val_accuracy: float
    predict: Callable[[np.ndarray], np.ndarray]


def mean_colours(images: np.ndarray) -> np.ndarray:
    """Mean red, green and blue, float32 (n, 3) from 0 to 1, of uint8 (n, height, width, 3)."""
    return thumbnails(images, 1)


def thumbnails(images: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Images reduced by area mean, row by row, as float32 (n, side * side * 3) from 0 to 1.

    A pixel of the image that lies in several of the thumbnail counts in each by its share.

    Args:
        images: uint8 (n, height, width, 3), perhaps mapped from the disk.
        side: of the thumbnails in pixels.
    """
    rows, columns = (_shares(length, side) for length in images.shape[1:3])
    blocks = []
    for at in range(0, len(images), BLOCK):
        pixels = np.asarray(images[at : at + BLOCK], np.float32) / 255
        small = np.einsum("rh,nhwc,sw->nrsc", rows, pixels, columns, optimize=True)
        blocks.append(small.reshape(len(pixels), -1))
    return np.concatenate(blocks)


def _shares(length: int, parts: int) -> np.ndarray:
    """How much each of ``length`` pixels weighs in each of ``parts`` equal parts, rows sum to 1."""
    edges = np.linspace(0, length, parts + 1)[:, None]
    at = np.arange(length)
    overlap = np.minimum(edges[1:], at + 1) - np.maximum(edges[:-1], at)
    return (np.maximum(overlap, 0) * parts / length).astype(np.float32)


def logistic(fit: Examples, validation: Examples) -> Chosen:
    """Multinomial logistic regression on standardised inputs, its penalty chosen."""
    inputs, labels = fit
    # Newton's method takes five steps where L-BFGS takes hundreds, and a matrix of this side
    newton = inputs.shape[1] * (labels.max() + 1) <= NEWTON
    solver = "newton-cholesky" if newton else "lbfgs"
    models = {
        strength: make_pipeline(
            StandardScaler(), LogisticRegression(C=strength, solver=solver, max_iter=2000)
        ).fit(inputs, labels)
        for strength in STRENGTHS
    }
    scores = {strength: float(model.score(*validation)) for strength, model in models.items()}
    best = max(scores, key=scores.__getitem__)
    return Chosen({"C": best}, scores[best], models[best].predict_proba)


def neighbours(fit: Examples, validation: Examples) -> Chosen:
    """The votes of the k nearest by cosine, k chosen; a probability is a share of votes."""
    inputs, labels = fit
    votes = np.eye(labels.max() + 1)[labels]
    candidates = [k for k in NEIGHBOURS if k <= len(labels)]
    # of vectors of length 1, the nearest are those of largest cosine
    search = NearestNeighbors(n_neighbors=candidates[-1]).fit(_unit(inputs))

    def nearest(inputs: np.ndarray) -> np.ndarray:
        return votes[search.kneighbors(_unit(inputs), return_distance=False)]

    voters = nearest(validation[0])
    scores = {k: _accuracy(voters[:, :k].mean(axis=1), validation[1]) for k in candidates}
    best = max(scores, key=scores.__getitem__)
    return Chosen({"k": best}, scores[best], lambda inputs: nearest(inputs)[:, :best].mean(axis=1))


def constant(scenes: dataset.Scenes) -> dict:
    """The row of the answer that is always the most frequent class of the training images.

    Its probabilities are the classes' shares of these images. ``largest_test_class`` is another
    figure: the class that an answer would have to name to be right most often, which only who
    knows the test labels can tell.
    """
    count = np.bincount(scenes.train_labels, minlength=len(scenes.classes))
    shares = count / count.sum()
    support = np.bincount(scenes.test_labels, minlength=len(scenes.classes))
    largest = int(support.argmax())
    return {
        "name": "constant",
        "answer": scenes.classes.names[int(count.argmax())],
        "largest_test_class": {
            "name": scenes.classes.names[largest],
            "n": int(support[largest]),
            "share": float(support[largest] / support.sum()),
        },
        **measure(np.tile(shares, (support.sum(), 1)), scenes.test_labels, scenes.classes),
    }


def row(name: str, fitting: Fitting, inputs: dict[str, np.ndarray], scenes: dataset.Scenes) -> dict:
    """Fit and choose as the networks are, then judge on the test images.

    Args:
        name: of the row.
        fitting: :func:`logistic` or :func:`neighbours`.
        inputs: ``train`` and ``test``, (n, d), in the order of the scenes.
        scenes: whose labels they have.
    """
    parts = dataset.split(scenes.train_labels, SEED)
    fit, validation = ((inputs["train"][part], scenes.train_labels[part]) for part in parts)
    chosen = fitting(fit, validation)
    return {
        "name": name,
        "inputs": inputs["train"].shape[1],
        "setting": chosen.setting,
        "val_accuracy": chosen.val_accuracy,
        **measure(chosen.predict(inputs["test"]), scenes.test_labels, scenes.classes),
    }


def _unit(inputs: np.ndarray) -> np.ndarray:
    return inputs / np.maximum(np.linalg.norm(inputs, axis=1, keepdims=True), 1e-12)


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))
