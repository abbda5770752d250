"""Self-checks of ``soluciones.ipynb``: what a right answer does, and a hint for a wrong one.

A check tries an answer on data that the notebook does not show, and on edges; it says what is
wrong and not what would be right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gestures.checks import Wrong, array, call, exercise, number, require
from gestures.dataset import OUTPUTS
from gestures.features import LANDMARKS, to_square_pixels
from gestures.inference import DOUBTFUL
from gestures.lesson.recording import record, wander
from gestures.simulator import camera

# Lines of the script in the bug hunt that hold a defect.
DEFECTS = frozenset({5, 10, 13})
SCRIPT_LINES = 14


@exercise("reste a cada mano su media y divídala por una medida de su tamaño; ¿sobre qué eje?")
def check_normalise(answer: Any) -> str:
    """A function of hands (N, 21, 2) that removes place and size, and nothing else."""
    points, _, aspect = camera.simulate(40, seed=101)
    hands = to_square_pixels(points, aspect).reshape(-1, LANDMARKS, 2).astype(float)
    rng = np.random.default_rng(102)
    size, place = rng.uniform(0.3, 3, (40, 1, 1)), rng.normal(0, 1, (40, 1, 2))
    normal = array(call(answer, hands), hands.shape, "La respuesta")
    require(np.ptp(normal, axis=1).min() > 1e-3, "Las manos quedaron aplastadas en un punto.")
    moved = array(call(answer, hands + place), hands.shape, "La respuesta")
    require(np.allclose(normal, moved, atol=1e-3), "Una mano corrida da otros números.")
    scaled = array(call(answer, hands * size), hands.shape, "La respuesta")
    require(np.allclose(normal, scaled, atol=1e-3), "Una mano más grande da otros números.")
    ratio = np.ptp(normal, axis=1) / np.ptp(hands, axis=1)
    require(
        np.allclose(ratio[:, 0], ratio[:, 1], rtol=1e-3),
        "La forma cambió: x e y no se dividieron por lo mismo.",
    )
    alone = array(call(answer, hands[:1]), (1, LANDMARKS, 2), "La respuesta")
    require(
        np.allclose(alone, normal[:1], atol=1e-3), "Una mano sola da otros números que entre otras."
    )
    return "La mano puede correrse y alejarse: los números no cambian."


@exercise("la red aprendió con números que pasaron por una cuenta; ¿por cuál pasan al reconocer?")
def check_served(answer: Any, network: Any, points: Any, labels: Any) -> str:
    """A function of hands (N, 42) in pixels that gives labels as well as in training."""
    points, labels = array(points, None, "puntos"), array(labels, None, "etiquetas")
    read = array(call(answer, points), (len(points),), "La respuesta")
    accuracy = float((read == labels).mean())
    standard = (points - points.mean(0)) / points.std(0)
    expected = network.predict(standard, verbose=0).argmax(1)
    require(
        (read == expected).mean() > 0.99,
        f"Reconoce el {100 * accuracy:.0f} % de lo mismo que aprendió, y puede más.",
    )
    some = np.linspace(0, len(points) - 1, 8).astype(int)
    alone = [array(call(answer, points[[one]]), (1,), "La respuesta")[0] for one in some]
    require(
        (np.array(alone) == expected[some]).all(),
        "Con todas las manos a la vez anda; con una sola, como en el juego, contesta otra cosa.",
    )
    return "Lo que se sirve pasa por la misma cuenta que lo que se aprendió."


@exercise("elija personas, no cuadros; después busque los cuadros de cada una con np.isin.")
def check_split(answer: Any) -> str:
    """A function of whose each frame is (N,) and a seed, to indices (training, validation)."""
    for people, seed in ((5, 0), (3, 1), (8, 2)):
        person = np.repeat(np.arange(people) * 7 + 3, 30)  # names, and not 0, 1, 2...
        parts = call(answer, person, seed)
        require(
            isinstance(parts, tuple | list) and len(parts) == 2,
            "Debe devolver dos arreglos: los índices que entrenan y los que validan.",
        )
        train, validation = (_indices(part, len(person)) for part in parts)
        require(len(train) and len(validation), "Una de las dos partes quedó vacía.")
        require(not np.intersect1d(train, validation).size, "Hay cuadros en las dos partes.")
        both = np.intersect1d(person[train], person[validation])
        require(not both.size, "Hay personas en las dos partes: se repartieron cuadros vecinos.")
        require(len(train) + len(validation) == len(person), "Hay cuadros que no están en ninguna.")
        require(len(validation) <= len(train), "Valida más de lo que entrena.")
    return "Ninguna persona está en las dos partes."


@exercise(
    "¿desde qué autocorrelación suma, y en cuál se detiene? La de cero cuadros vale siempre 1."
)
def check_effective_size(answer: Any) -> str:
    """A function of right and wrong frames (N,) to the number of independent ones."""
    rng = np.random.default_rng(103)
    alone = (rng.random(3000) < 0.8).astype(float)
    size = number(call(answer, alone), "El tamaño")
    require(1500 < size < 4500, "Para 3.000 aciertos independientes debe dar cerca de 3.000.")
    repeated = np.repeat((rng.random(400) < 0.8).astype(float), 25)
    size = number(call(answer, repeated), "El tamaño")
    require(size < 2000, "Con cada cuadro repetido 25 veces hay muchos menos que 10.000.")
    require(size > 150, "Con 400 aciertos distintos, cada uno repetido 25 veces, da muy pocos.")
    long = (wander(20_000, rng, 0.97) > -1).astype(float)
    short = (wander(20_000, rng, 0.7) > -1).astype(float)
    sizes = [number(call(answer, series), "El tamaño") for series in (long, short)]
    require(sizes[0] < sizes[1], "Cuanto más se parecen los vecinos, menos cuadros debe contar.")
    return "Ahora el intervalo puede calcularse con las manos que de verdad hay."


@exercise("para cada umbral mire solo las manos que lo alcanzan; ¿qué parte de ellas está mal?")
def check_threshold(answer: Any) -> str:
    """A function of probabilities (N, 3), labels and an error, to the lowest threshold."""
    candidates = np.linspace(0, 1, 101)
    rng = np.random.default_rng(104)
    for allowed in (0.0, 0.02, 0.1, 1.0):
        labels = rng.integers(0, 3, 400)
        scores = rng.normal(0, 1, (400, 3))
        scores[np.arange(400), labels] += 2
        probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        threshold = number(call(answer, probabilities, labels, allowed), "El umbral")
        require(0 <= threshold <= 1, "El umbral debe estar entre 0 y 1.")
        confidence, wrong = probabilities.max(1), probabilities.argmax(1) != labels
        error = _error(confidence, wrong, threshold)
        require(
            error <= allowed + 1e-9,
            f"Con ese umbral se equivoca en más del {100 * allowed:.0f} % de lo que muestra.",
        )
        lower = candidates[candidates < threshold - 0.015]
        require(
            all(_error(confidence, wrong, one) > allowed for one in lower),
            "Hay un umbral más bajo que también cumple, y muestra más manos.",
        )
    return "Muestra tanto como puede sin pasarse del error."


@exercise("primero la duda, que no depende de cuál es la más probable; después, el nombre.")
def check_names(answer: Any) -> str:
    """A function of probabilities (N, 4) and a threshold, to N names."""
    rng = np.random.default_rng(105)
    for threshold in (0.0, 0.5, 0.7, 0.95):
        probabilities = rng.dirichlet([0.4] * 4, 60)
        names = [str(name) for name in _sequence(call(answer, probabilities, threshold), 60)]
        unknown = sorted(set(names) - {*OUTPUTS, DOUBTFUL})
        require(not unknown, f"Ningún gesto se llama «{unknown[0] if unknown else ''}».")
        likeliest, doubt = probabilities.argmax(1), probabilities.max(1) < threshold
        given = np.array(names)
        require(
            (given[doubt] == DOUBTFUL).all() and (given[~doubt] != DOUBTFUL).all(),
            "Hay manos dudosas con nombre, o manos claras llamadas dudosas.",
        )
        sure = given[~doubt] == np.array(OUTPUTS)[likeliest[~doubt]]
        require(sure.all(), "Alguna mano clara lleva el nombre de otra salida.")
    return "Así lee la red el juego."


@exercise(
    "scikit-learn: KNeighborsClassifier y LogisticRegression; fit con unas, predict con otras."
)
def check_baselines(answer: Any) -> str:
    """A function of hands, labels and new hands, to predictions of two baselines."""
    train, new = (normal_hands(n, seed) for n, seed in ((1500, 106), (400, 107)))
    given = call(answer, *train, new[0])
    require(isinstance(given, dict), "Debe devolver un diccionario de predicciones.")
    wanted = {"k-NN", "regresión logística"}
    require(set(given) == wanted, f"El diccionario debe tener las claves {sorted(wanted)}.")
    for name, predicted in given.items():
        accuracy = (array(predicted, (400,), f"Lo de «{name}»") == new[1]).mean()
        require(accuracy < 1, f"«{name}» acierta todo: ¿vio las etiquetas de las manos nuevas?")
        require(accuracy > 0.85, f"«{name}» acierta solo el {100 * accuracy:.0f} %, y puede más.")
    return "Una red solo vale la pena si supera a estas dos."


@exercise("¿qué manos ve cada línea, y las vio antes la red? ¿Qué escala tienen al reconocer?")
def check_defects(answer: Any) -> str:
    """A set of line numbers of the script."""
    try:
        lines = {int(line) for line in answer}
    except (TypeError, ValueError):
        raise Wrong("La respuesta debe ser un conjunto de números de línea.") from None
    require(lines, "El conjunto está vacío.")
    outside = sorted(line for line in lines if not 1 <= line <= SCRIPT_LINES)
    require(not outside, f"El programa tiene {SCRIPT_LINES} líneas.")
    right, wrong = len(lines & DEFECTS), len(lines - DEFECTS)
    require(
        lines == DEFECTS,
        f"Encontró {right} de las {len(DEFECTS)} líneas; marcó {wrong} que no tienen defecto.",
    )
    return "Son esas."


def normal_hands(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Normalised simulated hands (n, 42), one of each pair of mirror images, and labels (n,)."""
    points, labels, aspect = camera.simulate(n, seed)
    hands = to_square_pixels(points, aspect).reshape(-1, LANDMARKS, 2)
    hands = hands - hands.mean(1, keepdims=True)
    hands = hands / np.sqrt((hands**2).sum(2).mean(1))[:, None, None]
    along = hands[:, [5, 9, 13, 17]].mean(1) - hands[:, 0]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    x, y = hands[..., 0], hands[..., 1]
    across = x * along[:, 1:] - y * along[:, :1]
    up = x * along[:, :1] + y * along[:, 1:]
    across *= np.sign(across[:, 5] - across[:, 17])[:, None]  # the index on the same side
    return np.stack([across, up], axis=2).reshape(n, -1), labels


