"""Hyperparameters of the network; kept apart from it so that forms need no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is built and trained.

    The published report used hidden ReLU layers, batches of 64 and 100 epochs with a constant rate.
    The values here were chosen on the validation rows of the real file; ``benchmarks/problema1.py``
    compares both ways.
    """

    hidden: tuple[int, ...] = (16, 8)  # the relation is nearly linear; more units fit noise
    epochs: int = 30  # enough for the decaying rate to settle
    batch_size: int = 256  # larger batches make epochs cheap and gradients quiet
    learning_rate: float = 0.01  # at the start; decays to zero along a cosine
    # L2 penalty on the hidden path, as a share of the target's variance: it leaves the linear
    # path alone and lets the hidden one grow only where it pays.
    penalty: float = 0.03
    patience: int = 10  # epochs without a better validation error before stopping
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.hidden or any(units < 1 for units in self.hidden):
            raise ValueError("hidden needs at least one layer, each of one unit or more")
        if min(self.epochs, self.batch_size, self.patience) < 1:
            raise ValueError("epochs, batch_size and patience must be at least 1")
        if not (self.learning_rate > 0 and self.penalty >= 0):
            raise ValueError("learning_rate must be positive and penalty not negative")
