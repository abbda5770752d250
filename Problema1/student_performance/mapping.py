"""How the columns of a file become those of a schema, and the typed table that results."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from student_performance import cells, guessing, headings
from student_performance.cells import EmptyCells
from student_performance.formatting import listing, number
from student_performance.layout import rows_listed
from student_performance.problems import Problem
from student_performance.reading import RawTable
from student_performance.schema import PUBLISHED, Column, Schema

Missing = Literal["refuse", "drop", "fill"]
DAMAGED = "La correspondencia de columnas está dañada; vuelva a elegirlas."


@dataclass(frozen=True)
class Mapping:
    """A schema, the headings its columns have in a file, and what is done with some rows.

    Attributes:
        schema: the columns.
        sources: heading in the file for each column's name.
        missing: rows with an empty feature are refused, dropped, or kept with NaN, which the
            network fills. Unless refused, rows without a target are dropped.
        drop_repeated: of rows that are equal in all columns of the file, keep the first alone.
    """

    schema: Schema
    sources: dict[str, str] = field(default_factory=dict)
    missing: Missing = "refuse"
    drop_repeated: bool = False

    @property
    def is_published(self) -> bool:
        """Whether the columns are those of the published file."""
        return self.schema == PUBLISHED

    def source(self, column: Column) -> str:
        """The heading of a column in the file that the mapping was made for."""
        return self.sources.get(column.name, column.name)

    def to_json(self) -> dict:
        """Content for a JSON file; :meth:`from_json` reads it."""
        return {
            "schema": self.schema.to_json(),
            "sources": dict(self.sources),
            "missing": self.missing,
            "drop_repeated": self.drop_repeated,
        }

    @classmethod
    def from_json(cls, content: dict) -> Mapping:
        """The mapping of a JSON file.

        Raises:
            Problem: the content is not that of a mapping.
        """
        if not isinstance(content, dict) or not isinstance(content.get("schema"), dict):
            raise Problem(DAMAGED)
        sources = content.get("sources", {})
        mapping = cls(
            Schema.from_json(content["schema"]),
            sources if isinstance(sources, dict) else {},
            content.get("missing", "refuse"),
            content.get("drop_repeated", False),
        )
        texts = [*mapping.sources, *mapping.sources.values()]
        sound = isinstance(sources, dict) and all(isinstance(text, str) for text in texts)
        if not sound or mapping.missing not in ("refuse", "drop", "fill"):
            raise Problem(DAMAGED)
        if not isinstance(mapping.drop_repeated, bool):
            raise Problem(DAMAGED)
        return mapping


@dataclass(frozen=True)
class Table:
    """A typed table.

    Attributes:
        rows: the columns of the schema, in order (without the target where it was not asked for);
            see :class:`Column` for their values. The index is the row number in the file.
        extra: the other columns of the file, texts, same index.
        target: where the target was not asked for and the file has it: its values, NaN for a cell
            that is no number; else None.
        repeated: rows that are equal to an earlier one in all columns of the file, kept or not.
        decimal: the sign with which the file writes fractions, or would.
        remarks: Spanish sentences on what a person should know.
    """

    rows: pd.DataFrame
    extra: pd.DataFrame
    target: pd.Series | None
    repeated: int
    decimal: str
    remarks: tuple[str, ...]


def read_mapping(path: Path) -> Mapping:
    """The mapping in a JSON file.

    Raises:
        Problem: the file cannot be read, or holds no mapping.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Problem(f"No se puede leer «{path}» ({reason}); revise la ruta.") from None
    except (ValueError, RecursionError):
        raise Problem(f"«{path}» no es un archivo JSON; indique el que guardó la app.") from None
    return Mapping.from_json(content)


