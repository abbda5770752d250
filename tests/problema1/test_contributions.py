"""Contributions against the definition of Shapley's values."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from student_performance import contributions


def test_of_a_sum_they_are_each_term_s_difference_to_its_mean():
    rng = np.random.default_rng(0)
    others, row = rng.normal(size=(64, 3)), rng.normal(size=(1, 3))
    others, row = others.astype("float32"), row.astype("float32")
    weights = np.array([2.0, -1.0, 0.0])
    mean, added = contributions.shapley(lambda x: x @ weights + 5, row, others)
    assert mean == pytest.approx((others @ weights).mean() + 5, abs=1e-5)
    np.testing.assert_allclose(added, (row[0] - others.mean(axis=0)) * weights, atol=1e-5)


def test_with_an_interaction_they_agree_with_all_orders():
    def predict(x):
        return x[:, 0] * x[:, 1] + np.sin(x[:, 2]) * x[:, 0]

    rng = np.random.default_rng(1)
    others = rng.normal(size=(2000, 3)).astype("float32")
    row = np.array([[1.0, 2.0, -1.0]], dtype="float32")
    exact = np.zeros(3)
    for order in permutations(range(3)):
        rows = others.copy()
        for at in order:
            before = predict(rows).mean()
            rows[:, at] = row[0, at]
            exact[at] += (predict(rows).mean() - before) / 6
    mean, added = contributions.shapley(predict, row, others)
    np.testing.assert_allclose(added, exact, atol=0.06)
    assert mean + added.sum() == pytest.approx(predict(row)[0], abs=1e-4)


def test_the_background_keeps_each_feature_s_quantiles():
    quantiles = np.column_stack([np.linspace(0, 1, 33), np.repeat([0, 1], [11, 22])])
    rows = contributions.background(quantiles)
    assert rows.shape == (contributions.BACKGROUND, 2)
    assert rows[:, 0].mean() == pytest.approx(0.5)
    assert rows[:, 1].mean() == pytest.approx(2 / 3, abs=0.02)
    assert abs(np.corrcoef(rows.T)[0, 1]) < 0.35
