"""Charts of the students: each column, its relation to the index, the correlations, the 3D view."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from student_performance.charts.style import COLOURS, GREY, MAIN, SECOND, Chart, finish, sample
from student_performance.columns import ACTIVITIES, COLUMNS, HOURS, SCORES, TARGET
from student_performance.formatting import LABELS, SHORT_LABELS, YES_NO, axis, number


def scatter(frame: pd.DataFrame, feature: str) -> Chart:
    """The index against a numeric feature, coloured by the yes/no variable, with its line.

    Points are moved sideways at random within the value's own space, since whole numbers would
    otherwise lie on each other. The line is the least-squares line of all rows.
    """
    shown = sample(frame)
    steps = np.diff(np.unique(frame[feature]))
    width = 0.35 * steps.min() if len(steps) else 0.0
    shift = np.random.default_rng(0).uniform(-width, width, len(shown))
    points = pd.DataFrame(
        {
            "x": shown[feature] + shift,
            "valor": shown[feature],
            "y": shown[TARGET],
            "grupo": shown[ACTIVITIES].map(YES_NO),
        }
    )
    low, high = frame[feature].min(), frame[feature].max()
    x = alt.X("x:Q", title=axis(feature), scale=alt.Scale(domain=[low - width, high + width]))
    y = alt.Y("y:Q", title=axis(TARGET), scale=alt.Scale(zero=False))
    dots = (
        alt.Chart(points)
        .mark_circle(size=18, opacity=0.45)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "grupo:N",
                title=LABELS[ACTIVITIES],
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("valor:Q", title=LABELS[feature]),
                alt.Tooltip("y:Q", title=LABELS[TARGET]),
                alt.Tooltip("grupo:N", title=LABELS[ACTIVITIES]),
            ],
        )
    )
    if low == high:
        return finish(dots)
    slope, intercept = np.polyfit(frame[feature], frame[TARGET], 1)
    ends = pd.DataFrame(
        {"x": [low, high], "y": [intercept + slope * low, intercept + slope * high]}
    )
    line = alt.Chart(ends).mark_line(color=GREY, strokeWidth=2.5).encode(x="x:Q", y="y:Q")
    return finish(dots + line)


def counts(frame: pd.DataFrame) -> Chart:
    """How many students answer yes and no."""
    table = frame[ACTIVITIES].map(YES_NO).value_counts().rename_axis("grupo").reset_index(name="n")
    bars = alt.Chart(table).encode(
        y=alt.Y("grupo:N", title=None, sort=list(COLOURS)), x=alt.X("n:Q", title="Estudiantes")
    )
    coloured = bars.mark_bar().encode(
        color=alt.Color(
            "grupo:N",
            legend=None,
            scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        )
    )
    text = bars.mark_text(align="right", dx=-6, color="white").encode(
        text=alt.Text("n:Q", format=",")
    )
    return finish(coloured + text, height=160)


def distribution(frame: pd.DataFrame, column: str) -> Chart:
    """Histogram of a column: one bar per whole value, or up to 30 bins where there are many."""
    values = frame[column]
    low, high = values.min(), values.max()
    few = values.nunique() <= 30
    edges = np.append(np.unique(values), np.inf) if few else np.linspace(low, high, 31)
    counts, edges = np.histogram(values, bins=edges)
    if few:
        step = np.diff(edges[:-1]).min() if len(edges) > 2 else 1.0
        left, right = edges[:-1] - 0.45 * step, edges[:-1] + 0.45 * step
    else:
        left, right = edges[:-1], edges[1:]
    bins = pd.DataFrame({"desde": left, "hasta": right, "n": counts, "cero": 0})
    chart = (
        alt.Chart(bins)
        .mark_bar(color=MAIN, stroke=None)
        .encode(
            x=alt.X("desde:Q", title=axis(column), scale=alt.Scale(zero=False, nice=False)),
            x2="hasta:Q",
            y=alt.Y("n:Q", title="Estudiantes"),
            y2="cero:Q",
            tooltip=[alt.Tooltip("n:Q", title="Estudiantes", format=",")],
        )
    )
    return finish(chart, height=260)


def boxes(frame: pd.DataFrame, feature: str) -> Chart:
    """Box plot of the index for each value (or tenth) of a feature.

    Boxes span the quartiles with the median inside; whiskers reach the last point within 1.5
    interquartile ranges. Computed here, so that the browser gets five numbers a box.
    """
    group, order = _groups(frame[feature])
    rows = [
        {"grupo": name, "n": len(values)} | _five_numbers(values)
        for name, values in frame[TARGET].groupby(group.astype(str))
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "grupo:N",
            title=axis(feature),
            sort=order,
            axis=alt.Axis(
                labelAngle=-40 if any("–" in name for name in order) else 0, labelOverlap=False
            ),
        ),
        tooltip=[
            alt.Tooltip("grupo:N", title=LABELS[feature]),
            alt.Tooltip("n:Q", title="Estudiantes", format=","),
            alt.Tooltip("mediana:Q", title="Mediana", format=".1f"),
            alt.Tooltip("q1:Q", title="Cuartil 1", format=".1f"),
            alt.Tooltip("q3:Q", title="Cuartil 3", format=".1f"),
        ],
    )
    y = alt.Y("bajo:Q", title=axis(TARGET), scale=alt.Scale(zero=False))
    whisker = base.mark_rule(color=GREY).encode(y=y, y2="alto:Q")
    box = base.mark_bar(color=MAIN, width={"band": 0.6}).encode(y=alt.Y("q1:Q"), y2="q3:Q")
    middle = base.mark_tick(color="white", thickness=2, width={"band": 0.6}).encode(y="mediana:Q")
    return finish(whisker + box + middle, height=320)


def _groups(values: pd.Series) -> tuple[pd.Series, list[str]]:
    """Each row's group, and the groups in order: the values, or tenths where there are many."""
    if values.name == ACTIVITIES:
        return values.map(YES_NO), list(COLOURS)
    if values.nunique() <= 12:
        names = {value: f"{value:g}".replace(".", ",") for value in np.unique(values)}
        return values.map(names), list(names.values())
    cut = pd.cut(values, bins=10, precision=6)
    low, high = values.min(), values.max()
    width = (high - low) / 10
    digits = max(0, 1 - math.floor(math.log10(width))) if width < 2 else 0
    names = {
        part: f"{number(max(part.left, low), digits)}–{number(part.right, digits)}"
        for part in cut.cat.categories
    }
    return cut.map(names), list(names.values())


