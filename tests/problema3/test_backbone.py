"""ResNet50: preprocessing inside, weights from every source, and one sentence when there is none.

None of these needs the network or the real weights.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest

from scenes.networks import backbone


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory):
    keras.utils.set_random_seed(5)
    network = keras.applications.ResNet50(include_top=False, weights=None)
    path = tmp_path_factory.mktemp("pesos") / "azar.weights.h5"
    network.save_weights(path)
    return path


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """A machine with nothing cached and no network."""
    monkeypatch.delenv(backbone.VARIABLE, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def unreachable(*_, **__):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.utils, "get_file", unreachable)
    return tmp_path


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_preprocessing_and_pooling_are_inside(images, random_weights, pooling):
    network = backbone.resnet50(32, pooling, random_weights)
    plain = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling=pooling
    )
    plain.load_weights(random_weights)
    prepared = keras.applications.resnet50.preprocess_input(images.astype("float32"))
    expected = plain(prepared)
    np.testing.assert_allclose(network(images), expected, rtol=1e-4, atol=1e-5)
    raw = backbone.resnet50(32, pooling, random_weights, scaling=False)
    np.testing.assert_allclose(
        raw(images),
        plain(images.astype("float32")),
        rtol=1e-4,
        atol=1e-5,
    )
    assert network.output_shape == (None, 2048)
    assert not network.trainable_weights


def test_one_pass_serves_both_poolings(images, random_weights):
    both = np.asarray(backbone.resnet50(32, "both", random_weights)(images))
    assert both.shape == (2, 4096)
    for pooling in backbone.POOLINGS:
        expected = backbone.resnet50(32, pooling, random_weights)(images)
        np.testing.assert_allclose(both[:, backbone.columns(pooling)], expected, atol=1e-6)


def test_a_given_file_comes_first(alone, random_weights, monkeypatch):
    assert backbone.weights(random_weights) == random_weights
    monkeypatch.setenv(backbone.VARIABLE, str(random_weights))
    assert backbone.weights() == random_weights


def test_a_given_file_that_is_missing_is_said(alone, monkeypatch):
    monkeypatch.setenv(backbone.VARIABLE, str(alone / "nada.h5"))
    with pytest.raises(backbone.BackboneError, match="No existe el archivo de pesos"):
        backbone.weights()


def test_without_any_source_one_sentence_names_the_three_ways(alone):
    announced = []
    with pytest.raises(backbone.BackboneError) as caught:
        backbone.weights(announce=announced.append)
    text = str(caught.value)
    assert "\n" not in text
    for words in ("Internet", "--weights", backbone.VARIABLE, "tools/resnet50_from_npm.py"):
        assert words in text
    assert "95 MB" in announced[0]  # the size, before
    assert "URL fetch failure" in announced[-1]


def test_cached_weights_are_used_only_if_they_are_the_published_ones(
    alone, random_weights, monkeypatch
):
    cached = backbone.cache()
    assert cached == alone / "keras" / "escenas" / "resnet50_imagenet_notop.weights.h5"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(random_weights.read_bytes())
    with pytest.raises(backbone.BackboneError):
        backbone.weights()
    network = keras.applications.ResNet50(include_top=False, weights=random_weights)
    monkeypatch.setattr(backbone, "IMAGENET_DIGEST", backbone.digest(network))
    assert backbone.weights() == cached
    cached.write_bytes(random_weights.read_bytes()[:100_000])
    with pytest.raises(backbone.BackboneError):
        backbone.weights()


def test_a_file_that_is_not_resnet50_is_said(tmp_path):
    other = tmp_path / "otro.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(other)
    text = tmp_path / "texto.weights.h5"
    text.write_text("hola")
    for path in (other, text):
        with pytest.raises(backbone.BackboneError, match="no contiene los pesos") as caught:
            backbone.resnet50(32, "avg", path)
        assert "\n" not in str(caught.value)
