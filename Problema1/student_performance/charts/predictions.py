"""Charts of predictions: true values, residuals, intervals."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from scipy import stats

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
from student_performance.formatting import amount, number, percent, titled
from student_performance.schema import Column, Schema


def predicted_against_real(y: np.ndarray, predicted: np.ndarray, unit: str) -> Chart:
    """True against predicted target, with the line of equality."""
    shown = sample(pd.DataFrame({"real": y, "predicho": predicted}))
    low, high = float(min(y.min(), predicted.min())), float(max(y.max(), predicted.max()))
    scale = alt.Scale(domain=[low, high], nice=True)
    dots = (
        alt.Chart(shown)
        .mark_circle(size=18, opacity=0.45, color=MAIN)
        .encode(
            x=alt.X("predicho:Q", title=titled("Predicho", unit), scale=scale),
            y=alt.Y("real:Q", title=titled("Real", unit), scale=scale),
            tooltip=["real:Q", alt.Tooltip("predicho:Q", format=".4~g")],
        )
    )
    ends = pd.DataFrame({"predicho": [low, high], "real": [low, high]})
    line = (
        alt.Chart(ends).mark_line(color=GREY, strokeDash=[6, 4]).encode(x="predicho:Q", y="real:Q")
    )
    r = np.corrcoef(y, predicted)[0, 1] if np.ptp(y) and np.ptp(predicted) else np.nan
    return finish(dots + line, f"Puntos: real según predicho, correlación {number(r, 3)}.")


def residuals_against_prediction(y: np.ndarray, predicted: np.ndarray, unit: str) -> Chart:
    """True minus predicted against predicted: a good model leaves no shape."""
    shown = sample(pd.DataFrame({"x": predicted, "residuo": y - predicted}))
    x = alt.X("x:Q", title=titled("Predicho", unit), scale=alt.Scale(zero=False))
    return _residuals(shown, x, "predicho", unit)


def residuals_against_feature(
    frame: pd.DataFrame, column: Column, residuals: np.ndarray, unit: str
) -> Chart:
    """True minus predicted against a numeric feature.

    Args:
        frame: rows that hold the column.
        residuals: (n,) of the same rows.
    """
    shown = pd.DataFrame({"x": frame[column.name].to_numpy(), "residuo": residuals})
    shown = sample(shown.dropna())
    options: dict = {"scale": alt.Scale(zero=False)}
    if spans_decades(shown["x"]):
        options = log_axis(shown["x"].min(), shown["x"].max())
    return _residuals(shown, alt.X("x:Q", title=column.axis, **options), column.label, unit)


def _residuals(shown: pd.DataFrame, x: alt.X, name: str, unit: str) -> Chart:
    dots = (
        alt.Chart(shown)
        .mark_circle(size=18, opacity=0.45, color=MAIN)
        .encode(
            x=x,
            y=alt.Y("residuo:Q", title=titled("Residuo: real − predicho", unit)),
            tooltip=[
                alt.Tooltip("x:Q", title=name, format=".4~g"),
                alt.Tooltip("residuo:Q", format=".4~g"),
            ],
        )
    )
    zero = (
        alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=GREY, strokeDash=[6, 4]).encode(y="y:Q")
    )
    spread = amount(shown["residuo"].std(), 2, unit)
    return finish(dots + zero, f"Puntos: residuo según {name}, desvío {spread}.")


def residual_distribution(residuals: np.ndarray, rows: str, unit: str) -> Chart:
    """Histogram of the residuals with the normal curve of the same mean and deviation.

    Args:
        rows: what a row is, for the axis.
    """
    counts, edges = np.histogram(residuals, bins=np.clip(len(residuals) // 8, 5, 40))
    bins = pd.DataFrame({"desde": edges[:-1], "hasta": edges[1:], "n": counts, "cero": 0})
    bars = (
        alt.Chart(bins)
        .mark_bar(color=MAIN, opacity=0.8)
        .encode(
            x=alt.X("desde:Q", title=titled("Residuo", unit)),
            x2="hasta:Q",
            y=alt.Y("n:Q", title=rows.capitalize()),
            y2="cero:Q",
        )
    )
    x = np.linspace(edges[0], edges[-1], 120)
    density = stats.norm(residuals.mean(), residuals.std() or 1.0).pdf(x)
    curve = pd.DataFrame({"desde": x, "n": density * len(residuals) * (edges[1] - edges[0])})
    normal = alt.Chart(curve).mark_line(color=SECOND).encode(x="desde:Q", y="n:Q")
    said = f"media {number(residuals.mean())} y desvío {amount(residuals.std(), 2, unit)}"
    return finish(bars + normal, f"Histograma de los residuos: {said}.")


def coverage(table: pd.DataFrame, unit: str) -> Chart:
    """Measured against nominal coverage of the prediction intervals, level by level."""
    share = alt.Axis(labelExpr="format(100 * datum.value, 'd') + ' %'")
    x = alt.X("level:Q", title="Nivel prometido", axis=share, scale=alt.Scale(zero=False))
    y = alt.Y("coverage:Q", title="Cobertura medida", axis=share, scale=alt.Scale(zero=False))
    shown = table.assign(
        prometido=[percent(level, 0) for level in table["level"]],
        medida=[percent(level) for level in table["coverage"]],
    )
    measured = (
        alt.Chart(shown)
        .mark_line(color=MAIN, strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            tooltip=[
                "prometido:N",
                "medida:N",
                alt.Tooltip("width:Q", title=titled("ancho", unit), format=".4~g"),
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
    gap = (table["coverage"] - table["level"]).abs().max()
    return finish(
        ideal + measured,
        f"Línea: cobertura medida según la prometida; la mayor distancia es de {percent(gap)}.",
    )


def coverage_by_part(table: pd.DataFrame, level: float, schema: Schema) -> Chart:
    """Coverage in each part of one feature, against the level promised.

    Args:
        table: the rows of ``evaluation.coverage_by_part`` for one feature.
    """
    shown = table.assign(medida=[percent(share) for share in table["coverage"]])
    title = schema[table["feature"].iloc[0]].axis
    order = list(table["part"])
    bars = (
        alt.Chart(shown)
        .mark_bar(color=MAIN)
        .encode(
            x=alt.X("part:N", sort=order, title=title, axis=names_axis(labelAngle=-35)),
            y=alt.Y(
                "coverage:Q",
                title="Cobertura medida",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(labelExpr="format(100 * datum.value, 'd') + ' %'"),
            ),
            tooltip=[
                alt.Tooltip("part:N", title=title),
                "medida:N",
                alt.Tooltip("n:Q", title="Filas", format=","),
                alt.Tooltip("width:Q", title="ancho medio", format=".4~g"),
            ],
        )
    )
    promised = (
        alt.Chart(pd.DataFrame({"y": [level]}))
        .mark_rule(color=SECOND, strokeDash=[6, 4])
        .encode(y="y:Q")
    )
    said = f"entre {percent(table['coverage'].min())} y {percent(table['coverage'].max())}"
    return finish(bars + promised, f"Barras: cobertura por {title}, {said}.", height=260)
