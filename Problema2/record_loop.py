"""The camera loop of record-dataset.py: show the hand, and record it on 0, 1 and 2."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from keys import ESCAPE
from screen import Screen
from window import Window

from gestures import overlay
from gestures.dataset import GESTURES
from gestures.formatting import percent
from gestures.frames import FrameSource
from gestures.inference import (
    STEADY_FRAMES,
    GestureClassifier,
    ModelError,
    Reading,
    SteadyReadings,
    read_hands,
)
from gestures.landmarks import Hand, HandDetector
from gestures.overlay import Counts, Scene
from gestures.recording import Recording

Recogniser = Callable[[list[Hand], float], Sequence[Reading | None]]


def run(
    args: argparse.Namespace,
    window: Window,
    source: FrameSource,
    detector: HandDetector,
    recording: Recording,
    rate: float,
) -> None:
    """Go on until the source, the person or ``--max-frames`` ends it.

    ``rate`` is how many samples a second a key that is held records.
    """
    recognise, screen = _recogniser(source), Screen(window, source)
    last_seconds = -1.0  # when the last sample was recorded
    for frame in screen.frames(args.max_frames):
        now = frame.timestamp_ms / 1000
        hands = detector.detect(frame.image, frame.timestamp_ms)
        readings = recognise(hands, frame.aspect) if window.visible else [None] * len(hands)
        scene = Scene(
            [hand.points for hand in hands],
            readings,
            mirror=source.live,
            fps=screen.tick(),
            note=overlay.SIMULATED if source.simulated else "",
            counts=Counts(recording.counts, recording.saved, rate),
            layout=screen.layout,
        )
        key = screen.show(frame, scene)
        if key in (ord("q"), ESCAPE) or window.closed:
            return
        if key == ord("u"):
            label = recording.undo()
            screen.notify("Nada que deshacer" if label is None else f"Deshecho: {GESTURES[label]}")
        elif key in map(ord, "012"):
            label = key - ord("0")
            if not hands:
                screen.notify(f"{overlay.NO_HAND}: no se grabó")
            elif source.still or now - last_seconds >= 1 / rate - 1e-3 or last_seconds < 0:
                recording.add(hands[0].points, label, frame.aspect)
                last_seconds = now
                warning = contradiction(readings[0], label)
                screen.notify(warning or f"+1 {GESTURES[label]}", warning=warning is not None)


def contradiction(reading: Reading | None, label: int) -> str | None:
    """What to tell who records a hand as ``label`` though it clearly looks like another gesture."""
    if reading is None or reading.gesture in (None, GESTURES[label]):
        return None
    share = percent(reading.confidence, 0)
    return f"¡Ojo! Se grabó {GESTURES[label]}, parece {reading.gesture} ({share}) · U deshace"


def _recogniser(source: FrameSource) -> Recogniser:
    """How the hand is labelled while recording: by the current model, if there is one."""
    try:
        classifier = GestureClassifier()
        steady = SteadyReadings(frames=1 if source.still else STEADY_FRAMES)
    except ModelError:  # recording is what one does before there is a model
        return lambda hands, aspect: [None] * len(hands)
    return lambda hands, aspect: read_hands(hands, aspect, classifier, steady)
