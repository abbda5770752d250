"""Evaluate a trained network of Problem 3 on the test images, and compare it with another.

python Problema3/evaluate.py --model FILE|NAME [--data DIR] [--compare FILE|NAME] [--limit N]
    [--classes A,B,C] [--json]
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import flags
import numpy as np
from progress import meter, progress_bar
from rich.console import Console
from rich.table import Table

from scenes import classes as known
from scenes import terminal
from scenes.arguments import Parser
from scenes.classes import SCENES, Classes
from scenes.data.dataset import PREFIX
from scenes.data.images import shown
from scenes.data.inventory import Inventory, scan_labelled
from scenes.data.sampling import cut_test
from scenes.data.sources import VARIABLE, Source, find
from scenes.formatting import KINDS, MODELS, interval, number, percent
from scenes.networks.doubt import Rule
from scenes.problems import Problem
from scenes.results import prediction, scores

if TYPE_CHECKING:
    import keras

MISTAKES = 9


def parse_arguments() -> argparse.Namespace:
    parser = Parser(description="Evalúa una red del Problema 3 en las imágenes de prueba.")
    flags.add_trained_model(parser)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="carpeta con las imágenes de prueba: con seg_test o test, o una carpeta por clase, "
        "todas o algunas (sin ella, las reales o las generadas)",
    )
    parser.add_argument(
        "--compare", metavar="MODELO", help="otra red, comparada imagen por imagen (McNemar)"
    )
    parser.add_argument(
        "--limit",
        type=flags.positive,
        metavar="N",
        help="evalúa solo N imágenes de prueba, de cada clase en proporción",
    )
    parser.add_argument(
        "--seed",
        type=flags.natural,
        default=0,
        metavar="N",
        help="semilla de --limit (%(default)s)",
    )
    flags.add_batch_size(parser, prediction.BATCH)
    flags.add_json(parser)
    return parser.parse_args()


@dataclass(frozen=True)
class Judge:
    """A loaded network.

    Attributes:
        name: as the user gave it.
        network: from images (n, height, width, 3), raw RGB 0..255, to (n, classes).
        classes: of its outputs.
        metrics: what the JSON beside its file says.
    """

    name: str
    network: keras.Model
    classes: Classes
    metrics: dict


def load(model: str, arguments: argparse.Namespace, console: Console) -> Judge:
    """Load a network and find out which classes it knows.

    Raises:
        Problem: it cannot be loaded, or its classes are not known.
    """
    with console.status("Cargando el modelo…"):
        from scenes.networks import described, loading

        network = loading.load(model, arguments.weights)
        classes = described.classes_of(model, network.output_shape[-1], arguments.classes)
        return Judge(model, network, classes, described.describe(model))


def test_images(
    source: Source, judge: Judge, arguments: argparse.Namespace, console: Console
) -> Inventory:
    """The images to judge: the test part, or of a folder without parts those not trained on.

    Raises:
        Problem: there are none.
    """
    with progress_bar(console) as progress:
        checking = meter(progress, "Revisión de archivos")
        found = scan_labelled(source.root, source.kind, source.name, judge.classes, checking)
    held_out = set(judge.metrics.get("test_split", {}).get("sha256", ()))
    own = tuple(item for item in found.test if item.digest[:PREFIX] in held_out)
    if own and len(own) < len(found.test):
        kept = "la única" if len(own) == 1 else f"las {number(len(own), 0)}"
        console.print(
            f"Con imágenes de esta carpeta se entrenó la red: se evalúan solo {kept} que se "
            f"apartaron para probarla, de {number(len(found.test), 0)}. Si otras son nuevas, "
            "póngalas en una carpeta aparte."
        )
        found = replace(found, test=own)
    if arguments.limit:
        found = cut_test(found, arguments.limit, arguments.seed)
    return found


def run(arguments: argparse.Namespace, source: Source, console: Console) -> dict:
    """Judge the test images with one network or two; what ``--json`` prints.

    Raises:
        Problem: not one test image can be decoded, or a network cannot be loaded.
    """
    judge = load(arguments.model, arguments, console)
    inventory = test_images(source, judge, arguments, console)
    answers, rule = answer(judge, arguments, inventory, console)
    labels = labels_of(inventory, answers)
    result = {
        "model": judge.name,
        "data": inventory.name,
        "data_kind": inventory.kind,
        **judge.classes.describe(),
        **scores.measure(answers.probabilities, labels, judge.classes),
        "doubtful": doubtful(answers, rule),
        "skipped": [*inventory.skipped, *answers.skipped],
        "mistakes": mistakes(inventory, answers, labels, judge.classes),
    }
    if arguments.compare:
        result["comparison"] = compare(arguments, judge, inventory, answers, console)
    return result


def compare(
    arguments: argparse.Namespace,
    judge: Judge,
    inventory: Inventory,
    answers: prediction.Predictions,
    console: Console,
) -> dict:
    """Another network's accuracy on the same images, and McNemar's test between both.

    Raises:
        Problem: it knows other classes, or cannot be loaded.
    """
    other = load(arguments.compare, arguments, console)
    if set(other.classes) != set(judge.classes):
        raise Problem(
            f"«{other.name}» distingue {', '.join(other.classes)} y «{judge.name}» "
            f"{', '.join(judge.classes)}: no se comparan."
        )
    # both networks skip the same damaged files, since neither sees them
    labels = labels_of(inventory, answers)
    judged, _ = answer(other, arguments, inventory, console)
    theirs = judged.probabilities[:, [other.classes.index(name) for name in judge.classes]]
    return {
        "model": other.name,
        "accuracy": float(np.mean(theirs.argmax(axis=1) == labels)),
        **scores.mcnemar(answers.probabilities, theirs, labels),
    }


def answer(
    judge: Judge, arguments: argparse.Namespace, inventory: Inventory, console: Console
) -> tuple[prediction.Predictions, Rule | None]:
    """A network's answers to the test images, and its rule of doubt if it has one.

    Raises:
        Problem: not one of them can be decoded.
    """
    from scenes.networks import described, doubt, foreign, watched

    title = MODELS.get(judge.name, judge.name)
    learned = judge.metrics.get("data_kind", inventory.kind)
    if learned in KINDS and learned != inventory.kind:
        console.print(
            f"{title} se entrenó con {KINDS[learned]} y aquí se evalúa con "
            f"{KINDS[inventory.kind]}: estas cifras no se comparan con las publicadas.",
        )
    paths = [item.path for item in inventory.test]
    network, notes = foreign.prepare(judge.network, judge.name, paths)
    for line in notes:
        console.print(line)
    answering, rule = watched.answering(network, doubt.read(described.locate(judge.name)))
    with progress_bar(console) as progress:
        task = progress.add_task(f"Evaluación de {title}", total=len(paths))
        answers = prediction.predict(
            answering,
            paths,
            network.input_shape[1:3],
            arguments.batch_size,
            lambda done, _: progress.update(task, completed=done),
        )
    if not len(answers.kept):
        raise Problem("Ninguna imagen de prueba se puede decodificar.", *answers.skipped)
    return answers, rule


def labels_of(inventory: Inventory, answers: prediction.Predictions) -> np.ndarray:
    """Labels of the images that were judged."""
    return np.array([item.label for item in inventory.test])[answers.kept]


def doubtful(answers: prediction.Predictions, rule: Rule | None) -> int | None:
    """How many of the images judged are doubtful; nothing without a rule."""
    if rule is None or answers.scores is None:
        return None
    return int(rule.doubtful(answers.scores).sum())


def mistakes(
    inventory: Inventory,
    answers: prediction.Predictions,
    labels: np.ndarray,
    classes: Classes,
) -> list[dict]:
    """The most confident mistakes with file and class names."""
    paths = [inventory.test[at].path for at in answers.kept]
    return [
        {
            "path": paths[each["index"]].relative_to(inventory.root).as_posix(),
            "label": classes.names[each["label"]],
            "predicted": classes.names[each["predicted"]],
            "confidence": each["confidence"],
            "true_probability": each["true_probability"],
        }
        for each in scores.confident_mistakes(answers.probabilities, labels, MISTAKES)
    ]


def score(value: float | None) -> str:
    """A number with three decimals, or a dash where there is none."""
    return "—" if value is None else number(value, 3)


def show(result: dict, console: Console) -> None:
    """Print what ``--json`` would, for people."""
    classes = known.of(result)
    table = Table(
        title=f"{MODELS.get(result['model'], result['model'])}: {number(result['n'], 0)} imágenes "
        f"de prueba ({KINDS[result['data_kind']]})"
    )
    table.add_column("Clase")
    for heading in ("Imágenes", "Precisión", "Exhaustividad", "F1", "AUC"):
        table.add_column(heading, justify="right")
    for name, spanish in zip(classes.names, classes.labels, strict=True):
        cells = [score(result[key][name]) for key in ("precision", "recall", "f1", "auc")]
        table.add_row(spanish, number(result["support"][name], 0), *cells)
    console.print(table)

    confusion = Table(title="Matriz de confusión: filas, clase real; columnas, clase predicha")
    confusion.add_column("")
    for spanish in classes.labels:
        confusion.add_column(spanish, justify="right")
    for spanish, row in zip(classes.labels, result["confusion"], strict=True):
        confusion.add_row(spanish, *(number(count, 0) for count in row))
    console.print(confusion)

    level = percent(result["interval_level"], 0)
    console.print(
        f"Exactitud {score(result['accuracy'])} {interval(*result['accuracy_ci'])} "
        f"(intervalo bootstrap del {level})."
    )
    if result["macro_auc"] is not None:
        console.print(
            f"AUC macro {score(result['macro_auc'])} {interval(*result['macro_auc_ci'])}."
        )
    console.print(f"Error de calibración (ECE): {score(result['ece'])}.")
    if result["doubtful"] is not None:
        share = percent(result["doubtful"] / result["n"])
        console.print(
            f"Imágenes dudosas: {number(result['doubtful'], 0)} de {number(result['n'], 0)} "
            f"({share})."
        )
    if result["mistakes"]:
        console.print("Errores con mayor confianza:")
    for each in result["mistakes"]:
        console.print(
            f"  {percent(each['confidence'])}  {classes.label(each['predicted'])}, y era "
            f"{classes.label(each['label'])}: {shown(each['path'])}"
        )
    if "comparison" in result:
        console.print(comparison_sentence(result))


def comparison_sentence(result: dict) -> str:
    """What McNemar's test says about the two networks."""
    test = result["comparison"]
    one, other = (MODELS.get(name, name) for name in (result["model"], test["model"]))
    p = "p < 0,001" if test["p_value"] < 0.001 else f"p = {number(test['p_value'], 3)}"
    verdict = "La diferencia es significativa" if test["p_value"] < 0.05 else "No se distinguen"
    return (
        f"Comparación con {other} (exactitud {score(test['accuracy'])}): solo acierta {one} en "
        f"{number(test['only_a'], 0)} imágenes y solo {other} en {number(test['only_b'], 0)}; "
        f"diferencia {number(test['difference'], 3)} {interval(*test['difference_ci'])}. "
        f"{verdict} (McNemar, {p})."
    )


def command(arguments: argparse.Namespace, console: Console) -> None:
    """Find the images, judge them, and print the result.

    Raises:
        Problem: the network knows other classes than what is found unasked.
    """
    from scenes.networks import described

    asked = arguments.data or os.environ.get(VARIABLE)
    if not asked and known.of(described.describe(arguments.model)) != SCENES:
        raise Problem(
            f"«{arguments.model}» no distingue las seis escenas; diga con --data en qué carpeta "
            "están las imágenes de sus clases."
        )
    source = find(arguments.data, announce=console.print)
    console.print(source.message)
    result = run(arguments, source, console)
    for line in result["skipped"]:
        console.print(f"Omitida: {line}")
    flags.print_result(result, show, arguments, console)


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(lambda console: command(arguments, console))


if __name__ == "__main__":
    sys.exit(main())
