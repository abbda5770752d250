"""The tabs of Exploración: each draws one kind of look at the data."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from student_performance import association, interpretation, outliers, relation_sentences
from student_performance.charts import correlations, distributions, relations, style
from student_performance.data import Dataset
from student_performance.formatting import YES_NO, number, rows_name, short
from student_performance.schema import Column, Schema
from views import brushed, filters, session

AT_ONCE = 6  # features drawn before the visitor chooses others


def table_tab(dataset: Dataset) -> None:
    frame, schema = brushed.rows(dataset), dataset.schema
    st.subheader("Filas" if brushed.current(dataset) else "Todas las filas")
    shown = filters.filtered(dataset.rows, frame, schema)
    if len(shown) < len(frame):
        st.write(f"Pasan los filtros {number(len(shown), 0)} de {number(len(frame), 0)} filas.")
    whole_table(shown, dataset)
    st.subheader("Columnas")
    st.dataframe(
        columns_table(dataset.rows, schema), hide_index=True, alt="Columnas, unidades y tipos"
    )
    st.subheader("Estadísticas")
    st.dataframe(describe(frame, schema), alt="Estadísticas de las columnas numéricas")
    st.subheader("Duplicados y faltantes")
    if brushed.current(dataset):
        st.caption("De todas las filas, también las que no están elegidas.")
    first, second, third = st.columns(3)
    first.metric("Filas", number(len(dataset.rows), 0))
    second.metric("Filas repetidas", number(dataset.repeated, 0))
    third.metric("Valores faltantes", number(int(dataset.rows.isna().sum().sum()), 0))
    st.write(session.escape(interpretation.quality(dataset)))
    outliers_section(dataset)
    for column in schema.features:
        if column.kind != "number":
            st.subheader(session.escape(column.label))
            st.altair_chart(distributions.distribution(frame, column, rows_name(schema)))
            sentence = (
                interpretation.yes_and_no if column.kind == "yes_no" else interpretation.levels
            )
            st.write(session.escape(sentence(frame, schema, column.name)))


@st.cache_data(show_spinner="Buscando valores atípicos…", max_entries=20)
def find_outliers(digest: str, schema_names: list[str], _dataset: Dataset) -> pd.DataFrame:
    return outliers.find(_dataset.rows, _dataset.schema)


def outliers_section(dataset: Dataset) -> None:
    st.subheader("Valores atípicos")
    found = find_outliers(dataset.digest, dataset.schema.names, dataset)
    heading, *rows = interpretation.outliers(found, dataset.schema)
    lines = "\n".join(f"- {session.escape(row)}" for row in rows)
    st.write(f"{session.escape(heading)}\n\n{lines}")


def whole_table(shown: pd.DataFrame, dataset: Dataset) -> None:
    """Rows as the visitor sorts them, with their number in the file and the unused columns."""
    table = in_spanish(shown, dataset.schema)
    for name in dataset.extra.columns:
        heading = name if name not in table else f"{name} (sin usar)"
        table[heading] = dataset.extra.loc[shown.index, name]
    table.index.name = "Fila"
    numbers = table.select_dtypes("number").columns
    st.dataframe(
        table,
        # the sign of the browser's language: a comma in a Spanish one
        column_config={
            heading: st.column_config.NumberColumn(format="localized") for heading in numbers
        },
        alt=f"Filas de {dataset.name}",
    )


def in_spanish(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The columns of the schema with labels for headings, two of which never coincide."""
    labels = [column.label for column in schema.columns]
    shown = pd.DataFrame(index=frame.index)
    for column in schema.columns:
        values = frame[column.name]
        once = labels.count(column.label) == 1
        heading = column.label if once else f"{column.label} ({column.name})"
        shown[heading] = values.map(YES_NO) if column.kind == "yes_no" else values
    return shown


def columns_table(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Columna": [column.label for column in schema.columns],
            "En el archivo": schema.names,
            "Unidad": [unit(column) for column in schema.columns],
            "Tipo": [kind(frame[column.name], column) for column in schema.columns],
            "Faltantes": [int(frame[name].isna().sum()) for name in schema.names],
        }
    )


def unit(column: Column) -> str:
    units = {"yes_no": "sí / no", "category": f"{len(column.levels)} valores"}
    return units.get(column.kind, column.unit or "—")


def kind(values: pd.Series, column: Column) -> str:
    if column.kind != "number":
        return "categoría" if column.kind == "category" else "sí / no"
    return "entero" if (values.dropna() % 1 == 0).all() else "decimal"


