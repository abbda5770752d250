"""Sentences of the lesson, each decided by its numbers."""

from __future__ import annotations

import numpy as np

from student_performance.formatting import interval, number, percent

SURE = 1.96  # standard errors of a 95 % interval
GATE = 3.0  # standard errors from which small networks join the line


def rmse(errors: np.ndarray) -> float:
    """Root of the mean square of errors (n,)."""
    return float(np.sqrt(np.mean(np.square(errors))))


def beside(name: str, errors: np.ndarray, before: str, others: np.ndarray) -> str:
    """Which of two predictions errs less on the same rows; errors (n,) each.

    The interval is of the mean difference of absolute errors, row by row.
    """
    gain = np.abs(others) - np.abs(errors)
    mean, half = gain.mean(), SURE * gain.std(ddof=1) / np.sqrt(len(gain))
    low, high = mean - half, mean + half
    text = (
        f"RMSE de «{before}»: {number(rmse(others))}; de «{name}»: {number(rmse(errors))}. "
        f"«{before}» menos «{name}», en error absoluto medio: {number(mean, 3)} "
        f"(intervalo del 95 %: {interval(low, high, 3)}): "
    )
    if low > 0:
        return text + f"«{name}» mejora."
    if high < 0:
        return text + f"«{name}» empeora."
    return text + "no se distingue cuál es mejor."


def column(name: str, values: np.ndarray) -> str:
    """Whether a column (n,) tells rows apart."""
    different = len(np.unique(values))
    if different == 1:
        return f"La columna «{name}» vale {number(values[0], 0)} en todas las filas: no dice nada."
    return f"La columna «{name}» tiene {different} valores distintos: distingue filas."


def twins(shared: int, n: int) -> str:
    """How many of ``n`` validation rows have one with equal columns in training."""
    if shared == 0:
        return f"Ninguna de las {number(n, 0)} filas de validación tiene una igual al entrenar."
    return (
        f"{number(shared, 0)} de las {number(n, 0)} filas de validación ({percent(shared / n)}) "
        "tienen las mismas cinco columnas que alguna de entrenamiento."
    )


def coverage(level: float, covered: np.ndarray, groups: np.ndarray) -> str:
    """Whether intervals cover in each group what they promise; ``covered`` and ``groups`` (n,)."""
    shares = np.array([covered[groups == group].mean() for group in np.unique(groups)])
    sizes = np.array([(groups == group).sum() for group in np.unique(groups)])
    far = np.abs(shares - level) > SURE * np.sqrt(level * (1 - level) / sizes)
    text = (
        f"Prometen {percent(level, 0)} y cubren {percent(covered.mean())}; por grupo, de "
        f"{percent(shares.min())} a {percent(shares.max())}. "
    )
    if far.any():
        return text + f"En {far.sum()} de {len(shares)} grupos la diferencia supera lo usual."
    return text + "Ninguna diferencia por grupo supera lo que da el azar."


def gate(z: float) -> str:
    """Whether small networks join the line."""
    verdict = "las redes se suman" if z >= GATE else "basta la recta"
    return f"z = {number(z, 1)}; la compuerta pide {number(GATE, 0)}: {verdict}."


def epochs(validation: list[float]) -> str:
    """What a validation curve shows."""
    best = int(np.argmin(validation)) + 1
    text = f"La menor pérdida de validación está en la época {best} de {len(validation)}: "
    if best == len(validation):
        return text + "con más épocas podía seguir bajando."
    return text + "después no bajó más, y la red guardada es la de esa época."


def trend(name: str, values: np.ndarray, target: np.ndarray) -> str:
    """How much of the target (n,) a straight line through one column (n,) explains."""
    r2 = float(np.corrcoef(values, target)[0, 1] ** 2)
    return f"una recta en «{name}» explica el {percent(r2)} de la varianza"
