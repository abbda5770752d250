"""Self-checks for the exercises of a notebook: right or wrong in a sentence, and a hint.

A check is a function of the student's answer that calls :func:`require` and returns what to say
when all is right. :func:`exercise` adds the hint and sees to it that no answer, however odd,
brings up a wall of traceback.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from student_performance.problems import Problem


class Wrong(Problem):
    """An answer that is not right. A notebook shows its sentences and no traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of the traceback."""
        first, *others = self.lines
        return [f"✗ {first}", *others]


def exercise(hint: str) -> Callable[[Callable[..., str]], Callable[..., None]]:
    """Turn a function of an answer into a self-check that prints or raises :class:`Wrong`.

    Args:
        hint: a Spanish sentence that helps and does not give the answer away.
    """

    def with_hint(check: Callable[..., str]) -> Callable[..., None]:
        @functools.wraps(check)
        def run(*answer: Any) -> None:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of NumPy about an odd answer
                    lesson = check(*answer)
            except Wrong as wrong:
                raise Wrong(*wrong.lines, f"Pista: {hint}") from None
            except Exception as error:
                raise Wrong(
                    f"La solución se detuvo con un error: {_short(error)}.", f"Pista: {hint}"
                ) from None
            print(f"✓ Bien. {lesson}")

        return run

    return with_hint


def require(condition: Any, sentence: str) -> None:
    """Raise :class:`Wrong` with a Spanish sentence unless the condition holds."""
    if not condition:
        raise Wrong(sentence)


def call(function: Any, *values: Any) -> Any:
    """What a student's function returns for copies of some values.

    Raises:
        Wrong: it is no function, or returns None.
    """
    require(callable(function), "Se esperaba una función.")
    copies = [value.copy() if isinstance(value, np.ndarray) else value for value in values]
    answer = function(*copies)
    require(
        answer is not None and answer is not ...,
        f"La función {getattr(function, '__name__', '')} todavía no devuelve nada.",
    )
    return answer


def array(
    value: Any, shape: tuple[int, ...] | None, name: str, dtype: DTypeLike = float
) -> np.ndarray:
    """A finite array of a given shape (None: any) from a student's answer.

    Raises:
        Wrong: it holds something else than numbers, or has another shape.
    """
    try:
        values = np.asarray(value, dtype=dtype)
    except (TypeError, ValueError):
        raise Wrong(f"{name} debe ser un arreglo de números.") from None
    if shape is not None and values.shape != shape:
        raise Wrong(f"{name} debe tener la forma {shape} y tiene {values.shape}.")
    require(np.isfinite(values).all(), f"{name} contiene valores que no son números finitos.")
    return values


def number(value: Any, name: str) -> float:
    """A finite number from a student's answer.

    Raises:
        Wrong: it is something else.
    """
    return float(array(value, (), name))


def _short(error: Exception) -> str:
    """The kind of an error and the start of its first line."""
    text = str(error).strip().split("\n")[0]
    text = f"{text[:117]}..." if len(text) > 120 else text
    return f"{type(error).__name__} ({text})" if text else type(error).__name__
