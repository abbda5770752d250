"""What trainings wrote: published, read back, put into tables and sentences."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scenes import hardware
from scenes.config import preset
from scenes.networks import exporting
from scenes.results import scores, stored, tables
from scenes.training.train import note_repeats


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A folder as training leaves it, for a network that is right on three images of four."""
    # its network is no network, of which nothing could be exported
    monkeypatch.setattr(exporting, "is_wanted", lambda network: False)
    labels = np.repeat(np.arange(6), 4)
    chances = np.full((24, 6), 0.04)
    chances[np.arange(24), np.where(np.arange(24) % 4, labels, (labels + 1) % 6)] = 0.8

    def write(name: str, pooling: str = "avg", protocol: str = "corrected"):
        metrics = scores.measure(chances, labels, resamples=50) | {
            **{
                "model": name,
                "config": {"pooling": pooling, "image_size": 150},
                "parameters": 1234567,
            },
            "protocol": protocol,
            **{"data_kind": "simulated", "n_train": 96, "n_test": 24, "seed": 5},
            **{"best_epoch": 2, "epochs_run": 3, "fit_seconds": 61.0},
            "history": {"val_accuracy": [0.5, 0.75, 0.8123], "val_loss": [38.0, 1.0, 1.7954]},
            **{"hardware": "un portátil", "versions": {"backend": "tensorflow"}},
        }
        stored.write_json(metrics, tmp_path / f"{name}.json")
        (tmp_path / f"{name}.keras").write_bytes(bytes(100))
        np.savez_compressed(
            tmp_path / f"{name}_probabilities.npz",
            probabilities=chances.astype(np.float16),
            labels=labels,
        )
        return tmp_path

    return write


