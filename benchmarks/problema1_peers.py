"""The models that Problem 1's network is compared with, with the usual preparation of each."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import HuberRegressor, LinearRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Maker = Callable[[Sequence[int], int], Any]  # from sizes and seed to an unfitted regressor


def peers() -> dict[str, Maker]:
    """Every peer that is installed; CatBoost is no requirement of the project."""
    makers = {
        "ols": lambda sizes, seed: _prepared(LinearRegression(), sizes),
        "huber": lambda sizes, seed: _prepared(HuberRegressor(max_iter=1000), sizes),
        "hist": lambda sizes, seed: HistGradientBoostingRegressor(
            random_state=seed, categorical_features=_categories(sizes) or None
        ),
        "forest": lambda sizes, seed: RandomForestRegressor(random_state=seed),
        "mlp": lambda sizes, seed: TransformedTargetRegressor(
            _prepared(MLPRegressor(random_state=seed, early_stopping=False), sizes),
            transformer=StandardScaler(),
        ),
    }
    if importlib.util.find_spec("catboost"):
        makers["catboost"] = _catboost
    return makers


def _categories(sizes: Sequence[int]) -> list[int]:
    return [column for column, size in enumerate(sizes) if size > 2]


def _prepared(regressor, sizes: Sequence[int]):
    """A regressor behind imputing, scaling, and a column for each level of a category."""
    categories = _categories(sizes)
    others = [column for column in range(len(sizes)) if column not in categories]
    levels = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return make_pipeline(
        make_column_transformer((numbers, others), (levels, categories)), regressor
    )


def _catboost(sizes: Sequence[int], seed: int):
    catboost = importlib.import_module("catboost")  # no requirement: types are checked without it

    return catboost.CatBoostRegressor(random_seed=seed, verbose=False)
