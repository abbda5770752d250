"""The shipped model through LiteRT, and what damaged files say."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest

from student_performance import inference
from student_performance.problems import Problem


@pytest.fixture
def copy(tmp_path):
    """The shipped model under another name."""
    for suffix in (".json", ".tflite"):
        shutil.copy(inference.SHIPPED.with_suffix(suffix), tmp_path / f"copia{suffix}")
    return tmp_path / "copia"


def test_shipped_model_was_trained_on_the_published_rows_and_ties_with_ols():
    metrics = inference.load().metrics
    assert metrics["data_kind"] == "real"
    assert metrics["n_train"] + metrics["n_test"] == 10_000
    assert metrics["repeated"] == 127
    assert not metrics["findings"]["bends"]
    assert abs(metrics["r2"] - metrics["ols_r2"]) < 1e-6


def test_shipped_model_follows_the_published_relation():
    """Within a point of ordinary least squares on the published rows, all over their range."""
    rng = np.random.default_rng(0)
    x = np.column_stack(
        [
            rng.integers(low, high + 1, 300)
            for low, high in inference.load().metrics["feature_ranges"].values()
        ]
    )
    linear = x @ [2.85298, 1.01843, 0.61290, 0.48056, 0.19380] - 34.0756
    np.testing.assert_allclose(inference.load().predict(x), linear, atol=1.0)


def test_intervals_nest_and_stay_on_the_scale():
    bundle = inference.load()
    x = np.array([[1, 40, 0, 4, 0], [5, 70, 1, 7, 5], [9, 99, 1, 9, 9]])
    narrow, wide = bundle.predict_interval(x, 0.8), bundle.predict_interval(x, 0.99)
    assert (wide[:, 1] <= narrow[:, 1]).all()
    assert (wide[:, 2] >= narrow[:, 2]).all()
    assert wide.min() >= 10
    assert wide.max() <= 100
    spread = bundle.network(x)[1, 1]
    width = 2 * bundle.metrics["multipliers"]["0.99"] * spread
    assert wide[1, 2] - wide[1, 1] == pytest.approx(width)


def test_a_training_beyond_the_usual_range_is_not_cut_to_it():
    bundle = inference.load()
    wide = dataclasses.replace(bundle, metrics=bundle.metrics | {"target_range": [3.0, 99.0]})
    x = np.array([[1, 40, 0, 4, 0]])
    assert bundle.predict_interval(x, 0.99).min() == 10
    assert wide.predict_interval(x, 0.99).min() < 10


def test_extrapolation_is_noticed_by_feature():
    found = inference.load().extrapolates(np.array([[5, 70, 1, 7, 5], [12, 30, 1, 7, 5]]))
    np.testing.assert_array_equal(found, [[False] * 5, [True, True, False, False, False]])


def test_no_rows_give_no_predictions():
    assert inference.load().predict(np.empty((0, 5))).shape == (0,)


@pytest.mark.parametrize(
    ("suffix", "content", "words"),
    [
        (".tflite", None, "Falta el archivo «copia.tflite»"),
        (".json", None, "Falta el archivo «copia.json»"),
        (".json", b"{", "«copia.json» está dañado"),
        (".json", b"[]", "«copia.json» está dañado"),
        (".tflite", b"half a model", "«copia.tflite» está dañado"),
    ],
)
def test_damaged_files_are_one_sentence(copy, suffix, content, words):
    path = copy.with_suffix(suffix)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Problem, match=words):
        inference.load(copy)


def test_a_file_that_is_no_model_is_refused():
    with pytest.raises(Problem, match="no es un modelo LiteRT"):
        inference.Predictor(b"TFL3" * 100, 5)


def test_model_of_another_training_is_refused(copy):
    path = copy.with_suffix(".json")
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["sha256"]["tflite"] = "0" * 64
    path.write_text(json.dumps(metrics), encoding="utf-8")
    with pytest.raises(Problem, match="otro entrenamiento"):
        inference.load(copy)
