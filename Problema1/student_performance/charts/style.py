"""What the charts share: colours, height, decimal comma, ticks, and how many points are drawn."""

from __future__ import annotations

import math
from typing import TypeAlias

import altair as alt
import numpy as np
import pandas as pd

from student_performance.formatting import EMPTY, YES_NO
from student_performance.schema import Column

# Blue and orange: told apart with any colour vision, on light and dark ground
COLOURS = {"Sí": "#2F80D0", "No": "#E0701B"}
MAIN, SECOND = COLOURS["Sí"], COLOURS["No"]
GREY = "#888888"
# For levels of a category: the most frequent ones, after Okabe and Ito, then grey for the rest
LEVEL_COLOURS = (MAIN, SECOND, "#009E73", "#CC79A7", "#B59B00", "#56B4E9", "#9467BD")
OTHERS = "otros"
SAMPLE = 1500  # points drawn at most; more only hide each other
NAME_WIDTH = 220  # pixels of an axis label; what is longer ends in «…» and stands in the tooltip
DECADES = 3  # numbers over so many powers of ten are drawn on a logarithmic axis
NUMBER_LOCALE = alt.NumberLocale(decimal=",", thousands=".", grouping=[3], currency=["", ""])

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart


def finish(chart: Chart, text: str, height: int = 360) -> Chart:
    """A chart with the decimal comma, its height in pixels, and the width of its place.

    Args:
        text: what it shows, for those who do not see it.
    """
    chart = chart.properties(height=height, width="container", description=text)
    return chart.configure(locale=alt.Locale(number=NUMBER_LOCALE, time=alt.Undefined))


def sample(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """At most ``SAMPLE`` rows, the same ones for the same seed."""
    return frame if len(frame) <= SAMPLE else frame.sample(SAMPLE, random_state=seed)


def spans_decades(values: pd.Series) -> bool:
    """Whether numbers are positive and reach over ``DECADES`` powers of ten."""
    return bool(len(values) and values.min() > 0 and values.max() / values.min() >= 10**DECADES)


def ticks(low: float, high: float) -> list[float]:
    """Marks of a logarithmic axis from a positive number to another: 1, 2 and 5 times powers of
    ten, powers of ten alone over four decades or more."""
    steps = (1, 2, 5) if high / low < 1e4 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [float(f"{step}e{power}") for power in powers for step in steps]
    return [mark for mark in marks if low <= mark <= high]


def log_axis(low: float, high: float) -> dict:
    """Scale and axis of a logarithmic encoding between positive numbers."""
    marks = ticks(low, high)
    if len(marks) < 2:
        marks = [float(f"{value:.2g}") for value in np.geomspace(low, high, 3)]
    return {
        "scale": alt.Scale(type="log", domain=[low, high], nice=False),
        "axis": alt.Axis(values=marks, format="~"),
    }


def names_axis(**options) -> alt.Axis:
    """The axis of a nominal encoding, every label there, cut where it is long."""
    return alt.Axis(labelLimit=NAME_WIDTH, labelOverlap=False, **options)


def hue(values: pd.Series, column: Column) -> tuple[pd.Series, dict[str, str]]:
    """Names and colours that tell the rows of a yes/no or a category apart.

    Returns:
        a name for each row, and the colour of each name that occurs; levels beyond the
        most frequent ones are ``OTHERS``.
    """
    if column.kind == "yes_no":
        names = values.map(YES_NO)
        colours = dict(COLOURS)
    else:
        most = values.value_counts().index[: len(LEVEL_COLOURS)]
        names = values.where(values.isin(most) | values.isna(), OTHERS)
        colours = dict(zip(most, LEVEL_COLOURS, strict=False))
    names = names.where(names.notna(), EMPTY)
    colours |= {OTHERS: GREY, EMPTY: GREY}
    return names, {name: colour for name, colour in colours.items() if (names == name).any()}


def hue_encoding(column: Column, colours: dict[str, str]) -> alt.Color:
    """The colours of :func:`hue` for a chart whose data name them ``grupo``."""
    return alt.Color(
        "grupo:N",
        title=column.label,
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(orient="top", labelLimit=NAME_WIDTH, columns=4),
    )
