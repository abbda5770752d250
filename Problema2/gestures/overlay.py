"""What is drawn over a frame: landmarks, labels, the game and the recorder, in Spanish.

Everything draws in place on a canvas from :func:`canvas_for`. Sizes are given for a 640x480 frame
and scale with the canvas.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gestures import drawing
from gestures.drawing import INK, WHITE, Box, Colour, Style
from gestures.formatting import number, percent
from gestures.game import Game, Phase, Round, describe_round, player_names
from gestures.inference import Reading
from gestures.landmarks import BONES

# Okabe and Ito's palette, told apart by colour-blind people too; BGR.
COLOURS = {"piedra": (0, 159, 230), "papel": (233, 180, 86), "tijeras": (121, 204, 60)}
DOUBTFUL: Colour = (200, 200, 200)
WARNING: Colour = (0, 94, 213)  # the palette's vermilion, which no gesture has
TOP, BOTTOM = 40, 30  # heights of the two bars at the base size
SMALLEST_SIDE = 360  # smaller frames are enlarged so that the text stays readable

KEYS_LIVE = "ESPACIO jugar · S guardar imagen · M espejo · Q salir"
KEYS_GAME = "ESPACIO otra ronda · R borrar marcador · S guardar · M espejo · Q salir"
KEYS_STILL = "Cualquier tecla: siguiente · S guardar imagen · M espejo · Q salir"
SIMULATED = "Manos simuladas"
NO_HAND = "No se ve ninguna mano"

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
    game = scene.game
    if game is not None and not (game.active or game.rounds > 0):
        game = None  # nothing to show of it yet
    if game is None or not game.active:
        _draw_tags(canvas, hands, scene.readings, TOP + (0 if game is None else 44))
    facts = [scene.note] if scene.note else []
    if scene.fps is not None:
        facts.append(f"{scene.fps:.0f} FPS")
    colour, state = _state(hands, scene.readings)
    unit = drawing.unit_of(canvas)
    bar = _top_bar(canvas.shape[1], unit, " · ".join(facts), colour, state)
    drawing.paste(canvas, bar, 0, 0)
    if scene.keys:
        _draw_keys(canvas, scene.keys)
    if game is not None:
        _draw_game(canvas, game, scene.now)
    if scene.counts is not None:
        _draw_counts(canvas, scene.counts)


def _draw_counts(canvas: np.ndarray, counts: Counts) -> None:
    """Draw the recorder's keys and counts."""
    unit = drawing.unit_of(canvas)
    left, top, row = round(12 * unit), round((TOP + 12) * unit), 27 * unit
    panel = (left, top, left + round(196 * unit), top + round(row * 4 + 10 * unit))
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
    pace = number(counts.rate, 0)
    _draw_keys(
        canvas, f"0 1 2 grabar (mantener: {pace} por segundo) · U deshacer · Q guardar y salir"
    )


def draw_notice(canvas: np.ndarray, text: str, scene: Scene, warning: bool = False) -> None:
    """Draw a short message below the score; beside the recorder's counts, above the keys."""
    unit = drawing.unit_of(canvas)
    y = (TOP + 62) * unit if scene.counts is None else canvas.shape[0] - (BOTTOM + 22) * unit
    box = drawing.label_box(canvas, text, canvas.shape[1] / 2, y, 17)
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
    top: float,
) -> None:
    """Draw each hand's label above it, or below where there is no room or another label.

    Labels stay below ``top``, in pixels of the base size.
    """
    unit = drawing.unit_of(canvas)
    half = 17 * unit
    low, high = top * unit + half + 2, canvas.shape[0] - BOTTOM * unit - half - 2
    boxes: list[Box] = []
    for pixels, reading in zip(hands, readings, strict=True):
        if reading is None:
            continue
        (left, top_joint), (right, low_joint) = pixels.min(axis=0), pixels.max(axis=0)
        center = (left + right) / 2
        above = top_joint - half - 12 * unit
        below = low_joint + half + 12 * unit
        label = _label(reading)
        for y in (above, below, low, high):
            box = drawing.label_box(canvas, label, center, min(max(y, low), high), 19)
            if low <= y <= high and not any(drawing.overlap(box, other) for other in boxes):
                break
        boxes.append(box)
        drawing.put_label(canvas, label, box, 19, _colour(reading), INK)


