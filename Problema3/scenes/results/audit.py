"""What near-duplicates and the networks' own answers say about the labels of the test images.

Near-duplicates come from :mod:`scenes.results.duplicates`, joint errors from
:func:`scenes.results.mistakes.shared_mistakes`. The estimate of label noise is confident learning
(C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", JAIR 70, 2021): it takes a network's confident answers for the truth, so a network that
errs with confidence makes it too high.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from scenes.formatting import MODELS, number, percent

# The dense network errs too often to judge; a distilled one repeats what its teacher answers.
JUDGES = ("cnn", "residual", "resnet50", "resnet50_max", "best")
LEAST_JUDGES = 2
PARTS = {
    "between": "entre entrenamiento y prueba",
    "train": "entre imágenes de entrenamiento",
    "test": "entre imágenes de prueba",
}
METHOD = "confident learning (Northcutt et al., 2021)"
WITHOUT = {
    "all": "Todas",
    "no_near": "Sin casi repetidas",
    "no_joint": "Sin errores conjuntos",
    "neither": "Sin ambas",
}
WARNING = (
    "Quitar los errores conjuntos favorece a las redes por construcción: son imágenes elegidas "
    "porque todas estas redes fallan en ellas, de modo que su exactitud solo puede subir. Esa "
    "cifra no es una exactitud corregida."
)


def with_parts(pairs: pd.DataFrame, labels: np.ndarray, n_train: int) -> pd.DataFrame:
    """Pairs with the ``part`` they are in (a key of PARTS) and whether they are ``contradictory``.

    Args:
        pairs: positions ``one`` < ``other`` among the training images and the test images after
            them.
        labels: int (n,), of all these.
        n_train: how many are for training.
    """
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    part = np.select([other < n_train, one >= n_train], ["train", "test"], "between")
    return pairs.assign(part=part, contradictory=labels[one] != labels[other])


def counts(pairs: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Of each part: pairs, those with different labels, and images in any pair.

    Args:
        pairs: from :func:`with_parts`.
    """
    result = {}
    for part in PARTS:
        own = pairs[pairs["part"] == part]
        result[part] = {
            "pairs": len(own),
            "contradictory": int(own["contradictory"].sum()),
            "images": len(set(own["one"]) | set(own["other"])),
        }
    return result


def near_training(pairs: pd.DataFrame, n_train: int) -> np.ndarray:
    """Sorted positions in the test set of images with a near-duplicate among the training ones."""
    between = pairs.loc[pairs["part"] == "between", "other"].to_numpy(int)
    return np.unique(between) - n_train


def confident_joint(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many images with each label (rows) are confidently of each class (columns).

    A class's threshold is the mean probability that the images with its label get for it. An image
    counts for the most probable of the classes that reach their threshold, and for none if no
    class does.

    Args:
        probabilities: (n, classes).
        labels: int (n,), each class at least once.

    Returns:
        int64 (classes, classes).
    """
    n_classes = probabilities.shape[1]
    thresholds = [probabilities[labels == each, each].mean() for each in range(n_classes)]
    reached = np.where(probabilities >= thresholds, probabilities, -1)
    sure = reached.max(axis=1) >= 0
    joint = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(joint, (labels[sure], reached[sure].argmax(axis=1)), 1)
    return joint


def label_noise(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Estimated share of wrong labels: the confident joint's part off its diagonal.

    Each row is scaled to the number of images with its label first, as in the paper's equation 3; a
    row without any confident image counts as right.
    """
    joint = confident_joint(probabilities, labels).astype(float)
    sums = joint.sum(axis=1)
    wrong = sums - np.diag(joint)
    shares = np.divide(wrong, sums, out=np.zeros_like(wrong), where=sums > 0)
    sizes = np.bincount(labels, minlength=len(joint))
    return float(shares @ sizes / len(labels))


def kept(n_test: int, near: np.ndarray, joint: np.ndarray) -> dict[str, np.ndarray]:
    """Which test images each column of the accuracies keeps: bool (n_test,), by key of WITHOUT.

    Args:
        n_test: how many test images there are.
        near, joint: positions of those near training images, and of the joint errors.
    """
    no_near, no_joint = np.ones((2, n_test), bool)
    no_near[near] = False
    no_joint[joint] = False
    return {
        "all": np.ones(n_test, bool),
        "no_near": no_near,
        "no_joint": no_joint,
        "neither": no_near & no_joint,
    }


def accuracies(
    answers: dict[str, np.ndarray], labels: np.ndarray, masks: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Accuracy of each network on the images that each mask of :func:`kept` keeps."""
    return {
        name: {
            key: float((probabilities.argmax(axis=1) == labels)[mask].mean())
            for key, mask in masks.items()
        }
        for name, probabilities in answers.items()
    }


def sentences(result: dict) -> list[str]:
    """What the audit's JSON says, in Spanish."""
    near, joint = result["near_duplicates"], result["joint_errors"]
    lines = []
    for part, spanish in PARTS.items():
        own = near[part]
        lines.append(
            f"Casi repetidas {spanish}: {number(own['pairs'], 0)} pares de "
            f"{number(own['images'], 0)} imágenes, {number(own['contradictory'], 0)} con clases "
            "distintas."
        )
    n_test, n_near = result["n_test"], len(result["near_training"])
    noise = [each["noise"] for each in result["label_noise"].values()]
    judges = ", ".join(MODELS[name] for name in result["judges"])
    lines += [
        f"Imágenes de prueba con una casi repetida en el entrenamiento: {number(n_near, 0)} de "
        f"{number(n_test, 0)} ({percent(n_near / n_test)}).",
        f"Errores conjuntos ({judges}): {number(len(joint), 0)} de {number(n_test, 0)} "
        f"({percent(len(joint) / n_test)}) imágenes en las que todas estas redes dan la misma "
        "clase, distinta de la etiqueta.",
        f"Ruido de las etiquetas de prueba, estimado con {METHOD}: de {percent(min(noise))} a "
        f"{percent(max(noise))} según la red. Una red que se equivoca con confianza lo agranda.",
    ]
    return lines
