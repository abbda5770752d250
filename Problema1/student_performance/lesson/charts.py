"""Figures of the lesson."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito, for all eyes
COMMA = FuncFormatter(lambda value, _: f"{value:g}".replace(".", ",").replace("-", "−"))
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.0f} %")


def scatters(columns: Mapping[str, np.ndarray], target: np.ndarray) -> Figure:
    """The target (n,) against each column (n,)."""
    figure = Figure(figsize=(2.6 * len(columns), 3), layout="constrained")
    for axes, (name, values) in zip(
        figure.subplots(1, len(columns), sharey=True), columns.items(), strict=True
    ):
        shift = np.random.default_rng(0).uniform(-0.2, 0.2, len(values))
        axes.plot(values + shift, target, ".", color=COLOURS[0], alpha=0.2, markersize=3)
        axes.set_xlabel(name)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    figure.axes[0].set_ylabel("índice de rendimiento")
    return figure


def curves(histories: Mapping[str, Mapping[str, list[float]]]) -> Figure:
    """Training and validation loss by epoch, one panel a network; the scale is logarithmic."""
    figure = Figure(figsize=(4.2 * len(histories), 3.2), layout="constrained")
    panels = figure.subplots(1, len(histories), squeeze=False, sharey=True)[0]
    for axes, (name, history) in zip(panels, histories.items(), strict=True):
        epochs = np.arange(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], color=COLOURS[0], label="entrenamiento")
        axes.plot(epochs, history["val_loss"], color=COLOURS[1], label="validación")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(COMMA)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_title(name)
        axes.set_xlabel("época")
    panels[0].set_ylabel("error cuadrático medio")
    panels[0].legend()
    return figure


def bars(values: Mapping[str, float], label: str) -> Figure:
    """A bar a name."""
    figure = Figure(figsize=(8, 1 + 0.4 * len(values)), layout="constrained")
    axes = figure.subplots()
    drawn = axes.barh(list(values), list(values.values()), color=COLOURS[0])
    axes.bar_label(drawn, fmt=lambda value: f"{value:.2f}".replace(".", ","), padding=3)
    axes.margins(x=0.1)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(COMMA)
    axes.set_xlabel(label)
    return figure


def shares(levels: Mapping[str, np.ndarray], promised: float) -> Figure:
    """Coverage (g,) by fifth of x for each way of making intervals, and what is promised."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    for colour, (name, values) in zip(COLOURS, levels.items(), strict=False):
        axes.plot(range(1, len(values) + 1), values, "o-", color=colour, label=name)
    axes.axhline(promised, color="0.4", linestyle="--", label="lo prometido")
    axes.set_xticks(range(1, len(next(iter(levels.values()))) + 1))
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_xlabel("quinto de las filas, de menor a mayor x")
    axes.set_ylabel("cobertura")
    axes.legend()
    return figure


def fits(x: np.ndarray, y: np.ndarray, lines: Mapping[str, np.ndarray]) -> Figure:
    """A cloud (n,) and what several models predict for it."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes: Axes = figure.subplots()
    axes.plot(x, y, ".", color="0.7", markersize=4)
    order = np.argsort(x)
    for colour, (name, values) in zip(COLOURS, lines.items(), strict=False):
        axes.plot(x[order], values[order], color=colour, linewidth=2, label=name)
    axes.xaxis.set_major_formatter(COMMA)
    axes.yaxis.set_major_formatter(COMMA)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.legend()
    return figure
