"""Grad-CAM: where in an image a network found what speaks for a class.

Selvaraju et al. 2017 (arXiv:1610.02391). The gradient of the class's score with respect to the last
convolutional maps says how much each map counts; their weighted sum, cut off at zero, is the map
shown. The score is the logarithm of the probability: its gradient does not vanish where the
network is sure. Keras has no gradient of its own for all backends, so each one's is used here.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from scenes.problems import Problem


def heatmaps(
    model: keras.Model, images: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """Where each image supports a class.

    Args:
        model: from images (n, height, width, 3) to probabilities (n, classes).
        images: (n, height, width, 3), raw 0..255.
        labels: int (n,), the class to explain for each; the predicted one without it.

    Returns:
        float32 (n, height, width) in [0, 1], scaled so that each image's maximum is 1 (a map that
        is zero everywhere stays zero).

    Raises:
        Problem: the network has no layer that gives maps.
    """
    images = np.asarray(images)
    before, after = _halves(model)
    maps = before(ops.convert_to_tensor(images.astype("float32")), training=False)
    if labels is None:
        labels = ops.convert_to_numpy(after(maps, training=False)).argmax(axis=1)
    chosen = np.eye(model.output_shape[-1], dtype="float32")[np.asarray(labels)]

    def score(maps):
        # each image's probability depends on its own maps alone: the sum keeps them apart
        return ops.sum(ops.log(after(maps, training=False) + 1e-12) * chosen)

    gradients = _gradient(score, maps)
    maps = ops.convert_to_numpy(maps).astype("float32")
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    heat = np.maximum((weights * maps).sum(axis=-1), 0)
    peak = heat.max(axis=(1, 2), keepdims=True)
    heat = np.divide(heat, peak, out=np.zeros_like(heat), where=peak > 0)
    large = ops.image.resize(heat[..., None], images.shape[1:3], interpolation="bilinear")
    return np.clip(ops.convert_to_numpy(large)[..., 0], 0, 1)


def resolution(model: keras.Model) -> tuple[int, int]:
    """Rows and columns of the maps that :func:`heatmaps` enlarges to the image's size.

    Raises:
        Problem: as :func:`heatmaps`.
    """
    before, _ = _halves(model)
    rows, columns = before.output_shape[1:3]
    return rows, columns


def _halves(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The network up to its last maps, and from there on."""
    steps = model.operations  # layers, and operations such as those of preprocess_input
    for at in reversed(range(len(steps))):
        step = steps[at]
        if isinstance(step, keras.Model) and any(map(_gives_maps, step.layers)):
            # a backbone inside: what comes before it, its two halves, what comes behind it
            before, after = _halves(step)
            inputs = keras.Input(model.input_shape[1:])
            start = _between(model.inputs[0], steps[at - 1].output)
            maps = keras.Input(after.input.shape[1:])
            x = after(maps)
            for later in steps[at + 1 :]:
                x = later(x)
            return keras.Model(inputs, before(start(inputs))), keras.Model(maps, x)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    maps = [layer for layer in layers if _gives_maps(layer) and _learns(layers, layer)]
    if not maps:
        raise Problem("La red no tiene capas convolucionales: Grad-CAM no se le aplica.")
    last = maps[-1]
    return keras.Model(model.inputs[0], last.output), _between(last.output, model.outputs[0])


def _between(start, end) -> keras.Model:
    """The part of a network between two of its tensors, which may be the same one."""
    if start is end:
        inputs = keras.Input(start.shape[1:])
        return keras.Model(inputs, keras.layers.Identity()(inputs))
    return keras.Model(start, end)


def _gives_maps(layer: keras.Layer) -> bool:
    """Whether a layer's output is (n, height, width, channels) with an extent to look at."""
    output = getattr(layer, "output", None)
    shape: tuple[int | None, ...] = getattr(output, "shape", ())
    return len(shape) == 4 and all(side is not None and side > 1 for side in shape[1:3])


def _learns(layers: list[keras.Layer], layer: keras.Layer) -> bool:
    """Whether a convolution lies at or before a layer: rescaled pixels are no maps."""
    until = layers[: layers.index(layer) + 1]
    return any(isinstance(each, keras.layers.Conv2D) for each in until)


def _gradient(score, maps) -> np.ndarray:
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow

        with tensorflow.GradientTape() as tape:
            tape.watch(maps)
            value = score(maps)
        return tape.gradient(value, maps).numpy().astype("float32")
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(score)(maps), "float32")
    import torch

    watched = maps.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(watched), watched)
    return gradient.cpu().numpy().astype("float32")
