"""Tables of figures for the reader, their numbers as Spanish texts."""

from __future__ import annotations

import pandas as pd

from student_performance.formatting import YES_NO, interval, number, titled
from student_performance.schema import Schema

MODELS = {
    "network": "Red",
    "ols": "Mínimos cuadrados",
    "boosting": "Árboles potenciados",
    "mean": "Media",
}


def scores(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Scores with intervals, a row for each model.

    Args:
        table: from ``evaluation.compare`` or ``evaluation.stored``.
    """
    rows = []
    for name, label in MODELS.items():
        row = table.loc[name]
        rows.append(
            {"Modelo": label}
            | {
                title: f"{number(row[score], digits)}  "
                f"{interval(row[f'{score}_low'], row[f'{score}_high'], digits)}"
                for title, score, digits in (
                    ("R²", "r2", 4),
                    (titled("RMSE", unit), "rmse", 3),
                    (titled("MAE", unit), "mae", 3),
                )
            }
        )
    return pd.DataFrame(rows)


def coefficients(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Terms of least squares with intervals, from ``baselines.coefficients``."""
    rows = []
    for term in table.itertuples():
        level = YES_NO.get(term.level, term.level)
        label = schema[term.feature].label
        rows.append(
            {
                "Término": f"{label}: {level}" if level else label,
                titled("Coeficiente", schema.target.unit): number(term.estimate, 4),
                "Intervalo del 95 %": interval(term.low, term.high, 4),
            }
        )
    return pd.DataFrame(rows)
