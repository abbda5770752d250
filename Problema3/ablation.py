"""What each correction of the published protocol changes, measured one at a time.

python Problema3/ablation.py [--networks cnn resnet50 dense] [--seeds N] [--data DIR] [--limit N]
    [--image-size N] [--out DIR] [--publish] [--json] [--weights FILE]

Each run is kept as soon as it ends: started again, the command goes on with the first that lacks.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from pathlib import Path

import flags
from progress import Lines, StageBars, meter, training_bars
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from scenes import terminal
from scenes.arguments import Parser
from scenes.data import dataset, sources
from scenes.formatting import ABLATION, MODELS, number
from scenes.problems import Problem
from scenes.results import dense_log, optimism

NETWORKS = ("cnn", "resnet50")
DENSE = "dense"  # once each, and only where asked for


def parse_arguments() -> argparse.Namespace:
    parser = Parser(
        description="Mide qué aporta cada corrección al protocolo publicado, de a una por vez y "
        "con varias semillas. Cada entrenamiento terminado se guarda; al repetir la orden, sigue "
        "con los que faltan."
    )
    add = parser.add_argument
    add(
        "--networks",
        nargs="+",
        choices=(*NETWORKS, DENSE),
        default=NETWORKS,
        help=f"qué redes ({' '.join(NETWORKS)}); «{DENSE}» prueba, una vez cada una, variantes que "
        "podrían dar el registro publicado de la red densa",
    )
    add(
        "--seeds",
        type=flags.positive,
        default=3,
        metavar="N",
        help="cuántas semillas, desde 0 (%(default)s)",
    )
    add("--data", type=Path, metavar="DIR", help="carpeta con seg_train y seg_test")
    add("--limit", type=flags.positive, metavar="N", help="usa solo N imágenes de entrenamiento")
    flags.add_image_size(parser)
    flags.add_out(parser)
    add("--publish", action="store_true", help="escribe las cifras en models/scenes_ablation.json")
    flags.add_json(parser)
    flags.add_weights(parser)
    return parser.parse_args()


def run(arguments: argparse.Namespace, console: Console) -> dict:
    """Train what is lacking; the JSON of all runs."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    with training_bars(console) as progress:
        scenes = decoded(arguments, console, progress)
        if arguments.publish and (scenes.kind != "real" or arguments.limit):
            raise Problem(
                "Solo se publica lo que se midió con todas las imágenes reales; quite --publish o "
                "--limit, o indique las imágenes con --data."
            )
        return train_lacking(arguments, scenes, console, progress)


def decoded(
    arguments: argparse.Namespace, console: Console, progress: Progress | Lines
) -> dataset.Scenes:
    source = sources.find(arguments.data, False, console.print)
    console.print(source.message)
    inventory = dataset.scan(source, arguments.limit, 0, meter(progress, "Revisión de archivos"))
    return dataset.load(inventory, arguments.image_size, progress=meter(progress, "Decodificación"))


def train_lacking(
    arguments: argparse.Namespace,
    scenes: dataset.Scenes,
    console: Console,
    progress: Progress | Lines,
) -> dict:
    """Train each variant with each seed that has no run yet, seed after seed."""
    from scenes.networks import backbone
    from scenes.results import stored
    from scenes.training import epoch_answers
    from scenes.training.ablation import Ablation, run_record, variants
    from scenes.training.catalogue import recipe
    from scenes.training.dense_trial import DenseTrial
    from scenes.training.recipes import Recipe
    from scenes.training.train import train

    folder = flags.FOLDER if arguments.publish else arguments.out
    path = folder / "scenes_ablation.json"
    images = {"data": scenes.name, "data_key": scenes.key, "n_test": len(scenes.test_labels)}
    ablation = Ablation(stored.read_json(path), images)
    weights = None
    if "resnet50" in arguments.networks:
        weights = backbone.weights(arguments.weights, console.print)
    plan = [
        (variant, seed)
        for network in arguments.networks
        for seed in range(1 if network == DENSE else arguments.seeds)
        for variant in variants(network, arguments.image_size)
        if not ablation.has(variant, seed)
    ]
    whole = progress.add_task("Entrenamientos", total=len(plan), detail="")
    for variant, seed in plan:
        progress.update(whole, detail=f"{ABLATION[variant.name]}, semilla {seed}")
        config = dataclasses.replace(variant.config, seed=seed)
        work = arguments.out / "ablation" / f"{variant.network}-{variant.name}-{seed}"
        bars = StageBars(progress, variant.network)
        trained: Recipe = (
            DenseTrial(variant.network, scenes, config, variant.layers)
            if variant.layers
            else recipe(variant.network, scenes, config, weights)
        )
        metrics = train(trained, work, bars, resume=True, keep_answers=True)
        bars.remove()
        answers, labels = epoch_answers.read(epoch_answers.answers_file(work, variant.network))
        ablation.add(variant, run_record(metrics, answers, labels))
        stored.write_json(ablation.to_json(), path)
        progress.advance(whole)
    return ablation.to_json()


def show(result: dict, console: Console) -> None:
    """Print mean and deviation of each variant."""
    table = Table(
        title=f"{number(result['images']['n_test'], 0)} imágenes de prueba "
        f"({result['images']['data']})",
        caption="N semillas: media ± desvío. Donde no se cambia la validación, la época se elige "
        "con las imágenes de prueba, lo que favorece la cifra.",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("Red y cambio")
    for heading in ("N", "Exactitud", "AUC macro", "ECE"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result["rows"]:
        table.add_row(
            f"{MODELS[row['network']]}: {ABLATION[row['name']]}",
            str(len(row["runs"])),
            *(spread(row, score) for score in ("accuracy", "macro_auc", "ece")),
        )
    console.print(table)
    for sentence in [*optimism.sentences(result["rows"]), *dense_log.sentences(result["rows"])]:
        console.print(sentence)


def spread(row: dict, score: str) -> str:
    """«0,875 ± 0,004»."""
    mean, deviation = row[f"{score}_mean"], row[f"{score}_std"]
    return number(mean, 3) if deviation is None else f"{number(mean, 3)} ± {number(deviation, 3)}"


def main() -> int:
    arguments = parse_arguments()
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")  # TensorFlow's, harmless to the others
    return terminal.run(
        lambda console: flags.measure(run, show, arguments, console),
        "Interrumpido; repita la orden para continuar.",
    )


if __name__ == "__main__":
    sys.exit(main())
