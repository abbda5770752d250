"""What is drawn: in its place, legible, and inside the picture whatever its size."""

import random

import numpy as np
import pytest

from gestures import drawing, game_view, overlay, portraits
from gestures.dataset import GESTURES
from gestures.game import (
    Game,
    Phase,
    Round,
    Timing,
    describe_history,
    describe_match,
    describe_round,
    outcome,
)
from gestures.inference import GestureClassifier, Reading
from gestures.layout import Layout
from gestures.overlay import Scene
from gestures.simulator import render

SIZES = [(480, 640), (720, 1280), (1280, 720), (120, 160)]
HAND = np.random.default_rng(0).uniform(0.35, 0.65, (21, 2))
PAPER = Reading("papel", 0.97, False)
WARNING = "¡Ojo! Se grabó tijeras, parece piedra (100 %) · U deshace"


def blank(size=(480, 640), value=255):
    return np.full((*size, 3), value, np.uint8)


def coloured(canvas, colour, tolerance=12):
    """Where a colour was drawn: (y, x) rows."""
    return np.argwhere(np.abs(canvas.astype(int) - colour).max(axis=2) <= tolerance)


def test_canvas_mirrors_and_leaves_the_frame_alone():
    image = np.arange(480 * 640 * 3, dtype=np.uint32).astype(np.uint8).reshape(480, 640, 3)
    before = image.copy()
    canvas = overlay.canvas_for(image, mirror=True)
    assert np.array_equal(canvas, image[:, ::-1])
    canvas[:] = 0
    plain = overlay.canvas_for(image, mirror=False)
    plain[:] = 0
    assert np.array_equal(image, before)


def test_tiny_frames_are_enlarged_to_a_readable_size():
    assert overlay.canvas_for(blank((120, 160)), False).shape == (360, 480, 3)


@pytest.mark.parametrize("mirror", [False, True])
def test_landmarks_lie_on_the_hand(mirror):
    """The white joints are where the landmarks are, on the mirrored picture too."""
    canvas = overlay.canvas_for(blank(value=90), mirror)
    overlay.draw_scene(canvas, Scene([HAND], [PAPER], mirror=mirror))
    for x, y in HAND:
        column = (1 - x if mirror else x) * 640
        assert (
            canvas[round(y * 480), round(column)].min() > 200
            or (
                # a bone drawn on top of the joint of another finger
                np.abs(HAND - (x, y)).max(axis=1) < 0.02
            ).sum()
            > 1
        )


@pytest.mark.parametrize("gesture", GESTURES)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_each_gesture_has_its_colour_and_a_doubtful_one_has_none(gesture, value):
    canvas = blank(value=value)
    overlay.draw_scene(canvas, Scene([HAND], [Reading(gesture, 0.9, False)], mirror=False))
    assert len(coloured(canvas, overlay.COLOURS[gesture])) > 500
    canvas = blank(value=value)
    overlay.draw_scene(canvas, Scene([HAND], [Reading(gesture, 0.4, True)], mirror=False))
    for colour in overlay.COLOURS.values():
        assert len(coloured(canvas, colour, 4)) == 0


def contrast(canvas, box):
    """WCAG contrast ratio between the lightest and darkest pixels of a box (y0, y1, x0, x1)."""
    y0, y1, x0, x1 = box
    part = canvas[y0:y1, x0:x1].reshape(-1, 3)[:, ::-1] / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    light = linear @ (0.2126, 0.7152, 0.0722)
    high, low = np.percentile(light, 99), np.percentile(light, 10)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize(
    "readings", [[], [PAPER], [Reading("piedra", 0.9, False)], [Reading("tijeras", 0.4, True)]]
)
def test_the_bars_are_legible_on_any_background(value, readings):
    canvas = blank(value=value)
    overlay.draw_scene(canvas, Scene([HAND] * len(readings), readings, mirror=False, fps=30))
    assert contrast(canvas, (0, 40, 0, 250)) > 4.5
    assert contrast(canvas, (450, 480, 0, 640)) > 4.5


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_warning_has_a_colour_of_its_own_and_is_legible(value):
    canvas, scene = blank(value=value), Scene([], [], counts=overlay.Counts({}, 0, 10))
    overlay.draw_notice(canvas, WARNING, scene)
    assert not len(coloured(canvas, overlay.WARNING))
    overlay.draw_notice(canvas, WARNING, scene, warning=True)
    (top, left), (bottom, right) = (
        f(coloured(canvas, overlay.WARNING), 0) for f in (np.min, np.max)
    )
    assert contrast(canvas, (top, bottom, left, right)) > 4.5


