"""Reading a CSV file of students and checking every cell of it.

Every table of students passes through :func:`read_table`. It reports all that is wrong with a file
at once, in Spanish, with row numbers as a spreadsheet shows them (row 1 is the header).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from student_performance.formatting import listing, number
from student_performance.problems import Problem
from student_performance.schema import ACTIVITIES, PUBLISHED

COLUMNS = tuple(PUBLISHED.names)
FEATURES = tuple(column.name for column in PUBLISHED.features)
LIMITS = {column.name: column.usual for column in PUBLISHED.columns if column.usual}
MAX_BYTES = 10 * 2**20  # about 500,000 rows, fifty times the real file
YES_NO = {"yes": "Yes", "sí": "Yes", "si": "Yes", "no": "No"}
MISSING = {"", "na", "n/a", "nan", "null", "none", "-"}
# Only ASCII digits: pandas alone would also take «1_000» or Arabic digits.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$|^[+-]?inf(inity)?$"
# What a spreadsheet would compute when it opens a CSV file: all but signed numbers and telephones.
FORMULA = re.compile(r"^\s*([=@|%]|[+-](?![0-9 .,()-]*$))|^[\t\r]")
SHOWN_ROWS = 8  # row numbers listed per problem; the rest is counted


@dataclass(frozen=True)
class Table:
    """A validated table and how its file was written.

    Attributes:
        rows: frame with the columns asked for, in order; numbers as float64, the yes/no column as
            ``"Yes"``/``"No"``. The index is the row number in the file (the header is row 1).
        extra: the other columns of the file as text, same index.
        separator, decimal: how the file writes columns and fractions.
    """

    rows: pd.DataFrame
    extra: pd.DataFrame
    separator: str
    decimal: str


def schema(columns: tuple[str, ...] = COLUMNS) -> pa.DataFrameSchema:
    """The pandera schema of a parsed table: no missing value, every number in its usual range."""

    def column(name: str) -> pa.Column:
        if name == ACTIVITIES.name:
            return pa.Column(str, pa.Check.isin(["Yes", "No"], name="yes_no"), nullable=False)
        low, high = LIMITS[name]
        return pa.Column(float, pa.Check.in_range(low, high, name="range"), nullable=False)

    return pa.DataFrameSchema({name: column(name) for name in columns})


def read_bytes(path: Path) -> bytes:
    """The content of a file of at most ``MAX_BYTES``.

    Raises:
        Problem: missing, not a file, unreadable or too large.
    """
    try:
        if path.is_dir():
            raise Problem(f"«{path}» es una carpeta; indique un archivo CSV.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Problem(_too_large(path.name, size))
        return path.read_bytes()
    except FileNotFoundError:
        raise Problem(f"No existe el archivo «{path}»; revise la ruta.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Problem(f"No se puede leer «{path}» ({reason}); revise sus permisos.") from None


def read_table(content: bytes, name: str, columns: tuple[str, ...] = COLUMNS) -> Table:
    """Read and validate a CSV file.

    Accepts ``,`` or ``;`` as separator, decimal point or comma, UTF-8 with or without byte order
    mark, Latin-1, and ``Yes/No/Sí/Si`` in any case. Other columns are kept apart.

    Args:
        content: the bytes of the file.
        name: how messages call it.
        columns: the columns it must hold.

    Raises:
        Problem: one line for each thing that is wrong with the file.
    """
    if len(content) > MAX_BYTES:
        raise Problem(_too_large(name, len(content)))
    text = _decode(content, name)
    separator = _separator(text)
    header, body = _cells(text, separator, name)
    problems = _header_problems(header, columns, name)
    ragged = [at for at, cells in body if len(cells) != len(header)]
    if ragged:
        problems.append(
            f"En «{name}» la cantidad de celdas no es la del encabezado ({len(header)}) en "
            f"{_rows(ragged)}; revise separadores y comillas."
        )
    body = [(at, cells) for at, cells in body if len(cells) == len(header)]

    present = [column for column in columns if column in header]
    raw = _frame(body, {column: header.index(column) for column in present})
    rows = pd.DataFrame({column: _convert(raw[column]) for column in present}, index=raw.index)
    problems += _cell_problems(rows, raw, name)
    if problems:
        raise Problem(*problems)
    others = {label: at for at, label in enumerate(header) if label and label not in columns}
    return Table(
        rows=rows,
        extra=_frame(body, others),
        separator=separator,
        decimal=_decimal(raw, separator),
    )


def without_formulas(texts: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before each text that a spreadsheet would compute, headings included.

    A formula in somebody else's file may send its neighbours elsewhere (OWASP, CSV injection).
    """

    def shown(text: str) -> str:
        return f"'{text}" if FORMULA.match(text) else text

    return texts.map(shown).rename(columns=shown)


def _too_large(name: str, size: int) -> str:
    return (
        f"«{name}» ocupa {number(size / 2**20, 1)} MB y el máximo es {MAX_BYTES // 2**20} MB; "
        "use una muestra de sus filas."
    )


