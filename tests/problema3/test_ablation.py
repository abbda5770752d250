"""The ablation: one change at a time, each run kept, means and deviations over seeds."""

import dataclasses
import itertools
import json
import statistics

import numpy as np
import pytest

from scenes.config import REPORT, preset
from scenes.networks import architectures
from scenes.results import dense_log
from scenes.results.optimism import optimism, sentences
from scenes.training.ablation import (
    ALL,
    DENSE,
    NETWORKS,
    Ablation,
    run_record,
    summary,
    variants,
)

IMAGES = {"data": "imágenes", "data_key": "abc", "n_test": 24}


def run(seed: int, accuracy: float) -> dict:
    return {"seed": seed, "accuracy": accuracy, "macro_auc": 0.9, "log_loss": 0.5, "ece": 0.1}


@pytest.mark.parametrize("network", NETWORKS)
def test_each_variant_between_the_ends_makes_one_correction_of_the_report(network):
    published, *single, corrected = variants(network)
    assert published.config == REPORT
    assert corrected.name == ALL
    # a background class corrects nothing
    assert corrected.config == dataclasses.replace(preset("corrected", network), background=0.0)
    for variant in single:
        changed = {
            field.name
            for field in dataclasses.fields(variant.config)
            if getattr(variant.config, field.name) != getattr(REPORT, field.name)
        }
        # what a variant does not name is as published
        expected = {
            "augmentation": {"flips", "shift", "zoom"},
            "validation": {"validate_on_test"},
            "smoothing": {"label_smoothing"},
            "schedule": {"decay"} | ({"weight_decay"} if network == "cnn" else set()),
        }.get(variant.name, {variant.name})
        assert changed == expected


def test_the_corrections_of_the_convolutional_network_together_are_the_corrected_protocol():
    published, *single, corrected = variants("cnn")
    together = published.config
    for variant in single:
        changes = {
            field.name: getattr(variant.config, field.name)
            for field in dataclasses.fields(variant.config)
            if getattr(variant.config, field.name) != getattr(published.config, field.name)
        }
        together = dataclasses.replace(together, **changes)
    # the network has neither normalisations nor pooled features
    together = dataclasses.replace(
        together, norm_momentum=corrected.config.norm_momentum, pooling=corrected.config.pooling
    )
    assert together == corrected.config


def test_runs_survive_the_file_and_those_of_another_configuration_do_not_count():
    first, second = variants("cnn")[:2]
    ablation = Ablation({}, IMAGES)
    ablation.add(first, run(1, 0.7))
    ablation.add(first, run(0, 0.5))
    ablation.add(second, run(0, 0.8))
    again = Ablation(json.loads(json.dumps(ablation.to_json())), IMAGES)
    assert again.to_json() == ablation.to_json()
    assert [again.has(first, seed) for seed in range(3)] == [True, True, False]
    assert not again.has(variants("cnn", image_size=64)[0], 0)
    assert not again.has(variants("resnet50")[0], 0)
    assert Ablation(ablation.to_json(), {**IMAGES, "data_key": "def"}).to_json()["rows"] == []
    # a file of before a hyperparameter was there holds what it is by default
    older = ablation.to_json()
    for row in older["rows"]:
        del row["config"]["background"]
    assert Ablation(older, IMAGES).has(first, 1)
    for row in older["rows"]:
        del row["config"]["scaling"]
    assert not Ablation(older, IMAGES).has(first, 1)


def test_the_summary_has_no_deviation_of_a_single_run():
    assert summary([run(0, 0.5)])["accuracy_std"] is None
    many = summary([run(0, 0.5), run(1, 0.6), run(2, 0.9)])
    assert many["accuracy_mean"] == pytest.approx(statistics.fmean([0.5, 0.6, 0.9]))
    assert many["accuracy_std"] == pytest.approx(statistics.stdev([0.5, 0.6, 0.9]))


