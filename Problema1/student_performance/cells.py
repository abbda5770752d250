"""The cells of one column as values of its type, and sentences on those that are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from student_performance import guessing
from student_performance.formatting import listing, number
from student_performance.layout import rows_listed
from student_performance.problems import Problem
from student_performance.reading import RawTable
from student_performance.schema import Column
from student_performance.texts import Texts

REMEDIES = {
    "number": ("hay celdas que no son números", "escriba sólo el número"),
    "yes_no": ("hay valores que no son Sí/No", "corríjalos, o trate la columna como categoría"),
}


class EmptyCells(Problem):
    """Nothing but empty cells stands in the way: whoever asks may drop the rows or fill them."""


@dataclass(frozen=True)
class TypedColumn:
    """A column's values and what to say of them.

    Attributes:
        series: as :class:`Column` says, NaN for an empty, bad or unknown cell.
        empty, bad: row numbers of the cells that are empty, or no value of the type.
        problems: Spanish sentences on the bad cells.
        empty_sentence: one on the empty cells, "" where there are none.
        remarks: on unusual and unknown values, and on units left out.
    """

    series: pd.Series
    empty: list[int]
    bad: list[int]
    problems: tuple[str, ...]
    empty_sentence: str
    remarks: tuple[str, ...]


def typed(raw: RawTable, heading: str, column: Column, decimal: str) -> TypedColumn:
    """Convert a column.

    Args:
        raw: the table.
        heading: of the column in the table.
        column: what its cells should be.
        decimal: the file's decimal sign, "" where unknown.
    """
    texts, index = raw.columns[heading], raw.index
    found = guessing.convert(texts, column.kind, decimal, column.levels)
    values = pd.Series(found.data[texts.codes], index=index, name=column.name)
    where = f"En «{raw.name}», columna «{heading}»"
    empty = index[found.empty[texts.codes]].tolist()
    remarks = []
    if found.unit and found.unit != column.unit:
        remarks.append(f"{where}: se quitó la unidad «{found.unit}» de los números.")
    if column.kind == "number":
        remarks += _unusual(values, column, where)
    elif column.kind == "category":
        unknown = values.notna() & ~values.isin(column.levels)
        remarks += _unknown(values[unknown], where)
        values = values.where(~unknown, np.nan)
    return TypedColumn(
        values,
        empty,
        index[found.bad[texts.codes]].tolist(),
        tuple(_problems(texts, found.bad, index, column, where)),
        f"{where}: faltan valores en {rows_listed(empty)}; complételos, o elija quitar esas filas "
        "o rellenar las celdas."
        if empty
        else "",
        tuple(remarks),
    )


def _problems(
    texts: Texts, bad: np.ndarray, index: pd.Index, column: Column, where: str
) -> list[str]:
    """One sentence for each kind of bad cell."""
    if not bad.any():
        return []
    huge = np.zeros(len(bad), dtype=bool)
    if column.kind == "number":
        huge[bad] = [guessing.infinite(text) for text in texts.distinct[bad]]
    fault, remedy = REMEDIES[column.kind]
    sentences = []
    for mask, what, todo in (
        (bad & ~huge, fault, remedy),
        (bad & huge, "hay valores infinitos", "reemplácelos por el valor real"),
    ):
        if mask.any():
            rows = index[mask[texts.codes]].tolist()
            example = texts.distinct[mask][0][:30]
            sentences.append(
                f"{where}: {what} (por ejemplo «{example}») en {rows_listed(rows)}; {todo}."
            )
    return sentences


def _unusual(values: pd.Series, column: Column, where: str) -> list[str]:
    """A remark on numbers beyond the usual range; nobody is refused for them."""
    if column.usual is None:
        return []
    low, high = column.usual
    beyond = values[(values < low) | (values > high)]
    if beyond.empty:
        return []
    return [
        f"{where}: lo usual es de {number(low, 0)} a {number(high, 0)} ({column.unit or 'valor'}) "
        f"y en {number(len(beyond), 0)} de {number(len(values), 0)} filas no lo es (por ejemplo "
        f"{number(float(beyond.iloc[0]))} en la fila {beyond.index[0]}); si la escala es otra, "
        "no compare con el modelo publicado."
    ]


def _unknown(values: pd.Series, where: str) -> list[str]:
    """A remark on levels that the model was not trained with."""
    if values.empty:
        return []
    levels = [f"«{level[:30]}»" for level in values.unique()[:5]]
    return [
        f"{where}: {listing(levels)} en {rows_listed(values.index.tolist())} no estaba entre los "
        "valores conocidos y cuenta como celda vacía."
    ]
