"""Write the students' version of the exercises: ``soluciones.ipynb`` -> ``ejercicios.ipynb``.

    python tools/exercises.py             # all problems that have exercises
    python tools/exercises.py --execute   # runs the solutions first, in place

One source holds the solutions, between ``### BEGIN SOLUTION`` and ``### END SOLUTION``. nbgrader
replaces them; cells with the tag ``solucion`` are for the solutions alone, and no output stays.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbclient
import nbformat
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearOutput, ClearSolutions

ROOT = Path(__file__).resolve().parents[1]
SOURCE, STUDENTS = "soluciones.ipynb", "ejercicios.ipynb"
STUB = "pass  # escriba aquí su solución"
ONLY_SOLUTIONS = "solucion"


def sources() -> list[Path]:
    """The notebooks with solutions, one a problem."""
    return sorted(ROOT.glob(f"Problema*/{SOURCE}"))


def execute(path: Path) -> None:
    """Run the cells of a notebook where it lies and write it with its outputs."""
    notebook = nbformat.read(path, 4)
    resources = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, record_timing=False, resources=resources).execute()
    nbformat.write(notebook, path)


def students_version(notebook: NotebookNode) -> NotebookNode:
    """A copy without solutions and outputs."""
    copy = nbformat.from_dict(notebook)
    resources: dict = {}
    for preprocessor in (
        TagRemovePreprocessor(enabled=True, remove_cell_tags={ONLY_SOLUTIONS}),
        ClearSolutions(code_stub={"python": STUB}),
        ClearOutput(),
    ):
        copy, resources = preprocessor.preprocess(copy, resources)
    return copy


def text_of(path: Path) -> str:
    """What the students' file beside a notebook with solutions must hold."""
    return nbformat.writes(students_version(nbformat.read(path, 4))) + "\n"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--execute", action="store_true", help="run the solutions first")
    args = parser.parse_args(argv)
    for path in sources():
        if args.execute:
            execute(path)
        students = path.with_name(STUDENTS)
        students.write_text(text_of(path), encoding="utf-8", newline="\n")
        print(students.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
