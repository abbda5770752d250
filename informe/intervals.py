"""Figures with their intervals, as the report's tables show them."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binomtest

from scenes.formatting import interval, number


def with_interval(value: float, ends: Sequence[float], digits: int = 3) -> str:
    """«0,905 [0,894; 0,915]»."""
    low, high = ends
    return f"{number(value, digits)} {interval(low, high, digits)}"


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of n."""
    found = binomtest(round(share * n), n).proportion_ci(method="wilson")
    return found.low, found.high


def with_wilson(share: float, n: int, digits: int = 3) -> str:
    """A share of n with its interval, as :func:`with_interval`."""
    return with_interval(share, wilson(share, n), digits)
