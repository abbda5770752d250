"""What is to be had without a network, on the same test images.

python Problema3/baselines.py [--knn [--weights FILE] [--image-size N]] [--data DIR] [--out DIR]
    [--publish] [--json]

A constant answer, logistic regressions on mean colour and on thumbnails and, with ``--knn``, the
nearest neighbours among ResNet50's features, which take minutes where no earlier run computed them.
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import flags
from progress import Lines, StageBars, meter, training_bars
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from scenes import classes, terminal
from scenes.arguments import Parser
from scenes.config import preset
from scenes.data import dataset, sources
from scenes.data.inventory import Inventory
from scenes.formatting import BASELINES, number, percent
from scenes.problems import Problem

PIXELS = 150  # of side of what is averaged, as the published images


def parse_arguments() -> argparse.Namespace:
    parser = Parser(
        description="Mide clasificadores sencillos con las mismas imágenes que las redes: una "
        "respuesta constante, regresiones logísticas y, con --knn, los vecinos más cercanos."
    )
    add = parser.add_argument
    add("--data", type=Path, metavar="DIR", help="carpeta con seg_train y seg_test")
    add(
        "--knn",
        action="store_true",
        help="agrega los k vecinos más cercanos según los promedios de ResNet50 (minutos, la "
        "primera vez)",
    )
    flags.add_image_size(parser, " de las imágenes que ve ResNet50")
    flags.add_out(parser)
    add("--publish", action="store_true", help="escribe las cifras en models/scenes_baselines.json")
    flags.add_json(parser)
    flags.add_weights(parser)
    return parser.parse_args()


def run(arguments: argparse.Namespace, console: Console) -> dict:
    """Measure and write; the JSON of all rows."""
    from scenes.results import stored

    arguments.out.mkdir(parents=True, exist_ok=True)
    with training_bars(console) as progress:
        source = sources.find(arguments.data, False, console.print)
        console.print(source.message)
        inventory = dataset.scan(source, progress=meter(progress, "Revisión de archivos"))
        if arguments.publish and inventory.kind != "real":
            raise Problem(
                "Solo se publica lo que se midió con las imágenes reales; quite --publish o "
                "indique las imágenes con --data."
            )
        scenes = decoded(inventory, PIXELS, progress)
        rows = pixel_rows(scenes)
        if arguments.knn:
            rows.append(neighbours_row(arguments, inventory, console, progress))
    folder = flags.FOLDER if arguments.publish else arguments.out
    path = folder / "scenes_baselines.json"
    result = summary(scenes, rows, stored.read_json(path))
    stored.write_json(result, path)
    return result


def decoded(inventory: Inventory, size: int, progress: Progress | Lines) -> dataset.Scenes:
    return dataset.load(inventory, size, progress=meter(progress, f"Decodificación a {size} px"))


def pixel_rows(scenes: dataset.Scenes) -> list[dict]:
    """The rows that need nothing but the pixels."""
    from scenes.training import baselines

    parts = {"train": scenes.train, "test": scenes.test}
    colours = {part: baselines.mean_colours(images) for part, images in parts.items()}
    small = {part: baselines.thumbnails(images) for part, images in parts.items()}
    rows = [
        baselines.constant(scenes),
        baselines.row("colour", baselines.logistic, colours, scenes),
        baselines.row("thumbnails", baselines.logistic, small, scenes),
    ]
    return [each | identity(scenes) for each in rows]


def neighbours_row(
    arguments: argparse.Namespace,
    inventory: Inventory,
    console: Console,
    progress: Progress | Lines,
) -> dict:
    """The row of the nearest neighbours, on what the shipped head on averages is fitted on."""
    from scenes.networks import backbone
    from scenes.training import baselines
    from scenes.training.recipes import CachedHead

    weights = backbone.weights(arguments.weights, console.print)
    scenes = decoded(inventory, arguments.image_size, progress)
    config = preset("corrected", "resnet50", "avg", arguments.image_size)
    head = CachedHead("resnet50", scenes, config, weights)
    features = head.features(("train", "test"), StageBars(progress, "resnet50"))
    row = baselines.row("knn", baselines.neighbours, features, scenes)
    return row | identity(scenes) | {"backbone_sha256": head.notes["backbone_sha256"]}


def identity(scenes: dataset.Scenes) -> dict:
    """Which decoded images a row is of."""
    return {"image_size": scenes.test.shape[1], "data_key": scenes.key}


def summary(scenes: dataset.Scenes, rows: list[dict], earlier: dict) -> dict:
    """All rows, for JSON; those of an earlier run on the same images are kept."""
    from scenes.training import baselines

    fit, validation = dataset.split(scenes.train_labels, baselines.SEED)
    images = {"data": scenes.name, "data_key": scenes.key, "n_test": len(scenes.test_labels)}
    kept = earlier.get("rows", []) if earlier.get("images") == images else []
    by_name = {each["name"]: each for each in (*kept, *rows)}
    return {
        "images": images,
        "n_fit": len(fit),
        "n_validation": len(validation),
        "seed": baselines.SEED,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scikit-learn")},
        },
        "rows": [by_name[name] for name in BASELINES if name in by_name],
    }


def show(result: dict, console: Console) -> None:
    """Print the rows with their intervals."""
    constant = result["rows"][0]
    largest = constant["largest_test_class"]
    label = classes.named(constant["support"]).label
    table = Table(
        title=f"{number(result['images']['n_test'], 0)} imágenes de prueba "
        f"({result['images']['data']})",
        caption=f"La respuesta constante es «{label(constant['answer'])}», la clase más frecuente "
        "al entrenar. En la prueba, la más frecuente es "
        f"«{label(largest['name'])}»: {number(largest['n'], 0)} imágenes, "
        f"{percent(largest['share'])}. C y k se eligen con las imágenes de validación.",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("Clasificador")
    for heading in ("Exactitud", "AUC macro", "Elegido"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result["rows"]:
        setting = (f"{name} = {value:g}" for name, value in row.get("setting", {}).items())
        scores = (number(row[score], 3) for score in ("accuracy", "macro_auc"))
        table.add_row(BASELINES[row["name"]], *scores, ", ".join(setting).replace(".", ","))
    console.print(table)


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(
        lambda console: flags.measure(run, show, arguments, console),
        "Interrumpido; las cifras guardadas siguen como estaban.",
    )


if __name__ == "__main__":
    sys.exit(main())
