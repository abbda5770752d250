"""The network: what is inside the saved file, and that all its copies answer alike."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from student_performance import backend, data, evaluation, inference, model, training
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
    x = PUBLISHED.encode(dataset.rows.head(500))
    from_keras = model.answers(model.load(out / "model.keras"), x)
    from_litert = inference.load_folder(out).network(x)
    np.testing.assert_allclose(from_litert, from_keras, atol=1e-4)
    assert from_keras[:, 0].std() > 10  # a constant would agree with itself too


def test_preprocessing_is_inside_the_saved_model(trained, dataset):
    """Raw feature values in, index points out: it can be scored with nothing else at hand."""
    out, metrics, _ = trained
    test = data.split(dataset, metrics["seed"]).test
    predicted = model.answers(model.load(out / "model.keras"), PUBLISHED.encode(test))[:, 0]
    r2 = evaluation.scores(PUBLISHED.answers(test), predicted)["r2"]
    assert r2 == pytest.approx(metrics["r2"])
    assert r2 > metrics["ols_r2"] - 0.002


def test_metrics_describe_data_split_and_files(names_in, trained, dataset):
    out, metrics, epochs = trained
    written = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(metrics))  # lists for the schema's tuples
    assert Schema.from_json(written["schema"]) == PUBLISHED
    assert metrics["n_train"] + metrics["n_test"] == len(dataset.rows)
    assert metrics["data_kind"] == "simulated"
    assert metrics["repeated"] == 127
    assert ("tflite" in metrics["sha256"]) == backend.can_export()
    for kind, digest in metrics["sha256"].items():
        content = (out / training.FILES[kind]).read_bytes()
        assert digest == hashlib.sha256(content).hexdigest()
    assert [epoch for epoch, _ in epochs] == list(range(1, metrics["epochs_run"] + 1))
    assert [errors["val_rmse"] for _, errors in epochs] == metrics["history"]["val_rmse"]
    assert names_in(out) == sorted(training.FILES[kind] for kind in (*metrics["sha256"], "json"))


def test_what_the_intervals_hold_is_what_was_measured(trained, dataset):
    """Coverage and width of the JSON, by hand from the files alone."""
    out, metrics, _ = trained
    bundle = inference.load_folder(out)
    test = data.split(dataset, metrics["seed"]).test
    # the published range cuts the ends that the page shows, and with them the width
    output = bundle.network(PUBLISHED.encode(test))
    half = metrics["multipliers"]["0.90"] * output[:, 1]
    inside = np.abs(PUBLISHED.answers(test) - output[:, 0]) <= half
    assert inside.mean() == pytest.approx(metrics["interval_coverage"])
    assert 2 * half.mean() == pytest.approx(metrics["interval_width"])
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


def test_seed_decides_the_split_and_the_training(small, tmp_path):
    settings = [TrainingConfig(epochs=2, seed=seed) for seed in (3, 3, 4)]
    first, again, other = (
        training.train(small, config, tmp_path / str(at)) for at, config in enumerate(settings)
    )
    assert first["history"] == again["history"]
    assert first["multipliers"] == again["multipliers"]
    assert first["history"] != other["history"]


def test_the_learning_curve_grows_over_rows_of_the_training_part(small):
    points = list(training.learning_curve(small, TrainingConfig(epochs=2)))
    parts = data.split(small, 0)
    assert [point["n"] for point in points[:2]] == [100, 300]
    assert points[-1]["n"] + points[-1]["n_held_out"] == len(parts.training)
    # least squares needs few rows: the noise is of 2 points
    assert all(1.5 < point["ols_rmse"] < 3 for point in points)
    assert points[-1]["rmse"] == pytest.approx(points[-1]["ols_rmse"], rel=0.02)


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


def test_constant_features_do_not_break_the_scaling(rows, tmp_path):
    lines = [f"5,{row.split(',')[1]},Yes,5,5,{row.split(',')[1]}" for row in rows]
    header = "Hours Studied,Previous Scores,Extracurricular Activities,Sleep Hours,"
    header += "Sample Question Papers Practiced,Performance Index"
    constant = data.parse("\n".join([header, *lines]).encode(), "constante.csv")
    training.train(constant, TrainingConfig(), tmp_path)
    predict = inference.load_folder(tmp_path).predict
    x = PUBLISHED.encode(constant.rows)
    predicted = predict(x)
    np.testing.assert_allclose(predicted, PUBLISHED.answers(constant.rows), atol=5)
    # away from the only value it saw, a constant feature must not throw the answer off
    moved = x + np.array([2, 0, -1, 1, 1])
    np.testing.assert_allclose(predict(moved), predicted, atol=20)


@pytest.mark.parametrize(
    "bad",
    [{"hidden": ()}, {"hidden": (0,)}, {"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0}],
)
def test_impossible_hyperparameters_are_refused(bad):
    with pytest.raises(ValueError, match=r"must be|needs"):
        TrainingConfig(**bad)
