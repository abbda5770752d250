"""Loading a trained network, by name or file, as one function from images to probabilities."""

from __future__ import annotations

from pathlib import Path

import keras

from scenes import hardware
from scenes.classes import LEAST
from scenes.networks import architectures, backbone, described, foreign, half, temperature
from scenes.problems import Problem

SIDE = 224  # of images for a network that takes any size


def load(name_or_path: str | Path, weights: Path | None = None) -> keras.Model:
    """Load a trained network, whole.

    A head of ResNet50 is put on its backbone as the JSON beside it says (``cnn.keras`` has
    ``cnn.json``): image size, pooling and preprocessing.

    Args:
        name_or_path: one of :data:`scenes.formatting.MODELS`, or a ``.keras`` file.
        weights: ResNet50's file, for a head; found as :func:`scenes.networks.backbone.weights` does
            without it.

    Returns:
        a network from (n, height, width, 3), raw RGB 0..255, to (n, classes) probabilities, with
        the temperature that the JSON beside it holds, ready to predict with.

    Raises:
        Problem: no file, or not one of these networks.
        BackboneError: no weights for a head, or not those it was trained on.
    """
    path = described.locate(name_or_path)
    foreign.check_file(path)
    try:
        model = half.read(path)
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise foreign.explain(path, error) from None
    shape = model.input_shape
    if isinstance(shape, tuple) and len(shape) == 2:
        model = _on_backbone(model, path, weights)
    elif not isinstance(shape, tuple) or len(shape) != 4 or shape[-1] != 3:
        raise Problem(f"«{path}» no es un modelo de imágenes RGB: su entrada es {shape}.")
    elif None in shape[1:3]:
        model = _of_fixed_size(model, path)
    outputs = model.output_shape
    if not isinstance(outputs, tuple) or len(outputs) != 2 or (outputs[-1] or 0) < LEAST:
        raise Problem(
            f"«{path}» no clasifica: su salida es {outputs}, y hace falta una probabilidad por "
            "clase (una capa Dense con softmax y una unidad por clase)."
        )
    temperature.fold(model, described.describe(path).get(temperature.KEY, 1))
    return hardware.ready(model)


def _of_fixed_size(model: keras.Model, path: Path) -> keras.Model:
    """A network for any size, for images as its JSON says or as the report's.

    Raises:
        Problem: it does not take them.
    """
    config = described.describe(path).get("config", {})
    asked = config.get("image_size", SIDE) if isinstance(config, dict) else SIDE
    height, width = (side or asked for side in model.input_shape[1:3])
    images = keras.Input((height, width, 3), name="images")
    try:
        return keras.Model(images, model(images), name=model.name)
    except Exception as error:  # whatever a layer of somebody's raises
        raise foreign.explain(path, error) from None


def _on_backbone(head: keras.Model, path: Path, weights: Path | None) -> keras.Model:
    metrics = described.describe(path)
    try:
        config = metrics["config"]
        size, pooling, scaling = config["image_size"], config["pooling"], config["scaling"]
    except (KeyError, TypeError):
        raise Problem(
            f"«{path}» es la última capa de ResNet50 y le falta al lado «{path.stem}.json», que "
            "dice cómo unirla a ella."
        ) from None
    network = backbone.resnet50(size, pooling, backbone.weights(weights), scaling)
    if network.output_shape[-1] != head.input_shape[-1]:
        raise Problem(f"«{path}» no es la última capa de ResNet50.")
    if backbone.digest(network) != metrics.get("backbone_sha256"):
        raise backbone.BackboneError(
            f"Los pesos de ResNet50 no son aquellos con los que se entrenó «{path}»; revise "
            f"--weights o la variable {backbone.VARIABLE}."
        )
    return architectures.join(network, head)
