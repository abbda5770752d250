"""The step between a file and its analysis: what its columns are, as the visitor decides."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from student_performance import data, proposing
from student_performance.choosing import Choice, chosen
from student_performance.formatting import number
from student_performance.mapping import Mapping, Missing
from student_performance.problems import Problem
from student_performance.proposing import Candidate
from student_performance.reading import RawTable
from student_performance.schema import Kind
from views import session

KINDS: dict[str, Kind] = {"número": "number", "sí / no": "yes_no", "categoría": "category"}
NAMES = {kind: name for name, kind in KINDS.items()}
MISSING: dict[str, Missing] = {
    "Quitar las filas con celdas vacías": "drop",
    "Completarlas: mediana en los números, lo más frecuente en lo demás": "fill",
}

SHOWN = 5  # rows of the file, as it writes them


def arrive(raw: RawTable) -> None:
    """Work with a file that was just read, where its columns leave no doubt.

    The published columns are taken unasked, and so are those that the visitor already chose in
    another file with the same headings; else the step waits for the button.
    """
    st.session_state["raw"] = raw
    st.session_state["refused"] = None  # remembered: a large file takes a while to be refused
    mapping = remembered(raw) or proposing.published(raw)
    if mapping:
        try:
            accept(raw, mapping)
        except Problem as error:
            st.session_state["refused"] = error


def accept(raw: RawTable, mapping: Mapping) -> None:
    """Work with a file by a mapping, and remember that.

    Raises:
        Problem: as :func:`data.from_table`.
    """
    session.choose(data.from_table(raw, mapping))
    st.session_state.setdefault("mappings", {})[headings(raw)] = mapping


def remembered(raw: RawTable) -> Mapping | None:
    return st.session_state.get("mappings", {}).get(headings(raw))


def headings(raw: RawTable) -> str:
    """A short name for the headings of a file."""
    return hashlib.sha256(repr(raw.headings).encode()).hexdigest()[:12]


def described(raw: RawTable) -> tuple[list[Candidate], Mapping | None, Problem | None]:
    """Every column, the mapping that the table suggests, and why it suggests none."""
    known = st.session_state.get("described")
    if not known or known[0] is not raw:
        proposal = problem = None
        try:
            proposal = proposing.propose(raw)
        except Problem as error:
            problem = error
        known = st.session_state["described"] = (
            raw,
            proposing.candidates(raw),
            proposal,
            problem,
        )
    return known[1:]


def step(raw: RawTable) -> None:
    """Ask what the columns are; the data stay as they are until the button is pressed."""
    columns, proposal, problem = described(raw)
    proposal = remembered(raw) or proposal
    if problem and not proposal:
        session.show_problems(problem)
    targets = [each.column.name for each in columns if each.may_be_target]
    if not targets:
        return
    key = headings(raw)
    wanted = proposal.source(proposal.schema.target) if proposal else targets[-1]
    target = st.selectbox(
        "Columna que se predice",
        targets,
        targets.index(wanted) if wanted in targets else len(targets) - 1,
        help="Sólo columnas de números que varían.",
        key=f"target_{key}",
        width=480,
    )
    edited = editor(columns, proposal, target, key)
    missing = missing_choice(columns, edited, target, key)
    repeated = repeated_choice(raw, proposal, key)
    st.caption("Primeras filas del archivo.")
    st.dataframe(raw.rows(np.arange(len(raw.index)) < SHOWN).cells, hide_index=True)
    if not st.button("Analizar con estas columnas", type="primary", icon=":material/check:"):
        return
    try:
        st.session_state["refused"] = None
        mapping = decided(raw, proposal, columns, edited, target)
        accept(raw, replace(mapping, missing=missing, drop_repeated=repeated))
    except Problem as error:
        session.show_problems(error)
    else:
        st.rerun()


def editor(
    columns: list[Candidate], proposal: Mapping | None, target: str, key: str
) -> pd.DataFrame:
    """The table of the other columns: use, type, unit; what the visitor changed is in it."""
    used = {proposal.source(each) for each in proposal.schema.columns} if proposal else set()
    known = {proposal.source(each): each for each in proposal.schema.columns} if proposal else {}
    shown = [each for each in columns if each.column.name != target]
    rows = pd.DataFrame(
        {
            "Usar": [each.column.name in used if proposal else not each.reason for each in shown],
            "Columna": [each.column.name for each in shown],
            "Tipo": [NAMES[known.get(each.column.name, each.column).kind] for each in shown],
            "Unidad": [known.get(each.column.name, each.column).unit for each in shown],
            "Valores distintos": [number(each.distinct, 0) for each in shown],
            "Celdas vacías": [number(each.empty, 0) for each in shown],
            "Observación": [each.reason for each in shown],
        }
    )
    st.caption("Columnas de las que se predice; puede cambiar el tipo y la unidad.")
    return st.data_editor(
        rows,
        column_config={
            "Usar": st.column_config.CheckboxColumn(width="small"),
            "Tipo": st.column_config.SelectboxColumn(options=list(KINDS), required=True),
            "Unidad": st.column_config.TextColumn(max_chars=30),
        },
        disabled=["Columna", "Valores distintos", "Celdas vacías", "Observación"],
        hide_index=True,
        key=f"columns_{key}_{target}",
    )


def missing_choice(
    columns: list[Candidate], edited: pd.DataFrame, target: str, key: str
) -> Missing:
    """What to do with rows that have empty cells; asked only where there are some."""
    used = {target, *edited.loc[edited["Usar"], "Columna"]}
    empty = sum(each.empty for each in columns if each.column.name in used)
    if not empty:
        return "refuse"
    choice = st.radio(
        f"Hay {number(empty, 0)} celda{'s' if empty > 1 else ''} vacía{'s' if empty > 1 else ''} "
        "en las columnas elegidas",
        list(MISSING),
        help="Las filas sin el valor que se predice se quitan siempre.",
        key=f"missing_{key}",
    )
    return MISSING[choice]


def repeated_choice(raw: RawTable, proposal: Mapping | None, key: str) -> bool:
    """Whether rows that equal another in all columns go; asked only where there are some."""
    count = int(raw.repeated.sum())
    if not count:
        return False
    text = "1 fila repite otra" if count == 1 else f"{number(count, 0)} filas repiten otra"
    return st.checkbox(
        f"Quitar las filas repetidas ({text} en todas las columnas)",
        bool(proposal and proposal.drop_repeated),
        key=f"repeated_{key}",
    )


def decided(
    raw: RawTable,
    proposal: Mapping | None,
    columns: list[Candidate],
    edited: pd.DataFrame,
    target: str,
) -> Mapping:
    """The mapping of what the visitor chose; errors as :func:`choosing.chosen`."""
    known = {each.column.name: each.column for each in columns}
    if proposal:
        known |= {proposal.source(each): each for each in proposal.schema.columns}
    features = [
        Choice(row["Columna"], KINDS[row["Tipo"]], str(row["Unidad"] or "").strip())
        for row in edited[edited["Usar"]].to_dict("records")
    ]
    goal = Choice(target, "number", known[target].unit)
    return chosen(raw, proposal, goal, features)
