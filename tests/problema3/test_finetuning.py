"""ResNet50 fitted on, and networks kept in half precision; a small network stands in for it."""

from __future__ import annotations

import dataclasses
import shutil
import warnings

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.metrics import log_loss

from scenes.config import BEST, preset
from scenes.data import batches
from scenes.networks import architectures, backbone, described, doubt, finetuning, half, loading
from scenes.training.catalogue import recipe
from scenes.training.train import train

QUICK = dataclasses.replace(preset("corrected", BEST), epochs=2, batch_size=24, image_size=32)


def little_resnet(include_top=False, weights=None, input_shape=(32, 32, 3)) -> keras.Model:
    """ResNet50's layer names, input and output, and next to nothing in between."""
    images = keras.Input(input_shape)
    x = layers.Conv2D(16, 3, strides=4, name="conv1_conv")(images)
    for stage, filters in ((3, 16), (4, 16), (5, backbone.FEATURES)):
        x = layers.Conv2D(filters, 1, name=f"conv{stage}_block1_1_conv")(x)
        x = layers.BatchNormalization(name=f"conv{stage}_block1_1_bn")(x)
        x = layers.ReLU()(x)
    return keras.Model(images, x, name="resnet50")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of the small network's weights, which takes ResNet50's place in this module."""
    keras.utils.set_random_seed(1)
    network = little_resnet()
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_mean.assign(np.full(layer.moving_mean.shape, 0.1))
            layer.moving_variance.assign(np.full(layer.moving_variance.shape, 4.0))
    path = tmp_path_factory.mktemp("resnet") / "resnet.weights.h5"
    network.save_weights(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.applications, "ResNet50", little_resnet)
        yield path


@pytest.fixture(scope="module")
def tune(weights, scenes, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")

    def run(out, progress=None, resume=False) -> dict:
        return train(recipe(BEST, scenes, QUICK, weights, cache), out, progress, resume=resume)

    return run


@pytest.fixture(scope="module")
def trained(tune, tmp_path_factory):
    out = tmp_path_factory.mktemp("ajuste")
    return tune(out), out


def values(network: keras.Model) -> dict[str, np.ndarray]:
    return {each.path: keras.ops.convert_to_numpy(each).copy() for each in network.weights}


def test_only_the_last_stages_change_and_no_normalisation(weights, scenes):
    network = finetuning.build(QUICK, weights)
    before = values(network)
    free = {weight.path for weight in network.trainable_weights}
    network.compile(optimizer=keras.optimizers.Adam(), loss="categorical_crossentropy")
    targets = np.eye(6)[scenes.train_labels[:24]]
    network.fit(np.asarray(scenes.train[:24]), targets, epochs=1, verbose=0)
    after = values(network)
    changed = {path for path, value in after.items() if np.any(value != before[path])}
    assert changed == free
    names = {path.split("/")[-2] for path in free}
    assert names == {"conv4_block1_1_conv", "conv5_block1_1_conv", "probabilities"}


def test_it_starts_where_the_fitted_head_ended(weights, scenes):
    keras.utils.set_random_seed(5)
    head = architectures.head()
    network = finetuning.build(QUICK, weights, head)
    below = backbone.resnet50(32, "avg", weights)
    some = np.asarray(scenes.test[:5])
    np.testing.assert_allclose(network(some), head(below(some)), atol=1e-6)


def test_training_hands_over_a_fitted_head(tune, scenes, weights, tmp_path, monkeypatch):
    """It fits the training images better than the one that the same seed starts with."""

    class Handed(Exception):
        pass

    def loss(answers) -> float:
        chances = keras.ops.convert_to_numpy(answers).astype(np.float64)
        return log_loss(scenes.train_labels, chances / chances.sum(axis=1, keepdims=True))

    def build(config, file, head, classes):
        pooled = backbone.resnet50(32, "avg", weights)(np.asarray(scenes.train[:]))
        keras.utils.set_random_seed(config.seed)
        fresh = architectures.head()
        raise Handed(*(loss(each(pooled)) for each in (head, fresh)))

    monkeypatch.setattr(finetuning, "build", build)
    with pytest.raises(Handed) as found:
        tune(tmp_path)
    fitted, fresh = found.value.args
    assert fitted < 0.99 * fresh


def test_trained_saved_in_half_and_loaded_by_name(trained, scenes, tmp_path, monkeypatch):
    metrics, out = trained
    assert (metrics["epochs_run"], metrics["model"]) == (2, BEST)
    assert set(metrics["validation"]) == {"plain", "mirrored", "saved"}
    # without an optimizer's state, in two bytes a weight
    size = (out / "best.keras").stat().st_size
    assert size < 2 * metrics["parameters"] + 110_000
    rule = doubt.read(out / "best.keras")
    # one validation image a class, of which no cosine to the others can be told
    assert (rule.kind, rule.count) == ("entropy", metrics["n_validation"])
    monkeypatch.setattr(described, "SHIPPED", tmp_path)
    for ending in ("keras", "json"):  # the latter holds the temperature
        shutil.copyfile(out / f"best.{ending}", tmp_path / f"scenes_best.{ending}")
    network = loading.load("best")  # whole: it needs no weights of ImageNet
    assert {weight.dtype for weight in network.weights} == {"float32"}
    answers = batches.predict(network, scenes.test, 24)
    with np.load(out / "best_probabilities.npz") as held:
        np.testing.assert_allclose(answers, held["probabilities"], atol=1e-3)  # held in float16


def test_a_killed_fine_tuning_resumes_with_the_same_history(tune, trained, tmp_path):
    def kill(stage, done, total, logs):
        if stage == "steps" and not logs and done == total // 2 + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path, kill)
    assert tune(tmp_path, resume=True)["history"] == trained[0]["history"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def lopsided() -> keras.Model:
    """A network that is sure of class 1 where the left half is bright, and else torn."""
    images = keras.Input((8, 8, 3))
    x = layers.Conv2D(1, 8, use_bias=False)(images)
    x = layers.Flatten()(x)
    network = keras.Model(images, layers.Dense(6, activation="softmax", use_bias=False)(x))
    kernel = np.zeros((8, 8, 3, 1))
    kernel[:, :4] = 1 / 96
    top = np.zeros((1, 6))
    top[0, 1] = 0.02
    network.set_weights([kernel, top])
    return network


def test_mirrored_answers_with_the_mean_over_image_and_mirror_image(rng):
    network = lopsided()
    images = rng.integers(0, 256, (7, 8, 8, 3)).astype(np.uint8)
    expected = (np.asarray(network(images)) + np.asarray(network(images[:, :, ::-1]))) / 2
    np.testing.assert_allclose(finetuning.mirrored(network)(images), expected, atol=1e-6)


@pytest.mark.parametrize(("bright", "helps"), [("right", True), ("left", False)])
def test_mirroring_is_kept_if_it_helps_on_validation(bright, helps):
    images = np.zeros((4, 8, 8, 3), np.uint8)
    images[:, :, slice(4, 8) if bright == "right" else slice(0, 4)] = 255
    validation = batches.Batches(images, np.ones(4, int), np.arange(4), 3)
    kept, scores = finetuning.finish(lopsided(), validation, QUICK)
    chosen = "mirrored" if helps else "plain"
    assert scores["saved"] == pytest.approx(scores[chosen], abs=1e-3)
    assert (scores["mirrored"][1] < scores["plain"][1]) == helps
    # by hand: the bright half sums to 255, which makes the first answer e^5.1 to five ones
    sure = np.exp(5.1) / (np.exp(5.1) + 5)
    expected = [sure, 1 / 6] if bright == "left" else [1 / 6, sure]
    assert scores["plain"] == pytest.approx([1.0, -np.log(expected[0])], abs=1e-3) or helps
    assert scores["mirrored"][1] == pytest.approx(-np.log(np.mean(expected)), abs=1e-3)
    assert half.widen(kept)(images).shape == (4, 6)


def test_a_list_of_one_tensor_is_handed_on_bare(rng):
    """The shipped network's backbone gives such a list, and Keras warns of it at every call."""
    images, pooled, outside = keras.Input((6, 6, 3)), keras.Input((4,)), keras.Input((6, 6, 3))
    below = keras.Model(images, [layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(images))])
    head = keras.Model(pooled, layers.Dense(6)(pooled))
    whole = keras.Model(outside, head(below(outside)))
    some = rng.normal(size=(3, 6, 6, 3)).astype(np.float32)
    with pytest.warns(UserWarning, match="structure of `inputs`"):
        expected = whole(some)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        np.testing.assert_allclose(half.widen(whole)(some), expected, atol=1e-6)


def test_half_precision_spares_the_normalisations(tmp_path, rng):
    """A variance of 1e-9 is zero in float16, and one of 1e6 infinite."""
    images = keras.Input((6, 6, 3))
    x = layers.Conv2D(4, 3)(images)
    x = layers.BatchNormalization(epsilon=1e-12)(x)
    x = layers.GlobalAveragePooling2D()(keras.ops.flip(x, axis=1))
    inner = keras.Model(images, x)
    outside = keras.Input((6, 6, 3))
    whole = keras.Model(outside, layers.Dense(6)(inner(outside)))
    norm = next(each for each in inner.layers if isinstance(each, layers.BatchNormalization))
    norm.moving_variance.assign([1e-9, 1e6, 1.0, 2.0])
    half.narrow(whole).save(tmp_path / "half.keras")
    again = half.read(tmp_path / "half.keras")
    some = rng.normal(size=(3, 6, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(again(some), whole(some), rtol=5e-3, atol=1e-3)
    for kept, given in zip(again.get_weights(), whole.get_weights(), strict=True):
        if given.ndim == 1:
            assert np.array_equal(kept, given) or given.size == 6
        else:
            assert np.array_equal(kept, given.astype(np.float16).astype(np.float32))
