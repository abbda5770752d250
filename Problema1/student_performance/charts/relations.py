"""Charts of the target against one feature, or two."""

from __future__ import annotations

import itertools
import math

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from student_performance import association
from student_performance.charts.style import (
    GREY,
    MAIN,
    OTHERS,
    SECOND,
    Chart,
    finish,
    hue,
    hue_encoding,
    log_axis,
    names_axis,
    sample,
    spans_decades,
)
from student_performance.formatting import EMPTY, YES_NO, number, short
from student_performance.schema import Column, Schema

BOXES = 12  # groups at most; rarer levels of a category are put together
BRUSH = "elegidas"  # name of the rectangle that a visitor draws in a scatter
FOOTNOTE = 14  # characters of a group's name that still fit below its box


def scatter(frame: pd.DataFrame, schema: Schema, feature: str, by: Column | None = None) -> Chart:
    """The target against a numeric feature, with its line.

    Points are moved sideways at random within the value's own space where values repeat, since
    whole numbers would otherwise lie on each other. The line is the least-squares line of all
    rows; where the relation bends, a second one joins the means of its parts. A feature over
    several decades has a logarithmic axis.

    Args:
        by: the yes/no or category that colours the points.
    """
    column, target = schema[feature], schema.target
    frame = frame[frame[feature].notna() & frame[target.name].notna()]
    values = frame[feature]
    logarithmic = spans_decades(values)
    shown = sample(frame)
    width = 0.0 if logarithmic else _free_space(values)
    points = pd.DataFrame(
        {
            "x": shown[feature] + np.random.default_rng(0).uniform(-width, width, len(shown)),
            "valor": shown[feature],
            "y": shown[target.name],
        }
    )
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    options: dict = {"scale": alt.Scale(domain=[low - width, high + width], nice=False)}
    title = column.axis
    if logarithmic:
        options, title = log_axis(low, high), f"{column.axis}, escala log."
    tooltip = [
        alt.Tooltip("valor:Q", title=column.label),
        alt.Tooltip("y:Q", title=target.label),
    ]
    colour: alt.Color | alt.Value = alt.value(MAIN)
    if by:
        points["grupo"], colours = hue(shown[by.name], by)
        colour = hue_encoding(by, colours)
        tooltip.append(alt.Tooltip("grupo:N", title=by.label))
    layers = [
        alt.Chart(points)
        .mark_circle(size=18, opacity=0.45)
        .add_params(alt.selection_interval(name=BRUSH, encodings=["x", "y"]))
        .encode(
            x=alt.X("x:Q", title=title, **options),
            y=alt.Y("y:Q", title=target.axis, scale=alt.Scale(zero=False)),
            color=colour,
            tooltip=tooltip,
        )
    ]
    said = f"Puntos: {target.label} según {column.label}"
    if len(values) and low < high:
        relation = association.relation(frame, schema, feature)
        layers.append(_line(values, frame[target.name], logarithmic))
        if relation.bends:
            layers.append(_means(frame, schema, feature))
        said += f", correlación {number(relation.r)}"
    return finish(alt.layer(*layers), f"{said}.")


def _free_space(values: pd.Series) -> float:
    """How far a point may move: a third of the least step where values repeat, else not at all."""
    known = np.unique(values)
    if len(known) < 2 or len(values) < 2 * len(known):
        return 0.0
    return float(0.35 * np.diff(known).min())


def _line(x: pd.Series, y: pd.Series, logarithmic: bool) -> alt.Chart:
    """The least-squares line; curved where its axis is logarithmic."""
    centre = x.mean()
    slope, middle = np.polyfit(x - centre, y, 1)
    low, high = x.min(), x.max()
    places = np.geomspace(low, high, 60) if logarithmic else np.array([low, high])
    line = pd.DataFrame({"x": places, "y": middle + slope * (places - centre)})
    return alt.Chart(line).mark_line(color=GREY, strokeWidth=2.5).encode(x="x:Q", y="y:Q")


def _means(frame: pd.DataFrame, schema: Schema, feature: str) -> alt.Chart:
    """The mean of the target in each part of the feature, at the part's mean value."""
    codes = association.parts_of(frame[feature].to_numpy())
    means = frame[[feature, schema.target.name]].groupby(codes).mean()
    means.columns = ["x", "y"]
    return (
        alt.Chart(means)
        .mark_line(color=SECOND, strokeWidth=2.5, strokeDash=[5, 3])
        .encode(x="x:Q", y="y:Q")
    )


