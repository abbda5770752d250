"""The whole method: line, members, choice, gate, spread, and the network that they end in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold, KFold

from student_performance.assembly import assemble
from student_performance.bends import bends
from student_performance.choice import choose
from student_performance.config import TrainingConfig
from student_performance.encodings import Pieces, Preparation
from student_performance.intervals import fit_spread, multipliers
from student_performance.line import fit_line
from student_performance.members import Encoding, train_members
from student_performance.model import answers, keras

FOLDS = 5
MIN_GROUPS = 20  # with fewer different students, folds are of rows
COARSE, FINE = 16, 64  # pieces of a number
ALL_COARSE, ALL_FINE = 80, 160  # of all numbers together: a wide table has a file under 250 kB


@dataclass(frozen=True)
class Findings:
    """What the training found out about the data.

    Attributes:
        bends: whether the network is more than a line.
        z: standard errors by which the members beat the line on held-out rows.
        weights: share of each candidate in the mix, keyed by encoding and penalty; the rest is the
            line's.
        variables: for each feature ``bend`` and ``interaction``, as :func:`bends.bends`.
        spread_varies: whether the interval's width depends on the features.
        spread_z: standard errors by which such a width beat one for all.
    """

    bends: bool
    z: float
    weights: dict[str, float]
    variables: list[dict[str, float]]
    spread_varies: bool
    spread_z: float


@dataclass(frozen=True)
class Fitted:
    """A trained network and what was learned on the way.

    Attributes:
        model: from raw values (batch, k), NaN where a cell is empty, to (batch, 2): prediction and
            spread, in target units.
        multipliers: half-width of the interval in spreads, by level (``"0.90"``).
        predicted: (n,) each training row as predicted without its fold.
        spread: (n,) its spread, likewise.
        history: by epoch, as :class:`members.Watch` keeps it.
        findings: gate, mix and bends.
    """

    model: keras.Model
    multipliers: dict[str, float]
    predicted: np.ndarray
    spread: np.ndarray
    history: dict[str, list[float]]
    findings: Findings


def fit(
    x: np.ndarray,
    y: np.ndarray,
    sizes: Sequence[int],
    groups: np.ndarray,
    config: TrainingConfig,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Fitted:
    """Train on rows.

    Args:
        x: (n, k) raw values as ``Schema.encode`` gives them, NaN where a cell is empty.
        y: (n,) target, finite; ten rows or more.
        sizes: as ``Schema.sizes``.
        groups: (n,) a number for each row; rows with the same one are held out together.
        config: hyperparameters.
        callbacks: of Keras; they find the errors of :class:`members.Watch` in the logs. One that
            sets ``model.stop_training`` ends the training, and the members are used as they are.

    Raises:
        Problem: the training diverged.
    """
    keras.utils.set_random_seed(config.seed)
    x, y = x.astype("float32"), y.astype("float64")
    preparation = Preparation.of(x, tuple(sizes))
    z = keras.ops.convert_to_numpy(preparation(x))
    folds, robust = folds_of(groups, config.seed), config.loss == "huber"
    line = fit_line(z, y, robust)
    encodings = encodings_of(z, y - line.predict(z), preparation, config)
    ensemble = train_members(z, y, line, folds, encodings, config, callbacks)

    choice = choose(ensemble, groups, robust)
    residuals = line.scale * (ensemble.residuals - ensemble.corrections @ choice.weights)
    pieces = Pieces.of(z, preparation.numbers, COARSE)
    spread, spreads = fit_spread(z, residuals, pieces, folds, groups)
    model = assemble(preparation, line, spread, ensemble, choice.weights)
    variables = [{"bend": 0.0, "interaction": 0.0} for _ in sizes]
    if np.any(choice.weights):
        variables = bends(lambda rows: answers(model, rows)[:, 0], x, sizes, config.seed)
    return Fitted(
        model=model,
        multipliers=multipliers(residuals, spreads),
        predicted=y - residuals,
        spread=spreads,
        history=ensemble.history,
        findings=Findings(
            bends=bool(np.any(choice.weights)),
            z=choice.z,
            weights=dict(zip(ensemble.names, choice.weights.tolist(), strict=True)),
            variables=variables,
            spread_varies=spread.varies,
            spread_z=spread.z,
        ),
    )


def encodings_of(
    z: np.ndarray, residuals: np.ndarray, preparation: Preparation, config: TrainingConfig
) -> list[Encoding]:
    """The candidates for prepared rows (n, p) and residuals (n,) of the line: no pieces, few, many,
    each with its penalties."""
    far = 4 * np.median(np.abs(residuals))
    residuals = np.clip(residuals, -far, far)  # an outlier is no jump
    recipes = [
        ("plain", 0, 0, (1e-5, 1e-4)),
        ("coarse", COARSE, ALL_COARSE, (1e-3,)),
        ("fine", FINE, ALL_FINE, (1e-4, 1e-3)),
    ]
    encodings = []
    for name, count, most, penalties in recipes:
        pieces = _pieces(z, residuals, preparation.numbers, count, most) if count else None
        if pieces is None or pieces.count:
            scaled = tuple(config.penalty * penalty for penalty in penalties)
            encodings.append(Encoding(name, pieces, scaled))
    return encodings


def _pieces(
    z: np.ndarray, residuals: np.ndarray, numbers: list[int], count: int, most: int
) -> Pieces:
    """``count`` pieces of each number, or so few that all have ``most``; those at jumps come on
    top."""
    while count > 2 and Pieces.of(z, numbers, count).count > most:
        count = count * 3 // 4
    return Pieces.of(z, numbers, count, residuals)


def folds_of(groups: np.ndarray, seed: int) -> np.ndarray:
    """A fold (n,) from 0 for each row, at random; rows of a group (n,) share it."""
    if len(np.unique(groups)) < MIN_GROUPS:
        parts = KFold(FOLDS, shuffle=True, random_state=seed).split(groups)
    else:
        parts = GroupKFold(FOLDS, shuffle=True, random_state=seed).split(groups, groups=groups)
    folds = np.empty(len(groups), dtype=int)
    for fold, (_, held_out) in enumerate(parts):
        folds[held_out] = fold
    return folds
