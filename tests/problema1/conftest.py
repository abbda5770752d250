"""Data that several of Problem 1's tests share."""

from __future__ import annotations

import pytest

from student_performance import data, simulate
from student_performance.columns import COLUMNS

HEADER = ",".join(COLUMNS)


@pytest.fixture(scope="session")
def dataset() -> data.Dataset:
    """The embedded data set."""
    return data.load()


@pytest.fixture(scope="session")
def small() -> data.Dataset:
    """600 simulated rows that are not the embedded ones: quick to train on."""
    frame = simulate.simulate(simulate.Simulation(rows=600, duplicated=6, seed=5))
    return data.parse(frame.to_csv(index=False).encode(), "chico.csv")


@pytest.fixture
def rows() -> list[str]:
    """Sixty good CSV lines without the header."""
    return [
        f"{i % 9 + 1},{40 + i},{('Yes', 'No')[i % 2]},{4 + i % 6},{i % 10},{20 + i}"
        for i in range(60)
    ]


def as_csv(lines: list[str]) -> bytes:
    return "\n".join([HEADER, *lines]).encode()
