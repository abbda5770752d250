"""Charts of errors: by epoch while a network trains, and by the number of training rows."""

from __future__ import annotations

import altair as alt
import pandas as pd

from student_performance.charts.style import MAIN, SECOND, Chart, finish, log_axis
from student_performance.formatting import number, titled


def training_curves(epochs: pd.DataFrame, total: int, score: str, unit: str) -> Chart:
    """Error per epoch on training and validation rows.

    Args:
        epochs: columns ``epoch``, ``mse``, ``val_mse``, ``mae``, ``val_mae``, a row per epoch.
        total: epochs asked for, the end of the axis.
        score: ``mse`` or ``mae``.
        unit: of the target.
    """
    squared = unit if not unit else (f"{unit}²" if " " not in unit else f"({unit})²")
    title = {
        "mse": titled("Error cuadrático medio", squared),
        "mae": titled("Error absoluto medio", unit),
    }
    parts = {score: "Entrenamiento", f"val_{score}": "Validación"}
    long = epochs.melt("epoch", list(parts), "parte", "error").replace({"parte": parts})
    positive = long.loc[long["error"] > 0, "error"]
    options: dict = {}
    if len(positive) and positive.min() < positive.max():
        options = log_axis(float(positive.min()), float(positive.max()))
    chart = (
        alt.Chart(long)
        .mark_line(point=alt.OverlayMarkDef(size=25))
        .encode(
            x=alt.X(
                "epoch:Q",
                title="Época",
                scale=alt.Scale(domain=[1, max(total, 2)]),
                axis=alt.Axis(tickMinStep=1, format="d"),
            ),
            y=alt.Y("error:Q", title=title[score], **options),
            **_told_apart("parte", list(parts.values())),
            tooltip=["parte:N", "epoch:Q", alt.Tooltip("error:Q", format=".4~g")],
        )
    )
    last = epochs.iloc[-1]
    said = (
        f"{title[score]} por época: en la {int(last['epoch'])}, entrenamiento "
        f"{number(last[score], 3)} y validación {number(last[f'val_{score}'], 3)}."
    )
    return finish(chart, said, height=340)


def learning_curve(points: pd.DataFrame, unit: str) -> Chart:
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
            y=alt.Y(
                "error:Q", title=titled("RMSE de validación", unit), scale=alt.Scale(zero=False)
            ),
            **_told_apart("modelo", list(parts.values())),
            tooltip=[
                "modelo:N",
                alt.Tooltip("n:Q", format=","),
                alt.Tooltip("error:Q", format=".4~g"),
            ],
        )
    )
    last = points.iloc[-1]
    return finish(
        chart,
        f"Curva de aprendizaje: con {number(last['n'], 0)} filas, RMSE de la red "
        f"{number(last['rmse'])} y de mínimos cuadrados {number(last['ols_rmse'])}.",
    )


def _told_apart(field: str, names: list[str]) -> dict[str, alt.Color | alt.StrokeDash]:
    """Colour and dashes of two lines, whose names stand in a column of the data."""
    legend = alt.Legend(orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3)
    scale = alt.Scale(domain=names, range=[MAIN, SECOND])
    return {
        "color": alt.Color(f"{field}:N", scale=scale, legend=legend),
        "strokeDash": alt.StrokeDash(f"{field}:N", sort=names, legend=legend),
    }
