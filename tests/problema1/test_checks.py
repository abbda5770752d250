"""Self-checks: a sentence and a hint for every answer, however odd."""

from __future__ import annotations

import numpy as np
import pytest

from student_performance import checks


@checks.exercise("piense en el doble.")
def check_double(function) -> str:
    given = np.array([1.0, 2.0])
    answer = checks.array(checks.call(function, given), (2,), "La respuesta")
    checks.require(np.allclose(answer, 2 * given), "No es el doble.")
    return "Es el doble."


def test_a_right_answer_is_told_so(capsys):
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
def test_a_wrong_answer_gets_a_sentence_and_the_hint(answer, said):
    with pytest.raises(checks.Wrong) as raised:
        check_double(answer)
    shown = raised.value._render_traceback_()
    assert len(shown) == 2
    assert shown[0].startswith("✗ ")
    assert said in shown[0]
    assert shown[1] == "Pista: piense en el doble."
    assert raised.value.__suppress_context__


def test_a_student_s_function_cannot_change_what_the_check_compares_with():
    def spoil(x):
        x[:] = 0
        return x

    with pytest.raises(checks.Wrong, match="No es el doble"):
        check_double(spoil)


def test_a_long_error_is_cut():
    def fails(x):
        raise ValueError("largo " * 100 + "\nsegunda línea")

    with pytest.raises(checks.Wrong) as raised:
        check_double(fails)
    assert len(raised.value.lines[0]) < 200
    assert "segunda" not in str(raised.value)