def test_the_optimism_of_four_answers_is_that_of_all_their_halves():
    answers, labels = np.array([[0, 1, 2, 0], [1, 1, 0, 3]]), np.array([0, 1, 2, 3])
    right = answers == labels  # three right in the first epoch, two in the second
    expected = []
    for half in itertools.combinations(range(4), 2):
        rest = [at for at in range(4) if at not in half]
        sums = right[:, list(half)].sum(axis=1)
        best = 0 if sums[0] >= sums[1] else 1  # the first of equals
        expected.append((sums[best] / 2, right[best, rest].mean()))
    choosing, other = np.mean(expected, axis=0)
    result = optimism(answers, labels, draws=20000)
    assert result["choosing"] == pytest.approx(choosing, abs=0.01)
    assert result["other"] == pytest.approx(other, abs=0.01)
    assert result["points"] == pytest.approx(100 * (result["choosing"] - result["other"]))
    assert result["whole"] == 0.75
    assert result["whole_points"] == pytest.approx(100 * (0.75 - result["other"]))
    assert result["epochs"] == 2


def test_epochs_that_are_equally_good_look_better_where_they_were_chosen():
    rng = np.random.default_rng(0)
    labels = np.zeros(1000, int)
    answers = (rng.random((20, 1000)) < 0.3).astype(np.uint8)  # each is right seven times in ten
    many = optimism(answers, labels)
    # the highest of twenty accuracies on 500 is about 1.87 of their deviations above the mean
    gap = 100 * 1.87 * np.sqrt(0.7 * 0.3 / 500)
    assert 0.5 * gap < many["points"] < 2 * gap
    assert 0 < many["whole_points"] < many["points"]
    one = optimism(answers[:1], labels)
    assert abs(one["points"]) < 4 * one["points_std"] / np.sqrt(one["draws"])
    assert optimism(answers, labels) == many  # the halves are those of a seed


def test_a_clearly_best_epoch_has_no_optimism_against_the_whole_test():
    labels = np.zeros(400, int)
    answers = np.ones((3, 400), int)
    answers[1] = 0
    result = optimism(answers, labels, draws=50)
    assert (result["choosing"], result["other"], result["whole"]) == (1, 1, 1)
    assert result["points"] == result["points_std"] == result["whole_points"] == 0


def optimistic_row(on_test: bool, *points: float) -> dict:
    runs = [{"optimism": {"draws": 1000, "points": 2 * p, "whole_points": p}} for p in points]
    return {"config": {"validate_on_test": on_test}, "runs": [*runs, {"seed": 9}]}


def test_what_is_said_of_choosing_on_the_test_follows_the_points():
    flattering, other = optimistic_row(True, 0.5, 1.0), optimistic_row(False, 9.0)
    (told,) = sentences([flattering, other])
    assert "2 corridas, 1.000 repartos" in told
    assert "la mitad que elige da 1,50 puntos más (de 1,00 a 2,00) que la otra" in told
    assert "toda la prueba, 0,75 puntos más (de 0,50 a 1,00)" in told
    assert told.endswith("favorece a la cifra publicada.")
    (told,) = sentences([optimistic_row(True, -0.25)])
    assert "una corrida" in told
    assert "0,50 puntos menos que la otra" in told
    assert told.endswith("no favorece a la cifra.")
    assert sentences([optimistic_row(True), other]) == []


def test_a_record_tells_the_optimism_only_with_the_answers_of_every_epoch():
    metrics = {
        **run(0, 0.5),
        **{"best_epoch": 1, "epochs_run": 2, "diverged": False, "n_fit": 8, "n_validation": 4},
        **{"fit_seconds": 1.0, "dtype_policy": "float32", "hardware": "x"},
        "history": {
            **{"accuracy": [0.4, 0.6], "loss": [1.2, 0.9]},
            **{"val_accuracy": [0.5, 0.4], "val_loss": [1.0, 1.1]},
        },
    }
    answers, labels = np.zeros((2, 4), np.uint8), np.zeros(4, int)
    assert run_record(metrics, answers, labels)["optimism"] == optimism(answers, labels)
    record = run_record(metrics, answers[:0], labels)
    assert "optimism" not in record
    assert record["loss_by_epoch"] == [1.2, 0.9]


