"""Train the gesture classifier, or measure it.

    python train-gesture-classifier.py                              # simulated hands
    python train-gesture-classifier.py --data D.npy --labels L.npy  # and own recordings
    python train-gesture-classifier.py --data D.npy --labels L.npy --simulated 0   # these alone
    python train-gesture-classifier.py --evaluate D.npy L.npy --json
    python train-gesture-classifier.py --baselines                  # simple classifiers, same hands

The result goes to models/problema2/ (try it with ``rock-paper-scissors.py --model``); ``--publish``
puts it in the place of the model that comes with the project.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from flags import aspect_ratio, count, positive
from rich.console import Console

from gestures import dataset, files, terminal
from gestures.arguments import Parser
from gestures.dataset import GESTURES, Recordings
from gestures.features import DEFAULT_ASPECT, to_square_pixels
from gestures.formatting import number, percent
from gestures.inference import MODEL_PATH, GestureClassifier

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models"
OUT = SHIPPED / "problema2"
EMBEDDED = ROOT / "data" / "rps_dataset.npy", ROOT / "data" / "rps_labels.npy"
TITLES = {
    "simulated": "manos simuladas apartadas",
    "filmed": "manos simuladas vistas por MediaPipe, apartadas",
}
BASELINES = {"logistic": "Regresión logística", "nearest": "Vecinos más cercanos"}


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    command = evaluate if args.evaluate else measure_baselines if args.baselines else train
    return terminal.run(
        lambda console: command(args, console),
        "\nInterrumpido: los modelos guardados siguen como estaban.",
    )


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(description="Entrena la red que reconoce piedra, papel o tijeras, o la mide.")
    parser.add_argument("--data", type=Path, metavar="DATASET", help="grabaciones propias (.npy)")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="ETIQUETAS",
        help="sus etiquetas (de entrada, las que están junto a --data)",
    )
    parser.add_argument(
        "--simulated",
        type=count,
        metavar="N",
        help="manos simuladas que se suman (120000); 0: solo las grabaciones",
    )
    parser.add_argument(
        "--aspect",
        type=aspect_ratio,
        default=DEFAULT_ASPECT,
        help="ancho:alto de los cuadros de grabaciones que no lo traen anotado (4:3)",
    )
    parser.add_argument("--epochs", type=positive, help="máximo de épocas (16)")
    parser.add_argument("--seed", type=count, default=0, help="semilla (0)")
    parser.add_argument(
        "--out", type=Path, metavar="CARPETA", help="dónde guardar (models/problema2)"
    )
    parser.add_argument(
        "--publish", action="store_true", help="reemplazar el modelo que trae el proyecto"
    )
    parser.add_argument(
        "--report",
        nargs=3,
        action="append",
        default=[],
        metavar=("NOMBRE", "DATASET", "ETIQUETAS"),
        help="medir también, al final, sobre grabaciones con las que no se entrena (repetible)",
    )
    parser.add_argument(
        "--evaluate",
        nargs=2,
        type=Path,
        metavar=("DATASET", "ETIQUETAS"),
        help="solo medir un modelo sobre estas grabaciones",
    )
    parser.add_argument(
        "--baselines",
        action="store_true",
        help="en lugar de la red, ajustar y medir con las mismas manos una regresión logística y "
        "los vecinos más cercanos",
    )
    parser.add_argument(
        "--model", type=Path, metavar="ARCHIVO", help="red que mide --evaluate (la del proyecto)"
    )
    parser.add_argument("--json", action="store_true", help="el resultado como un objeto JSON")
    args = parser.parse_args(argv)
    if args.labels and not args.data:
        parser.error("--labels necesita también --data")
    if args.out and args.publish:
        parser.error("--publish y --out se excluyen: --publish guarda en models/")
    args.out = SHIPPED if args.publish else args.out or OUT
    if args.data and not args.labels:
        args.labels = dataset.labels_beside(args.data)
    return args


def evaluate(args: argparse.Namespace, console: Console) -> None:
    """Score a model on recordings; TensorFlow is not imported."""
    from gestures import evaluation

    data, labels = args.evaluate
    recordings = dataset.load(data, labels, args.aspect)
    model = GestureClassifier(args.model or MODEL_PATH)
    points = to_square_pixels(recordings.points, recordings.aspect)
    figures = evaluation.scores(model.predict(points), recordings.labels)
    if args.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        show(figures)


def measure_baselines(args: argparse.Namespace, console: Console) -> None:
    """Fit simple classifiers on the hands that the network learns from, and print how they do."""
    own, embedded, others = read(args)
    console.print("Cargando Keras y simulando manos...")
    from gestures import baselines, training

    settings = training.configured(args.seed, args.epochs, args.simulated)
    parts = training.compose(embedded, own, settings)
    with files.explained(args.out, "elija otra carpeta con --out"):
        metrics = baselines.measure(args.out, parts, settings, others, console.print)
    if args.json:
        print(json.dumps(metrics, ensure_ascii=False))
        return
    for name, baseline in metrics["baselines"].items():
        print(f"\n{BASELINES[name]}, validación:")
        show(baseline["validation"])
        for part, figures in (baseline["test"] | baseline["recordings"]).items():
            print(f"\n{BASELINES[name]}, {TITLES.get(part, part)}:")
            show(figures)
    print(f"\nGuardado en {args.out / baselines.FILE}")


def read(args: argparse.Namespace) -> tuple[Recordings | None, Recordings, dict[str, Recordings]]:
    """Own recordings, the embedded ones, and those of others to measure on."""

    def recordings(data: str, labels: str) -> Recordings:
        return dataset.load(Path(data), Path(labels), default_aspect=args.aspect)

    own = recordings(args.data, args.labels) if args.data else None
    others = {name: recordings(data, labels) for name, data, labels in args.report}
    return own, dataset.load(*EMBEDDED), others


def train(args: argparse.Namespace, console: Console) -> None:
    """Train on what there is, and print how well the result does."""
    own, embedded, others = read(args)
    with files.explained(args.out, "elija otra carpeta con --out"):
        args.out.mkdir(parents=True, exist_ok=True)  # before the long work, not after it

    console.print("Cargando Keras y simulando manos...")
    from gestures import training

    settings = training.configured(args.seed, args.epochs, args.simulated)
    parts = training.compose(embedded, own, settings)
    if settings.mixture.simulated:
        console.print(
            "Entre las manos de entrenamiento hay dudosas a propósito: su exactitud queda por "
            "debajo de la de validación."
        )

    def on_epoch(epoch: int, logs: dict[str, float]) -> None:
        loss, accuracy, val_loss, val_accuracy = (
            number(logs[name], 4) for name in ("loss", "accuracy", "val_loss", "val_accuracy")
        )
        console.print(
            f"época {epoch + 1}/{settings.network.epochs}: pérdida {loss}, exactitud {accuracy}; "
            f"validación: pérdida {val_loss}, exactitud {val_accuracy}"
        )

    with files.explained(args.out, "elija otra carpeta con --out"):
        metrics = training.train(args.out, parts, settings, others, on_epoch)
    if args.json:
        print(json.dumps(metrics, ensure_ascii=False))
        return
    print("\nValidación:")
    show(metrics["validation"])
    for name, figures in (metrics["test"] | metrics["recordings"]).items():
        print(f"\n{TITLES.get(name, name)}:")
        show(figures)
    show_contradicted(metrics.get("contradicted", []), args.data)
    print(f"\nGuardado en {args.out}")


def show(figures: dict) -> None:
    """Print the figures of ``evaluation.scores`` for people."""
    accuracy, low, high = (
        number(figure, 4) for figure in (figures["accuracy"], *figures["interval_95"])
    )
    print(f"exactitud {accuracy} (95 %: {low} a {high}), n = {figures['n']}")
    print(" " * 10 + "".join(f"{name:>9}" for name in GESTURES) + "   ← reconocido")
    for name, row in zip(GESTURES, figures["confusion"], strict=True):
        print(f"{name:>10}" + "".join(f"{count:>9}" for count in row))


def show_contradicted(samples: list[dict], data: Path) -> None:
    """Print which samples of ``evaluation.contradicted`` deserve a second look."""
    if not samples:
        return
    print(f"\nMuestras de {data} que la red contradice con seguridad; mírelas otra vez:")
    for sample in samples:
        share = percent(sample["confidence"], 0)
        label, reading = sample["label"], sample["reading"]
        print(f"muestra {sample['number']} (desde 0): etiqueta {label}, parece {reading} ({share})")


if __name__ == "__main__":
    sys.exit(main())
