"""What is drawn over a frame: landmarks, labels, the game and the recorder, in Spanish.

Everything draws in place on a canvas from `canvas_for`, in a fraction of a millisecond: OpenCV's
own TrueType font (which knows accents) and panels darkened in place, no full-frame blending.
Sizes are given for a 640x480 frame and scale with the canvas.
"""

import functools
from collections.abc import Sequence

import cv2
import numpy as np

from .game import REASONS, Game, Phase, Round
from .inference import Reading
from .landmarks import BONES

# Okabe and Ito's palette, told apart by colour-blind people too; BGR.
COLOURS = {"piedra": (0, 159, 230), "papel": (233, 180, 86), "tijeras": (121, 204, 60)}
DOUBTFUL = (200, 200, 200)
WHITE = (255, 255, 255)
INK = (24, 24, 24)
BASE_WIDTH, BASE_HEIGHT = 640, 480
TOP, BOTTOM = 40, 30  # heights of the two bars at the base size
SMALLEST_SIDE = 360  # smaller frames are enlarged so that the text stays readable

KEYS_LIVE = "ESPACIO jugar · S guardar imagen · M espejo · Q salir"
KEYS_GAME = "ESPACIO otra ronda · R borrar marcador · S guardar · M espejo · Q salir"
KEYS_STILL = "Cualquier tecla: siguiente · S guardar imagen · M espejo · Q salir"
SIMULATED = "Manos simuladas"
NO_HAND = "No se ve ninguna mano"

_BONE_ENDS = np.array(BONES)  # (21, 2)
_FONT = cv2.FontFace("sans")  # the variable font that OpenCV carries inside


