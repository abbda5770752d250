"""Reading the table that a person brings: any text, spreadsheet or Parquet file, as texts.

What the texts mean is for :mod:`guessing` and :mod:`mapping`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from student_performance import delimited, workbooks
from student_performance.formatting import number
from student_performance.layout import Layout, Row, arrange
from student_performance.problems import Problem
from student_performance.texts import Texts

MAX_BYTES = 10 * 2**20  # about 500,000 rows of the published file, fifty times what it has
MAX_ROWS = 500_000
MAX_COLUMNS = 300
MAX_HEIGHT = 2**20  # rows of a sheet, empty ones included: as many as Excel has
MAX_CELLS = 6_000_000  # that are kept; of text, they take 500 MB
# What a spreadsheet would compute when it opens a CSV file: all but signed numbers and telephones.
FORMULA = re.compile(r"^\s*([=@|%]|[+-](?![0-9 .,()-]*$))|^[\t\r]")
FOREIGN = {  # first bytes of files of other kinds, and what to do with them
    b"%PDF": "es un PDF; copie la tabla a una planilla",
    b"\xd0\xcf\x11\xe0": "es un Excel antiguo (.xls) o con contraseña; guárdelo como .xlsx",
    b"\x89PNG": "es una imagen; elija la tabla misma",
    b"\xff\xd8\xff": "es una imagen; elija la tabla misma",
    b"SQLite format 3": "es una base de datos; exporte la tabla como CSV",
    b"\x1f\x8b": "está comprimido; descomprímalo antes",
    b"<!doctype html": "es una página web; descargue la tabla misma",
    b"<html": "es una página web; descargue la tabla misma",
    b"\x89HDF": "es un archivo HDF5; exporte la tabla como CSV",
}


@dataclass(frozen=True)
class RawTable:
    """A table as its file writes it.

    Attributes:
        name: the file's name.
        columns: the texts of each column by its heading; headings are different.
        index: row number in the file (row 1 is its first line).
        separator: of a text file, the one between columns; "" for other files.
        encoding: of a text file; "" for other files.
        remarks: Spanish sentences on what was left out, named or supposed.
    """

    name: str
    columns: dict[str, Texts]
    index: pd.Index
    separator: str = ""
    encoding: str = ""
    remarks: tuple[str, ...] = ()

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The texts as a frame."""
        return self.frame(self.headings)

    @cached_property
    def repeated(self) -> np.ndarray:
        """bool (n,): whether a row equals an earlier one in all columns."""
        codes = pd.DataFrame({heading: texts.codes for heading, texts in self.columns.items()})
        return codes.duplicated().to_numpy()

    def frame(self, headings: Sequence[str]) -> pd.DataFrame:
        """The texts of some columns as a frame."""
        cells = {heading: self.columns[heading].cells for heading in headings}
        return pd.DataFrame(cells, index=self.index, dtype=object)

    def rows(self, mask: np.ndarray) -> RawTable:
        """The same table with some of its rows."""
        columns = {heading: texts.rows(mask) for heading, texts in self.columns.items()}
        return replace(self, columns=columns, index=self.index[mask])

    @property
    def headings(self) -> list[str]:
        """Names of the columns."""
        return list(self.columns)


