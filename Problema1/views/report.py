"""Informe: the analysis as one file, and the code that repeats it."""

from __future__ import annotations

import datetime
import re
from functools import partial

import streamlit as st

from student_performance import report, scripts
from student_performance.data import Dataset
from student_performance.inference import Bundle
from views import evaluation_sections, session


def content(bundle: Bundle, dataset: Dataset, model: str) -> bytes:
    """The report as a file; it takes some seconds."""
    same = session.same_columns(bundle.schema, dataset.schema)
    tested = evaluation_sections.tested(bundle, dataset) if same else None
    return report.report(bundle, dataset, model, tested, datetime.date.today()).encode()


def page() -> None:
    bundle, dataset, model = session.bundle(), session.dataset(), session.model_name()
    st.write(
        "El análisis de los datos elegidos y del modelo en uso, en un solo archivo HTML: datos, "
        "columnas, ajustes, lo que encontró el entrenamiento, cifras con sus intervalos, figuras "
        "y código. Se abre en cualquier navegador, sin internet, y se puede imprimir."
    )
    st.caption(f"{session.escape(model)}. Datos: {session.escape(dataset.name)}.")
    name = re.sub(r"\W+", "-", dataset.name.rpartition(".")[0] or dataset.name).strip("-")
    st.download_button(
        "Descargar el informe",
        partial(content, bundle, dataset, model),
        f"informe-{name[:60] or 'datos'}.html",
        "text/html",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        help="Se prepara al pulsar; tarda unos segundos.",
        key="report",
    )
    st.subheader("Ver el código")
    repeat, idea, predict = st.tabs(
        ["Repetir el entrenamiento", "La idea, en Keras", "Predecir con el archivo .keras"]
    )
    with repeat:
        st.caption(
            "Entrena la misma red con la misma tabla, columnas, ajustes y semilla. La tabla se "
            "busca por su nombre en la carpeta desde la que se ejecuta."
        )
        st.code(scripts.repeating(bundle), language="python")
    with idea:
        st.caption(
            "El método a la vista, en pocas líneas: la recta, una red pequeña por cada quinta "
            "parte de las filas, y la comparación que decide si se suman."
        )
        st.code(scripts.idea(bundle), language="python")
    with predict:
        st.caption(
            "El archivo model.keras está en el .zip que guarda Entrenamiento; el del modelo "
            "incluido es models/student_performance.keras."
        )
        st.code(scripts.predicting(bundle), language="python")


st.title("Informe")
page()
