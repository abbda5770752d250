"""Predicción for the rows of a file."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from student_performance import mapping, reading
from student_performance.formatting import YES_NO, amount, number, percent, rows_name
from student_performance.inference import Bundle
from student_performance.mapping import Table
from student_performance.problems import Problem
from views import session
from views.prediction_row import warn_extrapolation

RESULT = ("Prediccion", "Inferior", "Superior")
SHOWN = 500


def page(bundle: Bundle, level: float) -> None:
    st.write(
        "El archivo necesita las variables del modelo, con los encabezados del archivo con que "
        "se entrenó; las demás columnas (nombre, curso…) se conservan en la respuesta. Una celda "
        "vacía la completa la red."
    )
    st.caption("Variables: " + session.escape(", ".join(names_in_file(bundle))) + ".")
    st.download_button(
        "Descargar un ejemplo",
        example(bundle),
        "ejemplo.csv",
        "text/csv",
        icon=":material/description:",
        on_click="ignore",
    )
    file = st.file_uploader(
        f"CSV, Excel (.xlsx), ODS o Parquet, hasta {reading.MAX_BYTES // 2**20} MB",
        type=["csv", "tsv", "txt", "xlsx", "ods", "parquet"],
        key="students",
    )
    if file is None:
        return
    raw = session.read_file(file.getvalue(), file.name)
    if isinstance(raw, Problem):
        session.show_problems(raw)
        return
    try:
        table = mapping.apply(raw, replace(bundle.mapping, missing="fill"), with_target=False)
    except Problem as error:
        session.show_problems(error)
        return
    predict_table(bundle, level, table)


def names_in_file(bundle: Bundle) -> list[str]:
    """Headings that the model's features had in the file of its training."""
    return [bundle.mapping.source(column) for column in bundle.schema.features]


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
    safe = pd.concat([reading.without_formulas(extra), numbers], axis=1)
    st.download_button(
        "Descargar las predicciones (CSV)",
        safe.to_csv(
            index=False, sep=";" if table.decimal == "," else ",", decimal=table.decimal
        ).encode("utf-8-sig"),
        "predicciones.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def example(bundle: Bundle) -> bytes:
    """Two rows in the form that the page reads, and that a spreadsheet in Spanish opens."""
    rows = pd.DataFrame({"Nombre": ["Ana", "Benito"]})
    for column in bundle.schema.features:
        quantiles = bundle.metrics["feature_quantiles"][column.name]
        values = [quantiles[len(quantiles) // 4], quantiles[len(quantiles) // 2]]
        if column.kind == "yes_no":
            cells = [list(YES_NO.values())[value == 0] for value in values]
        elif column.kind == "category":
            cells = [column.levels[int(value)] for value in values]
        else:
            cells = [f"{round(value, 4):g}".replace(".", ",") for value in values]
        rows[bundle.mapping.source(column)] = cells
    return reading.without_formulas(rows).to_csv(index=False, sep=";").encode("utf-8-sig")
