"""Train and test one of the four networks, all of them, or ResNet50 fitted on.

python Problema3/train.py --model dense|cnn|residual|resnet50|all|best|cnn_distilled|
    residual_distilled [--data DIR] [--epochs N]
    [--batch-size N] [--protocol corrected|report] [--limit N] [--image-size N] [--out DIR]
    [--seed N] [--repeat N] [--publish] [--resume] [--json] [--weights FILE] [--pooling max|avg]
    [--download]
    [--distribute [HOST:PORT --processes N --process I]]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from pathlib import Path

import flags
import train_flags
from progress import Lines, StageBars, meter, training_bars
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from scenes import classes as known
from scenes import files, terminal
from scenes.classes import SCENES, Classes
from scenes.config import BEST, NETWORKS, Config, preset
from scenes.data import dataset, sources
from scenes.formatting import KINDS, MODELS, duration, interval, number, percent
from scenes.problems import Problem
from scenes.results import stored
from scenes.training import distribution
from scenes.training.group import Alone

LEAST_BATCH = 8


def configuration(name: str, arguments: argparse.Namespace, scenes: dataset.Scenes) -> Config:
    """The protocol's configuration of a network, with what the flags change.

    People's own images may be few: ten batches an epoch, then, as far as they make batches.
    """
    config = preset(arguments.protocol, name, arguments.pooling, arguments.image_size)
    if scenes.kind == "own":
        fitting = max(LEAST_BATCH, len(scenes.train_labels) // 10)
        config = dataclasses.replace(config, batch_size=min(config.batch_size, fitting))
    return dataclasses.replace(
        config,
        epochs=arguments.epochs or config.epochs,
        batch_size=arguments.batch_size or config.batch_size,
        seed=arguments.seed,
    )


def decoded(
    arguments: argparse.Namespace, console: Console, progress: Progress | Lines
) -> dataset.Scenes:
    """Find, check and decode the images, saying what they show and what is left out.

    Without a folder for the results, ``arguments`` get one here: other classes than the six scenes
    have one of their own.
    """
    source = sources.find(arguments.data, arguments.download, console.print)
    console.print(source.message)
    checking = meter(progress, "Revisión de archivos")
    inventory = dataset.scan(source, arguments.limit, arguments.seed, checking)
    for line in inventory.skipped:
        console.print(line)
    if sum(inventory.dropped.values()):
        console.print(f"Imágenes repetidas que se descartan: {sum(inventory.dropped.values())}.")
    if inventory.classes != SCENES:
        console.print(f"Clases ({len(inventory.classes)}): {', '.join(inventory.classes)}.")
    if inventory.test_split:
        console.print(
            "No hay una parte de prueba: se aparta el "
            f"{percent(inventory.test_split['share'], 0)} de las imágenes de cada clase "
            f"({number(len(inventory.test), 0)} en total; semilla {arguments.seed})."
        )
    if arguments.out is None:
        own = inventory.root.resolve().name or "propias"
        arguments.out = flags.OUT if inventory.classes == SCENES else flags.OUT / own
        arguments.out.mkdir(parents=True, exist_ok=True)
    scenes = dataset.load(
        inventory, arguments.image_size, progress=meter(progress, "Decodificación")
    )
    for line in scenes.skipped:
        console.print(line)
    return scenes


def run(arguments: argparse.Namespace, console: Console) -> dict[str, dict]:
    """Train as the flags say; what each network's JSON holds, by name."""
    asked = distribution.request(arguments.distribute, arguments.processes, arguments.process)
    if asked:
        distribution.require_jax()
        console.quiet = asked.process > 0  # only the first process speaks
    if arguments.out and not console.quiet:
        arguments.out.mkdir(parents=True, exist_ok=True)
    names: tuple[str, ...] = NETWORKS if arguments.model == "all" else (arguments.model,)
    with training_bars(console) as progress:
        scenes = decoded(arguments, console, progress)
        for name in names:
            require_same_classes(arguments.out / f"{name}.json", scenes.classes)
        published = scenes.kind == "real" and scenes.classes == SCENES
        if arguments.publish and (not published or arguments.limit):
            raise Problem(
                "Solo se publica lo que se entrenó con todas las imágenes reales; quite --publish "
                "o --limit, o indique las imágenes con --data."
            )
        start_keras(progress)
        # before anything is computed, which JAX wants
        size = configuration(names[0], arguments, scenes).batch_size
        alike = [arguments.model, size, arguments.seed, arguments.repeat]
        with distribution.joined(asked, alike, size, console.print, console.file) as group:
            names, weights = with_weights(names, arguments, group, console)
            metrics = {}
            for name in names:
                metrics[name] = train_seeds(name, scenes, weights, arguments, group, progress)
                if arguments.publish and group.first:
                    publish(name, arguments.out, console)
    return metrics


def require_same_classes(metrics: Path, classes: Classes) -> None:
    """Leave a network of other classes alone.

    Raises:
        Problem: there is one in the place of that to train.
    """
    if metrics.is_file() and (there := known.of(stored.read_json(metrics))) != classes:
        raise Problem(
            f"En «{metrics.parent}» ya hay una red «{metrics.stem}» de otras clases "
            f"({', '.join(there)}); elija otra carpeta con --out."
        )


