"""How raw feature values enter the network: scaled, cut into pieces, all with plain Keras layers.

Every function here works on symbolic tensors, when a model is built, and on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from student_performance.jumps import jumps


@dataclass(frozen=True)
class Preparation:
    """What the first layers of a network need to know of its features.

    Attributes:
        centres: (k,) median of a number, most frequent code of the others; fills empty cells.
        scales: (k,) power of two next to the standard deviation; 1 for the code of a category and
            for what never varies.
        sizes: as ``Schema.sizes``: 0 number, 2 yes/no, otherwise number of levels.
    """

    centres: np.ndarray
    scales: np.ndarray
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, x: np.ndarray, sizes: tuple[int, ...]) -> Preparation:
        """Look at training rows (n, k), where NaN is an empty cell."""
        centres, scales = np.zeros(len(sizes)), np.ones(len(sizes))
        for column, size in enumerate(sizes):
            values = x[:, column][np.isfinite(x[:, column])].astype("float64")
            if len(values) == 0:
                continue  # all cells empty: the feature is zero everywhere
            if size:
                codes, counts = np.unique(values, return_counts=True)
                centres[column] = codes[counts.argmax()]
            else:
                centres[column] = np.median(values)
            if size <= 2:
                # A power of two divides without rounding: every runtime gets the same columns.
                scales[column] = 2.0 ** np.round(np.log2(values.std() or 1.0))
        return cls(centres, scales, tuple(sizes))

    @property
    def plain(self) -> list[int]:
        """Features that are one column: numbers and yes/no."""
        return [column for column, size in enumerate(self.sizes) if size <= 2]

    @property
    def numbers(self) -> list[int]:
        """Positions of the numbers among the prepared columns."""
        return [at for at, column in enumerate(self.plain) if self.sizes[column] == 0]

    @property
    def levels(self) -> list[tuple[int, int]]:
        """(feature, code) of each category's levels, a column each."""
        return [
            (column, code)
            for column, size in enumerate(self.sizes)
            if size > 2
            for code in range(size)
        ]

    def __call__(self, raw):
        """Columns (n, p) for raw values (n, k): the plain features, scaled and with empty cells at
        their centre, then 0/1 for each level of each category."""
        scaled = keras.layers.Normalization(
            mean=self.centres.tolist(), variance=(self.scales**2).tolist(), name="scaled"
        )(raw)
        filled = keras.ops.nan_to_num(scaled, nan=0.0)
        if not self.levels:
            return filled
        which = [column for column, _ in self.levels]
        distances = np.array([code - self.centres[column] for column, code in self.levels])
        kernel = np.eye(len(self.sizes))[:, which]
        levels = fixed_dense(kernel, -distances, "codes")(filled)  # zero at the level's own code
        levels = keras.ops.relu(1.0 - keras.ops.abs(levels))
        if not self.plain:
            return levels
        return keras.ops.concatenate([keras.ops.take(filled, self.plain, axis=1), levels], axis=1)


@dataclass(frozen=True)
class Pieces:
    """Piecewise-linear encoding of numbers (Gorishniy et al. 2022, arXiv:2203.05556).

    Each piece goes from 0 to 1 between two edges and is flat outside them, so that a linear layer
    behind it draws any broken line, and draws it flat beyond the training rows.

    Attributes:
        edges: for each prepared column, its edges in rising order; empty for what is not cut.
    """

    edges: tuple[np.ndarray, ...]

    @classmethod
    def of(
        cls, z: np.ndarray, numbers: list[int], count: int, residuals: np.ndarray | None = None
    ) -> Pieces:
        """About ``count`` pieces for each of the columns ``numbers`` of prepared rows (n, p).

        Edges are the values of a column, or quantiles where it has more of them. With residuals
        (n,) of a line, the pieces of the latter have edges to both sides of each jump, too.
        """
        edges = [np.empty(0)] * z.shape[1]
        for column in numbers:
            values = z[:, column].astype("float64")
            own = np.unique(values)
            if len(own) > count + 1:
                own = np.quantile(values, np.linspace(0, 1, count + 1))
                if residuals is not None:
                    own = np.append(own, jumps(values, residuals))
                own = np.unique(own)
            if len(own) > 1:
                edges[column] = own
        return cls(tuple(edges))

    @property
    def count(self) -> int:
        """Number of pieces over all columns."""
        return sum(len(edges[1:]) for edges in self.edges)

    def __call__(self, z, name: str):
        """Pieces (n, count) of prepared columns (n, p)."""
        columns = [column for column, edges in enumerate(self.edges) for _ in edges[1:]]
        lows = np.concatenate([edges[:-1] for edges in self.edges])
        widths = np.concatenate([np.diff(edges) for edges in self.edges])
        # Subtract, then divide: a dense layer would add two large numbers at a narrow piece.
        rising = keras.layers.Normalization(
            mean=lows.tolist(), variance=(widths**2).tolist(), name=name
        )(keras.ops.take(z, columns, axis=1))
        return keras.layers.ReLU(max_value=1.0, name=f"{name}_cut")(rising)


def fixed_dense(
    kernel: np.ndarray, bias: Sequence[float] | np.ndarray, name: str
) -> keras.layers.Dense:
    """A dense layer with these weights, which training leaves alone."""
    layer = keras.layers.Dense(kernel.shape[1], trainable=False, name=name)
    layer.build((None, kernel.shape[0]))
    layer.set_weights([kernel, np.asarray(bias)])
    return layer
