"""Figures of the app: data frames in, Altair charts out (Plotly for the 3D view)."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from student_performance.columns import (
    ACTIVITIES,
    COLUMNS,
    HOURS,
    SCORES,
    TARGET,
)
from student_performance.formatting import LABELS, SHORT_LABELS, YES_NO, axis, number

# Blue and orange: told apart with any colour vision, on light and dark ground
COLOURS = {"Sí": "#2F80D0", "No": "#E0701B"}
MAIN, SECOND = COLOURS["Sí"], COLOURS["No"]
GREY = "#888888"
SAMPLE = 1500  # points drawn at most; more only hide each other
NUMBER_LOCALE = alt.NumberLocale(decimal=",", thousands=".", grouping=[3], currency=["", ""])


def _finish(chart: alt.TopLevelMixin, height: int = 360) -> alt.TopLevelMixin:
    """What all charts share: decimal comma, height, no frame."""
    if isinstance(chart, alt.Chart | alt.LayerChart):
        chart = chart.properties(height=height, width="container")
    return chart.configure(locale=alt.Locale(number=NUMBER_LOCALE, time=alt.Undefined))


def sample(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """At most ``SAMPLE`` rows, the same ones for the same seed."""
    return frame if len(frame) <= SAMPLE else frame.sample(SAMPLE, random_state=seed)


def scatter(frame: pd.DataFrame, feature: str) -> alt.TopLevelMixin:
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
        return _finish(dots)
    slope, intercept = np.polyfit(frame[feature], frame[TARGET], 1)
    ends = pd.DataFrame(
        {"x": [low, high], "y": [intercept + slope * low, intercept + slope * high]}
    )
    line = alt.Chart(ends).mark_line(color=GREY, strokeWidth=2.5).encode(x="x:Q", y="y:Q")
    return _finish(dots + line)


def counts(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """How many students answer yes and no."""
    found = frame[ACTIVITIES].map(YES_NO).value_counts().rename_axis("grupo").reset_index(name="n")
    bars = alt.Chart(found).encode(
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
    return _finish(coloured + text, height=160)


def distribution(frame: pd.DataFrame, column: str) -> alt.TopLevelMixin:
    """Histogram of a column: one bar per whole value, or up to 30 bins where there are many."""
    values = frame[column]
    low, high = values.min(), values.max()
    few = values.nunique() <= 30
    edges = np.append(np.unique(values), np.inf) if few else np.linspace(low, high, 31)
    found, edges = np.histogram(values, bins=edges)
    if few:
        step = np.diff(edges[:-1]).min() if len(edges) > 2 else 1.0
        left, right = edges[:-1] - 0.45 * step, edges[:-1] + 0.45 * step
    else:
        left, right = edges[:-1], edges[1:]
    bins = pd.DataFrame({"desde": left, "hasta": right, "n": found, "cero": 0})
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
    return _finish(chart, height=260)


def boxes(frame: pd.DataFrame, feature: str) -> alt.TopLevelMixin:
    """Box plot of the index for each value (or tenth) of a feature.

    Boxes span the quartiles with the median inside; whiskers reach the last point within 1.5
    interquartile ranges. Computed here, so that the browser gets five numbers a box.
    """
    if feature == ACTIVITIES:
        group, order = frame[feature].map(YES_NO), list(COLOURS)
    elif frame[feature].nunique() <= 12:
        group = frame[feature].map(lambda value: f"{value:g}".replace(".", ","))
        order = [f"{value:g}".replace(".", ",") for value in np.unique(frame[feature])]
    else:
        cut = pd.cut(frame[feature], bins=10, precision=6)
        width = (frame[feature].max() - frame[feature].min()) / 10
        digits = max(0, 1 - math.floor(math.log10(width))) if width < 2 else 0
        names = {
            part: f"{number(max(part.left, frame[feature].min()), digits)}–"
            f"{number(part.right, digits)}"
            for part in cut.cat.categories
        }
        group, order = cut.map(names), list(names.values())
    rows = []
    for name, values in frame[TARGET].groupby(group.astype(str)):
        q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
        inside = values[(values >= q1 - 1.5 * (q3 - q1)) & (values <= q3 + 1.5 * (q3 - q1))]
        rows.append(
            {
                "grupo": name,
                "n": len(values),
                "bajo": inside.min(),
                "q1": q1,
                "mediana": median,
                "q3": q3,
                "alto": inside.max(),
            }
        )
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
    return _finish(whisker + box + middle, height=320)


def heat_map(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Pearson's correlations of all columns; yes counts 1 and no 0."""
    numbers = frame[list(COLUMNS)].copy()
    numbers[ACTIVITIES] = (numbers[ACTIVITIES] == "Yes").astype("float64")
    table = numbers.corr()
    names = [SHORT_LABELS[column] for column in COLUMNS]
    cells = pd.DataFrame(
        [
            {
                "fila": SHORT_LABELS[row],
                "columna": SHORT_LABELS[column],
                "r": table.loc[row, column],
                "texto": number(table.loc[row, column]),
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
    return _finish(squares + text, height=420)


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


def training_curves(epochs: pd.DataFrame, total: int, score: str) -> alt.TopLevelMixin:
    """Error per epoch on training and validation rows.

    Args:
        epochs: columns ``epoch``, ``mse``, ``val_mse``, ``mae``, ``val_mae``, a row per epoch.
        total: epochs asked for, the end of the axis.
        score: ``mse`` or ``mae``.
    """
    title = {"mse": "Error cuadrático medio (puntos²)", "mae": "Error absoluto medio (puntos)"}
    parts = {score: "Entrenamiento", f"val_{score}": "Validación"}
    long = epochs.melt("epoch", list(parts), "parte", "error").replace({"parte": parts})
    chart = (
        alt.Chart(long)
        .mark_line(point=alt.OverlayMarkDef(size=25))
        .encode(
            x=alt.X("epoch:Q", title="Época", scale=alt.Scale(domain=[1, max(total, 2)])),
            y=alt.Y("error:Q", title=title[score], scale=alt.Scale(type="log")),
            color=_pair("parte", "Entrenamiento", "Validación"),
            strokeDash=alt.StrokeDash(
                "parte:N",
                sort=list(parts.values()),
                legend=alt.Legend(
                    orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3
                ),
            ),
            tooltip=["parte:N", "epoch:Q", alt.Tooltip("error:Q", format=".3f")],
        )
    )
    return _finish(chart, height=340)


def predicted_against_real(y: np.ndarray, predicted: np.ndarray) -> alt.TopLevelMixin:
    """Predicted against true index, with the line of equality."""
    shown = sample(pd.DataFrame({"real": y, "predicho": predicted}))
    low, high = float(min(y.min(), predicted.min())), float(max(y.max(), predicted.max()))
    scale = alt.Scale(domain=[low, high], nice=True)
    dots = (
        alt.Chart(shown)
        .mark_circle(size=18, opacity=0.45, color=MAIN)
        .encode(
            x=alt.X("predicho:Q", title="Predicho (puntos)", scale=scale),
            y=alt.Y("real:Q", title="Real (puntos)", scale=scale),
            tooltip=["real:Q", alt.Tooltip("predicho:Q", format=".1f")],
        )
    )
    ends = pd.DataFrame({"predicho": [low, high], "real": [low, high]})
    line = (
        alt.Chart(ends).mark_line(color=GREY, strokeDash=[6, 4]).encode(x="predicho:Q", y="real:Q")
    )
    return _finish(dots + line, height=360)


def residuals_against_prediction(y: np.ndarray, predicted: np.ndarray) -> alt.TopLevelMixin:
    """True minus predicted against predicted: a good model leaves no shape."""
    shown = sample(pd.DataFrame({"predicho": predicted, "residuo": y - predicted}))
    dots = (
        alt.Chart(shown)
        .mark_circle(size=18, opacity=0.45, color=MAIN)
        .encode(
            x=alt.X("predicho:Q", title="Predicho (puntos)", scale=alt.Scale(zero=False)),
            y=alt.Y("residuo:Q", title="Residuo: real − predicho (puntos)"),
            tooltip=[
                alt.Tooltip("predicho:Q", format=".1f"),
                alt.Tooltip("residuo:Q", format=".2f"),
            ],
        )
    )
    zero = (
        alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=GREY, strokeDash=[6, 4]).encode(y="y:Q")
    )
    return _finish(dots + zero, height=360)


def residual_distribution(residuals: np.ndarray) -> alt.TopLevelMixin:
    """Histogram of the residuals with the normal curve of the same mean and deviation."""
    found, edges = np.histogram(residuals, bins=np.clip(len(residuals) // 8, 5, 40))
    bins = pd.DataFrame({"desde": edges[:-1], "hasta": edges[1:], "n": found, "cero": 0})
    bars = (
        alt.Chart(bins)
        .mark_bar(color=MAIN, opacity=0.8)
        .encode(
            x=alt.X("desde:Q", title="Residuo (puntos)"),
            x2="hasta:Q",
            y=alt.Y("n:Q", title="Estudiantes"),
            y2="cero:Q",
        )
    )
    mean, deviation = residuals.mean(), residuals.std() or 1.0
    at = np.linspace(edges[0], edges[-1], 120)
    density = np.exp(-0.5 * ((at - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    curve = pd.DataFrame({"desde": at, "n": density * len(residuals) * (edges[1] - edges[0])})
    normal = alt.Chart(curve).mark_line(color=SECOND).encode(x="desde:Q", y="n:Q")
    return _finish(bars + normal)


def importance(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Loss of R2 when a feature is shuffled, with one standard deviation to each side."""
    shown = table.assign(
        variable=table["feature"].map(LABELS),
        desde=table["mean"] - table["std"],
        hasta=table["mean"] + table["std"],
    )
    y = alt.Y("variable:N", title=None, sort=None, axis=alt.Axis(labelLimit=220))
    bars = (
        alt.Chart(shown)
        .mark_bar(color=MAIN)
        .encode(
            y=y,
            x=alt.X("mean:Q", title="Caída de R² al mezclar la variable"),
            tooltip=["variable:N", alt.Tooltip("mean:Q", title="caída de R²", format=".4f")],
        )
    )
    bars_end = (
        alt.Chart(shown).mark_rule(color=GREY, strokeWidth=2).encode(y=y, x="desde:Q", x2="hasta:Q")
    )
    return _finish(bars + bars_end)


def learning_curve(points: pd.DataFrame) -> alt.TopLevelMixin:
    """RMSE on validation rows against the number of training rows, network and OLS."""
    parts = {"rmse": "Red", "ols_rmse": "Mínimos cuadrados"}
    long = points.melt("n", list(parts), "modelo", "error").replace({"modelo": parts})
    chart = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "n:Q",
                title="Filas de entrenamiento, escala log.",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(values=sorted(points["n"].unique().tolist()), format=","),
            ),
            y=alt.Y("error:Q", title="RMSE de validación (puntos)", scale=alt.Scale(zero=False)),
            color=_pair("modelo", "Red", "Mínimos cuadrados"),
            strokeDash=alt.StrokeDash(
                "modelo:N",
                sort=list(parts.values()),
                legend=alt.Legend(
                    orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3
                ),
            ),
            tooltip=[
                "modelo:N",
                alt.Tooltip("n:Q", format=","),
                alt.Tooltip("error:Q", format=".3f"),
            ],
        )
    )
    return _finish(chart)


def coverage(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Measured against nominal coverage of the prediction intervals, level by level."""
    x = alt.X(
        "level:Q", title="Nivel prometido", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False)
    )
    y = alt.Y(
        "coverage:Q",
        title="Cobertura medida",
        axis=alt.Axis(format=".0%"),
        scale=alt.Scale(zero=False),
    )
    measured = (
        alt.Chart(table)
        .mark_line(color=MAIN, strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("level:Q", title="prometido", format=".0%"),
                alt.Tooltip("coverage:Q", title="medida", format=".1%"),
                alt.Tooltip("width:Q", title="ancho (puntos)", format=".2f"),
            ],
        )
    )
    ends = table["level"].agg(["min", "max"]).to_numpy()
    equal = pd.DataFrame({"level": ends, "coverage": ends})
    ideal = (
        alt.Chart(equal)
        .mark_line(color=GREY, strokeDash=[6, 4])
        .encode(x="level:Q", y="coverage:Q")
    )
    return _finish(ideal + measured)


def sensitivity(curves: pd.DataFrame, student: dict[str, float], feature: str) -> alt.TopLevelMixin:
    """How one student's prediction moves with one feature, the others kept.

    Args:
        curves: columns ``value``, ``prediction``, ``low``, ``high`` for that feature.
        student: the feature values chosen.
        feature: a numeric feature.
    """
    x = alt.X("value:Q", title=axis(feature), scale=alt.Scale(zero=False, nice=False))
    y = alt.Y("prediction:Q", title="Índice (puntos)", scale=alt.Scale(zero=False))
    band = (
        alt.Chart(curves)
        .mark_area(opacity=0.25, color=MAIN)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    )
    line = (
        alt.Chart(curves)
        .mark_line(color=MAIN)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("value:Q", title=LABELS[feature], format=".1f"),
                alt.Tooltip("prediction:Q", title=LABELS[TARGET], format=".1f"),
            ],
        )
    )
    here = pd.DataFrame({"value": [student[feature]]})
    mark = alt.Chart(here).mark_rule(color=SECOND, strokeDash=[4, 3]).encode(x="value:Q")
    return _finish(band + line + mark, height=240)


def _pair(field: str, first: str, second: str) -> alt.Color:
    return alt.Color(
        f"{field}:N",
        scale=alt.Scale(domain=[first, second], range=[MAIN, SECOND]),
        legend=alt.Legend(orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3),
    )
