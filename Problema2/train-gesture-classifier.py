"""Train the gesture classifier, or measure it.

    python train-gesture-classifier.py                              # simulated hands
    python train-gesture-classifier.py --data D.npy --labels L.npy  # and own recordings
    python train-gesture-classifier.py --data D.npy --labels L.npy --simulated 0   # these alone
    python train-gesture-classifier.py --evaluate D.npy L.npy --json

The result goes to models/problema2/ (try it with `rock-paper-scissors.py --model`); `--publish`
puts it in the place of the model that comes with the project.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from flags import aspect_ratio, count, positive

from gestures import dataset
from gestures.dataset import GESTURES, DatasetError
from gestures.features import DEFAULT_ASPECT
from gestures.files import BusyError
from gestures.inference import GestureClassifier, ModelError

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models"
OUT = SHIPPED / "problema2"
EMBEDDED = ROOT / "data" / "rps_dataset.npy", ROOT / "data" / "rps_labels.npy"


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    try:
        return evaluate(args) if args.evaluate else train(args)
    except (BusyError, DatasetError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"No se pudo escribir en «{error.filename or args.out}» ({error.strerror or error}); "
            "elija otra carpeta con --out.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("\nInterrumpido: los modelos guardados siguen como estaban.", file=sys.stderr)
        return 130


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Entrena la red que reconoce piedra, papel o tijeras, o la mide."
    )
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
        stem = args.data.stem.removesuffix("_dataset")
        args.labels = args.data.with_name(f"{stem}_labels.npy")
    return args


def evaluate(args: argparse.Namespace) -> int:
    """Score a model on recordings; TensorFlow is not imported."""
    from gestures import evaluation
    from gestures.features import to_square_pixels

    recordings = dataset.load(*args.evaluate, default_aspect=args.aspect)
    model = GestureClassifier(args.model) if args.model else GestureClassifier()
    points = to_square_pixels(recordings.points, recordings.aspect)
    show(evaluation.scores(model.predict(points), recordings.labels), args.json)
    return 0


def train(args: argparse.Namespace) -> int:
    own = None
    if args.data:
        own = dataset.load(args.data, args.labels, default_aspect=args.aspect)
    embedded = dataset.load(*EMBEDDED)
    others = {
        name: dataset.load(data, labels, default_aspect=args.aspect)
        for name, data, labels in args.report
    }
    args.out.mkdir(parents=True, exist_ok=True)

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print("Cargando Keras y simulando manos...", file=sys.stderr, flush=True)
    from gestures import training

    network, mixture = training.configured(args.epochs, args.simulated)
    parts = training.compose(embedded, own, args.seed, mixture)
    if mixture.simulated:
        print(
            "Entre las manos de entrenamiento hay dudosas a propósito: su exactitud queda por "
            "debajo de la de validación.",
            file=sys.stderr,
        )

    def on_epoch(epoch, logs):
        print(
            f"época {epoch + 1}/{network.epochs}: pérdida {logs['loss']:.4f}, "
            f"exactitud {logs['accuracy']:.4f}; validación: pérdida {logs['val_loss']:.4f}, "
            f"exactitud {logs['val_accuracy']:.4f}",
            file=sys.stderr,
            flush=True,
        )

    metrics = training.train(args.out, parts, args.seed, network, mixture, others, on_epoch)
    if args.json:
        print(json.dumps(metrics, ensure_ascii=False))
        return 0
    titles = {
        "simulated": "manos simuladas apartadas",
        "filmed": "manos simuladas vistas por MediaPipe, apartadas",
    }
    print("\nValidación:")
    show(metrics["validation"])
    for name, figures in (metrics["test"] | metrics["recordings"]).items():
        print(f"\n{titles.get(name, name)}:")
        show(figures)
    print(f"\nGuardado en {args.out}")
    return 0


def show(figures: dict, as_json: bool = False) -> None:
    """Print the figures of `evaluation.scores` on stdout."""
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    low, high = figures["interval_95"]
    print(f"exactitud {figures['accuracy']:.4f} (95 %: {low:.4f} a {high:.4f}), n = {figures['n']}")
    print(" " * 10 + "".join(f"{name:>9}" for name in GESTURES) + "   ← reconocido")
    for name, row in zip(GESTURES, figures["confusion"], strict=True):
        print(f"{name:>10}" + "".join(f"{count:>9}" for count in row))


if __name__ == "__main__":
    sys.exit(main())
