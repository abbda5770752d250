"""The mapping that a table suggests, and what a person may change in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from student_performance import cells, guessing, headings
from student_performance.formatting import listing
from student_performance.mapping import Mapping, file_decimal
from student_performance.problems import Problem
from student_performance.reading import RawTable
from student_performance.schema import MAX_LEVELS, PUBLISHED, Column, Kind, Schema
from student_performance.texts import Texts


@dataclass(frozen=True)
class Candidate:
    """A column of a file as something to learn from.

    Attributes:
        column: the type, unit and levels that its texts suggest; named as in the file.
        distinct: how many different values it has.
        empty: how many cells are empty.
        reason: why it is no feature unless asked for, in Spanish; "" for a feature.
    """

    column: Column
    distinct: int
    empty: int
    reason: str = ""

    @property
    def may_be_target(self) -> bool:
        """Whether it is a number with different values."""
        return self.column.kind == "number" and self.distinct > 1


@dataclass(frozen=True)
class Check:
    """What a change of type would do to a column.

    Attributes:
        column: the column with the type asked for.
        problems: Spanish sentences on the cells that are no such value; then it cannot be.
        empty: how many cells would be empty.
    """

    column: Column
    problems: tuple[str, ...]
    empty: int


def published(raw: RawTable, with_target: bool = True) -> Mapping | None:
    """The mapping of a table with the published columns, under headings that leave no doubt."""
    matches = headings.published(raw.headings)
    columns = PUBLISHED.columns if with_target else PUBLISHED.features
    if any(len(matches[column]) != 1 for column in columns):
        return None
    return Mapping(PUBLISHED, {each.name: one[0] for each, one in matches.items() if len(one) == 1})


def candidates(raw: RawTable) -> list[Candidate]:
    """Every column of the table, described; in the order of the file."""
    decimal = file_decimal(raw)
    return [_candidate(heading, texts, decimal) for heading, texts in raw.columns.items()]


def propose(
    raw: RawTable, target: str | None = None, features: Sequence[str] | None = None
) -> Mapping:
    """The mapping that a table suggests: the published one, or a guess for a person to change.

    Args:
        raw: the table.
        target: heading of the column to predict; None guesses it.
        features: headings of the columns to predict from; None takes all that are of use.

    Raises:
        Problem: no such column, no number to predict, nothing to predict it from, or the students
            of the published kind without their index.
    """
    unasked = published(raw)
    if unasked and target is None and features is None:
        return unasked
    if target is None and features is None and published(raw, with_target=False):
        raise Problem(
            f"«{raw.name}» tiene lo que hace falta para predecir, pero no la columna "
            f"«{PUBLISHED.target.name}» de la que se aprende; úselo en la página «Predicción», o "
            "elija qué otra columna se predice."
        )
    known = {each.column.name: each for each in candidates(raw)}
    goal = _find(raw, target) if target else _likely_target(raw, list(known.values()))
    if not known[goal].may_be_target:
        raise Problem(
            f"En «{raw.name}» la columna «{goal}» no se puede predecir: hacen falta números que "
            "varíen; elija otra."
        )
    if features is None:
        chosen = [name for name, each in known.items() if name != goal and not each.reason]
    else:
        chosen = [_find(raw, feature) for feature in features]
    chosen = list(dict.fromkeys(name for name in chosen if name != goal))
    for name in chosen:
        _refuse_many_levels(raw.name, known[name].column)
    if not chosen:
        raise Problem(
            f"En «{raw.name}» no hay columnas de las que predecir «{goal}»; elija al menos una."
        )
    published_columns = _published_columns(raw)
    columns = {name: published_columns.get(name, known[name].column) for name in (*chosen, goal)}
    return mapping_of(columns, goal)


def mapping_of(columns: dict[str, Column], target: str) -> Mapping:
    """A mapping of columns by their heading in the file; ``target`` is a heading too."""
    features = tuple(column for heading, column in columns.items() if heading != target)
    sources = {column.name: heading for heading, column in columns.items()}
    return Mapping(Schema(columns[target], features), sources)


def check(raw: RawTable, heading: str, kind: Kind, unit: str | None = None) -> Check:
    """What happens if a column counts as a type; nothing is changed.

    Args:
        raw: the table.
        heading: of the column.
        kind: the type asked for.
        unit: of its numbers; None leaves the one that its texts have.
    """
    texts = raw.columns[heading]
    decimal = file_decimal(raw)
    levels = guessing.levels_of(texts) if kind == "category" else ()
    if kind == "number" and unit is None:
        unit = guessing.convert(texts, "number", decimal).unit
    column = Column(heading, kind, unit=unit or "", levels=levels)
    result = cells.typed(raw, heading, column, decimal)
    problems = result.problems
    if kind == "category" and not 1 <= len(levels) <= MAX_LEVELS:
        problems += (_many_levels(raw.name, heading, len(levels)),)
    return Check(column, problems, len(result.empty))


def retyped(raw: RawTable, mapping: Mapping, name: str, kind: Kind) -> tuple[Mapping, Check]:
    """The mapping with a feature of another type, and what that does to its cells.

    Raises:
        Problem: the type has cells that are no such value, or too many levels.
    """
    old = mapping.schema[name]
    result = check(raw, mapping.source(old), kind, old.unit if kind == "number" else None)
    if result.problems:
        raise Problem(*result.problems)
    new = replace(result.column, name=old.name, label=old.label, short=old.short, usual=old.usual)
    features = tuple(new if each.name == name else each for each in mapping.schema.features)
    target = new if mapping.schema.target.name == name else mapping.schema.target
    if target.kind != "number":
        raise Problem(f"«{name}» es lo que se predice, así que tiene que ser un número.")
    return replace(mapping, schema=Schema(target, features)), result


def _candidate(heading: str, texts: Texts, decimal: str) -> Candidate:
    column = guessing.described(heading, texts, decimal)
    converted = guessing.convert(texts, column.kind, decimal)
    distinct = pd.Series(converted.data).nunique()
    empty = int(texts.counts[converted.empty].sum())
    if guessing.identifies(heading, texts, column.kind):
        reason = "identifica las filas"
    elif distinct < 2:
        reason = "vale siempre lo mismo" if distinct else "está vacía"
    elif 2 * empty > len(texts.codes):
        reason = "está vacía en más de la mitad de las filas"
    else:
        reason = ""
    return Candidate(column, distinct, empty, reason)


def _likely_target(raw: RawTable, known: list[Candidate]) -> str:
    """Of the numbers, the one whose heading sounds most like a result; of equals, the last."""
    numbers = [each for each in known if each.may_be_target and not each.reason]
    if not numbers:
        kinds = listing([f"«{each.column.name}»" for each in known[:8]])
        raise Problem(
            f"En «{raw.name}» ninguna columna ({kinds}) tiene números que predecir; elija una "
            "tabla con una nota o un puntaje."
        )
    weights = [(guessing.result_weight(each.column.name), at) for at, each in enumerate(numbers)]
    return numbers[max(weights)[1]].column.name


def _published_columns(raw: RawTable) -> dict[str, Column]:
    """By heading: the published columns that the table has, for their Spanish labels and units.

    Only where all the published features are there: elsewhere «Notas» may be anything.
    """
    matches = headings.published(raw.headings)
    if any(len(matches[column]) != 1 for column in PUBLISHED.features):
        return {}
    return {one[0]: column for column, one in matches.items() if len(one) == 1}


def _find(raw: RawTable, heading: str) -> str:
    """The heading of the table that is meant."""
    alike = [each for each in raw.headings if headings.same(each, heading)]
    options = [heading] if heading in raw.headings else alike
    if len(options) != 1:
        shown = listing([f"«{each}»" for each in raw.headings[:20]])
        raise Problem(
            f"En «{raw.name}» no hay una columna «{heading}»; tiene {shown}"
            f"{'…' if len(raw.headings) > 20 else ''}."
        )
    return options[0]


def _refuse_many_levels(name: str, column: Column) -> None:
    if column.kind == "category" and not 1 <= len(column.levels) <= MAX_LEVELS:
        raise Problem(_many_levels(name, column.name, len(column.levels)))


def _many_levels(name: str, heading: str, levels: int) -> str:
    if not levels:
        return f"En «{name}» la columna «{heading}» está vacía; quítela de las variables."
    return (
        f"En «{name}» la columna «{heading}» tiene más de {MAX_LEVELS} textos distintos: nombra "
        "las filas y no dice nada de ellas; quítela de las variables."
    )
