"""Figures of Problem 3, drawn from arrays; Spanish labels, readable without colours.

Every function returns a figure that is not registered with pyplot, so that nothing piles up. Lines
differ in their dashes as well as in their colour, and shades come with their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenes.classes import SCENES, Classes
from scenes.formatting import MODELS, number, percent
from scenes.results import scores

# Okabe and Ito's colours, which the colour-blind tell apart; without yellow, too pale for a line
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
GREY = "#555555"
TOLD_APART = 12  # lines that a legend can tell apart; of more classes, the curves are all grey
DPI = 110


def curves(history: dict[str, Sequence[float | None]], best_epoch: int | None = None) -> Figure:
    """Loss and accuracy over the epochs.

    Args:
        history: ``loss``, ``val_loss``, ``accuracy``, ``val_accuracy``; ``None`` leaves a gap.
        best_epoch: the epoch kept, counted from 1; marked with a line.
    """
    figure, axes = _figure(9, 3.4, 1, 2)
    for axis, key, title in zip(
        axes.flat, ("loss", "accuracy"), ("Pérdida", "Exactitud"), strict=True
    ):
        for at, (name, label) in enumerate(((key, "entrenamiento"), (f"val_{key}", "validación"))):
            values = np.array([np.nan if v is None else v for v in history[name]], float)
            epochs = np.arange(1, len(values) + 1)
            axis.plot(
                epochs, values, DASHES[at], color=COLOURS[at], marker="os"[at], ms=4, label=label
            )
        if best_epoch:
            axis.axvline(best_epoch, color=GREY, lw=1, ls=":", label="época elegida")
        axis.set(xlabel="Época", ylabel=title)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        commas(axis, x=False)
        axis.legend(frameon=False)
    return figure


def confusion(
    matrix: Sequence[Sequence[int]], title: str = "", classes: Classes = SCENES
) -> Figure:
    """Confusion matrix (classes, classes): counts, and shares of the true class as shade too."""
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wider = 0.7 * max(0, len(classes) - len(SCENES))
    figure, axes = _figure(6.2 + wider, 5.4 + wider)
    axis = axes.flat[0]
    axis.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        share = shares[row, column]
        axis.text(
            *(column, row),
            f"{number(int(counts[row, column]), 0)}\n{percent(share, 0)}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if share > 0.5 else "black",
        )
    places = range(len(classes))
    axis.set_xticks(places, classes.labels, rotation=30, ha="right", rotation_mode="anchor")
    axis.set_yticks(places, classes.labels)
    axis.set(xlabel="Clase predicha", ylabel="Clase real", title=title)
    axis.spines[:].set_visible(True)
    return figure


def roc(
    probabilities: np.ndarray, labels: np.ndarray, title: str = "", classes: Classes = SCENES
) -> Figure:
    """ROC curve of each class against the rest, with micro and macro average."""
    figure, axes = _figure(6.2, 5.4)
    axis = axes.flat[0]
    _roc(axis, probabilities, labels, classes)
    axis.set_title(title)
    return figure


def roc_side_by_side(
    answers: dict[str, np.ndarray],
    labels: dict[str, np.ndarray] | np.ndarray,
    classes: Classes = SCENES,
) -> Figure:
    """ROC curves of several models, one panel each.

    Args:
        answers: probabilities (n, classes) by model.
        labels: int (n,), or one such array by model.
        classes: of all of them.
    """
    columns = min(2, len(answers))
    rows = -(-len(answers) // columns)
    figure, axes = _figure(5.2 * columns, 4.6 * rows, rows, columns)
    for axis, (name, probabilities) in zip(axes.flat, answers.items(), strict=False):
        true = labels[name] if isinstance(labels, dict) else labels
        _roc(axis, probabilities, true, classes)
        axis.set_title(MODELS.get(name, name))
    for axis in axes.flat[len(answers) :]:
        axis.set_axis_off()
    return figure


def calibration(
    answers: dict[str, np.ndarray], labels: np.ndarray, bins: int = scores.BINS
) -> Figure:
    """Success against confidence of each model, and how many images each point stands for.

    A calibrated model follows the diagonal. The calibration error is of the same bins.
    """
    figure = Figure(figsize=(8.6, 5.8), dpi=DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.2))
    upper.plot([0, 1], [0, 1], color=GREY, lw=1, label="calibración perfecta")
    for at, (name, probabilities) in enumerate(answers.items()):
        each = scores.reliability(probabilities, labels, bins)
        kept = each["count"] > 0
        error = number(scores.calibration_error(probabilities, labels, bins), 3)
        style: dict[str, Any] = {
            "ls": DASHES[at % 6],
            "color": COLOURS[at % 6],
            "marker": "osD^vP"[at % 6],
        }
        upper.plot(
            *(each["confidence"][kept], each["accuracy"][kept]),
            ms=5,
            label=f"{MODELS.get(name, name)} (ECE {error})",
            **style,
        )
        lower.plot((np.arange(bins) + 0.5) / bins, each["count"], ms=3, **style)
    upper.set(ylabel="Proporción de aciertos", xlim=(0, 1.02), ylim=(0, 1.02))
    lower.set(xlabel="Confianza (probabilidad de la clase predicha)", ylabel="Imágenes")
    commas(upper)
    commas(lower)
    upper.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))  # clear of the lines
    return figure


def comparison(metrics: dict[str, dict]) -> Figure:
    """Accuracy and macro AUC of several models with their intervals.

    Args:
        metrics: what :func:`scenes.results.scores.measure` gives, by model.
    """
    names = list(metrics)[::-1]
    figure, axes = _figure(9, 1.2 + 0.5 * len(names), 1, 2)
    for axis, key, title in zip(
        axes.flat, ("accuracy", "macro_auc"), ("Exactitud", "AUC macro"), strict=True
    ):
        for place, name in enumerate(names):
            value, ends = metrics[name][key], metrics[name][f"{key}_ci"]
            if value is None:
                continue
            axis.plot(ends or [value], [place] * len(ends or [value]), color=GREY, lw=2)
            axis.plot(value, place, "o", color=COLOURS[0])
            axis.annotate(
                number(value, 3), (value, place), (0, 6), textcoords="offset points", ha="center"
            )
        axis.set_yticks(range(len(names)), [MODELS.get(name, name) for name in names])
        axis.set(xlabel=f"{title} (intervalo del 95 %)", ylim=(-0.5, len(names) - 0.3))
        axis.margins(x=0.12)
        axis.grid(axis="x", alpha=0.3)
        axis.xaxis.set_major_locator(MaxNLocator(3))
        commas(axis, y=False)
    axes[0, 1].tick_params(labelleft=False)  # the same names as on the left
    return figure


def grid(images: np.ndarray, titles: Sequence[str], columns: int = 3) -> Figure:
    """Pictures (n, height, width, 3) uint8 with a title each."""
    rows = -(-len(images) // columns)
    figure, axes = _figure(2.3 * columns, 2.5 * rows, rows, columns)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, picture, title in zip(axes.flat, images, titles, strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title, fontsize=9)
    return figure


def predictions(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    columns: int = 3,
    classes: Classes = SCENES,
) -> Figure:
    """Pictures with their real and predicted class; a cross marks the mistakes."""
    names = classes.labels
    chosen = np.asarray(probabilities).argmax(axis=1)
    titles = [
        f"real: {names[label]}\n{'✓' if label == guess else '✗'} {names[guess]} "
        f"({percent(row[guess], 0)})"
        for label, guess, row in zip(labels, chosen, probabilities, strict=True)
    ]
    return grid(images, titles, columns)


def grad_cam(images: np.ndarray, heat: np.ndarray, titles: Sequence[str]) -> Figure:
    """Each picture above the same one with its heat as shade and as lines of equal heat.

    Args:
        images: uint8 (n, height, width, 3).
        heat: (n, height, width) in [0, 1].
        titles: one for each picture.
    """
    figure, axes = _figure(2.3 * len(images), 5, 2, len(images))
    for axis in axes.flat:
        axis.set_axis_off()
    for at, title in enumerate(titles):
        axes[0, at].imshow(images[at])
        axes[0, at].set_title(title, fontsize=9)
        grey = images[at].mean(axis=2)
        axes[1, at].imshow(grey, cmap="gray", vmin=0, vmax=255)
        axes[1, at].imshow(heat[at], cmap="inferno", vmin=0, vmax=1, alpha=0.55)
        if heat[at].max() > 0.5:  # in black and white the lines tell where the heat is
            axes[1, at].contour(heat[at], levels=[0.5], colors="white", linewidths=1.2)
    return figure


def counts(by_set: dict[str, np.ndarray], classes: Classes = SCENES) -> Figure:
    """Images of each class, a bar for each set (its labels (n,))."""
    figure, axes = _figure(7.5, 3.4)
    axis = axes.flat[0]
    width = 0.8 / len(by_set)
    for at, (name, labels) in enumerate(by_set.items()):
        heights = np.bincount(labels, minlength=len(classes))
        places = np.arange(len(classes)) + (at - (len(by_set) - 1) / 2) * width
        bars = axis.bar(
            *(places, heights, width),
            color=COLOURS[at],
            hatch=("", "///", "...")[at],
            edgecolor="white",
            label=name,
        )
        axis.bar_label(bars, [number(height, 0) for height in heights], fontsize=7, padding=2)
    axis.set_xticks(range(len(classes)), classes.labels)
    axis.set_ylabel("Imágenes")
    axis.margins(y=0.2)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
    axis.legend(frameon=False, ncols=len(by_set), loc="upper right")
    return figure


def brightness(means: np.ndarray, labels: np.ndarray, classes: Classes = SCENES) -> Figure:
    """Box plot of the images' mean brightness (n,), 0 to 255, by class."""
    figure, axes = _figure(7.5, 3.2)
    axis = axes.flat[0]
    groups = [means[labels == at] for at in range(len(classes))]
    axis.boxplot(groups, tick_labels=classes.labels, medianprops={"color": COLOURS[1], "lw": 2})
    axis.set_ylabel("Brillo medio (0 a 255)")
    return figure


