"""Predictions for the rows of a file: order, threshold, distance from known values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from student_performance import mapping, reading
from student_performance.formatting import YES_NO
from student_performance.inference import Bundle
from student_performance.mapping import Table
from student_performance.reading import RawTable

RESULT = ("Prediccion", "Inferior", "Superior")
ORDERS = {
    "low": "La predicción más baja primero",
    "high": "La predicción más alta primero",
    "file": "Como en el archivo",
    "error": "El error más grande primero",  # where the file has the true values
}
BELOW, MAYBE = "por debajo", "podría"


def read_rows(raw: RawTable, bundle: Bundle) -> Table:
    """The rows that a model predicts; it fills empty cells, and the target may be missing.

    Raises:
        Problem: as :func:`mapping.apply`.
    """
    filled = replace(bundle.mapping, missing="fill", drop_repeated=False)
    table = mapping.apply(raw, filled, with_target=False)
    if table.target is None:
        return table
    target = bundle.schema.target
    heading = mapping.located(raw, bundle.mapping, (target,))[target.name]
    return replace(table, extra=table.extra.drop(columns=heading))


def answers(bundle: Bundle, table: Table, level: float) -> pd.DataFrame:
    """Prediction and interval of each row, in the order of the file.

    Returns:
        frame with ``RESULT``, and where values are known ``Real`` and ``Error`` (real minus
        predicted), in target units; index as ``table.rows``.
    """
    intervals = bundle.predict_interval(bundle.schema.encode(table.rows), level).round(2)
    frame = pd.DataFrame(intervals, columns=list(RESULT), index=table.rows.index)
    if table.target is not None:
        frame["Real"] = table.target
        frame["Error"] = (table.target - frame[RESULT[0]]).round(2)
    return frame


def marks(answer: pd.DataFrame, threshold: float) -> pd.Series:
    """``BELOW`` for rows predicted under a threshold, ``MAYBE`` for the others whose interval
    reaches under it, "" for the rest."""
    below, reaches = answer[RESULT[0]] < threshold, answer[RESULT[1]] < threshold
    values = np.select([below, reaches], [BELOW, MAYBE], "")
    return pd.Series(values, index=answer.index, dtype=object)


def ordered(answer: pd.DataFrame, order: str) -> pd.DataFrame:
    """The rows in one of ``ORDERS``; equal ones stay in the order of the file."""
    if order == "file":
        return answer
    if order == "error":
        return answer.sort_values("Error", key=np.abs, ascending=False, kind="stable")
    return answer.sort_values(RESULT[0], ascending=order == "low", kind="stable")


def download(table: Table, answer: pd.DataFrame) -> bytes:
    """All columns of the file and the answer as CSV for a spreadsheet, in the file's order."""
    parts = [table.extra, spelled(table.rows), answer.reindex(table.rows.index)]
    frame = pd.concat(parts, axis=1)
    # the answer's names stay, then those of the variables
    names = distinct([name for part in reversed(parts) for name in part], set())
    width = [answer.shape[1], table.rows.shape[1]]
    frame.columns = [*names[sum(width) :], *names[width[0] : sum(width)], *names[: width[0]]]
    for name in frame:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = reading.without_formulas(frame[[name]].fillna("")).iloc[:, 0]
    frame.columns = reading.without_formulas(frame.head(0)).columns
    separator = ";" if table.decimal == "," else ","
    return frame.to_csv(index=False, sep=separator, decimal=table.decimal).encode("utf-8-sig")


def spelled(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with «Sí» and «No», and whole numbers without a fraction."""
    shown = rows.copy()
    for name in shown:
        values = shown[name]
        if not pd.api.types.is_numeric_dtype(values):
            if values.dropna().isin(list(YES_NO)).all():
                shown[name] = values.map(YES_NO)
        elif values.notna().all() and (values % 1 == 0).all() and values.abs().max() < 1e15:
            shown[name] = values.astype("int64")
    return shown


def distinct(names: Iterable[str], taken: set[str]) -> list[str]:
    """The names, those that are taken already with «(archivo)» behind them."""
    result, taken = [], set(taken)
    for name in names:
        while name in taken:
            name = f"{name} (archivo)"
        taken.add(name)
        result.append(name)
    return result