def boxes(frame: pd.DataFrame, schema: Schema, feature: str) -> Chart:
    """Box plot of the target for each value, level or tenth of a feature.

    Boxes span the quartiles with the median inside; whiskers reach the last point within 1.5
    interquartile ranges. Computed here, so that the browser gets five numbers a box.
    """
    column, target = schema[feature], schema.target
    frame = frame[frame[target.name].notna()]
    group, order = groups(frame[feature], column)
    rows = [
        {"grupo": name, "n": len(values)} | _five_numbers(values)
        for name, values in frame[target.name].groupby(group.astype(str))
    ]
    slanted = any("–" in name or len(name) > FOOTNOTE for name in order)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "grupo:N",
            title=column.axis,
            sort=order,
            axis=names_axis(labelAngle=-40 if slanted or len(order) > 8 else 0),
        ),
        tooltip=[
            alt.Tooltip("grupo:N", title=column.label),
            alt.Tooltip("n:Q", title="Filas", format=","),
            alt.Tooltip("mediana:Q", title="Mediana", format=".4~g"),
            alt.Tooltip("q1:Q", title="Cuartil 1", format=".4~g"),
            alt.Tooltip("q3:Q", title="Cuartil 3", format=".4~g"),
        ],
    )
    y = alt.Y("bajo:Q", title=target.axis, scale=alt.Scale(zero=False))
    whisker = base.mark_rule(color=GREY).encode(y=y, y2="alto:Q")
    box = base.mark_bar(color=MAIN, width={"band": 0.6}).encode(y=alt.Y("q1:Q"), y2="q3:Q")
    middle = base.mark_tick(color="white", thickness=2, width={"band": 0.6}).encode(y="mediana:Q")
    said = ""
    if rows:
        middles = {row["grupo"]: row["mediana"] for row in rows}
        top, bottom = max(middles, key=middles.__getitem__), min(middles, key=middles.__getitem__)
        said = (
            f": mediana más alta {short(float(f'{middles[top]:.4g}'))} con {top}, "
            f"más baja {short(float(f'{middles[bottom]:.4g}'))} con {bottom}"
        )
    return finish(
        whisker + box + middle, f"Cajas: {target.label} según {column.label}{said}.", height=320
    )


def groups(values: pd.Series, column: Column) -> tuple[pd.Series, list[str]]:
    """Each row's group, and the groups that occur, in order: the values, or tenths of the range
    where there are many; rare levels are one group."""
    if column.kind == "yes_no":
        names, order = values.map(YES_NO), list(YES_NO.values())
    elif column.kind == "category":
        most = set(values.value_counts().index[:BOXES])
        names = values.where(values.isin(most) | values.isna(), OTHERS)
        order = [level for level in column.levels if level in most] + [OTHERS]
    elif values.nunique() <= BOXES:
        known = {value: short(value) for value in np.unique(values.dropna())}
        names, order = values.map(known), list(known.values())
    else:
        names, order = _tenths(values)
    names = names.astype(object).where(values.notna(), EMPTY)
    occurring = set(names)
    return names, [name for name in dict.fromkeys([*order, EMPTY]) if name in occurring]


def _tenths(values: pd.Series) -> tuple[pd.Series, list[str]]:
    low, high = values.min(), values.max()
    if spans_decades(values):
        edges = np.geomspace(low, high, 11)
        ends = [short(float(f"{edge:.2g}")) for edge in edges]
    else:
        edges = np.linspace(low, high, 11)
        width = (high - low) / 10
        digits = max(0, 1 - math.floor(math.log10(width))) if width < 2 else 0
        ends = [number(edge, digits) for edge in edges]
    order = [f"{start}–{end}" for start, end in itertools.pairwise(ends)]
    at = np.searchsorted(edges[1:-1], values.to_numpy(), side="left")
    return pd.Series(np.array(order, dtype=object)[at], index=values.index), order


def _five_numbers(values: pd.Series) -> dict[str, float]:
    """Ends of the whiskers, quartiles and median of a box."""
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    inside = values[values.between(q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))]
    return {"bajo": inside.min(), "q1": q1, "mediana": median, "q3": q3, "alto": inside.max()}


def view_3d(
    frame: pd.DataFrame, schema: Schema, pair: tuple[str, str], by: Column | None = None
) -> go.Figure:
    """Two numeric features against the target.

    Args:
        pair: names of the features.
        by: the yes/no or category that colours the points.
    """
    columns = [schema[pair[0]], schema[pair[1]], schema.target]
    shown = sample(frame.dropna(subset=[column.name for column in columns]))
    if by:
        names, colours = hue(shown[by.name], by)
    else:
        names, colours = pd.Series("", index=shown.index), {"": MAIN}
    figure = go.Figure()
    for name, colour in colours.items():
        rows = shown[names == name]
        figure.add_scatter3d(
            **{
                axis: rows[column.name]
                for axis, column in zip(("x", "y", "z"), columns, strict=True)
            },
            mode="markers",
            name=name,
            marker={"size": 2.5, "color": colour, "opacity": 0.7},
            hovertemplate=f"{columns[0].short} %{{x}}, {columns[1].short} %{{y}} → %{{z}}"
            f"<extra>{name}</extra>",
        )
    # lines that are seen on light and on dark ground, and titles that a phone has room for
    axis: dict = {"gridcolor": GREY, "zerolinecolor": GREY, "backgroundcolor": "rgba(0,0,0,0)"}
    axis["tickfont"] = {"size": 10}
    scene: dict = {"camera": {"eye": {"x": 2.6, "y": -2.6, "z": 1.2}}}
    for letter, column in zip("xyz", columns, strict=True):
        title = {"text": column.short[:24], "font": {"size": 11}}
        kind = "log" if spans_decades(shown[column.name]) else "linear"
        scene[f"{letter}axis"] = axis | {"title": title, "type": kind}
    figure.update_layout(
        scene=scene,
        showlegend=by is not None,
        legend={
            "title": by.label if by else "",
            "orientation": "h",
            "y": 1.02,
            "itemsizing": "constant",
        },
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        height=520,
        separators=",.",
    )
    return figure
