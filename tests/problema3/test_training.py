"""Training: both protocols, the frozen backbone's shortcut, kills and resumption, loading."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from scenes import files, hardware
from scenes.config import Config, preset
from scenes.data import augmentation, dataset
from scenes.data.batches import Batches
from scenes.networks import architectures, described, doubt, features, half, loading
from scenes.problems import Problem
from scenes.results import scores
from scenes.training import epoch_answers, fit, recipes
from scenes.training.catalogue import recipe
from scenes.training.checkpoints import Checkpoint
from scenes.training.group import AgreedProblem
from scenes.training.train import train

QUICK = Config(epochs=3, batch_size=20, image_size=32)


class Killed(Exception):
    pass


def killer(epochs: int):
    """A progress function that ends the run in the middle of the epoch after ``epochs``."""
    ended = []

    def progress(stage, done, total, logs):
        if len(ended) == epochs and not logs and stage == "steps":
            raise Killed
        if logs:
            ended.append(logs["epoch"])

    return progress


@pytest.fixture(scope="module")
def small_backbone() -> keras.Model:
    """Stands in for ResNet50: frozen, with batch normalisation, 32 features."""
    keras.utils.set_random_seed(7)
    images = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = keras.layers.Conv2D(16, 3, strides=2, activation="relu")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Conv2D(32, 3, strides=2, activation="relu")(x)
    network = keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))
    network.trainable = False
    return hardware.ready(network)


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    out = tmp_path_factory.mktemp("salida")
    return out, train(recipe("cnn", scenes, QUICK), out)


def test_what_is_written(names_in, trained, scenes):
    out, metrics = trained
    assert names_in(out) == [
        *("cnn.csv", "cnn.json", "cnn.keras", "cnn_doubt.npz", "cnn_probabilities.npz")
    ]
    assert doubt.read(out / "cnn.keras").count == metrics["n_validation"]
    assert json.loads((out / "cnn.json").read_text(encoding="utf-8")) == metrics
    assert metrics["protocol"] == "corrected"
    assert metrics["n_fit"] + metrics["n_validation"] == metrics["n_train"] == 72
    assert metrics["n_test"] == len(scenes.test_labels)
    assert metrics["epochs_run"] == 3 == len(metrics["history"]["val_loss"])
    assert metrics["best_epoch"] == np.argmin(metrics["history"]["val_loss"]) + 1
    assert metrics["data_kind"] == "simulated"
    assert metrics["config"]["epochs"] == 3


def test_the_probabilities_are_those_of_the_saved_network_and_redraw_its_auc(trained, scenes):
    out, metrics = trained
    with np.load(out / "cnn_probabilities.npz", allow_pickle=False) as stored:
        chances, labels = stored["probabilities"], stored["labels"]
    assert chances.dtype == np.float16
    np.testing.assert_array_equal(labels, scenes.test_labels)
    model = loading.load(out / "cnn.keras")
    np.testing.assert_allclose(model.predict_on_batch(scenes.test[:]), chances, atol=1e-3)
    expected = np.mean([roc_auc_score(labels == at, chances[:, at]) for at in range(6)])
    assert metrics["macro_auc"] == pytest.approx(expected, abs=1e-12)
    # nothing that training adds takes the place of a score
    expected = scores.measure(chances.astype(np.float64), labels)
    assert {key: metrics[key] for key in expected} == expected


def test_the_best_epoch_is_kept(scenes, tmp_path):
    """Fitted on wrong labels, a network gets worse at the right ones: epoch one is the best."""
    config = dataclasses.replace(QUICK, epochs=4, decay=False, label_smoothing=0.0)
    every, labels = np.arange(len(scenes.train_labels)), scenes.train_labels
    fitting = Batches(scenes.train, (labels + 1) % 6, every, 20, seed=0)
    validation = Batches(scenes.train, labels, every, 20)
    keras.utils.set_random_seed(0)
    model = architectures.build("dense", 32, scaling=True)
    checkpoint = Checkpoint(tmp_path, "dense")
    checkpoint.folder.mkdir()
    losses = fit.fit(model, (fitting, validation), config, checkpoint)["val_loss"]
    assert min(losses) == losses[0]
    assert losses[-1] > 1.1 * losses[0]
    best = loading.load(checkpoint.best)
    fit.compile_model(best, config, 1)
    found = best.evaluate(validation, verbose=0, return_dict=True)["loss"]
    assert found == pytest.approx(losses[0], rel=1e-4)


def test_the_same_seed_gives_the_same_network(trained, scenes, tmp_path):
    assert train(recipe("cnn", scenes, QUICK), tmp_path)["history"] == trained[1]["history"]


def test_a_killed_run_resumes_with_the_same_history(trained, scenes, tmp_path):
    epochs = 1
    out, whole = trained
    with pytest.raises(Killed):
        train(recipe("cnn", scenes, QUICK), tmp_path, killer(epochs))
    assert not (tmp_path / "cnn.json").exists()
    # a kill between log and backup leaves a line too many
    with open(tmp_path / "cnn.csv", "a", encoding="utf-8") as log:
        log.write(f"{epochs},9,9,9,9\n")
    steps = []
    tell = lambda stage, done, *_: steps.append(done)  # noqa: E731
    resumed = train(recipe("cnn", scenes, QUICK), tmp_path, tell, resume=True)
    assert resumed["history"] == whole["history"]
    assert min(steps) > epochs * 4 - 1  # four batches an epoch: none is done twice
    assert (tmp_path / "cnn.csv").read_text() == (out / "cnn.csv").read_text()
    for one, other in zip(
        loading.load(tmp_path / "cnn.keras").weights,
        loading.load(out / "cnn.keras").weights,
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("validate_on_test", [True, False])
def test_the_answers_of_every_epoch_are_kept_across_a_resumption(
    scenes, tmp_path, validate_on_test
):
    config = dataclasses.replace(QUICK, validate_on_test=validate_on_test, averaging=1.5)
    options = {"keep_answers": True}
    whole = train(recipe("dense", scenes, config), tmp_path / "whole", **options)
    with pytest.raises(Killed):
        train(recipe("dense", scenes, config), tmp_path / "killed", killer(1), **options)
    train(recipe("dense", scenes, config), tmp_path / "killed", resume=True, **options)
    files = [epoch_answers.answers_file(tmp_path / run, "dense") for run in ("whole", "killed")]
    (answers, labels), (again, _) = map(epoch_answers.read, files)
    assert answers.shape == (whole["epochs_run"], len(scenes.test_labels))
    assert answers.dtype == np.uint8
    np.testing.assert_array_equal(labels, scenes.test_labels)
    np.testing.assert_array_equal(again, answers)
    accuracy = (answers == labels).mean(axis=1)
    # of the network that is tested, averaged weights included, but for the rounding of bfloat16
    one = 1.5 / len(labels)
    assert accuracy[whole["best_epoch"] - 1] == pytest.approx(whole["accuracy"], abs=one)
    if validate_on_test:
        np.testing.assert_allclose(accuracy, whole["history"]["val_accuracy"], atol=1e-6)


def test_a_run_begun_without_answers_goes_on_without(scenes, tmp_path):
    with pytest.raises(Killed):
        train(recipe("dense", scenes, QUICK), tmp_path, killer(1))
    train(recipe("dense", scenes, QUICK), tmp_path, resume=True, keep_answers=True)
    assert not epoch_answers.answers_file(tmp_path, "dense").exists()


def test_killed_by_the_system(scenes, trained, folder, root, tmp_path):
    """A process that dies without a word, as in a power cut, while it writes the backup."""
    code = f"""
