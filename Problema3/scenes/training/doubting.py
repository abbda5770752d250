"""Fitting a network's rule of doubt on the images that validated it."""

from __future__ import annotations

import keras
import numpy as np

from scenes.data.batches import Batches
from scenes.networks import doubt, watched
from scenes.networks.doubt import Rule


def fit(network: keras.Model, validation: Batches, pooling: str, temperature: float = 1.0) -> Rule:
    """The rule of a network: on averaged features of a ResNet50 where it has them.

    Otherwise, and where a class has a single validation image, on its probabilities.

    Args:
        network: ready to predict, from images or, a head, from features.
        validation: what it was validated on, in the form that it takes.
        pooling: of a head's features: ``max`` or ``avg``.
        temperature: that the network's probabilities have.
    """
    is_head = len(network.input_shape) == 2
    watching = None if is_head else watched.with_averages(network)
    probabilities, features, targets = [], [], []
    for at in range(len(validation)):
        inputs, target = validation.rows(at)
        targets.append(target)
        answers = (watching or network).predict_on_batch(inputs)
        pair = answers if watching else (answers, inputs)
        probabilities.append(keras.ops.convert_to_numpy(pair[0]))
        if watching or (is_head and pooling == "avg"):
            features.append(keras.ops.convert_to_numpy(pair[1]))
    counts = np.sum(np.concatenate(targets), axis=0)
    if features and counts.min() >= 2:
        labels = np.concatenate(targets).argmax(axis=1)
        return doubt.fit_cosine(np.concatenate(features), labels)
    return doubt.fit_entropy(np.concatenate(probabilities), temperature)


def fit_background(
    network: keras.Model, validation: Batches, kernel: np.ndarray, bias: np.ndarray
) -> Rule:
    """The rule of a network that was fitted with a background class.

    Args:
        network: as it was fitted, or without that class's output.
        validation: images of the other classes.
        kernel, bias: of its last layer as it was fitted, that class last.

    Raises:
        ValueError: it is no such network.
    """
    watching = watched.with_features(network)
    if watching is None:
        raise ValueError("the last layer is not called «probabilities»")
    rows = [
        keras.ops.convert_to_numpy(watching.predict_on_batch(validation.rows(at)[0])[1])
        for at in range(len(validation))
    ]
    return doubt.fit_background(np.concatenate(rows), kernel, bias)
