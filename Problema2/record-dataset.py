"""Record hand landmarks for rock, paper and scissors.

    python record-dataset.py                                       # the camera
    python record-dataset.py --import their_dataset.npy their_labels.npy --aspect 16:9

Keys: 0, 1 and 2 record the hand in view as rock, paper or scissors (one sample a press, or hold
for RATE samples a second), U undoes the last one, Q or ESC quits. Every sample is on the disk as
soon as it is recorded.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

import numpy as np
from flags import aspect_ratio, source_flags
from rich.console import Console

from gestures import dataset, libraries, terminal
from gestures.arguments import Parser
from gestures.dataset import GESTURES
from gestures.landmarks import MODEL_PATH as LANDMARKER_PATH
from gestures.recording import Recording

TITLE = "Grabar gestos"
DATA = Path(__file__).resolve().parents[1] / "data" / "propio_dataset.npy"
RATE = 10.0  # samples a second while a key is held: neighbouring frames are nearly the same hand


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    if args.imported:
        return terminal.run(lambda console: import_recordings(args))
    return terminal.run(
        lambda console: record(args, console),
        "Interrumpido: las muestras grabadas están guardadas.",
    )


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(
        description="Graba manos para entrenar. Teclas: 0 piedra, 1 papel, 2 tijeras "
        f"(mantener: {RATE:g} por segundo), U deshacer, Q o ESC guardar y salir.",
        parents=[source_flags()],
    )
    group = parser.add_argument_group("datos")
    group.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="DATASET",
        help="archivo .npy al que se agregan las muestras (data/propio_dataset.npy)",
    )
    group.add_argument(
        "--labels",
        type=Path,
        metavar="ETIQUETAS",
        help="archivo .npy de etiquetas (de entrada, junto al de datos: propio_labels.npy)",
    )
    group.add_argument(
        "--import",
        dest="imported",
        type=Path,
        nargs=2,
        metavar=("DATASET", "LABELS"),
        help="agregar grabaciones ajenas, (N, 42) o (N, 21, 2), sin abrir la cámara",
    )
    group.add_argument(
        "--aspect",
        type=aspect_ratio,
        help="ancho:alto de los cuadros de las grabaciones ajenas (4:3 si no se sabe)",
    )
    parser.add_argument(
        "--landmarker", type=Path, default=LANDMARKER_PATH, metavar="ARCHIVO", help="MediaPipe"
    )
    args = parser.parse_args(argv)
    args.labels = args.labels or dataset.labels_beside(args.data)
    return args


def import_recordings(args: argparse.Namespace) -> None:
    """Append recordings from elsewhere to the data set."""
    points, labels = args.imported
    new = dataset.read_import(points, labels, args.aspect)
    total = dataset.append(args.data, args.labels, new)
    each = np.bincount(new.labels, minlength=len(GESTURES))
    shown = ", ".join(f"{name} {count}" for name, count in zip(GESTURES, each, strict=True))
    print(f"{len(new)} muestras agregadas ({shown}); {args.data.name} tiene ahora {total}.")


def record(args: argparse.Namespace, console: Console) -> None:
    """Open what the loop needs, run it, and say what was recorded."""
    libraries.require_opencv()
    import inputs
    import record_loop
    from window import Window

    with contextlib.ExitStack() as stack:
        window = stack.enter_context(Window(TITLE, args.headless, args.keys))
        source, detector = stack.enter_context(inputs.opened(args, hands=1))
        recording = stack.enter_context(Recording(args.data, args.labels))
        stack.callback(report, recording)
        record_loop.run(args, window, source, detector, recording, RATE)
        if source.unread:
            console.print(source.unread)


def report(recording: Recording) -> None:
    """Say what was recorded and how to go on."""
    each = ", ".join(f"{name} {count}" for name, count in recording.counts.items())
    count = len(recording)
    print(f"{count} muestras nuevas ({each}); {recording.dataset_path} tiene {recording.saved}.")
    if count:
        print(
            f"Para entrenar: python train-gesture-classifier.py --data {recording.dataset_path} "
            f"--labels {recording.labels_path}"
        )


if __name__ == "__main__":
    sys.exit(main())
