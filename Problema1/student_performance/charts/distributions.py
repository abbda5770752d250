"""Charts of one column: how its values are distributed."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd

from student_performance.charts.style import (
    COLOURS,
    GREY,
    MAIN,
    OTHERS,
    Chart,
    finish,
    log_axis,
    names_axis,
    spans_decades,
)
from student_performance.formatting import EMPTY, YES_NO, number, short
from student_performance.schema import Column

BINS = 30
BARS = 20  # levels with a bar of their own; the rest are counted together


def distribution(frame: pd.DataFrame, column: Column, rows: str = "filas") -> Chart:
    """Bars of a column: histogram of a number, counts of a yes/no or a category.

    Args:
        rows: what a row is, for the axis.
    """
    values = frame[column.name]
    if column.kind != "number":
        return counts(values, column, rows)
    return histogram(values, column, rows)


def counts(values: pd.Series, column: Column, rows: str = "filas") -> Chart:
    """How many rows have each answer or level; the most frequent first for a category."""
    if column.kind == "yes_no":
        names = values.map(YES_NO)
        colours = COLOURS
    else:
        most = values.value_counts().index[:BARS]
        names = values.where(values.isin(most) | values.isna(), OTHERS)
        colours = dict.fromkeys(most, MAIN)
    names = names.where(names.notna(), EMPTY)
    found = names.value_counts()
    order = [name for name in [*colours, OTHERS, EMPTY] if name in found]
    table = found[order].rename_axis("grupo").reset_index(name="n")
    table["color"] = [colours.get(name, GREY) for name in order]
    bars = alt.Chart(table).encode(
        y=alt.Y("grupo:N", title=None, sort=order, axis=names_axis()),
        x=alt.X("n:Q", title=rows.capitalize(), axis=alt.Axis(format=",d", tickMinStep=1)),
        tooltip=[
            alt.Tooltip("grupo:N", title=column.label),
            alt.Tooltip("n:Q", title=rows.capitalize(), format=","),
        ],
    )
    coloured = bars.mark_bar().encode(color=alt.Color("color:N", scale=None))
    text = bars.mark_text(align="left", dx=4, color=GREY).encode(text=alt.Text("n:Q", format=","))
    said = ", ".join(f"{name} {number(n, 0)}" for name, n in found[order].head(5).items())
    return finish(
        coloured + text,
        f"Barras: {rows} por valor de {column.label}: {said}.",
        height=max(90, 28 * len(order) + 50),
    )


def histogram(values: pd.Series, column: Column, rows: str = "filas") -> Chart:
    """Histogram of a number; empty cells are left out.

    Whole numbers get bins of whole numbers, other numbers a bar a value where there are few.
    """
    values = values.dropna()
    logarithmic = spans_decades(values)
    edges, bars = _bins(values, logarithmic)
    found, _ = np.histogram(values, bins=edges)
    bins = pd.DataFrame({"desde": bars[:, 0], "hasta": bars[:, 1], "n": found, "cero": 0})
    options: dict = {"scale": alt.Scale(zero=False, nice=False)}
    if logarithmic:
        options = log_axis(float(edges[0]), float(edges[-1]))
    elif len(values) and (values % 1 == 0).all():
        options["axis"] = alt.Axis(tickMinStep=1)
    title = f"{column.axis}, escala log." if logarithmic else column.axis
    chart = (
        alt.Chart(bins)
        .mark_bar(color=MAIN, stroke=None)
        .encode(
            x=alt.X("desde:Q", title=title, **options),
            x2="hasta:Q",
            y=alt.Y("n:Q", title=rows.capitalize(), axis=alt.Axis(format=",d", tickMinStep=1)),
            y2="cero:Q",
            tooltip=[
                alt.Tooltip("desde:Q", title="desde", format=".4~g"),
                alt.Tooltip("hasta:Q", title="hasta", format=".4~g"),
                alt.Tooltip("n:Q", title=rows.capitalize(), format=","),
            ],
        )
    )
    said = "sin valores"
    if len(values):
        ends = [short(float(f"{end:.4g}")) for end in (values.min(), values.max())]
        middle = short(float(f"{values.median():.4g}"))
        said = f"{number(len(values), 0)} valores de {ends[0]} a {ends[1]}, mediana {middle}"
    return finish(chart, f"Histograma de {column.axis}: {said}.", height=260)


def _bins(values: pd.Series, logarithmic: bool) -> tuple[np.ndarray, np.ndarray]:
    """Edges for counting (k + 1,), and the ends of the bars (k, 2)."""
    if values.empty:
        return np.array([0.0, 1.0]), np.array([[0.0, 1.0]])
    low, high = float(values.min()), float(values.max())
    if logarithmic:
        edges = np.geomspace(low, high, BINS + 1)
        edges[[0, -1]] = low, high  # rounding must not lose the ends
    elif (values % 1 == 0).all():
        width = _whole_step((high - low + 1) / BINS)
        first = math.floor(low / width) * width
        edges = np.arange(first, high + 1 + width, width) - 0.5
        edges = edges[: np.searchsorted(edges, high) + 1]
        return edges, np.column_stack([edges[:-1] + 0.05 * width, edges[1:] - 0.05 * width])
    elif values.nunique() <= BINS:
        known = np.unique(values)
        step = np.diff(known).min() if len(known) > 1 else 1.0
        bars = np.column_stack([known - 0.45 * step, known + 0.45 * step])
        return np.append(known, np.inf), bars
    else:
        edges = np.linspace(low, high, BINS + 1)
    return edges, np.column_stack([edges[:-1], edges[1:]])


def _whole_step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, … that is not below."""
    if least <= 1:
        return 1
    power = 10 ** math.floor(math.log10(least))
    return next(int(step * power) for step in (1, 2, 5, 10) if step * power >= least)
