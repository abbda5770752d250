"""Audit the scene images: near-duplicates, and labels that the shipped networks contradict.

python Problema3/audit_labels.py [--data DIR] [--out DIR] [--publish] [--json]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import flags
import numpy as np
import pandas as pd
from progress import meter, progress_bar
from rich import box
from rich.console import Console
from rich.table import Table

from scenes import terminal
from scenes.arguments import Parser
from scenes.classes import SCENES
from scenes.data import dataset, sources
from scenes.data.images import shown
from scenes.formatting import MODELS, number, percent
from scenes.problems import Problem
from scenes.results import audit, audit_page, duplicates, gallery, mistakes, stored

OUT = Path(__file__).resolve().parent / "auditoria"
PUBLISHED = flags.FOLDER / "scenes_audit.json"
SIDE = 150  # pixels, as the images were published


def parse_arguments() -> argparse.Namespace:
    parser = Parser(
        description="Busca imágenes casi repetidas y etiquetas de prueba que las redes del "
        "proyecto contradicen a la vez, y escribe una página con las imágenes para que una "
        "persona juzgue. Pide las imágenes reales."
    )
    add = parser.add_argument
    add("--data", type=Path, metavar="DIR", help="carpeta con seg_train y seg_test")
    add(
        "--out",
        type=Path,
        default=OUT,
        metavar="DIR",
        help=f"carpeta en la que se escribe {gallery.NAME} (%(default)s)",
    )
    add("--publish", action="store_true", help="escribe las cifras en models/scenes_audit.json")
    flags.add_json(parser)
    return parser.parse_args()


def run(arguments: argparse.Namespace, console: Console) -> dict:
    """Audit the images and write the page; the JSON of what was found."""
    answers, labels = published_answers()
    source = sources.find(arguments.data, announce=console.print)
    console.print(source.message)
    if arguments.publish and source.kind != "real":
        raise Problem("Solo se publica la auditoría de las imágenes reales; quite --publish.")
    with progress_bar(console) as progress:
        inventory = dataset.scan(source, progress=meter(progress, "Revisión de archivos"))
        require_published(np.array([item.label for item in inventory.test]), labels)
        scenes = dataset.load(inventory, SIDE, progress=meter(progress, "Decodificación"))
        require_published(scenes.test_labels, labels)  # one may fail to decode
        compared = duplicates.joined(
            [
                duplicates.signatures(scenes.train, meter(progress, "Miniaturas: entrenamiento")),
                duplicates.signatures(scenes.test, meter(progress, "Miniaturas: prueba")),
            ]
        )
        pairs = duplicates.near_pairs(compared, meter(progress, "Comparación"))
        names = file_names("seg_train", scenes.train_paths)
        names += file_names("seg_test", scenes.test_paths)
        result = audited(scenes, names, pairs, answers)
        paths = dict(zip(names, scenes.train_paths + scenes.test_paths, strict=True))
        page = audit_page.render(result, paths, meter(progress, "Página"))
    gallery.write(arguments.out, page)
    if arguments.publish:
        stored.write_json(result, PUBLISHED)
    return result


def file_names(subset: str, paths: tuple[Path, ...]) -> list[str]:
    """The same for every copy of the set, wherever it lies."""
    return [f"{subset}/{path.parent.name}/{path.name}" for path in paths]


def published_answers() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Probabilities of each shipped network, and the labels of the images they are of.

    Raises:
        Problem: too few networks that judge.
    """
    networks = stored.stored()
    if sum(name in networks for name in audit.JUDGES) < audit.LEAST_JUDGES:
        raise Problem(
            "En models faltan las probabilidades publicadas de las redes; hacen falta las de "
            f"{audit.LEAST_JUDGES} de estas: {', '.join(audit.JUDGES)}."
        )
    labels = next(iter(networks.values())).labels
    return {name: network.probabilities for name, network in networks.items()}, labels


def require_published(labels: np.ndarray, published: np.ndarray) -> None:
    """Refuse test images other than those the shipped networks answered for.

    Raises:
        Problem: another number of them, or other labels.
    """
    if not np.array_equal(labels, published):
        raise Problem(
            "Las redes publicaron sus respuestas solo para las imágenes de prueba reales, y estas "
            f"son otras ({number(len(labels), 0)} de prueba en vez de "
            f"{number(len(published), 0)}, o con otras clases); indique las reales con --data."
        )


