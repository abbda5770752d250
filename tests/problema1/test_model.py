"""The network: what is inside the saved file, and that all its copies answer alike."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from student_performance import data, evaluation, inference, model, training
from student_performance.columns import features, target
from student_performance.config import TrainingConfig


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """A short training on the embedded rows, and its folder."""
    out = tmp_path_factory.mktemp("trained")
    epochs = []
    metrics = training.train(
        dataset,
        TrainingConfig(epochs=12),
        out,
        on_epoch=lambda epoch, errors: epochs.append((epoch, errors)),
    )
    return out, metrics, epochs


def test_keras_and_litert_files_give_the_same_answer(trained, dataset):
    out, _, _ = trained
    x = features(dataset.unique.head(500))
    from_keras = model.predict(model.load(out / "model.keras"), x)
    from_litert = inference.load_folder(out).predict(x)
    np.testing.assert_allclose(from_litert, from_keras, atol=1e-3)
    assert from_keras.std() > 10  # a constant would agree with itself too


def test_reloaded_model_is_the_saved_one(small, tmp_path):
    network, _ = model.fit(data.split(small, 0), TrainingConfig(epochs=2))
    x = features(small.unique)
    reloaded = model.save(network, tmp_path / "a.keras", tmp_path / "a.tflite")
    np.testing.assert_array_equal(model.predict(reloaded, x), model.predict(network, x))


def test_preprocessing_is_inside_the_saved_model(trained, dataset):
    """Raw feature values in, index points out: it can be scored with nothing else at hand."""
    out, metrics, _ = trained
    test = data.split(dataset, metrics["seed"]).test
    predicted = model.predict(model.load(out / "model.keras"), features(test))
    found = evaluation.scores(target(test), predicted)
    assert found["r2"] == pytest.approx(metrics["r2"])
    assert found["r2"] > metrics["ols_r2"] - 0.002


def test_metrics_describe_data_split_and_files(names_in, trained, dataset):
    out, metrics, epochs = trained
    assert json.loads((out / "metrics.json").read_text(encoding="utf-8")) == metrics
    assert metrics["n_train"] + metrics["n_test"] == len(dataset.unique)
    assert metrics["data_kind"] == "simulated"
    assert metrics["duplicates_dropped"] == 127
    for kind, name in (("keras", "model.keras"), ("tflite", "model.tflite")):
        assert metrics["sha256"][kind] == hashlib.sha256((out / name).read_bytes()).hexdigest()
    assert [epoch for epoch, _ in epochs] == list(range(1, metrics["epochs_run"] + 1))
    assert metrics["best_epoch"] == 1 + int(np.argmin(metrics["history"]["val_mse"]))
    assert names_in(out) == sorted(training.FILES.values())


def test_best_epoch_is_the_one_kept(small):
    parts = data.split(small, 0)
    # so high a rate jumps about, and the first epoch that is worse is the last one
    config = TrainingConfig(epochs=100, learning_rate=1.0, patience=1)
    network, history = model.fit(parts, config)
    predicted = model.predict(network, features(parts.validation))
    error = np.mean((target(parts.validation) - predicted) ** 2)
    assert error == pytest.approx(min(history["val_mse"]), rel=1e-4)
    assert history["val_mse"][-1] > 1.001 * min(history["val_mse"])
    assert len(history["val_mse"]) < 100


def test_seed_decides_the_weights(small):
    parts = data.split(small, 0)
    x = features(parts.test)
    config = TrainingConfig(epochs=3)
    first, second, other = (
        model.predict(model.fit(parts, dataclasses.replace(config, seed=seed))[0], x)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_stop_ends_after_the_present_epoch(small, tmp_path):
    metrics = training.train(small, TrainingConfig(), tmp_path, should_stop=lambda: True)
    assert metrics["epochs_run"] == 1
    assert metrics["stopped_by_user"]


def test_divergence_is_told_apart(small):
    with pytest.raises(model.DivergedError):
        model.fit(data.split(small, 0), TrainingConfig(epochs=3, learning_rate=1e30))


def test_constant_features_do_not_break_the_scaling(rows):
    lines = [f"5,{row.split(',')[1]},Yes,5,5,{row.split(',')[1]}" for row in rows]
    header = "Hours Studied,Previous Scores,Extracurricular Activities,Sleep Hours,"
    header += "Sample Question Papers Practiced,Performance Index"
    constant = data.parse("\n".join([header, *lines]).encode(), "constante.csv")
    parts = data.split(constant, 0)
    network, _ = model.fit(parts, TrainingConfig())
    predicted = model.predict(network, features(parts.test))
    np.testing.assert_allclose(predicted, target(parts.test), atol=5)
    # away from the only value it saw, a constant feature must not throw the answer off
    moved = features(parts.test) + np.array([2, 0, -1, 1, 1])
    np.testing.assert_allclose(model.predict(network, moved), predicted, atol=20)


def test_small_samples_are_trained_as_long_as_large_ones(small):
    rows = small.rows.drop_duplicates().head(100)
    few = data.from_rows(rows, "pocos.csv")
    parts = data.split(few, 0)
    network, _ = model.fit(parts, TrainingConfig())
    table = evaluation.compare(lambda x: model.predict(network, x), parts.training, parts.test)
    assert table.loc["network", "r2"] > 0.9


@pytest.mark.parametrize(
    "bad",
    [{"hidden": ()}, {"hidden": (0,)}, {"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0}],
)
def test_impossible_hyperparameters_are_refused(bad):
    with pytest.raises(ValueError, match=r"must be|needs"):
        TrainingConfig(**bad)


def test_interrupted_training_leaves_what_was_there(small, tmp_path):
    training.train(small, TrainingConfig(epochs=1), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(epoch, errors):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(small, TrainingConfig(epochs=2), tmp_path, on_epoch=fail)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_learning_curve_ends_with_the_trained_model(small, tmp_path):
    config = TrainingConfig(epochs=3)
    metrics = training.train(small, config, tmp_path)
    curve = list(training.learning_curve(small, metrics, config))
    assert [point["n"] for point in curve] == [100, 300, metrics["n_fit"]]
    assert curve[-1]["rmse"] == pytest.approx(np.sqrt(min(metrics["history"]["val_mse"])))
    written = training.add_learning_curve(tmp_path, curve)
    assert json.loads((tmp_path / "metrics.json").read_text())["learning_curve"] == curve
    assert written["r2"] == metrics["r2"]
