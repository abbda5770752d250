"""The columns of the student data, their limits, and the arrays that models take."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

HOURS = "Hours Studied"
SCORES = "Previous Scores"
ACTIVITIES = "Extracurricular Activities"
SLEEP = "Sleep Hours"
PAPERS = "Sample Question Papers Practiced"
TARGET = "Performance Index"

FEATURES = (HOURS, SCORES, ACTIVITIES, SLEEP, PAPERS)
NUMERIC_FEATURES = (HOURS, SCORES, SLEEP, PAPERS)
COLUMNS = (*FEATURES, TARGET)

# The possible values. The real file is narrower (hours 1-9, scores 40-99, sleep 4-9,
# papers 0-9); a value outside these limits is a typing error, not an unusual student.
LIMITS = {
    HOURS: (0, 24),
    SCORES: (0, 100),
    SLEEP: (0, 24),
    PAPERS: (0, 100),
    TARGET: (10, 100),
}


def features(frame: pd.DataFrame) -> np.ndarray:
    """The model's input.

    Args:
        frame: at least the columns ``FEATURES``, as :func:`read_table` leaves them.

    Returns:
        float32 array (n, 5) in the order of ``FEATURES``: hours a day, points of 0-100, 1 for yes
        and 0 for no, hours a day, papers.
    """
    numbers = frame.loc[:, list(FEATURES)].copy()
    numbers[ACTIVITIES] = (numbers[ACTIVITIES] == "Yes").astype("float32")
    return numbers.to_numpy(dtype="float32")


def target(frame: pd.DataFrame) -> np.ndarray:
    """The performance index as a float32 array (n,), in index points (10 to 100)."""
    return frame[TARGET].to_numpy(dtype="float32")


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 of the rows' values in order, whatever file they came from."""
    values = np.column_stack([features(frame), target(frame)]).astype("<f4")
    return hashlib.sha256(values.tobytes()).hexdigest()
