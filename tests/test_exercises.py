"""The notebooks of the three problems: committed executed, and exercises that judge answers."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
PROBLEMS = ("Problema1", "Problema2", "Problema3")
EXERCISES = {"Problema1": 8, "Problema2": 8, "Problema3": 12}
LESSONS = ("Problema1/regresion", "Problema2/gestos", "Problema3/escenas")
each_problem = pytest.mark.parametrize("problem", PROBLEMS)


@pytest.mark.parametrize("name", [*LESSONS, *(f"{each}/soluciones" for each in PROBLEMS)])
def test_is_committed_executed(notebooks, name):
    notebook = nbformat.read(ROOT / f"{name}.ipynb", 4)
    cells = notebooks.code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for output in (output for cell in cells for output in cell.outputs):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text[:200]


@pytest.mark.timeout(600)
@each_problem
def test_the_solutions_pass_every_check(notebooks, problem):
    notebook = nbformat.read(ROOT / problem / "soluciones.ipynb", 4)
    notebooks.run(notebook, ROOT / problem)
    checks = notebooks.checks(notebook)
    assert len(checks) == EXERCISES[problem]
    for cell in checks:
        assert notebooks.texts(cell).startswith("✓ Bien."), cell.id


@pytest.mark.timeout(600)
@each_problem
def test_without_solutions_every_check_gives_its_hint_and_the_notebook_goes_on(notebooks, problem):
    notebook = nbformat.read(ROOT / problem / "ejercicios.ipynb", 4)
    notebooks.run(notebook, ROOT / problem)  # ends at an error outside the checks, which are marked
    checks = notebooks.checks(notebook)
    assert len(checks) == EXERCISES[problem]
    for cell in checks:
        (output,) = cell.outputs
        assert output.ename == "Wrong", output
        wrong, hint = output.traceback  # two lines, and nothing of a traceback
        assert wrong.startswith("✗ ")
        assert hint.startswith("Pista: ")


@each_problem
def test_the_students_version_is_in_step_and_gives_nothing_away(notebooks, exercises_tool, problem):
    solutions, path = (ROOT / problem / f"{name}.ipynb" for name in ("soluciones", "ejercicios"))
    assert solutions in exercises_tool.sources()
    held = path.read_text(encoding="utf-8")
    made = exercises_tool.text_of(solutions)
    assert held == made, "run python tools/exercises.py and commit the result"
    students = nbformat.read(path, 4)
    assert "SOLUTION" not in held
    cells = notebooks.code_cells(students)
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    stubs = [c.source for c in students.cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert len(stubs) == len(notebooks.checks(students))
    assert all(exercises_tool.STUB in source for source in stubs)


# --- the module behind the checks, which each package has for itself

PACKAGES = {"student_performance": "Problema1", "gestures": "Problema2", "scenes": "Problema3"}


def test_the_packages_have_the_same_module():
    texts = {
        re.sub(package, "package", (ROOT / problem / package / "checks.py").read_text("utf-8"))
        for package, problem in PACKAGES.items()
    }
    assert len(texts) == 1


@pytest.fixture(params=PACKAGES)
def checks(request):
    return importlib.import_module(f"{request.param}.checks")


@pytest.fixture
def check_double(checks):
    @checks.exercise("piense en el doble.")
    def check(function) -> str:
        given = np.array([1.0, 2.0])
        answer = checks.array(checks.call(function, given), (2,), "La respuesta")
        checks.require(np.allclose(answer, 2 * given), "No es el doble.")
        return "Es el doble."

    return check


def test_a_right_answer_is_told_so(check_double, capsys):
    check_double(lambda x: 2 * x)
    assert capsys.readouterr().out == "✓ Bien. Es el doble.\n"


def double_in_place(x):
    x *= 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "Se esperaba una función."),
        (lambda x: None, "todavía no devuelve nada"),
        (lambda x: ..., "todavía no devuelve nada"),
        (double_in_place, "double_in_place todavía no devuelve nada"),
        (lambda x: 3 * x, "No es el doble."),
        (lambda x: "dos", "debe ser un arreglo de números"),
        (lambda x: {"a": x}, "debe ser un arreglo de números"),
        (lambda x: [[1], [2, 3]], "debe ser un arreglo de números"),
        (lambda x: 2 * x[:1], "debe tener la forma (2,) y tiene (1,)"),
        (lambda x: x * np.nan, "no son números finitos"),
        (lambda x: x / 0, "no son números finitos"),
        (lambda x: x.loquesea, "se detuvo con un error: AttributeError"),
        (lambda x: [][0], "se detuvo con un error: IndexError"),
        (lambda: 2, "se detuvo con un error: TypeError"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_the_hint(checks, check_double, answer, said):
    with pytest.raises(checks.Wrong) as raised:
        check_double(answer)
    shown = raised.value._render_traceback_()
    assert len(shown) == 2
    assert shown[0].startswith("✗ ")
    assert said in shown[0]
    assert shown[1] == "Pista: piense en el doble."
    assert raised.value.__suppress_context__


def test_a_student_s_function_cannot_change_what_the_check_compares_with(checks, check_double):
    def spoil(x):
        x[:] = 0
        return x

    with pytest.raises(checks.Wrong, match="No es el doble"):
        check_double(spoil)


def test_a_long_error_is_cut(checks, check_double):
    def fails(x):
        raise ValueError("largo " * 100 + "\nsegunda línea")

    with pytest.raises(checks.Wrong) as raised:
        check_double(fails)
    assert len(raised.value.lines[0]) < 200
    assert "segunda" not in str(raised.value)
