"""Scores and intervals against hand-computed cases and independent implementations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from student_performance import data, evaluation
from student_performance.columns import FEATURES, SCORES, features, target


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
    x, y = features(parts.training).astype("float64"), target(parts.training).astype("float64")
    design = np.column_stack([np.ones(len(x)), x])
    weights = np.linalg.solve(design.T @ design, design.T @ y)
    x_test, y_test = features(parts.test).astype("float64"), target(parts.test)
    expected = np.column_stack([np.ones(len(x_test)), x_test]) @ weights

    table = evaluation.compare(lambda x: np.full(len(x), 55.0), parts.training, parts.test)
    errors = y_test - expected
    assert table.loc["ols", "mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
    assert table.loc["ols", "r2"] == pytest.approx(1 - errors.var() / y_test.var(), abs=1e-4)
    assert table.loc["mean", "r2"] <= 0
    assert table.loc["network", "rmse"] == pytest.approx(np.sqrt(np.mean((y_test - 55.0) ** 2)))
    assert (table["rmse_low"] <= table["rmse"]).all()
    assert (table["rmse"] <= table["rmse_high"]).all()


def test_half_widths_are_the_right_order_statistics(dataset):
    """Split conformal by hand: the ceil((n + 1) level)-th smallest absolute residual."""
    calibration = data.split(dataset, seed=0).calibration.head(199)

    def predict(x):
        return x[:, 1].astype("float64")

    found = evaluation.conformal_half_widths(predict, calibration)
    residuals = np.sort(np.abs(target(calibration) - predict(features(calibration))))
    for level in (0.5, 0.8, 0.9, 0.99):
        expected = residuals[int(np.ceil(200 * level)) - 1]
        assert found[f"{level:.2f}"] == pytest.approx(expected)


def test_few_rows_leave_out_the_levels_they_cannot_promise(dataset):
    found = evaluation.conformal_half_widths(
        lambda x: x[:, 1].astype("float64"), data.split(dataset, seed=0).calibration.head(19)
    )
    assert max(found) == "0.94"  # 0.95 needs 20 rows


def test_coverage_is_nominal_on_average(dataset):
    """Over 20 splits of the simulated rows, with least squares as the model."""
    measured = []
    for seed in range(20):
        parts = data.split(dataset, seed)
        model = LinearRegression().fit(features(parts.fit), target(parts.fit))
        widths = evaluation.conformal_half_widths(model.predict, parts.calibration)
        residuals = target(parts.test) - model.predict(features(parts.test))
        table = evaluation.coverage(residuals, {name: widths[name] for name in ("0.80", "0.90")})
        measured.append(table["coverage"])
    np.testing.assert_allclose(np.mean(measured, axis=0), [0.80, 0.90], atol=0.01)


def test_coverage_of_a_case_by_hand():
    table = evaluation.coverage(np.array([0.0, -1.0, 2.0, 3.0]), {"0.50": 1.0, "0.75": 2.5})
    expected = pd.DataFrame({"level": [0.5, 0.75], "coverage": [0.5, 0.75], "width": [2.0, 5.0]})
    pd.testing.assert_frame_equal(table, expected)


def test_importance_finds_the_only_feature_used(dataset):
    test = data.split(dataset, seed=0).test
    found = evaluation.permutation_importance(lambda x: x[:, FEATURES.index(SCORES)] - 14, test)
    assert found["feature"].iloc[0] == SCORES
    assert found["mean"].iloc[0] > 1
    assert (found["mean"].iloc[1:] == 0).all()
