"""Spanish numbers for what people read; JSON and flags keep the point."""

from __future__ import annotations


def number(value: float, digits: int = 2) -> str:
    """Decimal comma, thousands point: 1.234,50."""
    text = f"{round(value, digits) + 0.0:,.{digits}f}"  # the sum turns -0.0 into 0.0
    return text.translate(str.maketrans(",.", ".,")).replace("-", "−")


def percent(share: float, digits: int = 1) -> str:
    """A share of 0.905 as «90,5 %»."""
    return f"{number(100 * share, digits)} %"
