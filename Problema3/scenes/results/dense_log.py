"""Which variants of the dense network come near the report's log, which no repetition gives.

Its first loss is near that of equal probabilities, ln 6, and several of its accuracies are shares
of single classes among the test images: the published network answers one class for every image.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from scenes.classes import SCENES
from scenes.formatting import ABLATION, number
from scenes.results import published

NETWORK = "dense"
LOSS = 0.1  # how far the first training loss may be from the published one, in nats
ACCURACY = 0.02  # how far the highest accuracy may be from the published one


def is_near(run: Mapping[str, Any]) -> bool:
    """Whether a run begins at the published loss and never gets more accurate than published.

    Args:
        run: of ``models/scenes_ablation.json``.
    """
    first, highest = _ends(run)
    log, report = published.DENSE_LOG, published.REPORT[NETWORK]
    return abs(first - log.loss) <= LOSS and abs(highest - report.best) <= ACCURACY


def sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each variant gave against the report's log, in Spanish; nothing where none was tried.

    Args:
        rows: of ``models/scenes_ablation.json``.
    """
    runs = {row["name"]: row["runs"][0] for row in rows if row["network"] == NETWORK}
    if not runs:
        return []
    log, report = published.DENSE_LOG, published.REPORT[NETWORK]
    shares = ", ".join(number(share, 4) for share in log.constant)
    told = [
        f"El registro publicado de la red densa empieza con una pérdida de {number(log.loss, 2)} "
        f"(la de quien da a todo igual probabilidad es ln 6 = {number(math.log(len(SCENES)), 2)}) "
        f"y no pasa de una exactitud de {number(report.best, 3)} en {report.epochs} épocas; en "
        f"{len(log.constant)} de ellas ({shares}) es la proporción de una clase en la prueba."
    ]
    each = []
    for name, run in runs.items():
        first, highest = _ends(run)
        each.append(
            f"{ABLATION[name]}, {number(first, 2)} y {number(highest, 3)} en {run['epochs_run']}"
        )
    told.append(
        "Una corrida de cada variante, con la primera pérdida y la mayor exactitud: "
        + "; ".join(each)
        + "."
    )
    near = [f"«{ABLATION[name]}»" for name, run in runs.items() if is_near(run)]
    criterion = (
        f"(primera pérdida a menos de {number(LOSS, 1)} y mayor exactitud a menos de "
        f"{number(100 * ACCURACY, 0)} puntos)"
    )
    told.append(
        f"Se acercan al registro {criterion}: {', '.join(near)}."
        if near
        else f"Ninguna se acerca al registro {criterion}: esta red no se pudo reproducir."
    )
    return told


def _ends(run: Mapping[str, Any]) -> tuple[float, float]:
    """First training loss and highest accuracy on the test images."""
    reached = [each for each in run["val_accuracy_by_epoch"] if each is not None]
    return run["loss_by_epoch"][0], max(reached)
