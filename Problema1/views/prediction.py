"""Predicción: one row with sliders, or many from a file."""

from __future__ import annotations

import streamlit as st

from student_performance.formatting import percent
from student_performance.inference import Bundle
from student_performance.schema import PUBLISHED
from views import prediction_file, prediction_row, session


def choose_level(bundle: Bundle) -> float:
    """The level of the intervals, of those that the model knows."""
    levels = [level for level in (0.8, 0.9, 0.95, 0.99) if level in bundle.levels]
    levels = levels or bundle.levels[-1:]
    if len(levels) == 1:  # so few rows give intervals that nothing higher can be promised
        st.write(f"Nivel del intervalo: {percent(levels[0], 0)}.")
        return levels[0]
    return st.select_slider(
        "Nivel del intervalo",
        levels,
        value=0.9 if 0.9 in levels else levels[0],
        format_func=lambda value: percent(value, 0),
        width=320,
        key="level",
        persist_state="session",
    )


st.title("Predicción")
model_in_use = session.bundle()
st.caption(session.escape(session.model_name()) + ".")
chosen_level = choose_level(model_in_use)
one = "Un estudiante" if model_in_use.schema == PUBLISHED else "Una fila"
many = "Varios" if model_in_use.schema == PUBLISHED else "Varias"
# only the open tab is computed: a large file does not slow the sliders down
alone, group = st.tabs([one, f"{many}, desde un archivo"], key="prediction_tab", on_change="rerun")
if alone.open:
    with alone:
        prediction_row.page(model_in_use, chosen_level)
if group.open:
    with group:
        prediction_file.page(model_in_use, chosen_level)
