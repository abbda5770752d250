"""The four networks against the report: layers, shapes, parameter counts, scaling."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from scenes.networks import architectures


def kinds(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def trainable(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(
    ("factory", "parameters"),
    [
        (architectures.dense, 37_759_256),
        (architectures.convolutional, 1_638_538),
        (architectures.residual, 827_206),
    ],
)
@pytest.mark.parametrize("scaling", [True, False])
def test_parameter_counts_of_the_report(factory, parameters, scaling):
    model = factory(scaling=scaling)
    assert model.count_params() == parameters
    assert model.input_shape == (None, 224, 224, 3)
    assert model.output_shape == (None, 6)


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_parameter_counts_of_the_backbone(pooling):
    model = architectures.transfer(pooling=pooling)
    assert model.count_params() == 23_600_006
    assert trainable(model) == 12_294


def test_layer_order():
    assert kinds(architectures.dense()) == [
        *("InputLayer", "Rescaling", "Flatten"),
        *["Dense"] * 4,
    ]
    assert kinds(architectures.convolutional()) == [
        *("InputLayer", "Rescaling"),
        *("Conv2D", "ReLU", "MaxPooling2D"),
        *("Conv2D", "MaxPooling2D", "ReLU", "MaxPooling2D"),
        *("Conv2D", "ReLU", "MaxPooling2D"),
        *("Flatten", "Dropout"),
        *["Dense"] * 3,
    ]
    model = architectures.convolutional(scaling=False)
    assert kinds(model)[:2] == ["InputLayer", "Conv2D"]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [8, 16, 32]
    assert model.get_layer(index=kinds(model).index("Flatten")).output.shape == (None, 6272)


def test_residual_blocks():
    model = architectures.residual()
    sums = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)]
    assert [layer.output.shape[1:] for layer in sums] == [
        *[(74, 74, 64)] * 2,
        *[(37, 37, 128)] * 2,
    ]
    for layer in sums:  # both arms have the shape of the sum
        assert {tensor.shape for tensor in layer.input} == {layer.output.shape}
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    pointwise = [layer for layer in convolutions if layer.kernel_size == (1, 1)]
    # the two figures that the report's table misprints
    assert [layer.count_params() for layer in pointwise] == [2_112, 8_320]
    assert 73_856 in [layer.count_params() for layer in convolutions]
    hidden = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in hidden] == [256, 256, 256, 6]
    assert hidden[0].input.shape == (None, 128)


def test_an_identity_block_passes_its_input_on():
    """With the last normalisation at zero a block without projection is ReLU of its input."""
    x = keras.Input((8, 8, 4))
    block = keras.Model(x, architectures._block(x, 4))
    *_, last = (
        layer for layer in block.layers if isinstance(layer, keras.layers.BatchNormalization)
    )
    last.gamma.assign(np.zeros(4))
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 4)).astype("float32")
    np.testing.assert_allclose(block(images), np.maximum(images, 0))


@pytest.mark.parametrize(
    "factory", [architectures.dense, architectures.convolutional, architectures.residual]
)
def test_scaling_happens_inside(factory):
    images = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    scaled, raw = (factory((32, 32, 3), scaling=scaling) for scaling in (True, False))
    raw.set_weights(scaled.get_weights())
    inside = np.asarray(scaled(images))
    np.testing.assert_allclose(inside, raw((images.astype("float32") - 114) / 71), atol=1e-6)
    assert np.abs(inside - np.asarray(raw(images.astype("float32")))).max() > 1e-4
    np.testing.assert_allclose(inside.sum(axis=1), 1, atol=1e-5)


def test_every_network_survives_its_file(tmp_path):
    images = np.random.default_rng(2).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    for name in architectures.NAMES:
        model = architectures.build(name, 32, scaling=True, pooling="avg")
        model.save(tmp_path / f"{name}.keras")
        again = keras.models.load_model(tmp_path / f"{name}.keras", safe_mode=True)
        np.testing.assert_allclose(again(images), model(images), atol=1e-6)


def test_the_frozen_backbone_stays_in_inference_mode():
    model = architectures.build("resnet50", 32, scaling=True)
    before = [keras.ops.convert_to_numpy(each) for each in model.non_trainable_weights]
    model.compile("sgd", "categorical_crossentropy", jit_compile=False)
    images = np.random.default_rng(3).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    model.train_on_batch(images, np.eye(6, dtype="float32")[:4])
    for old, new in zip(before, model.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_unknown_networks_and_tiny_images_are_refused():
    with pytest.raises(ValueError, match="no network is called"):
        architectures.build("vgg", 64, scaling=True)
    with pytest.raises(ValueError, match="too small"):
        architectures.build("cnn", 16, scaling=True)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_agree_on_a_forward_pass(backend, tmp_path):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    images = np.random.default_rng(4).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    models = {name: architectures.build(name, 32, scaling=True) for name in architectures.NAMES[:3]}
    for name, model in models.items():
        model.save(tmp_path / f"{name}.keras")
    code = (
        "import sys, keras, numpy as np\n"
        f"assert keras.backend.backend() == '{backend}'\n"
        "for name in sys.argv[1:]:\n"
        "    model = keras.models.load_model(f'{name}.keras')\n"
        "    answer = model.predict_on_batch(np.load('images.npy'))\n"
        "    np.save(f'{name}.npy', keras.ops.convert_to_numpy(answer))\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, *models],
        cwd=tmp_path,
        # JAX compiles every shape that it draws first weights for; fast code is not worth it here
        env=os.environ
        | {"KERAS_BACKEND": backend, "XLA_FLAGS": "--xla_backend_optimization_level=0"},
        check=True,
        timeout=240,
    )
    for name, model in models.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), model(images), atol=1e-5)
