"""How networks of the lesson compare with one another, in Spanish, written from the numbers.

Every function could say the opposite: none holds a result.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scenes.formatting import duration, number, percent
from scenes.lesson.comparison import Comparison, Entry, chance, neighbours
from scenes.results import scores

LEVEL = 0.01  # p below which two networks are told apart in the lesson


def beside(name: str, one: Entry, other_name: str, other: Entry, labels: np.ndarray) -> str:
    """Whether a network differs from another on the same pictures (McNemar)."""
    test = scores.mcnemar(one.test, other.test, labels)
    told = (
        f"«{name}» acierta el {percent(one.metrics['accuracy'])} y «{other_name}», el "
        f"{percent(other.metrics['accuracy'])}, en las mismas {number(test['n'], 0)} imágenes. "
        f"Solo la primera acierta en {test['only_a']}, solo la segunda en {test['only_b']} "
        f"(McNemar, {chance(test['p_value'])})"
    )
    if test["p_value"] >= LEVEL:
        return f"{told}: con estas imágenes no se distinguen."
    better = name if test["difference"] > 0 else other_name
    return f"{told}: «{better}» es mejor."


def order(answers: Mapping[str, np.ndarray], labels: np.ndarray) -> str:
    """From the worst network to the best, and which neighbours are told apart."""
    steps = neighbours(answers, labels)
    if not steps:
        return "Hay una sola red: no hay con qué compararla."
    names = [steps[0][0], *(better for _, better, _ in steps)]
    right = {name: (answers[name].argmax(axis=1) == labels).mean() for name in names}
    parts = [f"«{name}» ({percent(right[name])})" for name in names]
    told = "De menor a mayor exactitud: " + " < ".join(parts) + "."
    alike = [(a, b, t) for a, b, t in steps if t["p_value"] >= LEVEL]
    if not alike:
        return (
            f"{told} Cada una se distingue de la anterior en las mismas {number(len(labels), 0)} "
            f"imágenes (McNemar, p < {number(LEVEL)} en cada par de vecinas)."
        )
    pairs = "; ".join(f"«{a}» y «{b}» ({chance(t['p_value'])})" for a, b, t in alike)
    return (
        f"{told} Con {number(len(labels), 0)} imágenes no se distinguen (McNemar, p de "
        f"{number(LEVEL)} o más): {pairs}; su orden puede cambiar con otros datos."
    )


def cost(comparison: Comparison) -> str:
    """Which network has most parameters, which trains fewest, which took longest."""
    entries = comparison.entries
    most = max(entries, key=lambda name: entries[name].metrics["parameters"])
    fewest = min(entries, key=lambda name: entries[name].metrics["trainable"])
    best = max(entries, key=lambda name: entries[name].metrics["accuracy"])
    told = (
        f"La de más parámetros es «{most}» ({number(entries[most].metrics['parameters'], 0)}) y la "
        f"que menos entrena, «{fewest}» ({number(entries[fewest].metrics['trainable'], 0)})"
    )
    told += (
        f". La más exacta es «{best}»: "
        + ("también la de más parámetros" if best == most else "no la de más parámetros")
        + "."
    )
    timed = {name: each.seconds for name, each in entries.items() if each.seconds is not None}
    if timed:
        slowest = max(timed, key=timed.__getitem__)
        told += (
            f" La que más tardó en entrenarse aquí es «{slowest}» ({duration(timed[slowest])}, "
            "con las características donde las hay)."
        )
    return told


def conclusions(comparison: Comparison, labels: np.ndarray, by_colour: float) -> list[str]:
    """What the lesson shows, ending on how to choose an architecture."""
    entries = comparison.entries
    accuracy = {name: each.metrics["accuracy"] for name, each in entries.items()}
    worst, best = min(accuracy, key=accuracy.__getitem__), max(accuracy, key=accuracy.__getitem__)
    told = [order(comparison.answers, labels), cost(comparison)]
    gain = accuracy[worst] - by_colour
    told.append(
        f"Hasta la peor, «{worst}», está {number(100 * gain, 1)} puntos por encima de la "
        "referencia del color medio."
        if gain > 0
        else f"La peor, «{worst}», no supera la referencia del color medio "
        f"({percent(by_colour)}): antes de cambiar de red hay que preguntarse qué falla."
    )
    told.append(_choice(comparison, labels, best))
    return told


def _choice(comparison: Comparison, labels: np.ndarray, best: str) -> str:
    """The network that trains fewest parameters among those not told apart from the best."""
    entries = comparison.entries
    level = [
        name
        for name, each in entries.items()
        if scores.mcnemar(each.test, entries[best].test, labels)["p_value"] >= LEVEL
    ]
    lightest = min(level, key=lambda name: entries[name].metrics["trainable"])
    told = (
        "Para elegir: mida primero una referencia; use la red más barata que no se distinga de la "
        f"mejor. Aquí, entre las que no se distinguen de «{best}» ("
        + ", ".join(f"«{name}»" for name in level)
        + f"), la que menos parámetros entrena es «{lightest}»"
    )
    pretrained = entries[lightest].metrics["trainable"] < entries[lightest].metrics["parameters"]
    if (
        pretrained
        and entries[lightest].metrics["trainable"] < 0.1 * (entries[lightest].metrics["parameters"])
    ):
        return (
            f"{told}, que se apoya en una red preentrenada: con pocas imágenes propias, conviene "
            "empezar por ahí."
        )
    return f"{told}."
