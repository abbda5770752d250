"""What the published report says of its four networks: the figures to repeat and to beat.

The 3,000 official test images served it as validation set. ``kept`` is their accuracy in the epoch
with the lowest loss, whose weights it kept; ``best``, in the epoch with the highest accuracy;
``auc``, the area under each class's ROC curve, in the order of the six scenes, with two decimals.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One network's figures in the report."""

    epochs: int
    best: float
    kept: float
    auc: tuple[float, ...]


REPORT = {
    "dense": Published(7, 0.1943, 0.1943, (0.53, 0.49, 0.58, 0.57, 0.49, 0.48)),
    "cnn": Published(10, 0.7017, 0.6597, (0.89, 0.98, 0.90, 0.90, 0.87, 0.95)),
    "residual": Published(11, 0.7607, 0.7607, (0.96, 0.99, 0.96, 0.95, 0.97, 0.96)),
    "resnet50": Published(14, 0.8733, 0.8667, (0.99, 1.00, 0.97, 0.97, 0.99, 0.99)),
}


@dataclass(frozen=True)
class Log:
    """What is known of a published training log.

    Attributes:
        loss: of the first epoch, on the training images.
        constant: accuracies on the test images that are the share of one class, in their order.
    """

    loss: float
    constant: tuple[float, ...]


DENSE_LOG = Log(1.83, (0.1843, 0.1750, 0.1580))
