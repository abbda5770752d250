"""Predicción for the rows of a file."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from student_performance import ranking, reading, verdicts
from student_performance.formatting import YES_NO, amount, number, percent, rows_name
from student_performance.inference import Bundle
from student_performance.mapping import Table
from student_performance.problems import Problem
from student_performance.ranking import RESULT
from student_performance.reading import RawTable
from views import session, uploads
from views.prediction_row import warn_extrapolation

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
    raw = choose_file()
    if raw is None:
        return
    try:
        table, answer = predicted(raw, bundle, level)
    except Problem as error:
        session.show_problems(error)
        return
    show(bundle, level, table, answer)


def choose_file() -> RawTable | None:
    """The table of the visit, a new one where a file is chosen; it stays when the page is left."""
    file = uploads.table("students_file", forget_file)
    if file is not None:
        encoding = uploads.encoding("students_encoding")
        read = session.read_file(file.getvalue(), file.name, encoding)
        if isinstance(read, Problem):
            forget_file()
            session.show_problems(read)
            return None
        st.session_state["students"] = read
    raw: RawTable | None = st.session_state.get("students")
    if raw is not None and file is None:
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.caption(f"Sigue {session.escape(raw.name)}, que eligió antes.")
        right.button("Quitar", icon=":material/close:", on_click=forget_file, key="forget")
    return raw


def forget_file() -> None:
    st.session_state.pop("students", None)


def predicted(raw: RawTable, bundle: Bundle, level: float) -> tuple[Table, pd.DataFrame]:
    """Rows and answers of the file, kept until file, model or level change.

    Raises:
        Problem: the file lacks columns of the model, or has cells that it cannot read.
    """
    before = st.session_state.get("students_answer")
    if before and before[0] is raw and before[1] is bundle and before[2] == level:
        return before[3], before[4]
    table = ranking.read_rows(raw, bundle)
    answer = ranking.answers(bundle, table, level)
    st.session_state["students_answer"] = (raw, bundle, level, table, answer)
    return table, answer


def names_in_file(bundle: Bundle) -> list[str]:
    """Headings that the model's features had in the file of its training."""
    return [bundle.mapping.source(column) for column in bundle.schema.features]


def show(bundle: Bundle, level: float, table: Table, answer: pd.DataFrame) -> None:
    """The answers in words and as a table, and all of them for download."""
    schema, unit = bundle.schema, bundle.schema.target.unit
    middle = answer[RESULT[0]]
    st.success(
        f"{number(len(answer), 0)} {rows_name(schema)}: en promedio "
        f"{amount(middle.mean(), 1, unit)}, entre {number(middle.min(), 1)} y "
        f"{number(middle.max(), 1)}.",
        icon=":material/check_circle:",
    )
    for remark in table.remarks:
        st.caption(session.escape(remark))
    if table.target is not None:
        st.write(session.escape(verdicts.known_values(answer, level, schema)))
    warn_extrapolation(bundle, schema.encode(table.rows))
    answer, order = marked(bundle, answer)
    rows = ranking.ordered(answer, order).head(SHOWN)
    st.dataframe(displayed(bundle, level, table, rows), column_config=columns(bundle, level))
    if len(answer) > SHOWN:
        st.caption(
            f"Se muestran {SHOWN} filas, las primeras en ese orden; la descarga las tiene todas."
        )
    st.download_button(
        "Descargar las predicciones (CSV)",
        partial(ranking.download, table, answer),
        "predicciones.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="En el orden del archivo, con todas sus columnas.",
    )


def marked(bundle: Bundle, answer: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The answers with a mark for each row near the threshold that is asked for; the order."""
    schema = bundle.schema
    left, right = st.columns(2)
    threshold = left.number_input(
        f"Umbral{f' ({schema.target.unit})' if schema.target.unit else ''}",
        value=None,
        placeholder="sin umbral",
        help="Se cuentan y se marcan las filas cuya predicción, o cuyo intervalo, queda debajo.",
        key=f"threshold_{session.columns_key(schema)}",
        persist_state="session",
    )
    orders = [order for order in ranking.ORDERS if order != "error" or "Error" in answer]
    order = right.selectbox(
        "Orden", orders, format_func=ranking.ORDERS.__getitem__, key=f"order_{len(orders)}"
    )
    if threshold is None:
        return answer, order
    marks = ranking.marks(answer, threshold)
    st.write(session.escape(verdicts.under(marks, threshold, schema)))
    return answer.assign(Umbral=marks), order


def displayed(bundle: Bundle, level: float, table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """What the page shows of some rows: answers first, then the file's other columns, then the
    variables."""
    schema = bundle.schema
    first = [name for name in ("Umbral", *RESULT, "Real", "Error") if name in rows]
    answer = rows[first].rename(columns={RESULT[0]: prediction_title(level)})
    features = table.rows.loc[rows.index]
    for column in schema.features:
        if column.kind == "yes_no":
            features[column.name] = features[column.name].map(YES_NO)
    features.columns = ranking.distinct(
        [column.label for column in schema.features], {*answer.columns, "Fila"}
    )
    extra = table.extra.loc[rows.index]
    extra.columns = ranking.distinct(extra, {*answer.columns, *features.columns, "Fila"})
    return pd.concat([answer, extra, features], axis=1).rename_axis("Fila")


def prediction_title(level: float) -> str:
    return f"Predicción ({percent(level, 0)})"


def columns(bundle: Bundle, level: float) -> dict:
    """Answers pinned at the left, numbers with the decimal comma of the visitor's browser."""
    number_of = st.column_config.NumberColumn
    pinned = {
        name: number_of(pinned=True, format="localized")
        for name in (prediction_title(level), *RESULT[1:])
    }
    plain = [column.label for column in bundle.schema.numeric]
    return {
        "Umbral": st.column_config.TextColumn(pinned=True),
        **{name: number_of(format="localized") for name in ("Real", "Error", *plain)},
        **pinned,
    }


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
