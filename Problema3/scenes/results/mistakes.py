"""What the mistakes of several networks have in common, from their stored probabilities alone.

Networks that learned differently (:data:`JUDGES`), and are all wrong about an image in the same way
and sure of it, point at the image's label rather than at themselves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from scenes.classes import SCENES, Classes
from scenes.formatting import MODELS, number, percent

# Different architectures, from scratch and pretrained; the dense one errs too often to judge, and a
# second head on the same backbone would be no second opinion.
JUDGES = ("cnn", "residual", "resnet50")
SURE = 0.8  # mean probability from which on a shared mistake speaks against the label
PAIRS = (("glacier", "mountain"), ("buildings", "street"))  # what the report's networks confused


def shared_mistakes(answers: dict[str, np.ndarray], labels: np.ndarray) -> pd.DataFrame:
    """Images that every network takes for the same wrong class.

    Args:
        answers: probabilities (n, classes) of each network, for the same images.
        labels: int (n,).

    Returns:
        a row an image, most confident first: ``index`` (position in the test), ``label``,
        ``predicted`` (positions of the classes) and ``confidence``, the mean over the networks of
        what they give the predicted class.

    Raises:
        ValueError: a single network, or different numbers of images.
    """
    labels = np.asarray(labels)
    if len(answers) < 2 or any(len(each) != len(labels) for each in answers.values()):
        raise ValueError("two networks at least must answer for the same images")
    votes = np.stack([each.argmax(axis=1) for each in answers.values()])
    index = np.flatnonzero((votes == votes[0]).all(axis=0) & (votes[0] != labels))
    confidence = np.mean([each[index, votes[0, index]] for each in answers.values()], axis=0)
    shared = pd.DataFrame(
        {
            "index": index,
            "label": labels[index],
            "predicted": votes[0, index],
            "confidence": confidence,
        }
    )
    return shared.sort_values("confidence", ascending=False, kind="stable", ignore_index=True)


def pairs(confusions: dict[str, np.ndarray]) -> pd.DataFrame:
    """How much of each network's mistakes are within the classes of :data:`PAIRS`.

    Args:
        confusions: (classes, classes) of each network, rows true and columns predicted.

    Returns:
        networks in rows, a Spanish column a pair and one for the others, with counts and shares.
    """
    rows = {}
    for name, counts in confusions.items():
        counts = np.array(counts)
        wrong = counts.sum() - np.trace(counts)
        row = {}
        for pair in PAIRS:
            one, other = (SCENES.index(each) for each in pair)
            row[f"{SCENES.labels[one]} / {SCENES.labels[other]}"] = (
                counts[one, other] + counts[other, one]
            )
        row["las demás"] = wrong - sum(row.values())
        rows[name] = {
            key: f"{number(count, 0)} ({percent(count / wrong if wrong else 0, 0)})"
            for key, count in row.items()
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def ceiling(
    answers: dict[str, np.ndarray],
    labels: np.ndarray,
    sure: float = SURE,
    classes: Classes = SCENES,
) -> list[str]:
    """What the shared mistakes say about the labels, in Spanish sentences. See above."""
    shared = shared_mistakes(answers, labels)
    doubtful = shared[shared["confidence"] >= sure]
    n = len(labels)
    *others, last = (MODELS.get(name, name) for name in answers)
    sentences = [
        f"{', '.join(others)} y {last} se equivocan a la vez y del mismo modo en "
        f"{number(len(shared), 0)} de {number(n, 0)} imágenes ({percent(len(shared) / n)}); en "
        f"{number(len(doubtful), 0)} lo hacen con una probabilidad media de {percent(sure, 0)} o "
        "más."
    ]
    if len(doubtful):
        couples = doubtful.groupby(["label", "predicted"]).size().sort_values(ascending=False)
        (label, predicted), count = next(iter(couples.items()))
        sentences += [
            f"Lo más frecuente entre estas: etiqueta «{classes.labels[label]}» y respuesta "
            f"«{classes.labels[predicted]}» ({number(count, 0)}).",
            "Si sus etiquetas fueran las erróneas, un clasificador perfecto no pasaría de "
            f"{number(1 - len(doubtful) / n, 3)} en estas imágenes: una cifra mayor indicaría que "
            "la red aprendió errores de etiquetado.",
        ]
    return sentences
