"""The report's figures, its protocol repeated, and the corrected one, like beside like.

Like beside like: the epoch of least loss with that of least loss, the most accurate one with the
most accurate one, and ResNet50's head on maxima, which is the report's, with a head on maxima.
"""

from __future__ import annotations

import math
import statistics

import numpy as np
import pandas as pd
from scipy import stats

from scenes.classes import SCENES
from scenes.formatting import MODELS, interval, number
from scenes.networks import architectures
from scenes.results import published
from scenes.results.stored import Stored, looks, over_seeds

LEVEL = 0.95
REPORT_SIDE = 224  # of the report's images, in pixels

# Where a network's published and repeated figures are: the report has ResNet50 on maxima alone.
SOURCES = {"resnet50_max": "resnet50", "resnet50": ""}
TITLES = {**MODELS, "resnet50": f"{MODELS['resnet50']} (promedio)"}
ORDER = (
    *("dense", "cnn", "residual", "cnn_distilled", "residual_distilled"),
    *("resnet50_max", "resnet50", "best"),
)

# Why a network trained as the report did differs from what the report says, or does not.
CAUSES = {
    "dense": "La pérdida de validación empieza en {first} y termina en {last}; la de responder lo "
    "mismo a todo es ln 6 = {chance}. Por qué, no se midió.",
    "cnn": "El informe no dice la semilla ni la tasa de abandono (dropout) de su red; aquí es "
    "{dropout}.",
    "residual": "El informe no dice la semilla{side}.",
    "resnet50": "Sin preprocess_input, ResNet50 recibe valores para los que no fue entrenada, en "
    "los dos por igual.",
}


def beside_the_report(corrected: dict[str, Stored], repeated: dict[str, Stored]) -> pd.DataFrame:
    """The report's figures, those of its protocol repeated, and the corrected ones.

    Args:
        corrected, repeated: of :func:`scenes.results.stored.stored`, by name.

    Returns:
        network and protocol in rows; the images' side, accuracy in the epoch of least loss, with
        interval and over seeds, and in the most accurate epoch, epochs and each class's AUC in
        Spanish columns.
    """
    rows = {}
    for name in ORDER:
        source = SOURCES.get(name, name)
        if source in published.REPORT:
            report = published.REPORT[source]
            rows[TITLES[name], "informe"] = {
                "Lado": str(REPORT_SIDE),
                "Exactitud": number(report.kept, 3),
                "IC 95 %": "—",
                "Semillas": "—",
                "Mejor época": number(report.best, 3),
                "Épocas": str(report.epochs),
                **dict(zip(SCENES.labels, (number(area, 2) for area in report.auc), strict=True)),
            }
        for heading, each in (
            ("repetido", repeated.get(source)),
            ("corregido", corrected.get(name)),
        ):
            if each is None:
                continue
            metrics = each.metrics
            rows[TITLES[name], heading] = {
                "Lado": str(metrics["config"]["image_size"]),
                "Exactitud": number(metrics["accuracy"], 3),
                "IC 95 %": interval(*metrics["accuracy_ci"]),
                "Semillas": over_seeds(each.seeds),
                # the corrected protocol's validation images are others
                "Mejor época": number(highest(metrics), 3) if heading == "repetido" else "—",
                "Épocas": str(metrics["epochs_run"]),
                **{
                    spanish: number(metrics["auc"][scene], 3)
                    for scene, spanish in zip(SCENES.names, SCENES.labels, strict=True)
                },
            }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=["Red", "Protocolo"])
    return table


def summary(corrected: dict[str, Stored], repeated: dict[str, Stored]) -> dict[str, list]:
    """The same for print: accuracy published, repeated and corrected, and looks at the test.

    Of what validated on the test images, the epoch of least loss / the most accurate one.
    """
    rows = []
    for name in ORDER:
        report = published.REPORT.get(SOURCES.get(name, name))
        again, now = repeated.get(SOURCES.get(name, name)), corrected.get(name)
        if now is None:
            continue
        rows.append(
            [
                TITLES[name],
                _side(now.metrics["config"]["image_size"], report is not None),
                f"{number(report.kept, 3)} / {number(report.best, 3)}" if report else "—",
                _kept_and_best(again.metrics) if again else "—",
                _whole(now),
                over_seeds(now.seeds),
                str(looks(now.metrics)),
            ]
        )
    headings = ["Red", "Lado", "Informe", "Repetida", "Corregida, el archivo"]
    return {"cabecera": [*headings, "Semillas", "Medidas"], "filas": rows}


def _kept_and_best(metrics: dict) -> str:
    return f"{number(metrics['accuracy'], 3)} / {number(highest(metrics), 3)}"


