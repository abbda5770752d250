"""A network's temperature: its probabilities made as sure as they are right.

Guo et al., «On Calibration of Modern Neural Networks» (ICML 2017): the logits are divided by one
number, fitted on validation images. No answer changes but for its probability; a network that
averages over an image and its mirror image has both views divided, and may change its mind.
"""

from __future__ import annotations

import keras
import numpy as np
from scipy.optimize import minimize_scalar

from scenes.data.batches import Batches, predict
from scenes.networks import finetuning

KEY = "temperature"  # in a network's JSON
LIMITS = 0.05, 20.0
LEAST = 50  # validation images: of fewer, a temperature fits the few
TINY = 1e-30  # float32's own smallest numbers are far below what a softmax gives


def views(network: keras.Model, inputs: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """A network's probabilities, float32 (n, classes): one array, or two of a mirrored network.

    Args:
        network: ready to predict.
        inputs: images or features (n, ...).
        batch_size: how many at a time.
    """
    plain = finetuning.unmirrored(network)
    if plain is network:
        return [predict(network, inputs, batch_size)]
    return [predict(plain, inputs[:, :, ::step], batch_size) for step in (1, -1)]


def validation_views(
    network: keras.Model, validation: Batches
) -> tuple[list[np.ndarray], np.ndarray]:
    """:func:`views` of the validation images, batch by batch, and their labels (n,)."""
    parts, targets = [], []
    for at in range(len(validation)):
        inputs, target = validation.rows(at)
        parts.append(views(network, inputs, len(inputs)))
        targets.append(target)
    joined = [np.concatenate(each) for each in zip(*parts, strict=True)]
    return joined, np.concatenate(targets).argmax(axis=1)


def answers(probabilities: list[np.ndarray], temperature: float) -> np.ndarray:
    """The mean of views (n, classes) whose logits are divided by a temperature, float64."""
    return np.mean([_divided(each, temperature) for each in probabilities], axis=0)


def fit(probabilities: list[np.ndarray], labels: np.ndarray) -> float:
    """The temperature with the least cross-entropy; 1 where there are fewer than ``LEAST`` images.

    Args:
        probabilities: views (n, classes) of validation images.
        labels: int (n,).
    """

    if len(labels) < LEAST:
        return 1.0

    def loss(logarithm: float) -> float:
        right = answers(probabilities, np.exp(logarithm))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(right, TINY)).mean())

    low, high = np.log(LIMITS)
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))


def fold(network: keras.Model, temperature: float) -> None:
    """Divide the weights of a network's last layer, in place: it then gives :func:`answers`.

    Raises:
        ValueError: it has no single layer of the name that these networks' last one has.
    """
    if temperature == 1:
        return
    last = [layer for layer in _layers(network) if layer.name == "probabilities"]
    if len(last) != 1:
        raise ValueError(f"{len(last)} layers are called «probabilities»")
    last[0].set_weights([values / temperature for values in last[0].get_weights()])


def _layers(network: keras.Model) -> list[keras.layers.Layer]:
    layers: list[keras.layers.Layer] = []
    for layer in network.layers:
        layers += _layers(layer) if isinstance(layer, keras.Model) else [layer]
    return layers


def _divided(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), TINY)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
