"""ResNet50 fitted on: its last stages change too, from the point that a fitted head reached.

Where the head starts at random, its first gradients spoil what ImageNet taught the stages below
(Kumar et al., «Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution»,
ICLR 2022); it is therefore fitted alone first, on cached features.
"""

from __future__ import annotations

import re
from pathlib import Path

import keras
import numpy as np

from scenes import hardware
from scenes.config import Config
from scenes.data.batches import Batches, predict
from scenes.networks import architectures, backbone, half

MIRRORED = "_mirrored"  # how the name of a network ends that answers for both views


def build(
    config: Config,
    weights: Path | None,
    head: keras.Model | None = None,
    num_classes: int = architectures.NUM_CLASSES,
) -> keras.Model:
    """ResNet50 and a softmax layer as one network, the stages from ``config.first_stage`` on free.

    Normalisations stay as ImageNet left them: a batch of these images is a worse sample than it.

    Args:
        config: image size, pooling, scaling, first stage.
        weights: ResNet50's file; ``None``: random.
        head: fitted on its features (:func:`scenes.networks.architectures.head`); ``None``: random.
        num_classes: outputs of a random head.

    Returns:
        a network from (n, size, size, 3), raw RGB 0..255, to (n, num_classes) probabilities.
    """
    below = backbone.resnet50(config.image_size, config.pooling, weights, config.scaling)
    network = architectures.join(below, head or architectures.head(num_classes), name="best")
    resnet = next(layer for layer in below.layers if isinstance(layer, keras.Model))
    below.trainable = resnet.trainable = True
    for layer in resnet.layers:
        stage = re.match(r"conv(\d)_block", layer.name)
        layer.trainable = (
            stage is not None
            and int(stage[1]) >= config.first_stage
            and not isinstance(layer, keras.layers.BatchNormalization)
        )
    return network


def mirrored(network: keras.Model) -> keras.Model:
    """A network that answers with the mean of its answers to each image and to its mirror image."""
    images = keras.Input(network.input_shape[1:], name="images")
    flipped = keras.ops.flip(images, axis=2)
    mean = keras.layers.Average(dtype="float32")([network(images), network(flipped)])
    return keras.Model(images, mean, name=network.name + MIRRORED)


def unmirrored(network: keras.Model) -> keras.Model:
    """The network inside one that :func:`mirrored` made; another one itself."""
    if not network.name.endswith(MIRRORED):
        return network
    return next(layer for layer in network.layers if isinstance(layer, keras.Model))


def finish(
    network: keras.Model, validation: Batches, config: Config
) -> tuple[keras.Model, dict[str, list[float]]]:
    """The fitted network as it is kept: mirrored if validation prefers it, and in half precision.

    Args:
        network: float32, not compiled.
        validation: images that chose the epoch.
        config: whether to try mirroring.

    Returns:
        the network to save; and the validation images' accuracy and cross-entropy (nats), plain,
        mirrored (if tried), and of what is saved.
    """
    images, targets = zip(*(validation.rows(at) for at in range(len(validation))), strict=True)
    labels = np.concatenate(targets).argmax(axis=1)

    def ask(model: keras.Model, flip: bool = False) -> np.ndarray:
        step = -1 if flip else 1
        return np.concatenate([predict(model, each[:, :, ::step], len(each)) for each in images])

    whole = hardware.ready(half.widen(network))  # a copy, since compiled networks grow when saved
    plain = ask(whole)
    scores = {"plain": score(plain, labels)}
    chosen = network
    if config.mirrored:
        scores["mirrored"] = score((plain + ask(whole, flip=True)) / 2, labels)
        if scores["mirrored"][1] < scores["plain"][1]:
            chosen = mirrored(network)
    kept = half.narrow(chosen)
    scores["saved"] = score(ask(hardware.ready(half.widen(kept))), labels)
    return kept, scores


def score(chances: np.ndarray, labels: np.ndarray) -> list[float]:
    """Accuracy and mean cross-entropy in nats of probabilities (n, classes) for labels (n,)."""
    right = chances[np.arange(len(labels)), labels]
    accuracy = np.mean(chances.argmax(axis=1) == labels)
    return [float(accuracy), float(-np.log(np.maximum(right, 1e-7)).mean())]