@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_off_or_runs_into_another(size, monkeypatch):
    """Every line drawn by any screen lies inside the picture and overlaps no other line."""
    written = {}  # by picture: bars and labels are drawn by themselves, then pasted
    true_put, true_paste = drawing.cv2.putText, drawing.paste

    def put(canvas, text, origin, colour, font, height, weight):
        box = drawing.cv2.getTextSize((1 << 14, 1), text, origin, font, height, weight)
        written.setdefault(id(canvas), []).append((text, box))
        return true_put(canvas, text, origin, colour, font, height, weight)

    def paste(canvas, image, x, y):
        moved = [(t, (bx + x, by + y, w, h)) for t, (bx, by, w, h) in written.get(id(image), [])]
        written.setdefault(id(canvas), []).extend(moved)
        true_paste(canvas, image, x, y)

    monkeypatch.setattr(drawing.cv2, "putText", put)
    monkeypatch.setattr(drawing, "paste", paste)
    two = [HAND * 0.4 + (0.02, 0.2), HAND * 0.4 + (0.3, 0.2)]
    doubtful = Reading("tijeras", 0.55, True)
    for name, draw in screens(two, doubtful).items():
        written.clear()
        for cached in (
            *(overlay._keys_bar, overlay._top_bar, drawing.label_image),
            portraits.portrait,
        ):
            cached.cache_clear()
        canvas = overlay.canvas_for(blank(size), False)
        draw(canvas)
        height, width = canvas.shape[:2]
        lines = written[id(canvas)]
        assert lines, name
        for text, (x, y, w, h) in lines:
            assert x >= 0, (name, text)
            assert y >= 0, (name, text)
            assert x + w <= width + 1, (name, text)
            assert y + h <= height + 1, (name, text)
        for i, (text, a) in enumerate(lines):
            for other, b in lines[i + 1 :]:
                apart_x = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0]
                # the height of a line's box has room for accents and tails it may not use
                slack = 0.3 * min(a[3], b[3])
                apart_y = a[1] + a[3] <= b[1] + slack or b[1] + b[3] <= a[1] + slack
                assert apart_x or apart_y, (name, text, other)


def screens(two, doubtful):
    """Every screen of both scripts, by name."""

    def game(players, shown, until):
        game = Game(random.Random(3), Timing(), players)
        game.start(0.0, players)
        for tenth in range(1, round(until * 10) + 1):
            game.update(tenth / 10, shown)
        return game

    def scene(hands, readings, **more):
        return lambda canvas: overlay.draw_scene(canvas, Scene(hands, readings, fps=59.6, **more))

    counts = overlay.Counts(dict.fromkeys(GESTURES, 1234), 99999, 10)

    def recorder(canvas):
        scene = Scene([HAND], [PAPER], fps=60, counts=counts)
        overlay.draw_scene(canvas, scene)
        overlay.draw_notice(canvas, WARNING, scene, warning=True)

    many = game(2, ["papel", None], 5)
    won = [Round(("papel", "piedra"), side, False) for side in (0, 1)]
    many.history = won * 12 + [Round((None, "papel"), None, True), *many.history]
    match = Game(random.Random(3), to_win=12, history=won * 11)
    while match.champion is None:
        start = 10.0 * len(match.history)
        match.start(start)
        while match.playing:
            match.update(start := start + 0.1, ["papel"])
    return {
        "no hand": scene([], []),
        "one": scene([HAND], [PAPER]),
        "demo": scene([HAND], [doubtful], note=overlay.SIMULATED),
        "still": scene([HAND], [doubtful], keys=overlay.KEYS_STILL),
        "two": scene(two, [doubtful, doubtful]),
        "countdown": scene([HAND], [PAPER], game=game(1, [None], 1), now=1, keys="x"),
        "now": scene([HAND], [PAPER], game=game(1, [None], 3.2), now=3.2),
        "result": scene([HAND], [PAPER], game=game(1, ["papel"], 5), now=5),
        "two players": scene(two, [PAPER, doubtful], game=many, now=5, keys=game_view.KEYS_GAME),
        "match": scene([HAND], [PAPER], game=match, keys=game_view.KEYS_MATCH),
        "match, a hand below": scene([HAND + np.array([0, 0.25])], [PAPER], game=match),
        "recorder": recorder,
    }


