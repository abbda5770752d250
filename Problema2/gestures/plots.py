"""Figures of a training, drawn without a display."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from gestures.dataset import GESTURES
from gestures.formatting import number, percent


def save_confusion(confusion: ArrayLike, path: Path, title: str) -> None:
    """:func:`confusion_matrix` as a PNG."""
    confusion_matrix(confusion, title).savefig(path, dpi=120)


def save_curves(history: dict, path: Path, title: str) -> None:
    """:func:`curves` as a PNG."""
    curves(history, title).savefig(path, dpi=120)


def confusion_matrix(confusion: ArrayLike, title: str) -> Figure:
    """Confusion matrix (3, 3): counts, shaded by the share of the row (recall)."""
    counts = np.asarray(confusion)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure = Figure(figsize=(5, 4.4), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(GESTURES)):
        for column in range(len(GESTURES)):
            axes.text(
                column,
                row,
                f"{number(counts[row, column], 0)}\n{percent(share[row, column])}",
                ha="center",
                va="center",
                color="white" if share[row, column] > 0.5 else "black",
            )
    axes.set_xticks(range(len(GESTURES)), GESTURES)
    axes.set_yticks(range(len(GESTURES)), GESTURES)
    axes.set(xlabel="Gesto reconocido", ylabel="Gesto mostrado", title=title)
    figure.colorbar(image, label="Proporción de la fila", format=comma())
    return figure


def curves(history: dict, title: str) -> Figure:
    """Loss and accuracy by epoch, from Keras's ``History.history``."""
    figure = Figure(figsize=(9, 4.1), layout="constrained")
    figure.suptitle(title)
    for axes, key, name in zip(
        figure.subplots(1, 2), ("loss", "accuracy"), ("Pérdida", "Exactitud"), strict=True
    ):
        epochs = np.arange(1, len(history[key]) + 1)
        axes.plot(epochs, history[key], label="entrenamiento")
        axes.plot(epochs, history[f"val_{key}"], label="validación")
        axes.set(xlabel="Época", ylabel=name)
        axes.yaxis.set_major_formatter(comma())
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def comma() -> FuncFormatter:
    """Numbers beside an axis with a decimal comma."""
    return FuncFormatter(lambda value, _: f"{value:g}".replace(".", ","))