def describe(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Statistics of the numbers, as text, so that every browser shows the decimal comma."""
    numeric = [*schema.numeric, schema.target]
    table = frame[[column.name for column in numeric]].describe()
    table.index = pd.Index(
        [
            "Cantidad",
            "Media",
            "Desvío estándar",
            "Mínimo",
            "Cuartil 1",
            "Mediana",
            "Cuartil 3",
            "Máximo",
        ]
    )
    table = table.T.map(lambda value: number(value, 0 if value % 1 == 0 else 2))
    table.index = pd.Index([column.label for column in numeric])
    return table


def choose_hue(schema: Schema, key: str) -> Column | None:
    """The yes/no or category that colours the points; none where there is none or none wanted."""
    names = [column.name for column in schema.features if column.kind != "number"]
    if not names:
        return None
    chosen = st.selectbox(
        "Color",
        [*names, None],
        format_func=lambda name: schema[name].label if name else "Ninguno",
        width=320,
        key=key,
    )
    return schema[chosen] if chosen else None


def choose_features(frame: pd.DataFrame, schema: Schema, names: list[str], key: str) -> list[str]:
    """The features to draw: all where they are few, else those that explain most until the visitor
    chooses others."""
    if len(names) <= AT_ONCE:
        return names
    order = list(association.strongest(frame, schema))
    first = [name for name in order if name in names][:AT_ONCE]
    return st.multiselect(
        "Variables",
        names,
        default=[name for name in names if name in first],
        format_func=lambda name: schema[name].label,
        placeholder="Elija variables",
        key=key,
    )


def relations_tab(dataset: Dataset) -> None:
    frame, schema = brushed.rows(dataset), dataset.schema
    current = brushed.current(dataset)
    st.write(session.escape(relation_sentences.strongest(frame, schema)))
    key = session.columns_key(schema)
    by = choose_hue(schema, f"hue_{key}")
    names = [column.name for column in schema.features if column.kind != "yes_no"]
    chosen = choose_features(frame, schema, names, f"relations_{key}")
    for place, feature in zip(session.places(2, len(chosen)), chosen, strict=True):
        with place:
            st.subheader(session.escape(schema[feature].label))
            if schema[feature].kind == "number":
                # the scatter with the rectangle keeps the rows around it
                own = current is not None and current.feature == feature
                st.altair_chart(
                    relations.scatter(dataset.rows if own else frame, schema, feature, by),
                    key=brushed.key(dataset, feature),
                    on_select=partial(brushed.brush, dataset, feature),
                    selection_mode=relations.BRUSH,
                )
            else:
                st.altair_chart(relations.boxes(frame, schema, feature))
            st.write(session.escape(relation_sentences.relation(frame, schema, feature)))
    st.caption(
        f"{interpretation.drawn(frame, style.SAMPLE, schema)}, corridas un poco en horizontal "
        "donde los valores se repiten, para que no se tapen; la recta y las medidas usan todas. "
        "Los porcentajes descuentan lo que explicaría el azar. "
        "La línea de trazos, donde la hay, une los promedios por tramos. "
        "Arrastre sobre los puntos para elegir filas: la tabla y los demás gráficos las siguen."
    )


def distributions_tab(dataset: Dataset) -> None:
    frame, schema = brushed.rows(dataset), dataset.schema
    key = session.columns_key(schema)
    names = [column.name for column in schema.features]
    st.subheader("Distribuciones")
    chosen = choose_features(frame, schema, names, f"distributions_{key}")
    numbers = [name for name in chosen if schema[name].kind == "number"]
    numbers.append(schema.target.name)
    for place, name in zip(session.places(3, len(numbers)), numbers, strict=True):
        place.altair_chart(distributions.distribution(frame, schema[name], rows_name(schema)))
    st.subheader(f"«{session.escape(schema.target.label)}» según cada variable")
    st.caption(
        "La caja abarca del primer al tercer cuartil, con la mediana en blanco; los bigotes llegan "
        "al último dato a menos de 1,5 cajas de distancia."
    )
    for place, feature in zip(session.places(2, len(chosen)), chosen, strict=True):
        place.altair_chart(relations.boxes(frame, schema, feature))


def correlation_tab(dataset: Dataset) -> None:
    frame, schema = brushed.rows(dataset), dataset.schema
    st.altair_chart(correlations.heat_map(frame, schema))
    st.write(session.escape(relation_sentences.bends(frame, schema)))
    st.write(session.escape(relation_sentences.features_together(frame, schema)))
    shown = len(correlations.columns_shown(frame, schema))
    st.caption(
        "Correlación de Pearson; en una variable sí/no, sí vale 1 y no vale 0. "
        + session.escape(interpretation.left_out(shown, schema))
    )


def view_3d_tab(dataset: Dataset) -> None:
    frame, schema = brushed.rows(dataset), dataset.schema
    if len(schema.numeric) < 2:
        st.info(
            "La vista 3D necesita dos variables numéricas, y estos datos no las tienen.",
            icon=":material/info:",
        )
        return
    key = session.columns_key(schema)
    pair = choose_pair(frame, schema, key)
    by = choose_hue(schema, f"hue_3d_{key}")
    st.plotly_chart(relations.view_3d(frame, schema, pair, by))
    explained = {name: association.relation(frame, schema, name).share for name in pair}
    st.caption(
        "; ".join(
            f"«{session.escape(schema[name].label)}» explica por sí sola el "
            f"{short(round(100 * share, 1))} %"
            for name, share in explained.items()
        )
        + f" de la variación de «{session.escape(schema.target.label)}»."
    )


def choose_pair(frame: pd.DataFrame, schema: Schema, key: str) -> tuple[str, str]:
    """Two numeric features; those that explain most until the visitor chooses others."""
    names = [column.name for column in schema.numeric]
    order = [name for name in association.strongest(frame, schema) if name in names]
    first, second, *_ = [*order, *(name for name in names if name not in order)]
    if names.index(first) > names.index(second):
        first, second = second, first
    left, right = st.columns(2)

    def label(name: str) -> str:
        return schema[name].label

    one = left.selectbox("Eje x", names, names.index(first), format_func=label, key=f"x_{key}")
    others = [name for name in names if name != one]
    at = others.index(second) if second in others else 0
    other = right.selectbox("Eje y", others, at, format_func=label, key=f"y_{key}_{one}")
    return one, other
