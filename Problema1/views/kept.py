"""The trainings of a visit side by side: settings, figures, curves; use, save and load."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from student_performance import archives, verdicts
from student_performance.charts.curves import by_epoch, validation_curves
from student_performance.data import Dataset
from student_performance.formatting import LOSSES, interval, number, penalty_name, titled
from student_performance.inference import Bundle
from student_performance.problems import Problem
from views import session
from views.session import Kept

SHIPPED = "Modelo incluido"


def kept_models() -> None:
    """Every model of the visit, to compare and to put to use; and one from a file."""
    st.subheader("Modelos de esta visita")
    models = session.kept()
    if models:
        st.dataframe(table(models), hide_index=True)
    choose(models)
    if len(models) > 1:
        comparison(models)
    load()


def table(models: list[Kept]) -> pd.DataFrame:
    """Settings and figures, a row for each model."""
    used = session.in_use()
    rows = []
    for model in models:
        metrics = model.bundle.metrics
        config, target = metrics["config"], model.bundle.schema.target
        low, high = metrics["rmse_ci"]
        rows.append(
            {
                "Modelo": model.name + (" (en uso)" if model is used else ""),
                "Datos": metrics["data"],
                "Predice": titled(target.label, target.unit),
                "Capas": " → ".join(map(str, config["hidden"])),
                "Épocas": metrics["epochs_run"],
                "Lote": config["batch_size"],
                "Tasa": number(config["learning_rate"], 4).rstrip("0"),
                "Pérdida": LOSSES[config["loss"]],
                "Regularización": penalty_name(config["penalty"]),
                "Semilla": metrics["seed"],
                "RMSE en filas no vistas": number(metrics["held_out_rmse"], 3),
                "RMSE de prueba": f"{number(metrics['rmse'], 3)} {interval(low, high, 3)}",
                "Segundos": number(metrics["fit_seconds"], 1),
            }
        )
    return pd.DataFrame(rows)


def choose(models: list[Kept]) -> None:
    """Put a model to use, the shipped one included; save it to a file."""
    names = [SHIPPED, *(model.name for model in models)]
    used = session.in_use()
    name = st.selectbox(
        "Modelo en uso en todas las páginas",
        names,
        names.index(used.name) if used else 0,
        width=480,
        key=f"use_{len(models)}_{used.name if used else ''}",
    )
    model = models[names.index(name) - 1] if name != SHIPPED else None
    if model is not used:
        session.use(model)
        st.rerun()
    if model:
        st.download_button(
            "Guardar este modelo (.zip)",
            partial(archives.archive, model.trained),
            f"{model.name.lower().replace(' ', '-')}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            help="Red de Keras (.keras) y, si la hay, de LiteRT; columnas, intervalos y cifras.",
        )


def comparison(models: list[Kept]) -> None:
    """Two models on the rows that both set aside, and the validation curves of all."""
    left, right = st.columns([1, 1])
    names = [model.name for model in models]
    with left:
        first = st.selectbox("Comparar", names, len(names) - 1, key=f"first_{len(names)}")
        second = st.selectbox("con", names, len(names) - 2, key=f"second_{len(names)}")
        one, other = (models[names.index(name)].bundle for name in (first, second))
        st.write(session.escape(compared(one, other, (first, second))))
    with right:
        histories = {model.name: by_epoch(model.bundle.metrics["history"]) for model in models}
        units = {model.bundle.schema.target.unit for model in models}
        st.altair_chart(validation_curves(histories, units.pop() if len(units) == 1 else ""))


def compared(one: Bundle, other: Bundle, names: tuple[str, str]) -> str:
    """How two models differ on the same rows, or why that cannot be said."""
    dataset = session.dataset()
    if one is other:
        return "Elija dos modelos distintos."
    if any(each.metrics["data_digest"] != dataset.digest for each in (one, other)):
        return (
            "Para compararlos en las mismas filas, los dos tienen que estar entrenados con los "
            "datos elegidos en Exploración."
        )
    if one.metrics["seed"] != other.metrics["seed"]:
        return (
            "Sus semillas son distintas, así que no apartaron las mismas filas de prueba; entrene "
            "con la misma semilla para compararlos."
        )
    key = (one.digest, other.digest)
    row = difference((*key, dataset.digest), one, other, dataset)
    return verdicts.models_compared(row, names, dataset.schema)


@st.cache_data(show_spinner="Comparando…", max_entries=50)
def difference(key: tuple, _one: Bundle, _other: Bundle, _dataset: Dataset) -> pd.Series:
    """:func:`archives.compare`, whose arguments ``key`` names."""
    return archives.compare(_one, _other, _dataset)


def load() -> None:
    """Take a model from a file that this page saved."""
    file = st.file_uploader(
        "Cargar un modelo guardado (.zip)", type="zip", key="archive", max_upload_size=10
    )
    if file is None or st.session_state.get("loaded") == file.file_id:
        return
    st.session_state["loaded"] = file.file_id
    try:
        model = session.keep(
            archives.open_archive(file.getvalue(), file.name), file.name.removesuffix(".zip")
        )
    except Problem as error:
        session.show_problems(error)
        return
    session.use(model)
    st.rerun()