import os, sys
sys.path.insert(0, {str(root / "Problema3")!r})
from pathlib import Path
from scenes import files
from scenes.config import Config
from scenes.data import dataset, sources
from scenes.training.catalogue import recipe
from scenes.training.train import train
scenes = dataset.load(sources.find(Path({str(folder)!r})), 32, cache=Path("cache"))
write, count = files.os.replace, 0
def dying(source, target):
    global count
    count += "weights" in str(target)
    if count == 2:
        os._exit(9)
    write(source, target)
files.os.replace = dying
config = Config(epochs=3, batch_size=20, image_size=32)
train(recipe("cnn", scenes, config), Path("salida"))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True)
    assert done.returncode == 9, done.stderr.decode()
    out = tmp_path / "salida"
    assert len((out / "cnn.csv").read_text().splitlines()) == 3  # two epochs are in the log
    resumed = train(recipe("cnn", scenes, QUICK), out, resume=True)
    assert resumed["history"] == trained[1]["history"]


def test_resuming_a_finished_run_does_nothing(trained, scenes):
    out, metrics = trained

    def never(*_):
        raise AssertionError("it trained")

    assert train(recipe("cnn", scenes, QUICK), out, never, resume=True) == metrics


def test_averaged_weights_are_validated_kept_and_resumed(scenes, tmp_path):
    config = dataclasses.replace(QUICK, averaging=1.5, decay=False, label_smoothing=0.0)
    whole = train(recipe("dense", scenes, config), tmp_path / "whole")
    plain = train(recipe("dense", scenes, dataclasses.replace(config, averaging=0.0)), tmp_path)
    # the training itself is the same, but for the rounding when the two sets of weights swap
    assert whole["history"]["loss"] == pytest.approx(plain["history"]["loss"], rel=1e-2)
    assert whole["history"]["val_loss"] != plain["history"]["val_loss"]
    _, held_out = dataset.split(scenes.train_labels, config.seed, config.validation_share)
    network = half.read(tmp_path / "whole" / "dense.keras")  # without its temperature
    chances = network.predict_on_batch(scenes.train[held_out])
    expected = log_loss(scenes.train_labels[held_out], chances, labels=range(6))
    assert min(whole["history"]["val_loss"]) == pytest.approx(expected, rel=1e-2)
    with pytest.raises(Killed):
        train(recipe("dense", scenes, config), tmp_path / "killed", killer(2))
    again = train(recipe("dense", scenes, config), tmp_path / "killed", resume=True)
    assert again["history"] == whole["history"]


