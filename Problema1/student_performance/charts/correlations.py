"""The map of how much the columns have to do with one another."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from student_performance import association
from student_performance.charts.style import Chart, finish, names_axis
from student_performance.formatting import number
from student_performance.schema import Column, Schema

MAX_COLUMNS = 20
# White text is read on all three, and all three on light and on dark ground
NEGATIVE, NONE, POSITIVE = "#B4530F", "#565E6B", "#1F63AE"


def columns_shown(frame: pd.DataFrame, schema: Schema) -> list[Column]:
    """All columns, in their order; of more than ``MAX_COLUMNS`` the target and the features that
    explain most of it."""
    if len(schema.columns) <= MAX_COLUMNS:
        return list(schema.columns)
    kept = list(association.strongest(frame, schema))[: MAX_COLUMNS - 1]
    return [column for column in schema.columns if column.name in kept or column is schema.target]


def heat_map(frame: pd.DataFrame, schema: Schema) -> Chart:
    """Measures of :func:`association.between` for all pairs of the columns shown."""
    columns = columns_shown(frame, schema)
    short = _distinct([column.short for column in columns])
    names = dict(zip([column.name for column in columns], short, strict=True))
    table = association.table(frame, columns)
    cells = pd.DataFrame(
        {
            "fila": table["row"].map(names),
            "columna": table["column"].map(names),
            "r": table["value"],
            "medida": table["measure"],
            "texto": [number(value) for value in table["value"]],
            "completa": [
                f"{schema[row].label} y {schema[column].label}"
                for row, column in zip(table["row"], table["column"], strict=True)
            ],
        }
    )
    base = alt.Chart(cells).encode(
        x=alt.X("columna:N", sort=short, title=None, axis=names_axis(labelAngle=-35)),
        y=alt.Y("fila:N", sort=short, title=None, axis=names_axis()),
        tooltip=[
            alt.Tooltip("completa:N", title="Columnas"),
            alt.Tooltip("medida:N", title="Medida"),
            alt.Tooltip("r:Q", title="Valor", format=".3f"),
        ],
    )
    squares = base.mark_rect().encode(
        color=alt.Color(
            "r:Q",
            scale=alt.Scale(domain=[-1, 0, 1], range=[NEGATIVE, NONE, POSITIVE]),
            legend=None,  # every cell says its number
        ),
    )
    text = base.mark_text(fontSize=11 if len(columns) <= 12 else 8, color="white").encode(
        text="texto:N"
    )
    return finish(squares + text, _said(table, schema), height=max(420, 30 * len(columns)))


def _distinct(names: list[str]) -> list[str]:
    """Names made different where two columns share theirs."""
    return [
        name if names.count(name) == 1 else f"{name} ({at})" for at, name in enumerate(names, 1)
    ]


def _said(table: pd.DataFrame, schema: Schema) -> str:
    target = table[(table["row"] == schema.target.name) & (table["column"] != table["row"])]
    known = [
        f"{schema[name].label} {number(value)}"
        for name, value in zip(target["column"], target["value"], strict=True)
        if not math.isnan(value)
    ]
    return f"Mapa de correlaciones. Con {schema.target.label}: {', '.join(known) or 'ninguna'}."
