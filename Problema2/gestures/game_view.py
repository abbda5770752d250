"""The game over a frame, in Spanish: score, countdown, result and the computer's hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gestures import drawing
from gestures.drawing import COLOURS, DOUBTFUL, WHITE, Style
from gestures.game import (
    Game,
    Phase,
    Round,
    describe_history,
    describe_match,
    describe_round,
    player_names,
)
from gestures.layout import GAP, Layout, spots
from gestures.portraits import portrait

KEYS_LIVE = "ESPACIO jugar · S guardar imagen · M espejo · Q salir"
KEYS_ROUND = "R dejar la ronda y borrar marcador · S guardar · M espejo · Q salir"
KEYS_GAME = "ESPACIO otra ronda · R borrar marcador · S guardar · M espejo · Q salir"
KEYS_MATCH = "ESPACIO otra partida · R borrar marcador · S guardar · M espejo · Q salir"

# Where things go, best first. Below a hand there is its forearm, so panels start there.
PANEL_PLACES = ("bottom center", "high center")
NARROW_PLACES = tuple(
    f"{row} {side}" for row in ("bottom", "middle", "high") for side in ("left", "right")
)
SCORE_PLACES = tuple(
    f"{row} {column}"
    for row in ("top", "bottom", "middle")
    for column in ("center", "left", "right")
)
PORTRAIT_PLACES = tuple(
    f"{row} {side}" for row in ("middle", "high", "bottom") for side in ("right", "left")
)
PORTRAIT_SIDES = (150, 120, 96, 76)  # pixels of the base size
WIDE, NARROW = 580, 200  # widths of a panel at the base size

Row = tuple[str, Style, float]  # a text, its style and the height of its row, at the base size


def keys_of(game: Game) -> str:
    """The keys that do something now."""
    if game.playing:
        return KEYS_ROUND
    if game.champion is not None:
        return KEYS_MATCH
    return KEYS_GAME if game.active or game.rounds else KEYS_LIVE


def draw_game(canvas: np.ndarray, game: Game, now: float, layout: Layout) -> None:
    """Draw what there is to show of a game at ``now``, in seconds; before the first round nothing.

    The computer's hand is left out where it would cover a hand or a text.
    """
    if game.active or game.rounds:
        _draw_score(canvas, game, layout)
    if game.phase is Phase.COUNTDOWN:
        _draw_call(canvas, str(game.count(now)), "Prepare la mano", layout)
    elif game.phase is Phase.SHOW:
        _draw_call(canvas, "¡Ya!", "Muestre su jugada", layout)
    elif game.phase is Phase.RESULT and game.last is not None:
        _draw_result(canvas, game, game.last, layout)
        if game.players == 1:
            _draw_portrait(canvas, str(game.last.moves[1]), layout)


def _draw_call(canvas: np.ndarray, call: str, prompt: str, layout: Layout) -> None:
    rows = [
        (call, Style(62, anchor="center", weight=800), 64.0),
        (prompt, Style(19, anchor="center"), 30.0),
    ]
    _draw_panel(canvas, [(WIDE, PANEL_PLACES, rows), (NARROW, NARROW_PLACES, rows)], layout)


def _draw_result(canvas: np.ndarray, game: Game, last: Round, layout: Layout) -> None:
    verdict, moves, reason = describe_round(last, game.players)
    winning = None if last.winner is None else last.moves[last.winner]
    colour = WHITE if winning is None else COLOURS[winning]
    first = [(verdict, Style(40, colour, "center", 750), 46.0)]
    if game.champion is not None:  # who has won this round too
        won = f"Partida ganada, {max(game.score)} a {min(game.score)}"
        first.append((won, Style(26, WHITE, "center", 700), 34.0))
    final = (reason, Style(18, DOUBTFUL, "center"), 30.0)
    wide = [*first, (moves, Style(21, anchor="center"), 36.0), final]
    narrow = [*first, *((move, Style(19, anchor="center"), 26.0) for move in moves.split(" · "))]
    narrow.append(final)
    _draw_panel(canvas, [(WIDE, PANEL_PLACES, wide), (NARROW, NARROW_PLACES, narrow)], layout)


def _draw_panel(
    canvas: np.ndarray,
    forms: Sequence[tuple[float, Sequence[str], Sequence[Row]]],
    layout: Layout,
) -> None:
    """Draw the first form (a width, places, rows) for which there is a free place."""
    unit = drawing.unit_of(canvas)
    places = [
        (box, rows)
        for width, names, rows in forms
        for box in spots(canvas, (width * unit, _height(rows) * unit), names)
    ]
    chosen = layout.place([box for box, _ in places], "panel")
    _draw_rows(canvas, *places[chosen])


def _draw_score(canvas: np.ndarray, game: Game, layout: Layout) -> None:
    """Draw the score and, below it, the last rounds."""
    names = player_names(game.players)
    score = f"{names[0]} {game.score[0]} – {game.score[1]} {names[1]}"
    if game.champion is not None:
        score = describe_match(game.champion, game.score, game.players)
    elif game.to_win is not None:
        score += f" (a {game.to_win})"
    rows = [(score, Style(19, anchor="center", weight=650), 26.0)]
    if game.history:
        history = f"Últimas rondas: {describe_history(game.history, game.players)}"
        rows.append((history, Style(14, DOUBTFUL, "center"), 20.0))
    unit = drawing.unit_of(canvas)
    width = max(
        drawing.text_width(text, round(style.size * unit), style.weight) for text, style, _ in rows
    )
    width = min(width + 24 * unit, canvas.shape[1] - 2 * GAP * unit)
    places = spots(canvas, (width, _height(rows) * unit), SCORE_PLACES)
    _draw_rows(canvas, places[layout.place(places, "score")], rows)


def _height(rows: Sequence[Row]) -> float:
    return sum(height for _, _, height in rows) + 10


def _draw_rows(canvas: np.ndarray, box: drawing.Box, rows: Sequence[Row]) -> None:
    """Draw lines one below the other on a dark panel."""
    unit = drawing.unit_of(canvas)
    drawing.darken(canvas, box, strength=0.15)
    x0, y, x1, _ = box
    middle, room, line = (x0 + x1) / 2, x1 - x0 - 16 * unit, y + 3 * unit
    for text, style, height in rows:
        line += height * unit
        scaled = Style(style.size * unit, style.colour, style.anchor, style.weight)
        drawing.put_text(canvas, text, (middle, line - height * unit * 0.15), scaled, room)


def _draw_portrait(canvas: np.ndarray, gesture: str, layout: Layout) -> None:
    unit = drawing.unit_of(canvas)
    places = [
        box
        for side in PORTRAIT_SIDES
        for box in spots(canvas, (side * unit, side * unit), PORTRAIT_PLACES)
    ]
    chosen = layout.place_if_free(places, "portrait")
    if chosen is not None:
        x0, y0, x1, _ = places[chosen]
        drawing.paste(canvas, portrait(gesture, x1 - x0), x0, y0)
