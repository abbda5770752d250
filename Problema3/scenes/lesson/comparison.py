"""Any Keras network beside the others, on the same pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import pandas as pd

from scenes.checks import Wrong
from scenes.classes import SCENES, Classes
from scenes.data.batches import predict
from scenes.formatting import duration, interval, number
from scenes.results import scores

BATCH = 64  # pictures a step of prediction
SUM = 1e-3  # by which the probabilities of a picture may miss 1


@dataclass(frozen=True)
class Entry:
    """What is known of a network.

    Attributes:
        network: from images to probabilities.
        test, validation: its probabilities (n, classes).
        metrics: of :func:`scenes.results.scores.measure`, on the test pictures, with ``parameters``
            and ``trainable``.
        seconds: that its training took, the features of a frozen part included; None if unknown.
    """

    network: keras.Model
    test: np.ndarray
    validation: np.ndarray
    metrics: dict[str, Any]
    seconds: float | None


@dataclass
class Comparison:
    """Networks measured on the same test pictures.

    Attributes:
        test, test_labels: uint8 (n, height, width, 3) and int (n,); no network trains on them.
        validation, validation_labels: what a temperature and the like are fitted on.
        classes: in the order of the networks' outputs.
        entries: by name, in the order of registration.
    """

    test: np.ndarray
    test_labels: np.ndarray
    validation: np.ndarray
    validation_labels: np.ndarray
    classes: Classes = SCENES
    entries: dict[str, Entry] = field(default_factory=dict)

    def registrar(
        self,
        nombre: str,
        red: keras.Model,
        segundos: float | None = None,
        entrenada: bool = False,
    ) -> Entry:
        """Measure a network and enter it in every later table and figure.

        Spanish names, since students write them. The same name again replaces the network.

        Args:
            nombre: what tables and figures call it.
            red: from images to a probability for each class.
            segundos: that its training took.
            entrenada: True for a network that was loaded without its optimizer.

        Raises:
            Wrong: it is not trained, or gives something else than probabilities.
        """
        if not (isinstance(nombre, str) and nombre.strip()):
            raise Wrong("El nombre debe ser un texto entre comillas; después va la red.")
        check(red, self.test[:2], len(self.classes), entrenada)
        test = predict(red, self.test, BATCH)
        validation = predict(red, self.validation, BATCH)
        check_probabilities(test)
        metrics = scores.measure(test, self.test_labels, self.classes, resamples=300)
        metrics |= {
            "parameters": red.count_params(),
            "trainable": sum(int(np.prod(each.shape)) for each in red.trainable_weights),
        }
        self.entries[nombre] = Entry(red, test, validation, metrics, segundos)
        return self.entries[nombre]

    @property
    def answers(self) -> dict[str, np.ndarray]:
        """Test probabilities (n, classes) by name."""
        return {name: entry.test for name, entry in self.entries.items()}

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Scores by name."""
        return {name: entry.metrics for name, entry in self.entries.items()}

    def tabla(self) -> pd.DataFrame:
        """A row a network, in Spanish."""
        rows = {}
        for name, entry in self.entries.items():
            each = entry.metrics
            rows[name] = {
                "Parámetros": number(each["parameters"], 0),
                "Entrenados": number(each["trainable"], 0),
                "Exactitud": number(each["accuracy"], 3),
                "IC 95 %": interval(*each["accuracy_ci"]),
                "AUC macro": "—" if each["macro_auc"] is None else number(each["macro_auc"], 3),
                "ECE": number(each["ece"], 3),
                "Entrenamiento": duration(entry.seconds),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("red")

    def vecinas(self) -> pd.DataFrame:
        """McNemar's test of each network with the next better one, a row a pair, in Spanish."""
        rows = [
            {
                "peor": worse,
                "mejor": better,
                "diferencia (puntos)": number(100 * test["difference"], 1),
                "solo acierta la peor": test["only_b"],
                "solo acierta la mejor": test["only_a"],
                "p": chance(test["p_value"]),
            }
            for worse, better, test in neighbours(self.answers, self.test_labels)
        ]
        return pd.DataFrame(rows)


def neighbours(
    answers: Mapping[str, np.ndarray], labels: np.ndarray
) -> list[tuple[str, str, dict[str, Any]]]:
    """From the worst network to the best: each, the next, and McNemar's test of the two.

    Args:
        answers: probabilities (n, classes) by name.
        labels: int (n,).
    """
    order = sorted(answers, key=lambda name: (answers[name].argmax(axis=1) == labels).mean())
    return [
        (worse, better, scores.mcnemar(answers[better], answers[worse], labels))
        for worse, better in pairwise(order)
    ]


def chance(p: float) -> str:
    """A p value in Spanish."""
    return "p < 0,001" if p < 0.001 else f"p = {number(p, 3)}"


def check(red: Any, images: np.ndarray, outputs: int, trained: bool) -> None:
    """See that something is a trained network from such images to so many outputs.

    Raises:
        Wrong: it is not.
    """
    if not isinstance(red, keras.Model):
        raise Wrong("Se esperaba una red de Keras (keras.Model) ya entrenada.")
    if not trained and not steps(red):
        raise Wrong(
            "La red todavía no está entrenada: llame antes a compile y a fit. Si la cargó de un "
            "archivo, agregue entrenada=True."
        )
    try:
        answers = keras.ops.convert_to_numpy(red.predict_on_batch(images))
    except Exception as error:  # Keras raises many kinds where shapes do not fit
        height, width = images.shape[1:3]
        raise Wrong(
            f"La red no acepta imágenes de {height} × {width} × 3, de 0 a 255 "
            f"({type(error).__name__}): su entrada debe ser "
            f"keras.Input(({height}, {width}, 3))."
        ) from None
    if answers.shape != (len(images), outputs):
        raise Wrong(
            f"La red da una salida de forma {answers.shape[1:]} por imagen; deben ser {outputs} "
            "probabilidades: termine con "
            f'layers.Dense({outputs}, activation="softmax").'
        )
    check_probabilities(answers)


def check_probabilities(answers: np.ndarray) -> None:
    """See that rows (n, classes) are probabilities.

    Raises:
        Wrong: they are not.
    """
    softmax = 'agregue activation="softmax" a la última capa.'
    if not np.isfinite(answers).all():
        raise Wrong(
            "La red contesta con valores que no son números: el entrenamiento divergió; pruebe con "
            "una tasa de aprendizaje menor."
        )
    if (answers < 0).any():
        raise Wrong(f"La red contesta con valores negativos, no con probabilidades: {softmax}")
    if np.abs(answers.sum(axis=1) - 1).max() > SUM:
        raise Wrong(
            "Las salidas de una imagen no suman 1 (la primera suma "
            f"{number(answers[0].sum(), 3)}): {softmax}"
        )


def steps(network: keras.Model) -> int:
    """Steps of training that a network, or one inside it, has done."""
    optimizer = getattr(network, "optimizer", None)
    done = int(optimizer.iterations) if optimizer is not None else 0
    inner = (layer for layer in network.layers if isinstance(layer, keras.Model))
    return max([done, *map(steps, inner)])
