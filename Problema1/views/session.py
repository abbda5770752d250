"""The state of a visit on all pages: its data, its training, its model."""

from __future__ import annotations

import hashlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from student_performance import data, inference, interpretation
from student_performance.data import Dataset
from student_performance.formatting import KINDS
from student_performance.inference import Bundle
from student_performance.jobs import TrainingJob
from student_performance.problems import Problem
from student_performance.schema import Schema


@st.cache_data(show_spinner="Leyendo los datos…")
def embedded() -> Dataset:
    """The simulated students that come with the project."""
    return data.load()


@st.cache_data(show_spinner="Validando el archivo…", max_entries=20)
def parse(content: bytes, name: str) -> Dataset:
    return data.parse(content, name)


@st.cache_resource(show_spinner=False)
def shipped_model() -> Bundle:
    """The trained model that comes with the project."""
    return inference.load()


def dataset() -> Dataset:
    """The rows this visit works with: the embedded ones until others are chosen."""
    if "dataset" not in st.session_state:
        st.session_state["dataset"] = embedded()
    return st.session_state["dataset"]


def choose(chosen: Dataset) -> None:
    """Work with other rows from now on."""
    st.session_state["dataset"] = chosen


def job() -> TrainingJob | None:
    """The latest training of this visit, running or ended."""
    return st.session_state.get("job")


def start(new_job: TrainingJob) -> None:
    st.session_state["job"] = new_job


def keep_result() -> None:
    """Put the model of a training that ended in the place of the one in use."""
    current = job()
    if current and current.bundle and st.session_state.get("trained") is not current:
        st.session_state["trained"] = current


def bundle() -> Bundle:
    """The model in use: the one just trained, else the shipped one.

    Stops the page with one sentence when there is neither.
    """
    try:
        return current_bundle()
    except Problem as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def current_bundle() -> Bundle:
    """As :func:`bundle`, but raises Problem."""
    keep_result()
    trained: TrainingJob | None = st.session_state.get("trained")
    return trained.bundle if trained and trained.bundle else shipped_model()


def model_name() -> str:
    """Where the model in use comes from, and the data it was trained on."""
    metrics = current_bundle().metrics
    where = "entrenado en esta visita" if "trained" in st.session_state else "incluido"
    return f"Modelo {where}, con {metrics['data']} ({KINDS[metrics['data_kind']]})"


def sidebar() -> None:
    """Below the navigation: the data and the model in use, and a training in progress."""
    with st.sidebar:
        st.caption(f"**Datos**  \n{escape(interpretation.origin(dataset()))}")
        try:
            st.caption(f"**Modelo**  \n{escape(model_name())}")
        except Problem:
            st.caption("**Modelo**  \nNo hay; entrene uno.")
        current = job()
        if current and current.active:
            st.fragment(watch, run_every=2)()


def watch() -> None:
    """Keep the training alive from any page, and draw the page again when it has ended."""
    current = job()
    if current and current.active:
        current.seen()
        st.caption("**Entrenando…** puede seguir en cualquier página.")
    else:
        st.rerun()


def show_problems(error: Problem) -> None:
    """A box with one line for each thing that is wrong with a file."""
    if len(error.lines) == 1:
        st.error(escape(error.lines[0]), icon=":material/error:")
        return
    lines = "\n".join(f"- {escape(problem)}" for problem in error.lines)
    st.error(f"El archivo tiene estos problemas:\n\n{lines}", icon=":material/error:")


def same_columns(one: Schema, other: Schema) -> bool:
    """Whether a model of one schema answers about the rows of the other."""
    first, second = (
        [(column.name, column.kind, column.levels) for column in schema.columns]
        for schema in (one, other)
    )
    return first == second


def need_same_columns(bundle: Bundle, dataset: Dataset) -> None:
    """Stop the page with one sentence where the model in use is of other columns than the data."""
    if not same_columns(bundle.schema, dataset.schema):
        st.info(
            f"El modelo en uso predice «{escape(bundle.schema.target.label)}» con otras columnas "
            f"que las de {escape(dataset.name)}; entrene uno con estos datos en Entrenamiento.",
            icon=":material/info:",
        )
        st.stop()


def columns_key(schema: Schema) -> str:
    """A short name for the columns: choices among them are not carried over to others."""
    return hashlib.sha256(repr(schema.names).encode()).hexdigest()[:8]


def places(across: int, count: int) -> list[DeltaGenerator]:
    """Places for charts, row after row."""
    rows = -(-count // across)
    return [place for _ in range(rows) for place in st.columns(across)][:count]


def escape(text: str) -> str:
    """Text of a file as Markdown that shows it literally."""
    for character in "\\`*_{}[]()#+-!|<>$~:":
        text = text.replace(character, f"\\{character}")
    return text
