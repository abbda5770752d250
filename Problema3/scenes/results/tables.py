"""Trained networks' results as tables, and put into Spanish sentences."""

from __future__ import annotations

import statistics

import numpy as np
import pandas as pd

from scenes import classes
from scenes.classes import SCENES
from scenes.formatting import KINDS, MODELS, duration, interval, number, percent
from scenes.networks import architectures
from scenes.results import published, scores, stored
from scenes.results.stored import Stored

# Why a network trained as the report did differs from what the report says, or does not.
CAUSES = {
    "dense": "Sin escalar las entradas, la pérdida de validación empieza en {first} y termina en "
    "{last}; la de quien responde lo mismo a todo es ln 6 = {chance}, y la red que llega ahí ya no "
    "aprende.",
    "cnn": "El informe no dice la semilla ni la tasa de abandono (dropout) de su red; aquí es "
    "{dropout}.",
    "residual": "El informe no dice la semilla{side}.",
    "resnet50": "Sin preprocess_input, ResNet50 recibe valores para los que no fue entrenada, en "
    "los dos por igual.",
}


def table(metrics: dict[str, dict]) -> pd.DataFrame:
    """Networks (or variants of one) in rows, with Spanish headings and numbers."""
    rows = {}
    for name, each in metrics.items():
        macro, ends = each["macro_auc"], each["macro_auc_ci"]
        rows[MODELS.get(name, name)] = {
            "Parámetros": number(each["parameters"], 0),
            "Exactitud": number(each["accuracy"], 3),
            "IC 95 %": interval(*each["accuracy_ci"]),
            "Semillas": over_seeds(each),
            "AUC macro": "—" if macro is None else number(macro, 3),
            "IC 95 % del AUC": "—" if ends is None else interval(*ends),
            "ECE": number(each["ece"], 3),
            "Épocas": f"{each['best_epoch']} de {each['epochs_run']}",
            "Ajuste": duration(each["fit_seconds"]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def over_seeds(metrics: dict) -> str:
    """«0,869 ± 0,005 (3)»: mean and sample deviation of the accuracy, and of how many seeds."""
    runs = [run["accuracy"] for run in metrics.get("repeats", [])]
    if len(runs) < 2:
        return "—"
    mean, deviation = statistics.fmean(runs), statistics.stdev(runs)
    return f"{number(mean, 3)} ± {number(deviation, 3)} ({len(runs)})"


def beside_the_report(corrected: dict[str, Stored], repeated: dict[str, Stored]) -> pd.DataFrame:
    """The report's figures, those of its protocol repeated, and the corrected ones.

    Args:
        corrected, repeated: of :func:`stored`, by name.

    Returns:
        network and protocol in rows; accuracy, epochs and each class's AUC in Spanish columns.
    """
    rows = {}
    for name in MODELS:
        if name in published.REPORT:
            report = published.REPORT[name]
            rows[MODELS[name], "informe"] = {
                "Lado": "224",
                "Exactitud": number(report.kept, 3),
                "IC 95 %": "—",
                "Mejor época": number(report.best, 3),
                "Épocas": str(report.epochs),
                **dict(zip(SCENES.labels, (number(area, 2) for area in report.auc), strict=True)),
            }
        for heading, each in (("repetido", repeated), ("corregido", corrected)):
            if name not in each:
                continue
            metrics = each[name].metrics
            reached = [each for each in metrics["history"]["val_accuracy"] if each is not None]
            highest = number(max(reached), 3)
            rows[MODELS[name], heading] = {
                "Lado": str(metrics["config"]["image_size"]),
                "Exactitud": number(metrics["accuracy"], 3),
                "IC 95 %": interval(*metrics["accuracy_ci"]),
                # the corrected protocol's validation images are others
                "Mejor época": highest if heading == "repetido" else "—",
                "Épocas": str(metrics["epochs_run"]),
                **{
                    spanish: number(metrics["auc"][scene], 3)
                    for scene, spanish in zip(SCENES.names, SCENES.labels, strict=True)
                },
            }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=["Red", "Protocolo"])
    return table


def differences(repeated: dict[str, Stored]) -> list[str]:
    """What repeating the report's protocol gave against what it says, in Spanish sentences.

    Args:
        repeated: of :func:`stored`, by name.
    """
    sentences = []
    for name, each in repeated.items():
        report, metrics = published.REPORT[name], each.metrics
        low, high = metrics["accuracy_ci"]
        where = "dentro" if low <= report.kept <= high else "fuera"
        losses = [loss for loss in metrics["history"]["val_loss"] if loss is not None]
        highest = max(each for each in metrics["history"]["val_accuracy"] if each is not None)
        side = metrics["config"]["image_size"]
        smaller = "" if side == 224 else f", con imágenes de {side} × {side}"
        sentences.append(
            f"{MODELS[name]}{smaller}: {number(metrics['accuracy'], 3)} {interval(low, high)} en "
            f"la época de menor pérdida y {number(highest, 3)} en la mejor de "
            f"{metrics['epochs_run']}; el informe, {number(report.kept, 3)} ({where} del "
            f"intervalo) y {number(report.best, 3)} en {report.epochs}. "
            + CAUSES[name].format(
                first=number(losses[0], 1),
                last=number(losses[-1], 2),
                chance=number(np.log(len(SCENES)), 2),
                dropout=number(architectures.DROPOUT, 1),
                side="" if side == 224 else ", y el lado de sus imágenes es otro",
            )
        )
    return sentences


def provenance(found: dict[str, Stored]) -> str:
    """In Spanish: with which images the stored results were computed, and after how many looks."""
    parts = []
    for name, each in found.items():
        metrics = each.metrics
        parts.append(
            f"{MODELS[name]}: {number(metrics['n_train'], 0)} de entrenamiento y "
            f"{number(metrics['n_test'], 0)} de prueba ({KINDS[metrics['data_kind']]}), "
            f"semilla {metrics['seed']}"
        )
    counts = {MODELS[name]: stored.looks(each.metrics) for name, each in found.items()}
    known = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    ledger = ""
    if known:
        ledger = f" Entrenamientos de ese nombre medidos con las imágenes de prueba: {known}."
    return "; ".join(parts) + "." + ledger


def conclusions(
    metrics: dict[str, dict], answers: dict[str, np.ndarray], labels: np.ndarray
) -> list[str]:
    """What the figures say, in Spanish sentences.

    Args:
        metrics: of each network, from training.
        answers: its probabilities (n, classes), all for the same test images.
        labels: int (n,).
    """
    order = sorted(metrics, key=lambda name: -metrics[name]["accuracy"])
    best = metrics[order[0]]
    sentences = [
        f"Datos: {number(best['n'], 0)} imágenes de prueba, {KINDS[best['data_kind']]}; valen para "
        "estas imágenes y este presupuesto de épocas.",
        f"La mejor es {MODELS[order[0]]}: exactitud {number(best['accuracy'], 3)} "
        f"{interval(*best['accuracy_ci'])}.",
    ]
    if len(order) > 1:
        test = scores.mcnemar(answers[order[0]], answers[order[1]], labels)
        p = "p < 0,001" if test["p_value"] < 0.001 else f"p = {number(test['p_value'], 3)}"
        verdict = "la diferencia es significativa" if test["p_value"] < 0.05 else "no se distinguen"
        sentences.append(
            f"Frente a la segunda, {MODELS[order[1]]} "
            f"({number(metrics[order[1]]['accuracy'], 3)}), {verdict} (McNemar, {p})."
        )
        last = metrics[order[-1]]
        sentences.append(
            f"La última es {MODELS[order[-1]]}, con {number(last['accuracy'], 3)}; elegir al azar "
            f"acertaría {number(1 / len(best['confusion']), 3)}."
        )
    mixed = np.array(best["confusion"])
    np.fill_diagonal(mixed, 0)
    if mixed.any():
        pair = mixed + mixed.T
        labels_of = classes.of(best).labels
        a, b = np.unravel_index(np.triu(pair).argmax(), pair.shape)
        sentences.append(
            f"{MODELS[order[0]]} confunde sobre todo {labels_of[a]} con {labels_of[b]}: "
            f"{percent(pair[a, b] / mixed.sum(), 0)} de sus errores."
        )
    # a network without temperature is no match for one with it
    with_one = [name for name in metrics if "uncalibrated" in metrics[name]]
    if with_one:
        name = min(with_one, key=lambda name: metrics[name]["ece"])
        before = metrics[name]["uncalibrated"]["ece"]
        sentences.append(
            f"Con la temperatura que eligió la validación, la mejor calibrada es {MODELS[name]}: "
            f"ECE {number(metrics[name]['ece'], 4)}; sin ella, {number(before, 4)}."
        )
    return sentences
