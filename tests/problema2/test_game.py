"""The rules, and rounds played second by second."""

import itertools
import random

import pytest

from gestures.dataset import GESTURES
from gestures.game import BEATS, REASONS, Game, Phase, Timing, outcome

TIMING = Timing(countdown=3.0, settle=0.5, read=0.7, result=4.0)


def play(game, shown, start=0.0, players=1, fps=30):
    """Run one round from `start`; `shown` maps seconds since "now" to the gestures in view."""
    game.start(start, players)
    finished = None
    for frame in range(1, round(6 * fps)):
        elapsed = frame / fps
        result = game.update(start + elapsed, shown(elapsed - game.timing.countdown))
        if result is not None:
            assert finished is None, "a round finishes once"
            finished = result
    return finished


def test_every_pair_of_gestures():
    wins = {("piedra", "tijeras"), ("papel", "piedra"), ("tijeras", "papel")}
    for first, second in itertools.product(GESTURES, repeat=2):
        expected = 0 if first == second else 1 if (first, second) in wins else -1
        assert outcome(first, second) == expected
        assert outcome(second, first) == -expected


def test_every_gesture_beats_one_loses_to_one_and_has_a_reason():
    assert sorted(BEATS) == sorted(BEATS.values()) == sorted(REASONS) == sorted(GESTURES)


@pytest.mark.parametrize("pair", [("lagarto", "papel"), ("papel", "lagarto"), ("papel", None)])
def test_unknown_gestures_are_refused(pair):
    with pytest.raises(ValueError, match="not a gesture"):
        outcome(*pair)


@pytest.mark.parametrize("mine", GESTURES)
@pytest.mark.parametrize("theirs", GESTURES)
def test_a_round_against_the_computer(mine, theirs):
    class Fixed(random.Random):
        def choice(self, options):
            assert tuple(options) == GESTURES
            return theirs

    game = Game(Fixed(), TIMING)
    result = play(game, lambda _: [mine])
    assert result.moves == (mine, theirs)
    assert not result.annulled
    assert result.winner == {1: 0, -1: 1, 0: None}[outcome(mine, theirs)]
    assert game.score == [outcome(mine, theirs) == 1, outcome(mine, theirs) == -1]
    assert game.rounds == 1


@pytest.mark.parametrize("left", GESTURES)
@pytest.mark.parametrize("right", GESTURES)
def test_a_round_of_two_players(left, right):
    game = Game(random.Random(0), TIMING)
    result = play(game, lambda _: [left, right], players=2)
    assert result.moves == (left, right)
    assert result.winner == {1: 0, -1: 1, 0: None}[outcome(left, right)]


def test_the_computer_chooses_before_it_sees_the_hand():
    """Whatever is shown, the same draw gives the same move, and it is drawn at the start."""
    moves = set()
    for mine in (*GESTURES, None):
        game = Game(random.Random(5), TIMING)
        game.start(0.0)
        state = game.rng.getstate()
        for frame in range(1, 180):
            game.update(frame / 30, [mine])
        assert game.rng.getstate() == state
        moves.add(game.last.moves[1])
    assert len(moves) == 1


def test_the_computer_plays_all_three_about_equally():
    game = Game(random.Random(1), Timing(0, 0, 0, 0))
    moves = []
    for second in range(900):
        game.start(second)
        moves.append(game.update(second + 0.5, ["papel"]).moves[1])
        game.update(second + 0.9, [None])
    for gesture in GESTURES:
        assert 250 < moves.count(gesture) < 350


def test_countdown_numbers():
    game = Game(random.Random(0), TIMING)
    assert game.count(0.0) == 0
    game.start(10.0)
    assert [game.count(10.0 + t) for t in (0, 0.9, 1.0, 1.01, 2.5, 2.99, 3.0)] == [
        *(3, 3, 2, 2),
        *(1, 1, 1),
    ]
    game.update(13.0, [None])
    assert game.phase is Phase.SHOW
    assert game.count(13.0) == 0


