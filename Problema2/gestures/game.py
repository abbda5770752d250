"""Rock, paper, scissors: the rules and one round after another, without picture or clock.

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
    """One or two players and a running score.

    With one player the opponent is the computer, whose move is drawn when the round starts, before
    any hand is looked at. Call ``start`` on the players' wish and ``update`` on every frame.
    """

    rng: random.Random = field(default_factory=random.Random)
    timing: Timing = field(default_factory=Timing)
    players: int = 1
    phase: Phase = Phase.IDLE
    score: list[int] = field(default_factory=lambda: [0, 0])
    rounds: int = 0  # finished and not annulled
    last: Round | None = None
    _since: float = 0.0  # when the phase began
    _computer: str | None = None
    _votes: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )

    @property
    def active(self) -> bool:
        """Whether a round is going on or its result is being shown."""
        return self.phase is not Phase.IDLE

    def start(self, now: float, players: int = 1) -> None:
        """Begin a round, unless one is being played; changing ``players`` clears the score."""
        if players not in (1, 2):
            raise ValueError(f"players must be 1 or 2, not {players}")
        if self.phase in (Phase.COUNTDOWN, Phase.SHOW):
            return
        if players != self.players:
            self.reset()
            self.players = players
        self._computer = self.rng.choice(GESTURES) if players == 1 else None
        self._votes = (Counter(), Counter())
        self._enter(Phase.COUNTDOWN, now)

    def reset(self) -> None:
        """Leave the round and clear the score."""
        self.phase = Phase.IDLE
        self.score = [0, 0]
        self.rounds = 0
        self.last = None

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
            self.rounds += 1
            result = outcome(first, second)
            if result:
                winner = 0 if result > 0 else 1
                self.score[winner] += 1
        self.last = Round((first, second), winner, annulled=first is None or second is None)
        return self.last


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
