"""What all figures of the report share: their style, their size on the page, and writing them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenes.results import plots

WIDTH = 6.45  # inches between the margins: figures are drawn as large as they are printed
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"  # matplotlib's own, the same on every machine
SMALL = 7  # points, the smallest text of a figure
STYLE: dict[Any, Any] = {  # matplotlib's own type lists its three hundred names
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "informe",  # otherwise the marks inside get new names each time
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.2,
}
DPI = 150  # of the pictures that are not vectors
LINES = tuple(zip(plots.COLOURS, plots.DASHES, strict=True))  # told apart without colours too


def panels(height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **options: Any):
    """A figure of the report's style and its axes (rows, columns); sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def framed(axes: Axes, height: float) -> Figure:
    """The figure of some axes at the report's width, whatever it was drawn for."""
    figure = axes.figure
    assert isinstance(figure, Figure)
    figure.set_size_inches(WIDTH, height)
    return figure


def write(figures: dict[str, Figure], folder: Path, form: str) -> None:
    """Save figures as ``<name>.<form>``, svg or png, in an existing folder."""
    metadata = {"Date": None, "Creator": None} if form == "svg" else None
    with mpl.rc_context(STYLE):
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.{form}", format=form, dpi=DPI, metadata=metadata)
