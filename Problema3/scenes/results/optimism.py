"""By how much an accuracy is too high on the images that chose the epoch.

The published protocol chooses its epoch on the test images. Here a random half of them chooses, and
the other half, which chose nothing, says what the chosen epoch is worth.
"""

from __future__ import annotations

import numpy as np

DRAWS = 1000
SEED = 0


def optimism(answers: np.ndarray, labels: np.ndarray, draws: int = DRAWS, seed: int = SEED) -> dict:
    """Choose the most accurate epoch on a random half of the test, and measure it on the other.

    Args:
        answers: class that the network names after each epoch, int (epochs, n).
        labels: int (n,), at least two.
        draws: how many times.
        seed: of the halves.

    Returns:
        for JSON: ``draws``, ``seed``, ``epochs``; the mean accuracy on the half that chose
        (``choosing``) and on the other (``other``); ``points``, by how many hundredths the first is
        above the second; ``whole``, the highest accuracy of an epoch on the whole test, and
        ``whole_points``, by how many hundredths it is above the half that chose nothing. Of both
        differences the deviation over the draws, which is mostly that of the halves
        (``points_std``, ``whole_points_std``).
    """
    right = answers == labels
    half = len(labels) // 2
    rng = np.random.default_rng(seed)
    chosen, other = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        order = rng.permutation(len(labels))
        on_half = right[:, order[:half]].mean(axis=1)
        best = on_half.argmax()
        chosen[draw], other[draw] = on_half[best], right[best, order[half:]].mean()
    whole = float(right.mean(axis=1).max())
    return {
        "draws": draws,
        "seed": seed,
        "epochs": len(answers),
        "choosing": float(chosen.mean()),
        "other": float(other.mean()),
        "points": float(100 * (chosen - other).mean()),
        "points_std": float(100 * (chosen - other).std()),
        "whole": whole,
        "whole_points": float(100 * (whole - other).mean()),
        "whole_points_std": float(100 * (whole - other).std()),
    }
