"""The rows of a spreadsheet file (.xlsx, .ods) or a Parquet file, as texts.

Files come from strangers: each is measured before it is unpacked, and read row by row.
calamine is faster than openpyxl, but one cell in the farthest corner makes it end the process.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from xml.etree import ElementTree

from student_performance.formatting import number
from student_performance.problems import Problem

MAX_UNPACKED = 100 * 2**20  # bytes; a sheet of 200,000 rows and six columns has 50 MB
MAX_PARTS = 2_000  # files inside a workbook
MAX_CELLS = 10_000_000  # of a sheet, empty ones before a far one included
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

Rows = Iterable[list[str]]


def text(value: object) -> str:
    """A cell's value as a text that reads back the same: 7.0 as «7», True as «True»."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def is_workbook(content: bytes) -> bool:
    """Whether the bytes begin as those of a zip file, which .xlsx and .ods are."""
    return content.startswith(b"PK\x03\x04")


@contextmanager
def damage_explained(name: str) -> Iterator[None]:
    """Turn whatever a damaged workbook makes openpyxl or zipfile raise into a Problem."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        raise Problem(
            f"«{name}» está dañado o protegido: no se puede leer como planilla "
            f"({type(error).__name__}); ábralo y guárdelo otra vez, o guárdelo como «CSV UTF-8»."
        ) from None


def workbook_sheets(content: bytes, name: str, widest: int) -> Iterator[tuple[str, Rows]]:
    """Name and rows of each sheet of a workbook; a formula counts as its stored value.

    Args:
        content: the bytes of the file.
        name: how messages call the file.
        widest: empty cells of a row beyond so many are left out.

    Raises:
        Problem: too large when unpacked, or a zip file of another kind.
        Exception: of many types where the file is damaged; see :func:`damage_explained`.
    """
    archive = zipfile.ZipFile(io.BytesIO(content))
    parts = {part.filename for part in archive.infolist()}
    size = sum(part.file_size for part in archive.infolist())
    if size > MAX_UNPACKED or len(archive.infolist()) > MAX_PARTS:
        raise Problem(
            f"«{name}» ocupa {number(size / 2**20, 0)} MB al abrirse y el máximo es "
            f"{MAX_UNPACKED // 2**20} MB; use una muestra de sus filas, o guárdelo como CSV."
        )
    if "xl/workbook.xml" in parts:
        yield from _xlsx(content, widest)
    elif "content.xml" in parts:
        yield from _ods(archive, widest)
    else:
        raise Problem(
            f"«{name}» es un archivo comprimido sin una planilla adentro; extraiga la tabla, o "
            "guárdela como .xlsx o «CSV UTF-8»."
        )


def _xlsx(content: bytes, widest: int) -> Iterator[tuple[str, Rows]]:
    import openpyxl  # half a second that CSV files need not wait

    book = openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=True, keep_links=False
    )
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its own size may be wrong
        yield sheet.title, _xlsx_rows(sheet.iter_rows(values_only=True), sheet.title, widest)


def _xlsx_rows(rows: Iterable[tuple], title: str, widest: int) -> Iterator[list[str]]:
    cells = 0
    for row in rows:
        cells += len(row)
        if cells > MAX_CELLS:
            raise Problem(
                f"La hoja «{title}» tiene más de {number(MAX_CELLS, 0)} celdas, vacías incluidas; "
                "copie sólo la tabla a una planilla nueva."
            )
        beyond = any(value is not None for value in row[widest:])
        yield [text(value) for value in (row if beyond else row[:widest])]


def _ods(archive: zipfile.ZipFile, widest: int) -> Iterator[tuple[str, Rows]]:
    with archive.open("content.xml") as file:
        events = ElementTree.iterparse(file, events=("start", "end"))
        for event, element in events:
            if event == "start" and element.tag == f"{TABLE}table":
                yield element.get(f"{TABLE}name", ""), _ods_rows(events, element, widest)


def _ods_rows(events: Iterator, table: ElementTree.Element, widest: int) -> Iterator[list[str]]:
    """Rows up to the end of a table. Each is forgotten when read; empty rows at the end of the
    sheet, which may repeat a million times, are never given."""
    waiting = 0  # empty rows, given once another row follows
    for event, element in events:
        if event == "end" and element is table:
            return
        if event == "end" and element.tag == f"{TABLE}table-row":
            cells = _ods_cells(element, widest)
            repeats = int(element.get(f"{TABLE}number-rows-repeated", 1))
            element.clear()
            table.clear()
            if not any(cells):
                waiting += repeats
                continue
            for _ in range(waiting):
                yield []
            waiting = 0
            for _ in range(repeats):
                yield cells


def _ods_cells(row: ElementTree.Element, widest: int) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            repeats = int(cell.get(f"{TABLE}number-columns-repeated", 1))
            cells += [_ods_value(cell)] * min(repeats, widest - len(cells))
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _ods_value(cell: ElementTree.Element) -> str:
    kind = cell.get(f"{OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return text(float(cell.get(f"{OFFICE}value", "nan")))
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value", "")
    return "\n".join("".join(part.itertext()) for part in cell.iter(f"{TEXT}p"))


def parquet_rows(content: bytes, name: str, most_rows: int, most_columns: int) -> Iterator:
    """The heading row of a Parquet file, then its rows, as texts.

    Raises:
        Problem: damaged, more rows or columns than those, or no plain columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        described = pq.ParquetFile(io.BytesIO(content))
        names, plain = described.schema_arrow.names, []
        for field in described.schema_arrow:
            if not pa.types.is_nested(field.type) and not field.name.startswith("__index_level_"):
                plain.append(field.name)
        rows, columns = described.metadata.num_rows, described.metadata.num_columns
        if rows > most_rows or columns > most_columns or len(set(names)) < len(names):
            raise Problem(
                f"«{name}» tiene {number(rows, 0)} filas y {number(columns, 0)} columnas; se leen "
                f"hasta {number(most_rows, 0)} filas y {most_columns} columnas de nombre distinto."
            )
        # a long text that repeats is kept once
        file = pq.ParquetFile(io.BytesIO(content), read_dictionary=plain)
        table = file.read(columns=plain)
        cells = [_parquet_column(column) for column in table.columns]
    except Problem:
        raise
    except Exception as error:  # pyarrow raises whatever a damaged file leads to
        raise Problem(
            f"«{name}» está dañado: no se puede leer como Parquet ({type(error).__name__}); "
            "guárdelo otra vez, o guárdelo como «CSV UTF-8»."
        ) from None
    yield plain
    yield from map(list, zip(*cells, strict=True))


def _parquet_column(column) -> list[str]:
    """Texts of a column; each distinct value is turned into text once."""
    encoded = column.combine_chunks().dictionary_encode()
    if hasattr(encoded, "combine_chunks"):
        encoded = encoded.combine_chunks()
    levels = [text(value) for value in encoded.dictionary.to_pylist()]
    return ["" if code is None else levels[code] for code in encoded.indices.to_pylist()]
