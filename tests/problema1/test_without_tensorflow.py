"""JAX computes for Keras, as on Python 3.14, and no LiteRT file can be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from student_performance import archives, inference, model, training
from student_performance.config import TrainingConfig
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED

TRAIN = """
import sys
from pathlib import Path
from student_performance import data, training
from student_performance.config import TrainingConfig
out, stem = Path(sys.argv[1]), Path(sys.argv[2])
training.train(data.load(Path(sys.argv[3])), TrainingConfig(epochs=2, hidden=(8,)), out)
training.publish(out, stem)
"""


@pytest.fixture(scope="module")
def old(bent, tmp_path_factory):
    """A training with its LiteRT file, in whose place another comes; its table."""
    folder = tmp_path_factory.mktemp("con exportador")
    table = folder / "tabla.csv"
    bent.rows.to_csv(table, index=False)
    return folder, table
