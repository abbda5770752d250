"""The camera loop of rock-paper-scissors.py: recognise, play, draw, and answer keys."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace

import game_report
from game_report import Seen, Tally
from keys import ESCAPE
from rich.console import Console
from screen import Screen
from window import Window

from gestures import overlay
from gestures.frames import FrameSource
from gestures.game import Game
from gestures.game_view import keys_of
from gestures.inference import (
    STEADY_FRAMES,
    GestureClassifier,
    Reading,
    SteadyReadings,
    read_hands,
)
from gestures.landmarks import Hand, HandDetector
from gestures.overlay import Scene


def run(
    args: argparse.Namespace,
    window: Window,
    classifier: GestureClassifier,
    source: FrameSource,
    detector: HandDetector,
    console: Console,
) -> None:
    """Go on until the source, the person or ``--max-frames`` ends it; then print the summary."""
    steady = SteadyReadings(args.confidence, 1 if source.still else STEADY_FRAMES)
    chance = random.Random(args.seed) if args.keys else random.Random()
    game = Game(chance, to_win=args.rounds)
    mirror = source.live if args.mirror is None else args.mirror
    screen, tally = Screen(window, source), Tally()
    try:
        for number, frame in enumerate(screen.frames(args.max_frames)):
            now = frame.timestamp_ms / 1000
            hands = detector.detect(frame.image, frame.timestamp_ms)
            readings = read_hands(hands, frame.aspect, classifier, steady)
            finished = game.update(now, players_show(hands, readings, game.players, mirror))
            seen = Seen(frame, hands, readings, finished)
            tally.add(seen)
            game_report.print_frame(args, number, seen)
            scene = scene_of(seen, source, game, mirror, screen)

            stays = True  # once, except for a picture, which stays until it is dismissed
            while stays:
                key = screen.show(frame, scene)
                if key == ord("m"):
                    mirror = not mirror
                    scene = replace(scene, mirror=mirror)
                elif key == ord("s"):
                    picture = overlay.annotated(frame.image, scene)
                    name = game_report.picture_name(seen, game)
                    screen.notify(game_report.save_picture(picture, args.output, name, console))
                elif key == ord("r"):
                    game.reset()
                elif key == ord(" ") and not source.still:
                    game.start(now, players=2 if len(hands) > 1 else 1)
                if key in (ord("q"), ESCAPE) or window.closed:
                    return
                stays = source.still and window.visible and key in (ord("m"), ord("s"))
    finally:
        if tally.frames:
            if source.unread:
                console.print(source.unread)
            game_report.print_summary(args, tally.summary(game))


def scene_of(seen: Seen, source: FrameSource, game: Game, mirror: bool, screen: Screen) -> Scene:
    """What is drawn over a frame."""
    return Scene(
        [hand.points for hand in seen.hands],
        seen.readings,
        mirror=mirror,
        fps=screen.tick(),
        note=overlay.SIMULATED if source.simulated else "",
        keys=overlay.KEYS_STILL if source.still else keys_of(game),
        game=game,
        now=seen.frame.timestamp_ms / 1000,
        layout=screen.layout,
    )


def players_show(
    hands: Sequence[Hand], readings: Sequence[Reading], players: int, mirror: bool
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
