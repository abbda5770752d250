"""What a column of texts holds: numbers, yes and no, or categories; and what headings mean.

Each distinct text of a column is looked at once, so that long tables are quick.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from student_performance.schema import MAX_LEVELS, Column, Kind
from student_performance.spelling import (
    ABSENT,
    EMPTY,
    INFINITE,
    LONGEST_ABSENT,
    NO,
    YES,
    fold,
    number_and_unit,
    words,
)
from student_performance.texts import Texts

PLAIN = frozenset("0123456789.,+-eE\n")  # texts of these alone are what ``float`` reads
SAMPLE = 1000  # distinct texts that show what a column is
LARGEST = 1e30  # the models compute in float32, which ends at 3e38
# Of the distinct texts of a numeric column, so many at least are numbers.
NUMERIC_SHARE = 0.8

IDENTIFIERS = re.compile(
    r"\b(id|ids|nombres?|apellidos?|alumn[oa]s?|estudiantes?|students?|name|surname|dni|legajo|"
    r"matriculas?|cedula|rut|curp|email|e?mail|correo|telefono|phone|codigo|code|index|unnamed|"
    r"nro|numero|orden|fecha|date|timestamp|marca temporal|uuid|key|clave|columna|fila|row)\b"
)
# Words of a heading that speak for a result, with their weight; the opposite, for an earlier one.
RESULTS = {
    "performance index": 6,
    "indice rendimiento": 6,
    "indice de rendimiento": 6,
    **dict.fromkeys(("target", "objetivo", "final", "g3", "resultado", "result"), 5),
    **dict.fromkeys(("exam", "examen", "gpa", "cgpa", "performance", "rendimiento"), 3),
    **dict.fromkeys(("nota", "notas", "score", "scores", "grade", "grades", "calificacion"), 3),
    **dict.fromkeys(("calificaciones", "puntaje", "puntuacion", "marks", "mark", "media"), 3),
    **dict.fromkeys(("indice", "promedio", "average", "desempeno", "nt", "percentage"), 2),
    **dict.fromkeys(("previous", "previas", "previa", "previos", "previo", "anterior"), -6),
    **dict.fromkeys(("anteriores", "past", "prior", "practice", "practica", "first", "primer"), -6),
    **dict.fromkeys(("hours", "horas", "count", "cantidad", "sample", "edad", "age"), -4),
}


@dataclass(frozen=True)
class Values:
    """Texts turned into the values of a type, one for each distinct text.

    Attributes:
        data: float64 or object (k,); NaN where ``empty`` or ``bad``.
        empty, bad: bool (k,): an empty cell; a text that is no such value.
        unit: of numbers, the unit that all have beside them.
        decimal: of numbers, their decimal sign; "" where none has a fraction.
    """

    data: np.ndarray
    empty: np.ndarray
    bad: np.ndarray
    unit: str = ""
    decimal: str = ""


def convert(texts: Texts, kind: Kind, decimal: str = "", levels: tuple[str, ...] = ()) -> Values:
    """The values of a column as a type.

    Args:
        texts: the column.
        kind: the type.
        decimal: of numbers, the file's decimal sign, by which «1.234» and «1,234» are read.
        levels: of a category, the texts that are known: another spelling of one («low» for «Low»)
            becomes it, any other text stays.
    """
    if kind == "number":
        return _numbers(texts, decimal)
    if kind == "yes_no":
        return _yes_no(texts)
    return _category(texts, levels)


def decimal_sign(columns: list[Texts]) -> str:
    """The sign that a file's fractions leave no doubt of: «7,5», not «1,234»; "" for none."""
    signs: Counter[str] = Counter()
    for texts in columns:
        for text in texts.distinct[:200]:
            parts = number_and_unit(text)
            if parts and (sign := _clear_sign(parts[0])):
                signs[sign] += 1
    return signs.most_common(1)[0][0] if signs else ""


def kind_of(texts: Texts) -> Kind:
    """The type that the first distinct texts of a column suggest."""
    texts = texts.head(SAMPLE)
    if len(texts.distinct) <= len(YES | NO | ABSENT):
        folded = {fold(text) for text in texts.distinct}
        present = folded - ABSENT
        if present <= YES | NO and present & YES and present & NO:
            return "yes_no"
    numbers = _numbers(texts, "")
    full = ~numbers.empty
    if full.any() and (full & ~numbers.bad).sum() >= NUMERIC_SHARE * full.sum():
        return "number"
    return "category"


def levels_of(texts: Texts) -> tuple[str, ...]:
    """The levels of a category in the order of their codes: alphabetical, numbers by size.

    Of a column with thousands of distinct texts only some are given, more than a category has.
    """
    values = _category(texts.head(SAMPLE), ()).data
    return tuple(sorted({v for v in values if isinstance(v, str)}, key=_natural))


def identifies(heading: str, texts: Texts, kind: Kind) -> bool:
    """Whether a column names its rows (a counter, a name, a date) and says nothing of them."""
    rows, distinct = len(texts.codes), len(texts.distinct)
    named = bool(IDENTIFIERS.search(words(heading))) and not words(heading).startswith("columna")
    if kind == "category":
        return distinct > MAX_LEVELS or (rows >= 8 and 2 * distinct > rows)
    if kind == "yes_no" or distinct < rows:
        return named and distinct > MAX_LEVELS
    values = _numbers(texts.head(SAMPLE), "").data
    whole = np.isfinite(values).all() and (values == np.round(values)).all()
    counter = whole and rows >= 8 and (np.diff(values) == 1).all()
    return bool(whole and (named or counter))


def result_weight(heading: str) -> int:
    """How much a heading sounds like the result to predict; higher is more."""
    text = words(heading)
    whole = RESULTS.get(text, 0)
    return whole + sum(RESULTS.get(word, 0) for word in text.split() if word != text)


