"""The report's figures: SVG that comes out the same every time it is drawn, or PNG to look at.

python informe/figures.py [--models DIR] [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema2"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema3"))

from gestures.dataset import GESTURES
from scenes.classes import NAMES
from scenes.config import NETWORKS
from scenes.formatting import MODELS, number, percent
from scenes.results import plots, stored
from scenes.results.stored import Stored

ROOT = Path(__file__).resolve().parents[1]
STYLE = {
    "svg.fonttype": "path",
    "svg.hashsalt": "informe",  # otherwise the marks inside get new names each time
    "font.family": "DejaVu Sans",  # matplotlib's own, the same on every machine
    "axes.spines.top": False,
    "axes.spines.right": False,
}
SIZES = {"p3-roc": (8.2, 7.6), "p2-curvas": (8, 2.9)}  # inches: the text grows as the page shrinks
DPI = 150  # of the pictures that are not vectors
LINES = tuple(zip(plots.COLOURS, plots.DASHES, strict=True))


def draw(
    folder: Path,
    problem1: dict | None = None,
    problem2: dict | None = None,
    problem3: dict[str, Stored] | None = None,
    form: str = "svg",
) -> list[Path]:
    """Write the figures of the problems given.

    Args:
        folder: existing.
        problem1, problem2: the JSON of each.
        problem3: results of the networks that are shown side by side.
        form: ``svg`` or ``png``.

    Returns:
        the files written.
    """
    written = []
    with mpl.rc_context(STYLE):
        figures = {}
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
        for name, figure in figures.items():
            if name in SIZES:
                figure.set_size_inches(SIZES[name])
            path = folder / f"{name}.{form}"
            metadata = {"Date": None, "Creator": None} if form == "svg" else None
            figure.savefig(path, format=form, dpi=DPI, metadata=metadata)
            written.append(path)
    return written


def regression_curves(history: dict) -> Figure:
    """Root mean squared and mean absolute error by epoch, in points, on a log scale."""
    figure, axes = _figure(8, 2.9, 1, 2)
    for axis, key, title in zip(
        axes.flat, ("mse", "mae"), ("RMSE (puntos)", "MAE (puntos)"), strict=True
    ):
        for (colour, dash), prefix, label in zip(
            LINES, ("", "val_"), ("entrenamiento", "validación"), strict=False
        ):
            values = np.array(history[prefix + key])
            values = np.sqrt(values) if key == "mse" else values
            epochs = np.arange(1, len(values) + 1)
            axis.plot(epochs, values, ls=dash, color=colour, label=label)
        axis.set(xlabel="Época", ylabel=title, yscale="log")
        ticks = [2, 5, 10, 20]
        axis.set_yticks(ticks, [number(tick, 0) for tick in ticks])
        axis.minorticks_off()
        axis.legend(frameon=False)
    return figure


def learning_curve(points: list[dict]) -> Figure:
    """Error on validation rows against the number of training rows, network and least squares."""
    figure, axes = _figure(5, 3)
    axis = axes.flat[0]
    sizes = [point["n"] for point in points]
    for (colour, dash), key, label in zip(
        LINES, ("rmse", "ols_rmse"), ("red", "mínimos cuadrados"), strict=False
    ):
        values = [point[key] for point in points]
        axis.plot(sizes, values, ls=dash, color=colour, marker="o", ms=4, label=label)
    axis.set(xscale="log", xlabel="Filas de entrenamiento", ylabel="RMSE de validación (puntos)")
    axis.set_xticks(sizes, [number(size, 0) for size in sizes])
    axis.minorticks_off()
    plots.commas(axis, x=False)
    axis.legend(frameon=False)
    return figure


def validation_curves(stored: dict[str, Stored]) -> Figure:
    """Loss and accuracy on the validation images, all networks together."""
    figure, axes = _figure(9, 3.2, 1, 2)
    for axis, key, title in zip(
        axes.flat, ("val_loss", "val_accuracy"), ("Pérdida", "Exactitud"), strict=True
    ):
        for (colour, dash), (name, each) in zip(LINES, stored.items(), strict=False):
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


def confusions(stored: dict[str, Stored]) -> Figure:
    """A confusion matrix a network, in per cent of each true class."""
    figure, axes = _figure(9, 8.6, 2, 2)
    for axis, (name, each) in zip(axes.flat, stored.items(), strict=False):
        _confusion(axis, each.metrics["confusion"], NAMES, counts=False)
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


def damaged(models: Path, error: Exception) -> str:
    """One Spanish sentence for results that cannot be read."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
    return f"Algún resultado de «{models}» está dañado ({reason}): vuelva a entrenar ese problema."


def _figure(width: float, height: float, rows: int = 1, columns: int = 1):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


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

    def load(name: str) -> dict | None:
        path = arguments.models / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    try:
        found = stored.stored(arguments.models)
        arguments.out.mkdir(parents=True, exist_ok=True)
        written = draw(
            arguments.out,
            load("student_performance.json"),
            load("rps_classifier.json"),
            {name: found[name] for name in NETWORKS if name in found},
            form="png",
        )
    except (ValueError, KeyError, TypeError) as error:
        print(damaged(arguments.models, error), file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"No se puede escribir en «{arguments.out}» ({error.strerror or type(error).__name__});"
            " elija otra carpeta con --out.",
            file=sys.stderr,
        )
        return 2
    if not written:
        print(f"En «{arguments.models}» no hay resultados que dibujar.", file=sys.stderr)
        return 2
    print(f"{len(written)} figuras en {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
