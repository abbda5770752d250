"""A column cut into a few named parts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from student_performance.formatting import EMPTY, YES_NO, short
from student_performance.schema import Column


def named(values: pd.Series, column: Column) -> tuple[pd.Series, list[str]]:
    """The part of each row.

    Args:
        values: a column of a typed table.
        column: what it means.

    Returns:
        names of the parts (n,), and those that occur, in order: a fifth of the rows each for a
        number with more than five values, else the values or levels; empty cells are a part.
    """
    if column.kind == "yes_no":
        values = values.map(YES_NO)
        names, order = values, list(YES_NO.values())
    elif column.kind == "category":
        names, order = values, list(column.levels)
    elif values.nunique() <= 5:
        known = np.unique(values.dropna())
        names = values.map({value: short(value) for value in known})
        order = [short(value) for value in known]
    else:
        cut = pd.qcut(values, 5, duplicates="drop")
        ends = {
            part: f"{short(max(part.left, values.min()))} a {short(part.right)}"
            for part in cut.cat.categories
        }
        names, order = cut.map(ends).astype(object), list(ends.values())
    names = names.where(names.notna(), EMPTY)
    return names, [part for part in dict.fromkeys([*order, EMPTY]) if (names == part).any()]
