"""Grad-CAM against a gradient by differences, and on a network whose answer is known."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from scenes.networks import architectures
from scenes.problems import Problem
from scenes.results import gradcam


def corner_network() -> keras.Model:
    """Class 1 grows with red, class 0 does not see anything."""
    images = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(2, 1, use_bias=False, name="maps")(images)
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(images, keras.layers.Dense(6, activation="softmax")(pooled))
    model.get_layer("maps").set_weights([np.array([[[[1.0, 0], [0, 1], [0, 0]]]]) / 255])
    dense = np.zeros((2, 6))
    dense[0, 1] = dense[1, 2] = 4
    model.layers[-1].set_weights([dense, np.zeros(6)])
    return model


def test_heat_lies_where_the_class_is():
    images = np.zeros((2, 16, 16, 3), np.uint8)
    images[0, :8, :8, 0] = 255  # red, top left
    images[1, 8:, 8:, 1] = 255  # green, bottom right
    heat = gradcam.heatmaps(corner_network(), images)
    assert heat.shape == (2, 16, 16)
    np.testing.assert_allclose(heat[0, :8, :8], 1, atol=1e-5)
    assert heat[0].sum() == pytest.approx(64, rel=1e-5)
    assert heat[1, 8:, 8:].min() == pytest.approx(1)
    # red does not speak for class 2, and an absent class has an empty map
    assert gradcam.heatmaps(corner_network(), images[:1], np.array([2])).max() == 0


def test_gradient_agrees_with_differences():
    keras.utils.set_random_seed(4)
    model = architectures.build("cnn", 32, True)
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3))
    before, after = gradcam._halves(model)
    maps = keras.ops.convert_to_numpy(before(image.astype("float32")))

    def score(values):
        return keras.ops.log(after(values, training=False))[0, 3]

    found = gradcam._gradient(score, keras.ops.convert_to_tensor(maps))
    place = np.unravel_index(np.abs(found).argmax(), found.shape)
    step = np.zeros_like(maps)
    step[place] = 1e-2
    difference = float(score(maps + step) - score(maps - step)) / 2e-2
    assert found[place] == pytest.approx(difference, rel=0.05)


@pytest.mark.parametrize("name", ["cnn", "residual", "resnet50"])
def test_every_convolutional_network_is_split_without_changing_its_answer(name):
    keras.utils.set_random_seed(0)
    model = architectures.build(name, 64, True)
    images = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3)).astype("float32")
    before, after = gradcam._halves(model)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(after(before(images, training=False), training=False)),
        keras.ops.convert_to_numpy(model(images, training=False)),
        rtol=1e-4,
        atol=1e-6,
    )
    heat = gradcam.heatmaps(model, images)
    assert heat.shape == (2, 64, 64)
    assert np.all((heat >= 0) & (heat <= 1))


def test_dense_network_has_no_maps():
    with pytest.raises(Problem, match="convolucionales"):
        gradcam.heatmaps(architectures.build("dense", 32, True), np.zeros((1, 32, 32, 3)))
