"""Data sets: reading one, and splitting it for training and honest evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from student_performance.problems import Problem
from student_performance.schema import PUBLISHED, Schema
from student_performance.tables import read_bytes, read_table

DEFAULT_CSV = Path(__file__).resolve().parents[2] / "data" / "student_performance.csv"
# Digests of the distinct rows, as `digest` computes them: independent of separators, encoding and
# line endings. By them the published file and the embedded one are recognised.
REAL_DIGEST = "96cc068b5aa95fcd7df78cda76a80a4aefdcf566d5756baa2d2b121984ee9170"
SIMULATED_DIGEST = "ba60b90b1bf7903b94648b78f3d72769d1f37452b289607b299716d4dce6842f"

MIN_ROWS = 50  # fewer leave under ten rows to test on

TEST_SHARE = 0.2
# Shares of the training part. Validation rows choose the epoch, calibration rows give the widths of
# the prediction intervals: on the rows that chose it, a model errs less than on others.
VALIDATION_SHARE = 0.1
CALIBRATION_SHARE = 0.2


@dataclass(frozen=True)
class Dataset:
    """Students to learn from.

    Attributes:
        name: its name in tables and charts.
        rows: every valid row of the file, duplicates included (columns of ``schema``).
        unique: the rows without exact duplicates, index 0..n-1.
        digest: SHA-256 of ``unique``'s values.
        ignored: names of the file's columns that were not used.
        schema: what the columns mean.
    """

    name: str
    rows: pd.DataFrame
    unique: pd.DataFrame
    digest: str
    ignored: tuple[str, ...] = ()
    schema: Schema = PUBLISHED

    @property
    def duplicates_dropped(self) -> int:
        return len(self.rows) - len(self.unique)

    @property
    def is_real(self) -> bool:
        """Whether these are the rows of the published file."""
        return self.digest == REAL_DIGEST

    @property
    def is_simulated(self) -> bool:
        """Whether these are the embedded rows, made by ``simulate``."""
        return self.digest == SIMULATED_DIGEST


def load(path: str | Path | None = None) -> Dataset:
    """Read a data set from a CSV file; the embedded one when no path is given.

    Raises:
        Problem: the file cannot be read or does not hold usable students.
    """
    source = DEFAULT_CSV if path is None else Path(path)
    return parse(read_bytes(source), source.name)


def parse(content: bytes, name: str) -> Dataset:
    """Turn the bytes of a CSV file into a data set.

    Args:
        content: the file, in a form that :func:`read_table` accepts.
        name: file name for messages and figures.

    Raises:
        Problem: as :func:`read_table`; fewer than ``MIN_ROWS`` distinct rows; a constant index.
    """
    table = read_table(content, name)
    return from_rows(table.rows, name, tuple(table.extra.columns))


def from_rows(
    rows: pd.DataFrame, name: str, ignored: tuple[str, ...] = (), schema: Schema = PUBLISHED
) -> Dataset:
    """A data set of the typed rows of a schema; errors as :func:`parse`."""
    rows = rows[schema.names]
    unique = rows.drop_duplicates(ignore_index=True)
    if len(unique) < MIN_ROWS:
        raise Problem(
            f"«{name}» tiene {len(unique)} filas distintas y hacen falta al menos {MIN_ROWS} para "
            "entrenar y evaluar; agregue más estudiantes."
        )
    target = schema.target.name
    if unique[target].min() == unique[target].max():
        raise Problem(
            f"En «{name}» el «{target}» vale siempre lo mismo, así que no hay nada que predecir; "
            "use datos en los que varíe."
        )
    return Dataset(
        name=name,
        rows=rows,
        unique=unique,
        digest=schema.digest(unique),
        ignored=ignored,
        schema=schema,
    )


@dataclass(frozen=True)
class Split:
    """Disjoint parts of the distinct rows: ``test`` is 20 %, the other three the training part."""

    fit: pd.DataFrame
    validation: pd.DataFrame
    calibration: pd.DataFrame
    test: pd.DataFrame

    @property
    def training(self) -> pd.DataFrame:
        """The whole 80 %, for models that need no validation, as ordinary least squares."""
        return pd.concat([self.fit, self.validation, self.calibration])


def split(dataset: Dataset, seed: int) -> Split:
    """Divide the distinct rows at random; the same seed gives the same parts."""
    from sklearn.model_selection import train_test_split  # a second the first page need not wait

    training, test = train_test_split(dataset.unique, test_size=TEST_SHARE, random_state=seed)
    rest, calibration = train_test_split(training, test_size=CALIBRATION_SHARE, random_state=seed)
    share = VALIDATION_SHARE / (1 - CALIBRATION_SHARE)
    fit, validation = train_test_split(rest, test_size=share, random_state=seed)
    return Split(fit=fit, validation=validation, calibration=calibration, test=test)
