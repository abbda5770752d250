"""The notebooks of Problem 1: committed executed, runnable, and the students' version in step."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import nbclient
import nbformat
import pytest

PROBLEM = Path(__file__).resolve().parents[2] / "Problema1"
LESSON = PROBLEM / "regresion.ipynb"
SOLUTIONS, STUDENTS = PROBLEM / "soluciones.ipynb", PROBLEM / "ejercicios.ipynb"
SETTINGS = {"EPOCAS": 1, "FILAS": 400, "SEMILLA": 0}


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def checks(notebook) -> list:
    return [c for c in notebook.cells if "comprobacion" in c.metadata.get("tags", [])]


def texts(cell) -> str:
    """All that a cell shows, pictures apart."""
    shown = [output.get("text", "") for output in cell.outputs]
    return "".join(shown + [o.get("data", {}).get("text/markdown", "") for o in cell.outputs])


def pictures(cell) -> list:
    return [output for output in cell.outputs if "image/png" in output.get("data", {})]


def run(notebook, **client) -> None:
    resources = {"metadata": {"path": str(PROBLEM)}}
    nbclient.NotebookClient(notebook, timeout=280, resources=resources, **client).execute()


@pytest.mark.parametrize("path", [LESSON, SOLUTIONS], ids=lambda path: path.stem)
def test_is_committed_executed(path):
    notebook = nbformat.read(path, 4)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))  # once, top to bottom
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text[:200]


def test_every_figure_has_a_text_for_who_does_not_see_it_and_one_that_reads_it():
    cells = nbformat.read(LESSON, 4).cells
    figures = [index for index, cell in enumerate(cells) if cell.get("outputs") and pictures(cell)]
    assert len(figures) >= 5
    for index in figures:
        for output in pictures(cells[index]):
            assert len(output.metadata["image/png"]["alt"]) > 30, cells[index].id
        after = cells[index + 1]
        assert after.cell_type == "markdown" or texts(after), f"nothing reads {cells[index].id}"


def test_the_test_rows_are_read_once_and_at_the_end():
    cells = code_cells(nbformat.read(LESSON, 4))
    readers = [cell.id for cell in cells if "[prueba]" in cell.source]
    assert readers == [cells[-1].id] == ["prueba"]


def test_the_lesson_shows_keras_itself():
    source = "\n".join(cell.source for cell in code_cells(nbformat.read(LESSON, 4)))
    for part in ("layers.Dense(64", ".compile(", ".fit(", "EarlyStopping(", "Normalization("):
        assert part in source
    assert "load_model(" in source  # what is measured is the file
    assert "regression" not in source  # the package's own training


@pytest.mark.timeout(300)
def test_the_lesson_runs_top_to_bottom_with_few_rows():
    notebook = nbformat.read(LESSON, 4)
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert {line.split(" = ")[0] for line in parameters.source.splitlines()} == set(SETTINGS)
    parameters.source = "\n".join(f"{name} = {value}" for name, value in SETTINGS.items())
    # making graphs takes most of the time of trainings as short as these
    parameters.source += "\nimport tensorflow; tensorflow.config.run_functions_eagerly(True)"
    run(notebook)
    shown = "".join(texts(cell) for cell in code_cells(notebook))
    assert "vale 0 en todas las filas: no dice nada" in shown
    assert "Miradas a la prueba: 1." in shown
    assert "nan" not in shown


@pytest.mark.timeout(300)
def test_the_solutions_pass_every_check():
    notebook = nbformat.read(SOLUTIONS, 4)
    run(notebook)
    assert len(checks(notebook)) >= 6
    for cell in checks(notebook):
        assert texts(cell).startswith("✓ Bien."), cell.id


@pytest.mark.timeout(300)
def test_without_solutions_every_check_gives_its_hint_and_the_notebook_goes_on():
    notebook = nbformat.read(STUDENTS, 4)
    run(notebook)  # ends at an error outside the checks, which are marked
    assert len(checks(notebook)) >= 6
    for cell in checks(notebook):
        (output,) = cell.outputs
        assert output.ename == "Wrong", output
        wrong, hint = output.traceback  # two lines, and nothing of a traceback
        assert wrong.startswith("✗ ")
        assert hint.startswith("Pista: ")


def test_the_students_version_is_in_step_and_gives_nothing_away(root):
    spec = importlib.util.spec_from_file_location("exercises", root / "tools" / "exercises.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert SOLUTIONS in tool.sources()
    held = STUDENTS.read_text(encoding="utf-8")
    assert held == tool.text_of(SOLUTIONS), "run python tools/exercises.py and commit the result"
    students = nbformat.read(STUDENTS, 4)
    assert "SOLUTION" not in held
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(students))
    stubs = [c.source for c in students.cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert len(stubs) == len(checks(students))
    assert all(tool.STUB in source for source in stubs)
