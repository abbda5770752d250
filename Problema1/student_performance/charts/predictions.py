"""Charts of predictions: true values, residuals, importance, intervals, sensitivity."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from scipy import stats

from student_performance.charts.style import GREY, MAIN, SECOND, Chart, finish, sample
from student_performance.columns import TARGET
from student_performance.formatting import LABELS, axis


def predicted_against_real(y: np.ndarray, predicted: np.ndarray) -> Chart:
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
    return finish(dots + line, height=360)


def residuals_against_prediction(y: np.ndarray, predicted: np.ndarray) -> Chart:
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
    return finish(dots + zero, height=360)


def residual_distribution(residuals: np.ndarray) -> Chart:
    """Histogram of the residuals with the normal curve of the same mean and deviation."""
    counts, edges = np.histogram(residuals, bins=np.clip(len(residuals) // 8, 5, 40))
    bins = pd.DataFrame({"desde": edges[:-1], "hasta": edges[1:], "n": counts, "cero": 0})
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
    x = np.linspace(edges[0], edges[-1], 120)
    density = stats.norm(residuals.mean(), residuals.std() or 1.0).pdf(x)
    curve = pd.DataFrame({"desde": x, "n": density * len(residuals) * (edges[1] - edges[0])})
    normal = alt.Chart(curve).mark_line(color=SECOND).encode(x="desde:Q", y="n:Q")
    return finish(bars + normal)


def importance(table: pd.DataFrame) -> Chart:
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
    deviations = (
        alt.Chart(shown).mark_rule(color=GREY, strokeWidth=2).encode(y=y, x="desde:Q", x2="hasta:Q")
    )
    return finish(bars + deviations)


def coverage(table: pd.DataFrame) -> Chart:
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
    return finish(ideal + measured)


def sensitivity(curves: pd.DataFrame, student: dict[str, float], feature: str) -> Chart:
    """One student's prediction along a feature; the other features stay.

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
    return finish(band + line + mark, height=240)
