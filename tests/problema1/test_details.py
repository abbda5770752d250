"""What the report shows beyond the scores: counts and quantiles that agree with the rows."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from student_performance import data, details
from student_performance.config import TrainingConfig

EXTRA = "Extracurricular Activities"


def test_the_exploration_agrees_with_the_rows(small):
    found = details.exploration(small.rows, small.schema)
    y = small.schema.answers(small.rows)
    assert sum(found["target"]["counts"]) == len(y)
    hours = found["features"]["Hours Studied"]
    assert sum(hours["n"]) == len(y)
    assert hours["correlation"] == pytest.approx(
        small.rows["Hours Studied"].corr(small.rows["Performance Index"])
    )
    yes = small.rows.loc[small.rows[EXTRA] == "Yes", "Performance Index"]
    assert found["features"][EXTRA]["quantiles"][0] == pytest.approx(
        yes.quantile(list(details.QUANTILES)).tolist()
    )


def test_errors_are_counted_where_they_are():
    y = np.array([10.0, 20.0, 30.0, 40.0] * 25)
    predicted = y + np.tile([1.0, -1.0], 50)
    found = details.errors(y, predicted)
    assert np.sum(found["counts"]) == 100
    assert sum(found["residuals"]["counts"]) == 100
    assert len(found["residuals"]["quantiles"]) == 10
    assert np.ptp(found["residuals"]["quantiles"]) == pytest.approx(2)


def test_a_column_that_matters_is_missed(small):
    parts = data.split(small, 0)
    found = details.without(small, TrainingConfig(epochs=2), ("Previous Scores",))
    assert found["left_out"] == ["Previous Scores"]
    spread = small.schema.answers(parts.test).std()
    assert found["ols"]["rmse"] > 0.8 * spread  # the rest says little
    low, high = found["network"]["mae_ci"]
    assert low < found["network"]["mae"] < high


def test_the_spread_over_seeds_is_that_of_the_differences():
    one = {"n": 100, "n_held_out": 10, "rmse": 2.0, "ols_rmse": 2.5}
    other = {"n": 102, "n_held_out": 12, "rmse": 4.0, "ols_rmse": 4.5}
    found = details._spread((one, other))
    assert (found["n"], found["seeds"]) == (101, 2)
    assert found["rmse"] == 3.0
    assert found["rmse_sd"] == pytest.approx(2**0.5)
    assert (found["gap"], found["gap_sd"]) == (-0.5, 0.0)  # alike in both, however far apart


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ([], "no se entrenó con"),  # the shipped model learned from the published rows
        (["--model", "nada"], "nada"),
    ],
)
def test_a_table_of_another_training_is_refused(root, tmp_path, flags, told):
    done = subprocess.run(
        [sys.executable, root / "Problema1" / "details.py", "--out", tmp_path / "d.json", *flags],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "d.json").exists()


def test_the_published_details_are_of_the_shipped_model(root):
    found = json.loads((root / "models" / "student_performance_details.json").read_text("utf-8"))
    shipped = json.loads((root / "models" / "student_performance.json").read_text("utf-8"))
    assert found["model_sha256"] == shipped["sha256"]["keras"], "run Problema1/details.py again"
    assert found["n_test"] == shipped["n_test"]
    assert len({point["seeds"] for point in found["learning_curve"]}) == 1
