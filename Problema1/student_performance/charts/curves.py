"""Charts of errors: by epoch while a network trains, and by the number of training rows."""

from __future__ import annotations

import altair as alt
import pandas as pd

from student_performance.charts.style import (
    GREY,
    LEVEL_COLOURS,
    MAIN,
    SECOND,
    Chart,
    finish,
    log_axis,
)
from student_performance.formatting import number, titled


def by_epoch(history: dict[str, list]) -> pd.DataFrame:
    """The history of ``metrics.json`` as :func:`training_curves` takes it."""
    frame = pd.DataFrame(history).astype("float64")
    return frame.assign(epoch=range(1, len(frame) + 1))


def training_curves(epochs: pd.DataFrame, total: int, unit: str) -> Chart:
    """Mean error of the small networks per epoch, on the rows that each learns from and on those
    held out from it, with a band of a standard deviation between networks to both sides.

    Args:
        epochs: columns ``epoch``, ``rmse``, ``rmse_sd``, ``val_rmse``, ``val_rmse_sd``.
        total: epochs asked for, the end of the axis.
        unit: of the target.
    """
    parts = {"rmse": "Entrenamiento", "val_rmse": "Validación"}
    columns = {"epoch": epochs["epoch"]}
    long = pd.concat(
        pd.DataFrame(
            columns
            | {
                "parte": label,
                "error": epochs[name].astype("float64"),
                "low": (epochs[name] - epochs[f"{name}_sd"]).astype("float64"),
                "high": (epochs[name] + epochs[f"{name}_sd"]).astype("float64"),
            }
        )
        for name, label in parts.items()
    )
    title = titled("RMSE", unit)
    positive = long.loc[long["error"] > 0, "error"]
    options: dict = {"scale": alt.Scale(zero=False)}
    if len(positive) and positive.max() >= 3 * positive.min():
        low, high = float(positive.min()), float(positive.max())
        options = log_axis(low, high)
        long[["low", "high"]] = long[["low", "high"]].clip(low, high)
    x = alt.X(
        "epoch:Q",
        title="Época",
        scale=alt.Scale(domain=[1, max(total, 2)]),
        axis=alt.Axis(tickMinStep=1, format="d"),
    )
    told = _told_apart("parte", list(parts.values()))
    base = alt.Chart(long)
    band = base.mark_area(opacity=0.15).encode(
        x=x, y=alt.Y("low:Q", title=title, **options), y2="high:Q", color=told["color"]
    )
    line = base.mark_line(point=alt.OverlayMarkDef(size=25)).encode(
        x=x,
        y=alt.Y("error:Q", title=title, **options),
        **told,
        tooltip=["parte:N", "epoch:Q", alt.Tooltip("error:Q", title=title, format=".4~g")],
    )
    last = epochs.iloc[-1]
    said = (
        f"{title} por época: en la {int(last['epoch'])}, entrenamiento {number(last['rmse'], 3)} y "
        f"validación {number(last['val_rmse'], 3)}."
    )
    return finish(band + line, said, height=340)


def validation_curves(histories: dict[str, pd.DataFrame], unit: str) -> Chart:
    """Error on held-out rows per epoch of several trainings.

    Args:
        histories: by name: columns ``epoch`` and ``val_rmse``.
        unit: of the target, empty where the trainings have different ones.
    """
    long = pd.concat(
        pd.DataFrame({"modelo": name, "epoch": frame["epoch"], "error": frame["val_rmse"]})
        for name, frame in histories.items()
    ).dropna()
    names = list(histories)
    title = titled("RMSE de validación", unit)
    options: dict = {"scale": alt.Scale(zero=False)}
    positive = long.loc[long["error"] > 0, "error"]
    if len(positive) and positive.max() >= 3 * positive.min():
        options = log_axis(float(positive.min()), float(positive.max()))
    chart = (
        alt.Chart(long)
        .mark_line(point=alt.OverlayMarkDef(size=20))
        .encode(
            x=alt.X("epoch:Q", title="Época", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("error:Q", title=title, **options),
            color=alt.Color(
                "modelo:N",
                scale=alt.Scale(domain=names, range=[*LEVEL_COLOURS, GREY][: len(names)]),
                legend=alt.Legend(orient="top", title=None, columns=3),
            ),
            tooltip=["modelo:N", "epoch:Q", alt.Tooltip("error:Q", title=title, format=".4~g")],
        )
    )
    ends = [f"{name} {number(frame['val_rmse'].iloc[-1], 3)}" for name, frame in histories.items()]
    return finish(chart, f"{title} en la última época: {'; '.join(ends)}.", height=300)


def learning_curve(points: pd.DataFrame, unit: str) -> Chart:
    """RMSE on held-out rows against the number of rows to learn from, network and OLS."""
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
                "error:Q",
                title=titled("RMSE en filas apartadas", unit),
                scale=alt.Scale(zero=False),
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
    legend = alt.Legend(
        orient="top",
        title=None,
        symbolType="stroke",
        symbolStrokeWidth=3,
        symbolOpacity=1,
        labelLimit=300,
    )
    colours = alt.Scale(domain=names, range=[MAIN, SECOND])
    dashes = alt.Scale(domain=names, range=[[1, 0], [4, 2]])
    return {
        "color": alt.Color(f"{field}:N", scale=colours, legend=legend),
        "strokeDash": alt.StrokeDash(f"{field}:N", scale=dashes, legend=legend),
    }
