"""Spanish names and numbers for the reader."""

from __future__ import annotations

from collections.abc import Sequence

from student_performance.columns import ACTIVITIES, HOURS, PAPERS, SCORES, SLEEP, TARGET

LABELS = {
    HOURS: "Horas de estudio",
    SCORES: "Notas previas",
    ACTIVITIES: "Actividades extracurriculares",
    SLEEP: "Horas de sueño",
    PAPERS: "Exámenes de práctica",
    TARGET: "Índice de rendimiento",
}
UNITS = {
    HOURS: "h por día",
    SCORES: "puntos",
    SLEEP: "h por día",
    PAPERS: "cantidad",
    TARGET: "puntos",
}
SHORT_LABELS = {
    HOURS: "Estudio",
    SCORES: "Notas",
    ACTIVITIES: "Actividades",
    SLEEP: "Sueño",
    PAPERS: "Exámenes",
    TARGET: "Índice",
}
YES_NO = {"Yes": "Sí", "No": "No"}
KINDS = {"real": "datos publicados", "simulated": "datos simulados", "own": "datos propios"}


def axis(column: str) -> str:
    """Label with unit, as «Horas de estudio (h por día)»."""
    return f"{LABELS[column]} ({UNITS[column]})" if column in UNITS else LABELS[column]


def number(value: float | None, digits: int = 2) -> str:
    """Decimal comma and thousands point, as 1.234,50; a dash for None and NaN."""
    if value is None or value != value:
        return "—"
    text = f"{round(value, digits) + 0.0:,.{digits}f}"  # the sum turns -0.0 into 0.0
    return text.translate(str.maketrans(",.", ".,")).replace("-", "−")


def percent(share: float, digits: int = 1) -> str:
    """A share of 0.905 as «90,5 %»."""
    return f"{number(100 * share, digits)} %"


def interval(low: float, high: float, digits: int = 2) -> str:
    """«[1,20; 1,35]»."""
    return f"[{number(low, digits)}; {number(high, digits)}]"


def listing(words: Sequence[str]) -> str:
    """«a», «a y b», «a, b y c»."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} y {words[-1]}"
