"""What the network is measured against: least squares, boosted trees, and the mean.

Each takes the same raw input as the network (:meth:`Schema.encode`) and deals with categories and
empty cells by itself.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from student_performance.formatting import EMPTY
from student_performance.schema import Schema


def ordinary_least_squares(training: pd.DataFrame, schema: Schema) -> Pipeline:
    """The linear baseline, fitted on the training rows: ``predict`` takes raw features (n, d).

    An empty number counts as the median, an empty yes/no as the more frequent answer; a category
    has an indicator for each level but its first, and one for empty cells.
    """
    model = make_pipeline(_preparation(schema), LinearRegression())
    return model.fit(_raw(training, schema), schema.answers(training).astype("float64"))


def gradient_boosting(training: pd.DataFrame, schema: Schema) -> HistGradientBoostingRegressor:
    """Boosted trees with scikit-learn's own settings; they take empty cells and categories."""
    model = HistGradientBoostingRegressor(
        categorical_features=[column.kind == "category" for column in schema.features],
        random_state=0,
    )
    return model.fit(_raw(training, schema), schema.answers(training).astype("float64"))


def mean(training: pd.DataFrame, schema: Schema) -> DummyRegressor:
    """The mean of the training rows for everybody."""
    return DummyRegressor().fit(_raw(training, schema), schema.answers(training))


def coefficients(training: pd.DataFrame, schema: Schema, level: float = 0.95) -> pd.DataFrame:
    """Coefficients of :func:`ordinary_least_squares` with intervals.

    Closed form; the standard errors are HC3 (MacKinnon and White 1985), which hold where the noise
    is not alike everywhere, and the quantiles are Student's.

    Returns:
        frame with ``feature`` and ``level`` (empty unless of a category or a yes), ``estimate``,
        ``low`` and ``high``, in target units per unit of the feature. A term that the rows do not
        determine, as that of a constant feature, is NaN.
    """
    y = schema.answers(training).astype("float64")
    terms = _terms(schema)
    prepared = _preparation(schema).fit_transform(_raw(training, schema))
    center, spread = prepared.mean(axis=0), prepared.std(axis=0)
    varies = spread > 1e-9 * (1 + np.abs(center))
    # centred and scaled, so that what counts as no variation does not depend on units
    z = np.where(varies, (prepared - center) / np.where(varies, spread, 1), 0)
    u, sizes, v = np.linalg.svd(z, full_matrices=False)
    kept = sizes > 1e-9 * max(sizes.max(initial=0), 1)
    u, sizes, v = u[:, kept], sizes[kept], v[kept].T
    determined = np.isclose((v**2).sum(axis=1), 1) & varies

    estimate = v @ (u.T @ (y - y.mean()) / sizes)
    leverage = (u**2).sum(axis=1) + 1 / len(y)
    errors = (y - y.mean() - z @ estimate) / np.maximum(1 - leverage, 1e-9)
    half = np.sqrt((((v / sizes) @ (u * errors[:, None]).T) ** 2).sum(axis=1))
    half *= stats.t.ppf((1 + level) / 2, max(len(y) - kept.sum() - 1, 1))
    scale = np.where(determined, np.where(varies, spread, 1), np.nan)
    table = pd.DataFrame(terms, columns=["feature", "level"]).assign(
        estimate=estimate / scale, low=(estimate - half) / scale, high=(estimate + half) / scale
    )
    # empty cells that no row has are no term
    return table[(table["level"] != EMPTY) | varies].reset_index(drop=True)


def _raw(frame: pd.DataFrame, schema: Schema) -> np.ndarray:
    return schema.encode(frame).astype("float64")


def _preparation(schema: Schema) -> ColumnTransformer:
    """Raw features (n, d) to numbers without gaps, in the order of :func:`_terms`."""
    parts: list[tuple] = []
    for at, column in enumerate(schema.features):
        step: SimpleImputer | Pipeline
        if column.kind == "number":
            step = SimpleImputer(strategy="median", keep_empty_features=True)
        elif column.kind == "yes_no":
            step = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
        else:
            size = len(column.levels)
            step = make_pipeline(
                SimpleImputer(strategy="constant", fill_value=size, keep_empty_features=True),
                OneHotEncoder(categories=[np.arange(size + 1.0)], drop="first"),
            )
        parts.append((str(at), step, [at]))
    return ColumnTransformer(parts, sparse_threshold=0)


def _terms(schema: Schema) -> list[tuple[str, str]]:
    terms = []
    for column in schema.features:
        if column.kind == "category":
            terms += [(column.name, level) for level in (*column.levels[1:], EMPTY)]
        else:
            terms.append((column.name, "Yes" if column.kind == "yes_no" else ""))
    return terms
