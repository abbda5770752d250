"""Classify a folder of unlabelled images with a trained network of Problem 3.

python Problema3/predict.py --model FILE|NAME --images DIR --out CSV
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections import Counter
from pathlib import Path

import flags
from progress import progress_bar
from rich.console import Console

from scenes import files, terminal
from scenes.classes import Classes
from scenes.data.images import shown
from scenes.formatting import number
from scenes.problems import Problem
from scenes.results import prediction


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Clasifica las imágenes de una carpeta y escribe un CSV con la clase y la "
        "probabilidad de cada una."
    )
    flags.add_trained_model(parser)
    parser.add_argument(
        "--images", required=True, type=Path, metavar="DIR", help="carpeta, con subcarpetas o no"
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="CSV", help="archivo que se escribe"
    )
    flags.add_batch_size(parser, prediction.BATCH)
    return parser.parse_args()


def require_file(out: Path) -> None:
    """Know at once that ``out`` can be written: no minutes of work for a wrong path.

    Raises:
        Problem: it cannot be written.
    """
    if out.is_dir():
        raise Problem(f"«{shown(out)}» es una carpeta; dé un archivo CSV con --out.")
    with files.explained(shown(out), "elija otro archivo con --out"):
        out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out.parent).close()


def classify(
    arguments: argparse.Namespace, paths: list[Path], console: Console
) -> tuple[prediction.Predictions, Classes]:
    """The network's answers to the files, and the classes that it knows.

    Raises:
        Problem: no file can be read as an image, or the network cannot be loaded.
    """
    with console.status("Cargando el modelo…"):
        import keras

        from scenes.networks import described, foreign, loading

        network = loading.load(arguments.model, arguments.weights)
        outputs = network.output_shape[-1]
        classes = described.classes_of(arguments.model, outputs, arguments.classes)
        network, notes = foreign.prepare(network, arguments.model, paths)
    for line in notes:
        console.print(line)
    with progress_bar(console) as progress:
        task = progress.add_task("Clasificación", total=len(paths))
        answers = prediction.predict(
            lambda batch: keras.ops.convert_to_numpy(network.predict_on_batch(batch)),
            paths,
            network.input_shape[1:3],
            arguments.batch_size,
            lambda done, _: progress.update(task, completed=done),
        )
    if not len(answers.kept):
        raise Problem(
            f"Ningún archivo de «{shown(arguments.images)}» se puede leer como imagen.",
            *answers.skipped,
        )
    return answers, classes


def write(out: Path, names: list[str], answers: prediction.Predictions, classes: Classes) -> None:
    """Write the CSV, whole or not at all: a line a file, with its class and probabilities.

    Raises:
        Problem: the disk is full.
    """
    labels = answers.probabilities.argmax(axis=1)
    try:
        with (
            files.replacing(out) as temporary,
            open(temporary, "w", newline="", encoding="utf-8", errors="backslashreplace") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(["path", "class", *classes])
            for name, label, row in zip(names, labels, answers.probabilities, strict=True):
                writer.writerow([name, classes.names[label], *(f"{value:.6f}" for value in row)])
    except OSError as error:
        raise Problem(
            f"No se pudo escribir «{shown(out)}» ({error.strerror}); lo que había antes queda como "
            "estaba."
        ) from None


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Classify the images of the folder, write the CSV and say what it holds."""
    paths = prediction.list_files(arguments.images)
    require_file(arguments.out)
    # an older answer inside the folder is no image to judge
    paths = [path for path in paths if path.resolve() != arguments.out.resolve()]
    answers, classes = classify(arguments, paths, console)
    names = [paths[at].relative_to(arguments.images).as_posix() for at in answers.kept]
    write(arguments.out, names, answers, classes)
    for line in answers.skipped:
        console.print(f"Omitido: {line}")
    counts = Counter(answers.probabilities.argmax(axis=1).tolist())
    each = ", ".join(f"{label} {counts[at]}" for at, label in enumerate(classes.labels))
    console.print(
        f"{number(len(answers.kept), 0)} imágenes clasificadas en «{shown(arguments.out)}» "
        f"({each}); {len(answers.skipped)} omitidas."
    )


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(
        lambda console: run(arguments, console), "Interrumpido; no se escribió nada."
    )


if __name__ == "__main__":
    sys.exit(main())
