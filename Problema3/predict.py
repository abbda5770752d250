"""Classify pictures with a trained network of Problem 3.

python Problema3/predict.py --model FILE|NAME --images FILE|GLOB|DIR|ZIP [...] [--out CSV]
    [--html DIR]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import flags
import numpy as np
from progress import meter, progress_bar
from rich.console import Console

from scenes import files, terminal
from scenes.arguments import Parser
from scenes.classes import Classes
from scenes.data import gathering, pictures
from scenes.data.images import shown
from scenes.data.pictures import Picture
from scenes.formatting import MODELS, number
from scenes.networks.doubt import Rule
from scenes.problems import Problem
from scenes.results import answers, gallery, prediction
from scenes.results.answers import Answer

LISTED = 20  # files left out that are named; nobody reads hundreds


@dataclass(frozen=True)
class Classifier:
    """A network that is ready to answer.

    Attributes:
        predict: from uint8 (n, height, width, 3) to (n, classes) probabilities, and with a rule
            scores of doubt (n,).
        size: height and width of the images.
        classes: of its outputs.
        rule: which scores are beyond doubt's threshold; nothing if the network has none.
    """

    predict: Callable[[np.ndarray], prediction.Answers]
    size: tuple[int, int]
    classes: Classes
    rule: Rule | None


def parse_arguments() -> argparse.Namespace:
    parser = Parser(
        description="Clasifica imágenes y dice la clase y la probabilidad de cada una; con --out "
        "las escribe en un CSV y con --html en una página con miniaturas. La red siempre responde "
        "con una de sus clases, aunque la imagen no sea de ninguna; si tiene una regla de duda, "
        "marca como dudosas las imágenes que se apartan de las de sus clases."
    )
    flags.add_trained_model(parser)
    parser.add_argument(
        "--images",
        required=True,
        nargs="+",
        metavar="IMAGEN",
        help="uno o varios archivos, carpetas (con subcarpetas o no), zips o patrones como "
        "'fotos/*.jpg'",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="CSV",
        help="archivo que se escribe, para Excel en español: UTF-8 y columnas separadas por punto "
        "y coma",
    )
    parser.add_argument(
        "--decimal",
        choices=answers.DECIMALS,
        default="coma",
        help="signo decimal del CSV (%(default)s)",
    )
    parser.add_argument(
        "--html",
        type=Path,
        metavar="DIR",
        help=f"carpeta en la que se escribe {gallery.NAME}, una página con todas las imágenes por "
        "clase: primero las de menor probabilidad, al final las dudosas",
    )
    flags.add_batch_size(parser, prediction.BATCH)
    return parser.parse_args()


def require_places(arguments: argparse.Namespace) -> None:
    """Know at once that the results can be written: no minutes of work for a wrong path.

    Raises:
        Problem: one of them cannot.
    """
    out, html = arguments.out, arguments.html
    if out:
        if out.is_dir():
            raise Problem(f"«{shown(out)}» es una carpeta; dé un archivo CSV con --out.")
        require_writable(out, out.parent, "elija otro archivo con --out")
    if html:
        if html.is_file():
            raise Problem(f"«{shown(html)}» es un archivo; dé una carpeta con --html.")
        require_writable(html, html, "elija otra carpeta con --html")


def require_writable(shown_as: Path, folder: Path, way: str) -> None:
    """Make a folder if it is missing, and try to write into it.

    Raises:
        Problem: it cannot be written.
    """
    with files.explained(shown(shown_as), way):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


def load(arguments: argparse.Namespace, listed: Sequence[Picture], console: Console) -> Classifier:
    """The network: its LiteRT file, which loads in no time, or with Keras where there is none.

    Somebody else's network is tried out on some of the pictures first.

    Raises:
        Problem: it cannot be loaded, or its classes are not known.
    """
    from scenes.networks import described, doubt, exported

    rule = doubt.read(described.locate(arguments.model))
    quick = exported.beside(arguments.model)
    if quick and (answering := quick.answering(rule)):
        classes = described.classes_of(arguments.model, quick.outputs, arguments.classes)
        return Classifier(answering, quick.size, classes, rule)
    with console.status("Cargando el modelo…"):
        from scenes.networks import foreign, loading, watched

        network = loading.load(arguments.model, arguments.weights)
        outputs = network.output_shape[-1]
        classes = described.classes_of(arguments.model, outputs, arguments.classes)
        network, notes = foreign.prepare(network, arguments.model, listed, pictures.read)
    for line in notes:
        console.print(line)
    answering, rule = watched.answering(network, rule)
    return Classifier(answering, network.input_shape[1:3], classes, rule)


def classify(
    classifier: Classifier, listed: Sequence[Picture], batch_size: int, console: Console
) -> tuple[list[Answer], tuple[str, ...]]:
    """The network's answers, and one Spanish line for each file that cannot be read."""
    bar = progress_bar(console) if len(listed) > answers.FEW else contextlib.nullcontext()
    with bar as progress:
        result = prediction.predict(
            classifier.predict,
            listed,
            classifier.size,
            batch_size,
            meter(progress, "Clasificación") if progress else None,
            pictures.read,
        )
    kept = [listed[at] for at in result.kept]
    rows = list(result.probabilities)
    if classifier.rule is None or result.scores is None:
        return list(map(Answer, kept, rows)), result.skipped
    doubtful = classifier.rule.doubtful(result.scores).tolist()
    return list(map(Answer, kept, rows, result.scores.tolist(), doubtful)), result.skipped