def _decode(content: bytes, name: str) -> str:
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Problem(f"«{name}» está vacío; elija un CSV con encabezado y filas.")
    if b"\x00" in content or content.startswith((b"PK\x03\x04", b"%PDF")):
        raise Problem(
            f"«{name}» no es un archivo CSV de texto; si viene de una planilla, guárdelo como "
            "«CSV UTF-8»."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _separator(text: str) -> str:
    header = text.lstrip("\r\n ").splitlines()[0]
    return ";" if header.count(";") > header.count(",") else ","


def _cells(text: str, separator: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the non-empty rows, each with its row number in a spreadsheet."""
    try:
        rows = [
            (number, [cell.strip() for cell in cells])
            for number, cells in enumerate(
                csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1
            )
        ]
    except csv.Error as error:
        raise Problem(
            f"«{name}» no se puede leer como CSV ({error}); revise comillas y separadores."
        ) from None
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows:
        raise Problem(f"«{name}» está vacío; elija un CSV con encabezado y filas.")
    known = {column.casefold(): column for column in COLUMNS}
    header = [known.get(label.casefold(), label) for label in rows[0][1]]
    # spreadsheets like to end every row with empty cells
    body = [(number, _trim(cells, len(header))) for number, cells in rows[1:]]
    if not body:
        raise Problem(f"«{name}» sólo tiene el encabezado; agregue filas con estudiantes.")
    return header, body


def _trim(cells: list[str], width: int) -> list[str]:
    return cells[:width] if not any(cells[width:]) else cells


def _frame(body: list[tuple[int, list[str]]], positions: dict[str, int]) -> pd.DataFrame:
    """Columns of text at the given positions; the index is the row number."""
    return pd.DataFrame(
        {label: [cells[at] for _, cells in body] for label, at in positions.items()},
        index=pd.Index([number for number, _ in body], name="fila"),
        dtype=object,
    )


def _header_problems(header: list[str], columns: tuple[str, ...], name: str) -> list[str]:
    problems = []
    missing = [f"«{column}»" for column in columns if column not in header]
    if missing:
        problems.append(
            f"En el encabezado de «{name}» falta{'n' if len(missing) > 1 else ''} "
            f"{listing(missing)}; escriba los nombres así, separados por coma o punto y coma."
        )
    problems += [
        f"En «{name}» la columna «{column}» está repetida; deje una sola."
        for column in columns
        if header.count(column) > 1
    ]
    return problems


def _decimal(raw: pd.DataFrame, separator: str) -> str:
    """The decimal mark a file uses; where it has no fractions, the one its separator suggests."""
    numeric = raw.drop(columns=ACTIVITIES.name, errors="ignore")
    for mark in (",", "."):
        pattern = rf"^[+-]?[0-9]+\{mark}[0-9]+$"
        if numeric.apply(lambda cells, p=pattern: cells.str.contains(p).any()).any():
            return mark
    return "," if separator == ";" else "."


def _convert(cells: pd.Series) -> pd.Series:
    """Text to the column's type; no number becomes missing, an unknown yes/no stays as it is."""
    if cells.name == ACTIVITIES.name:
        folded = cells.str.casefold()
        known = folded.map(YES_NO)
        return known.where(known.notna() | folded.isin(MISSING), cells).astype(object)
    plain = cells.where(~cells.str.match(r"^[+-]?[0-9]+,[0-9]+$"), cells.str.replace(",", ".", n=1))
    number = plain.str.match(NUMBER, flags=re.IGNORECASE)
    return pd.to_numeric(plain.where(number), errors="coerce").astype("float64")


def _cell_problems(rows: pd.DataFrame, raw: pd.DataFrame, name: str) -> list[str]:
    """Check the values with pandera; a Spanish sentence for each kind of bad cell."""
    try:
        schema(tuple(rows.columns)).validate(rows, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    problems = []
    for column in rows.columns:
        bad = sorted({int(row) for row in cases.loc[cases["column"] == column, "index"].dropna()})
        problems += _sentences(name, raw.loc[bad, column], rows.loc[bad, column])
    return problems


def _sentences(name: str, text: pd.Series, value: pd.Series) -> list[str]:
    """One sentence for each kind of bad cell of a column, from its texts and its values."""
    column = text.name
    empty = text.str.casefold().isin(MISSING)

    def sentence(mask: pd.Series, fault: str, remedy: str) -> list[str]:
        if not mask.any():
            return []
        example = text[mask].iloc[0]
        shown = f" (por ejemplo «{example[:30]}»)" if example else ""
        where = f"en {_rows(text.index[mask])}"
        return [f"En «{name}», columna «{column}»: {fault}{shown} {where}; {remedy}."]

    problems = sentence(empty, "faltan valores", "complete o borre esas filas")
    if column == ACTIVITIES.name:
        return problems + sentence(~empty, "hay valores que no son Yes/No ni Sí/No", "corríjalos")
    low, high = LIMITS[column]
    infinite = np.isinf(value)
    bad_text = value.isna() & ~empty
    outside = ~(empty | bad_text | infinite)
    return (
        problems
        + sentence(bad_text, "hay celdas que no son números", "escriba sólo el número")
        + sentence(infinite, "hay valores infinitos", "reemplácelos por el valor real")
        + sentence(outside, f"hay valores fuera de {low} a {high}", "corríjalos")
    )


def _rows(numbers: Iterable[int]) -> str:
    """«la fila 3», «las filas 3, 5 y 9», «las filas 3, 5, … (120 en total)»."""
    numbers = list(numbers)
    if len(numbers) == 1:
        return f"la fila {numbers[0]}"
    shown = [str(number) for number in numbers[:SHOWN_ROWS]]
    if len(numbers) > SHOWN_ROWS:
        return f"las filas {', '.join(shown)}, … ({len(numbers)} en total)"
    return f"las filas {listing(shown)}"
