"""Predicción for one row, whose values are set with sliders."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from student_performance import verdicts
from student_performance.charts import effects
from student_performance.formatting import (
    YES_NO,
    amount,
    interval,
    listing,
    number,
    percent,
    rows_name,
    short,
    the_rows,
    titled,
)
from student_performance.inference import Bundle
from student_performance.schema import PUBLISHED, Column
from views import session

START = {"Hours Studied": 5, "Previous Scores": 70, "Sleep Hours": 7}
START |= {"Sample Question Papers Practiced": 4}
STEPS = 100  # of a slider over numbers with decimals
CURVES = 8  # sensitivity charts at most: those of the features that move this prediction most
CLOSE = 0.005  # change of the prediction, in target units, that counts as none


def page(bundle: Bundle, level: float) -> None:
    schema = bundle.schema
    above = st.container()  # before the sliders, so that a phone shows both together
    left, right = st.columns(2, gap="large")
    with left:
        chosen = sliders(bundle)
    row = schema.encode(pd.DataFrame([chosen]))
    with above:
        answer(bundle, row, level)
    mean, added = bundle.contributions(row)
    with right:
        cells = [cell(chosen[column.name], column) for column in schema.features]
        st.altair_chart(effects.contributions(added, cells, schema))
        st.write(session.escape(verdicts.contributions(added, mean, schema)))
    sensitivities(bundle, row, level, added)
    for at, column in enumerate(schema.features):
        if column.kind == "yes_no":
            other_answer(bundle, row, at)


def answer(bundle: Bundle, row: np.ndarray, level: float) -> None:
    """Prediction and interval of a row (1, d)."""
    schema, unit = bundle.schema, bundle.schema.target.unit
    prediction, low, high = bundle.predict_interval(row, level)[0]
    usual = bundle.target_limits
    st.metric(
        session.escape(f"{schema.target.label} previsto")
        if schema == PUBLISHED  # of other targets the gender is unknown
        else session.escape(f"Predicción de {schema.target.label}"),
        amount(prediction, 1, unit),
        help=f"De {short(usual[0])} a {amount(usual[1], 0, unit)}." if usual else None,
    )
    st.write(
        session.escape(f"Intervalo del {percent(level, 0)}: ")
        + f"**{session.escape(interval(low, high, 1))}**"
        + session.escape(
            f"{f' {unit}' if unit else ''}. De cada 100 {rows_name(schema)} como "
            f"{the_rows(schema).split()[0]} de los datos, unos {number(100 * level, 0)} caen en el "
            "suyo."
        )
    )
    warn_extrapolation(bundle, row)


def sliders(bundle: Bundle) -> dict:
    """The row's values, within those of the rows that the model was trained on."""
    return {column.name: value_of(bundle, column) for column in bundle.schema.features}


def value_of(bundle: Bundle, column: Column) -> float | str:
    low, high = bundle.range(column.name)
    key = f"student_{session.columns_key(bundle.schema)}_{column.name}"
    if column.kind == "yes_no":
        return st.segmented_control(
            column.label,
            list(YES_NO),
            format_func=lambda answer: YES_NO[answer],
            default="No" if low == 0 else "Yes",
            required=True,
            key=key,
            persist_state="session",
        )
    if column.kind == "category":
        return st.selectbox(
            column.label,
            column.levels,
            int(bundle.typical(column.name)),
            key=key,
            persist_state="session",
        )
    if low == high:
        st.write(
            f"{session.escape(column.label)}: {amount(low, 0 if low % 1 == 0 else 2, column.unit)},"
            " el único valor que el modelo conoce."
        )
        return low
    return number_of(bundle, column, key)


def number_of(bundle: Bundle, column: Column, key: str) -> float:
    """A number, with a slider whose steps fit the data or typed with any decimals."""
    low, high = bundle.range(column.name)
    whole = all(value % 1 == 0 for value in bundle.metrics["feature_quantiles"][column.name])
    step = 1.0 if whole else float(f"{(high - low) / STEPS:.0e}")
    low, high = float(np.floor(low / step) * step), float(np.ceil(high / step) * step)
    start = START.get(column.name) if bundle.schema == PUBLISHED else None
    middle = bundle.typical(column.name) if start is None else start
    state, key = st.session_state, f"{key}_{low}_{high}"
    value = float(state.setdefault(f"{key}_value", min(max(middle, low), high)))
    show_value(f"{key}_slider", min(max(round(value / step) * step, low), high))
    show_value(f"{key}_typed", value)

    def take(widget: str) -> None:
        if state[widget] is not None:
            state[f"{key}_value"] = state[widget]

    title = titled(column.label, column.unit)
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        st.slider(
            title,
            low,
            high,
            step=step,
            format="%.6g",
            key=f"{key}_slider",
            on_change=take,
            args=(f"{key}_slider",),
        )
        st.number_input(
            f"{title}, exacto",
            low,
            high,
            step=step,
            format="%.6g",
            label_visibility="collapsed",
            width=120,
            key=f"{key}_typed",
            on_change=take,
            args=(f"{key}_typed",),
        )
    return value