def _five_numbers(values: pd.Series) -> dict[str, float]:
    """Ends of the whiskers, quartiles and median of a box."""
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    inside = values[values.between(q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))]
    return {"bajo": inside.min(), "q1": q1, "mediana": median, "q3": q3, "alto": inside.max()}


def heat_map(frame: pd.DataFrame) -> Chart:
    """Pearson's correlations of all columns; yes counts 1 and no 0."""
    numbers = frame[list(COLUMNS)].copy()
    numbers[ACTIVITIES] = (numbers[ACTIVITIES] == "Yes").astype("float64")
    correlations = numbers.corr()
    names = [SHORT_LABELS[column] for column in COLUMNS]
    cells = pd.DataFrame(
        [
            {
                "fila": SHORT_LABELS[row],
                "columna": SHORT_LABELS[column],
                "r": correlations.loc[row, column],
                "texto": number(correlations.loc[row, column]),
            }
            for row in COLUMNS
            for column in COLUMNS
        ]
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "columna:N",
            sort=names,
            title=None,
            axis=alt.Axis(labelAngle=-35, labelLimit=220, labelOverlap=False),
        ),
        y=alt.Y("fila:N", sort=names, title=None, axis=alt.Axis(labelLimit=220)),
    )
    squares = base.mark_rect().encode(
        color=alt.Color(
            "r:Q",
            title="r",
            scale=alt.Scale(domain=[-1, 0, 1], range=[SECOND, "#f5f5f5", MAIN]),
            legend=None,  # every cell says its number
        ),
        tooltip=["fila:N", "columna:N", alt.Tooltip("r:Q", format=".3f")],
    )
    text = base.mark_text(fontSize=11).encode(
        text="texto:N",
        color=alt.condition("abs(datum.r) > 0.6", alt.value("white"), alt.value("#222222")),
    )
    return finish(squares + text, height=420)


def view_3d(frame: pd.DataFrame, seed: int = 0) -> go.Figure:
    """Hours of study and previous scores against the index, coloured by the yes/no variable."""
    shown = sample(frame, seed)
    figure = go.Figure()
    for answer, name in YES_NO.items():
        rows = shown[shown[ACTIVITIES] == answer]
        figure.add_scatter3d(
            x=rows[HOURS],
            y=rows[SCORES],
            z=rows[TARGET],
            mode="markers",
            name=name,
            marker={"size": 2.5, "color": COLOURS[name], "opacity": 0.7},
            hovertemplate="%{x} h, %{y} puntos → %{z}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        scene={
            "xaxis_title": "Estudio (h)",
            "yaxis_title": "Notas (puntos)",
            "zaxis_title": "Índice (puntos)",
            "camera": {"eye": {"x": 1.9, "y": -1.9, "z": 0.9}},
        },
        legend={
            "title": LABELS[ACTIVITIES],
            "orientation": "h",
            "y": 1.02,
            "itemsizing": "constant",
        },
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        height=520,
        separators=",.",
    )
    return figure
