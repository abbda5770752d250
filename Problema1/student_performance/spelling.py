"""How people write headings, numbers, yes and no, and empty cells."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

YES = {"yes", "y", "si", "s", "true", "t", "verdadero", "v", "sim", "1", "1.0", "x", "on"}
NO = {"no", "n", "false", "f", "falso", "nao", "0", "0.0", "off"}
# «none» is missing among numbers, and a level of its own among categories.
EMPTY = {
    *("", "na", "n/a", "nan", "null", "-", "--", "—", "#n/a", "#n/d", "#na", "n/d", "s/d", "nd"),
    *("<na>", "nat", "?", "(en blanco)", "sin dato", "sin datos"),
}
ABSENT = EMPTY | {"none", "ausente", "aus", "ab", "absent", "np", "n/p", "no presentado", ".", "sd"}
LONGEST_ABSENT = max(map(len, ABSENT))

# Only ASCII digits: Python alone would also take «1_000» or Arabic digits.
NUMBER = re.compile(
    r"([+−-]?(?:\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:[.,]\d{3}){2,}"
    r"|\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d{1,4})?)",
    re.IGNORECASE | re.ASCII,
)
UNIT = re.compile(r"\s*([^\W\d_][^\d]{0,14}|[%€$°º]|/\s*\d{1,4})?\s*", re.ASCII)
CURRENCIES = ("U", "$", "€")
INFINITE = re.compile(r"\s*[+-]?inf(inity|inito)?\s*|[+-]?∞", re.IGNORECASE)


def fold(text: str) -> str:
    """A text without case, accents, and doubled spaces."""
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


@lru_cache(maxsize=4096)
def words(heading: str) -> str:
    """A heading's words alone: «HorasDeEstudio_2 (h)» and «horas de estudio» are the same."""
    heading = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", heading)
    heading = re.sub(r"(?<=[a-záéíóúñ])(?=[A-ZÁÉÍÓÚÑ])", " ", heading)
    parts = re.findall(r"[^\W_]+", fold(heading))
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return " ".join(parts)


def number_and_unit(text: str) -> tuple[str, str] | None:
    """«7,5 h» as («7,5», «h»); None where the text is no number with at most a unit."""
    text = text.strip()
    if text[:1] in CURRENCIES and (currency := re.match(r"(US\$|\$|€)\s*(?=[\d.,])", text)):
        text = text[currency.end() :] + currency[1][-1]
    match = NUMBER.match(text)
    if not match:
        return None
    unit = UNIT.fullmatch(text, match.end())
    return (match[1], (unit[1] or "").strip()) if unit else None


def is_number(text: str) -> bool:
    """Whether a text is a number, alone or with «%»."""
    parts = number_and_unit(text)
    return parts is not None and parts[1] in ("", "%")
