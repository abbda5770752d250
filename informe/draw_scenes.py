"""Figures of Problem 3, from what its trainings stored and from generated scenes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from draw_hands import counted
from drawing import LINES, SMALL, framed, panels
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from scenes.classes import SCENES
from scenes.formatting import number, percent
from scenes.generator import simulate
from scenes.lesson import charts
from scenes.networks import exported
from scenes.results import plots, scores
from scenes.results.repetition import TITLES as MODELS

if TYPE_CHECKING:
    from scenes.results.stored import Stored

NEAR = 0.25  # of both axes of a ROC curve: where good networks differ
PAINTED = 1  # seed of the scenes that are shown
ASKED = "residual"  # the network that says what they are; its export needs no Keras


def make(networks: dict[str, Stored], ablation: dict | None, models: Path) -> dict[str, Figure]:
    """Figures by name.

    Args:
        networks: the corrected ones, in the report's order.
        ablation: what ``ablation.py`` wrote, if it did.
        models: folder of the network that is asked about generated scenes.
    """
    figures = {
        "p3-entrenamiento": training(networks),
        "p3-roc": roc(networks),
        "p3-confusion": confusions(networks),
    }
    calibrated = {name: each for name, each in networks.items() if "temperature" in each.metrics}
    if calibrated:
        figures["p3-calibracion"] = calibration(calibrated)
    if ablation:
        rows = [row for row in ablation["rows"] if row["network"] == "cnn"]
        figures["p3-ablacion"] = framed(charts.ablation(rows).axes[0], 0.7 + 0.24 * len(rows))
    asked = models / f"scenes_{ASKED}.keras"
    network = exported.beside(asked) if asked.is_file() else None
    if network:
        figures["p3-muestra"] = samples(network)
    return figures


def samples(network: exported.Exported) -> Figure:
    """A generated scene of each class, and what a network trained on photographs says of it."""
    figure, axes = panels(1.6, 1, len(SCENES))
    pictures = np.stack([simulate.paint(scene, PAINTED, 150) for scene in SCENES.names])
    answers = network(pictures.astype("float32"))
    for axis, picture, answer, label in zip(
        axes.flat, pictures, answers, SCENES.labels, strict=True
    ):
        guess = int(answer.argmax())
        axis.imshow(picture)
        mark = "✓" if SCENES.labels[guess] == label else "✗"
        axis.set_title(
            f"{label}\n{mark} {SCENES.labels[guess]}\n{percent(answer[guess], 0)}", fontsize=SMALL
        )
        axis.set_axis_off()
    return figure


def training(networks: dict[str, Stored]) -> Figure:
    """Loss and accuracy by epoch, on the images that each network learns from and on the others."""
    figure, axes = panels(3.1, 2, len(networks), sharey="row")
    for column, (name, each) in enumerate(networks.items()):
        history, best = each.metrics["history"], each.metrics["best_epoch"]
        for row, key in enumerate(("loss", "accuracy")):
            axis = axes[row, column]
            for (colour, dash), which, label in zip(
                LINES, (key, f"val_{key}"), ("entrenamiento", "validación"), strict=False
            ):
                values = np.array([np.nan if v is None else v for v in history[which]], float)
                axis.plot(np.arange(1, len(values) + 1), values, ls=dash, color=colour, label=label)
            axis.axvline(best, color="#555555", lw=0.8, ls=":", label="época elegida")
            axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            plots.commas(axis, x=False)
        axes[0, column].set_title(_two_lines(name))
        axes[1, column].set_xlabel("Época")
    axes[0, 0].set(ylabel="Pérdida", ylim=(0, 2))
    axes[1, 0].set(ylabel="Exactitud", ylim=(0.2, 1))
    lines, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def roc(networks: dict[str, Stored]) -> Figure:
    """The corner of every network's ROC curves where they differ, and their macro averages."""
    figure, axes = panels(4.6, 2, 3)
    *corners, last = axes.flat
    curves = {
        name: scores.roc_curves(each.probabilities, each.labels, SCENES)
        for name, each in networks.items()
    }
    for axis, (name, own) in zip(corners, curves.items(), strict=False):
        for (colour, dash), scene, label in zip(LINES, SCENES.names, SCENES.labels, strict=True):
            fpr, tpr, _ = own[scene]
            axis.plot(fpr, tpr, ls=dash, color=colour, label=label)
        axis.set(xlim=(0, NEAR), ylim=(1 - NEAR, 1.003), title=MODELS[name])
    last.plot([0, 1], [0, 1], color="#888888", lw=0.8)
    for (colour, dash), (name, own) in zip(LINES, curves.items(), strict=False):
        fpr, tpr, area = own["macro"]
        last.plot(fpr, tpr, ls=dash, color=colour, label=f"{_two_lines(name)} ({number(area, 3)})")
    last.set(title="Media macro, entera")
    last.legend(
        frameon=False,
        loc="lower right",
        title="Red (AUC)",
        title_fontsize=SMALL,
        handlelength=1.6,
    )
    for axis in axes.flat:
        plots.commas(axis)
    figure.supxlabel("Proporción de falsos positivos", fontsize=8)
    figure.supylabel("Proporción de verdaderos positivos", fontsize=8)
    lines, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=6, frameon=False)
    return figure


def _two_lines(name: str) -> str:
    """A network's name, what stands in brackets on a line of its own."""
    return MODELS[name].replace(" (", "\n(")


def confusions(networks: dict[str, Stored]) -> Figure:
    """A confusion matrix a network: counts, shaded by the share of the true class."""
    rows = -(-len(networks) // 3)
    figure, axes = panels(2.35 * rows, rows, 3)
    for axis, (name, each) in zip(axes.flat, networks.items(), strict=False):
        counted(axis, each.metrics["confusion"], SCENES.labels)
        axis.set(title=MODELS[name], xlabel="", ylabel="")
    for axis in axes.flat[len(networks) :]:
        axis.set_axis_off()
    figure.supxlabel("Clase predicha", fontsize=8)
    figure.supylabel("Clase real", fontsize=8)
    return figure


def calibration(networks: dict[str, Stored]) -> Figure:
    """Success against confidence of each network, and how many images each point stands for."""
    labels = next(iter(networks.values())).labels
    answers = {name: each.probabilities for name, each in networks.items()}
    drawn = plots.calibration(answers, labels)
    return framed(drawn.axes[0], 3.3)
