"""The report's figures: SVG that comes out the same every time it is drawn, or PNG to look at.

python informe/figures.py [--models DIR] [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema2"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema3"))

from gestures.dataset import GESTURES
from scenes import files, terminal
from scenes.classes import SCENES
from scenes.config import NETWORKS
from scenes.formatting import MODELS, number, percent
from scenes.problems import Problem
from scenes.results import plots

if TYPE_CHECKING:
    from scenes.results.stored import Stored

ROOT = Path(__file__).resolve().parents[1]
STYLE: dict[Any, Any] = {  # matplotlib's own type lists its three hundred names
    "svg.fonttype": "path",
    "svg.hashsalt": "informe",  # otherwise the marks inside get new names each time
    "font.family": "DejaVu Sans",  # matplotlib's own, the same on every machine
    "axes.spines.top": False,
    "axes.spines.right": False,
}
SIZES = {"p3-roc": (8.2, 7.6), "p2-curvas": (8, 2.9)}  # inches: the text grows as the page shrinks
DPI = 150  # of the pictures that are not vectors
LINES = tuple(zip(plots.COLOURS, plots.DASHES, strict=True))


def make(
    problem1: dict | None, problem2: dict | None, problem3: dict[str, Stored]
) -> dict[str, Figure]:
    """The figures of the problems given, by name.

    Args:
        problem1, problem2: the JSON of each.
        problem3: results of the networks that are shown side by side.
    """
    figures = {}
    with mpl.rc_context(STYLE):
        if problem1:
            figures["p1-curvas"] = regression_curves(problem1["history"])
            figures["p1-aprendizaje"] = learning_curve(problem1["learning_curve"])
        if problem2:
            filmed = problem2["test"]["filmed"]["confusion"]
            figures["p2-curvas"] = plots.curves(problem2["history"], problem2["best_epoch"])
            figures["p2-confusion"] = confusion(filmed, GESTURES)
        if problem3:
            figures["p3-roc"] = plots.roc_side_by_side(
                {name: each.probabilities for name, each in problem3.items()},
                {name: each.labels for name, each in problem3.items()},
            )
            figures["p3-curvas"] = validation_curves(problem3)
            figures["p3-confusion"] = confusions(problem3)
    return figures


def write(figures: dict[str, Figure], folder: Path, form: str) -> None:
    """Save figures as ``<name>.<form>``, svg or png, in an existing folder."""
    metadata = {"Date": None, "Creator": None} if form == "svg" else None
    with mpl.rc_context(STYLE):
        for name, figure in figures.items():
            if name in SIZES:
                figure.set_size_inches(SIZES[name])
            figure.savefig(folder / f"{name}.{form}", format=form, dpi=DPI, metadata=metadata)


def regression_curves(history: dict) -> Figure:
    """Error of the small networks by epoch, in points: mean, and a deviation to both sides."""
    figure, axes = _figure(5, 3)
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
    return figure


def learning_curve(points: list[dict]) -> Figure:
    """Error on held-out rows against the number of training rows, network and least squares."""
    figure, axes = _figure(5, 3)
    axis = axes.flat[0]
    sizes = [point["n"] for point in points]
    for (colour, dash), key, label in zip(
        LINES, ("rmse", "ols_rmse"), ("red", "mínimos cuadrados"), strict=False
    ):
        values = [point[key] for point in points]
        axis.plot(sizes, values, ls=dash, color=colour, marker="o", ms=4, label=label)
    axis.set(
        xscale="log", xlabel="Filas de entrenamiento", ylabel="RMSE en filas apartadas (puntos)"
    )
    axis.set_xticks(sizes, [number(size, 0) for size in sizes])
    axis.minorticks_off()
    plots.commas(axis, x=False)
    axis.legend(frameon=False)
    return figure


def validation_curves(networks: dict[str, Stored]) -> Figure:
    """Loss and accuracy on the validation images, all networks together."""
    figure, axes = _figure(9, 3.2, 1, 2)
    for axis, key, title in zip(
        axes.flat, ("val_loss", "val_accuracy"), ("Pérdida", "Exactitud"), strict=True
    ):
        for (colour, dash), (name, each) in zip(LINES, networks.items(), strict=False):
            values = each.metrics["history"][key]
            epochs = np.arange(1, len(values) + 1)
            axis.plot(epochs, values, ls=dash, color=colour, label=MODELS[name])
            best = each.metrics["best_epoch"]
            axis.plot(best, values[best - 1], "o", ms=5, color=colour)
        axis.set(xlabel="Época (el punto, la elegida)", ylabel=f"{title} de validación")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        plots.commas(axis, x=False)
    axes.flat[1].legend(frameon=False, loc="lower right")
    return figure


def confusion(matrix: list[list[int]], names: tuple[str, ...]) -> Figure:
    """One confusion matrix: counts, and the share of each true class."""
    figure, axes = _figure(3.6, 3.3)
    _confusion(axes.flat[0], matrix, names, counts=True)
    return figure


def confusions(networks: dict[str, Stored]) -> Figure:
    """A confusion matrix a network, in per cent of each true class."""
    figure, axes = _figure(9, 8.6, 2, 2)
    for axis, (name, each) in zip(axes.flat, networks.items(), strict=False):
        _confusion(axis, each.metrics["confusion"], SCENES.labels, counts=False)
        axis.set_title(MODELS[name])
    return figure


def _confusion(axis, matrix, names, counts: bool) -> None:
    matrix = np.asarray(matrix)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    for row, column in np.ndindex(matrix.shape):
        share = shares[row, column]
        text = percent(share, 0)
        if counts:
            text = f"{number(matrix[row, column], 0)}\n{text}"
        colour = "white" if share > 0.5 else "black"
        axis.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(names)), names, rotation=30, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="Clase predicha", ylabel="Clase real")
    axis.spines[:].set_visible(True)


def damaged(models: Path, error: Exception) -> Problem:
    """What to raise for results that cannot be read."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
    return Problem(
        f"Algún resultado de «{models}» está dañado ({reason}): vuelva a entrenar ese problema."
    )


def _figure(width: float, height: float, rows: int = 1, columns: int = 1):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def command(models: Path, out: Path) -> None:
    """Draw what there is and say how much.

    Raises:
        Problem: no results, damaged ones, or the folder cannot be written.
    """
    from scenes.results import stored  # Keras comes with it

    def load(name: str) -> dict | None:
        path = models / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    try:
        networks = stored.stored(models)
        figures = make(
            load("student_performance.json"),
            load("rps_classifier.json"),
            {name: networks[name] for name in NETWORKS if name in networks},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(models, error) from None
    if not figures:
        raise Problem(f"En «{models}» no hay resultados que dibujar.")
    with files.explained(out, "elija otra carpeta con --out"):
        out.mkdir(parents=True, exist_ok=True)
        write(figures, out, "png")
    print(f"{len(figures)} figuras en {out}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Dibuja en PNG las figuras del informe.")
    parser.add_argument(
        "--models",
        type=Path,
        default=ROOT / "models",
        metavar="DIR",
        help="carpeta con resultados; se dibujan los que haya (%(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "salida" / "figuras",
        metavar="DIR",
        help="carpeta de salida (%(default)s)",
    )
    arguments = parser.parse_args()
    return terminal.run(lambda console: command(arguments.models, arguments.out))


if __name__ == "__main__":
    sys.exit(main())