def test_another_configuration_does_not_resume(tmp_path):
    run = {"model": "cnn", "config": {"batch_size": 20}}
    assert Checkpoint(tmp_path, "cnn").begin(run) is None
    assert Checkpoint(tmp_path, "cnn", resume=True).begin(run) is None
    other = {"model": "cnn", "config": {"batch_size": 30}}
    with pytest.raises(AgreedProblem, match="No se puede reanudar «cnn»"):
        Checkpoint(tmp_path, "cnn", resume=True).begin(other)


def write_state(folder, losses) -> Checkpoint:
    """A checkpoint after as many epochs as there are losses."""
    checkpoint = Checkpoint(folder, "red")
    checkpoint.folder.mkdir(exist_ok=True)
    (checkpoint.folder / f"epoch-{len(losses):04d}.weights.h5").touch()
    lines = ["epoch,val_loss", *(f"{at},{loss}" for at, loss in enumerate(losses))]
    checkpoint.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return checkpoint


def test_early_stopping_counts_across_a_resumption(tmp_path):
    losses = [1.0, 0.5, 0.6, 0.7]
    checkpoint = write_state(tmp_path, losses)
    stopper = fit.SaveBestEpoch(checkpoint, 3)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    stopper.set_model(model)
    stopper.on_train_begin()
    assert not stopper.exhausted
    model.stop_training = False
    stopper.on_epoch_end(4, {"val_loss": 0.55})
    assert model.stop_training
    assert not checkpoint.best.exists()  # 0.55 is not the best
    assert fit.SaveBestEpoch(write_state(tmp_path, [*losses, 0.55]), 3).exhausted


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    (tmp_path / "a.json").write_text("viejo")
    with pytest.raises(OSError), files.replacing(tmp_path / "a.json") as temporary:  # noqa: PT011, PT012
        temporary.write_text("a medi")
        raise OSError
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "viejo")]