def games(players):
    """A game in each phase that draws something, with the time."""
    game = Game(random.Random(3), Timing(), players, to_win=1)
    game.start(0.0, players)
    for tenth in range(1, 50):
        game.update(tenth / 10, ["papel", "piedra"])
        if tenth in (10, 32, 49):
            yield game, tenth / 10
    game.update(60.0, [None])
    assert game.phase is Phase.IDLE
    yield game, 60.0


def hands_and_boxes(size):
    """A hand here and there between the bars, and the pixels that it takes."""
    flat = (HAND - HAND.min(axis=0)) / np.ptp(HAND, axis=0)
    for x, y in np.ndindex(4, 4):
        hand = flat * (0.25, 0.35) + (0.02 + 0.23 * x, 0.12 + 0.12 * y)
        (left, top), (right, bottom) = (
            np.rint(f(hand, axis=0) * size[::-1]).astype(int) for f in (np.min, np.max)
        )
        yield hand, (slice(top, bottom), slice(left, right))


ROOMY = [(480, 640), (720, 1280), (640, 480)]


@pytest.mark.parametrize("size", ROOMY)
@pytest.mark.parametrize("players", [1, 2])
def test_nothing_of_the_game_covers_a_hand(size, players):
    """Wherever the hand is between the bars, it looks as it does without the game."""
    for game, now in games(players):
        for hand, box in hands_and_boxes(size):
            alone, canvas = (overlay.canvas_for(blank(size, 90), False) for _ in range(2))
            overlay.draw_scene(alone, Scene([hand], [None]))
            overlay.draw_scene(canvas, Scene([hand], [None], game=game, now=now))
            assert not np.array_equal(alone, canvas)
            assert np.array_equal(alone[box], canvas[box]), (game.phase, box)


@pytest.mark.parametrize("size", ROOMY)
def test_nothing_of_the_recorder_covers_a_hand(size):
    counts = overlay.Counts(dict.fromkeys(GESTURES, 12), 40, 10)
    for hand, box in hands_and_boxes(size):
        alone, canvas = (overlay.canvas_for(blank(size, 90), False) for _ in range(2))
        overlay.draw_scene(alone, Scene([hand], [Reading("papel", 0.5, True)]))
        scene = Scene([hand], [Reading("papel", 0.5, True)], counts=counts)
        overlay.draw_scene(canvas, scene)
        overlay.draw_notice(canvas, WARNING, scene, warning=True)
        assert len(coloured(canvas, overlay.WARNING)) > 500
        assert np.array_equal(alone[box], canvas[box]), box


def test_a_panel_stays_where_it_is_until_a_hand_reaches_it():
    layout = Layout()
    places = [(0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10)]

    def place(*hands):
        layout.begin(hands)
        return layout.place(places, "panel")

    assert place((5, 0, 15, 10)) == 1
    assert place() == 1
    assert place((22, 0, 24, 4)) == 0
    layout.begin([])  # a frame without it
    assert place() == 0
    assert place((0, 0, 28, 10), (41, 0, 42, 1)) == 2  # none is free: the least covered


@pytest.mark.parametrize("gesture", GESTURES)
def test_the_computers_hand_shows_its_move(gesture):
    """The network is sure of the drawn hand, all of which is above the caption."""
    placement, size = portraits.PLACEMENTS[gesture], (portraits.SIDE, portraits.SIDE)
    points = render.pixels(portraits.joints_of(gesture), placement, size)
    probabilities = GestureClassifier().predict(points.reshape(1, 42))[0]
    assert GESTURES[probabilities.argmax()] == gesture
    assert probabilities.max() > 0.9
    assert points.min() > 0.05 * portraits.SIDE
    assert points.max() < 0.95 * portraits.SIDE
    assert points[:, 1].max() < 0.83 * portraits.SIDE
    image = portraits.portrait(gesture, 150)
    assert image.shape == (150, 150, 3)
    wall = np.abs(image[10:120, 10:140].astype(int) - portraits.WALL).max(axis=2) < 8
    assert 0.1 < 1 - wall.mean() < 0.6


