"""Scores and intervals against hand-computed cases and independent implementations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from student_performance import baselines, data, evaluation, explanation
from student_performance.schema import PUBLISHED, SCORES, Column, Schema


def test_scores_of_a_case_by_hand():
    found = evaluation.scores(np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 2.0, 4.0, 4.0]))
    # errors 0, 0, -1, 2; squares sum to 5; deviations of the truth from 3: 4 + 1 + 0 + 9 = 14
    assert found == pytest.approx({"r2": 1 - 5 / 14, "rmse": np.sqrt(5 / 4), "mae": 3 / 4})


def test_score_intervals_agree_with_resampling_by_hand():
    rng = np.random.default_rng(0)
    y = rng.normal(50, 10, 400)
    predicted = y + rng.normal(0, 2, 400)
    found = evaluation.score_intervals(y, predicted)
    resampled = []
    for _ in range(2000):
        rows = rng.integers(0, 400, 400)
        scores = evaluation.scores(y[rows], predicted[rows])
        resampled.append([scores[name] for name in evaluation.SCORES])
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    for at, name in enumerate(evaluation.SCORES):
        width = high[at] - low[at]
        assert found[name] == pytest.approx((low[at], high[at]), abs=0.12 * width)


def test_difference_interval_is_paired():
    """Two models with the same large errors differ surely, which unpaired intervals would hide."""
    rng = np.random.default_rng(0)
    y = rng.normal(50, 10, 500)
    noise = rng.normal(0, 5, 500)
    better, worse = y + noise, y + 1.05 * noise
    low, high = evaluation.r2_difference_interval(y, better, worse)
    difference = evaluation.scores(y, better)["r2"] - evaluation.scores(y, worse)["r2"]
    assert 0 < low < difference < high
    ends = evaluation.score_intervals(y, better)["r2"]
    assert high - low < 0.3 * (ends[1] - ends[0])


def test_comparison_holds_least_squares_of_its_own(dataset):
    parts = data.split(dataset, seed=1)
    x, y = (
        PUBLISHED.encode(parts.training).astype("float64"),
        PUBLISHED.answers(parts.training).astype("float64"),
    )
    design = np.column_stack([np.ones(len(x)), x])
    weights = np.linalg.solve(design.T @ design, design.T @ y)
    x_test, y_test = PUBLISHED.encode(parts.test).astype("float64"), PUBLISHED.answers(parts.test)
    expected = np.column_stack([np.ones(len(x_test)), x_test]) @ weights

    table = evaluation.compare(
        lambda x: np.full(len(x), 55.0), parts.training, parts.test, PUBLISHED
    )
    errors = y_test - expected
    assert table.loc["ols", "mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
    assert table.loc["ols", "r2"] == pytest.approx(1 - errors.var() / y_test.var(), abs=1e-4)
    assert table.loc["mean", "r2"] <= 0
    assert table.loc["network", "rmse"] == pytest.approx(np.sqrt(np.mean((y_test - 55.0) ** 2)))
    assert (table["rmse_low"] <= table["rmse"]).all()
    assert (table["rmse"] <= table["rmse_high"]).all()


def test_rmse_difference_is_paired():
    rng = np.random.default_rng(0)
    y, noise = rng.normal(50, 10, 500), rng.normal(0, 5, 500)
    low, high = evaluation.rmse_difference_interval(y, y + noise, y + 1.05 * noise)
    assert low < -0.05 * np.sqrt(np.mean(noise**2)) < high < 0
    ends = evaluation.score_intervals(y, y + noise)["rmse"]
    assert high - low < 0.3 * (ends[1] - ends[0])


def test_coverage_of_a_case_by_hand():
    residuals, spread = np.array([0.0, -1.0, 2.0, 6.0]), np.array([1.0, 1.0, 0.5, 3.5])
    table = evaluation.coverage(residuals, spread, {"0.50": 1.0, "0.75": 2.0})
    expected = pd.DataFrame({"level": [0.5, 0.75], "coverage": [0.5, 0.75], "width": [3.0, 6.0]})
    pd.testing.assert_frame_equal(table, expected)


def test_importance_is_the_rise_of_the_error_of_the_only_feature_used(dataset):
    test = data.split(dataset, seed=0).test

    def predict(x):
        return x[:, 1] - 14.0

    found = explanation.permutation_importance(predict, test, PUBLISHED)
    assert found["feature"].iloc[0] == SCORES.name
    y, x = PUBLISHED.answers(test), PUBLISHED.encode(test)
    shuffled = np.random.default_rng(1).permutation(x)
    rise = (
        evaluation.scores(y, predict(shuffled))["rmse"] - evaluation.scores(y, predict(x))["rmse"]
    )
    assert found["mean"].iloc[0] == pytest.approx(rise, rel=0.1)
    assert (found["mean"].iloc[1:] == 0).all()


def test_every_model_takes_categories_and_empty_cells(mixed):
    frame, schema = mixed
    table = evaluation.compare(
        lambda x: np.full(len(x), 5.0), frame.head(300), frame.tail(100), schema
    )
    assert list(table.index) == ["network", "ols", "boosting", "mean"]
    assert np.isfinite(table[["r2", "rmse", "mae"]].to_numpy()).all()
    # the town moves the target by 10 and more, so a line that knows it errs by the noise alone
    assert table.loc["ols", "rmse"] < 2.5 < table.loc["mean", "rmse"]
    assert table.loc["network", "r2_minus_boosting_high"] < 0


def test_coefficients_agree_with_the_closed_form_of_hc3(small):
    """White's sandwich with residuals over 1 - leverage, written with plain matrices."""
    found = baselines.coefficients(small.rows, PUBLISHED)
    x = np.column_stack([np.ones(len(small.rows)), PUBLISHED.encode(small.rows)])
    x, y = x.astype("float64"), PUBLISHED.answers(small.rows).astype("float64")
    inverse = np.linalg.inv(x.T @ x)
    estimate = inverse @ x.T @ y
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    scaled = x * ((y - x @ estimate) / (1 - leverage))[:, None]
    errors = np.sqrt(np.diag(inverse @ scaled.T @ scaled @ inverse))
    half = stats.t.ppf(0.975, len(y) - 6) * errors
    np.testing.assert_allclose(found["estimate"], estimate[1:], rtol=1e-6)
    np.testing.assert_allclose(found["low"], (estimate - half)[1:], rtol=1e-5)
    assert found["feature"].tolist() == [column.name for column in PUBLISHED.features]


