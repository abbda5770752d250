"""Checks of the exercises of Problem 1; each looks at what an answer does with rows of its own."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from student_performance.checks import Wrong, array, call, exercise, number, require

DEFECTS = frozenset({2, 3, 5, 7, 12})
LINES = 13  # of the program with defects


@exercise("mire qué da su función con «Yes», y pruebe con una palabra que no espera.")
def check_codes(encode: Any) -> str:
    """``encode(values)``: 1 for Yes and Sí, 0 for No, ValueError for the rest."""
    values = ["Yes", "No", "Sí", "No", "Yes"]
    codes = array(call(encode, values), (5,), "La respuesta")
    require(codes[0] != codes[1], "«Yes» y «No» dan el mismo número.")
    require(np.array_equal(codes, [1, 0, 1, 0, 1]), "Se esperaba 1 para sí, 0 para no.")
    try:
        call(encode, ["Yes", "quizás"])
    except ValueError:
        return "Lo que no se conoce se dice, y no se vuelve cero."
    raise Wrong("Con «quizás» debía dar un ValueError, y siguió como si nada.")


@exercise("sin la columna de unos, la recta pasa por cero; los pesos salen solo de las primeras.")
def check_least_squares(mae: Any) -> str:
    """``mae(x, y, new_x, new_y)``: mean absolute error of least squares with an intercept."""
    rng = np.random.default_rng(4)
    x, new = rng.normal(3, 2, (80, 3)), rng.normal(3, 2, (50, 3))
    weights = np.array([2.0, -1.0, 0.5])
    y, new_y = 40 + x @ weights + rng.normal(0, 2, 80), 40 + new @ weights + rng.normal(0, 2, 50)
    got = number(call(mae, x, y, new, new_y), "El error")

    def error(columns: np.ndarray, others: np.ndarray, truth: np.ndarray) -> float:
        return float(np.abs(truth - others @ np.linalg.lstsq(columns, y, rcond=None)[0]).mean())

    ones, new_ones = np.column_stack([np.ones(80), x]), np.column_stack([np.ones(50), new])
    require(not np.isclose(got, error(x, new, new_y)), "A la recta le falta la constante.")
    require(
        not np.isclose(got, error(ones, ones, y)),
        "Es el error en las filas con que se ajustó, y se pide en las nuevas.",
    )
    require(np.isclose(got, error(ones, new_ones, new_y)), "No es el error absoluto medio.")
    return "Esa es la cifra que una red tiene que superar."


@exercise("la media y el desvío son los del entrenamiento; un desvío de cero no puede dividir.")
def check_scaling(scale: Any) -> str:
    """``scale(training, new)``: both arrays standardised with the training's parameters."""
    rng = np.random.default_rng(5)
    training = rng.normal([5, 70, 0], [2, 15, 0], (60, 3))
    new = rng.normal([6, 60, 0], [2, 10, 0], (7, 3))
    pair = call(scale, training, new)
    require(isinstance(pair, tuple | list) and len(pair) == 2, "Se esperaban dos arreglos.")
    first = array(pair[0], training.shape, "El entrenamiento")
    second = array(pair[1], new.shape, "Lo nuevo")
    mean, deviation = training.mean(0), training.std(0)
    deviation[2] = 1

    def alike(got: np.ndarray, rows: np.ndarray) -> bool:
        near = 0.03  # lets a deviation with n - 1 pass
        return np.allclose(got, (rows - mean) / deviation, atol=near, rtol=near)

    require(alike(first, training), "El entrenamiento no queda con media 0 y desvío 1.")
    require(
        alike(second, new),
        "Lo nuevo no se midió con la media y el desvío del entrenamiento.",
    )
    return "Una fila sola da lo mismo que entre otras."


@exercise("cada neurona tiene un peso por entrada, y un sesgo.")
def check_parameters(count: Any) -> str:
    """``count(inputs, hidden, outputs)``: parameters of a dense network."""
    for inputs, hidden, outputs in ((5, [64, 64], 1), (3, [10], 2), (7, [4, 8, 2], 3)):
        sizes = [inputs, *hidden, outputs]
        right = sum(a * b + b for a, b in pairwise(sizes))
        got = number(call(count, inputs, list(hidden), outputs), "La cantidad")
        without = sum(a * b for a, b in pairwise(sizes))
        require(got != without, "Faltan los sesgos.")
        require(got == right, f"Con {inputs} entradas y capas de {hidden}, no son {got:g}.")
    return "Puede comprobarlo con count_params()."


