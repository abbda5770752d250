"""The network's promises: the line where it suffices, bends where there are some, and intervals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import HuberRegressor, LinearRegression

from student_performance import model as files_of
from student_performance.config import TrainingConfig
from student_performance.jumps import jumps
from student_performance.line import fit_line
from student_performance.members import answers, keras
from student_performance.problems import Problem
from student_performance.regression import Fitted, fit, folds_of

QUICK = TrainingConfig(hidden=(8,), epochs=10)
NOISE = 2.0


def table(seed: int, n: int = 1500) -> np.ndarray:
    """Hours, marks, a yes/no and sleep of n students."""
    rng = np.random.default_rng(seed)
    columns = [
        rng.integers(1, 10, n),
        rng.uniform(40, 100, n),
        rng.integers(0, 2, n),
        rng.integers(4, 10, n),
    ]
    return np.column_stack(columns).astype("float32")


SIZES = (0, 0, 2, 0)


def line(x: np.ndarray) -> np.ndarray:
    return 3 * x[:, 0] + 0.5 * x[:, 1] + x[:, 2] + 0.5 * x[:, 3]


def bent(x: np.ndarray) -> np.ndarray:
    """A kink in sleep, and marks that count for who says yes."""
    return line(x) - 4 * np.abs(x[:, 3] - 7) + 0.3 * x[:, 2] * (x[:, 1] - 70)


def noisy(y: np.ndarray, seed: int = 0) -> np.ndarray:
    return y + np.random.default_rng(seed).normal(0, NOISE, len(y))


def train(x, y, sizes=SIZES, config=QUICK, callbacks=()) -> Fitted:
    return fit(x, y, sizes, np.arange(len(x)), config, callbacks)


def rmse(fitted: Fitted, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sqrt(np.mean((answers(fitted.model, x)[:, 0] - y) ** 2)))


@pytest.fixture(scope="module")
def bent_fit() -> tuple[np.ndarray, np.ndarray, Fitted]:
    x = table(0)
    y = noisy(bent(x))
    return x, y, train(x, y, config=TrainingConfig(epochs=20))


@pytest.mark.parametrize("n", [30, 400])
def test_where_the_line_suffices_the_network_is_the_line(n):
    x = table(1, n)
    y = noisy(line(x))
    fitted = train(x, y)
    expected = LinearRegression().fit(x.astype("float64"), y).predict(x)
    np.testing.assert_allclose(answers(fitted.model, x)[:, 0], expected, atol=1e-3)
    assert not fitted.findings.bends
    assert fitted.findings.z < 3
    assert all(each == {"bend": 0, "interaction": 0} for each in fitted.findings.variables)
    assert "0.96" in fitted.multipliers
    assert ("0.97" in fitted.multipliers) == (n > 30)  # 31 x 0.97 is more than 30


def test_bends_are_learned_better_than_by_trees_and_named(bent_fit):
    x, y, fitted = bent_fit
    fresh = table(9)
    trees = HistGradientBoostingRegressor(random_state=0).fit(x, y).predict(fresh)
    error = rmse(fitted, fresh, bent(fresh))  # against the relation itself: noise not counted
    assert error < 0.9 * np.sqrt(np.mean((trees - bent(fresh)) ** 2))
    assert error < 0.25 * NOISE
    assert fitted.findings.bends
    assert sum(fitted.findings.weights.values()) == pytest.approx(1, abs=0.31)
    hours, marks, yes, sleep = fitted.findings.variables
    assert sleep["bend"] > 2 > 0.7 > max(hours["bend"], marks["bend"], yes["bend"])
    assert min(marks["interaction"], yes["interaction"]) > 2
    assert max(hours["interaction"], sleep["interaction"]) < 0.7


def test_held_out_predictions_and_curves_are_those_of_unseen_rows(bent_fit):
    x, y, fitted = bent_fit
    unseen = np.sqrt(np.mean((fitted.predicted - y) ** 2))
    assert unseen == pytest.approx(rmse(fitted, table(9), noisy(bent(table(9)), 9)), rel=0.08)
    assert unseen > rmse(fitted, x, y)
    history = fitted.history
    assert set(history) == {"rmse", "rmse_sd", "val_rmse", "val_rmse_sd"}
    assert len(set(map(len, history.values()))) == 1
    assert history["val_rmse"][-1] < 0.7 * history["val_rmse"][0]
    assert history["rmse"][-1] < history["val_rmse"][-1]


def test_reloaded_and_litert_answer_alike_also_with_empty_cells(exporter, bent_fit, tmp_path):
    x, _, fitted = bent_fit
    rows = table(5, 64)
    rows[::3, 1] = rows[1::5, 2] = np.nan
    expected = answers(fitted.model, rows)
    assert np.isfinite(expected).all()
    paths = tmp_path / "a.keras", tmp_path / "a.tflite"
    reloaded = files_of.save(fitted.model, *paths)
    np.testing.assert_array_equal(answers(reloaded, rows), expected)
    interpreter = Interpreter(model_content=paths[1].read_bytes())
    interpreter.resize_tensor_input(0, rows.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], rows)
    interpreter.invoke()
    litert = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(litert, expected, atol=1e-4)
    assert paths[1].stat().st_size < 250_000
    filled = rows.copy()
    filled[::3, 1] = np.median(x[:, 1])
    filled[1::5, 2] = np.round(x[:, 2].mean())
    np.testing.assert_allclose(answers(fitted.model, filled), expected, atol=1e-3)


def with_outliers(low: float) -> tuple[np.ndarray, np.ndarray]:
    x, rng = table(2), np.random.default_rng(2)
    y = noisy(line(x))
    y[:75] += rng.uniform(low, 60, 75)
    return x, y


@pytest.mark.parametrize("low", [-60, 30])
def test_outliers_move_neither_line_nor_prediction(low):
    x, y = with_outliers(low)
    robust = HuberRegressor(max_iter=1000).fit(x.astype("float64"), y).predict(table(9))
    limit = 1.1 * np.sqrt(np.mean((robust - line(table(9))) ** 2))
    assert rmse(train(x, y), table(9), line(table(9))) < limit


def test_the_squared_loss_gives_the_line_of_least_squares():
    x, y = with_outliers(30)
    fitted = train(x, y, config=dataclasses.replace(QUICK, loss="mse"))
    plain = LinearRegression().fit(x.astype("float64"), y).predict(x)
    assert not fitted.findings.bends
    np.testing.assert_allclose(answers(fitted.model, x)[:, 0], plain, atol=1e-3)


def test_categories_gaps_and_columns_that_say_nothing():
    rng = np.random.default_rng(3)
    school = rng.integers(0, 12, 1500)
    means = rng.normal(0, 8, 12)
    x = np.column_stack([school, table(3), np.full(1500, np.nan), np.full(1500, 7)])
    y = noisy(line(x[:, 1:]) + means[school])
    x[::10, 2] = x[::17, 0] = np.nan
    fitted = train(x.astype("float32"), y, (12, *SIZES, 0, 0))
    whole = np.isfinite(x[:, :5]).all(axis=1)
    truth = (line(x[:, 1:]) + means[school])[whole]
    assert rmse(fitted, x[whole].astype("float32"), truth) < 0.3 * NOISE
    unknown = x[whole][:5].astype("float32")
    unknown[:, 0] = np.nan
    most = np.bincount(x[np.isfinite(x[:, 0]), 0].astype(int)).argmax()
    usual = unknown.copy()
    usual[:, 0] = most
    np.testing.assert_allclose(answers(fitted.model, unknown), answers(fitted.model, usual))


def test_a_sharp_step_between_numbers_that_never_repeat_is_kept_sharp():
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 10, (3000, 2)).astype("float32")
    y = noisy(20 * (x[:, 0] > 7) + x[:, 1])
    fitted = train(x, y, (0, 0), TrainingConfig(epochs=30))
    below, above = answers(fitted.model, np.array([[6.95, 5], [7.05, 5]], "float32"))[:, 0]
    assert 15 < above - below < 22  # pieces between quantiles alone reach 13 of the 20


def test_intervals_are_wide_where_the_noise_is():
    x, rng = table(6, 4000), np.random.default_rng(6)
    spread = 0.3 + 0.9 * (x[:, 0] - 1)
    y = line(x) + spread * rng.normal(0, 1, len(x))
    fitted = train(x[:3000], y[:3000])
    assert fitted.findings.spread_varies
    output = answers(fitted.model, x[3000:])
    inside = np.abs(y[3000:] - output[:, 0]) <= fitted.multipliers["0.90"] * output[:, 1]
    assert inside.mean() == pytest.approx(0.9, abs=0.025)
    for feature in (0, 1, 3):
        fifth = np.searchsorted(np.quantile(x[:, feature], [0.2, 0.4, 0.6, 0.8]), x[3000:, feature])
        shares = [inside[fifth == part].mean() for part in np.unique(fifth)]
        assert 0.83 < min(shares) <= max(shares) < 0.97
    held_out = np.abs(y[:3000] - fitted.predicted) <= fitted.multipliers["0.90"] * fitted.spread
    assert held_out.mean() == pytest.approx(0.9, abs=1e-3)


def test_intervals_have_one_width_where_the_noise_is_the_same(bent_fit):
    x, _, fitted = bent_fit
    assert not fitted.findings.spread_varies
    assert np.ptp(answers(fitted.model, x)[:, 1]) == 0
    assert sorted(fitted.multipliers) == [f"{level / 100:.2f}" for level in range(50, 100)]


def test_more_units_do_no_harm(bent_fit):
    x, y, fitted = bent_fit
    large = train(x, y, config=TrainingConfig(hidden=(64, 32), epochs=20))
    fresh = table(9)
    truth = noisy(bent(fresh), 9)
    assert rmse(large, fresh, truth) < 1.01 * rmse(fitted, fresh, truth)


def test_a_stopped_training_is_usable():
    class StopAtOnce(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            assert logs["val_rmse"] > 0
            self.model.stop_training = True

    x = table(8)
    fitted = train(x, noisy(bent(x)), callbacks=[StopAtOnce()])
    assert len(fitted.history["rmse"]) == 1
    straight = LinearRegression().fit(x.astype("float64"), bent(x)).predict(x)
    assert rmse(fitted, x, bent(x)) < 1.02 * np.sqrt(np.mean((straight - bent(x)) ** 2))


def test_a_training_that_diverges_is_told():
    x = table(8, 200)
    with pytest.raises(Problem, match="baje la tasa de aprendizaje"):
        train(x, noisy(line(x)), config=TrainingConfig(epochs=2, learning_rate=1e30))


def test_the_same_seed_gives_the_same_weights():
    x = table(8, 200)
    y = noisy(bent(x))
    first, again = (answers(train(x, y).model, x) for _ in range(2))
    np.testing.assert_array_equal(again, first)


def test_students_with_equal_features_are_held_out_together():
    groups = np.repeat(np.arange(40), 5)
    folds = folds_of(groups, 0)
    assert sorted(np.unique(folds)) == [0, 1, 2, 3, 4]
    assert all(len(np.unique(folds[groups == group])) == 1 for group in range(40))
    assert not np.array_equal(folds, folds_of(groups, 1))
    few = folds_of(np.repeat([0, 1, 2], 20), 0)  # too few students to hold any of them out
    assert np.bincount(few).tolist() == [12] * 5


def test_keras_trains_without_tensorflows_input(monkeypatch):
    """Other backends of Keras have no tf.data: arrays go to ``fit`` themselves."""
    monkeypatch.setattr(keras.backend, "backend", lambda: "other")
    x = table(8, 300)
    y = noisy(bent(x))
    assert train(x, y).findings.bends


def test_too_many_columns_are_shrunk_and_five_are_not():
    rng = np.random.default_rng(10)
    z, weights = rng.normal(size=(300, 60)), rng.normal(0, 0.1, 60)
    y = z @ weights + rng.normal(size=300)
    plain = LinearRegression().fit(z, y).coef_
    shrunk = fit_line(z, y).weights
    assert np.sum((shrunk - weights) ** 2) < 0.9 * np.sum((plain - weights) ** 2)
    few = z[:, :5]
    y = few.sum(axis=1) + rng.normal(size=300)
    np.testing.assert_allclose(fit_line(few, y).weights, LinearRegression().fit(few, y).coef_)
    assert np.isfinite(fit_line(z[:20], y[:20]).weights).all()  # more columns than rows


def test_jumps_are_where_the_target_jumps_and_nowhere_else():
    rng = np.random.default_rng(11)
    values = rng.uniform(0, 10, 5000)
    noise = rng.normal(0, 1, 5000)
    assert jumps(values, noise) == []
    assert jumps(values, noise + 0.5 * np.sin(values)) == []  # a slope is no jump
    places = jumps(values, noise + 5 * (values > 3) - 4 * (values > 7))
    assert [round(float(np.mean(place)), 1) for place in sorted(places)] == [3.0, 7.0]
    assert all(0 < above - below < 0.05 for below, above in places)
