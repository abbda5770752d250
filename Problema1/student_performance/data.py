"""Data sets: a table with its mapping, and its division for training and honest evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from student_performance.mapping import Mapping, apply
from student_performance.problems import Problem
from student_performance.proposing import propose
from student_performance.reading import RawTable, read, read_bytes
from student_performance.schema import Schema

DEFAULT_CSV = Path(__file__).resolve().parents[2] / "data" / "student_performance.csv"
# Digests of the distinct rows, as `Schema.digest` computes them: independent of separators,
# encoding and line endings. By them the published file and the embedded one are recognised.
REAL_DIGEST = "96cc068b5aa95fcd7df78cda76a80a4aefdcf566d5756baa2d2b121984ee9170"
SIMULATED_DIGEST = "ba60b90b1bf7903b94648b78f3d72769d1f37452b289607b299716d4dce6842f"

TEST_SHARE = 0.2
MIN_GROUPS = 20  # of fewer different students, whole groups give no part of about a fifth
MIN_ROWS = 50  # to train: fewer leave under ten rows to test on


@dataclass(frozen=True)
class Dataset:
    """Students to look at and to learn from.

    Attributes:
        name: its name in tables and charts.
        mapping: its schema, and the headings that the columns have in the file.
        rows: the columns of the schema, one row for each of the table, equal ones included. The
            index is the row number in the file.
        extra: the other columns of the file, texts, same index.
        repeated: how many rows equal an earlier one in all columns of the file.
        decimal: the sign with which the file writes fractions, or would.
        remarks: Spanish sentences on what a person should know of the reading.
    """

    name: str
    mapping: Mapping
    rows: pd.DataFrame
    extra: pd.DataFrame
    repeated: int = 0
    decimal: str = "."
    remarks: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        """What the columns mean."""
        return self.mapping.schema

    @cached_property
    def groups(self) -> np.ndarray:
        """int (n,): rows with equal features have the same number; empty cells are equal."""
        features = [column.name for column in self.schema.features]
        return self.rows.groupby(features, dropna=False, sort=False).ngroup().to_numpy()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the rows' values, in their order."""
        return self.schema.digest(self.rows)

    @cached_property
    def is_real(self) -> bool:
        """Whether the distinct rows are those of the published file."""
        return self._are(REAL_DIGEST)

    @cached_property
    def is_simulated(self) -> bool:
        """Whether the distinct rows are the embedded ones, made by ``simulate``."""
        return self._are(SIMULATED_DIGEST)

    def _are(self, digest: str) -> bool:
        if not self.mapping.is_published:
            return False
        return self.schema.digest(self.rows.drop_duplicates()) == digest


@dataclass(frozen=True)
class Split:
    """Two disjoint parts of a data set's rows.

    Attributes:
        training, test: rows of ``Dataset.rows``; the test part is about 20 %.
        training_groups: int, for the rows of ``training``: equal features, equal number.
        by_rows: whether rows with equal features may lie on both sides, for want of groups.
    """

    training: pd.DataFrame
    test: pd.DataFrame
    training_groups: np.ndarray
    by_rows: bool


def load(
    path: str | Path | None = None, mapping: Mapping | None = None, encoding: str | None = None
) -> Dataset:
    """Read a data set from a file; the embedded one when no path is given.

    Raises:
        Problem: the file cannot be read, or is no table with a number to predict.
    """
    source = DEFAULT_CSV if path is None else Path(path)
    return parse(read_bytes(source), source.name, mapping, encoding)


def parse(
    content: bytes, name: str, mapping: Mapping | None = None, encoding: str | None = None
) -> Dataset:
    """Turn the bytes of a file into a data set.

    Args:
        content: a file that :func:`reading.read` accepts.
        name: file name for messages and figures.
        mapping: what its columns are; None for the one that the table suggests.
        encoding: of a text file; None finds it.

    Raises:
        EmptyCells: cells are empty, and the mapping does not say what to do with them.
        Problem: one sentence for each thing that is wrong.
    """
    raw = read(content, name, encoding)
    return from_table(raw, mapping or propose(raw))


def from_table(raw: RawTable, mapping: Mapping) -> Dataset:
    """The data set of a raw table; errors as :func:`parse`."""
    table = apply(raw, mapping)
    return Dataset(
        raw.name, mapping, table.rows, table.extra, table.repeated, table.decimal, table.remarks
    )


def require_trainable(dataset: Dataset) -> None:
    """Refuse what a network cannot be trained and evaluated on; to look at it, nothing is refused.

    Raises:
        Problem: fewer than ``MIN_ROWS`` rows, or a target that does not vary.
    """
    rows, target = len(dataset.rows), dataset.schema.target.name
    if rows < MIN_ROWS:
        raise Problem(
            f"«{dataset.name}» tiene {rows} filas y hacen falta al menos {MIN_ROWS} para entrenar "
            "y evaluar; agregue más estudiantes."
        )
    if dataset.rows[target].nunique() < 2:
        raise Problem(
            f"En «{dataset.name}» el «{target}» vale siempre lo mismo, así que no hay nada que "
            "predecir; use datos en los que varíe."
        )


def split(dataset: Dataset, seed: int) -> Split:
    """Divide the rows at random, equal students on one side; the same seed gives the same parts."""
    groups = dataset.groups
    training, test = divide(groups, seed)
    by_rows = _few(groups)
    return Split(dataset.rows.iloc[training], dataset.rows.iloc[test], groups[training], by_rows)


def divide(groups: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the rows to learn from and of about a fifth to test on.

    Args:
        groups: (n,) rows with the same number stay on one side, unless there are few numbers.
        seed: of the division.
    """
    from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit  # a second to import

    kind = ShuffleSplit if _few(groups) else GroupShuffleSplit
    divider = kind(n_splits=1, test_size=TEST_SHARE, random_state=seed)
    return next(divider.split(groups, groups=None if _few(groups) else groups))


def _few(groups: np.ndarray) -> bool:
    return len(np.unique(groups)) < MIN_GROUPS
