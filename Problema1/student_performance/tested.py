"""A model on test rows: everything that the pages and the report show of it, computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from student_performance import baselines, evaluation, explanation
from student_performance.data import Dataset, Split, split
from student_performance.inference import Bundle
from student_performance.schema import Schema

LEVEL = 0.9  # of the intervals that are looked at part by part, or the nearest one there is


@dataclass(frozen=True)
class Tested:
    """A model and the rows it is tested on, which have its columns.

    Attributes:
        bundle: the model.
        dataset: its rows are divided as the training of the model divided its own.
    """

    bundle: Bundle
    dataset: Dataset
    _curves: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        return self.dataset.schema

    @property
    def own(self) -> bool:
        """Whether these are the rows of the training, so that the test part is unseen."""
        return self.bundle.metrics["data_digest"] == self.dataset.digest

    @cached_property
    def parts(self) -> Split:
        return split(self.dataset, self.bundle.metrics["seed"])

    @cached_property
    def y(self) -> np.ndarray:
        """True target (n,)."""
        return self.schema.answers(self.parts.test).astype("float64")

    @cached_property
    def output(self) -> np.ndarray:
        """Prediction and spread (n, 2)."""
        return self.bundle.network(self.schema.encode(self.parts.test))

    @property
    def predicted(self) -> np.ndarray:
        """Predicted target (n,)."""
        return self.output[:, 0]

    @property
    def residuals(self) -> np.ndarray:
        """True minus predicted target (n,)."""
        return self.y - self.predicted

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Network and baselines, from :func:`evaluation.compare`."""
        parts = self.parts
        return evaluation.compare(self.bundle.predict, parts.training, parts.test, self.schema)

    @cached_property
    def importances(self) -> pd.DataFrame:
        """From :func:`explanation.permutation_importance`."""
        return explanation.permutation_importance(self.bundle.predict, self.parts.test, self.schema)

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """Of least squares, from :func:`baselines.coefficients`."""
        return baselines.coefficients(self.parts.training, self.schema)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Of the intervals by level, from :func:`evaluation.coverage`."""
        multipliers = self.bundle.metrics["multipliers"]
        return evaluation.coverage(self.residuals, self.output[:, 1], multipliers)

    @property
    def level(self) -> float:
        """The known level nearest to ``LEVEL``."""
        return min(self.bundle.levels, key=lambda level: abs(level - LEVEL))

    @cached_property
    def coverage_by_part(self) -> pd.DataFrame:
        """At ``level``, from :func:`evaluation.coverage_by_part`."""
        width = 2 * self.bundle.metrics["multipliers"][f"{self.level:.2f}"] * self.output[:, 1]
        inside = np.abs(self.residuals) <= width / 2
        return evaluation.coverage_by_part(self.parts.test, self.schema, inside, width)

    def dependence(self, feature: str) -> pd.DataFrame:
        """From :func:`explanation.partial_dependence`."""
        if feature not in self._curves:
            self._curves[feature] = explanation.partial_dependence(
                self.bundle.predict, self.parts.training, self.schema, feature
            )
        return self._curves[feature]