def long_recording(frames: int = 3000, seed: int = 108) -> tuple[np.ndarray, np.ndarray]:
    """Right and wrong (N,) frame by frame, in neighbouring frames and in independent ones.

    Both with 9 right of 10 in the long run; simulated, since no real recording is included.
    """
    rng = np.random.default_rng(seed)
    limit = -1.2816  # below it lies a tenth of a normal distribution
    return wander(frames, rng, 0.97) > limit, rng.standard_normal(frames) > limit


def in_pixels(seed: int = 109) -> tuple[np.ndarray, np.ndarray]:
    """A recording of two people as some scripts store it, in pixels of 640 x 480: (N, 42), (N,)."""
    recordings, _ = record(2, seed)
    points = recordings.points.reshape(-1, LANDMARKS, 2) * (640, 480)
    return points.reshape(len(points), -1), recordings.labels


def _indices(part: Any, n: int) -> np.ndarray:
    """Indices from a student's answer: numbers, or a mask of n."""
    values = np.asarray(part)
    if values.dtype == bool and values.shape == (n,):
        return np.flatnonzero(values)
    values = array(part, None, "Cada parte")
    require(values.ndim == 1, "Cada parte debe ser un arreglo de una dimensión.")
    whole = values.astype(int)
    require(
        (whole == values).all() and (whole >= 0).all() and (whole < n).all(),
        "Los índices deben ser enteros, de 0 al último cuadro.",
    )
    require(len(np.unique(whole)) == len(whole), "Hay índices repetidos.")
    return whole


def _sequence(value: Any, n: int) -> list:
    require(
        not isinstance(value, str) and hasattr(value, "__len__") and len(value) == n,
        "Debe devolver un nombre por mano.",
    )
    return list(value)


def _error(confidence: np.ndarray, wrong: np.ndarray, threshold: float) -> float:
    """Share of wrong hands among those that are shown; 0 where none is."""
    shown = confidence >= threshold
    return float(wrong[shown].mean()) if shown.any() else 0.0
