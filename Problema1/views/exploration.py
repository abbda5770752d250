"""Exploración: choose the data, and look at them."""

from __future__ import annotations

import streamlit as st

from student_performance import interpretation, kaggle, tables
from student_performance.formatting import number
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED
from views import exploration_tabs, session

EMBEDDED, UPLOAD, KAGGLE = "Incluidos", "Archivo propio", "Kaggle"


def choose_data() -> None:
    """Let the visitor choose the data. A file that cannot be read leaves them as they are."""
    source = st.segmented_control(
        "¿Qué datos quiere analizar?",
        [EMBEDDED, UPLOAD, KAGGLE],
        key="source",
        default=EMBEDDED,
        required=True,
        persist_state="session",
        on_change=use_embedded,
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
    if current.ignored:
        names = ", ".join(f"«{session.escape(name)}»" for name in current.ignored[:10])
        st.caption(f"Columnas del archivo que no se usan: {names}.")


def use_embedded() -> None:
    if st.session_state["source"] == EMBEDDED:
        session.choose(session.embedded())


def upload() -> None:
    file = st.file_uploader(
        f"CSV con estudiantes, hasta {tables.MAX_BYTES // 2**20} MB. Encabezado: "
        + ", ".join(PUBLISHED.names),
        type="csv",
        key="csv",
    )
    if file is None or st.session_state.get("parsed") == file.file_id:
        return
    try:
        session.choose(session.parse(file.getvalue(), file.name))
        st.session_state["parsed"] = file.file_id
    except Problem as error:
        session.show_problems(error)


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