def test_divergence_is_said(scenes, tmp_path):
    wild = dataclasses.replace(QUICK, learning_rate=1e30, decay=False)
    with pytest.raises(AgreedProblem, match="divergió"):
        train(recipe("dense", scenes, wild), tmp_path)


def test_the_report_s_protocol(scenes, tmp_path):
    """Raw inputs, the test images as validation set, every training image fitted on."""
    config = dataclasses.replace(preset("report", "cnn"), epochs=2, batch_size=20, image_size=32)
    assert (config.scaling, config.pooling, config.patience) == (False, "max", 5)
    metrics = train(recipe("cnn", scenes, config), tmp_path)
    assert metrics["protocol"] == "report"
    assert not list(tmp_path.glob("*_doubt.npz"))  # test images choose no threshold
    assert metrics["n_fit"] == metrics["n_train"] == 72
    assert metrics["n_validation"] == metrics["n_test"]
    # selected on the set it is reported on: the kept epoch's two accuracies are one
    kept = metrics["history"]["val_accuracy"][metrics["best_epoch"] - 1]
    assert metrics["accuracy"] == pytest.approx(kept, abs=1e-6)
    kinds = [type(layer).__name__ for layer in loading.load(tmp_path / "cnn.keras").layers]
    assert "Rescaling" not in kinds
    assert metrics["history"]["loss"][0] > 5  # the report's first loss was 38 at 224 pixels


def test_cached_features_equal_training_through_the_backbone(scenes, small_backbone, tmp_path):
    """The slow way: Keras's own loop over the images, backbone and head in one network."""
    config = dataclasses.replace(
        preset("corrected", "resnet50"), epochs=4, batch_size=20, image_size=32
    )
    cache = tmp_path / "cache"
    head = recipes.CachedHead("resnet50", scenes, config, frozen=small_backbone, cache=cache)
    metrics = train(head, tmp_path)
    keras.utils.set_random_seed(config.seed)
    head = architectures.head(features=32)
    slow = architectures.join(small_backbone, head)
    fitting, validation = recipes.split(
        {"train": scenes.train, "test": scenes.test}, scenes, config, augment=False
    )
    fit.compile_model(slow, config, len(fitting))
    history = slow.fit(
        fitting,
        validation_data=validation,
        epochs=4,
        shuffle=False,
        verbose=0,
        callbacks=[
            fit.SeedEpoch(fitting, config.seed),
            keras.callbacks.ModelCheckpoint(tmp_path / "slow.keras", save_best_only=True),
        ],
    ).history
    for name, values in history.items():
        np.testing.assert_allclose(metrics["history"][name], values, rtol=1e-4, err_msg=name)
    quick = architectures.join(
        small_backbone, keras.models.load_model(tmp_path / "resnet50.keras", compile=False)
    )
    best = keras.models.load_model(tmp_path / "slow.keras", compile=False)
    np.testing.assert_allclose(quick(scenes.test[:]), best(scenes.test[:]), atol=1e-5)


def test_a_second_head_finds_the_features(scenes, small_backbone, tmp_path, monkeypatch):
    def run(**changes):
        config, cache = dataclasses.replace(QUICK, **changes), tmp_path / "cache"
        head = recipes.CachedHead("resnet50", scenes, config, frozen=small_backbone, cache=cache)
        return train(head, tmp_path / "salida")

    run()
    monkeypatch.setattr(features, "predict", lambda *_: pytest.fail("computed again"))
    run(seed=4)
    with pytest.raises(pytest.fail.Exception):
        run(scaling=False)