def start_keras(progress: Progress | Lines) -> None:
    """Import Keras, which takes seconds."""
    starting = progress.add_task("Inicio de Keras", total=None, detail="")
    from scenes.training import train  # noqa: F401

    progress.update(starting, total=1, completed=1)


def with_weights(
    names: tuple[str, ...], arguments: argparse.Namespace, group: Alone, console: Console
) -> tuple[tuple[str, ...], Path | None]:
    """The networks that can be trained, and ResNet50's file if one of them needs it.

    It is looked for first, so that missing weights do not show up hours later. The other networks
    need none; what was asked for by name must not be left out.
    """
    from scenes.networks import backbone

    if not {"resnet50", BEST} & set(names):
        return names, None
    try:
        return names, backbone.weights(arguments.weights, console.print)
    except backbone.BackboneError as error:
        if len(names) == 1 or arguments.weights or group.processes > 1:
            raise
        console.print(f"{error} Se sigue con las otras tres redes.")
        return tuple(name for name in names if name != "resnet50"), None


def train_seeds(
    name: str,
    scenes: dataset.Scenes,
    weights: Path | None,
    arguments: argparse.Namespace,
    group: Alone,
    progress: Progress | Lines,
) -> dict:
    """Train a network with one seed or several; the metrics of the first."""
    from scenes.training.catalogue import recipe
    from scenes.training.train import note_repeats, train

    config = configuration(name, arguments, scenes)
    runs: list[dict] = []
    for seed in range(config.seed, config.seed + arguments.repeat):
        out = arguments.out / f"semilla-{seed}" if runs else arguments.out
        seeded = recipe(name, scenes, dataclasses.replace(config, seed=seed), weights)
        bars = StageBars(progress, name)
        runs.append(train(seeded, out, bars, resume=arguments.resume, group=group))
    if len(runs) > 1 and group.first:
        note_repeats(runs[0], runs, arguments.out)
    return runs[0]


def publish(name: str, out: Path, console: Console) -> None:
    """Copy a network's results to where the project ships them."""
    for path in stored.publish(name, out):
        console.print(f"Publicado: {path}")


def show(metrics: dict[str, dict], out: Path, console: Console) -> None:
    """Print the comparison of the networks trained."""
    from scenes.results import tables  # pandas takes a second, and --help needs none

    first = next(iter(metrics.values()))
    table = Table(
        title=f"{number(first['n_test'], 0)} imágenes de prueba ({KINDS[first['data_kind']]}), "
        f"semilla {first['seed']}",
        caption="Debajo de cada cifra, su intervalo bootstrap del 95 %. " + tables.times(metrics),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,  # everything fits on 80 columns
    )
    table.add_column("Red")
    for heading in ("Parámetros", "Época", "Exactitud", "AUC macro", "Ajuste"):
        table.add_column(heading, justify="right")
    for name, each in metrics.items():
        table.add_row(
            MODELS[name],
            number(each["parameters"], 0),
            f"{each['best_epoch']} de {each['epochs_run']}",
            *(
                f"{number(each[score], 3)}\n{interval(*each[score + '_ci'])}"
                for score in ("accuracy", "macro_auc")
            ),
            duration(tables.seconds(each)),
        )
    console.print(table)
    if first["protocol"] == "report":
        console.print(
            "Con el protocolo del informe la época se elige sobre las mismas imágenes de prueba: "
            "estas cifras son optimistas.",
        )
    from scenes.networks import temperature

    if first["protocol"] == "corrected" and first["n_validation"] < temperature.LEAST:
        console.print(
            f"Solo {number(first['n_validation'], 0)} imágenes de validación eligieron la época y "
            f"el umbral de la duda, y ninguna temperatura: con menos de {temperature.LEAST}, las "
            "probabilidades y las dudas son inciertas.",
        )
    console.print(f"Archivos en {out}")


def command(arguments: argparse.Namespace, console: Console) -> None:
    """Train, and print the result."""
    started = time.time()
    try:
        with files.explained(arguments.out or flags.OUT, "elija otra carpeta con --out"):
            metrics = run(arguments, console)
    except KeyboardInterrupt:
        if resumable(arguments, started):
            console.print("Lo hecho hasta aquí está guardado: repita la orden con --resume.")
        raise
    if console.quiet:
        return
    if arguments.json:
        answer = metrics if arguments.model == "all" else metrics[arguments.model]
        print(json.dumps(answer, ensure_ascii=False))
    else:
        show(metrics, arguments.out, console)


def resumable(arguments: argparse.Namespace, started: float) -> bool:
    """Whether ``--resume`` would save work: a finished network, or a whole epoch of one.

    Args:
        arguments: the flags.
        started: when this run began; what is older belongs to it only if it was resumed.
    """
    if arguments.out is None:
        return False
    names = NETWORKS if arguments.model == "all" else (arguments.model,)
    saved = [
        path
        for name in names
        for place in (arguments.out, *arguments.out.glob("semilla-*"))
        for path in (place / f"{name}.json", *place.glob(f".{name}-respaldo/epoch-*.weights.h5"))
        if path.is_file()
    ]
    return any(arguments.resume or path.stat().st_mtime >= started for path in saved)


def main() -> int:
    arguments = train_flags.parse()
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")  # TensorFlow's, harmless to the others
    return terminal.run(lambda console: command(arguments, console))


if __name__ == "__main__":
    sys.exit(distribution.ending(main))
