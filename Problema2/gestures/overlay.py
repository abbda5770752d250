"""What is drawn over a frame: landmarks, labels, the game and the recorder, in Spanish.

Everything draws in place on a canvas from :func:`canvas_for`. Sizes are given for a 640x480 frame
and scale with the canvas.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from gestures import drawing
from gestures.drawing import (
    BOTTOM,
    COLOURS,
    DOUBTFUL,
    INK,
    TOP,
    WARNING,
    WHITE,
    Colour,
    Style,
)
from gestures.formatting import number, percent
from gestures.game import Game
from gestures.game_view import KEYS_LIVE, draw_game
from gestures.inference import Reading
from gestures.landmarks import BONES
from gestures.layout import Layout, hand_box, spots

SMALLEST_SIDE = 360  # smaller frames are enlarged so that the text stays readable

KEYS_STILL = "Cualquier tecla: siguiente · S guardar imagen · M espejo · Q salir"
SIMULATED = "Manos simuladas"
NO_HAND = "No se ve ninguna mano"
NO_FRAMES = "La cámara no entrega imágenes; esperando…"

# Where things go, best first.
COUNTS_PLACES = ("top left", "top right", "bottom left", "bottom right")
NOTICE_PLACES = tuple(
    f"{row} {column}"
    for row in ("bottom", "high", "top", "low", "upper", "middle")
    for column in ("center", "right", "left")
)

_BONE_ENDS = np.array(BONES)  # (21, 2)


@dataclass(frozen=True)
class Counts:
    """What the recorder shows beside the hand."""

    session: dict[str, int]  # samples of this session, by gesture
    total: int  # in the file
    rate: float  # samples a second while a key is held


@dataclass(frozen=True)
class Scene:
    """What is drawn over one frame."""

    hands: Sequence[np.ndarray]  # (21, 2) landmarks in fractions of the unmirrored frame
    readings: Sequence[Reading | None]  # one per hand; None: seen but not classified
    mirror: bool = False  # whether the canvas is mirrored
    fps: float | None = None
    note: str = ""
    keys: str = KEYS_LIVE
    game: Game | None = None
    now: float = 0.0  # seconds, on the game's clock
    counts: Counts | None = None
    layout: Layout = field(default_factory=Layout)  # one for all frames of a run


def annotated(image: np.ndarray, scene: Scene, reuse: np.ndarray | None = None) -> np.ndarray:
    """A frame with everything that is drawn over it; see :func:`canvas_for`."""
    canvas = canvas_for(image, scene.mirror, reuse)
    draw_scene(canvas, scene)
    return canvas


def canvas_for(image: np.ndarray, mirror: bool, reuse: np.ndarray | None = None) -> np.ndarray:
    """A copy of a BGR frame to draw on, mirrored on request, enlarged if it is tiny.

    ``reuse`` may be an earlier canvas that is no longer needed: writing into it spares the system a
    megabyte of fresh memory per frame.
    """
    into = reuse if reuse is not None and reuse.shape == image.shape else np.empty_like(image)
    if mirror:
        cv2.flip(image, 1, into)
    else:
        np.copyto(into, image)
    canvas = into
    scale = SMALLEST_SIDE / min(canvas.shape[:2])
    if scale > 1:
        canvas = cv2.resize(canvas, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return canvas


def draw_scene(canvas: np.ndarray, scene: Scene) -> None:
    """Draw every hand with its label, the state, a note, the frame rate, the keys and the game.

    During a round the labels beside the hands give way to the game, and the bar alone names the
    gestures.
    """
    hands = [
        _draw_hand(canvas, points, reading, scene.mirror)
        for points, reading in zip(scene.hands, scene.readings, strict=True)
    ]
    unit = drawing.unit_of(canvas)
    scene.layout.begin([hand_box(canvas, pixels) for pixels in hands], apart=round(4 * unit))
    game = scene.game
    if game is not None:
        draw_game(canvas, game, scene.now, scene.layout)
    if scene.counts is not None:
        _draw_counts(canvas, scene.counts, scene.layout)
    if game is None or not game.active:
        _draw_tags(canvas, hands, scene.readings, scene.layout)
    facts = [scene.note] if scene.note else []
    if scene.fps is not None:
        facts.append(f"{scene.fps:.0f} FPS")
    colour, state = _state(hands, scene.readings)
    bar = _top_bar(canvas.shape[1], unit, " · ".join(facts), colour, state)
    drawing.paste(canvas, bar, 0, 0)
    keys = scene.keys if scene.counts is None else _recorder_keys(scene.counts)
    if keys:
        bar = _keys_bar(keys, canvas.shape[1], unit)
        drawing.paste(canvas, bar, 0, canvas.shape[0] - len(bar))


def _draw_counts(canvas: np.ndarray, counts: Counts, layout: Layout) -> None:
    """Draw the recorder's counts."""
    unit = drawing.unit_of(canvas)
    row = 27 * unit
    panels = spots(canvas, (196 * unit, row * 4 + 10 * unit), COUNTS_PLACES)
    panel = panels[layout.place(panels, "counts")]
    left, top = panel[:2]
    drawing.darken(canvas, panel)
    start, end = left + 12 * unit, left + 184 * unit
    for index, (gesture, count) in enumerate(counts.session.items()):
        line = top + row * (index + 0.85)
        name = Style(19 * unit, COLOURS[gesture], weight=650)
        drawing.put_text(canvas, f"{index}  {gesture.capitalize()}", (start, line), name)
        drawing.put_text(canvas, str(count), (end, line), Style(19 * unit, anchor="right"))
    line = top + row * 3.85
    drawing.put_text(canvas, "En el archivo", (start, line), Style(15 * unit, DOUBTFUL))
    drawing.put_text(canvas, str(counts.total), (end, line), Style(15 * unit, DOUBTFUL, "right"))


def _recorder_keys(counts: Counts) -> str:
    pace = number(counts.rate, 0)
    return f"0 1 2 grabar (mantener: {pace} por segundo) · U deshacer · Q guardar y salir"


def draw_notice(canvas: np.ndarray, text: str, scene: Scene, warning: bool = False) -> None:
    """Draw a short message over a scene that is drawn, where it covers least."""
    box = drawing.label_box(canvas, text, 0, 0, 17)
    places = spots(canvas, (box[2] - box[0], box[3] - box[1]), NOTICE_PLACES)
    box = places[scene.layout.place(places, "notice")]
    drawing.put_label(canvas, text, box, 17, *((WARNING, INK) if warning else (INK, WHITE)))


def _state(hands: Sequence[np.ndarray], readings: Sequence[Reading | None]) -> tuple[Colour, str]:
    """The colour and the text of the bar: the hands' labels from left to right."""
    if not readings:
        return DOUBTFUL, NO_HAND
    order = sorted(range(len(hands)), key=lambda hand: hands[hand][:, 0].mean())
    ordered = [readings[hand] for hand in order]
    colour = _colour(ordered[0]) if len(ordered) == 1 else WHITE
    return colour, " · ".join(_label(reading) for reading in ordered)


def _label(reading: Reading | None) -> str:
    if reading is None:
        return "Mano a la vista"
    share = percent(reading.confidence, 0)
    if reading.doubtful:
        return f"¿{reading.likeliest.capitalize()}? Dudoso, {share}"
    return f"{reading.likeliest.capitalize()} {share}"


def _colour(reading: Reading | None) -> Colour:
    return DOUBTFUL if reading is None or reading.doubtful else COLOURS[reading.likeliest]


def _draw_hand(
    canvas: np.ndarray, points: np.ndarray, reading: Reading | None, mirror: bool
) -> np.ndarray:
    """Draw one hand's bones and joints; return its landmarks in canvas pixels, (21, 2) int."""
    height, width = canvas.shape[:2]
    fractions = np.asarray(points, float).reshape(21, 2)
    if mirror:
        fractions = fractions * (-1, 1) + (1, 0)
    pixels = np.rint(fractions * (width, height)).astype(np.int32)
    unit = max(1.0, drawing.unit_of(canvas))
    bones = list(pixels[_BONE_ENDS])  # (21, 2 ends, x and y)
    # A dark line under the bright one keeps it visible on skin and on a white wall alike.
    cv2.polylines(canvas, bones, False, INK, round(5 * unit), cv2.LINE_8)
    cv2.polylines(canvas, bones, False, _colour(reading), max(2, round(2.5 * unit)), cv2.LINE_8)
    joints = list(pixels[:, None])  # a closed line of one point is a round dot
    cv2.polylines(canvas, joints, True, INK, round(9 * unit), cv2.LINE_8)
    cv2.polylines(canvas, joints, True, WHITE, round(6 * unit), cv2.LINE_8)
    return pixels


def _draw_tags(
    canvas: np.ndarray,
    hands: Sequence[np.ndarray],
    readings: Sequence[Reading | None],
    layout: Layout,
) -> None:
    """Draw each hand's label above it, or where it covers neither a hand nor another thing."""
    unit = drawing.unit_of(canvas)
    half = 17 * unit
    low, high = TOP * unit + half + 2, canvas.shape[0] - BOTTOM * unit - half - 2
    for pixels, reading in zip(hands, readings, strict=True):
        if reading is None:
            continue
        left, top, right, bottom = hand_box(canvas, pixels)
        label = _label(reading)
        middle = (left + right) / 2
        points = [(middle, top - half), (middle, bottom + half), (middle, low), (middle, high)]
        points += [(x, y) for y in (top, bottom) for x in (0, canvas.shape[1])]
        boxes = [drawing.label_box(canvas, label, x, min(max(y, low), high), 19) for x, y in points]
        box = boxes[layout.place(boxes)]
        drawing.put_label(canvas, label, box, 19, _colour(reading), INK)


@functools.lru_cache(maxsize=64)  # labels and rates come back within a few frames
def _top_bar(width: int, unit: float, facts: str, colour: Colour, state: str) -> np.ndarray:
    """The top bar, (its height, width, 3) uint8: the state on the left, the facts on the right."""
    bar = np.full((round(TOP * unit), width, 3), INK, np.uint8)
    line, right = round(27 * unit), float(width)
    if facts:
        style = Style(18 * unit, anchor="right")
        right -= drawing.put_text(bar, facts, (width - 12 * unit, line), style)
    style = Style(21 * unit, colour, weight=650)
    drawing.put_text(bar, state, (12 * unit, line), style, right - 36 * unit)
    return bar


@functools.lru_cache(maxsize=16)  # the same on nearly every frame
def _keys_bar(keys: str, width: int, unit: float) -> np.ndarray:
    """The bottom bar, (its height, width, 3) uint8."""
    bar = np.full((round(BOTTOM * unit), width, 3), INK, np.uint8)
    at, style = (width / 2, len(bar) - 10 * unit), Style(15 * unit, anchor="center")
    drawing.put_text(bar, keys, at, style, width - 16 * unit)
    return bar