def _draw_game(canvas: np.ndarray, game: Game, now: float) -> None:
    """Draw the score and, during a round, the countdown or the result."""
    names = player_names(game.players)
    score = f"{names[0]} {game.score[0]} – {game.score[1]} {names[1]}"
    _draw_centred(canvas, score, TOP + 24, 19)
    if game.phase is Phase.COUNTDOWN:
        _draw_call(canvas, str(game.count(now)), "Prepare la mano")
    elif game.phase is Phase.SHOW:
        _draw_call(canvas, "¡Ya!", "Muestre su jugada")
    elif game.phase is Phase.RESULT and game.last is not None:
        _draw_result(canvas, game.last, game.players)


def _draw_centred(canvas: np.ndarray, text: str, y: float, size: float) -> None:
    """Draw white text on a dark rectangle in the middle, at ``y`` pixels of the base size."""
    box = drawing.label_box(canvas, text, canvas.shape[1] / 2, y * drawing.unit_of(canvas), size)
    drawing.put_label(canvas, text, box, size)


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


def _draw_keys(canvas: np.ndarray, keys: str) -> None:
    bar = _keys_bar(keys, canvas.shape[1], drawing.unit_of(canvas))
    drawing.paste(canvas, bar, 0, canvas.shape[0] - len(bar))


@functools.lru_cache(maxsize=16)  # the same on nearly every frame
def _keys_bar(keys: str, width: int, unit: float) -> np.ndarray:
    """The bottom bar, (its height, width, 3) uint8."""
    bar = np.full((round(BOTTOM * unit), width, 3), INK, np.uint8)
    at, style = (width / 2, len(bar) - 10 * unit), Style(15 * unit, anchor="center")
    drawing.put_text(bar, keys, at, style, width - 16 * unit)
    return bar


def _draw_call(canvas: np.ndarray, call: str, prompt: str) -> None:
    unit = drawing.unit_of(canvas)
    lines = [
        (60, call, Style(62 * unit, anchor="center", weight=800)),
        (94, prompt, Style(19 * unit, anchor="center")),
    ]
    _draw_panel(canvas, 108, lines)


def _draw_result(canvas: np.ndarray, last: Round, players: int) -> None:
    verdict, moves, reason = describe_round(last, players)
    unit = drawing.unit_of(canvas)
    winning = None if last.winner is None else last.moves[last.winner]
    colour = WHITE if winning is None else COLOURS[winning]
    lines = [
        (45, verdict, Style(40 * unit, colour, "center", 750)),
        (82, moves, Style(21 * unit, anchor="center")),
        (111, reason, Style(18 * unit, DOUBTFUL, "center")),
    ]
    _draw_panel(canvas, 128, lines)


def _draw_panel(canvas: np.ndarray, tall: float, lines: Sequence[tuple[float, str, Style]]) -> None:
    """Draw lines on a dark panel above the bottom bar.

    There it hides the forearm rather than the hand. ``tall`` and each line's distance from the top
    are in pixels of the base size.
    """
    height, width = canvas.shape[:2]
    unit = drawing.unit_of(canvas)
    bottom = height - round((BOTTOM + 8) * unit)
    top = bottom - round(tall * unit)
    half = round(min(width / 2 - 8 * unit, 290 * unit))
    drawing.darken(canvas, (width // 2 - half, top, width // 2 + half, bottom), strength=0.15)
    for down, text, style in lines:
        drawing.put_text(canvas, text, (width / 2, top + down * unit), style, 2 * half - 24 * unit)
