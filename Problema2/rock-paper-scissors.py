"""Recognise rock, paper and scissors live, and play.

    python rock-paper-scissors.py                     # the camera
    python rock-paper-scissors.py --source demo       # rendered hands: no camera needed
    python rock-paper-scissors.py --source clip.mp4 --headless --json

Keys: SPACE plays a round, R clears the score, S saves the annotated picture, M mirrors the view,
Q or ESC quits.
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from flags import fraction, source_flags
from window import ESCAPE, Window, WindowError, ms_until

from gestures import overlay
from gestures.dataset import GESTURES
from gestures.frames import Frame, FrameSource, SourceError, open_source
from gestures.game import Game, Round
from gestures.inference import (
    DEFAULT_CONFIDENCE,
    STEADY_FRAMES,
    GestureClassifier,
    ModelError,
    Reading,
    SteadyReadings,
    read_hands,
)
from gestures.inference import MODEL_PATH as CLASSIFIER_PATH
from gestures.landmarks import MODEL_PATH as LANDMARKER_PATH
from gestures.landmarks import Hand, HandDetector, LandmarkerError

TITLE = "Piedra, papel o tijeras"
PICTURES = Path(__file__).resolve().parent / "imagenes"
QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 92)
NOTICE_SECONDS = 2.0
FPS_FRAMES = 30  # the rate shown is the mean over this many frames


@dataclass
class Tally:
    """What the summary says about the frames seen so far."""

    frames: int = 0
    with_hand: int = 0
    gestures: Counter = field(default_factory=Counter)
    known: int = 0  # frames whose gesture the source knows and in which one was recognised
    right: int = 0
    started: float = field(default_factory=time.perf_counter)

    def add(self, frame: Frame, best: Reading | None) -> None:
        self.frames += 1
        if best is None:
            return
        self.with_hand += 1
        self.gestures[best.gesture or "dudoso"] += 1
        if frame.truth is not None and best.gesture is not None:
            self.known += 1
            self.right += best.gesture == frame.truth

    def summary(self, game: Game) -> dict:
        seconds = time.perf_counter() - self.started
        facts = {
            "summary": True,
            "frames": self.frames,
            "with_hand": self.with_hand,
            "gestures": {name: self.gestures[name] for name in (*GESTURES, "dudoso")},
            "seconds": round(seconds, 3),
            "fps": round(self.frames / seconds, 1) if seconds else 0.0,
        }
        if self.known:
            facts["accuracy"] = round(self.right / self.known, 4)
        if game.rounds:
            facts["score"] = game.score
        return facts


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    try:
        with contextlib.ExitStack() as stack:
            window = stack.enter_context(Window(TITLE, args.headless, args.keys))
            classifier = GestureClassifier(args.model)
            source = stack.enter_context(
                open_source(
                    args.source,
                    camera=args.camera,
                    width=args.width,
                    height=args.height,
                    seed=args.seed,
                )
            )
            detector = stack.enter_context(
                HandDetector(args.hands, stream=not source.still, model_path=args.landmarker)
            )
            run(args, window, classifier, source, detector)
    except (SourceError, LandmarkerError, ModelError, WindowError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our lines (`| head`) has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
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


def run(
    args: argparse.Namespace,
    window: Window,
    classifier: GestureClassifier,
    source: FrameSource,
    detector: HandDetector,
) -> None:
    """Recognise, draw and answer keys until the source, the person or `--max-frames` ends it."""
    steady = SteadyReadings(args.confidence, 1 if source.still else STEADY_FRAMES)
    game = Game(random.Random(args.seed) if args.keys else random.Random())
    mirror = source.live if args.mirror is None else args.mirror
    notice, notice_until = "", 0.0
    ticks = deque(maxlen=FPS_FRAMES + 1)
    tally = Tally()
    canvas, quitting = None, False
    try:
        for number, frame in enumerate(itertools.islice(source, args.max_frames)):
            now = frame.timestamp_ms / 1000
            height, width = frame.image.shape[:2]
            hands = detector.detect(frame.image, frame.timestamp_ms)
            readings = read_hands(hands, width / height, classifier, steady)
            finished = game.update(now, players_show(hands, readings, game.players, mirror))
            best = max(range(len(hands)), key=lambda i: readings[i].confidence, default=None)
            tally.add(frame, None if best is None else readings[best])
            report(args, number, frame, hands, readings, best, finished)
            ticks.append(time.perf_counter())

            while True:  # once, except for a picture that stays until it is dismissed
                fps = None if source.still else rate(ticks)
                scene = (frame, source, hands, readings, game, now, mirror, fps)
                if window.visible:
                    canvas = draw(*scene, reuse=canvas)
                    if time.perf_counter() < notice_until:
                        overlay.draw_notice(canvas, notice)
                if source.still:
                    key = window.wait(canvas)
                else:
                    key = window.show(canvas, 1 if source.live else ms_until(tally.started + now))
                if key == ord("m"):
                    mirror = not mirror
                elif key == ord("s"):
                    notice = save_picture(
                        draw(*scene, reuse=None), args.output, picture_name(readings, best, game)
                    )
                    notice_until = time.perf_counter() + NOTICE_SECONDS
                elif key == ord("r"):
                    game.reset()
                elif key == ord(" ") and not source.still:
                    game.start(now, players=2 if len(hands) > 1 else 1)
                quitting = key in (ord("q"), ESCAPE) or window.closed
                stays = source.still and window.visible and key in (ord("m"), ord("s"))
                if quitting or not stays:
                    break
            if quitting:
                break
    finally:
        if tally.frames:
            for name in source.skipped:
                print(f"No se pudo leer la imagen «{name}».", file=sys.stderr)
            print_summary(args, tally.summary(game))


def players_show(
    hands: list[Hand], readings: list[Reading], players: int, mirror: bool
) -> list[str | None]:
    """What each player shows, None if unseen or doubtful; two players from left to right."""
    if players == 1:
        best = max(readings, key=lambda reading: reading.confidence, default=None)
        return [None if best is None else best.gesture]
    shown: list[str | None] = [None, None]
    placed = sorted(
        (1 - x if mirror else x, reading.gesture or "")
        for x, reading in zip((h.points[:, 0].mean() for h in hands), readings, strict=True)
    )
    for rank, (x, gesture) in enumerate(placed[:2]):
        # A hand alone belongs to the half of the picture that it is in.
        shown[rank if len(placed) > 1 else int(x >= 0.5)] = gesture or None
    return shown


def draw(
    frame: Frame,
    source: FrameSource,
    hands: list[Hand],
    readings: list[Reading],
    game: Game,
    now: float,
    mirror: bool,
    fps: float | None,
    reuse: np.ndarray | None,
) -> np.ndarray:
    """The annotated picture, BGR, drawn into `reuse` where it fits."""
    canvas = overlay.canvas_for(frame.image, mirror, reuse)
    playing = game.active or game.rounds
    keys = overlay.KEYS_GAME if playing else overlay.KEYS_LIVE
    overlay.draw_scene(
        canvas,
        [hand.points for hand in hands],
        readings,
        mirror=mirror,
        fps=fps,
        note=overlay.SIMULATED if source.simulated else "",
        keys=overlay.KEYS_STILL if source.still else keys,
        game=game,
        now=now,
    )
    return canvas


def rate(ticks: deque) -> float:
    """Frames a second over the last frames."""
    elapsed = ticks[-1] - ticks[0] if len(ticks) > 1 else 0.0
    return (len(ticks) - 1) / elapsed if elapsed else 0.0


def picture_name(readings: list[Reading], best: int | None, game: Game) -> str:
    """What the saved picture shows: a round, a gesture, a doubtful hand or none."""
    if game.active:
        return "juego"
    return "sin-mano" if best is None else readings[best].gesture or "dudoso"


def save_picture(canvas: np.ndarray, folder: Path, name: str) -> str:
    """Save as the first free `name-N.jpg` in `folder`; return what to tell the person."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = {path.name for path in folder.iterdir()}
        file = next(f for n in itertools.count(1) if (f := f"{name}-{n}.jpg") not in taken)
        # cv2.imwrite cannot write to names with accents on Windows.
        content = cv2.imencode(".jpg", canvas, QUALITY)[1].tobytes()
        picture = (folder / file).open("xb")  # not over one that another process saves just now
        try:
            with picture:
                picture.write(content)
        except OSError:
            (folder / file).unlink()  # the half that was written
            raise
    except OSError as error:
        message = f"No se pudo guardar la imagen en {folder}: {error.strerror}"
        print(f"{message}.", file=sys.stderr)
        return message
    return f"Guardada: {folder.name}/{file}"


