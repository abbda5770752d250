"""Paths that all tests share."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbclient
import pytest

import scenes  # noqa: F401 - chooses what computes for Keras, before a test imports it

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def problema1() -> Path:
    return ROOT / "Problema1"


@pytest.fixture(scope="session")
def exporter() -> None:
    """Skip where Keras cannot write LiteRT files."""
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("Keras writes LiteRT files with TensorFlow alone")


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


@pytest.fixture
def cards(root, monkeypatch):
    """``models/cards.py``, which writes the figures in the pages."""
    monkeypatch.syspath_prepend(str(root / "models"))
    spec = importlib.util.spec_from_file_location("cards", root / "models" / "cards.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Notebooks:
    """What tests do with a notebook of ``nbformat``."""

    # into a cell: making TensorFlow's graphs takes most of the time of very short trainings
    WITHOUT_GRAPHS = (
        "\nimport importlib.util\nif importlib.util.find_spec('tensorflow'):\n"
        "    import tensorflow\n    tensorflow.config.run_functions_eagerly(True)\n"
    )

    @staticmethod
    def code_cells(notebook) -> list:
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    @staticmethod
    def checks(notebook) -> list:
        """The cells that judge an answer."""
        return [c for c in notebook.cells if "comprobacion" in c.metadata.get("tags", [])]

    @staticmethod
    def texts(cell) -> str:
        """All that a cell shows, pictures apart."""
        shown = [output.get("text", "") for output in cell.outputs]
        return "".join(shown + [o.get("data", {}).get("text/markdown", "") for o in cell.outputs])

    @staticmethod
    def pictures(cell) -> list:
        return [each for each in cell.get("outputs", []) if "image/png" in each.get("data", {})]

    @staticmethod
    def run(notebook, folder: Path, **client) -> None:
        """Execute it in its folder."""
        resources = {"metadata": {"path": str(folder)}}
        nbclient.NotebookClient(notebook, timeout=540, resources=resources, **client).execute()

    @classmethod
    def with_settings(cls, notebook, settings: dict) -> None:
        """Write other values into the cell of parameters, all of which have to be named."""
        (cell,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
        assert {line.split(" = ")[0] for line in cell.source.splitlines()} == set(settings)
        cell.source = "\n".join(f"{name} = {value}" for name, value in settings.items())
        # making graphs takes most of the time of trainings as short as these
        cell.source += cls.WITHOUT_GRAPHS

    @classmethod
    def require_read_figures(cls, notebook, least: int) -> None:
        """Each of at least so many figures has a text for who does not see it, and one after it."""
        cells = notebook.cells
        figures = [
            at for at, cell in enumerate(cells) if cell.get("outputs") and cls.pictures(cell)
        ]
        assert len(figures) >= least
        for at in figures:
            for output in cls.pictures(cells[at]):
                assert len(output.metadata["image/png"]["alt"]) > 30, cells[at].id
            after = cells[at + 1]
            assert after.cell_type == "markdown" or cls.texts(after), (
                f"nothing reads {cells[at].id}"
            )


@pytest.fixture(scope="session")
def notebooks() -> type[Notebooks]:
    return Notebooks


@pytest.fixture(scope="session")
def exercises_tool():
    """``tools/exercises.py`` as a module."""
    path = ROOT / "tools" / "exercises.py"
    spec = importlib.util.spec_from_file_location("exercises", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool
