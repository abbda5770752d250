"""Exploración: choose the data, and look at them."""

from __future__ import annotations

import streamlit as st

from student_performance import interpretation, kaggle
from student_performance.data import Dataset
from student_performance.formatting import number
from student_performance.problems import Problem
from views import brushed, exploration_tabs, mapping_step, session, uploads

EMBEDDED, UPLOAD, KAGGLE = "Incluidos", "Archivo propio", "Kaggle"


def choose_data() -> None:
    """Let the visitor choose the data. A file that cannot be read leaves them as they are."""
    st.session_state.setdefault("source", source_of(session.dataset()))
    source = st.segmented_control(
        "¿Qué datos quiere analizar?",
        [EMBEDDED, UPLOAD, KAGGLE],
        key="source",
        required=True,
        persist_state="session",
        on_change=use_source,
    )
    if source == UPLOAD:
        upload()
    elif source == KAGGLE:
        download()
    current = session.dataset()
    st.info(
        f"Analizando **{session.escape(interpretation.origin(current))}**: "
        f"{number(len(current.rows), 0)} filas.",
        icon=":material/table_view:",
    )
    for remark in current.remarks:
        st.caption(session.escape(remark))
    if len(current.extra.columns):
        names = [f"«{session.escape(name)}»" for name in current.extra.columns[:10]]
        more = len(current.extra.columns) - len(names)
        st.caption(
            f"Columnas del archivo que no se usan: {', '.join(names)}"
            f"{f' y {more} más' if more else ''}."
        )


def source_of(dataset: Dataset) -> str:
    if dataset.is_simulated:
        return EMBEDDED
    return KAGGLE if dataset.is_real and dataset.name == kaggle.FILE else UPLOAD


def use_source() -> None:
    """Go back to data that were already chosen."""
    raw = st.session_state.get("raw")
    if st.session_state["source"] == EMBEDDED:
        session.choose(session.embedded())
    elif st.session_state["source"] == UPLOAD and raw is not None:
        mapping_step.arrive(raw)


def upload() -> None:
    """Read the file, take its columns or ask what they are."""
    file = uploads.table("csv")
    if file is not None:
        table = session.read_file(file.getvalue(), file.name, uploads.encoding("encoding"))
        if isinstance(table, Problem):
            session.show_problems(table)
            return
        if table is not st.session_state.get("raw"):
            mapping_step.arrive(table)
    raw = st.session_state.get("raw")
    if raw is None:
        return
    if refused := st.session_state.get("refused"):
        session.show_problems(refused)
    done = session.dataset().name == raw.name and mapping_step.remembered(raw) is not None
    with st.expander(
        f"Columnas de {session.escape(raw.name)}", expanded=not done, icon=":material/view_column:"
    ):
        mapping_step.step(raw)


def download() -> None:
    st.caption(
        "El conjunto publicado tiene 10.000 filas (unos 180 kB). Se descarga una sola vez; "
        "después se usa la copia local, también sin conexión."
    )
    if st.button("Usar los datos de Kaggle", icon=":material/download:"):
        try:
            with st.spinner("Buscando los datos publicados…"):
                session.choose(kaggle.fetch())
        except Problem as error:
            session.show_problems(error)


st.title("Exploración")
choose_data()
brushed.told(session.dataset())
TABS = {
    "Tabla": exploration_tabs.table_tab,
    "Relaciones": exploration_tabs.relations_tab,
    "Distribuciones": exploration_tabs.distributions_tab,
    "Correlación": exploration_tabs.correlation_tab,
    "Vista 3D": exploration_tabs.view_3d_tab,
}
# only the open tab is computed and sent
for tab, draw in zip(
    st.tabs(list(TABS), key="exploration_tab", on_change="rerun"), TABS.values(), strict=True
):
    if tab.open:
        with tab:
            draw(session.dataset())