def apply(raw: RawTable, mapping: Mapping, with_target: bool = True) -> Table:
    """Turn a raw table into a typed one.

    Args:
        raw: the table.
        mapping: its own, or that of a model; headings may differ in case, blanks and accents.
        with_target: whether the target must be there; not so to predict.

    Raises:
        EmptyCells: cells are empty, nothing else is wrong, and the mapping refuses them.
        Problem: one sentence for each thing that is wrong.
    """
    schema = mapping.schema
    columns = schema.columns if with_target else schema.features
    sources = located(raw, mapping, columns)
    decimal = file_decimal(raw)
    kept, repeated, remarks = _without_repeated(raw, mapping.drop_repeated)
    converted = [cells.typed(kept, sources[each.name], each, decimal) for each in columns]
    problems = [sentence for each in converted for sentence in each.problems]
    empty = [each.empty_sentence for each in converted if each.empty_sentence]
    if problems:
        raise Problem(*problems, *(empty if mapping.missing == "refuse" else ()))
    if empty and mapping.missing == "refuse":
        raise EmptyCells(*empty)
    remarks += [sentence for each in converted for sentence in each.remarks]
    rows = pd.DataFrame({each.series.name: each.series for each in converted})
    rows, dropped = _without_empty(rows, mapping, raw.name)
    if rows.empty:
        raise Problem(f"En «{raw.name}» no queda ninguna fila completa; complete sus celdas.")
    others = [heading for heading in raw.headings if heading not in sources.values()]
    target = None if with_target else _known_target(kept, mapping, decimal, rows.index)
    return Table(
        rows,
        kept.frame(others).loc[rows.index],
        target,
        repeated,
        decimal or ("," if raw.separator == ";" else "."),
        (*raw.remarks, *remarks, *dropped),
    )


def located(raw: RawTable, mapping: Mapping, columns: tuple[Column, ...]) -> dict[str, str]:
    """The heading in this table of each of the columns.

    Raises:
        Problem: some are missing, or several headings may stand for one.
    """
    recognised = headings.published(raw.headings)
    sources: dict[str, str] = {}
    missing, doubtful = [], []
    for column in columns:
        source = mapping.source(column)
        exact = [each for each in (source, column.name) if each in raw.headings]
        alike = [each for each in raw.headings if headings.same(each, source)]
        options = exact[:1] or alike or recognised.get(column, [])
        if len(options) == 1 and options[0] not in sources.values():
            sources[column.name] = options[0]
        elif options:
            doubtful.append(f"«{column.name}»: {listing([f'«{each}»' for each in options])}")
        else:
            missing.append(f"«{source}»")
    if doubtful:
        raise Problem(
            f"En «{raw.name}» no se sabe qué columna es {listing(doubtful)}; deje una sola."
        )
    if missing:
        shown = [f"«{heading}»" for heading in raw.headings[:12]]
        raise Problem(
            f"En el encabezado de «{raw.name}» falta{'n' if len(missing) > 1 else ''} "
            f"{listing(missing)}; se encontr{'ó' if len(shown) == 1 else 'aron'} {listing(shown)}"
            f"{'…' if len(raw.headings) > 12 else ''}."
        )
    return sources


def file_decimal(raw: RawTable) -> str:
    """The decimal sign that the file's clear fractions show; "" where it has none."""
    return guessing.decimal_sign(list(raw.columns.values()))


def _without_repeated(raw: RawTable, drop: bool) -> tuple[RawTable, int, list[str]]:
    again = raw.repeated
    count = int(again.sum())
    if not count:
        return raw, 0, []
    many = count > 1
    what = (
        f"{number(count, 0)} fila{'s' if many else ''} "
        f"repite{'n' if many else ''} otra en todas las columnas"
    )
    if drop:
        return raw.rows(~again), count, [f"{what} y no se usa{'n' if many else ''}."]
    return raw, count, [f"{what}; se conserva{'n' if many else ''}."]


def _without_empty(
    rows: pd.DataFrame, mapping: Mapping, name: str
) -> tuple[pd.DataFrame, list[str]]:
    """Drop the rows that the mapping does not keep, and say so."""
    target = mapping.schema.target.name
    required = list(rows.columns) if mapping.missing != "fill" else [target]
    incomplete = rows[[each for each in required if each in rows]].isna().any(axis=1)
    remarks = []
    if incomplete.any():
        where = rows_listed(rows.index[incomplete].tolist())
        why = "con celdas vacías" if mapping.missing != "fill" else f"sin «{target}»"
        remarks.append(f"Sin usar, en «{name}»: {where}, {why}.")
        rows = rows[~incomplete]
    empty = int(rows.isna().to_numpy().sum())
    if empty:
        remarks.append(
            f"La red completa {number(empty, 0)} celda{'s' if empty > 1 else ''} "
            f"vacía{'s' if empty > 1 else ''}: con la mediana los números, con lo más frecuente "
            "lo demás."
        )
    return rows, remarks


def _known_target(
    raw: RawTable, mapping: Mapping, decimal: str, index: pd.Index
) -> pd.Series | None:
    column = mapping.schema.target
    try:
        source = located(raw, mapping, (column,))[column.name]
    except Problem:
        return None
    values = cells.typed(raw, source, column, decimal).series
    return values.loc[index] if np.isfinite(values).any() else None
