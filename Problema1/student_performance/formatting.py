"""Spanish numbers and words for the reader."""

from __future__ import annotations

import math
from collections.abc import Sequence

from student_performance.schema import PUBLISHED, Schema

YES_NO = {"Yes": "Sí", "No": "No"}
KINDS = {"real": "datos publicados", "simulated": "datos simulados", "own": "datos propios"}
LOSSES = {"huber": "Huber", "mse": "error cuadrático"}
PENALTIES = {0.0: "ninguna", 0.3: "poca", 1.0: "normal", 3.0: "bastante", 10.0: "mucha"}
EMPTY = "(vacía)"  # the name of a cell without content, where it makes a group


def titled(text: str, unit: str) -> str:
    """A title with its unit, as «Predicho (puntos)»; alone where the unit is unknown."""
    return f"{text} ({unit})" if unit else text


def number(value: float | None, digits: int = 2) -> str:
    """Decimal comma and thousands point, as 1.234,50; a dash for None and NaN."""
    if value is None or value != value:
        return "—"
    text = f"{round(value, digits) + 0.0:,.{digits}f}"  # the sum turns -0.0 into 0.0
    return text.translate(str.maketrans(",.", ".,")).replace("-", "−")


def short(value: float) -> str:
    """A number with as many decimals as it needs, four significant digits at most."""
    if value != value:
        return "—"
    whole = value == int(value) if abs(value) < 1e15 else True
    if whole or abs(value) >= 1000:
        return number(value, 0)
    text = f"{value:.4g}"
    digits = len(text.partition(".")[2]) if "e" not in text else 6
    return number(value, digits)


def digits_for(size: float | None, least: int) -> int:
    """Decimals that show two digits of a small size: at least ``least``, at most 6."""
    if size is None or not 1e-6 <= abs(size) < 1:
        return least
    return max(least, min(6, 1 - math.floor(math.log10(abs(size)))))


def amount(value: float | None, digits: int, unit: str) -> str:
    """A number with its unit, as «2,04 puntos»; alone where the unit is unknown. A small one gets
    more decimals than asked for, so that two digits of it show."""
    return f"{number(value, digits_for(value, digits))} {unit}".rstrip()


def percent(share: float, digits: int = 1) -> str:
    """A share of 0.905 as «90,5 %»."""
    return f"{number(100 * share, digits)} %"


def interval(low: float, high: float, digits: int = 2) -> str:
    """«[1,20; 1,35]»; a narrow one gets as many decimals as its width needs."""
    digits = digits_for(high - low, digits)
    return f"[{number(low, digits)}; {number(high, digits)}]"


def penalty_name(value: float) -> str:
    """How the form calls a strength of regularisation; the number where it has no name."""
    return PENALTIES.get(value) or short(value)


def listing(words: Sequence[str]) -> str:
    """«a», «a y b», «a, b y c»."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} y {words[-1]}"


def rows_name(schema: Schema) -> str:
    """What a row is: a student in the published table, just a row in others."""
    return "estudiantes" if schema == PUBLISHED else "filas"


def counted(n: int, schema: Schema) -> str:
    """«los 1.975 estudiantes», «las 200 filas»."""
    article, name = the_rows(schema).split()
    return f"{article} {number(n, 0)} {name}"


def the_rows(schema: Schema) -> str:
    """:func:`rows_name` with its article."""
    return "los estudiantes" if schema == PUBLISHED else "las filas"
