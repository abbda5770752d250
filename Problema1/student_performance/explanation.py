"""What predictions depend on: importance of the features, and partial dependence.

Functions take arrays and a prediction function, never a network.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn import inspection
from sklearn.base import BaseEstimator, RegressorMixin

from student_performance.schema import Schema

Predict = Callable[[np.ndarray], np.ndarray]
GRID = 41
PARTIAL_ROWS = 500  # rows that a partial dependence is averaged over


class FittedRegressor(RegressorMixin, BaseEstimator):
    """A prediction function as a fitted regressor of scikit-learn."""

    def __init__(self, predict_function: Predict):
        self.predict_function = predict_function

    def fit(self, x, y):
        """Nothing to learn: the function is already fitted."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.predict_function(x)


def permutation_importance(
    predict: Predict, test: pd.DataFrame, schema: Schema, seed: int = 0
) -> pd.DataFrame:
    """How much the RMSE rises when one feature's values are shuffled, over ten shuffles.

    Returns:
        frame with ``feature``, ``mean`` and ``std`` of the rise in target units, most important
        first.
    """
    result = inspection.permutation_importance(
        FittedRegressor(predict),
        schema.encode(test),
        schema.answers(test),
        scoring="neg_root_mean_squared_error",
        n_repeats=10,
        random_state=seed,
    )
    names = [column.name for column in schema.features]
    frame = pd.DataFrame(
        {"feature": names, "mean": result.importances_mean, "std": result.importances_std}
    )
    return frame.sort_values("mean", ascending=False, ignore_index=True)


def grid(x: np.ndarray, schema: Schema, at: int) -> np.ndarray:
    """Values at which a feature is varied: all of a yes/no or category that occur, else an even
    grid over the range of its values, float64 (k,); empty where every cell is."""
    values = x[:, at][np.isfinite(x[:, at])].astype("float64")
    if not len(values):
        return values
    if schema.features[at].kind == "number":
        return np.unique(np.linspace(values.min(), values.max(), GRID))
    return np.unique(values)


def partial_dependence(
    predict: Predict, rows: pd.DataFrame, schema: Schema, feature: str, seed: int = 0
) -> pd.DataFrame:
    """The mean prediction when a feature has one value in all rows (Friedman 2001).

    Returns:
        frame with ``value`` (raw, as :meth:`Schema.encode` codes it) and ``prediction``.
    """
    names = [column.name for column in schema.features]
    at = names.index(feature)
    values = grid(schema.encode(rows), schema, at)
    if len(rows) > PARTIAL_ROWS:
        rows = rows.sample(PARTIAL_ROWS, random_state=seed)
    x = schema.encode(rows)
    varied = np.repeat(x[None], len(values), axis=0)
    varied[:, :, at] = values[:, None]
    predicted = predict(varied.reshape(-1, x.shape[1])).reshape(len(values), len(x))
    return pd.DataFrame({"value": values, "prediction": predicted.mean(axis=1)})