def show_value(widget: str, value: float) -> None:
    """Set a widget where it shows another value; else a slider that is dragged would jump back."""
    if st.session_state.get(widget) != value:
        st.session_state[widget] = value


def cell(value: float | str, column: Column) -> str:
    if column.kind == "number":
        return short(float(value))
    return YES_NO.get(str(value), str(value))


def warn_extrapolation(bundle: Bundle, rows: np.ndarray) -> None:
    outside = np.flatnonzero(bundle.extrapolates(rows).any(axis=0))
    if len(outside):
        columns = [bundle.schema.features[at] for at in outside]
        names = listing([f"«{column.label}»" for column in columns])
        limits = "; ".join(known_values(bundle, column) for column in columns)
        st.warning(
            session.escape(
                f"Hay valores de {names} fuera de los que el modelo conoce ({limits}): ahí la "
                "predicción y su intervalo no tienen respaldo."
            ),
            icon=":material/warning:",
        )


def known_values(bundle: Bundle, column: Column) -> str:
    low, high = bundle.range(column.name)
    if column.kind == "number":
        return f"{column.label}: {short(low)} a {short(high)}"
    names = effects.names(np.unique([low, high]), column)
    return f"{column.label}: {'sólo ' if len(names) == 1 else ''}{' a '.join(names)}"


def sensitivities(bundle: Bundle, row: np.ndarray, level: float, added: np.ndarray) -> None:
    """The prediction along each numeric feature, the others kept."""
    schema = bundle.schema
    varied = [
        at
        for at, column in enumerate(schema.features)
        if column.kind != "yes_no" and np.ptp(bundle.range(column.name)) > 0
    ]
    most = set(sorted(varied, key=lambda at: -abs(added[at]))[:CURVES])
    st.subheader("Cómo cambia con cada variable")
    st.caption(
        "Las demás quedan como están; la franja es el intervalo y la raya, el valor elegido."
        + (f" Se dibujan las {CURVES} que más pesan aquí." if len(varied) > CURVES else "")
    )
    for place, at in zip(
        session.places(2, len(most)), [at for at in varied if at in most], strict=True
    ):
        curve = sensitivity(bundle, row, at, level)
        name = schema.features[at].name
        place.altair_chart(effects.sensitivity(curve, float(row[0, at]), schema, name))


def sensitivity(bundle: Bundle, row: np.ndarray, at: int, level: float) -> pd.DataFrame:
    """The prediction along a feature's range, the others kept."""
    column = bundle.schema.features[at]
    low, high = bundle.range(column.name)
    values = np.linspace(low, high, 41)
    if column.kind == "category":
        values = np.unique(bundle.metrics["feature_quantiles"][column.name])
    rows = np.repeat(row, len(values), axis=0)
    rows[:, at] = values
    intervals = bundle.predict_interval(rows, level)
    return pd.DataFrame(intervals, columns=["prediction", "low", "high"]).assign(value=values)


def other_answer(bundle: Bundle, row: np.ndarray, at: int) -> None:
    """What would change with the other answer to a yes/no variable."""
    column = bundle.schema.features[at]
    other = row.copy()
    other[0, at] = 1 - other[0, at]
    if bundle.extrapolates(other)[0, at]:
        return  # the model has seen only one of the two answers
    change = float(bundle.predict(other)[0] - bundle.predict(row)[0])
    answer = "no" if row[0, at] == 1 else "sí"
    effect = (
        "la predicción no cambiaría"
        if abs(change) < CLOSE
        else f"la predicción {'subiría' if change > 0 else 'bajaría'} "
        f"{amount(abs(change), 2, bundle.schema.target.unit)}"
    )
    st.write(session.escape(f"Si «{column.label}» fuera {answer}, {effect}."))
