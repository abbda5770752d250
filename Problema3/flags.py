"""Flags that several of the scripts share, and what their values must be."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from scenes import classes, files
from scenes.classes import LEAST, MOST, SCENES, Classes
from scenes.config import Config
from scenes.data.inventory import MIN_PER_CLASS
from scenes.formatting import MODELS

FOLDER = Path(__file__).resolve().parents[1] / "models"
OUT = FOLDER / "problema3"  # of what is trained or measured, unless told otherwise
SIZES = (32, 1024)  # pixels of side: what ResNet50 takes at least, and memory at most


def shipped() -> list[str]:
    """Names of the networks that come with the project."""
    return [name for name in MODELS if (FOLDER / f"scenes_{name}.keras").is_file()]


def natural(text: str) -> int:
    """A seed: a whole number from 0 on."""
    if not _is_whole(text) or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"«{text}» no es un entero entre 0 y 4294967295")
    return int(text)


def positive(text: str) -> int:
    """A count: a whole number from 1 on."""
    if not _is_whole(text) or not 0 < int(text) < 2**32:
        raise argparse.ArgumentTypeError(f"«{text}» no es un entero; tiene que ser al menos 1")
    return int(text)


def training_limit(text: str) -> int:
    """How many training images: enough for the fewest classes."""
    least = MIN_PER_CLASS * LEAST
    if not _is_whole(text) or int(text) < least:
        raise argparse.ArgumentTypeError(
            f"«{text}» no vale; tiene que ser un entero de al menos {MIN_PER_CLASS} por clase: "
            f"{MIN_PER_CLASS * len(SCENES)} con las seis escenas, {least} con {LEAST} clases"
        )
    return int(text)


def side(text: str) -> int:
    """An image's side in pixels."""
    if not _is_whole(text) or not SIZES[0] <= int(text) <= SIZES[1]:
        raise argparse.ArgumentTypeError(
            f"«{text}» no es un lado en píxeles; tiene que ser un entero entre {SIZES[0]} y "
            f"{SIZES[1]} (las imágenes se hacen cuadradas)"
        )
    return int(text)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def class_names(text: str) -> Classes:
    """Names of classes with commas between them, in the order of a network's outputs."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not LEAST <= len(names) <= MOST:
        raise argparse.ArgumentTypeError(
            f"dé de {LEAST} a {MOST} clases separadas por comas, y se leyeron {len(names)}"
        )
    try:
        return classes.named(names)
    except ValueError:
        raise argparse.ArgumentTypeError("hay una clase repetida") from None


def add_trained_model(parser: argparse.ArgumentParser) -> None:
    """``--model``, ``--classes`` and ``--weights``: a network that exists already."""
    parser.add_argument(
        "--model",
        required=True,
        metavar="MODELO",
        help=f"archivo .keras, o una de las redes que hay en models: {', '.join(shipped())}",
    )
    parser.add_argument(
        "--classes",
        type=class_names,
        metavar="A,B,C",
        help="clases de las salidas del modelo, en su orden (por defecto, las del JSON que tiene "
        "al lado o, sin él, las seis escenas)",
    )
    add_weights(parser)


def add_weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="ARCHIVO",
        help="pesos de ResNet50, si hacen falta (por defecto los busca o los descarga)",
    )


def add_batch_size(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "--batch-size",
        type=positive,
        default=default,
        metavar="N",
        help="imágenes por lote (%(default)s)",
    )


def add_image_size(parser: argparse.ArgumentParser, whose: str = "") -> None:
    parser.add_argument(
        "--image-size",
        type=side,
        default=Config.image_size,
        metavar="N",
        help=f"lado en píxeles{whose} (%(default)s)",
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=OUT, metavar="DIR", help="carpeta de salida (%(default)s)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="imprime un único objeto JSON en la salida estándar"
    )


def print_result(
    result: dict,
    show: Callable[[dict, Console], object],
    arguments: argparse.Namespace,
    console: Console,
) -> None:
    """Print a result as ``--json`` asks: one object on standard output, or for people."""
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result, console)


def measure(
    run: Callable[[argparse.Namespace, Console], dict],
    show: Callable[[dict, Console], object],
    arguments: argparse.Namespace,
    console: Console,
) -> None:
    """Run what writes to ``--out``, and print its result."""
    with files.explained(arguments.out, "elija otra carpeta con --out"):
        result = run(arguments, console)
    print_result(result, show, arguments, console)
