"""Predicción: one student with sliders, or many from a file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from student_performance import tables
from student_performance.charts import predictions
from student_performance.columns import ACTIVITIES, FEATURES, NUMERIC_FEATURES, features
from student_performance.formatting import LABELS, UNITS, YES_NO, interval, listing, number, percent
from student_performance.inference import Bundle
from student_performance.problems import Problem
from student_performance.tables import Table
from views import session

START = {"Hours Studied": 5, "Previous Scores": 70, "Sleep Hours": 7}
START |= {"Sample Question Papers Practiced": 4}
RESULT = ("Prediccion", "Inferior", "Superior")


def one_student(bundle: Bundle, level: float) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        student = sliders(bundle)
    row = features(pd.DataFrame([student]))
    prediction, low, high = bundle.predict_interval(row, level)[0]
    with right:
        st.metric(
            "Índice de rendimiento previsto",
            f"{number(prediction, 1)} puntos",
            help="De 10 a 100 puntos.",
        )
        st.write(
            f"Intervalo del {percent(level, 0)}: **{interval(low, high, 1)}** puntos. De cada 100 "
            f"estudiantes como los de los datos, unos {number(100 * level, 0)} caen en el suyo."
        )
        warn_extrapolation(bundle, row)
    st.subheader("Cómo cambia con cada variable")
    st.caption(
        "Las demás quedan como están; la franja es el intervalo y la raya, el valor elegido."
    )
    ranges = bundle.metrics["feature_ranges"]
    varied = [name for name in NUMERIC_FEATURES if ranges[name][0] < ranges[name][1]]
    places = st.columns(2) + st.columns(2)
    for place, feature in zip(places, varied, strict=False):
        curve = sensitivity(bundle, row, feature, level)
        place.altair_chart(predictions.sensitivity(curve, student, feature))
    other = row.copy()
    other[0, FEATURES.index(ACTIVITIES)] = 1 - other[0, FEATURES.index(ACTIVITIES)]
    if bundle.extrapolates(other).any():
        return  # the model has seen only one of the two answers
    change = float(bundle.predict(other)[0] - bundle.predict(row)[0])
    st.write(
        f"Si {'dejara' if student[ACTIVITIES] == 'Yes' else 'hiciera'} las actividades "
        f"extracurriculares, la predicción {'subiría' if change > 0 else 'bajaría'} "
        f"{number(abs(change), 2)} puntos."
    )


def sliders(bundle: Bundle) -> dict:
    """The student's values, within those of the rows that the model was trained on."""
    ranges = bundle.metrics["feature_ranges"]
    student: dict = {}
    for name in FEATURES:
        if name == ACTIVITIES:
            student[name] = st.segmented_control(
                LABELS[name],
                list(YES_NO),
                format_func=lambda answer: YES_NO[answer],
                default="No" if ranges[name][0] == 0 else "Yes",
                required=True,
                key="student_activities",
                persist_state="session",
            )
            continue
        low, high = (int(np.floor(ranges[name][0])), int(np.ceil(ranges[name][1])))
        if low == high:
            st.write(f"{LABELS[name]}: {low} {UNITS[name]}, el único valor que el modelo conoce.")
            student[name] = float(low)
            continue
        student[name] = float(
            st.slider(
                f"{LABELS[name]} ({UNITS[name]})",
                low,
                high,
                int(np.clip(START[name], low, high)),
                key=f"student_{name}_{low}_{high}",
                persist_state="session",
            )
        )
    return student


def warn_extrapolation(bundle: Bundle, rows: np.ndarray) -> None:
    outside = bundle.extrapolates(rows).any(axis=0)
    if outside.any():
        names = listing([f"«{LABELS[FEATURES[at]]}»" for at in np.flatnonzero(outside)])
        limits = "; ".join(known_values(bundle, FEATURES[at]) for at in np.flatnonzero(outside))
        st.warning(
            f"Hay valores de {names} fuera de los que el modelo conoce ({limits}): ahí la "
            "predicción y su intervalo no tienen respaldo.",
            icon=":material/warning:",
        )


def known_values(bundle: Bundle, feature: str) -> str:
    low, high = bundle.metrics["feature_ranges"][feature]
    if feature == ACTIVITIES:
        return f"{LABELS[feature]}: sólo {'Sí' if low == 1 else 'No'}"
    return f"{LABELS[feature]}: {number(low, 0)} a {number(high, 0)}"


