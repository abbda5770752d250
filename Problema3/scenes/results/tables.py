"""Trained networks' results as tables, and put into Spanish sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scenes import classes
from scenes.formatting import KINDS, MODELS, duration, interval, number, percent
from scenes.results import scores, stored
from scenes.results.stored import Stored


def table(metrics: dict[str, dict]) -> pd.DataFrame:
    """Networks (or variants of one) in rows, with Spanish headings and numbers."""
    rows = {}
    for name, each in metrics.items():
        macro, ends = each["macro_auc"], each["macro_auc_ci"]
        rows[MODELS.get(name, name)] = {
            "Parámetros": number(each["parameters"], 0),
            "Exactitud": number(each["accuracy"], 3),
            "IC 95 %": interval(*each["accuracy_ci"]),
            "Semillas": stored.over_seeds(stored.accuracies(each)),
            "AUC macro": "—" if macro is None else number(macro, 3),
            "IC 95 % del AUC": "—" if ends is None else interval(*ends),
            "ECE": number(each["ece"], 3),
            "Épocas": f"{each['best_epoch']} de {each['epochs_run']}",
            "Ajuste": duration(seconds(each))
            + (", sin las características" if lacks_features(each) else ""),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def seconds(metrics: dict) -> float | None:
    """How long a training took, with ResNet50's features where that is known."""
    fit = metrics["fit_seconds"]
    return None if fit is None else fit + (metrics.get("features_seconds") or 0)


def lacks_features(metrics: dict) -> bool:
    """Whether a training used features of ResNet50 whose time is not known."""
    return "features_cached" in metrics and not metrics.get("features_seconds")


def times(metrics: dict[str, dict]) -> str:
    """What the fitting times hold, in which precision and on which machine, in Spanish."""
    with_features = [name for name, each in metrics.items() if each.get("features_seconds")]
    without = [name for name, each in metrics.items() if lacks_features(each)]
    machines: dict[str, list[str]] = {}
    for name, each in metrics.items():
        machine = f"{each['dtype_policy']} en {each['hardware']}"
        machines.setdefault(machine, []).append(MODELS.get(name, name))
    parts = [
        "Ajuste: "
        + "; ".join(f"{machine} ({', '.join(names)})" for machine, names in machines.items())
    ]
    if with_features:
        parts.append(f"con las características de ResNet50: {_names(with_features)}")
    if without:
        parts.append(f"sin las características, ya calculadas: {_names(without)}")
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _names(names: list[str]) -> str:
    return ", ".join(MODELS.get(name, name) for name in names)


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
