"""Exploración: choose the data, and look at them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from student_performance import interpretation, kaggle, tables
from student_performance.charts import students, style
from student_performance.columns import ACTIVITIES, COLUMNS, FEATURES, NUMERIC_FEATURES, TARGET
from student_performance.data import Dataset
from student_performance.formatting import LABELS, UNITS, YES_NO, number
from student_performance.problems import Problem
from views import session

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
        + ", ".join(COLUMNS),
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


def table_tab(dataset: Dataset) -> None:
    frame = dataset.rows
    st.subheader("Primeras filas")
    st.dataframe(in_spanish(frame.head(8)), hide_index=True)
    st.subheader("Columnas")
    st.dataframe(
        pd.DataFrame(
            {
                "Columna": [LABELS[name] for name in COLUMNS],
                "En el archivo": list(COLUMNS),
                "Unidad": [UNITS.get(name, "sí / no") for name in COLUMNS],
                "Tipo": [kind(frame[name]) for name in COLUMNS],
                "Faltantes": [int(frame[name].isna().sum()) for name in COLUMNS],
            }
        ),
        hide_index=True,
    )
    st.subheader("Estadísticas")
    st.dataframe(describe(frame))
    st.subheader("Duplicados y faltantes")
    first, second, third = st.columns(3)
    first.metric("Filas", number(len(frame), 0))
    second.metric("Filas repetidas", number(dataset.duplicates_dropped, 0))
    third.metric("Valores faltantes", number(int(frame.isna().sum().sum()), 0))
    st.write(interpretation.quality(dataset))
    st.subheader(LABELS[ACTIVITIES])
    st.altair_chart(students.counts(frame))
    st.write(interpretation.activities(frame))


def in_spanish(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{ACTIVITIES: frame[ACTIVITIES].map(YES_NO)}).rename(columns=LABELS)


def kind(column: pd.Series) -> str:
    if column.name == ACTIVITIES:
        return "categoría"
    return "entero" if (column % 1 == 0).all() else "decimal"


def describe(frame: pd.DataFrame) -> pd.DataFrame:
    table = frame.describe().rename(
        index={
            "count": "Cantidad",
            "mean": "Media",
            "std": "Desvío estándar",
            "min": "Mínimo",
            "25%": "Cuartil 1",
            "50%": "Mediana",
            "75%": "Cuartil 3",
            "max": "Máximo",
        },
        columns=LABELS,
    )
    # text, so that every browser shows the decimal comma
    return table.T.map(lambda value: number(value, 0 if value % 1 == 0 else 2))


def relations_tab(dataset: Dataset) -> None:
    frame = dataset.rows
    st.write(interpretation.strongest(frame))
    for left, right in (NUMERIC_FEATURES[:2], NUMERIC_FEATURES[2:]):
        for place, feature in zip(st.columns(2), (left, right), strict=True):
            with place:
                st.subheader(LABELS[feature])
                st.altair_chart(students.scatter(frame, feature))
                st.write(interpretation.relation(frame, feature))
    drawn = min(len(frame), style.SAMPLE)
    st.caption(
        f"Se dibujan {number(drawn, 0)} filas elegidas al azar, corridas un poco en horizontal "
        "para que no se tapen; la recta y las correlaciones usan todas."
    )


def distributions_tab(dataset: Dataset) -> None:
    frame = dataset.rows
    st.subheader("Distribuciones")
    places = st.columns(3) + st.columns(3)
    for place, column in zip(places, [*NUMERIC_FEATURES, TARGET], strict=False):
        place.altair_chart(students.distribution(frame, column))
    st.subheader("El índice según cada variable")
    st.caption(
        "La caja abarca del primer al tercer cuartil, con la mediana en blanco; los bigotes llegan "
        "al último dato a menos de 1,5 cajas de distancia."
    )
    places = st.columns(2) + st.columns(2) + st.columns(2)
    for place, feature in zip(places, FEATURES, strict=False):
        place.altair_chart(students.boxes(frame, feature))


def correlation_tab(dataset: Dataset) -> None:
    st.altair_chart(students.heat_map(dataset.rows))
    st.write(interpretation.features_together(dataset.rows))
    st.caption("Correlación de Pearson; en la variable sí/no, sí vale 1 y no vale 0.")


def view_3d_tab(dataset: Dataset) -> None:
    st.plotly_chart(students.view_3d(dataset.rows))
    st.write(interpretation.strongest(dataset.rows))


st.title("Exploración")
choose_data()
TABS = {
    "Tabla": table_tab,
    "Relaciones": relations_tab,
    "Distribuciones": distributions_tab,
    "Correlación": correlation_tab,
    "Vista 3D": view_3d_tab,
}
# only the open tab is computed and sent
for tab, draw in zip(
    st.tabs(list(TABS), key="exploration_tab", on_change="rerun"), TABS.values(), strict=True
):
    if tab.open:
        with tab:
            draw(session.dataset())