def sensitivity(bundle: Bundle, row: np.ndarray, feature: str, level: float) -> pd.DataFrame:
    """The prediction along a feature's range, the others kept."""
    low, high = bundle.metrics["feature_ranges"][feature]
    values = np.linspace(low, high, 41)
    rows = np.repeat(row, len(values), axis=0)
    rows[:, FEATURES.index(feature)] = values
    intervals = bundle.predict_interval(rows, level)
    return pd.DataFrame(intervals, columns=["prediction", "low", "high"]).assign(value=values)


def many_students(bundle: Bundle, level: float) -> None:
    st.write(
        "El archivo necesita las cinco variables, sin el índice; las demás columnas (nombre, "
        "curso…) se conservan en la respuesta."
    )
    st.download_button(
        "Descargar un ejemplo",
        example(),
        "estudiantes.csv",
        "text/csv",
        icon=":material/description:",
        on_click="ignore",
    )
    file = st.file_uploader(
        f"CSV con estudiantes, hasta {tables.MAX_BYTES // 2**20} MB. Encabezado: "
        + ", ".join(FEATURES),
        type="csv",
        key="students",
    )
    if file is None:
        return
    try:
        table = read(file.getvalue(), file.name)
    except Problem as error:
        session.show_problems(error)
        return
    predict_table(bundle, level, table)


def predict_table(bundle: Bundle, level: float, table: Table) -> None:
    """Predict every row of a file, show the first ones, and offer all of them for download."""
    rows = features(table.rows)
    answer = pd.DataFrame(
        bundle.predict_interval(rows, level).round(2), columns=RESULT, index=table.rows.index
    )
    st.success(
        f"{number(len(answer), 0)} estudiantes: en promedio {number(answer[RESULT[0]].mean(), 1)} "
        f"puntos, entre {number(answer[RESULT[0]].min(), 1)} y "
        f"{number(answer[RESULT[0]].max(), 1)}.",
        icon=":material/check_circle:",
    )
    warn_extrapolation(bundle, rows)
    titles = LABELS | {"Prediccion": f"Predicción ({percent(level, 0)})"}
    reserved = {*RESULT, *FEATURES, *titles.values()}
    extra = table.extra.rename(
        columns=lambda label: f"{label} (archivo)" if label in reserved else label
    )
    numbers = pd.concat([table.rows, answer], axis=1)
    whole = pd.concat([extra, numbers], axis=1)
    shown = whole.assign(**{ACTIVITIES: whole[ACTIVITIES].map(YES_NO)}).rename(columns=titles)
    st.dataframe(shown.head(500), hide_index=True)
    if len(whole) > 500:
        st.caption("Se muestran las primeras 500 filas; la descarga las tiene todas.")
    safe = pd.concat([tables.without_formulas(extra), numbers], axis=1)
    st.download_button(
        "Descargar las predicciones (CSV)",
        safe.to_csv(index=False, sep=table.separator, decimal=table.decimal).encode("utf-8-sig"),
        "predicciones.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


@st.cache_data(show_spinner="Validando el archivo…", max_entries=20)
def read(content: bytes, name: str) -> Table:
    return tables.read_table(content, name, columns=FEATURES)


@st.cache_data(show_spinner=False)
def example() -> bytes:
    """Three students in the form that the page reads."""
    rows = (
        session.embedded()
        .unique[list(FEATURES)]
        .head(3)
        .astype(dict.fromkeys(NUMERIC_FEATURES, int))
    )
    rows.insert(0, "Nombre", ["Ana", "Benito", "Carla"])
    return rows.to_csv(index=False).encode("utf-8")


st.title("Predicción")
model_in_use = session.bundle()
st.caption(session.escape(session.model_name()) + ".")
levels = [chosen for chosen in (0.8, 0.9, 0.95, 0.99) if chosen in model_in_use.levels]
levels = levels or model_in_use.levels[-1:]
if len(levels) > 1:
    chosen_level = st.select_slider(
        "Nivel del intervalo",
        levels,
        value=0.9 if 0.9 in levels else levels[0],
        format_func=lambda value: percent(value, 0),
        width=320,
        key="level",
        persist_state="session",
    )
else:  # so few rows give intervals that nothing higher can be promised
    chosen_level = levels[0]
    st.write(f"Nivel del intervalo: {percent(chosen_level, 0)}.")
alone, group = st.tabs(["Un estudiante", "Varios, desde un CSV"])
with alone:
    one_student(model_in_use, chosen_level)
with group:
    many_students(model_in_use, chosen_level)
