"""By how much an accuracy is too high on the images that chose the epoch.

The published protocol chooses its epoch on the test images. Here a random half of them chooses, and
the other half, which chose nothing, says what the chosen epoch is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scenes.formatting import number

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


def sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the runs say of choosing on the test, in Spanish; nothing where none kept its answers.

    Args:
        rows: of ``models/scenes_ablation.json``; those that validate on images of their own are
            left out, since their protocol does not choose on the test.
    """
    kept = [
        run["optimism"]
        for row in rows
        if row["config"]["validate_on_test"]
        for run in row["runs"]
        if "optimism" in run
    ]
    if not kept:
        return []
    halves = [each["points"] for each in kept]
    whole = [each["whole_points"] for each in kept]
    runs = f"{len(kept)} corridas" if len(kept) > 1 else "una corrida"
    told = (
        f"La mitad de las imágenes de prueba elige la época y la otra la mide ({runs}, "
        f"{number(kept[0]['draws'], 0)} repartos de cada una): la mitad que elige da "
        f"{_more(halves)} que la otra, y la mejor época de toda la prueba, {_more(whole)}"
    )
    if np.mean(whole) > 0:
        return [f"{told}. Elegir con la prueba favorece a la cifra publicada."]
    return [f"{told}. Aquí elegir con la prueba no favorece a la cifra."]


def _more(points: list[float]) -> str:
    """«0,80 puntos más (de 0,30 a 1,20)»."""
    mean = float(np.mean(points))
    told = f"{number(abs(mean))} puntos {'más' if mean > 0 else 'menos'}"
    if len(points) == 1:
        return told
    return f"{told} (de {number(min(points))} a {number(max(points))})"
