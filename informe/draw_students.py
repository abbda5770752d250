"""Figures of Problem 1, from the JSON of its training and of its details."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from drawing import LINES, panels
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenes.formatting import number
from scenes.results import plots
from student_performance.schema import Schema

GREY = "#666666"
PALE = "#BBBBBB"


def make(metrics: dict, details: dict | None) -> dict[str, Figure]:
    """Figures by name; without details, those that need none."""
    schema = Schema.from_json(metrics["schema"])
    curve = details["learning_curve"] if details else metrics.get("learning_curve")
    figures = {"p1-curvas": training(metrics["history"], curve)}
    if details:
        figures["p1-datos"] = exploration(details["exploration"], schema)
        figures["p1-errores"] = errors(details["errors"])
    return figures


def exploration(found: dict, schema: Schema) -> Figure:
    """The target's histogram, and its quantiles in the parts of every feature."""
    figure, axes = panels(3.5, 2, 3)
    first, *others = axes.flat
    target = found["target"]
    first.stairs(target["counts"], target["edges"], fill=True, facecolor=PALE, edgecolor=GREY)
    first.set(xlabel="Índice de rendimiento (puntos)", ylabel="Filas")
    plots.commas(first, x=False)
    for axis, column in zip(others, schema.features, strict=False):
        own = found["features"][column.name]
        _boxes(axis, own["quantiles"], range(len(own["parts"])))
        axis.set_xticks(range(len(own["parts"])), own["parts"], rotation=25)
        text = column.axis.replace(" (", "\n(")
        if own["correlation"] is not None:
            text += f"; r = {number(own['correlation'], 2)}"
        axis.set(xlabel=text, ylim=(5, 105))
    for axis in (axes[1, 0], axes[0, 1]):
        axis.set_ylabel("Índice (puntos)")
    return figure


def _boxes(
    axis: Axes, quantiles: list[list[float]], places: Sequence[float], width: float = 0.55
) -> None:
    """From 5 to 95 % a line, from 25 to 75 % a bar, and the median."""
    for place, (low, quarter, middle, upper, high) in zip(places, quantiles, strict=False):
        axis.plot([place, place], [low, high], color=GREY, lw=0.8)
        axis.bar(place, upper - quarter, width, quarter, color=PALE, edgecolor=GREY, lw=0.6)
        axis.plot([place - width / 2, place + width / 2], [middle, middle], color="black", lw=1.4)


def errors(found: dict) -> Figure:
    """True against predicted values as shades, and the residuals along the predictions."""
    figure, axes = panels(2.7, 1, 2)
    left, right = axes.flat
    counts, edges = np.array(found["counts"]), np.array(found["edges"])
    shown = np.ma.masked_equal(counts, 0)
    # a picture: thousands of cells as shapes would make the page slow
    image = left.pcolormesh(edges, edges, shown, cmap="Greys", vmin=-3, rasterized=True)
    left.plot(edges[[0, -1]], edges[[0, -1]], color=plots.COLOURS[1], lw=0.8, ls="--")
    left.set(xlabel="Predicho (puntos)", ylabel="Verdadero (puntos)", aspect="equal")
    figure.colorbar(image, ax=left, label="Filas de prueba", shrink=0.8).mappable.set_clim(0)
    residuals = found["residuals"]
    width = 0.6 * float(np.min(np.diff(residuals["middles"])))
    _boxes(right, residuals["quantiles"], residuals["middles"], width)
    right.axhline(0, color=plots.COLOURS[1], lw=0.8, ls="--")
    right.set(xlabel="Predicho (puntos)", ylabel="Verdadero − predicho (puntos)")
    plots.commas(right)
    return figure


def training(history: dict, curve: list[dict] | None) -> Figure:
    """Error by epoch, and by number of rows: means, and a deviation to both sides."""
    figure, axes = panels(2.4, 1, 2 if curve else 1)
    axis = axes.flat[0]
    for (colour, dash), key, label in zip(
        LINES, ("rmse", "val_rmse"), ("entrenamiento", "validación"), strict=False
    ):
        mean, deviation = np.array(history[key]), np.array(history[f"{key}_sd"])
        epochs = np.arange(1, len(mean) + 1)
        axis.plot(epochs, mean, ls=dash, color=colour, label=label)
        axis.fill_between(
            epochs, mean - deviation, mean + deviation, color=colour, alpha=0.15, lw=0
        )
    axis.set(xlabel="Época", ylabel="RMSE (puntos)")
    plots.commas(axis, x=False)
    axis.legend(frameon=False)
    if curve:
        _learning_curve(axes.flat[1], curve)
    return figure


def _learning_curve(axis: Axes, points: list[dict]) -> None:
    """Error on held-out rows against the number of training rows, network and least squares."""
    sizes = np.array([point["n"] for point in points], float)
    for (colour, dash), key, label, aside in zip(
        LINES, ("rmse", "ols_rmse"), ("red", "mínimos cuadrados"), (0.97, 1.03), strict=False
    ):
        axis.errorbar(
            sizes * aside,  # side by side where the two coincide
            [point[key] for point in points],
            [point.get(f"{key}_sd", 0) for point in points],
            ls=dash,
            color=colour,
            marker="os"[key == "ols_rmse"],
            ms=3.5,
            capsize=2,
            label=label,
        )
    axis.set(xscale="log", xlabel="Filas de entrenamiento", ylabel="RMSE (puntos)")
    axis.set_xticks(sizes, [number(size, 0) for size in sizes])
    axis.minorticks_off()
    plots.commas(axis, x=False)
    axis.legend(frameon=False)
