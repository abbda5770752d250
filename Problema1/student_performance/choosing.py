"""The mapping that a person makes of a proposal: target, features, types and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from student_performance.mapping import Mapping
from student_performance.problems import Problem
from student_performance.proposing import candidates, check, mapping_of
from student_performance.reading import RawTable
from student_performance.schema import Column, Kind


@dataclass(frozen=True)
class Choice:
    """What a person wants of a column of the file: its heading, type, and unit."""

    heading: str
    kind: Kind
    unit: str = ""


def chosen(
    raw: RawTable, proposal: Mapping | None, target: Choice, features: Sequence[Choice]
) -> Mapping:
    """The mapping of the columns that a person chose.

    Args:
        raw: the table.
        proposal: whose columns stay as they are where nothing was changed; None where there is
            none.
        target: what is predicted.
        features: what it is predicted from.

    Raises:
        Problem: no features, or a column that has not the type asked for.
    """
    if not features:
        raise Problem("Elija al menos una columna de la que predecir.")
    known = _columns(raw, proposal)
    problems: list[str] = []
    columns = {}
    for choice in (*features, target):
        column = known[choice.heading]
        if choice.kind != column.kind or choice.kind == "category":
            result = check(raw, choice.heading, choice.kind, choice.unit)
            problems += result.problems
            column = replace(result.column, name=column.name, label=column.label)
        if column.kind == "number" and choice.unit != column.unit:
            column = replace(column, unit=choice.unit)
        columns[choice.heading] = column
    if problems:
        raise Problem(*problems)
    return mapping_of(columns, target.heading)


def _columns(raw: RawTable, proposal: Mapping | None) -> dict[str, Column]:
    """By heading: the proposal's columns, and what the texts suggest for the rest."""
    columns = {each.column.name: each.column for each in candidates(raw)}
    if proposal:
        columns |= {proposal.source(column): column for column in proposal.schema.columns}
    return columns
