"""Any Keras network beside the others, on hands of people that it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gestures.checks import Wrong
from gestures.dataset import GESTURES, OUTPUTS, Recordings
from gestures.formatting import number, percent

if TYPE_CHECKING:
    import keras

Prepare = Callable[[Recordings], np.ndarray]  # what a network reads of some recordings


@dataclass(frozen=True)
class Result:
    """How well a network does on people that it never saw."""

    correct: np.ndarray  # (N,) bool, of every frame
    by_person: np.ndarray  # (P,) accuracy, 0 to 1, of every person

    @property
    def accuracy(self) -> float:
        """Mean over people."""
        return float(self.by_person.mean())

    @property
    def effective_size(self) -> float:
        """How many independent frames would leave the mean as uncertain as it is.

        The variance of the mean is estimated from the differences between people (Kish 1965,
        "Survey Sampling", section 5.4, the design effect). Infinite where all people are alike.
        """
        if not np.ptp(self.by_person):
            return float("inf")
        variance = self.by_person.var(ddof=1) / len(self.by_person)
        share = self.correct.mean()
        return float(share * (1 - share) / variance)


class Comparison:
    """Networks measured on the same recordings.

    Args:
        recordings: N hands that take no part in any training.
        person: (N,) whose each is, from 0.
    """

    def __init__(self, recordings: Recordings, person: np.ndarray):
        self.recordings, self.person = recordings, person
        self.results: dict[str, Result] = {}

    def add(self, name: str, model: keras.Model, prepare: Prepare, trained: bool = False) -> Result:
        """Measure a network and enter it in every later table and figure.

        Args:
            model: three or four probabilities a hand, in the order of ``dataset.OUTPUTS``.
            prepare: gives what the network reads, N rows.
            trained: True for a network that was loaded without its optimizer.

        Raises:
            Wrong: it is not trained, or gives something else than probabilities.
        """
        answers = probabilities(model, prepare(self.recordings), trained)
        self.results[name] = result(answers, self.recordings.labels, self.person)
        return self.results[name]

    def table(self) -> pd.DataFrame:
        """A row a network, in Spanish: accuracy as mean, worst and best of the people."""
        columns = {
            "exactitud (media)": [percent(r.accuracy) for r in self.results.values()],
            "peor persona": [percent(r.by_person.min()) for r in self.results.values()],
            "mejor persona": [percent(r.by_person.max()) for r in self.results.values()],
        }
        return pd.DataFrame(columns, index=pd.Index(self.results, name="red"))


def result(answers: np.ndarray, labels: np.ndarray, person: np.ndarray) -> Result:
    """Of probabilities (N, 3 or 4): the likeliest of the three gestures against the labels."""
    correct = answers[:, : len(GESTURES)].argmax(1) == labels
    return Result(correct, np.array([correct[person == p].mean() for p in np.unique(person)]))


def probabilities(model: keras.Model, inputs: ArrayLike, trained: bool = False) -> np.ndarray:
    """What a network answers, (N, 3) or (N, 4), checked.

    Raises:
        Wrong: it is not trained, or gives something else than probabilities.
    """
    if not hasattr(model, "predict"):
        raise Wrong("Se esperaba una red de Keras (keras.Model) ya entrenada.")
    optimizer = getattr(model, "optimizer", None)
    if not trained and (optimizer is None or not int(optimizer.iterations)):
        raise Wrong(
            "La red todavía no está entrenada: llame antes a compile y a fit. Si la cargó de un "
            "archivo, agregue trained=True."
        )
    inputs = np.asarray(inputs)
    answers = np.asarray(model.predict(inputs, batch_size=2048, verbose=0))
    widths = (len(GESTURES), len(OUTPUTS))
    if answers.shape not in [(len(inputs), width) for width in widths]:
        raise Wrong(
            f"La red da una salida de forma {answers.shape[1:]} por mano; deben ser tres "
            "probabilidades (piedra, papel, tijeras) o cuatro (con «otra mano» al final)."
        )
    if not (np.isfinite(answers).all() and (answers >= 0).all()):
        raise Wrong('La salida no son probabilidades: agregue activation="softmax" al final.')
    if np.abs(answers.sum(1) - 1).max() > 1e-3:
        raise Wrong(
            f"Las salidas de una mano no suman 1 (la primera suma {number(answers[0].sum(), 3)}): "
            'agregue activation="softmax" al final.'
        )
    return answers
