"""Rows of a table that a person asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd


def within(frame: pd.DataFrame, ranges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """The rows whose numbers lie between both ends, ends included.

    Args:
        ranges: (low, high) by the name of the column. An empty cell lies in no range.
    """
    for name, (low, high) in ranges.items():
        frame = frame[frame[name].between(low, high)]
    return frame


def among(frame: pd.DataFrame, levels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The rows with one of the levels, by the name of the column; no level asks for nothing."""
    for name, wanted in levels.items():
        if wanted:
            frame = frame[frame[name].isin(wanted)]
    return frame