def test_only_the_hand_after_it_settled_counts():
    """A fist pumped during the countdown and just after "now" is not the move."""
    game = Game(random.Random(0), TIMING)
    result = play(game, lambda t: ["piedra"] if t < 0.45 else ["tijeras"])
    assert result.moves[0] == "tijeras"


def test_the_majority_counts_and_missing_frames_do_not():
    game = Game(random.Random(0), TIMING)
    result = play(game, lambda t: [None] if t < 0.9 else ["papel"] if t < 1.13 else ["piedra"])
    assert result.moves[0] == "papel"


@pytest.mark.parametrize(
    ("players", "shown"), [(1, [None]), (1, []), (2, ["papel", None]), (2, [None, "papel"])]
)
def test_an_unseen_hand_annuls_the_round(players, shown):
    game = Game(random.Random(0), TIMING)
    result = play(game, lambda _: shown, players=players)
    assert result.annulled
    assert result.winner is None
    assert game.score == [0, 0]
    assert game.rounds == 0


def test_score_runs_over_rounds_and_a_new_number_of_players_clears_it():
    game = Game(random.Random(0), TIMING)
    for number in range(3):
        play(game, lambda _: ["papel", "piedra"], start=20.0 * number, players=2)
    assert game.score == [3, 0]
    game.start(100.0, players=1)
    assert game.score == [0, 0]
    assert game.players == 1


def test_first_to_n_wins_the_match_and_the_next_start_begins_another():
    game = Game(random.Random(0), TIMING, to_win=2)
    rounds = [["papel", "piedra"], ["papel", "tijeras"], ["papel", "papel"], [None, "papel"]]
    for number, moves in enumerate(rounds):
        play(game, lambda _, moves=moves: moves, start=20.0 * number, players=2)
    assert (game.score, game.rounds, game.champion) == ([1, 1], 3, None)
    assert [each.winner for each in game.history] == [0, 1, None, None]
    play(game, lambda _: ["papel", "tijeras"], start=100.0, players=2)
    assert (game.score, game.champion) == ([1, 2], 1)
    game.update(120.0, [None])
    assert (game.phase, game.champion) == (Phase.IDLE, 1)  # still told once the result is gone
    game.start(121.0, players=2)
    assert (game.phase, game.score, game.history) == (Phase.COUNTDOWN, [0, 0], [])
    assert game.champion is None


def test_without_a_number_of_rounds_nobody_wins_a_match():
    game = Game(random.Random(0), TIMING)
    for number in range(9):
        play(game, lambda _: ["papel", "piedra"], start=20.0 * number, players=2)
    assert (game.score, game.champion) == ([9, 0], None)


def test_a_round_cannot_be_restarted_while_it_is_played():
    game = Game(random.Random(0), TIMING)
    game.start(0.0)
    game.update(2.0, [None])
    game.start(2.0, players=2)
    assert (game.players, game.phase) == (1, Phase.COUNTDOWN)
    game.update(3.1, ["papel"])
    game.start(3.2)
    assert game.phase is Phase.SHOW
    game.update(4.5, ["papel"])
    assert game.phase is Phase.RESULT
    game.start(4.6)  # the next round may start while the result shows
    assert game.phase is Phase.COUNTDOWN


def test_the_result_goes_away_and_reset_leaves_everything():
    game = Game(random.Random(0), TIMING)
    play(game, lambda _: ["papel"])
    game.update(20.0, [None])
    assert game.phase is Phase.IDLE
    assert game.last is not None
    game.start(21.0)
    game.reset()
    assert (game.phase, game.score, game.rounds, game.last) == (Phase.IDLE, [0, 0], 0, None)
    assert game.history == []
    assert game.update(30.0, ["papel"]) is None


def test_one_late_frame_still_finishes_the_round():
    """A computer so slow that a single frame falls after "now" reads that frame."""
    game = Game(random.Random(0), TIMING)
    game.start(0.0)
    result = game.update(60.0, ["papel"])
    assert result.moves[0] == "papel"


def test_no_third_player():
    with pytest.raises(ValueError, match="players"):
        Game().start(0.0, players=3)
