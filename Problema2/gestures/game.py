"""Rock, paper, scissors: the rules, rounds and matches, without picture or clock.

Time comes in as seconds and gestures as names, so a test or a recorded clip plays the same game
as a person does.
"""

from __future__ import annotations

import enum
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gestures.dataset import GESTURES

# What each gesture beats, and how Spanish says so.
BEATS = {"piedra": "tijeras", "papel": "piedra", "tijeras": "papel"}
REASONS = {
    "piedra": "La piedra rompe las tijeras",
    "papel": "El papel envuelve la piedra",
    "tijeras": "Las tijeras cortan el papel",
}
HISTORY_SHOWN = 8  # rounds in the line of the last ones


def outcome(first: str, second: str) -> int:
    """1 if ``first`` wins, -1 if ``second`` wins, 0 for a draw. Raises ValueError if unknown."""
    for gesture in (first, second):
        if gesture not in BEATS:
            raise ValueError(f"not a gesture: {gesture!r}")
    if first == second:
        return 0
    return 1 if BEATS[first] == second else -1


class Phase(enum.Enum):
    """Where a round is."""

    IDLE = "idle"  # nothing going on
    COUNTDOWN = "countdown"  # three, two, one
    SHOW = "show"  # now: the hands are being read
    RESULT = "result"  # who won


@dataclass(frozen=True)
class Timing:
    """Durations in seconds."""

    countdown: float = 3.0
    # After "now" a hand needs a moment to open; what it shows before that does not count.
    settle: float = 0.5
    read: float = 0.7
    result: float = 4.0


@dataclass(frozen=True)
class Round:
    """A finished round. ``moves[0]`` is the left or only player's, ``moves[1]`` the opponent's."""

    moves: tuple[str | None, str | None]  # None: that hand was not recognised
    winner: int | None  # 0 or 1, None for a draw or an annulled round
    annulled: bool  # some hand was not recognised: nobody scores


@dataclass
class Game:
    """One or two players, round after round.

    With one player the opponent is the computer, whose move is drawn when the round starts, before
    any hand is looked at. Call ``start`` on the players' wish and ``update`` on every frame.

    Attributes:
        history: the rounds of this match from first to last, annulled ones too.
        to_win: how many rounds win a match; None for rounds without end.
    """

    rng: random.Random = field(default_factory=random.Random)
    timing: Timing = field(default_factory=Timing)
    players: int = 1
    phase: Phase = Phase.IDLE
    to_win: int | None = None
    history: list[Round] = field(default_factory=list)
    _since: float = 0.0  # when the phase began
    _computer: str | None = None
    _votes: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )

    @property
    def active(self) -> bool:
        """Whether a round is going on or its result is being shown."""
        return self.phase is not Phase.IDLE

    @property
    def playing(self) -> bool:
        """Whether the hands are counted in or read: a round has begun and is not decided."""
        return self.phase in (Phase.COUNTDOWN, Phase.SHOW)

    @property
    def score(self) -> list[int]:
        """Rounds that each side has won in this match."""
        return [sum(each.winner == side for each in self.history) for side in (0, 1)]

    @property
    def rounds(self) -> int:
        """Rounds of this match that are finished and not annulled."""
        return sum(not each.annulled for each in self.history)

    @property
    def last(self) -> Round | None:
        """The round that finished last in this match."""
        return self.history[-1] if self.history else None

    @property
    def champion(self) -> int | None:
        """Who has won the match, 0 or 1; None while it is open."""
        if self.to_win is None or max(self.score) < self.to_win:
            return None
        return self.score.index(self.to_win)

    def start(self, now: float, players: int = 1) -> None:
        """Begin a round, unless one is being played.

        A match that is won gives way to a new one, and so does a change of ``players``.
        """
        if players not in (1, 2):
            raise ValueError(f"players must be 1 or 2, not {players}")
        if self.playing:
            return
        if players != self.players or self.champion is not None:
            self.reset()
            self.players = players
        self._computer = self.rng.choice(GESTURES) if players == 1 else None
        self._votes = (Counter(), Counter())
        self._enter(Phase.COUNTDOWN, now)

    def reset(self) -> None:
        """Leave the round and forget the match."""
        self.phase = Phase.IDLE
        self.history = []

    def update(self, now: float, shown: Sequence[str | None]) -> Round | None:
        """Move on to time ``now``; return the round if this call finished it.

        ``shown`` holds what each player's hand shows, None where it is missing or doubtful; it is
        looked at only while the hands are being read.
        """
        if self.phase is Phase.COUNTDOWN and now - self._since >= self.timing.countdown:
            self._enter(Phase.SHOW, self._since + self.timing.countdown)
        if self.phase is Phase.SHOW:
            elapsed = now - self._since
            if elapsed >= self.timing.settle:
                for votes, gesture in zip(self._votes, shown[: self.players], strict=False):
                    if gesture is not None:
                        votes[gesture] += 1
            if elapsed >= self.timing.settle + self.timing.read:
                self._enter(Phase.RESULT, now)
                return self._finish()
        elif self.phase is Phase.RESULT and now - self._since >= self.timing.result:
            self._enter(Phase.IDLE, now)
        return None

    def count(self, now: float) -> int:
        """The number to show during the countdown: 3, 2, 1; 0 in any other phase."""
        if self.phase is not Phase.COUNTDOWN:
            return 0
        left = self.timing.countdown - (now - self._since)
        return max(1, int(-(-left // 1)))

    def _enter(self, phase: Phase, now: float) -> None:
        self.phase, self._since = phase, now

    def _finish(self) -> Round:
        first, second = (votes.most_common(1)[0][0] if votes else None for votes in self._votes)
        if self.players == 1:
            second = self._computer
        winner = None
        if first is not None and second is not None:
            winner = {1: 0, -1: 1, 0: None}[outcome(first, second)]
        finished = Round((first, second), winner, annulled=first is None or second is None)
        self.history.append(finished)
        return finished


def player_names(players: int) -> tuple[str, str]:
    """What the two sides are called, with one player or with two."""
    return ("Jugador", "Computadora") if players == 1 else ("Izquierda", "Derecha")


def describe_round(last: Round, players: int) -> tuple[str, str, str]:
    """A finished round in Spanish: the verdict, both moves, and the reason."""
    names = player_names(players)
    moves = " · ".join(
        f"{name}: {move or 'no se reconoció'}" for name, move in zip(names, last.moves, strict=True)
    )
    if last.annulled:
        return "Ronda anulada", moves, "Muestre la mano entera hasta ver el resultado"
    if last.winner is None:
        return "Empate", moves, "Las dos jugadas son iguales"
    reason = REASONS[str(last.moves[last.winner])]
    if players == 1:
        return ("Gana la computadora" if last.winner else "¡Gana el jugador!"), moves, reason
    return f"Gana la {names[last.winner].lower()}", moves, reason


def describe_match(champion: int, score: Sequence[int], players: int) -> str:
    """A match that is won, in Spanish."""
    name = player_names(players)[champion].lower()
    text = f"{'El' if name == 'jugador' else 'La'} {name} gana la partida "
    text += f"{score[champion]} a {score[1 - champion]}"
    return f"¡{text}!" if name == "jugador" else text


def describe_history(history: Sequence[Round], players: int) -> str:
    """The last rounds in a line: the winners' initials, = for a draw, × for an annulled round."""
    initials = [name[0] for name in player_names(players)]
    marks = (
        "×" if each.annulled else "=" if each.winner is None else initials[each.winner]
        for each in history[-HISTORY_SHOWN:]
    )
    return " ".join(marks)
