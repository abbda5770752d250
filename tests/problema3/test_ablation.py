"""The ablation: one change at a time, each run kept, means and deviations over seeds."""

import dataclasses
import json
import statistics

import pytest

from scenes.config import REPORT, preset
from scenes.training.ablation import ALL, NETWORKS, Ablation, summary, variants

IMAGES = {"data": "imágenes", "data_key": "abc", "n_test": 24}


def run(seed: int, accuracy: float) -> dict:
    return {"seed": seed, "accuracy": accuracy, "macro_auc": 0.9, "log_loss": 0.5, "ece": 0.1}


@pytest.mark.parametrize("network", NETWORKS)
def test_each_variant_between_the_ends_makes_one_correction_of_the_report(network):
    published, *single, corrected = variants(network)
    assert published.config == REPORT
    assert corrected.name == ALL
    assert corrected.config == preset("corrected", network)
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


def test_the_summary_has_no_deviation_of_a_single_run():
    assert summary([run(0, 0.5)])["accuracy_std"] is None
    many = summary([run(0, 0.5), run(1, 0.6), run(2, 0.9)])
    assert many["accuracy_mean"] == pytest.approx(statistics.fmean([0.5, 0.6, 0.9]))
    assert many["accuracy_std"] == pytest.approx(statistics.stdev([0.5, 0.6, 0.9]))


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
