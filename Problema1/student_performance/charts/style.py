"""What the charts share: colours, height, decimal comma, and how many points are drawn."""

from __future__ import annotations

from typing import TypeAlias

import altair as alt
import pandas as pd

# Blue and orange: told apart with any colour vision, on light and dark ground
COLOURS = {"Sí": "#2F80D0", "No": "#E0701B"}
MAIN, SECOND = COLOURS["Sí"], COLOURS["No"]
GREY = "#888888"
SAMPLE = 1500  # points drawn at most; more only hide each other
NUMBER_LOCALE = alt.NumberLocale(decimal=",", thousands=".", grouping=[3], currency=["", ""])

Chart: TypeAlias = alt.Chart | alt.LayerChart


def finish(chart: Chart, height: int = 360) -> Chart:
    """A chart with the decimal comma, its height in pixels, and the width of its place."""
    chart = chart.properties(height=height, width="container")
    return chart.configure(locale=alt.Locale(number=NUMBER_LOCALE, time=alt.Undefined))


def sample(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """At most ``SAMPLE`` rows, the same ones for the same seed."""
    return frame if len(frame) <= SAMPLE else frame.sample(SAMPLE, random_state=seed)
