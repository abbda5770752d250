"""How many cases: few and always the same in the suite, thousands with ``full``.

python -m pytest tests/hardening --hypothesis-profile full
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HOLD = timedelta(minutes=1)  # longer is a hang, on a busy machine too
common = {
    "deadline": HOLD,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("suite", max_examples=20, derandomize=True, database=None, **common)
settings.register_profile("full", max_examples=2000, **common)
settings.load_profile("suite")

CODE = ("Problema1", "Problema2", "Problema3", "informe", "models", "benchmarks")


@pytest.fixture(scope="session")
def sources(root) -> list[Path]:
    """Every module of the project but the tests."""
    found = [path for folder in CODE for path in (root / folder).rglob("*.py")]
    return [root / "reproduce.py", *found]