def page(
    arguments: argparse.Namespace,
    found: Sequence[Answer],
    skipped: Sequence[str],
    classes: Classes,
    console: Console,
) -> str:
    """The page of ``--html``; nothing without it."""
    if not arguments.html:
        return ""
    name = MODELS.get(arguments.model, Path(arguments.model).name)
    with progress_bar(console) as progress:
        return gallery.render(found, skipped, classes, name, meter(progress, "Miniaturas"))


def show(
    arguments: argparse.Namespace,
    found: Sequence[Answer],
    skipped: Sequence[str],
    classes: Classes,
    console: Console,
) -> None:
    """Print the answers to standard output, and what became of the rest to standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # names of files may hold any letter
    many = len(found) > answers.FEW
    if not many:
        print(*answers.lines(found, classes), sep="\n")
    elif not (arguments.out or arguments.html):
        print(*answers.table(found, classes), sep="\n")
    for line in skipped[:LISTED]:
        console.print(f"Omitido: {line}")
    if len(skipped) > LISTED:
        console.print(f"…y {number(len(skipped) - LISTED, 0)} omitidos más.")
    where = f" en «{shown(arguments.out)}»" if arguments.out else ""
    if many or arguments.out or skipped:
        console.print(answers.summary(found, len(skipped), classes, where))
    if arguments.html:
        console.print(f"Página con las miniaturas: {shown(arguments.html / gallery.NAME)}")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Classify the pictures, write what was asked for, and say what came of it."""
    apart = [arguments.out] if arguments.out else []
    if arguments.html:
        apart.append(arguments.html / gallery.NAME)
    gathered = gathering.gather(arguments.images, apart)
    require_places(arguments)
    classifier = load(arguments, gathered.pictures, console)
    if classifier.rule is None:
        console.print("Esta red no tiene regla de duda: no se sabe qué imágenes son dudosas.")
    found, unread = classify(classifier, gathered.pictures, arguments.batch_size, console)
    skipped = (*gathered.skipped, *unread)
    if not found:
        where = ", ".join(f"«{shown(each)}»" for each in arguments.images[:LISTED])
        raise Problem(f"Ningún archivo de {where} se puede leer como imagen.", *skipped[:LISTED])
    # everything is computed before anything is written, so that an interruption leaves no half
    html = page(arguments, found, skipped, classifier.classes, console)
    if arguments.out:
        decimal = answers.DECIMALS[arguments.decimal]
        answers.write(arguments.out, found, classifier.classes, decimal)
    if arguments.html:
        with files.explained(shown(arguments.html), "elija otra carpeta con --html"):
            gallery.write(arguments.html, html)
    show(arguments, found, skipped, classifier.classes, console)


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(
        lambda console: run(arguments, console), "Interrumpido; no se escribió nada."
    )


if __name__ == "__main__":
    sys.exit(main())
