"""One number that makes a network as sure as it is right."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from scenes.networks import architectures, exporting, finetuning, loading, temperature
from scenes.networks.exported import Exported
from scenes.results import stored


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_temperature_that_labels_were_drawn_with_is_found():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (40_000, 6))
    right = softmax(logits)
    labels = (right.cumsum(axis=1) > rng.random((len(right), 1))).argmax(axis=1)
    for true in (0.5, 1.0, 2.5):
        seen = softmax(logits * true)  # too sure by this factor
        found = temperature.fit([seen], labels)
        assert found == pytest.approx(true, rel=0.03)
        np.testing.assert_allclose(temperature.answers([seen], true), right, atol=1e-6)


def test_of_few_images_no_temperature_is_fitted():
    wrong = softmax(np.random.default_rng(1).normal(size=(temperature.LEAST, 3)) * 9)
    labels = wrong.argmin(axis=1)
    assert temperature.fit([wrong], labels) > 5
    assert temperature.fit([wrong[1:]], labels[1:]) == 1


def test_two_views_are_divided_before_they_are_averaged():
    rng = np.random.default_rng(1)
    one, other = rng.normal(0, 2, (2, 50, 6))
    given = temperature.answers([softmax(one), softmax(other)], 1.7)
    np.testing.assert_allclose(given, (softmax(one / 1.7) + softmax(other / 1.7)) / 2, atol=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_folded_into_the_last_layer_it_gives_these_answers(scenes, mirrored):
    keras.utils.set_random_seed(1)
    network = architectures.build("cnn", 32, scaling=True)
    # far from even answers, which no temperature would move
    kernel, bias = network.layers[-1].get_weights()
    network.layers[-1].set_weights([9 * kernel, bias])
    if mirrored:
        network = finetuning.mirrored(network)
    images = scenes.test[:10]
    views = temperature.views(network, images, 4)
    assert len(views) == 1 + mirrored
    plain = keras.ops.convert_to_numpy(network.predict_on_batch(images))
    np.testing.assert_allclose(np.mean(views, axis=0), plain, atol=1e-5)
    temperature.fold(network, 0.6)
    changed = keras.ops.convert_to_numpy(network.predict_on_batch(images))
    np.testing.assert_allclose(changed, temperature.answers(views, 0.6), atol=1e-5)
    assert np.abs(changed - plain).max() > 0.02


def test_a_loaded_network_and_its_export_have_the_temperature_of_the_json(
    exporter, scenes, tmp_path
):
    keras.utils.set_random_seed(2)
    network = architectures.build("cnn", 32, scaling=True)
    kernel, bias = network.layers[-1].get_weights()
    network.layers[-1].set_weights([9 * kernel, bias])
    network.save(tmp_path / "mía.keras")
    images = scenes.test[:6]
    expected = temperature.answers(temperature.views(network, images, 6), 2.0)
    stored.write_json({"temperature": 2.0}, tmp_path / "mía.json")
    loaded = loading.load(tmp_path / "mía.keras").predict_on_batch(images)
    np.testing.assert_allclose(loaded, expected, atol=1e-5)
    exporting.export(tmp_path / "mía.keras", tmp_path / "mía.tflite", 2.0)
    run = Exported((tmp_path / "mía.tflite").read_bytes())
    np.testing.assert_allclose(run(images), expected, atol=1e-5)


def test_the_shipped_files_state_what_their_probabilities_give():
    """The scores after calibration are those of the stored probabilities, and the errors fall."""
    networks = {
        name: each
        for name, each in stored.stored().items()
        if each.metrics.get(temperature.KEY, 1) != 1
    }
    assert {"best", "cnn", "residual", "resnet50"} <= set(networks)
    for each in networks.values():
        right = each.probabilities[np.arange(len(each.labels)), each.labels]
        loss = -np.log(np.maximum(right, 1e-7)).mean()
        assert loss == pytest.approx(each.metrics["log_loss"], abs=2e-3)
        before = each.metrics["uncalibrated"]
        assert each.metrics["ece"] <= before["ece"]
        assert each.metrics["log_loss"] < before["log_loss"] + 1e-3  # fitted on other images