def read_bytes(path: Path) -> bytes:
    """The content of a file of at most ``MAX_BYTES``.

    Raises:
        Problem: missing, not a file, unreadable or too large.
    """
    try:
        if path.is_dir():
            raise Problem(
                f"«{path}» es una carpeta; indique un archivo CSV, .xlsx, .ods o Parquet."
            )
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Problem(_too_large(path.name, size))
        return path.read_bytes()
    except FileNotFoundError:
        raise Problem(f"No existe el archivo «{path}»; revise la ruta.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Problem(f"No se puede leer «{path}» ({reason}); revise sus permisos.") from None


def read(content: bytes, name: str, encoding: str | None = None) -> RawTable:
    """Read a table of any of the known kinds; the bytes tell the kind, not the name.

    Args:
        content: the bytes of the file.
        name: how messages call it.
        encoding: of a text file, a Python codec; None finds it.

    Raises:
        Problem: one sentence that says what was found and what to do.
    """
    if len(content) > MAX_BYTES:
        raise Problem(_too_large(name, len(content)))
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Problem(f"«{name}» está vacío; elija una tabla con encabezado y filas.")
    for start, kind in FOREIGN.items():
        if content.lstrip()[: len(start)].lower() == start.lower():
            raise Problem(f"«{name}» {kind}.")
    if workbooks.is_workbook(content):
        return _workbook(content, name)
    if content.startswith(b"PAR1"):
        rows = workbooks.parquet_rows(content, name, MAX_ROWS, MAX_COLUMNS)
        return _table(name, _kept(rows, name))
    text, encoding = delimited.decode(content, name, encoding)
    rows, separator = delimited.rows(text, name)
    return _table(name, _kept(rows, name), (), separator, encoding)


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


def _workbook(content: bytes, name: str) -> RawTable:
    """The first sheet that has two rows or more."""
    with workbooks.damage_explained(name):
        sheets = workbooks.workbook_sheets(content, name, MAX_COLUMNS + 1)
        for at, (title, rows) in enumerate(sheets):
            kept = _kept(rows, name)
            if len(kept) > 1:
                width = max(len(cells) for _, cells in kept)
                kept = [(row, cells + [""] * (width - len(cells))) for row, cells in kept]
                several = at > 0 or next(sheets, None)
                remarks = (f"Se leyó la hoja «{title}»; las otras, no.",) if several else ()
                return _table(name, kept, remarks)
    raise Problem(f"«{name}» no tiene ninguna hoja con encabezado y filas; revise el archivo.")


def _kept(rows: Iterable[list[str]], name: str) -> list[Row]:
    """The non-empty rows with their numbers, within the limits."""
    kept: list[Row] = []
    cells = 0
    for at, row in enumerate(rows, start=1):
        cells += len(row)
        if any(row) and "".join(row).strip():
            kept.append((at, row))
        if len(row) > MAX_COLUMNS and any(cell.strip() for cell in row[MAX_COLUMNS:]):
            raise Problem(
                f"En «{name}» la fila {at} tiene más de {MAX_COLUMNS} columnas; deje sólo las que "
                "importan, o revise separadores y comillas."
            )
        if len(kept) > MAX_ROWS or at > MAX_HEIGHT or cells > MAX_CELLS:
            raise Problem(
                f"«{name}» tiene más de {number(MAX_ROWS, 0)} filas o de {number(MAX_CELLS, 0)} "
                "celdas; use una muestra de sus filas."
            )
    return kept


def _table(
    name: str, rows: list[Row], remarks: tuple[str, ...] = (), separator: str = "", encoding=""
) -> RawTable:
    if not rows:
        raise Problem(f"«{name}» está vacío; elija una tabla con encabezado y filas.")
    layout = arrange(rows, name)
    remarks += layout.remarks
    if encoding in ("cp1252", "latin-1"):
        remarks += _doubt(layout)
    index = pd.Index([number for number, _ in layout.body], name="fila")
    return RawTable(name, _columns(layout), index, separator, encoding, remarks)


def _doubt(layout: Layout) -> tuple[str, ...]:
    """Where the headings are mostly accented letters, the encoding is probably another."""
    letters = [c for c in "".join(layout.headings) if c.isalpha() or ord(c) > 127]
    if 3 * sum(ord(c) > 127 for c in letters) <= len(letters):
        return ()
    return (
        "Los encabezados no se leen bien: el archivo no está en UTF-8; elija su codificación (por "
        "ejemplo, CP949 si está en coreano).",
    )


def _columns(layout: Layout) -> dict[str, Texts]:
    """Texts by column, without the columns that are empty and have no heading."""
    columns = zip(*(cells for _, cells in layout.body), strict=True)
    return {
        heading: Texts.of(cells)
        for heading, cells in zip(layout.headings, columns, strict=True)
        if any(cells) or not re.fullmatch(r"Columna \d+", heading)
    }
