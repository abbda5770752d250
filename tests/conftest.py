"""Paths that all tests share."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def problema1() -> Path:
    return ROOT / "Problema1"


@pytest.fixture(scope="session")
def names_in() -> Callable[[Path], list[str]]:
    """Sorted names in a folder, without the marks of who was writing, which stay, empty."""

    def names(folder: Path) -> list[str]:
        return sorted(path.name for path in folder.iterdir() if path.suffix != ".ocupado")

    return names


@pytest.fixture(scope="session")
def help_of() -> Callable[[str], str]:
    """The help text of a script, named relative to the repository."""

    @functools.cache
    def ask(script: str) -> str:
        command = [sys.executable, str(ROOT / script), "--help"]
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout

    return ask
