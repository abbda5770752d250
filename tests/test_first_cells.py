"""The first cell of every notebook finds the project, or clones it: Binder and Colab start so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"Problema1": "student_performance", "Problema2": "gestures", "Problema3": "scenes"}
NOTEBOOKS = sorted(ROOT.glob("Problema?/*.ipynb"))


def first_cell(notebook, address: Path) -> str:
    """What the first cell does outside of Jupyter, with another address; prints what it found."""
    source = next(cell for cell in notebook.cells if cell.cell_type == "code").source
    (given,) = [line for line in source.splitlines() if line.startswith("DIRECCION = ")]
    plain = source.replace(given, f"DIRECCION = {str(address)!r}")
    lines = [line for line in plain.splitlines() if not line.lstrip().startswith("%")]
    found = "print(carpeta_del_problema().resolve())"
    return "\n".join(lines).replace('if "google.colab" in sys.modules:', found)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_first_cell_clones_where_nothing_is_and_is_folded_away(path, tmp_path):
    notebook = nbformat.read(path, 4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.metadata["jupyter"]["source_hidden"]
    origin, empty = tmp_path / "origen", tmp_path / "vacía"
    package = origin / path.parent.name / PACKAGES[path.parent.name]
    package.mkdir(parents=True)
    (package / "algo.py").write_text("")
    empty.mkdir()
    git = ["git", "-C", str(origin), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "algo"]):
        subprocess.run([*git, *command], check=True)

    def start(address: Path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", first_cell(notebook, address)]
        return subprocess.run(command, cwd=empty, capture_output=True, text=True)

    refused = start(tmp_path / "nada")
    assert refused.returncode
    assert "ponga en DIRECCION" in refused.stderr
    assert "Traceback" not in refused.stderr
    for _ in range(2):  # the second time it is there
        begun = start(origin)
        assert begun.returncode == 0, begun.stderr
        assert Path(begun.stdout.strip()) == empty / "redes-del-tp" / path.parent.name
