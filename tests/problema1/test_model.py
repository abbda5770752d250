"""The network: what is inside the saved file, and that all its copies answer alike."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from student_performance import data, evaluation, inference, model, training
from student_performance.config import TrainingConfig
from student_performance.schema import PUBLISHED, Schema


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
    x = PUBLISHED.encode(dataset.unique.head(500))
    from_keras = model.predict(model.load(out / "model.keras"), x)
    from_litert = inference.load_folder(out).predict(x)
    np.testing.assert_allclose(from_litert, from_keras, atol=1e-3)
    assert from_keras.std() > 10  # a constant would agree with itself too


def test_preprocessing_is_inside_the_saved_model(trained, dataset):
    """Raw feature values in, index points out: it can be scored with nothing else at hand."""
    out, metrics, _ = trained
    test = data.split(dataset, metrics["seed"]).test
    predicted = model.predict(model.load(out / "model.keras"), PUBLISHED.encode(test))
    r2 = evaluation.scores(PUBLISHED.answers(test), predicted)["r2"]
    assert r2 == pytest.approx(metrics["r2"])
    assert r2 > metrics["ols_r2"] - 0.002


def test_metrics_describe_data_split_and_files(names_in, trained, dataset):
    out, metrics, epochs = trained
    written = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(metrics))  # lists for the schema's tuples
    assert Schema.from_json(written["schema"]) == PUBLISHED
    assert metrics["n_train"] + metrics["n_test"] == len(dataset.unique)
    assert metrics["data_kind"] == "simulated"
    assert metrics["duplicates_dropped"] == 127
    for kind, name in (("keras", "model.keras"), ("tflite", "model.tflite")):
        assert metrics["sha256"][kind] == hashlib.sha256((out / name).read_bytes()).hexdigest()
    assert [epoch for epoch, _ in epochs] == list(range(1, metrics["epochs_run"] + 1))
    assert metrics["best_epoch"] == 1 + int(np.argmin(metrics["history"]["val_mse"]))
    assert names_in(out) == sorted(training.FILES.values())


@pytest.fixture(scope="module")
def jumpy(small):
    """Rows, configuration, network and history of a training that ends with a worse epoch.

    The rate is so high that the error jumps about; the first epoch that is worse is the last one.
    """
    parts = data.split(small, 0)
    config = TrainingConfig(epochs=100, learning_rate=1.0, patience=1)
    network, history = model.fit(parts, PUBLISHED, config)
    assert history["val_mse"][-1] > 1.001 * min(history["val_mse"])
    assert len(history["val_mse"]) < 100
    return parts, config, network, history


def test_best_epoch_is_the_one_kept(jumpy):
    parts, _, network, history = jumpy
    predicted = model.predict(network, PUBLISHED.encode(parts.validation))
    error = np.mean((PUBLISHED.answers(parts.validation) - predicted) ** 2)
    assert error == pytest.approx(min(history["val_mse"]), rel=1e-4)


def test_reloaded_model_is_the_saved_one(jumpy, tmp_path):
    parts, _, network, _ = jumpy
    x = PUBLISHED.encode(parts.test)
    reloaded = model.save(network, tmp_path / "a.keras", tmp_path / "a.tflite")
    np.testing.assert_array_equal(model.predict(reloaded, x), model.predict(network, x))


def test_seed_decides_the_weights(jumpy):
    parts, config, network, _ = jumpy
    x = PUBLISHED.encode(parts.test)
    same, other = (
        model.predict(model.fit(parts, PUBLISHED, dataclasses.replace(config, seed=seed))[0], x)
        for seed in (config.seed, config.seed + 1)
    )
    np.testing.assert_array_equal(same, model.predict(network, x))
    assert not np.array_equal(other, same)


def test_stop_ends_after_the_present_epoch_and_an_interruption_changes_no_file(small, tmp_path):
    metrics = training.train(small, TrainingConfig(), tmp_path, should_stop=lambda: True)
    assert metrics["epochs_run"] == 1
    assert metrics["stopped_by_user"]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupt(epoch, errors):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(small, TrainingConfig(epochs=2), tmp_path, on_epoch=interrupt)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_constant_features_do_not_break_the_scaling(rows):
    lines = [f"5,{row.split(',')[1]},Yes,5,5,{row.split(',')[1]}" for row in rows]
    header = "Hours Studied,Previous Scores,Extracurricular Activities,Sleep Hours,"
    header += "Sample Question Papers Practiced,Performance Index"
    constant = data.parse("\n".join([header, *lines]).encode(), "constante.csv")
    parts = data.split(constant, 0)
    network, _ = model.fit(parts, PUBLISHED, TrainingConfig())
    predicted = model.predict(network, PUBLISHED.encode(parts.test))
    np.testing.assert_allclose(predicted, PUBLISHED.answers(parts.test), atol=5)
    # away from the only value it saw, a constant feature must not throw the answer off
    moved = PUBLISHED.encode(parts.test) + np.array([2, 0, -1, 1, 1])
    np.testing.assert_allclose(model.predict(network, moved), predicted, atol=20)


def test_small_samples_are_trained_as_long_as_large_ones(small):
    rows = small.rows.drop_duplicates().head(100)
    few = data.from_rows(rows, "pocos.csv")
    parts = data.split(few, 0)
    network, _ = model.fit(parts, PUBLISHED, TrainingConfig())
    predicted = model.predict(network, PUBLISHED.encode(parts.test))
    assert evaluation.scores(PUBLISHED.answers(parts.test), predicted)["r2"] > 0.9


@pytest.mark.parametrize(
    "bad",
    [{"hidden": ()}, {"hidden": (0,)}, {"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0}],
)
def test_impossible_hyperparameters_are_refused(bad):
    with pytest.raises(ValueError, match=r"must be|needs"):
        TrainingConfig(**bad)