def test_the_command_trains_only_what_lacks_and_prints_the_table(
    folder, scenes, run_here, tmp_path, monkeypatch
):
    out = tmp_path / "salida"
    out.mkdir()
    images = {"data": scenes.name, "data_key": scenes.key, "n_test": len(scenes.test_labels)}
    ablation = Ablation({}, images)
    *others, last = variants("cnn", image_size=32)
    for variant in others:
        ablation.add(variant, run(0, 0.25))
    path = out / "scenes_ablation.json"
    path.write_text(json.dumps(ablation.to_json()), encoding="utf-8")
    arguments = ["--networks", "cnn", "--seeds", 1, "--data", folder, "--image-size", 32]
    result = run_here("ablation.py", *arguments, "--out", out)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert [row["name"] for row in rows] == [variant.name for variant in variants("cnn")]
    assert [row["accuracy_mean"] for row in rows[:-1]] == [0.25] * len(others)
    assert rows[-1]["name"] == last.name
    assert 0 <= rows[-1]["accuracy_mean"] <= 1
    assert "0,250" in result.stderr
    assert [each.name for each in (out / "ablation").iterdir()] == ["cnn-all-0"]
    assert (out / "ablation" / "cnn-all-0" / "cnn_answers.npz").is_file()
    [trained] = rows[-1]["runs"]
    assert trained["optimism"]["epochs"] == trained["epochs_run"]
    assert "elige la época" not in result.stderr  # this one has validation images of its own


def test_variants_of_the_dense_network_differ_in_their_layers_alone():
    published, *others = variants(DENSE, 32)
    assert len(others) == 4
    first = architectures.dense((32, 32, 3), scaling=False)
    for variant in others:
        assert variant.config == published.config
        network = architectures.dense((32, 32, 3), scaling=False, **variant.layers)
        assert network.count_params() == first.count_params()
        hidden = [layer for layer in network.layers if getattr(layer, "units", 0) == 250]
        expected = "relu" if variant.name == "unit" else variant.name.removeprefix("unit_")
        assert {layer.activation.__name__ for layer in hidden} == {expected}
        white = np.full((1, 32, 32, 3), 255, np.uint8)
        scaled = [layer for layer in network.layers if layer.name.startswith("rescaling")]
        assert bool(scaled) == variant.name.startswith("unit")
        if scaled:
            assert float(np.max(scaled[0](white))) == pytest.approx(1)


def dense_row(name: str, loss: float, highest: float) -> dict:
    history = {"loss_by_epoch": [loss, 1.7], "val_accuracy_by_epoch": [0.1, highest, None]}
    return {"network": DENSE, "name": name, "runs": [{**history, "epochs_run": 3}]}


def test_which_dense_variants_come_near_the_published_log():
    near = dense_row("sigmoid", 1.80, 0.184)
    learns, starts_high = dense_row("unit", 1.79, 0.5), dense_row("report", 2992.8, 0.19)
    *_, verdict = dense_log.sentences([near, learns, starts_high])
    assert "Se acercan al registro" in verdict
    assert verdict.endswith(": «sigmoide».")
    first, each, verdict = dense_log.sentences([learns, starts_high])
    assert "1,83" in first
    assert "0,1843, 0,1750, 0,1580" in first
    assert "2.992,80 y 0,190 en 3" in each
    assert "Ninguna se acerca" in verdict
    assert dense_log.sentences([{"network": "cnn", "name": "report", "runs": []}]) == []


def test_the_dense_network_is_tried_once_with_each_of_its_variants(folder, run_here, tmp_path):
    out = tmp_path / "salida"
    command = ["--networks", DENSE, "--seeds", 2, "--data", folder, "--image-size", 32]
    first = run_here("ablation.py", *command, "--out", out)
    assert first.returncode == 0, first.stderr
    path = out / "scenes_ablation.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [row["name"] for row in content["rows"]] == [each.name for each in variants(DENSE)]
    assert all([run["seed"] for run in row["runs"]] == [0] for row in content["rows"])
    losses = {row["name"]: row["runs"][0]["loss_by_epoch"] for row in content["rows"]}
    assert losses["report"][0] > losses["unit"][0]  # rectified layers on 0..255 begin high
    assert len({tuple(each) for each in losses.values()}) == len(losses)
    assert content["published"][DENSE]["log"]["loss"] == 1.83
    assert "El registro publicado de la red densa" in first.stderr
    # started again after a row is lost, the command takes that run up and leaves the others
    lost = content["rows"].pop(2)
    path.write_text(json.dumps(content), encoding="utf-8")
    again = run_here("ablation.py", *command, "--out", out, "--json")
    assert again.returncode == 0, again.stderr
    rows = json.loads(again.stdout)["rows"]
    assert rows[2] == lost
    assert rows[:2] + rows[3:] == content["rows"]
