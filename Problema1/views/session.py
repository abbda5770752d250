"""The state of a visit on all pages: its data, its trainings, the model in use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from student_performance import data, inference, interpretation
from student_performance.archives import Trained
from student_performance.data import Dataset
from student_performance.formatting import KINDS
from student_performance.inference import Bundle
from student_performance.jobs import Job, TrainingJob
from student_performance.problems import Problem
from student_performance.reading import RawTable, read
from student_performance.schema import Schema

MAX_KEPT = 8  # trainings of a visit; of more, the oldest that is not in use goes


@dataclass(frozen=True)
class Kept:
    """A trained model of the visit, and its name there."""

    name: str
    trained: Trained

    @property
    def bundle(self) -> Bundle:
        if self.trained.bundle is None:
            raise RuntimeError("kept before its training ended")
        return self.trained.bundle


@st.cache_resource(show_spinner="Leyendo los datos…")
def embedded() -> Dataset:
    """The simulated students that come with the project."""
    return data.load()


# A resource, not data: a large table is not copied at every click. Nobody changes it.
@st.cache_resource(show_spinner="Leyendo el archivo…", max_entries=10)
def read_file(content: bytes, name: str, encoding: str | None = None) -> RawTable | Problem:
    """A file as a table of texts, or why it is none; a refusal is remembered too."""
    try:
        return read(content, name, encoding)
    except Problem as error:
        return error


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


def kept() -> list[Kept]:
    """The trained models of this visit, oldest first."""
    return st.session_state.setdefault("kept", [])


def keep(trained: Trained, name: str = "") -> Kept:
    """Keep one more model, under the name given or its number."""
    if not name:
        count = st.session_state["trainings"] = st.session_state.get("trainings", 0) + 1
        name = f"Entrenamiento {count}"
    model = Kept(name, trained)
    models = kept()
    models.append(model)
    spare = [each for each in models if each is not in_use()]
    if len(models) > MAX_KEPT:
        models.remove(spare[0])
    return model


def in_use() -> Kept | None:
    """The model in use; None for the shipped one."""
    return st.session_state.get("in_use")


def use(model: Kept | None) -> None:
    """Use a kept model, or the shipped one, on all pages from now on."""
    st.session_state["in_use"] = model


def keep_result() -> None:
    """Keep the model of a training that has ended, and use it.

    One that was stopped does not take the place of a better one, by its held-out rows, that was
    trained on the same data and division.
    """
    current = job()
    if not current or not current.bundle or any(each.trained is current for each in kept()):
        return
    model, before = keep(current), in_use()
    if not (current.bundle.metrics["stopped_by_user"] and before and _better(before, model)):
        use(model)


def _better(one: Kept, other: Kept) -> bool:
    first, second = one.bundle.metrics, other.bundle.metrics
    same = all(first[name] == second[name] for name in ("data_digest", "schema", "seed"))
    return same and first["held_out_rmse"] < second["held_out_rmse"]


def bundle() -> Bundle:
    """The model in use: the one chosen or trained last, else the shipped one.

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
    model = in_use()
    return model.bundle if model else shipped_model()


def model_name() -> str:
    """Where the model in use comes from, and the data it was trained on."""
    metrics, model = current_bundle().metrics, in_use()
    where = f"«{model.name}», de esta visita" if model else "incluido"
    return f"Modelo {where}, con {metrics['data']} ({KINDS[metrics['data_kind']]})"


def sidebar() -> None:
    """Below the navigation: the data and the model in use, and a training in progress."""
    with st.sidebar:
        st.caption(f"**Datos**  \n{escape(interpretation.origin(dataset()))}")
        try:
            st.caption(f"**Modelo**  \n{escape(model_name())}")
        except Problem:
            st.caption("**Modelo**  \nNo hay; entrene uno.")
        if active_jobs():
            st.fragment(watch, run_every=2)()


def active_jobs() -> list[Job]:
    """Training and learning curve of this visit, as far as they wait or run."""
    jobs = (st.session_state.get("job"), st.session_state.get("curve"))
    return [each for each in jobs if each and each.active]


def watch() -> None:
    """Keep the work alive from any page, and draw the page again when it has ended."""
    active = active_jobs()
    for each in active:
        each.seen()
    if active:
        what = "Entrenando" if isinstance(active[0], TrainingJob) else "Curva de aprendizaje"
        st.caption(f"**{what}…** puede seguir en cualquier página.")
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
