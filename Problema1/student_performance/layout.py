"""Where in a sheet the table stands: title lines above, the headings, total rows below."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from student_performance.formatting import listing
from student_performance.problems import Problem
from student_performance.spelling import fold, is_number

Row = tuple[int, list[str]]  # row number as a spreadsheet shows it, cells

# First words of a row that sums up the ones above.
SUMMARIES = {
    *("total", "totales", "subtotal", "promedio", "promedios", "media", "mediana", "suma", "sum"),
    *("average", "mean", "median", "avg", "maximo", "minimo", "max", "min", "moda", "varianza"),
    *("desviacion", "desvio", "std", "cantidad", "count", "promedio general", "media general"),
    *("total general", "gran total", "grand total", "total geral", "desviacion estandar"),
    *("desvio estandar", "average score", "suma total"),
}
MAX_TITLES = 30  # lines above the headings
MAX_SUMMARIES = 12  # lines below the table
SHOWN_ROWS = 8  # row numbers listed in a sentence; the rest is counted


@dataclass(frozen=True)
class Layout:
    """The table within a sheet.

    Attributes:
        headings: a different name for each column.
        body: its rows, all as long as ``headings``.
        remarks: Spanish sentences on what was left out or named.
    """

    headings: list[str]
    body: list[Row]
    remarks: tuple[str, ...]


def arrange(rows: list[Row], name: str) -> Layout:
    """Find the table in the non-empty rows of a sheet.

    Raises:
        Problem: no rows under the headings, one column only, or rows of another length.
    """
    width = Counter(_filled(cells) for _, cells in rows[:200]).most_common(1)[0][0]
    rows, remarks = _without_titles(rows, width)
    cells = rows[0][1]
    if _is_data(cells):
        headings = [f"Columna {at}" for at in range(1, width + 1)]
        body = rows
        remarks.append(
            f"«{name}» no tiene encabezado: la fila {rows[0][0]} ya trae datos; sus columnas se "
            f"llaman aquí «Columna 1» a «Columna {width}»."
        )
    else:
        headings, body = cells[: _filled(cells)], rows[1:]
    body, summaries = _without_summaries(body, len(headings))
    remarks += summaries
    if not body:
        raise Problem(f"«{name}» sólo tiene el encabezado; agregue filas con estudiantes.")
    if len(headings) < 2:
        raise Problem(
            f"«{name}» tiene una sola columna («{headings[0][:40]}»); hace falta lo que se predice "
            "y al menos una columna de la que predecirlo, separadas por coma, punto y coma o "
            "tabulación."
        )
    body = _even(body, len(headings), name)
    names, repeated = _named(headings)
    return Layout(names, body, (*remarks, *repeated))


def rows_listed(numbers: list[int]) -> str:
    """«la fila 3», «las filas 3, 5 y 9», «las filas 3, 5, … (120 en total)»."""
    if len(numbers) == 1:
        return f"la fila {numbers[0]}"
    shown = [str(number) for number in numbers[:SHOWN_ROWS]]
    if len(numbers) > SHOWN_ROWS:
        return f"las filas {', '.join(shown)}, … ({len(numbers)} en total)"
    return f"las filas {listing(shown)}"


def _filled(cells: list[str]) -> int:
    """Length of a row without the empty cells at its end, which spreadsheets like to add."""
    at = len(cells)
    while at and not cells[at - 1].strip():
        at -= 1
    return at


def _without_titles(rows: list[Row], width: int) -> tuple[list[Row], list[str]]:
    """Leave out the first rows in which at most half of the columns have a text."""
    at = 0
    while at < min(MAX_TITLES, len(rows) - 1):
        cells = [cell for cell in rows[at][1] if cell.strip()]
        if 2 * len(cells) > width or width < 2:
            break
        at += 1
    if not at or at == MAX_TITLES:
        return rows, []
    numbers = [number for number, _ in rows[:at]]
    title = next(cell for cell in rows[0][1] if cell.strip())
    return rows[at:], [
        f"Sin usar, arriba de la tabla: {rows_listed(numbers)} («{title.strip()[:40]}»)."
    ]


def _is_data(cells: list[str]) -> bool:
    """Whether a first row holds data: half of its cells or more are numbers, other than years."""
    texts = [cell for cell in cells if cell.strip()]
    numbers = [cell for cell in texts if is_number(cell)]
    years = [cell for cell in numbers if re.fullmatch(r"\s*(19|20)\d\d\s*", cell)]
    return 2 * len(numbers) >= len(texts) and len(years) < len(numbers)


def _without_summaries(body: list[Row], width: int) -> tuple[list[Row], list[str]]:
    """Leave out totals, averages and footnotes below the table."""
    left_out: list[Row] = []
    while body and len(left_out) < MAX_SUMMARIES and _is_summary(body[-1][1], width):
        left_out.insert(0, body[-1])
        body = body[:-1]
    if not left_out:
        return body, []
    text = next(cell for cell in left_out[0][1] if cell.strip())
    numbers = [number for number, _ in left_out]
    return body, [
        f"Sin usar, debajo de la tabla: {rows_listed(numbers)} («{text.strip()[:40]}»), que "
        f"{'resume o comenta' if len(numbers) == 1 else 'resumen o comentan'} las demás."
    ]


def _is_summary(cells: list[str], width: int) -> bool:
    texts = [cell for cell in cells if cell.strip()]
    if not texts:
        return True
    if fold(texts[0]) in SUMMARIES:
        return True
    return len(texts) == 1 and width > 2 and not is_number(texts[0])  # a footnote


def _even(body: list[Row], width: int, name: str) -> list[Row]:
    """Rows of exactly ``width`` cells: empty ones at the end are no matter."""
    uneven = []
    for at, (number, cells) in enumerate(body):
        if len(cells) != width:
            if _filled(cells) > width or len(cells) < width:
                uneven.append(number)
            body[at] = (number, cells[:width])
    if uneven:
        raise Problem(
            f"En «{name}» la cantidad de celdas no es la del encabezado ({width}) en "
            f"{rows_listed(uneven)}; revise separadores y comillas, y si hay comas decimales "
            "separe las columnas con punto y coma."
        )
    return body


def _named(headings: list[str]) -> tuple[list[str], list[str]]:
    """Different names for all columns, and what to tell of it."""
    names: list[str] = []
    remarks = []
    for at, heading in enumerate(headings, start=1):
        heading = " ".join(heading.split())
        name = heading or f"Columna {at}"
        count = 2
        while name in names:
            name = f"{heading or f'Columna {at}'} ({count})"
            count += 1
        if heading and name != heading:
            remarks.append(f"La columna «{heading}» está repetida; la otra se llama «{name}».")
        names.append(name)
    return names, remarks
