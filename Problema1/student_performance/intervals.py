"""Prediction intervals that are wide where errors are large, and only there.

Normalised conformal intervals (Lei et al. 2018, JASA 113:523, section 5.2): prediction plus or
minus a multiplier times a spread that depends on the features. Spread and multiplier come from the
residuals of held-out rows, as in cross-conformal prediction (Vovk 2015, Ann. Math. Artif. Intell.
74:9); no rows are kept aside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
import numpy as np
from sklearn.linear_model import GammaRegressor

from student_performance.choice import paired_z
from student_performance.config import GATE
from student_performance.encodings import Pieces, fixed_dense
from student_performance.evaluation import LEVELS
from student_performance.line import FAR, MAD

ALPHAS = (0.001, 0.01, 0.1)  # penalties of the spread's model, tried on held-out rows


@dataclass(frozen=True)
class Spread:
    """The expected size of the error as a function of the features: the exponential of a sum.

    Attributes:
        pieces: of the numbers.
        others: prepared columns that enter as they are.
        weights: (others + pieces,); all zero where the spread is the same everywhere.
        bias: logarithm of the spread where all of these are zero.
        z: standard errors by which it beat one spread for all.
    """

    pieces: Pieces
    others: list[int]
    weights: np.ndarray
    bias: float
    z: float

    @property
    def varies(self) -> bool:
        """Whether it depends on the features."""
        return bool(np.any(self.weights))

    def __call__(self, z):
        """Spread (n, 1) in target units for prepared columns (n, p), symbolic or arrays."""
        if not self.varies:
            return keras.ops.exp(fixed_dense(np.zeros((z.shape[1], 1)), [self.bias], "spread")(z))
        columns = _columns(z, self.pieces, self.others)
        return keras.ops.exp(fixed_dense(self.weights[:, None], [self.bias], "spread")(columns))


def fit_spread(
    z: np.ndarray,
    residuals: np.ndarray,
    pieces: Pieces,
    folds: np.ndarray,
    groups: np.ndarray,
) -> tuple[Spread, np.ndarray]:
    """How the size of held-out residuals depends on the features.

    A gamma regression with logarithmic link on absolute residuals: a broken line for each number, a
    step for the rest. The spread is one for all unless it beats that by ``GATE`` standard errors.

    Args:
        z: (n, p) prepared columns.
        residuals: (n,) of held-out predictions, target units.
        pieces: of the numbers among the columns.
        folds, groups: (n,) as the residuals were made.

    Returns:
        the spread, and for each row (n,) what is fitted without its fold.
    """
    others = [column for column, edges in enumerate(pieces.edges) if len(edges) == 0]
    columns = keras.ops.convert_to_numpy(_columns(z, pieces, others)).astype("float64")
    size = np.abs(residuals)
    middle = float(np.median(size)) or float(size.mean()) or 1.0
    size = np.clip(size, 1e-3 * middle, FAR * MAD * middle)  # one outlier must not be a trend
    one = _held_out(lambda rows, _: np.full(len(folds), size[rows].mean()), folds, 0)
    tried = [
        _held_out(lambda rows, alpha: _gamma(columns, size, rows, alpha), folds, alpha)
        for alpha in ALPHAS
    ]
    losses = [_deviance(size, spread).mean() for spread in tried]
    best = int(np.argmin(losses))
    gate = paired_z(_deviance(size, one) - _deviance(size, tried[best]), groups)
    if gate < GATE:
        constant = np.zeros(columns.shape[1])
        return Spread(pieces, others, constant, math.log(middle), gate), np.full(len(z), middle)
    model = GammaRegressor(alpha=ALPHAS[best], solver="newton-cholesky").fit(columns, size)
    return Spread(pieces, others, model.coef_, float(model.intercept_), gate), tried[best]


def multipliers(residuals: np.ndarray, spread: np.ndarray) -> dict[str, float]:
    """How many spreads an interval reaches to each side, for each of ``LEVELS`` that the number of
    rows allows, keyed ``"0.90"``; residuals and spread (n,) of held-out rows."""
    scores = np.sort(np.abs(residuals) / spread)
    ranks = {level: math.ceil(round((len(scores) + 1) * level, 6)) for level in LEVELS}
    return {
        f"{level:.2f}": float(scores[rank - 1])
        for level, rank in ranks.items()
        if rank <= len(scores)
    }


def _columns(z, pieces: Pieces, others: list[int]):
    chosen = [keras.ops.take(z, others, axis=1)] if others else []
    chosen += [pieces(z, "spread_pieces")] if pieces.count else []
    return chosen[0] if len(chosen) == 1 else keras.ops.concatenate(chosen, axis=1)


def _held_out(fit_on, folds: np.ndarray, alpha: float) -> np.ndarray:
    """Spread (n,) of each row by ``fit_on(rows, alpha)`` of the rows outside its fold."""
    spread = np.empty(len(folds))
    for fold in np.unique(folds):
        spread[folds == fold] = fit_on(folds != fold, alpha)[folds == fold]
    return spread


def _gamma(columns: np.ndarray, size: np.ndarray, rows: np.ndarray, alpha: float) -> np.ndarray:
    model = GammaRegressor(alpha=alpha, solver="newton-cholesky").fit(columns[rows], size[rows])
    return model.predict(columns)


def _deviance(size: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Half the gamma deviance, but for what does not depend on the spread."""
    return np.log(spread) + size / spread
