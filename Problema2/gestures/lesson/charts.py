"""Charts of figures for the notebooks: people, neighbouring frames, thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gestures.lesson.hands import COLOURS
from gestures.lesson.scoring import Result
from gestures.plots import comma

PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.0f} %")


def by_person(results: Mapping[str, Result], title: str) -> Figure:
    """A row a network: a dot a person, a line at their mean."""
    height = 1.2 + 0.5 * len(results)
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots()
    shift = np.random.default_rng(0)  # dots of the same height would hide one another
    for row, result in enumerate(results.values()):
        people = result.by_person
        rows = row + shift.uniform(-0.15, 0.15, len(people))
        axes.plot(people, rows, "o", color=COLOURS[0], alpha=0.5, markersize=5)
        axes.plot([result.accuracy] * 2, [row - 0.35, row + 0.35], color=COLOURS[1], linewidth=3)
    axes.set_yticks(range(len(results)), list(results))
    axes.invert_yaxis()
    axes.set(xlabel="Exactitud de cada persona (punto) y media (raya)", title=title)
    axes.xaxis.set_major_formatter(PERCENT)
    axes.grid(axis="x", alpha=0.3)
    return figure


def over_time(values: np.ndarray, other: np.ndarray, lags: int = 60) -> Figure:
    """A coordinate of neighbouring frames (n,), and how it resembles itself some frames later.

    ``other`` (n,) holds the same coordinate of independent hands.
    """
    figure = Figure(figsize=(9.5, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for series, name, colour in (
        (other, "manos independientes", "#BBBBBB"),
        (values, "cuadros vecinos", COLOURS[0]),
    ):
        left.plot(series, color=colour, label=name)
        right.plot(autocorrelation(series, lags), color=colour, label=name)
    left.set(xlabel="Cuadro", ylabel="Posición x de la muñeca")
    left.yaxis.set_major_formatter(comma())
    right.set(xlabel="Cuadros de distancia", ylabel="Autocorrelación")
    right.yaxis.set_major_formatter(comma())
    right.axhline(0, color="black", linewidth=0.6)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def autocorrelation(values: np.ndarray, lags: int) -> np.ndarray:
    """Correlation (lags + 1,) of a series (n,) with itself 0, 1, ... ``lags`` steps later."""
    centred = values - values.mean()
    n = len(values)
    product = [centred[: n - lag] @ centred[lag:] for lag in range(lags + 1)]
    return np.array(product) / (centred @ centred)


def confidences(groups: Mapping[str, np.ndarray], threshold: float) -> Figure:
    """How sure a network is of its likeliest gesture, (n,) a group, with the threshold."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.subplots()
    bins = np.linspace(0, 1, 26).tolist()
    for colour, (name, values) in zip(COLOURS, groups.items(), strict=False):
        weights = np.full(len(values), 1 / len(values))
        axes.hist(values, bins, weights=weights, color=colour, alpha=0.55, label=name)
    axes.axvline(threshold, color="black", linestyle="--", label="umbral")
    axes.set(xlabel="Probabilidad del gesto más probable", ylabel="Proporción de las manos")
    axes.xaxis.set_major_formatter(comma())
    axes.yaxis.set_major_formatter(PERCENT)
    axes.legend()
    return figure


def thresholds(
    values: np.ndarray, shown: np.ndarray, wrong: np.ndarray, others: np.ndarray, used: float
) -> Figure:
    """For each threshold (k,): gestures shown, wrong ones among those, other hands shown."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(values, shown, color=COLOURS[0], label="gestos que se muestran")
    right.plot(values, wrong, color=COLOURS[1], label="mal leídos entre los mostrados")
    right.plot(values, others, color=COLOURS[3], label="otras manos mostradas como gesto")
    for axes in (left, right):
        axes.axvline(used, color="black", linestyle="--", label="umbral del juego")
        axes.set(xlabel="Umbral")
        axes.xaxis.set_major_formatter(comma())
        axes.yaxis.set_major_formatter(PERCENT)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    return figure