def report(
    args: argparse.Namespace,
    number: int,
    frame: Frame,
    hands: list[Hand],
    readings: list[Reading],
    best: int | None,
    finished: Round | None,
) -> None:
    """Print the frame's JSON object, or, without a window, what a picture shows."""
    rows = [
        {
            "gesture": reading.gesture,
            "confidence": round(reading.confidence, 4),
            "hand": hand.side,
        }
        for hand, reading in zip(hands, readings, strict=True)
    ]
    nothing = {"gesture": None, "confidence": 0.0, "hand": None}
    row = {"frame": number} | (nothing if best is None else rows[best])
    if args.json:
        if args.hands > 1:
            row["hands"] = rows
        if frame.name is not None:
            row["file"] = frame.name
        if frame.truth is not None:
            row["truth"] = frame.truth
        if finished is not None:
            row["round"] = {"moves": finished.moves, "winner": finished.winner}
        print(json.dumps(row, ensure_ascii=False), flush=True)
    elif frame.name is not None and args.headless:
        shown = "ninguna mano" if best is None else row["gesture"] or "dudoso"
        print(f"{frame.name}: {shown} ({row['confidence']:.0%})", flush=True)


def print_summary(args: argparse.Namespace, facts: dict) -> None:
    if args.json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    elif args.headless:
        shown = ", ".join(f"{name} {count}" for name, count in facts["gestures"].items())
        print(f"{facts['frames']} cuadros, {facts['with_hand']} con mano: {shown}.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
