"""Data that several of Problem 1's tests share."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from student_performance import data, simulate
from student_performance.mapping import Mapping
from student_performance.schema import PUBLISHED, Column, Schema


@pytest.fixture(scope="session")
def dataset() -> data.Dataset:
    """The embedded data set."""
    return data.load()


@pytest.fixture(scope="session")
def small() -> data.Dataset:
    """600 simulated rows that are not the embedded ones: quick to train on."""
    frame = simulate.simulate(simulate.Simulation(rows=600, duplicated=6, seed=5))
    return data.parse(frame.to_csv(index=False).encode(), "chico.csv")


@pytest.fixture(scope="session")
def mixed() -> tuple[pd.DataFrame, Schema]:
    """Another table: a number with empty cells, a category of three towns, no yes/no.

    The target is 2 hours + 10 a town + noise of 1; hours reach from 0 to 10.
    """
    rng = np.random.default_rng(3)
    n, towns = 400, ("Norte", "Sur", "Oeste")
    hours, town = rng.uniform(0, 10, n), rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "horas": np.where(np.arange(n) % 20 == 0, np.nan, hours),
            "pueblo": np.array([*towns, None], dtype=object)[
                np.where(np.arange(n) % 25 == 0, 3, town)
            ],
            "nota": 2 * hours + 10 * town + rng.normal(0, 1, n),
        }
    )
    features = (Column("horas", unit="h"), Column("pueblo", "category", levels=towns))
    return frame, Schema(Column("nota", label="Nota final"), features)


@pytest.fixture(scope="session")
def table_of() -> Callable[..., data.Dataset]:
    """Typed rows of a schema as a data set."""

    def make(rows: pd.DataFrame, name: str, schema: Schema = PUBLISHED) -> data.Dataset:
        rows = rows[schema.names]
        nothing = pd.DataFrame(index=rows.index)
        return data.Dataset(
            name, Mapping(schema), rows, nothing, repeated=int(rows.duplicated().sum())
        )

    return make


@pytest.fixture
def rows() -> list[str]:
    """Sixty good CSV lines without the header."""
    return [
        f"{i % 9 + 1},{40 + i},{('Yes', 'No')[i % 2]},{4 + i % 6},{i % 10},{20 + i}"
        for i in range(60)
    ]


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition; fail when it does not come true within seconds."""

    def wait(condition: Callable[[], object], seconds: float = 200) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} seconds"
            time.sleep(0.05)

    return wait
