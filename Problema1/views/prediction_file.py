"""Predicción for the rows of a file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from student_performance import tables
from student_performance.formatting import YES_NO, amount, number, percent, rows_name
from student_performance.inference import Bundle
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED
from student_performance.tables import Table
from views import session
from views.prediction_row import warn_extrapolation

RESULT = ("Prediccion", "Inferior", "Superior")
SHOWN = 500


def page(bundle: Bundle, level: float) -> None:
    if not session.same_columns(bundle.schema, PUBLISHED):
        st.info(
            "Por ahora un archivo sólo se lee con las columnas publicadas; el modelo en uso tiene "
            "otras.",
            icon=":material/info:",
        )
        return
    names = [column.name for column in bundle.schema.features]
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
        + ", ".join(names),
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
    schema, unit = bundle.schema, bundle.schema.target.unit
    rows = schema.encode(table.rows)
    answer = pd.DataFrame(
        bundle.predict_interval(rows, level).round(2), columns=RESULT, index=table.rows.index
    )
    st.success(
        f"{number(len(answer), 0)} {rows_name(schema)}: en promedio "
        f"{amount(answer[RESULT[0]].mean(), 1, unit)}, entre "
        f"{number(answer[RESULT[0]].min(), 1)} y {number(answer[RESULT[0]].max(), 1)}.",
        icon=":material/check_circle:",
    )
    warn_extrapolation(bundle, rows)
    titles = {column.name: column.label for column in schema.columns}
    titles |= {RESULT[0]: f"Predicción ({percent(level, 0)})"}
    reserved = {*RESULT, *table.rows.columns, *titles.values()}
    extra = table.extra.rename(
        columns=lambda label: f"{label} (archivo)" if label in reserved else label
    )
    numbers = pd.concat([table.rows, answer], axis=1)
    shown = pd.concat([extra, numbers], axis=1).head(SHOWN)
    for column in schema.features:
        if column.kind == "yes_no":
            shown[column.name] = shown[column.name].map(YES_NO)
    st.dataframe(shown.rename(columns=titles), hide_index=True)
    if len(numbers) > SHOWN:
        st.caption(f"Se muestran las primeras {SHOWN} filas; la descarga las tiene todas.")
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
    return tables.read_table(content, name, columns=tables.FEATURES)


@st.cache_data(show_spinner=False)
def example() -> bytes:
    """Three students in the form that the page reads."""
    rows = (
        session.embedded()
        .unique[list(tables.FEATURES)]
        .head(3)
        .astype({column.name: int for column in PUBLISHED.numeric})
    )
    rows.insert(0, "Nombre", ["Ana", "Benito", "Carla"])
    return rows.to_csv(index=False).encode("utf-8")