def test_a_saved_head_is_put_on_its_backbone(scenes, tmp_path, monkeypatch):
    """With ResNet50 itself, random: the file's answer to images is the one that was tested."""
    keras.utils.set_random_seed(3)
    weights = tmp_path / "azar.weights.h5"
    keras.applications.ResNet50(include_top=False, weights=None).save_weights(weights)
    config = dataclasses.replace(QUICK, epochs=1)
    metrics = train(recipe("resnet50", scenes, config, weights, tmp_path / "cache"), tmp_path)
    assert (tmp_path / "resnet50.keras").stat().st_size < 200_000
    assert (metrics["parameters"], metrics["trainable_parameters"]) == (23_600_006, 12_294)
    monkeypatch.setenv("ESCENAS_RESNET50", str(weights))
    monkeypatch.setattr(described, "SHIPPED", tmp_path)
    for kind in ("keras", "json"):
        (tmp_path / f"resnet50.{kind}").rename(tmp_path / f"scenes_resnet50.{kind}")
    model = loading.load("resnet50")
    assert model.count_params() == 23_600_006
    with np.load(tmp_path / "resnet50_probabilities.npz") as stored:
        chances = stored["probabilities"]
    np.testing.assert_allclose(model.predict_on_batch(scenes.test[:]), chances, atol=2e-3)
    (tmp_path / "scenes_resnet50.json").unlink()
    with pytest.raises(Problem, match=r"scenes_resnet50\.json"):
        loading.load("resnet50")


def test_what_cannot_be_loaded_is_said(tmp_path):
    bad = tmp_path / "malo.keras"
    bad.write_bytes(b"PK no")
    other = tmp_path / "otro.keras"
    keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten()]).save(other)
    for what, words in (
        (tmp_path / "nada.keras", "No existe el modelo"),
        (bad, "no es un modelo de Keras"),
        (other, "no es un modelo de imágenes RGB"),
    ):
        with pytest.raises(Problem, match=words) as caught:
            loading.load(what)
        assert "\n" not in str(caught.value)


def test_batches_depend_on_seed_and_epoch_alone():
    columns = np.arange(4, dtype=np.uint8)[None, None, :, None]  # no image is its mirror image
    inputs = np.arange(0, 250, 5, np.uint8)[:, None, None, None] + np.tile(columns, (1, 4, 1, 3))
    mirror = functools.partial(augmentation.vary, flips=True, shift=0, zoom=0)
    labels = np.arange(50) % 6
    index = np.arange(5, 45)
    one, two = (Batches(inputs, labels, index, 12, seed=3, change=mirror) for _ in range(2))
    assert len(one) == 4
    for epoch in (0, 1):
        one.epoch = epoch
        seen = []
        for at in range(len(one)):
            x, y = one[at]
            for image, target in zip(x, y, strict=True):
                which = image.min() // 5  # every image's numbers are its own
                seen.append(which)
                assert target.argmax() == labels[which]
                straight, mirrored = inputs[which], inputs[which, :, ::-1]
                assert np.array_equal(image, straight) or np.array_equal(image, mirrored)
        assert sorted(seen) == list(index)
        assert seen != list(index)
        if epoch == 0:
            np.testing.assert_array_equal(one[2][0], two[2][0])
        else:
            assert not np.array_equal(one[2][0], two[2][0])
    x, _ = Batches(inputs, labels, index, 12)[0]
    np.testing.assert_array_equal(x, inputs[5:17])


def test_keras_sees_the_epoch_s_order(tmp_path):
    """Prefetching must not run ahead into an epoch with the order of the one before."""
    seen = []

    class Spy(Batches):
        def __getitem__(self, at):
            seen.append((self.epoch, at, tuple(self.order[at * 4 : at * 4 + 4])))
            return super().__getitem__(at)

    inputs = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
    spy = Spy(inputs, np.arange(12) % 6, np.arange(12), 4, seed=1)
    model = architectures.head(features=3)
    config = dataclasses.replace(QUICK, epochs=3, decay=False)
    plain = Batches(inputs, np.arange(12) % 6, np.arange(12), 4)
    checkpoint = Checkpoint(tmp_path, "head")
    checkpoint.folder.mkdir()
    fit.fit(model, (spy, plain), config, checkpoint)
    for epoch in range(1, 3):
        order = np.random.default_rng([1, epoch]).permutation(12)
        got = [chosen for when, _, chosen in seen if when == epoch]
        assert np.concatenate(got).tolist() == order.tolist()


def test_peak_memory_is_told_in_mebibytes():
    pytest.importorskip("resource")
    assert 50 < hardware.peak_memory_mib() < os.sysconf("SC_PHYS_PAGES") * 4096 / 2**20