def _roc(axis: Axes, probabilities: np.ndarray, labels: np.ndarray, classes: Classes) -> None:
    axis.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=(0, (1, 3)))
    curves = scores.roc_curves(probabilities, labels, classes)
    apart = len(classes) <= TOLD_APART
    for at, (name, spanish) in enumerate(zip(classes.names, classes.labels, strict=True)):
        if name in curves:
            fpr, tpr, auc = curves[name]
            axis.plot(
                *(fpr, tpr),
                ls=DASHES[(at + at // 6) % 6] if apart else "-",
                color=COLOURS[at % 6] if apart else GREY,
                lw=1.3 if apart else 0.5,
                label=f"{spanish} ({number(auc, 3)})" if apart else None,
            )
    # the two averages nearly coincide: the thin light one on the black one shows both
    averages: dict[str, dict[str, Any]] = {
        "macro": {"ls": "-", "color": "black", "lw": 2.6},
        "micro": {"ls": (0, (3, 2)), "color": "#BBBBBB", "lw": 1.4},
    }
    for name, style in averages.items():
        if name in curves:
            fpr, tpr, auc = curves[name]
            axis.plot(fpr, tpr, label=f"media {name} ({number(auc, 3)})", **style)
    axis.set(
        xlabel="Proporción de falsos positivos",
        ylabel="Proporción de verdaderos positivos",
        xlim=(-0.01, 1.01),
        ylim=(-0.01, 1.01),
    )
    commas(axis)
    axis.legend(frameon=False, loc="lower right", fontsize=8, title="Clase (AUC)", handlelength=3)


def _figure(width: float, height: float, rows: int = 1, columns: int = 1):
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    with mpl.rc_context({"axes.spines.top": False, "axes.spines.right": False}):
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, axes


def commas(axis: Axes, x: bool = True, y: bool = True) -> None:
    """Decimal commas on the axes, with as many decimals as the steps need."""

    def text(value, _):
        return f"{round(value, 6):g}".replace(".", ",").replace("-", "−")

    for wanted, one in ((x, axis.xaxis), (y, axis.yaxis)):
        if wanted:
            one.set_major_formatter(FuncFormatter(text))
