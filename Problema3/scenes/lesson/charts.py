"""Figures of the lesson alone: what a network's maps show, the stored ablation, doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from scenes.formatting import ABLATION, number, percent
from scenes.results.plots import COLOURS, DASHES, GREY, commas

SHARE = FuncFormatter(lambda share, _: percent(share, 0))


def maps(image: np.ndarray, channels: np.ndarray) -> Figure:
    """A picture (height, width, 3) beside the maps (rows, columns, k) that a layer makes of it."""
    count = channels.shape[-1]
    columns = -(-count // 2)
    figure = Figure(figsize=(1.7 * (columns + 2), 3.6), layout="constrained")
    grid = figure.add_gridspec(2, columns + 2)
    whole = figure.add_subplot(grid[:, :2])
    whole.imshow(image)
    whole.set_title(f"imagen, {image.shape[0]} × {image.shape[1]} × 3", fontsize=9)
    whole.set_axis_off()
    for at in range(count):
        axes = figure.add_subplot(grid[at // columns, 2 + at % columns])
        axes.imshow(channels[..., at], cmap="gray")
        axes.set_title(f"filtro {at + 1}", fontsize=8)
        axes.set_axis_off()
    return figure


def ablation(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Accuracy of every change to the published protocol: a dot a run, a line at their mean.

    Args:
        rows: of ``models/scenes_ablation.json``, one network's.
    """
    figure = Figure(figsize=(8.6, 1.2 + 0.45 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        values = [run["accuracy"] for run in row["runs"]]
        axes.plot(values, [place] * len(values), "o", color=COLOURS[0], ms=6, alpha=0.7)
        mean = row["accuracy_mean"]
        axes.plot([mean, mean], [place - 0.3, place + 0.3], color=COLOURS[1], lw=3)
    first = rows[0]["accuracy_mean"]
    axes.axvline(first, color=GREY, ls=":", lw=1)
    axes.set_yticks(range(len(rows)), [ABLATION[row["name"]] for row in rows])
    axes.invert_yaxis()
    axes.set(xlabel="Exactitud en las imágenes de prueba: corridas (puntos) y media (raya)")
    commas(axes, y=False)
    axes.grid(axis="x", alpha=0.3)
    return figure


def shared_out(groups: Mapping[str, np.ndarray], threshold: float, label: str) -> Figure:
    """How a number (n,) is distributed in several groups of pictures, with a threshold."""
    figure = Figure(figsize=(8.6, 3.4), layout="constrained")
    axes = figure.subplots()
    every = np.concatenate(list(groups.values()))
    bins = np.linspace(every.min(), every.max(), 41).tolist()
    for at, (name, values) in enumerate(groups.items()):
        weights = np.full(len(values), 1 / len(values))
        style: dict[str, Any] = {"color": COLOURS[at], "ls": DASHES[at]}
        axes.hist(values, bins, weights=weights, histtype="step", lw=2, label=name, **style)
    axes.axvline(threshold, color="black", lw=1.2, label=f"umbral ({number(threshold, 3)})")
    axes.set(xlabel=label, ylabel="Proporción de las imágenes")
    axes.yaxis.set_major_formatter(SHARE)
    commas(axes, y=False)
    axes.legend(frameon=False)
    return figure
