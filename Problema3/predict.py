"""Classify a folder of unlabelled images with a trained network of Problem 3.

python Problema3/predict.py --model FILE|NAME --images DIR --out CSV
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from pathlib import Path

import flags
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scenes import prediction
from scenes.data import CLASSES, NAMES, DataError
from scenes.formatting import number
from scenes.images import shown
from scenes.quiet import native_stderr_held

COLUMNS = ("path", "class", *CLASSES)


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


def writable(out: Path) -> Path:
    """The temporary file beside ``out``, made at once: no minutes of work for a wrong path.

    Raises:
        DataError: it cannot be written.
    """
    temporary = out.with_name(f".escribiendo-{os.getpid()}-{out.name}")
    if out.is_dir():
        raise DataError(f"«{shown(out)}» es una carpeta; dé un archivo CSV con --out.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
    except OSError as error:
        raise DataError(
            f"No se puede escribir en «{shown(out)}» ({error.strerror or type(error).__name__}); "
            "elija otro archivo con --out."
        ) from None
    return temporary


def run(arguments: argparse.Namespace, files: list[Path], temporary: Path, console: Console):
    """Classify the files and write the CSV; the answers and the number of each class.

    Raises:
        DataError: no file can be read as an image, or the disk is full.
        scenes.models.ModelError, scenes.backbone.BackboneError: the network cannot be loaded.
    """
    with console.status("Cargando el modelo…"):
        import keras

        from scenes import models

        network = models.load(arguments.model, arguments.weights)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task("Clasificación", total=len(files))
        answers = prediction.predict(
            lambda batch: keras.ops.convert_to_numpy(network.predict_on_batch(batch)),
            files,
            network.input_shape[1],
            arguments.batch_size,
            lambda done, _: progress.update(task, completed=done),
        )
    if not len(answers.kept):
        raise DataError(
            [
                f"Ningún archivo de «{shown(arguments.images)}» se puede leer como imagen.",
                *answers.skipped,
            ]
        )
    paths = [files[at].relative_to(arguments.images).as_posix() for at in answers.kept]
    chosen = answers.probabilities.argmax(axis=1)
    try:
        with open(temporary, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for path, label, row in zip(paths, chosen, answers.probabilities, strict=True):
                writer.writerow([path, CLASSES[label], *(f"{value:.6f}" for value in row)])
        os.replace(temporary, arguments.out)
    except OSError as error:
        raise DataError(
            f"No se pudo escribir «{shown(arguments.out)}» ({error.strerror}); lo que había antes "
            "queda como estaba."
        ) from None
    return answers, Counter(chosen.tolist())


def main() -> int:
    arguments = parse_arguments()
    problems, temporary = [], None
    try:
        with native_stderr_held() as terminal:
            console = Console(file=terminal)

            def say(line: str) -> None:
                console.print(line, highlight=False, markup=False, soft_wrap=True)

            try:
                files = prediction.list_files(arguments.images)
                temporary = writable(arguments.out)
                # an older answer inside the folder is no image to judge
                files = [file for file in files if file.resolve() != arguments.out.resolve()]
                answers, counts = run(arguments, files, temporary, console)
            except DataError as error:
                problems = error.problems
            except ValueError as error:
                # by name: importing these classes would import Keras before the flags are read
                if type(error).__name__ not in ("BackboneError", "ModelError"):
                    raise
                problems = [str(error)]
            else:
                for line in answers.skipped:
                    say(f"Omitido: {line}")
                each = ", ".join(f"{NAMES[at]} {counts[at]}" for at in range(len(NAMES)))
                say(
                    f"{number(len(answers.kept), 0)} imágenes clasificadas en "
                    f"«{shown(arguments.out)}» ({each}); {len(answers.skipped)} omitidas."
                )
    except KeyboardInterrupt:
        print("Interrumpido; no se escribió nada.", file=sys.stderr)
        return 130
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    for line in problems:
        print(line, file=sys.stderr)
    return 2 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