def described(heading: str, texts: Texts, decimal: str) -> Column:
    """The column as its texts suggest: type, unit, levels."""
    kind = kind_of(texts)
    if kind == "number":
        return Column(heading, unit=_numbers(texts.head(SAMPLE), decimal).unit)
    if kind == "category":
        return Column(heading, "category", levels=levels_of(texts)[: MAX_LEVELS + 1])
    return Column(heading, kind)


def _natural(text: str) -> tuple:
    parts = re.split(r"(\d+)", text.casefold())
    return tuple(part.zfill(20) if part.isdigit() else part for part in parts)


def _numbers(texts: Texts, decimal: str) -> Values:
    return _plain_numbers(texts.distinct, decimal) or _any_numbers(texts.distinct, decimal)


def _plain_numbers(distinct: np.ndarray, decimal: str) -> Values | None:
    """Numbers without units and thousands, as most columns have, at once; None for others."""
    joined = "\n".join(distinct)
    characters = set(joined)
    if not PLAIN.issuperset(characters) or {".", ","} <= characters:
        return None
    sign = "," if "," in characters else "." if "." in characters else ""
    if sign and sign != (decimal or _decimal_of(distinct[:SAMPLE])):
        return None
    distinct = np.array(joined.replace(",", ".").split("\n"), dtype=object)
    empty = distinct == ""
    try:
        values = np.where(empty, "nan", distinct).astype("float64")
    except ValueError:
        return None
    bad = ~empty & ~(np.abs(values) <= LARGEST)
    return Values(np.where(bad, np.nan, values), empty, bad, decimal=sign)


def _any_numbers(distinct: np.ndarray, decimal: str) -> Values:
    parts = [number_and_unit(text) for text in distinct]
    empty = np.array(
        [
            not part and len(text) <= LONGEST_ABSENT and fold(text) in ABSENT
            for part, text in zip(parts, distinct, strict=True)
        ],
        dtype=bool,
    )
    units = Counter(part[1] for part in parts if part and part[1])
    unit = units.most_common(1)[0][0] if units else ""
    grouping = _grouping([part[0] for part in parts if part], decimal)
    values = np.array([_value(part, unit, grouping) for part in parts], dtype="float64")
    values[empty] = np.nan
    with np.errstate(invalid="ignore"):
        values[np.abs(values) > LARGEST] = np.nan
    sign = "," if grouping == "." else "."
    written = any(part and sign in part[0] for part in parts)
    return Values(values, empty, np.isnan(values) & ~empty, unit, sign if written else "")


def _value(part: tuple[str, str] | None, unit: str, grouping: str) -> float:
    """The number of one text; NaN for none, or one in another unit than the column's."""
    if part is None or part[1] not in ("", unit):
        return np.nan
    text = part[0].replace("−", "-")
    if grouping == ".":
        text = text.replace(".", "").replace(",", ".")
    elif grouping == ",":
        text = text.replace(",", "")
    else:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return np.nan


def _clear_sign(text: str) -> str:
    """The decimal sign of a number, "" where it has none or it may separate thousands."""
    signs = re.sub(r"[^.,]", "", text)
    if len(set(signs)) == 2:
        return signs[-1]
    if len(signs) == 1 and not re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text):
        return signs
    return ""


def _decimal_of(numbers: Iterable[str]) -> str:
    """The decimal sign that a column's clear fractions show, the point first; "" for none."""
    signs = {_clear_sign(text) for text in numbers}
    return "." if "." in signs else "," if "," in signs else ""


def _grouping(numbers: list[str], decimal: str) -> str:
    """The sign between thousands in a column: "." or ","; "" where a sign is a decimal one.

    «1.234» counts as 1234 only beside «1.234.567» or «1.234,5», or where the column has no clear
    fraction and the rest of the file writes decimal commas; «1,234» the other way round.
    """
    for text in numbers:
        marks = re.sub(r"[^.,]", "", text)
        if len(marks) > 1:
            return marks[0]
    decimal = _decimal_of(numbers) or decimal
    ambiguous = {
        "." if "." in text else ","
        for text in numbers
        if not _clear_sign(text)
        if "." in text or "," in text
    }
    if decimal == "," and "." in ambiguous:
        return "."
    if decimal == "." and "," in ambiguous:
        return ","
    return ""


def _yes_no(texts: Texts) -> Values:
    folded = [fold(text) for text in texts.distinct]
    empty = np.array([text in ABSENT and text not in YES | NO for text in folded], dtype=bool)
    values = np.array(
        ["Yes" if text in YES else "No" if text in NO else np.nan for text in folded], dtype=object
    )
    return Values(values, empty, np.array([not isinstance(v, str) for v in values]) & ~empty)


def _category(texts: Texts, levels: tuple[str, ...]) -> Values:
    """Spellings that differ in case or blanks alone are one level, the first of the file."""
    known = {fold(level): level for level in reversed(levels)}
    values = []
    for text in texts.distinct:
        folded = fold(text)
        empty = folded in EMPTY and folded not in known
        values.append(np.nan if empty else known.setdefault(folded, text))
    missing = np.array([not isinstance(value, str) for value in values], dtype=bool)
    return Values(np.array(values, dtype=object), missing, np.zeros(len(missing), dtype=bool))


def infinite(text: str) -> bool:
    """Whether a text that is no usable number is an infinite or a huge one."""
    if text[:1] not in "+-−∞iI0123456789":
        return False
    parts = number_and_unit(text)
    return bool(INFINITE.fullmatch(text)) or (
        parts is not None and abs(_value(parts, parts[1], "")) > LARGEST
    )
