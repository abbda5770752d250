"""Recognise rock, paper and scissors live, and play.

    python rock-paper-scissors.py                     # the camera
    python rock-paper-scissors.py --source demo       # rendered hands: no camera needed
    python rock-paper-scissors.py --source clip.mp4 --headless --json

Keys: SPACE plays a round, R clears the score, S saves the annotated picture, M mirrors the view,
Q or ESC quits.

How a frame travels (``game_loop``): a source gives it, with its time (``sources``). MediaPipe
finds the hands in it, 21 points each, in fractions of the frame (``landmarks``). From their points
on square pixels the network gives each hand four probabilities, one for each gesture and one for
any other hand; their mean over the last frames is what is read (``inference``). The game hears
what the players show (``game``). All of it is drawn on a copy of the frame (``overlay``) and shown;
the key that comes back decides what happens next (``screen``, ``window``). Lines of JSON and saved
pictures tell the rest (``game_report``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flags import fraction, positive, source_flags
from rich.console import Console

from gestures import libraries, terminal
from gestures.arguments import Parser
from gestures.inference import DEFAULT_CONFIDENCE, GestureClassifier, runnable
from gestures.inference import MODEL_PATH as CLASSIFIER_PATH
from gestures.landmarks import MODEL_PATH as LANDMARKER_PATH
from gestures.problems import Problem

TITLE = "Piedra, papel o tijeras"
PICTURES = Path(__file__).resolve().parent / "imagenes"


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    return terminal.run(lambda console: play(args, console))


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(
        description="Reconoce piedra, papel o tijeras en vivo y juega. Teclas: ESPACIO jugar, "
        "R borrar el marcador, S guardar la imagen, M espejo, Q o ESC salir.",
        parents=[source_flags()],
    )
    parser.add_argument("--json", action="store_true", help="un objeto JSON por cuadro")
    parser.add_argument(
        "--confidence",
        type=fraction,
        default=DEFAULT_CONFIDENCE,
        metavar="P",
        help=f"probabilidad desde la que un gesto deja de ser dudoso ({DEFAULT_CONFIDENCE})",
    )
    parser.add_argument(
        "--hands",
        type=int,
        choices=(1, 2),
        default=1,
        help="manos que se buscan; con dos a la vista, ESPACIO enfrenta a dos jugadores (1)",
    )
    parser.add_argument(
        "--rounds",
        type=positive,
        metavar="N",
        help="jugar por partidas: gana quien llega primero a N rondas (sin límite)",
    )
    parser.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        help="vista en espejo (de entrada, solo con la cámara)",
    )
    parser.add_argument(
        "--output", type=Path, default=PICTURES, metavar="CARPETA", help="dónde guarda S"
    )
    parser.add_argument(
        "--model", type=Path, default=CLASSIFIER_PATH, metavar="ARCHIVO", help="red exportada"
    )
    parser.add_argument(
        "--landmarker", type=Path, default=LANDMARKER_PATH, metavar="ARCHIVO", help="MediaPipe"
    )
    return parser.parse_args(argv)


def play(args: argparse.Namespace, console: Console) -> None:
    """Open what the loop needs, and run it."""
    exported = args.model.with_suffix(".tflite")
    if args.model.suffix == ".keras" and runnable(exported) != args.model:
        raise Problem(
            f"«{args.model}» es la red de Keras, con la que no se juega: use el archivo .tflite "
            f"que está a su lado, --model {exported}."
        )
    libraries.require_opencv()
    import game_loop
    import inputs
    from window import Window

    with Window(TITLE, args.headless, args.keys) as window:
        classifier = GestureClassifier(args.model)
        with inputs.opened(args, args.hands) as (source, detector):
            game_loop.run(args, window, classifier, source, detector, console)


if __name__ == "__main__":
    sys.exit(main())
