"""The simulated students against what is known of the real file."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LinearRegression

from student_performance import simulate
from student_performance.schema import ACTIVITIES, INDEX
from student_performance.schema import PUBLISHED as SCHEMA

# Ordinary least squares on the 10,000 published rows
PUBLISHED = [2.85298, 1.01843, 0.61290, 0.48056, 0.19380]
PUBLISHED_INTERCEPT = -34.0756
PUBLISHED_RESIDUAL = 2.0376
PUBLISHED_TARGET = (55.22, 19.21)  # mean, standard deviation


def test_size_ranges_and_duplicates():
    frame = simulate.simulate()
    assert frame.shape == (10_000, 6)
    assert frame.duplicated().sum() == 127
    for name, (low, high) in simulate.RANGES.items():
        assert (frame[name].min(), frame[name].max()) == (low, high)
        # uniform: every value within five standard deviations of its expected count
        expected = len(frame) / (high - low + 1)
        assert (np.abs(frame[name].value_counts() - expected) < 5 * np.sqrt(expected)).all()
    assert set(frame[ACTIVITIES.name]) == {"Yes", "No"}
    assert frame[INDEX.name].between(10, 100).all()
    assert (frame[INDEX.name] % 1 == 0).all()


def test_regression_recovers_the_published_relation():
    frame = simulate.simulate(simulate.Simulation(rows=40_000, duplicated=0, seed=7))
    x, y = SCHEMA.encode(frame).astype("float64"), SCHEMA.answers(frame)
    found = LinearRegression().fit(x, y)
    np.testing.assert_allclose(found.coef_, PUBLISHED, atol=0.07)
    np.testing.assert_allclose(found.intercept_, PUBLISHED_INTERCEPT, atol=0.25)
    np.testing.assert_allclose((y - found.predict(x)).std(), PUBLISHED_RESIDUAL, rtol=0.02)
    np.testing.assert_allclose([y.mean(), y.std()], PUBLISHED_TARGET, rtol=0.02)


def test_seed_decides_the_rows():
    small = simulate.Simulation(rows=200, duplicated=3, seed=1)
    assert simulate.simulate(small).equals(simulate.simulate(small))
    other = simulate.Simulation(rows=200, duplicated=3, seed=2)
    assert not simulate.simulate(small).equals(simulate.simulate(other))