def areas(corrected: dict[str, Stored], repeated: dict[str, Stored]) -> dict[str, list]:
    """Each class's area under the ROC curve, published, repeated and corrected, and their mean."""
    rows = []
    for name in ORDER:
        source = SOURCES.get(name, name)
        if name in corrected and source in published.REPORT:
            values = published.REPORT[source].auc
            shown = [number(area, 2) for area in values]
            rows.append([TITLES[name], "informe", *shown, number(statistics.fmean(values), 2)])
        for heading, each in (
            ("repetida", repeated.get(source)),
            ("corregida", corrected.get(name)),
        ):
            if each:
                own, side = each.metrics, each.metrics["config"]["image_size"]
                told = heading if side == REPORT_SIDE else f"{heading}, {side} px"
                shown = [number(own["auc"][scene], 3) for scene in SCENES.names]
                macro = f"{number(own['macro_auc'], 3)} {interval(*own['macro_auc_ci'])}"
                rows.append([TITLES[name], told, *shown, macro])
    return {"cabecera": ["Red", "", *SCENES.labels, "media macro"], "filas": rows}


def differences(repeated: dict[str, Stored]) -> list[str]:
    """What repeating the report's protocol gave against what it says, in Spanish sentences.

    Args:
        repeated: of :func:`scenes.results.stored.stored`, by name.
    """
    sentences = []
    for name, each in repeated.items():
        report, metrics = published.REPORT[name], each.metrics
        losses = [loss for loss in metrics["history"]["val_loss"] if loss is not None]
        side = metrics["config"]["image_size"]
        smaller = "" if side == REPORT_SIDE else f", con imágenes de {side} × {side}"
        title = TITLES[next((like for like, source in SOURCES.items() if source == name), name)]
        sentences.append(
            f"{title}{smaller}: {_accuracy(each)} en la época de menor pérdida y "
            f"{number(highest(metrics), 3)} en la mejor de {metrics['epochs_run']}; el informe, "
            f"{number(report.kept, 3)} y {number(report.best, 3)} en {report.epochs}. "
            f"{verdict(report.kept, each)} "
            + CAUSES[name].format(
                first=number(losses[0], 1),
                last=number(losses[-1], 2),
                chance=number(np.log(len(SCENES)), 2),
                dropout=number(architectures.DROPOUT, 1),
                side="" if side == REPORT_SIDE else ", y el lado de sus imágenes es otro",
            )
        )
    return sentences


def verdict(reported: float, repeated: Stored) -> str:
    """Whether a published accuracy lies within what seeds do, in a Spanish sentence.

    The deviation is that of the published protocol's own runs; the corrected network's is no
    measure of it, since that protocol varies less.

    Args:
        reported: accuracy in the report's epoch of least loss.
        repeated: the report's protocol repeated.
    """
    runs = len(repeated.seeds)
    if runs < 2:
        return "Con una sola corrida de ese protocolo no se puede juzgar si se reproduce."
    low, high = next_seed(repeated.seeds)
    expected = f"con otra semilla se espera una exactitud en {interval(low, high)}"
    method = (
        f"(t de Student al {number(100 * LEVEL, 0)} %; desvío "
        f"{number(statistics.stdev(repeated.seeds), 3)} entre {runs} corridas de ese protocolo)."
    )
    if low <= 1 / len(SCENES):
        return f"No se puede juzgar si se reproduce: {expected}, donde cabe hasta el azar {method}"
    if low <= reported <= high:
        return f"Reproducida: {expected}, y la publicada queda dentro {method}"
    side = "debajo" if reported < low else "encima"
    return f"No reproducida: {expected}, y la publicada queda por {side} {method}"


def next_seed(seeds: tuple[float, ...]) -> tuple[float, float]:
    """Where the accuracy of one more seed is expected: Student's prediction interval.

    Args:
        seeds: accuracies, at least two.

    Returns:
        both ends, within 0 and 1.
    """
    centre = statistics.fmean(seeds)
    quantile = float(stats.t.ppf((1 + LEVEL) / 2, len(seeds) - 1))
    margin = quantile * statistics.stdev(seeds) * math.sqrt(1 + 1 / len(seeds))
    return max(0.0, centre - margin), min(1.0, centre + margin)


def highest(metrics: dict) -> float:
    """Highest validation accuracy of an epoch."""
    return max(each for each in metrics["history"]["val_accuracy"] if each is not None)


def _accuracy(each: Stored) -> str:
    """«0,905 [0,894; 0,915]»."""
    return f"{number(each.metrics['accuracy'], 3)} {interval(*each.metrics['accuracy_ci'])}"


def _whole(each: Stored) -> str:
    """The same in one line."""
    return _accuracy(each).replace(" ", "\u00a0")


def _side(side: int, reported: bool) -> str:
    return f"{side} (informe, {REPORT_SIDE})" if reported and side != REPORT_SIDE else str(side)