def test_coefficients_of_what_does_not_vary_are_unknown(mixed):
    frame, schema = mixed
    found = baselines.coefficients(frame.assign(horas=3.0), schema).set_index(["feature", "level"])
    assert found.loc["horas"].isna().all(axis=None)
    assert found.loc[("pueblo", "Sur"), "low"] > 0


def test_partial_dependence_follows_the_model(mixed):
    frame, schema = mixed
    curve = explanation.partial_dependence(
        lambda x: np.abs(x[:, 0] - 5.0).astype("float64"), frame, schema, "horas"
    )
    np.testing.assert_allclose(curve["prediction"], np.abs(curve["value"] - 5), atol=1e-5)
    levels = explanation.partial_dependence(
        lambda x: np.nan_to_num(x[:, 1]).astype("float64"), frame, schema, "pueblo"
    )
    assert levels["value"].tolist() == [0, 1, 2]
    assert levels["prediction"].tolist() == [0, 1, 2]


def test_coverage_by_part_sees_noise_that_grows():
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"x": rng.uniform(0, 10, 1000), "y": 0.0})
    schema = Schema(Column("y"), (Column("x"),))
    inside = np.abs(rng.normal(0, 0.2 + x["x"])) < 8
    table = evaluation.coverage_by_part(x, schema, inside, np.full(1000, 16.0))
    assert len(table) == 5
    assert table["n"].sum() == 1000
    assert table["coverage"].iloc[0] == 1
    assert table["coverage"].iloc[-1] < 0.8
    assert table["width"].tolist() == [16.0] * 5