def test_the_computers_hand_appears_with_the_result_alone(monkeypatch):
    shown = []
    true_portrait = portraits.portrait
    monkeypatch.setattr(
        game_view, "portrait", lambda *args: shown.append(args[0]) or true_portrait(*args)
    )
    for players, expected in ((1, 1), (2, 0)):
        shown.clear()
        for game, now in games(players):
            overlay.draw_scene(blank(), Scene([HAND], [PAPER], game=game, now=now))
        assert len(shown) == expected
        assert shown == [game.last.moves[1]] * expected


def test_only_keys_that_do_something_are_offered():
    game = Game(random.Random(0), Timing(), to_win=1)
    assert game_view.keys_of(game) == game_view.KEYS_LIVE
    game.start(0.0)
    for second in (1.0, 3.1):
        game.update(second, ["papel"])
        assert game.playing
        assert "ESPACIO" not in game_view.keys_of(game)
    game.history = [Round(("papel", "papel"), None, False)]
    game.phase = Phase.RESULT
    assert "ESPACIO otra ronda" in game_view.keys_of(game)
    game.history.append(Round(("papel", "piedra"), 0, False))
    assert "ESPACIO otra partida" in game_view.keys_of(game)


@pytest.mark.parametrize(
    ("champion", "players", "text"),
    [
        (0, 1, "¡El jugador gana la partida 3 a 1!"),
        (1, 1, "La computadora gana la partida 3 a 1"),
        (0, 2, "La izquierda gana la partida 3 a 1"),
        (1, 2, "La derecha gana la partida 3 a 1"),
    ],
)
def test_a_match_is_told_in_words(champion, players, text):
    assert describe_match(champion, [1, 3] if champion else [3, 1], players) == text


def test_the_last_rounds_in_a_line():
    moves = ("papel", "piedra")
    rounds = [Round(moves, 0, False), Round(moves, 1, False), Round(moves, None, False)]
    rounds.append(Round((None, "papel"), None, True))
    assert describe_history(rounds, 1) == "J C = ×"
    assert describe_history(rounds, 2) == "I D = ×"
    assert describe_history(rounds * 9, 1) == "J C = × J C = ×"


@pytest.mark.parametrize("mine", GESTURES)
@pytest.mark.parametrize("theirs", GESTURES)
@pytest.mark.parametrize("players", [1, 2])
def test_every_round_is_told_in_words(mine, theirs, players):
    result = outcome(mine, theirs)
    winner = {1: 0, -1: 1, 0: None}[result]
    verdict, moves, reason = describe_round(Round((mine, theirs), winner, False), players)
    assert mine in moves
    assert theirs in moves
    if winner is None:
        assert verdict == "Empate"
    else:
        names = ("jugador", "computadora") if players == 1 else ("izquierda", "derecha")
        assert names[winner] in verdict
        assert reason.lower().split()[1] == (mine, theirs)[winner]


def test_an_annulled_round_names_the_hand_that_was_not_seen():
    verdict, moves, _ = describe_round(Round(("papel", None), None, True), 2)
    assert verdict == "Ronda anulada"
    assert "Derecha: no se reconoció" in moves


def test_accents_are_drawn():
    """A font without them would draw a question mark."""
    for word, plain in (("ó", "o"), ("ñ", "n"), ("¿", "?"), ("¡", "!"), ("–", "?")):
        canvases = []
        for text in (word, plain):
            canvas = blank(value=0)
            drawing.put_text(canvas, text, (100, 100), drawing.Style(40))
            canvases.append(canvas)
        assert canvases[0].any()
        assert not np.array_equal(*canvases)


def test_landmarks_far_outside_the_frame_do_no_harm():
    canvas = blank()
    overlay.draw_scene(canvas, Scene([HAND * 6 - 3], [PAPER], mirror=True, fps=30))
    overlay.draw_scene(canvas, Scene([HAND - 2], [PAPER], mirror=False))


def test_a_hand_that_nobody_classified_is_drawn_without_a_label():
    canvas = blank()
    overlay.draw_scene(canvas, Scene([HAND], [None], mirror=False))
    assert not np.array_equal(canvas, blank())
