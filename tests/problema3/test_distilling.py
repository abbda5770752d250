"""A network that learns from another's answers to the views that it sees."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest

from scenes.config import Config
from scenes.networks import finetuning
from scenes.training import distilling
from scenes.training.catalogue import recipe
from scenes.training.train import train

QUICK = Config(epochs=2, batch_size=20, image_size=32, label_smoothing=0.0)


@pytest.fixture(autouse=True)
def two_views(monkeypatch):
    monkeypatch.setattr(distilling, "VIEWS", 2)


def network(seed: int, size: int = 32) -> keras.Model:
    keras.utils.set_random_seed(seed)
    images = keras.Input((size, size, 3))
    x = keras.layers.Rescaling(1 / 255)(images)
    x = keras.layers.Conv2D(4, 3, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, keras.layers.Dense(6, activation="softmax")(x))


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    path = tmp_path_factory.mktemp("maestra") / "maestra.keras"
    network(3).save(path)
    return path


def prepared(scenes, teacher, cache, config=QUICK):
    """A recipe with its answers, and what it fits on."""
    made = recipe("cnn_distilled", scenes, config, cache=cache, teacher=teacher)
    return made, made.batches(made.prepare(None))


def test_targets_are_the_answers_to_the_very_images_of_the_batch(scenes, teacher, tmp_path):
    _, (fitting, _) = prepared(scenes, teacher, tmp_path)
    answering = keras.models.load_model(teacher)
    for epoch in (0, 1, 2):
        fitting.epoch = epoch
        images, targets = fitting[1]
        labels = np.eye(6)[scenes.train_labels[fitting.order[20:40]]]
        expected = 0.9 * answering.predict_on_batch(images) + 0.1 * labels
        np.testing.assert_allclose(targets, expected, atol=1e-5)


def test_views_take_turns_in_an_order_that_changes(scenes, teacher, tmp_path):
    _, (fitting, _) = prepared(scenes, teacher, tmp_path)
    seen = []
    for epoch in range(3):
        fitting.epoch = epoch
        images = np.concatenate([fitting[at][0] for at in range(len(fitting))])
        seen.append((fitting.order, images[np.argsort(fitting.order)]))
    np.testing.assert_array_equal(seen[0][1], seen[2][1])  # of two views the third is the first
    assert not np.array_equal(seen[0][1], seen[1][1])
    assert not np.array_equal(seen[0][0], seen[2][0])


def test_all_seeds_share_answers_that_are_computed_once(scenes, teacher, tmp_path, monkeypatch):
    first, _ = prepared(scenes, teacher, tmp_path)

    def fail(*_):
        raise AssertionError("the teacher was asked again")

    monkeypatch.setattr(distilling, "asked", fail)
    other, _ = prepared(scenes, teacher, tmp_path, dataclasses.replace(QUICK, seed=5))
    np.testing.assert_array_equal(first.answers(), other.answers())
    with pytest.raises(AssertionError, match="asked again"):  # other views, other answers
        prepared(scenes, teacher, tmp_path, dataclasses.replace(QUICK, zoom=0.3))


def test_a_teacher_of_another_size_is_shown_larger_images(tmp_path):
    larger = network(1, size=48)
    larger.save(tmp_path / "mayor.keras")
    # one colour stays the same at every size
    colours = np.random.default_rng(0).integers(0, 256, (5, 1, 1, 3))
    small = np.broadcast_to(colours, (5, 32, 32, 3)).astype(np.uint8)
    large = np.broadcast_to(colours, (5, 48, 48, 3)).astype(np.uint8)
    resized = distilling.asked(tmp_path / "mayor.keras", 32)
    np.testing.assert_allclose(
        resized.predict_on_batch(small), larger.predict_on_batch(large), atol=1e-5
    )


def test_a_mirrored_teacher_answers_to_the_view_alone(tmp_path):
    inner = network(2)
    finetuning.mirrored(inner).save(tmp_path / "doble.keras")
    images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
    alone = distilling.asked(tmp_path / "doble.keras", 32)
    np.testing.assert_allclose(
        alone.predict_on_batch(images), inner.predict_on_batch(images), atol=1e-5
    )


def test_a_training_says_by_whom_and_another_teacher_makes_another_run(scenes, teacher, tmp_path):
    def run(teacher, **options):
        made = recipe("cnn_distilled", scenes, QUICK, cache=tmp_path / "cache", teacher=teacher)
        return train(made, tmp_path / "salida", **options)

    metrics = run(teacher)
    assert (metrics["views"], metrics["teacher_share"]) == (2, 0.9)
    assert metrics["run"]["teacher"] == metrics["teacher_sha256"]
    assert (tmp_path / "salida" / "cnn_distilled.keras").is_file()
    assert run(teacher, resume=True) == metrics
    network(4).save(tmp_path / "otra.keras")
    # a finished run by another teacher is another run
    anew = run(tmp_path / "otra.keras", resume=True)
    assert anew["teacher_sha256"] != metrics["teacher_sha256"]
