"""What trainings wrote: published, read back, put into tables and sentences."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from scenes import hardware
from scenes.config import preset
from scenes.formatting import MODELS
from scenes.networks import exporting
from scenes.results import repetition, scores, stored, tables
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
    table = repetition.beside_the_report(corrected, repeated)
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


def test_fitting_times_are_whole_or_say_what_they_lack(written):
    metrics = stored.read_json(written("cnn") / "cnn.json") | {"dtype_policy": "float32"}
    head = metrics | {"features_cached": True, "features_seconds": None, "fit_seconds": 8.0}
    whole = head | {"features_seconds": 592.0, "hardware": "otro portátil"}
    table = tables.table({"cnn": metrics, "resnet50": head, "resnet50_max": whole})
    assert list(table["Ajuste"]) == ["61 s", "8,0 s, sin las características", "10 min"]
    told = tables.times({"cnn": metrics, "resnet50": head, "resnet50_max": whole})
    assert "float32 en un portátil (Convolucional, ResNet50); float32 en otro portátil (" in told
    assert "Sin las características, ya calculadas: ResNet50." in told
    assert "Con las características de ResNet50: ResNet50 (máximo)." in told
    assert "características" not in tables.times({"cnn": metrics})
    assert tables.seconds(whole | {"fit_seconds": None}) is None


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


def with_seeds(network: stored.Stored, *accuracies: float) -> stored.Stored:
    return dataclasses.replace(network, seeds=accuracies)


def test_differences_from_the_report(written, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for name in ("dense", "cnn"):
        stored.publish(name, written(name, protocol="report"), models)
    repeated = stored.stored(models, "report")
    dense, cnn = repetition.differences(repeated)
    assert "0,750 [" in dense
    assert "0,812 en la mejor de 3; el informe, 0,194 y 0,194 en 7." in dense
    assert (
        "empieza en 38,0 y termina en 1,80; la de responder lo mismo a todo es ln 6 = 1,79" in dense
    )
    assert "no se puede juzgar" in dense  # a single seed has no deviation
    assert "150 × 150" in cnn
    spread = {name: with_seeds(each, 0.73, 0.75, 0.77) for name, each in repeated.items()}
    dense, cnn = repetition.differences(spread)
    assert "No reproducida" in dense  # the report's 0.194
    assert " Reproducida" in cnn  # its 0.66


def test_the_expected_seed_is_in_student_s_interval():
    """Against a simulation: of normal draws the next one falls in it 95 times of 100."""
    rng = np.random.default_rng(0)
    draws = rng.normal(0.5, 0.01, (4000, 4))
    inside = 0
    for *seeds, following in draws:
        low, high = repetition.next_seed(tuple(seeds))
        inside += low <= following <= high
    assert inside / len(draws) == pytest.approx(0.95, abs=0.015)
    low, high = repetition.next_seed((0.4, 0.5, 0.6))  # t of two degrees: 4.303
    assert low == pytest.approx(0.5 - 4.303 * 0.1 * (4 / 3) ** 0.5, abs=1e-3)
    assert high == pytest.approx(0.5 + 4.303 * 0.1 * (4 / 3) ** 0.5, abs=1e-3)
    assert repetition.next_seed((0.1, 0.9)) == (0, 1)


@pytest.mark.parametrize(
    ("reported", "own", "expected"),
    [
        (0.70, (0.69, 0.70, 0.71), "Reproducida: .* 3 corridas de ese"),
        (0.60, (0.69, 0.70, 0.71), "No reproducida: .* queda por debajo"),
        (0.80, (0.69, 0.70, 0.71), "No reproducida: .* queda por encima"),
        (0.75, (), "una sola corrida .* no se puede juzgar"),
        (0.75, (0.71, 0.79), "No se puede juzgar si se reproduce: .* hasta el azar"),
    ],
)
def test_a_figure_is_reproduced_where_seeds_reach_it(written, reported, own, expected):
    metrics = stored.read_json(written("cnn", protocol="report") / "cnn.json")
    repeated = stored.Stored(metrics, np.zeros((0, 6)), np.zeros(0), own)
    assert re.search(expected, repetition.verdict(reported, repeated))


def test_seeds_of_the_same_protocol_are_those_of_the_ablation(written, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for protocol in ("report", "corrected"):
        stored.publish("cnn", written("cnn", pooling="max", protocol=protocol), models)
    row = {
        "network": "cnn",
        "config": {"pooling": "max", "image_size": 150, "sharp": 0.0},
        "runs": [{"accuracy": 0.5}, {"accuracy": 0.7}],
    }

    def seeds(images: str, **changed):
        path = models / "scenes_cnn_report.json"
        stored.write_json(stored.read_json(path) | {"data_key": "abc"}, path)
        content = {"images": {"data_key": images}, "rows": [row | changed]}
        stored.write_json(content, models / "scenes_ablation.json")
        return stored.stored(models, "report")["cnn"].seeds

    assert seeds("abc") == (0.5, 0.7)
    assert seeds("def") == ()
    assert seeds("abc", network="resnet50") == ()
    assert seeds("abc", config=row["config"] | {"image_size": 224}) == ()
    assert seeds("abc", runs=row["runs"][:1]) == ()
    metrics = stored.read_json(models / "scenes_cnn_report.json")
    own = {"repeats": [{"accuracy": 0.1}, {"accuracy": 0.2}]}
    stored.write_json(metrics | own, models / "scenes_cnn_report.json")
    assert seeds("abc") == (0.1, 0.2)


def test_the_report_s_maxima_stand_beside_a_head_on_maxima(written, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for pooling in ("avg", "max"):
        stored.publish("resnet50", written("resnet50", pooling), models)
    stored.publish("resnet50", written("resnet50", "max", "report"), models)
    stored.publish("residual", written("residual", protocol="report"), models)
    stored.publish("residual", written("residual"), models)
    corrected, repeated = stored.stored(models), stored.stored(models, "report")
    corrected["resnet50_max"] = with_seeds(corrected["resnet50_max"], 0.74, 0.75, 0.76)
    table = repetition.beside_the_report(corrected, repeated)
    protocols = ["informe", "repetido", "corregido"]
    assert list(table.loc["ResNet50 (máximo)"].index) == protocols
    assert list(table.loc["ResNet50 (promedio)"].index) == ["corregido"]
    assert list(table.loc["ResNet50 (máximo)"]["Semillas"]) == ["—", "—", "0,750 ± 0,010 (3)"]
    rows = {row[0]: row[1:] for row in repetition.summary(corrected, repeated)["filas"]}
    side, report, again, now, *_ = rows["ResNet50 (máximo)"]
    assert side == "150 (informe, 224)"
    # the epoch of least loss beside that of least loss, the most accurate one beside its like
    assert report == "0,867 / 0,873"
    assert again == "0,750 / 0,812"
    assert now.startswith("0,750\u00a0[")
    assert rows["ResNet50 (promedio)"][1:3] == ["—", "—"]
    assert rows["Residual"][0] == "150 (informe, 224)"
    areas = repetition.areas(corrected, repeated)["filas"]
    headings = [row[1] for row in areas if row[0] == "ResNet50 (máximo)"]
    assert headings == ["informe", "repetida, 150 px", "corregida, 150 px"]
    repeated["resnet50"].metrics["config"]["image_size"] = 224  # the report's
    rows = repetition.areas(corrected, repeated)["filas"]
    assert [row[1] for row in rows if row[0] == "ResNet50 (máximo)"][1] == "repetida"


def test_every_network_is_in_the_tables():
    assert sorted(repetition.ORDER) == sorted(MODELS)


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
