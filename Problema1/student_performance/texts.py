"""A column of texts, each distinct one kept once, so that long columns are quick to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Texts:
    """A column of a file.

    Attributes:
        codes: int (n,): for each row, the position of its text in ``distinct``.
        distinct: the texts, object (k,), in the order of the file; "" for an empty cell.
    """

    codes: np.ndarray
    distinct: np.ndarray

    @classmethod
    def of(cls, cells: Sequence[str]) -> Texts:
        """Of the cells of a column, without the blanks around them."""
        codes, distinct = pd.factorize(np.array(cells, dtype=object))
        again, stripped = pd.factorize(np.array([text.strip() for text in distinct], dtype=object))
        return cls(again[codes], stripped)

    def rows(self, mask: np.ndarray) -> Texts:
        """The column in some rows; a text that none of them has may stay."""
        return Texts(self.codes[mask], self.distinct)

    def head(self, distinct: int) -> Texts:
        """The rows that have one of the first so many texts."""
        return Texts(self.codes[self.codes < distinct], self.distinct[:distinct])

    @cached_property
    def cells(self) -> np.ndarray:
        """The text of each row, object (n,)."""
        return self.distinct[self.codes]

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows have each distinct text."""
        return np.bincount(self.codes, minlength=len(self.distinct))
