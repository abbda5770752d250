"""What rock-paper-scissors.py prints and saves: a line a frame, a summary, annotated pictures."""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

from gestures.dataset import OUTPUTS
from gestures.formatting import percent
from gestures.frames import Frame
from gestures.game import Game, Round
from gestures.inference import DOUBTFUL, Reading
from gestures.landmarks import Hand

QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 92)


@dataclass(frozen=True)
class Seen:
    """What was recognised in one frame."""

    frame: Frame
    hands: list[Hand]
    readings: list[Reading]  # one per hand
    finished: Round | None = None  # the round that ended with it

    @property
    def best(self) -> int | None:
        """The hand that was read most clearly, None without hands."""
        order = range(len(self.hands))
        return max(order, key=lambda hand: self.readings[hand].confidence, default=None)


@dataclass
class Tally:
    """What the summary says about the frames seen so far."""

    frames: int = 0
    with_hand: int = 0
    gestures: Counter[str] = field(default_factory=Counter)
    known: int = 0  # frames whose gesture the source knows and in which one was recognised
    right: int = 0
    started: float = field(default_factory=time.perf_counter)

    def add(self, seen: Seen) -> None:
        self.frames += 1
        if seen.best is None:
            return
        reading, truth = seen.readings[seen.best], seen.frame.truth
        self.with_hand += 1
        self.gestures[reading.name] += 1
        if truth is not None and reading.gesture is not None:
            self.known += 1
            self.right += reading.gesture == truth

    def summary(self, game: Game) -> dict:
        seconds = time.perf_counter() - self.started
        facts = {
            "summary": True,
            "frames": self.frames,
            "with_hand": self.with_hand,
            "gestures": {name: self.gestures[name] for name in (*OUTPUTS, DOUBTFUL)},
            "seconds": round(seconds, 3),
            "fps": round(self.frames / seconds, 1) if seconds else 0.0,
        }
        if self.known:
            facts["accuracy"] = round(self.right / self.known, 4)
        if game.rounds:
            facts["score"] = game.score
        return facts


def print_frame(args: argparse.Namespace, number: int, seen: Seen) -> None:
    """Print the frame's JSON object, or, without a window, what a picture shows."""
    rows = [
        {
            "gesture": reading.gesture,
            "name": reading.name,
            "confidence": round(reading.confidence, 4),
            "hand": hand.side,
        }
        for hand, reading in zip(seen.hands, seen.readings, strict=True)
    ]
    nothing = {"gesture": None, "name": "ninguna mano", "confidence": 0.0, "hand": None}
    row: dict = {"frame": number} | (nothing if seen.best is None else rows[seen.best])
    frame = seen.frame
    if args.json:
        if args.hands > 1:
            row["hands"] = rows
        if frame.name is not None:
            row["file"] = frame.name
        if frame.truth is not None:
            row["truth"] = frame.truth
        if seen.finished is not None:
            row["round"] = {"moves": seen.finished.moves, "winner": seen.finished.winner}
        print(json.dumps(row, ensure_ascii=False), flush=True)
    elif frame.name is not None and args.headless:
        print(f"{frame.name}: {row['name']} ({percent(row['confidence'], 0)})", flush=True)


def print_summary(args: argparse.Namespace, facts: dict) -> None:
    """Print :meth:`Tally.summary`, as JSON or, without a window, in words."""
    if args.json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    elif args.headless:
        shown = ", ".join(f"{name} {count}" for name, count in facts["gestures"].items())
        print(f"{facts['frames']} cuadros, {facts['with_hand']} con mano: {shown}.", flush=True)


def picture_name(seen: Seen, game: Game) -> str:
    """What the saved picture shows: a round, a gesture, a doubtful hand or none."""
    if game.active:
        return "juego"
    if seen.best is None:
        return "sin-mano"
    return seen.readings[seen.best].name.replace(" ", "-")


def save_picture(canvas: np.ndarray, folder: Path, name: str, console: Console) -> str:
    """Save as the first free ``name-N.jpg`` in ``folder``; return what to tell the person."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = {path.name for path in folder.iterdir()}
        file = next(f for n in itertools.count(1) if (f := f"{name}-{n}.jpg") not in there)
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
        console.print(f"{message}.")
        return message
    return f"Guardada: {folder.name}/{file}"
