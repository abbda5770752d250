"""A network's probabilities and its score of doubt, in one pass over the images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from scenes import hardware
from scenes.networks import doubt
from scenes.networks.doubt import Answers, Rule


def with_features(network: keras.Model) -> keras.Model | None:
    """A network with what its last layer sees as second output.

    Args:
        network: whose last layer of its own is called ``probabilities``.

    Returns:
        from images (n, height, width, 3) to probabilities (n, classes) and features (n, d); nothing
        for another kind of network.
    """
    last = network.layers[-1]
    if last.name != "probabilities" or isinstance(last.input, list):
        return None
    return hardware.ready(keras.Model(network.inputs, [network.output, last.input], name="watched"))


def with_averages(network: keras.Model) -> keras.Model | None:
    """A network on a ResNet50 that averages its last maps, with these averages as second output.

    Args:
        network: as :func:`scenes.networks.loading.load` gives it, mirrored or not.

    Returns:
        from images (n, height, width, 3) to probabilities (n, classes) and features (n, d), those
        of a mirrored network being means over both views; nothing for another kind of network.
    """
    inner = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    # a mirrored network holds one that is whole
    whole = next((each for each in (network, *inner) if _parts(each)), None)
    parts = _parts(whole) if whole else None
    if parts is None:
        return None
    backbone, head = parts
    images = keras.Input(network.input_shape[1:], name="images")
    views = [images] if whole is network else [images, keras.ops.flip(images, axis=2)]
    features = [_bare(backbone(view)) for view in views]
    answers = [_bare(head(each)) for each in features]
    if len(views) > 1:
        answers = [keras.layers.Average(dtype="float32")(answers)]
        features = [keras.layers.Average(dtype="float32")(features)]
    return hardware.ready(keras.Model(images, [*answers, *features], name="watched"))


def answering(
    network: keras.Model, rule: Rule | None
) -> tuple[Callable[[np.ndarray], Answers], Rule | None]:
    """A function from images to probabilities (n, classes) and, with a rule, scores (n,) as well.

    The rule comes back, or nothing if it is for another kind of network.
    """
    both = None
    if rule and rule.needs_features:
        both = (with_averages if rule.kind == "cosine" else with_features)(network)
    if rule and both and both.output_shape[1][-1] == rule.width:

        def answer(images: np.ndarray) -> Answers:
            probabilities, features = map(keras.ops.convert_to_numpy, both.predict_on_batch(images))
            return probabilities, rule.scores(probabilities, features)

        return answer, rule
    usable = None if rule and rule.needs_features else rule

    def plain(images: np.ndarray) -> np.ndarray:
        return keras.ops.convert_to_numpy(network.predict_on_batch(images))

    return doubt.scored(plain, usable), usable


def _bare(outputs: Any) -> Any:
    """A network's only output; files give some a list of one."""
    return outputs[0] if isinstance(outputs, list) else outputs


def _parts(network: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Backbone and head of a network that is made of both."""
    models = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    if len(models) != 2 or models[0].name != "backbone":
        return None
    if not isinstance(models[0].layers[-1], keras.layers.GlobalAveragePooling2D):
        return None
    return models[0], models[1]
