"""The four scripts of Problem 2, in a process of their own or in this one."""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

PROBLEM = Path(__file__).resolve().parents[2] / "Problema2"


@pytest.fixture(scope="session")
def problem() -> Path:
    """The folder of the scripts."""
    return PROBLEM


@pytest.fixture(scope="session")
def run_script() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script as a person does, without a display of its own."""

    def run(name, *args, cwd=None, **env):
        clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
        return subprocess.run(
            [sys.executable, str(PROBLEM / name), *map(str, args)],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            cwd=cwd,
            env=clean | {"PYTHONIOENCODING": "utf-8"} | env,
        )

    return run


@pytest.fixture(scope="session")
def load_script() -> Callable[[str], ModuleType]:
    """Import a script, whose name is none that can be imported."""

    @functools.cache
    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name.replace("-", "_")[:-3], PROBLEM / name)
        module = importlib.util.module_from_spec(spec)
        other = sys.modules.pop("flags", None)  # Problem 3 has a module of this name too
        sys.path.insert(0, str(PROBLEM))
        try:
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(PROBLEM))
            sys.modules.pop("flags", None)
            if other:
                sys.modules["flags"] = other
        return module

    return load