def test_published_and_read_back(written, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for name, pooling in (("cnn", "avg"), ("resnet50", "avg"), ("resnet50", "max")):
        paths = stored.publish(name, written(name, pooling), models)
        assert [path.is_file() for path in paths] == [True] * 3
        assert paths[-1].suffix == ".json"
    found = stored.stored(models)
    assert list(found) == ["cnn", "resnet50", "resnet50_max"]
    for each in found.values():
        assert np.mean(each.probabilities.argmax(axis=1) == each.labels) == 0.75
        assert each.metrics["accuracy"] == 0.75
    assert found["resnet50_max"].metrics["config"]["pooling"] == "max"


def test_a_network_too_large_for_the_repository_stays_out(names_in, written, tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "LARGEST", 99)
    models = tmp_path / "models"
    models.mkdir()
    (models / "scenes_dense.keras").write_text("of a training before")
    stored.publish("dense", written("dense"), models)
    assert names_in(models) == [*("scenes_dense.json", "scenes_dense_probabilities.npz")]


def test_the_report_s_protocol_is_published_apart(written, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    stored.publish("cnn", written("cnn"), models)
    stored.publish("cnn", written("cnn", protocol="report"), models)
    names = [path.name for path in models.glob("scenes_cnn_report*")]
    assert sorted(names) == ["scenes_cnn_report.json", "scenes_cnn_report_probabilities.npz"]
    corrected, repeated = stored.stored(models), stored.stored(models, "report")
    assert list(corrected) == list(repeated) == ["cnn"]
    assert corrected["cnn"].metrics["protocol"] == "corrected"
    table = tables.beside_the_report(corrected, repeated)
    assert list(table.loc["Convolucional"].index) == ["informe", "repetido", "corregido"]
    assert list(table.loc["Residual"].index) == ["informe"]
    of = table.loc["Convolucional"]
    assert list(of["Exactitud"]) == ["0,660", "0,750", "0,750"]
    assert list(of["Mejor época"]) == ["0,702", "0,812", "—"]  # never that of other images
    assert list(of["Épocas"]) == ["10", "3", "3"]
    assert list(of["Lado"]) == ["224", "150", "150"]
    assert of.loc["informe", "mar"] == "0,87"
    area = json.loads((tmp_path / "cnn.json").read_text("utf-8"))["auc"]["sea"]
    assert of.loc["repetido", "mar"] == f"{area:.3f}".replace(".", ",")


def test_tables_and_sentences_speak_spanish(written, tmp_path):
    written("cnn")
    metrics = json.loads((tmp_path / "cnn.json").read_text(encoding="utf-8"))
    table = tables.table({"cnn": metrics})
    assert table.loc["Convolucional", "Exactitud"] == "0,750"
    assert table.loc["Convolucional", "Parámetros"] == "1.234.567"
    assert table.loc["Convolucional", "Épocas"] == "2 de 3"
    chances, labels = stored.read_probabilities(tmp_path / "cnn_probabilities.npz")
    said = " ".join(tables.conclusions({"cnn": metrics}, {"cnn": chances}, labels))
    assert "escenas generadas" in said
    assert "0,750" in said


def test_repeats_are_noted_and_choose_nothing(written, tmp_path):
    written("cnn")
    metrics = json.loads((tmp_path / "cnn.json").read_text(encoding="utf-8"))
    better = metrics | {"seed": 6, "accuracy": 0.9}
    note_repeats(metrics, [metrics, better], tmp_path)
    noted = json.loads((tmp_path / "cnn.json").read_text(encoding="utf-8"))
    assert (noted["seed"], noted["accuracy"]) == (5, 0.75)
    assert [(run["seed"], run["accuracy"]) for run in noted["repeats"]] == [(5, 0.75), (6, 0.9)]


def test_presets_differ_where_they_must():
    for name in ("dense", "cnn", "residual", "resnet50"):
        report, corrected = preset("report", name), preset("corrected", name)
        assert (report.protocol, corrected.protocol) == ("report", "corrected")
        assert not report.scaling
        assert corrected.scaling
        assert report.pooling == "max"
        assert report.weight_decay == report.label_smoothing == report.shift == 0
        # the report's budget under either protocol
        for config in (report, corrected):
            assert (config.epochs, config.batch_size, config.patience) == (20, 120, 5)
            assert config.image_size == 224
    assert preset("corrected", "resnet50").pooling == "avg"
    # a step changes a unit's sum alike, whatever the number of inputs; never above Adam's rate
    small, large = (preset("corrected", "dense", image_size=side) for side in (112, 224))
    assert small.learning_rate == pytest.approx(4 * large.learning_rate)
    assert preset("corrected", "dense", image_size=16).learning_rate == 1e-3
    assert preset("report", "dense").learning_rate == 1e-3
    assert preset("corrected", "resnet50", "max").pooling == "max"
    # pooling means nothing to the others
    residual = preset("corrected", "residual", "max")
    assert residual.learning_rate == preset("corrected", "residual").learning_rate == 4e-3


@pytest.mark.parametrize(
    ("flags", "gpus", "expected"),
    [
        ("flags : fpu avx512_bf16 sse", [], "mixed_bfloat16"),
        ("flags : fpu avx2 sse", [], "float32"),
        ("", [], "float32"),
        ("flags : fpu avx512_bf16", ["gpu:0"], "mixed_float16"),
        ("", ["tpu:0"], "mixed_bfloat16"),
    ],
)
def test_precision_follows_the_hardware(monkeypatch, flags, gpus, expected):
    monkeypatch.setattr(hardware.keras.backend, "backend", lambda: "tensorflow")
    monkeypatch.setattr(hardware, "accelerators", lambda: gpus)
    monkeypatch.setattr(hardware.Path, "read_text", lambda *_, **__: f"vendor : x\n{flags}\n")
    assert hardware.precision() == expected


def test_differences_from_the_report(written, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for name in ("dense", "cnn"):
        stored.publish(name, written(name, protocol="report"), models)
    repeated = stored.stored(models, "report")
    dense, cnn = tables.differences(repeated)
    assert "0,750 [" in dense
    assert "0,812 en la mejor de 3; el informe, 0,194 (fuera del intervalo) y 0,194 en 7" in dense
    assert (
        "empieza en 38,0 y termina en 1,80; la de quien responde lo mismo a todo es ln 6 = 1,79"
        in dense
    )
    # the report's 0.66 is within the interval of 18 right of 24
    assert "(dentro del intervalo)" in cnn
    assert "150 × 150" in cnn


def test_every_publication_adds_its_looks_at_the_test_images(written, tmp_path):
    written("dense")
    models = tmp_path / "models"
    models.mkdir()
    stored.publish("dense", tmp_path, models)
    metrics = stored.read_json(tmp_path / "dense.json")
    note_repeats(metrics, [metrics, metrics | {"seed": 6}, metrics | {"seed": 7}], tmp_path)
    stored.publish("dense", tmp_path, models)
    kept = stored.read_json(models / "scenes_dense.json")
    assert [each["looks"] for each in kept["test_looks"]] == [1, 3]
    assert stored.looks(kept) == 4
    assert "5, 6, 7" in kept["test_looks"][1]["why"]
