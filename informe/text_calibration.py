"""The report's table and sentences about calibration, in Problem 3."""

from __future__ import annotations

import numpy as np

from scenes.formatting import number
from scenes.results import scores
from scenes.results.repetition import TITLES as MODELS

RESAMPLES = 1000


def told(networks: dict) -> str:
    """Which network is calibrated best, and which are not as well as chance explains."""
    metrics = {name: each.metrics for name, each in networks.items()}
    return f"{calibrated(metrics)} {beyond_chance(networks)}"


def table(networks: dict) -> dict:
    """Calibration error with and without the temperature, and what chance alone would give."""
    rows = []
    for name, each in networks.items():
        own = each.metrics
        before = own.get("uncalibrated", {}).get("ece")
        value = own["ece"]
        chance = ece_by_chance(each.probabilities)
        rows.append(
            [
                MODELS[name],
                number(own["config"]["label_smoothing"] * 100, 0) + " %",
                number(own["temperature"], 2) if "temperature" in own else "—",
                number(value if before is None else before, 4),
                "—" if before is None else number(value, 4),
                number(chance, 4),
            ]
        )
    headings = [
        "Red",
        "Suavizado",
        "Temperatura",
        "ECE sin ella",
        "ECE con ella",
        "Por azar, hasta",
    ]
    return {"cabecera": headings, "filas": rows}


def ece_by_chance(probabilities: np.ndarray) -> float:
    """The calibration error that a network of these confidences stays below in 95 % of test sets of
    this size if each confidence is exactly the share that is right; simulated."""
    confidence = probabilities.max(axis=1)
    bins = np.minimum((confidence * scores.BINS).astype(int), scores.BINS - 1)
    rng = np.random.default_rng(0)
    right = rng.random((RESAMPLES, len(confidence))) < confidence
    gaps = right - confidence
    by_bin = np.stack([gaps[:, bins == at].sum(axis=1) for at in range(scores.BINS)])
    return float(np.quantile(np.abs(by_bin).sum(axis=0) / len(confidence), 0.95))


def calibrated(metrics: dict[str, dict]) -> str:
    """Which network is calibrated best with its temperature, and whether one got worse by it."""
    known = {name: own for name, own in metrics.items() if "temperature" in own}
    if not known:
        return ""
    best = min(known, key=lambda name: known[name]["ece"])
    worse = [MODELS[n] for n, own in known.items() if own["ece"] >= own["uncalibrated"]["ece"]]
    lowest = number(known[best]["ece"], 4)
    text = f"Con su temperatura, la de menor ECE es {MODELS[best]}, con {lowest}. "
    if worse:
        return text + f"La temperatura no mejora {', '.join(worse)}."
    return text + "La temperatura baja el de todas las que la tienen."


def changed_classes(metrics: dict[str, dict]) -> str:
    """Of which networks the temperature changes the accuracy: those that average two views."""
    changed = [
        f"{MODELS[name]} ({number(own['uncalibrated']['accuracy'], 4)} sin ella, "
        f"{number(own['accuracy'], 4)} con ella)"
        for name, own in metrics.items()
        if "temperature" in own and own["uncalibrated"]["accuracy"] != own["accuracy"]
    ]
    if not changed:
        return "no cambia qué clase es la más probable"
    return (
        "no cambia qué clase es la más probable, salvo donde se promedian dos vistas: "
        + ", ".join(changed)
    )


def beyond_chance(networks: dict) -> str:
    """Which networks with a temperature err in their confidence by more than chance explains."""
    known = {name: each for name, each in networks.items() if "temperature" in each.metrics}
    above = [
        MODELS[name]
        for name, each in known.items()
        if each.metrics["ece"] > ece_by_chance(each.probabilities)
    ]
    if not above:
        return "Ninguna pasa de lo que da el azar."
    return f"Pasan de lo que da el azar: {', '.join(above)}."
