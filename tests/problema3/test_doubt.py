"""Doubt: rules, their files, and networks that answer with a score in one pass."""

from __future__ import annotations

import dataclasses
import json

import keras
import numpy as np
import pytest

from scenes.config import preset
from scenes.data.batches import Batches
from scenes.networks import architectures, backbone, described, doubt, exported, finetuning, watched
from scenes.results import stored
from scenes.training import catalogue, doubting


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def directions(rng, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of three classes, each around an axis of its own, and their labels."""
    labels = np.arange(count) % 3
    return np.eye(40)[labels] * 5 + rng.normal(0, 0.3, (count, 40)), labels


def test_entropy_flags_answers_less_sure_than_those_to_validation_images(rng):
    sure = rng.dirichlet((60, 1, 1), 400)
    rule = doubt.fit_entropy(sure)
    assert rule.count == 400
    assert rule.doubtful(rule.scores(sure)).mean() == pytest.approx(doubt.FLAGGED, abs=0.005)
    assert rule.doubtful(rule.scores(np.full((1, 3), 1 / 3))).all()
    assert not rule.doubtful(rule.scores(np.eye(3))).any()
    assert rule.scores(np.full((1, 3), 1 / 3)) == pytest.approx(np.log(3))


def test_cosine_flags_directions_of_no_class(rng):
    rule = doubt.fit_cosine(*directions(rng, 600))
    again, _ = directions(rng, 600)
    nothing = np.full((5, 3), 1 / 3)
    assert rule.doubtful(rule.scores(nothing, again)).mean() < 0.05
    other = np.eye(40)[[10, 20, 30]] * 5
    assert rule.doubtful(rule.scores(nothing, other)).all()
    # neither brightness nor the probabilities count
    assert rule.scores(nothing, 7 * again) == pytest.approx(rule.scores(nothing, again))
    with pytest.raises(ValueError, match="needs features"):
        rule.scores(nothing)


def test_the_odds_of_the_background_class_are_those_of_the_whole_softmax(rng):
    features, kernel, bias = rng.normal(size=(500, 8)), rng.normal(size=(8, 4)), rng.normal(size=4)
    rule = doubt.fit_background(features, kernel, bias)
    assert rule.count == 500
    assert rule.width == 8
    powers = np.exp(features @ kernel + bias)
    expected = np.log(powers[:, 3] / powers[:, :3].sum(axis=1))
    scores = rule.scores(np.empty((500, 3)), features)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert rule.doubtful(scores).mean() == pytest.approx(doubt.FLAGGED, abs=0.002)


def test_an_image_does_not_pull_the_mean_that_judges_it():
    features = np.array([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 1], [-1, 0.1]])
    rule = doubt.fit_cosine(features, np.array([0, 0, 0, 1, 1, 1]))
    last = 1 - 0.1 / np.hypot(1, 0.1)  # to the mean of the two others of its class
    next_to_it = 1 - 0.55 / np.hypot(0.5, 0.55)
    assert rule.threshold == pytest.approx(np.interp(4.925, (4, 5), (next_to_it, last)))
    with pytest.raises(ValueError, match="fewer than two"):
        doubt.fit_cosine(features, np.array([0, 0, 0, 0, 0, 1]))


def test_a_rule_is_read_with_its_own_network_only(tmp_path, rng):
    network = tmp_path / "red.keras"
    network.write_bytes(b"weights")
    assert doubt.read(network) is None
    other = doubt.fit_background(rng.normal(size=(9, 5)), rng.normal(size=(5, 3)), np.zeros(3))
    for rule in (other, doubt.fit_cosine(*directions(rng, 60))):
        path = doubt.write(rule, network)
        assert path.name == "red_doubt.npz"
        held = doubt.read(network)
        assert (held.kind, held.threshold, held.count) == (rule.kind, rule.threshold, rule.count)
        np.testing.assert_array_equal(held.means, rule.means)
        np.testing.assert_array_equal(held.layer, rule.layer)
    content = path.read_bytes()
    path.write_bytes(content[:200])
    assert doubt.read(network) is None
    path.write_bytes(content)
    network.write_bytes(b"other weights")
    assert doubt.read(network) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("best", "cosine"),
        ("resnet50", "cosine"),
        ("resnet50_max", "entropy"),
        ("residual", "entropy"),
        ("cnn", "background"),
    ],
)
def test_shipped_networks_have_their_rules(name, kind):
    rule = doubt.read(described.locate(name))
    assert (rule.kind, rule.count) == (kind, described.describe(name)["n_validation"])


def test_the_shipped_convolutional_network_doubts_drawn_pictures(monkeypatch):
    monkeypatch.syspath_prepend(str(described.SHIPPED.parent / "benchmarks"))
    from problema3_made import made

    quick, rule = exported.beside("cnn"), doubt.read(described.locate("cnn"))
    answering = quick.answering(rule)
    pictures = np.stack([np.asarray(image.resize(quick.size)) for _, image in made(60)])
    assert rule.doubtful(answering(pictures)[1]).mean() > 0.8


def on_backbone(pooling: str = "avg") -> keras.Model:
    keras.utils.set_random_seed(1)
    below = backbone.resnet50(32, pooling, None)
    return architectures.join(below, architectures.head(3))


@pytest.mark.parametrize("mirrored", [False, True])
def test_features_come_with_the_same_probabilities(rng, mirrored):
    whole = on_backbone()
    network = finetuning.mirrored(whole) if mirrored else whole
    images = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    both = watched.with_averages(network)
    probabilities, features = both.predict_on_batch(images)
    assert probabilities == pytest.approx(network.predict_on_batch(images), abs=1e-5)
    below = whole.get_layer("backbone")
    views = [images, images[:, :, ::-1]] if mirrored else [images]
    expected = np.mean([below.predict_on_batch(view) for view in views], axis=0)
    assert features == pytest.approx(expected, abs=1e-4)


def test_other_networks_have_no_such_features():
    assert watched.with_averages(architectures.build("cnn", 32, True)) is None
    assert watched.with_averages(on_backbone("max")) is None
    assert watched.with_features(on_backbone()) is None


@pytest.mark.parametrize(("pooling", "kind"), [("avg", "cosine"), ("max", "entropy")])
def test_a_head_gets_the_rule_of_its_whole_network(rng, pooling, kind):
    network = on_backbone(pooling)
    images = rng.integers(0, 256, (9, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(9) % 3
    features = network.get_layer("backbone").predict_on_batch(images)
    head = network.layers[-1]
    every = np.arange(9)
    whole = doubting.fit(network, Batches(images, labels, every, 4, classes=3), "")
    alone = doubting.fit(head, Batches(features, labels, every, 4, classes=3), pooling)
    assert whole.kind == alone.kind == kind
    assert whole.threshold == pytest.approx(alone.threshold, abs=1e-5)
    answering, rule = watched.answering(network, whole)
    probabilities, scores = answering(images)
    assert rule is whole
    assert scores == pytest.approx(alone.scores(probabilities, features), abs=1e-3)


@pytest.mark.parametrize("name", ["cnn", "residual"])
def test_a_background_class_leaves_the_network_of_the_others_and_its_rule(rng, scenes, name):
    keras.utils.set_random_seed(7)
    config = dataclasses.replace(preset("corrected", name, image_size=32), background=0.5)
    recipe = catalogue.recipe(name, scenes, config)
    fitted = recipe.build()
    network = recipe.classifier(fitted)
    plain = architectures.build(name, 32, True)
    assert network.count_params() == plain.count_params()
    images = rng.integers(0, 256, (24, 32, 32, 3), dtype=np.uint8)
    every = np.arange(24)
    whole = fitted.predict_on_batch(images)
    assert whole.shape == (24, 7)
    expected = whole[:, :6] / whole[:, :6].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.predict_on_batch(images), expected, atol=1e-5)

    validation, layer = Batches(images, every % 6, every, 9), fitted.layers[-1].get_weights()
    rule = doubting.fit_background(fitted, validation, *layer)
    again = doubting.fit_background(network, validation, *layer)
    assert rule.threshold == pytest.approx(again.threshold, abs=1e-5)
    answering, usable = watched.answering(network, rule)
    assert usable is rule
    probabilities, scores = answering(images)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(scores, np.log(whole[:, 6] / (1 - whole[:, 6])), atol=1e-4)


def test_a_class_seen_once_leaves_the_probabilities(rng):
    images = rng.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    batches = Batches(images, np.array([0, 1, 1, 2]), np.arange(4), 4, classes=3)
    assert doubting.fit(on_backbone(), batches, "").kind == "entropy"


def test_a_rule_for_another_kind_of_network_is_none(rng):
    rule = doubt.fit_cosine(*directions(rng, 60))
    for network in (architectures.build("cnn", 32, True), on_backbone()):
        answering, usable = watched.answering(network, rule)
        assert usable is None
    narrow = doubt.fit_background(rng.normal(size=(9, 5)), rng.normal(size=(5, 4)), np.zeros(4))
    for network in (architectures.build("cnn", 32, True), on_backbone()):
        answering, usable = watched.answering(network, narrow)
        assert usable is None
        assert answering(np.zeros((2, 32, 32, 3), np.uint8)).shape[0] == 2


def test_publishing_takes_the_rule_along_and_leaves_no_older_one(tmp_path):
    out, models = tmp_path / "out", tmp_path / "models"
    for folder in (out, models):
        folder.mkdir()
    architectures.build("cnn", 32, True).save(out / "cnn.keras")
    digest = exported.digest((out / "cnn.keras").read_bytes())
    metrics = {"protocol": "corrected", "seed": 0, "sha256": digest}
    (out / "cnn.json").write_text(json.dumps(metrics))
    stored.write_probabilities(out / "cnn_probabilities.npz", np.ones((1, 6)), np.zeros(1))
    doubt.write(doubt.fit_entropy(np.full((9, 6), 1 / 6)), out / "cnn.keras")
    stored.publish("cnn", out, models)
    assert doubt.read(models / "scenes_cnn.keras").kind == "entropy"
    doubt.beside(out / "cnn.keras").unlink()
    stored.publish("cnn", out, models)
    assert not doubt.beside(models / "scenes_cnn.keras").exists()


def test_a_rule_undoes_the_temperature_of_its_network():
    plain = np.random.default_rng(3).dirichlet(np.ones(6), 500)
    sharp = plain ** (1 / 0.6)
    sharp /= sharp.sum(axis=1, keepdims=True)
    rule, undone = doubt.fit_entropy(plain), doubt.fit_entropy(sharp, 0.6)
    assert undone.threshold == pytest.approx(rule.threshold, abs=1e-9)
    np.testing.assert_allclose(undone.scores(sharp), rule.scores(plain), atol=1e-9)