def audited(scenes: dataset.Scenes, names: list[str], pairs: pd.DataFrame, answers: dict) -> dict:
    """The JSON: every pair and joint error by file name, the noise and the accuracies.

    Args:
        scenes: the images.
        names: of the training images and the test images after them.
        pairs: from :func:`scenes.results.duplicates.near_pairs`.
        answers: probabilities of each network on the test images.
    """
    n_train, labels = len(scenes.train_labels), scenes.test_labels
    all_labels = np.concatenate([scenes.train_labels, labels])
    pairs = audit.with_parts(pairs, all_labels, n_train)
    judging = {name: answers[name] for name in audit.JUDGES if name in answers}
    joint = mistakes.shared_mistakes(judging, labels)
    near = audit.near_training(pairs, n_train)
    masks = audit.kept(len(labels), near, joint["index"].to_numpy())
    return {
        "data": scenes.name,
        "n_train": n_train,
        "n_test": len(labels),
        "thresholds": {
            "bits": duplicates.MOST_BITS,
            "grey": duplicates.LEAST_GREY,
            "detail": duplicates.LEAST_DETAIL,
        },
        "near_duplicates": audit.counts(pairs),
        "near_training": [names[n_train + at] for at in near],
        "judges": list(judging),
        "label_noise_method": audit.METHOD,
        "label_noise": {
            name: {
                "noise": audit.label_noise(each, labels),
                "confident_joint": audit.confident_joint(each, labels).tolist(),
            }
            for name, each in judging.items()
        },
        "images_kept": {key: int(mask.sum()) for key, mask in masks.items()},
        "accuracy": audit.accuracies(answers, labels, masks),
        "pairs": listed_pairs(pairs, names, all_labels),
        "joint_errors": listed_errors(joint, names[n_train:]),
    }


def listed_pairs(pairs: pd.DataFrame, names: list[str], labels: np.ndarray) -> list[dict]:
    """The pairs of :func:`scenes.results.audit.with_parts` by file and class names."""
    return [
        {
            "one": names[pair.one],
            "other": names[pair.other],
            "one_label": SCENES.names[labels[pair.one]],
            "other_label": SCENES.names[labels[pair.other]],
            "part": pair.part,
            "contradictory": bool(pair.contradictory),
            "bits": int(pair.bits),
            "grey": round(float(pair.grey), 4),
            "detail": round(float(pair.detail), 4),
        }
        for pair in pairs.itertuples()
    ]


def listed_errors(joint: pd.DataFrame, names: list[str]) -> list[dict]:
    """The errors of :func:`scenes.results.mistakes.shared_mistakes` by file and class names."""
    return [
        {
            "path": names[error["index"]],
            "label": SCENES.names[error["label"]],
            "predicted": SCENES.names[error["predicted"]],
            "confidence": round(error["confidence"], 4),
        }
        for error in joint.to_dict("records")
    ]


def show(result: dict, console: Console) -> None:
    """Print what ``--json`` would, for people."""
    for pair in result["pairs"]:
        mark = "  CLASES DISTINTAS" if pair["contradictory"] else ""
        console.print(
            f"Casi repetidas: {shown(pair['one'])} = {shown(pair['other'])} "
            f"({number(pair['detail'], 3)}){mark}"
        )
    for error in result["joint_errors"]:
        console.print(
            f"Error conjunto: {shown(error['path'])}, las redes dicen "
            f"{SCENES.label(error['predicted'])} "
            f"({percent(error['confidence'])})"
        )
    for line in audit.sentences(result):
        console.print(line)
    table = Table(title="Exactitud con y sin las imágenes sospechosas", box=box.SIMPLE_HEAD)
    table.add_column("Red")
    for heading in (*audit.WITHOUT.values(), "Ruido estimado"):
        table.add_column(heading, justify="right")
    table.add_row("Imágenes", *(number(result["images_kept"][key], 0) for key in audit.WITHOUT))
    for name, row in result["accuracy"].items():
        noise = result["label_noise"].get(name)
        table.add_row(
            MODELS[name],
            *(number(row[key], 4) for key in audit.WITHOUT),
            percent(noise["noise"]) if noise else "—",
        )
    console.print(table)
    console.print(audit.WARNING)


def command(arguments: argparse.Namespace, console: Console) -> None:
    """Audit, and print the result."""
    flags.measure(run, show, arguments, console)
    console.print(f"Página con las imágenes: {shown(arguments.out / gallery.NAME)}")


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(lambda console: command(arguments, console))


if __name__ == "__main__":
    sys.exit(main())
