"""Hyperparameters of the network; kept apart from it so that forms need no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GATE = 3.0  # standard errors by which more than a line, or more than one spread, must be better
Loss = Literal["huber", "mse"]


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is built and trained.

    The published report used hidden ReLU layers, batches of 64 and 100 epochs with a constant rate.
    ``benchmarks/problema1.py`` compares the values here with other models.
    """

    hidden: tuple[int, ...] = (16, 8)  # of each member; (32, 16) gained nothing
    epochs: int = 40  # enough for the decaying rate to settle; a small table gets more
    batch_size: int = 256  # at most; a small table gets smaller ones
    learning_rate: float = 0.03  # at the start; decays to zero along a cosine
    loss: Loss = "huber"  # squared for usual errors, absolute for large ones; or "mse"
    # «Regularización»: multiplies the L2 penalty of every member. More keeps the network nearer to
    # the line; 0 leaves it free.
    penalty: float = 1.0
    seed: int = 0  # of folds, first weights and order of the rows

    def __post_init__(self) -> None:
        if not self.hidden or any(units < 1 for units in self.hidden):
            raise ValueError("hidden needs at least one layer, each of one unit or more")
        if min(self.epochs, self.batch_size) < 1:
            raise ValueError("epochs and batch_size must be at least 1")
        if not (self.learning_rate > 0 and self.penalty >= 0):
            raise ValueError("learning_rate must be positive and penalty not negative")
        if self.loss not in ("huber", "mse"):
            raise ValueError("loss must be huber or mse")
