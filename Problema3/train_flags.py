"""The flags of ``train.py``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import flags

from scenes.arguments import Parser
from scenes.classes import SCENES
from scenes.config import BEST, DISTILLED, NETWORKS, PROTOCOLS, TUNED, Config
from scenes.data import sources
from scenes.training import distribution


def parse() -> argparse.Namespace:
    """The flags given; those that contradict one another end the script."""
    parser = Parser(
        description="Entrena y prueba las redes del Problema 3 y guarda modelo, cifras y "
        "probabilidades."
    )
    add_images_and_network(parser)
    add_run(parser)
    flags.add_json(parser)
    flags.add_weights(parser)
    add_processes(parser)
    parser.add_argument(
        "--pooling",
        choices=("max", "avg"),
        help="qué se toma de cada mapa de ResNet50 (max con «report», avg con «corrected»)",
    )
    arguments = parser.parse_args()
    if arguments.seed + arguments.repeat > 2**32:
        parser.error("--seed más --repeat pasa de 4294967296")
    given = arguments.data or os.environ.get(sources.VARIABLE, "").strip()
    if arguments.limit and not given and arguments.limit < (least := 2 * len(SCENES)):
        parser.error(f"--limit tiene que ser al menos {least}: 2 imágenes por clase")
    if arguments.model in (BEST, *DISTILLED) and arguments.protocol == "report":
        parser.error(f"«{arguments.model}» no está en el informe: quite --protocol report")
    return arguments


def add_images_and_network(parser: argparse.ArgumentParser) -> None:
    """What to train, on which images."""
    add = parser.add_argument
    add(
        "--model",
        required=True,
        choices=[*NETWORKS, "all", BEST, *DISTILLED],
        help="qué red; «all» son las cuatro del informe, «best» ajusta también las últimas capas "
        "de ResNet50 y las destiladas aprenden de las respuestas de «best»",
    )
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="carpeta con seg_train y seg_test, con train y test, o con una carpeta por clase, "
        "sean las seis escenas u otras clases (por defecto, las imágenes reales si están; si no, "
        "las generadas)",
    )
    add("--download", action="store_true", help="baja las imágenes reales de Kaggle si no están")
    add(
        "--epochs",
        type=flags.positive,
        metavar="N",
        help=f"máximo ({Config.epochs}; con best, {TUNED[BEST]['epochs']})",
    )
    add(
        "--batch-size",
        type=flags.positive,
        metavar="N",
        help=f"imágenes por lote ({Config.batch_size}; con best, {TUNED[BEST]['batch_size']})",
    )
    add(
        "--protocol",
        choices=PROTOCOLS,
        default="corrected",
        help="«report» repite el publicado, con sus defectos (%(default)s)",
    )
    add(
        "--limit",
        type=flags.training_limit,
        metavar="N",
        help="usa solo N imágenes de entrenamiento",
    )
    flags.add_image_size(parser)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Where to write, with which seeds, and whether to go on."""
    add = parser.add_argument
    add(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"carpeta de salida ({flags.OUT} y, si las clases no son las seis escenas, dentro de "
        "ella una con el nombre de la de las imágenes)",
    )
    add(
        "--seed", type=flags.natural, default=Config.seed, metavar="N", help="semilla (%(default)s)"
    )
    add(
        "--repeat",
        type=flags.positive,
        default=1,
        metavar="N",
        help="repite con N semillas seguidas, para ver cuánto cambian las cifras (%(default)s)",
    )
    add(
        "--publish",
        action="store_true",
        help="copia a models lo que se publica (scenes_<red>: cifras, probabilidades y, si no pesa "
        "demasiado, la red)",
    )
    add("--resume", action="store_true", help="continúa una ejecución interrumpida")


def add_processes(parser: argparse.ArgumentParser) -> None:
    """Which devices and processes share the training."""
    several = parser.add_argument_group(
        "varias GPU o varias máquinas",
        "Con Keras sobre JAX: pip install jax (con GPU de NVIDIA, pip install 'jax[cuda13]') y "
        "KERAS_BACKEND=jax. Cada lote se reparte entre los dispositivos, cuyo número tiene que "
        "dividir a --batch-size; el resultado es el de uno solo, salvo redondeo. Con varios "
        "procesos, se lanza en todos a la vez la misma orden, con las mismas imágenes y cada uno "
        "con su --process; el 0 escribe los archivos. Si uno se corta terminan todos, y se sigue "
        "con --resume. La conexión no va cifrada ni pide clave: úsela en una red de confianza.",
    )
    several.add_argument(
        "--distribute",
        nargs="?",
        const="",
        metavar="COORDINADOR:PUERTO",
        help="reparte entre todos los dispositivos de esta máquina o, con la dirección del proceso "
        "0, entre los de varios procesos; sin dirección valen también las variables "
        + ", ".join(distribution.VARIABLES),
    )
    several.add_argument("--processes", type=flags.positive, metavar="N", help="cuántos procesos")
    several.add_argument(
        "--process", type=flags.natural, metavar="I", help="cuál es este, de 0 a N-1"
    )
