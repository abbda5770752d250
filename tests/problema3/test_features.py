"""The feature cache: right, used again, resumed, rebuilt, and named after all it depends on."""

from __future__ import annotations

import time

import keras
import numpy as np
import pytest

from scenes.networks import features


class Counting:
    """A backbone that counts the images it sees, and can fail after some of them."""

    output_shape = (None, 5)

    def __init__(self, network: keras.Model, fail_after: int | None = None):
        self.network, self.seen, self.fail_after = network, 0, fail_after

    def predict_on_batch(self, images):
        if self.fail_after is not None and self.seen >= self.fail_after:
            raise KeyboardInterrupt
        self.seen += len(images)
        return self.network.predict_on_batch(images)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(1)
    images = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(5, 3, activation="relu")(images)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (70, 8, 8, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(features, "BATCH", 8)
    monkeypatch.setattr(features, "BLOCK", 16)


def test_equal_to_the_backbone_and_computed_once(network, images, tmp_path):
    counting, told = Counting(network), []
    found = features.features(images, counting, "k", tmp_path, lambda *at: told.append(at))
    np.testing.assert_allclose(found, network(images.astype("float32")), rtol=1e-4, atol=1e-3)
    assert isinstance(found, np.memmap)
    assert found.dtype == np.float32
    assert counting.seen == 70
    assert told == [(16, 70), (32, 70), (48, 70), (64, 70), (70, 70)]
    again = features.features(images, counting, "k", tmp_path)
    np.testing.assert_array_equal(again, found)
    assert counting.seen == 70
    assert {path.name for path in tmp_path.iterdir()} == {"features-k.npy", "features-k.json"}


def test_seconds_are_known_of_what_one_run_computed(network, images, tmp_path):
    class Slow(Counting):
        def predict_on_batch(self, batch):
            time.sleep(0.02)
            return super().predict_on_batch(batch)

    assert features.seconds("k", tmp_path) is None
    features.features(images, Slow(network), "k", tmp_path)
    seconds = features.seconds("k", tmp_path)
    assert seconds >= 0.02 * 9  # nine batches of eight
    features.features(images, Counting(network), "k", tmp_path)
    assert features.seconds("k", tmp_path) == seconds  # read, not computed
    with pytest.raises(KeyboardInterrupt):
        features.features(images, Counting(network, fail_after=40), "other", tmp_path)
    features.features(images, Counting(network), "other", tmp_path)
    assert features.seconds("other", tmp_path) is None  # a part was another run's
    (tmp_path / "features-k.npy").unlink()
    with pytest.raises(KeyboardInterrupt):
        features.features(images, Counting(network, fail_after=40), "k", tmp_path)
    features.features(images, Counting(network), "k", tmp_path)
    assert features.seconds("k", tmp_path) is None  # not those of the features that were lost


def test_a_killed_run_resumes(network, images, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        features.features(images, Counting(network, fail_after=40), "k", tmp_path)
    rest = Counting(network)
    found = features.features(images, rest, "k", tmp_path)
    assert rest.seen == 70 - 32  # two blocks of sixteen were whole
    np.testing.assert_array_equal(
        found, features.features(images, Counting(network), "other", tmp_path)
    )


@pytest.mark.parametrize("keep", [0, 50, -4])
def test_a_cut_cache_is_rebuilt(network, images, tmp_path, keep):
    expected = np.array(features.features(images, Counting(network), "k", tmp_path))
    file = tmp_path / "features-k.npy"
    file.write_bytes(file.read_bytes()[:keep])
    counting = Counting(network)
    np.testing.assert_array_equal(features.features(images, counting, "k", tmp_path), expected)
    assert counting.seen == 70


def test_a_cut_block_is_computed_again(network, images, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        features.features(images, Counting(network, fail_after=40), "k", tmp_path)
    block = next((tmp_path / "features-k.parts").glob("00000016.npy"))
    block.write_bytes(block.read_bytes()[:-7])
    rest = Counting(network)
    features.features(images, rest, "k", tmp_path)
    assert rest.seen == 70 - 16


def test_the_key_tells_everything_apart(network):
    other = keras.models.clone_model(network)
    other.set_weights([weight * 1.0001 for weight in network.get_weights()])
    same = keras.models.clone_model(network)
    same.set_weights(network.get_weights())
    first = ("images", "train", network, "pooling=max")
    keys = [
        features.key(*first),
        features.key("other images", *first[1:]),
        features.key("images", "test", *first[2:]),
        features.key("images", "train", other, "pooling=max"),
        features.key("images", "train", network, "pooling=avg"),
    ]
    assert len(set(keys)) == 5
    assert features.key("images", "train", same, "pooling=max") == keys[0]
