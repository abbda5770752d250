"""Simulated students: the embedded data set, so that nothing has to be downloaded.

Rows are drawn as in the real file: integer features, each uniform over the real range and
independent, and the target from the published linear relation (ordinary least squares on the
10,000 real rows) plus Gaussian noise, rounded and clipped to the index's range of 10 to 100.

Run ``python -m student_performance.simulate`` inside ``Problema1`` to write the file again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from student_performance import data, files, schema
from student_performance.schema import INDEX, PUBLISHED


@dataclass(frozen=True)
class Simulation:
    """How the rows are drawn. Ranges and coefficients are those of the real file."""

    rows: int = 10_000
    duplicated: int = 127  # as many as in the real file
    seed: int = 0
    intercept: float = -34.076
    coefficients: tuple[float, ...] = (2.853, 1.018, 0.613, 0.481, 0.194)
    # Standard deviation in index points; rounding to integers adds 1/12 to the variance, which
    # brings the residuals to the real file's 2.04.
    noise: float = 2.017


RANGES = {
    schema.HOURS.name: (1, 9),
    schema.SCORES.name: (40, 99),
    schema.SLEEP.name: (4, 9),
    schema.PAPERS.name: (0, 9),
}


def simulate(config: Simulation = Simulation()) -> pd.DataFrame:
    """Draw students.

    Returns:
        frame (``config.rows``, 6) with the columns of ``PUBLISHED``: integers, ``Yes``/``No``, and
        the index as a whole number of points; ``config.duplicated`` of the rows repeat others.
    """
    rng = np.random.default_rng(config.seed)
    distinct = config.rows - config.duplicated
    # draw some more than needed, because a few of them repeat by chance
    frame = _draw(distinct + distinct // 20 + 10, config, rng).drop_duplicates().head(distinct)
    repeated = frame.sample(config.duplicated, random_state=config.seed)
    together = pd.concat([frame, repeated])
    return together.sample(frac=1, random_state=config.seed + 1).reset_index(drop=True)


def _draw(n: int, config: Simulation, rng: np.random.Generator) -> pd.DataFrame:
    drawn = {
        column.name: np.where(rng.random(n) < 0.5, "Yes", "No")
        if column.kind == "yes_no"
        else rng.integers(*RANGES[column.name], size=n, endpoint=True)
        for column in PUBLISHED.features
    }
    frame = pd.DataFrame(drawn)
    mean = config.intercept + PUBLISHED.encode(frame).astype("float64") @ config.coefficients
    assert INDEX.usual is not None
    index = np.clip(np.rint(mean + rng.normal(0, config.noise, n)), *INDEX.usual)
    return frame.assign(**{INDEX.name: index})


def write() -> None:
    """Write the embedded data set."""
    with files.replacing(data.DEFAULT_CSV) as temporary:
        simulate().to_csv(temporary, index=False, lineterminator="\n")


if __name__ == "__main__":
    write()
