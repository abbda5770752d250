"""Figures of Problem 2, from the JSON of its training and from simulated hands."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from drawing import LINES, panels
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gestures import classifier, portraits
from gestures.dataset import GESTURES
from gestures.features import LANDMARKS
from gestures.lesson import hands
from scenes.formatting import number
from scenes.results import plots


def make(metrics: dict) -> dict[str, Figure]:
    """Figures by name."""
    return {
        "p2-curvas": training(metrics),
        "p2-normalizacion": normalisation(),
    }


def training(metrics: dict) -> Figure:
    """Loss and accuracy by epoch, and how drawn hands are confused."""
    figure, axes = panels(2.3, 1, 3)
    history = metrics["history"]
    for axis, key, title in zip(
        axes.flat, ("loss", "accuracy"), ("Pérdida", "Exactitud"), strict=False
    ):
        for (colour, dash), name, label in zip(
            LINES, (key, f"val_{key}"), ("entrenamiento", "validación"), strict=False
        ):
            values = history[name]
            axis.plot(range(1, len(values) + 1), values, ls=dash, color=colour, label=label)
        axis.axvline(metrics["best_epoch"], color="#555555", lw=0.8, ls=":", label="la elegida")
        axis.set(xlabel="Época", ylabel=title)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        plots.commas(axis, x=False)
    axes.flat[0].legend(frameon=False)
    counted(axes.flat[2], metrics["test"]["filmed"]["confusion"], GESTURES)
    return figure


def counted(axis: Axes, matrix, names) -> None:
    """A confusion matrix: counts, shaded by the share of each true class."""
    matrix = np.asarray(matrix)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    for row, column in np.ndindex(matrix.shape):
        axis.text(
            *(column, row),
            number(int(matrix[row, column]), 0),
            ha="center",
            va="center",
            fontsize=7,
            color="white" if shares[row, column] > 0.5 else "black",
        )
    places = range(len(names))
    axis.set_xticks(places, names, rotation=35, ha="right", rotation_mode="anchor")
    axis.set_yticks(places, names)
    axis.set(xlabel="Clase predicha", ylabel="Clase real")
    axis.spines[:].set_visible(True)


def normalisation() -> Figure:
    """A simulated hand as it may be shown again, before and after the model's first step."""
    before = hands.copies(portraits.joints_of("tijeras")[:, :2] * (1, -1))
    given = np.stack([each.ravel() for each in before.values()]).astype("float32")
    after = np.asarray(classifier.normalise(given)).reshape(len(before), 2, LANDMARKS, 2)
    figure, axes = panels(2.5, 1, 2)
    widths = np.linspace(4, 0.8, len(before))  # hands that coincide are all seen
    pair: tuple[Iterable[np.ndarray], ...] = (before.values(), after)
    for axis, drawn in zip(axes.flat, pair, strict=True):
        for colour, width, name, points in zip(hands.COLOURS, widths, before, drawn, strict=False):
            for at, one in enumerate(np.reshape(points, (-1, LANDMARKS, 2))):
                hands.draw_hand(axis, one, colour, "" if at else name, width)
        axis.set(aspect="equal", xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    axes.flat[0].invert_yaxis()  # of a picture, y grows downwards; of the normalised hand, upwards
    axes.flat[0].set_title("Los puntos en la imagen")
    axes.flat[1].set_title("Lo que lee la primera capa")
    axes.flat[1].legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
