"""The rows that a visitor marks in a scatter: one selection for the whole page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from student_performance import interpretation, selection
from student_performance.charts.relations import BRUSH
from student_performance.data import Dataset
from student_performance.formatting import short
from student_performance.schema import Schema
from views import session


@dataclass(frozen=True)
class Brushed:
    """A rectangle of a scatter, on the data that had this digest."""

    digest: str
    feature: str
    ranges: dict[str, tuple[float, float]]


def current(dataset: Dataset) -> Brushed | None:
    """The selection, if it was made on these data."""
    brushed = st.session_state.get("brushed")
    same = brushed and brushed.digest == dataset.digest and brushed.feature in dataset.schema.names
    return brushed if same else None


def rows(dataset: Dataset) -> pd.DataFrame:
    """The selected rows; all where nothing is selected."""
    brushed = current(dataset)
    return selection.within(dataset.rows, brushed.ranges) if brushed else dataset.rows


def key(dataset: Dataset, feature: str) -> str:
    """The key of a scatter. It changes when the scatter has to forget its rectangle."""
    columns = session.columns_key(dataset.schema)
    return f"brush_{columns}_{feature}_{st.session_state.get('brushes', {}).get(feature, 0)}"


def brush(dataset: Dataset, feature: str) -> None:
    """Take what the visitor did in the scatter of a feature: a new rectangle, or none."""
    marked = st.session_state[key(dataset, feature)]["selection"].get(BRUSH) or {}
    before = current(dataset)
    if not {"x", "y"} <= set(marked):
        if before and before.feature == feature:
            st.session_state["brushed"] = None
        return
    if before and before.feature != feature:
        clear(before.feature)
    names = {"x": feature, "y": dataset.schema.target.name}
    ranges = {names[axis]: (min(marked[axis]), max(marked[axis])) for axis in names}
    st.session_state["brushed"] = Brushed(dataset.digest, feature, ranges)


def clear(feature: str) -> None:
    """Forget the selection, and draw its scatter without the rectangle."""
    counts = st.session_state.setdefault("brushes", {})
    counts[feature] = counts.get(feature, 0) + 1
    st.session_state["brushed"] = None


def told(dataset: Dataset) -> None:
    """A line that says how many rows are selected, and a button that selects all again."""
    brushed = current(dataset)
    if brushed is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        sentence = interpretation.selected(len(rows(dataset)), len(dataset.rows))
        ends = session.escape(limits(brushed, dataset.schema))
        st.markdown(f"**{sentence}** {ends}", width="content")
        st.button(
            "Quitar la selección",
            key="clear_brush",
            icon=":material/close:",
            on_click=clear,
            args=(brushed.feature,),
        )


def limits(brushed: Brushed, schema: Schema) -> str:
    """The ends of a selection, as «Notas previas» de 40 a 60."""
    ends = [
        f"«{schema[name].label}» de {short(float(f'{low:.3g}'))} a {short(float(f'{high:.3g}'))}"
        for name, (low, high) in brushed.ranges.items()
    ]
    return f"{' y '.join(ends)}."