def canvas_for(image: np.ndarray, mirror: bool, reuse: np.ndarray | None = None) -> np.ndarray:
    """A copy of a BGR frame to draw on, mirrored on request, enlarged if it is tiny.

    `reuse` may be an earlier canvas that is no longer needed: writing into it spares the system a
    megabyte of fresh memory per frame.
    """
    into = reuse if reuse is not None and reuse.shape == image.shape else np.empty_like(image)
    canvas = cv2.flip(image, 1, into) if mirror else cv2.copyTo(image, None, into)
    scale = SMALLEST_SIDE / min(canvas.shape[:2])
    if scale > 1:
        canvas = cv2.resize(canvas, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return canvas


def draw_scene(
    canvas: np.ndarray,
    hands: Sequence[np.ndarray],
    readings: Sequence[Reading | None],
    *,
    mirror: bool,
    fps: float | None = None,
    note: str = "",
    keys: str = KEYS_LIVE,
    game: Game | None = None,
    now: float = 0.0,
) -> None:
    """Draw every hand with its label, the state, a note, the frame rate, the keys and the game.

    `hands` are (21, 2) landmarks in fractions of the unmirrored frame, one per reading; the canvas
    is mirrored already if `mirror`. A reading of None is a hand seen but not classified.
    `game` is drawn as it stands at `now` seconds; during a round the labels beside the hands give
    way to it, and the bar alone names the gestures.
    """
    drawn = [_draw_hand(canvas, *pair, mirror) for pair in zip(hands, readings, strict=True)]
    scored = game is not None and (game.active or game.rounds > 0)
    if not (scored and game.active):
        _draw_tags(canvas, drawn, readings, TOP + (44 if scored else 0))
    facts = [note] if note else []
    if fps is not None:
        facts.append(f"{fps:.0f} FPS")
    colour, state = _state(drawn, readings)
    bar = _top_bar(canvas.shape[1], _unit(canvas), " · ".join(facts), colour, state)
    _paste(canvas, bar, 0, 0)
    if keys:
        _draw_keys(canvas, keys)
    if scored:
        _draw_game(canvas, game, now)


def draw_recorder(canvas: np.ndarray, counts: dict[str, int], total: int, rate: float) -> None:
    """Draw the recorder's keys and counts; `counts` is per gesture, `total` what is in the file."""
    unit = _unit(canvas)
    left, top, row = round(12 * unit), round((TOP + 12) * unit), 27 * unit
    _darken(canvas, left, top, left + round(196 * unit), top + round(row * 4 + 10 * unit))
    for number, (gesture, count) in enumerate(counts.items()):
        line = top + row * (number + 0.85)
        label = f"{number}  {gesture.capitalize()}"
        _text(canvas, label, left + 12 * unit, line, 19 * unit, COLOURS[gesture], weight=650)
        _text(canvas, str(count), left + 184 * unit, line, 19 * unit, anchor="right")
    line = top + row * 3.85
    _text(canvas, "En el archivo", left + 12 * unit, line, 15 * unit, DOUBTFUL)
    _text(canvas, str(total), left + 184 * unit, line, 15 * unit, DOUBTFUL, anchor="right")
    _draw_keys(
        canvas, f"0 1 2 grabar (mantener: {rate:g} por segundo) · U deshacer · Q guardar y salir"
    )


def draw_notice(canvas: np.ndarray, text: str) -> None:
    """Draw a short message below the score."""
    _chip(canvas, text, canvas.shape[1] / 2, (TOP + 62) * _unit(canvas), 17)


def describe_round(last: Round, players: int) -> tuple[str, str, str]:
    """A finished round in Spanish: the verdict, both moves, and the reason."""
    names = _names(players)
    moves = " · ".join(
        f"{name}: {move or 'no se reconoció'}" for name, move in zip(names, last.moves, strict=True)
    )
    if last.annulled:
        return "Ronda anulada", moves, "Muestre la mano entera hasta ver el resultado"
    if last.winner is None:
        return "Empate", moves, "Las dos jugadas son iguales"
    reason = REASONS[last.moves[last.winner]]
    if players == 1:
        return ("Gana la computadora" if last.winner else "¡Gana el jugador!"), moves, reason
    return f"Gana la {names[last.winner].lower()}", moves, reason


def _names(players: int) -> tuple[str, str]:
    return ("Jugador", "Computadora") if players == 1 else ("Izquierda", "Derecha")


def _unit(canvas: np.ndarray) -> float:
    """How many pixels one pixel of the 640x480 layout takes on this canvas."""
    height, width = canvas.shape[:2]
    return min(width / BASE_WIDTH, height / BASE_HEIGHT)


def _state(
    hands: Sequence[np.ndarray], readings: Sequence[Reading | None]
) -> tuple[tuple[int, int, int], str]:
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
    percent = f"{reading.confidence * 100:.0f} %"
    if reading.doubtful:
        return f"¿{reading.likeliest.capitalize()}? Dudoso, {percent}"
    return f"{reading.likeliest.capitalize()} {percent}"


def _colour(reading: Reading | None) -> tuple[int, int, int]:
    return DOUBTFUL if reading is None or reading.doubtful else COLOURS[reading.likeliest]


def _draw_hand(canvas: np.ndarray, points: np.ndarray, reading: Reading | None, mirror: bool):
    """Draw one hand's bones and joints; return its landmarks in canvas pixels, (21, 2) int."""
    height, width = canvas.shape[:2]
    fractions = np.asarray(points, float).reshape(21, 2)
    if mirror:
        fractions = fractions * (-1, 1) + (1, 0)
    pixels = np.rint(fractions * (width, height)).astype(np.int32)
    unit = max(1.0, _unit(canvas))
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

    Labels stay below `top`, in pixels of the base size.
    """
    unit = _unit(canvas)
    half = 17 * unit
    low, high = top * unit + half + 2, canvas.shape[0] - BOTTOM * unit - half - 2
    boxes: list[tuple[int, int, int, int]] = []
    for pixels, reading in zip(hands, readings, strict=True):
        if reading is None:
            continue
        (left, top_joint), (right, low_joint) = pixels.min(axis=0), pixels.max(axis=0)
        center = (left + right) / 2
        above = top_joint - half - 12 * unit
        below = low_joint + half + 12 * unit
        label = _label(reading)
        for y in (above, below, low, high):
            box = _chip_box(canvas, label, center, min(max(y, low), high), 19)
            if low <= y <= high and not any(_overlap(box, other) for other in boxes):
                break
        boxes.append(box)
        _draw_chip(canvas, label, box, 19, _colour(reading), INK)


def _draw_game(canvas: np.ndarray, game: Game, now: float) -> None:
    """Draw the score and, during a round, the countdown or the result."""
    names = _names(game.players)
    score = f"{names[0]} {game.score[0]} – {game.score[1]} {names[1]}"
    _chip(canvas, score, canvas.shape[1] / 2, (TOP + 24) * _unit(canvas), 19)
    if game.phase is Phase.COUNTDOWN:
        _draw_call(canvas, str(game.count(now)), "Prepare la mano")
    elif game.phase is Phase.SHOW:
        _draw_call(canvas, "¡Ya!", "Muestre su jugada")
    elif game.phase is Phase.RESULT and game.last is not None:
        _draw_result(canvas, game.last, game.players)


def _paste(canvas: np.ndarray, image: np.ndarray, x: int, y: int) -> None:
    """Copy an opaque picture onto the canvas, its corner at (x, y), clipped to the canvas."""
    top, left = max(0, y), max(0, x)
    region = canvas[top : y + image.shape[0], left : x + image.shape[1]]
    if region.size:
        height, width = region.shape[:2]
        region[:] = image[top - y : top - y + height, left - x : left - x + width]


@functools.lru_cache(maxsize=64)  # labels and rates come back within a few frames
def _top_bar(width: int, unit: float, facts: str, colour: tuple, state: str) -> np.ndarray:
    """The top bar, (its height, width, 3) uint8: the state on the left, the facts on the right."""
    bar = np.full((round(TOP * unit), width, 3), INK, np.uint8)
    line, right = round(27 * unit), width
    if facts:
        right -= _text(bar, facts, width - 12 * unit, line, 18 * unit, anchor="right")
    room = right - 36 * unit
    _text(bar, state, 12 * unit, line, 21 * unit, colour, weight=650, room=room)
    return bar


def _draw_keys(canvas: np.ndarray, keys: str) -> None:
    bar = _keys_bar(keys, canvas.shape[1], _unit(canvas))
    _paste(canvas, bar, 0, canvas.shape[0] - len(bar))


@functools.lru_cache(maxsize=16)  # the same on nearly every frame
def _keys_bar(keys: str, width: int, unit: float) -> np.ndarray:
    """The bottom bar, (its height, width, 3) uint8."""
    bar = np.full((round(BOTTOM * unit), width, 3), INK, np.uint8)
    line, room = len(bar) - 10 * unit, width - 16 * unit
    _text(bar, keys, width / 2, line, 15 * unit, anchor="center", room=room)
    return bar


def _draw_call(canvas: np.ndarray, call: str, prompt: str) -> None:
    x, top, room = _game_panel(canvas, 108)
    unit = _unit(canvas)
    _text(canvas, call, x, top + 60 * unit, 62 * unit, anchor="center", weight=800, room=room)
    _text(canvas, prompt, x, top + 94 * unit, 19 * unit, anchor="center", room=room)


def _draw_result(canvas: np.ndarray, last: Round, players: int) -> None:
    verdict, moves, reason = describe_round(last, players)
    x, top, room = _game_panel(canvas, 128)
    unit = _unit(canvas)
    colour = WHITE if last.winner is None else COLOURS[last.moves[last.winner]]
    _text(canvas, verdict, x, top + 45 * unit, 40 * unit, colour, "center", 750, room)
    _text(canvas, moves, x, top + 82 * unit, 21 * unit, anchor="center", room=room)
    _text(canvas, reason, x, top + 111 * unit, 18 * unit, DOUBTFUL, "center", room=room)


def _game_panel(canvas: np.ndarray, tall: float) -> tuple[float, int, float]:
    """Darken a panel above the bottom bar, where it hides the forearm rather than the hand.

    Returns its centre's x, its top and the width of its lines, in canvas pixels.
    """
    height, width = canvas.shape[:2]
    unit = _unit(canvas)
    bottom = height - round((BOTTOM + 8) * unit)
    top = bottom - round(tall * unit)
    half = round(min(width / 2 - 8 * unit, 290 * unit))
    _darken(canvas, width // 2 - half, top, width // 2 + half, bottom, strength=0.15)
    return width / 2, top, 2 * half - 24 * unit


def _darken(canvas: np.ndarray, x0: int, y0: int, x1: int, y1: int, strength: float = 0.2) -> None:
    """Darken a rectangle in place to `strength` of its brightness, clipped to the canvas."""
    region = canvas[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
    if region.size:
        cv2.convertScaleAbs(region, region, alpha=strength)


def _text(
    canvas: np.ndarray,
    text: str,
    x: float,
    baseline: float,
    size: float,
    colour: tuple[int, int, int] = WHITE,
    anchor: str = "left",
    weight: int = 500,
    room: float | None = None,
) -> float:
    """Draw one line, shrunk until it fits `room` pixels; return its width in pixels."""
    size = max(8, round(size))
    width = _width(text, size, weight)
    if room is not None and width > room > 0:
        size = max(8, int(size * room / width))
        width = _width(text, size, weight)
    start = {"left": x, "center": x - width / 2, "right": x - width}[anchor]
    origin = (max(0, round(start)), round(baseline))
    cv2.putText(canvas, text, origin, colour, _FONT, size, weight)
    return width


@functools.lru_cache(maxsize=256)  # most lines are the same from frame to frame
def _width(text: str, size: int, weight: int) -> int:
    # The image size only bounds where a line would wrap, so a very wide one measures the line.
    return cv2.getTextSize((1 << 14, 1), text, (0, 0), _FONT, size, weight)[2]


def _chip(canvas: np.ndarray, text: str, x: float, y: float, size: float) -> None:
    """Draw white text on a dark rectangle centred at (x, y)."""
    _draw_chip(canvas, text, _chip_box(canvas, text, x, y, size), size, INK, WHITE)


def _chip_box(canvas: np.ndarray, text: str, x: float, y: float, size: float):
    """The rectangle (x0, y0, x1, y1) of a label centred at (x, y), moved inside the canvas."""
    unit = _unit(canvas)
    width = _width(text, round(size * unit), 650) + 20 * unit
    width = min(width, canvas.shape[1])
    half = size * unit * 0.85
    x0 = min(max(0, x - width / 2), canvas.shape[1] - width)
    return round(x0), round(y - half), round(x0 + width), round(y + half)


def _draw_chip(canvas: np.ndarray, text: str, box, size: float, fill, ink) -> None:
    x0, y0, x1, y1 = box
    chip = _chip_image(text, x1 - x0, y1 - y0, size * _unit(canvas), fill, ink)
    _paste(canvas, chip, x0, y0)


@functools.lru_cache(maxsize=256)
def _chip_image(text: str, width: int, height: int, size: float, fill, ink) -> np.ndarray:
    """A label's rectangle with its text, (height, width, 3) uint8."""
    chip = np.full((height, width, 3), fill, np.uint8)
    _text(chip, text, width / 2, height / 2 + size * 0.34, size, ink, "center", 650, width)
    return chip


def _overlap(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
