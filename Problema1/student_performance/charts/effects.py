"""Charts of what predictions depend on: importance, dependence, one row's contributions."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from student_performance.charts.style import (
    GREY,
    MAIN,
    SECOND,
    Chart,
    finish,
    log_axis,
    names_axis,
    sample,
    spans_decades,
)
from student_performance.formatting import YES_NO, amount, number, titled
from student_performance.schema import Column, Schema


def importance(table: pd.DataFrame, schema: Schema) -> Chart:
    """Rise of the RMSE when a feature is shuffled, with one standard deviation to each side."""
    unit = schema.target.unit
    shown = table.assign(
        variable=[schema[name].label for name in table["feature"]],
        desde=table["mean"] - table["std"],
        hasta=table["mean"] + table["std"],
    )
    y = alt.Y("variable:N", title=None, sort=None, axis=names_axis())
    bars = (
        alt.Chart(shown)
        .mark_bar(color=MAIN)
        .encode(
            y=y,
            x=alt.X("mean:Q", title=titled("Aumento del RMSE al mezclar la variable", unit)),
            tooltip=[
                "variable:N",
                alt.Tooltip("mean:Q", title=titled("aumento del RMSE", unit), format=".4~g"),
            ],
        )
    )
    deviations = (
        alt.Chart(shown).mark_rule(color=GREY, strokeWidth=2).encode(y=y, x="desde:Q", x2="hasta:Q")
    )
    said = ", ".join(
        f"{name} {number(mean)}"
        for name, mean in zip(shown["variable"].head(5), shown["mean"], strict=False)
    )
    return finish(bars + deviations, f"Barras: {said}.", height=max(360, _high(shown)))


def _high(shown: pd.DataFrame) -> int:
    return 24 * len(shown) + 60


def partial_dependence(
    curve: pd.DataFrame, observed: pd.DataFrame, schema: Schema, feature: str
) -> Chart:
    """The network's mean prediction along a feature, the observed rows behind it.

    Args:
        curve: from ``explanation.partial_dependence``.
        observed: rows of a typed table.
    """
    column, target = schema[feature], schema.target
    known = np.isfinite(column.encode(observed[feature])) & observed[target.name].notna()
    rows = sample(observed[known])
    points = pd.DataFrame({"x": names(column.encode(rows[feature]), column)})
    points["y"] = rows[target.name].to_numpy()
    line = pd.DataFrame({"x": names(curve["value"].to_numpy(), column)})
    line["y"] = curve["prediction"].to_numpy()
    x = _axis(column, line["x"])
    y = alt.Y("y:Q", title=target.axis, scale=alt.Scale(zero=False))
    dots = alt.Chart(points).mark_circle(size=14, opacity=0.25, color=GREY).encode(x=x, y=y)
    drawn = alt.Chart(line)
    if column.kind == "number":
        drawn = drawn.mark_line(color=MAIN, strokeWidth=3)
    else:
        drawn = drawn.mark_tick(color=MAIN, thickness=4, width={"band": 0.6})
    drawn = drawn.encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("x", title=column.label),
            alt.Tooltip("y:Q", title="predicción media", format=".4~g"),
        ],
    )
    ends = (amount(curve["prediction"].min(), 1, ""), amount(curve["prediction"].max(), 1, ""))
    return finish(
        dots + drawn,
        f"Predicción media según {column.label}: de {ends[0]} a {ends[1]}; detrás, las filas.",
    )


def sensitivity(curves: pd.DataFrame, value: float, schema: Schema, feature: str) -> Chart:
    """One row's prediction along a feature; the other features stay.

    Args:
        curves: columns ``value``, ``prediction``, ``low``, ``high`` for that feature.
        value: the raw value chosen; NaN where the cell is empty.
        feature: any; a yes/no and a category get a mark for each answer or level.
    """
    column, target = schema[feature], schema.target
    shown = curves.assign(x=names(curves["value"].to_numpy(), column))
    x = _axis(column, shown["x"])
    y = alt.Y("prediction:Q", title=titled(target.short, target.unit), scale=alt.Scale(zero=False))
    tooltip = [
        alt.Tooltip("x", title=column.label),
        alt.Tooltip("prediction:Q", title=target.label, format=".4~g"),
    ]
    base = alt.Chart(shown)
    if column.kind == "number":
        band = base.mark_area(opacity=0.25, color=MAIN)
        line = base.mark_line(color=MAIN)
    else:
        band = base.mark_rule(opacity=0.4, color=MAIN, strokeWidth=8)
        line = base.mark_point(color=MAIN, filled=True, size=70)
    chart: Chart = band.encode(x=x, y=alt.Y("low:Q"), y2="high:Q") + line.encode(
        x=x, y=y, tooltip=tooltip
    )
    if np.isfinite(value):
        here = pd.DataFrame({"x": names(np.array([value]), column)})
        chart += alt.Chart(here).mark_rule(color=SECOND, strokeDash=[4, 3]).encode(x=x)
    ends = (number(curves["prediction"].min(), 1), number(curves["prediction"].max(), 1))
    return finish(chart, f"Predicción según {column.label}: de {ends[0]} a {ends[1]}.", height=240)


def contributions(values: np.ndarray, cells: list[str], schema: Schema) -> Chart:
    """What each feature adds to the mean prediction, for one row; the largest first.

    Args:
        values: (d,) from ``Bundle.contributions``.
        cells: (d,) the row's values as text.
    """
    unit = schema.target.unit
    shown = pd.DataFrame(
        {
            "variable": [
                f"{column.label} = {cell}"
                for column, cell in zip(schema.features, cells, strict=True)
            ],
            "aporte": values,
            "color": np.where(values >= 0, MAIN, SECOND),
        }
    )
    shown = shown.sort_values("aporte", key=np.abs, ascending=False)
    chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("variable:N", sort=None, title=None, axis=names_axis()),
            x=alt.X("aporte:Q", title=titled("Aporte a la predicción", unit)),
            color=alt.Color("color:N", scale=None),
            tooltip=["variable:N", alt.Tooltip("aporte:Q", format="+.4~g")],
        )
    )
    said = ", ".join(
        f"{row.variable}: {amount(row.aporte, 1, unit)}" for row in shown.head(5).itertuples()
    )
    return finish(chart, f"Barras: aportes. {said}.", height=max(160, _high(shown)))


def names(values: np.ndarray, column: Column) -> list:
    """Raw values as a chart shows them: numbers, «Sí» and «No», or levels."""
    if column.kind == "number":
        return [float(value) for value in values]
    known = (YES_NO["No"], YES_NO["Yes"]) if column.kind == "yes_no" else column.levels
    return [known[int(value)] for value in values]


def _axis(column: Column, drawn: pd.Series) -> alt.X:
    if column.kind != "number":
        return alt.X("x:N", title=column.axis, sort=None, axis=names_axis(labelAngle=-35))
    if spans_decades(drawn):
        title = f"{column.axis}, escala log."
        return alt.X("x:Q", title=title, **log_axis(drawn.min(), drawn.max()))
    return alt.X("x:Q", title=column.axis, scale=alt.Scale(zero=False, nice=False))