@exercise("ordene los errores absolutos y cuente lugares desde uno; el lugar es ⌈nivel (n + 1)⌉.")
def check_half_width(half_width: Any) -> str:
    """``half_width(errors, level)``: of split conformal intervals."""
    rng = np.random.default_rng(6)
    for n, level in ((19, 0.9), (99, 0.9), (200, 0.8), (9, 0.9)):
        errors = rng.normal(0, 2, n)
        got = number(call(half_width, errors, level), "El semiancho")
        ordered = np.sort(np.abs(errors))
        rank = math.ceil(round(level * (n + 1), 6))
        require(got > 0, "Un semiancho no puede ser negativo ni cero.")
        require(np.isclose(ordered, got).any(), "No es el tamaño de ninguno de los errores.")
        require(np.isclose(got, ordered[rank - 1]), f"Con {n} errores no es ese lugar.")
    few = call(half_width, rng.normal(0, 2, 5), 0.9)
    require(
        isinstance(few, int | float | np.floating) and float(few) == math.inf,
        "Con 5 errores y 0,9 el lugar sería el 6, que no existe: se esperaba infinito.",
    )
    return "Con filas intercambiables cubre, en promedio, lo que promete."


@exercise("un intervalo cubre si |y − predicción| no pasa del semiancho; promedie grupo por grupo.")
def check_coverage(coverage: Any) -> str:
    """``coverage(y, predicted, half_width, group)``: share covered in each group, in order."""
    rng = np.random.default_rng(7)
    group = rng.choice([2, 5, 9], 300, p=[0.6, 0.3, 0.1])
    y, predicted = rng.normal(0, group), np.zeros(300)
    got = array(call(coverage, y, predicted, 4.0, group), (3,), "La cobertura")
    require(((got >= 0) & (got <= 1)).all(), "Una cobertura es una proporción, de 0 a 1.")
    right = [(np.abs(y[group == g]) <= 4).mean() for g in (2, 5, 9)]
    require(np.allclose(got, right), "No es la proporción cubierta de cada grupo, en orden.")
    return "Un buen promedio puede esconder un grupo mal cubierto."


@exercise("np.unique(filas, axis=0, return_inverse=True) numera las filas iguales: separe números.")
def check_split(split: Any) -> str:
    """``split(rows, seed)``: indexes of training and validation, equal rows on one side."""
    rng = np.random.default_rng(8)
    rows = rng.integers(0, 4, (200, 3))
    pair = call(split, rows, 3)
    require(isinstance(pair, tuple | list) and len(pair) == 2, "Se esperaban dos arreglos.")
    training, validation = (array(part, None, "Cada parte", int).ravel() for part in pair)
    require(len(training) and len(validation), "Una de las dos partes está vacía.")
    together = np.sort(np.concatenate([training, validation]))
    require(
        np.array_equal(together, np.arange(200)), "Cada fila debe estar una vez, en una sola parte."
    )
    left, right = ({tuple(row) for row in rows[part]} for part in (training, validation))
    require(not left & right, f"Hay {len(left & right)} filas distintas en las dos partes.")
    share = len(validation) / 200
    require(
        0.05 < share < 0.4, f"Valida el {100 * share:.0f} % de las filas, y se pedía un quinto."
    )
    return "Ninguna fila de validación se vio al entrenar."


@exercise("para cada línea: ¿qué columnas quedan?, ¿qué devuelve?, ¿qué filas ya se usaron?")
def check_defects(defects: Any) -> str:
    """A collection of line numbers."""
    require(isinstance(defects, set | list | tuple | frozenset), "Se esperaba un conjunto.")
    require(len(defects) > 0, "El conjunto está vacío.")
    numbers = set(array(list(defects), None, "El conjunto", int).ravel().tolist())
    require(numbers <= set(range(1, LINES + 1)), f"El programa tiene {LINES} líneas.")
    right, wrong = len(numbers & DEFECTS), len(numbers - DEFECTS)
    require(
        numbers == DEFECTS,
        f"Encontró {right} de las {len(DEFECTS)} líneas; marcó {wrong} que están bien.",
    )
    return "Son esas."
