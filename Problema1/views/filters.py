"""Filters above the table: a range for each number, answers or levels for the rest."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from student_performance import selection
from student_performance.formatting import YES_NO
from student_performance.schema import Column, Schema
from views import session

AT_ONCE = 6  # filters shown before the visitor chooses others


def filtered(whole: pd.DataFrame, shown: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The rows of ``shown`` that pass the filters, whose ends are those of ``whole``."""
    key = session.columns_key(schema)
    names = schema.names
    with st.expander("Filtrar filas", icon=":material/filter_alt:"):
        if len(names) > AT_ONCE:
            names = st.multiselect(
                "Columnas por las que filtrar",
                names,
                format_func=lambda name: schema[name].label,
                placeholder="Elija columnas",
                persist_state="session",
                key=f"filters_{key}",
            )
        for place, name in zip(session.places(3, len(names)), names, strict=True):
            with place:
                shown = one(whole, shown, schema[name], key)
    return shown


def one(whole: pd.DataFrame, shown: pd.DataFrame, column: Column, key: str) -> pd.DataFrame:
    """The rows that pass the filter of one column."""
    name = column.name
    if column.kind != "number":
        options = list(YES_NO) if column.kind == "yes_no" else list(column.levels)
        wanted = st.multiselect(
            column.label,
            options,
            format_func=lambda level: YES_NO[level] if column.kind == "yes_no" else level,
            placeholder="Todas",
            persist_state="session",
            key=f"filter_{key}_{name}",
        )
        return selection.among(shown, {name: wanted})
    values = whole[name].dropna()
    if values.nunique() < 2:
        return shown
    low, high = float(values.min()), float(values.max())
    whole_numbers = bool((values % 1 == 0).all()) and max(abs(low), abs(high)) < 1e15
    kind = int if whole_numbers else float
    ends = kind(low), kind(high)
    chosen = st.slider(
        column.axis,
        *ends,
        ends,
        step=1 if whole_numbers else (high - low) / 100,
        persist_state="session",
        key=f"filter_{key}_{name}_{low:g}_{high:g}",
    )
    # untouched ends ask for nothing, so that rows with an empty cell stay
    if tuple(chosen) == ends:
        return shown
    return selection.within(shown, {name: (chosen[0], chosen[1])})
