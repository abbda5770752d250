"""Self-checks of ``soluciones.ipynb`` on figures: a right answer passes, a wrong one gets a hint.

A check tries an answer on data that the notebook does not show, and on edges; it says what is
wrong and not what would be right. Those on networks are in :mod:`.network_exercises`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from scenes.checks import Wrong, array, call, exercise, number, require
from scenes.data.sources import PUBLISHED_TEST
from scenes.networks.described import SHIPPED
from scenes.results import published, scores, stored

# What the published log of the dense network repeats, epoch after epoch
LOGGED = published.DENSE_LOG.constant
EPOCHS, IMAGES, RIGHT = 20, 1000, 0.8  # of the simulated epochs


@exercise("multiplique cada exactitud por la cantidad de imágenes y busque ese número en la lista.")
def check_constant(answer: Any) -> str:
    """A function of accuracies and class sizes (by name), to the class always answered or None."""
    rng = np.random.default_rng(201)
    for total in (1000, 3000):
        sizes = rng.permutation([70, 110, 150, 190, 230, 250]) * total // 1000
        classes = {f"clase {at}": int(size) for at, size in enumerate(sizes)}
        shown = rng.permutation(len(sizes))[:4]
        accuracies = [round(float(sizes[at] / total), 4) for at in shown]
        given = _names(call(answer, [*accuracies, 0.9001], dict(classes)), 5)
        expected = [f"clase {at}" for at in shown]
        require(given[:4] == expected, "Alguna clase no es la que da esa exactitud.")
        require(given[4] is None, "Una exactitud que no es la de ninguna clase debe dar None.")
    return "Una exactitud que es el tamaño de una clase delata a quien contesta siempre lo mismo."


@exercise("pruebe muchas T y quédese con la de menor pérdida: −log de la probabilidad verdadera.")
def check_temperature(answer: Any) -> str:
    """A function of probabilities (N, C) and labels, to the temperature of least log loss."""
    rng = np.random.default_rng(202)
    for real in (0.5, 1.0, 2.0):
        logits = rng.normal(0, 2, (4000, 6))
        labels = np.array([rng.choice(6, p=row) for row in softmax(logits)])
        temperature = number(call(answer, softmax(real * logits), labels), "La temperatura")
        require(temperature > 0, "Una temperatura es mayor que cero.")
        wrong_side = (temperature - 1) * (real - 1) < 0
        require(
            not wrong_side or abs(temperature - 1) < 0.1,
            "Suaviza cuando hay que afilar, o al revés.",
        )
        require(
            0.85 < temperature / real < 1.15,
            "Hay otra temperatura con menor pérdida en esas respuestas.",
        )
    return "Un solo número arregla la confianza sin cambiar ninguna respuesta."


@exercise("cuente las imágenes en que solo una acierta; bajo la hipótesis son caras o cecas.")
def check_mcnemar(answer: Any) -> str:
    """A function of two answers (N,) and labels, to (only a, only b, exact two-sided p)."""
    rng = np.random.default_rng(203)
    for n, better in ((200, 0.8), (200, 0.6), (50, 0.7), (30, 1.0)):
        labels = rng.integers(0, 6, n)
        a = np.where(rng.random(n) < better, labels, (labels + 1) % 6)
        b = np.where(rng.random(n) < 0.7, labels, (labels + 2) % 6)
        test = scores.mcnemar(a, b, labels)
        only_a, only_b, p = array(call(answer, a, b, labels), (3,), "La respuesta")
        require(
            (only_a, only_b) == (test["only_a"], test["only_b"]),
            "Las cantidades no son las de imágenes en que solo una acierta.",
        )
        require(0 <= p <= 1 + 1e-9, "Una p está entre 0 y 1.")
        require(
            not np.isclose(2 * p, test["p_value"], rtol=0.02),
            "La p es de un solo lado, y puede ganar cualquiera de las dos.",
        )
        require(np.isclose(p, test["p_value"], atol=1e-3), "La p no es la de la prueba exacta.")
    same = rng.integers(0, 6, 20)
    p = array(call(answer, same, same, same), (3,), "La respuesta")[2]
    require(np.isclose(p, 1), "Si las dos aciertan y erran lo mismo, p vale 1.")
    return "Las imágenes que las dos aciertan no dicen cuál es mejor."


@exercise("reste semilla por semilla; el intervalo sale de la media y el desvío de esas restas.")
def check_seeds(answer: Any) -> str:
    """A function of two arrays (seeds,), to the mean difference and its 95 % t interval."""
    rng = np.random.default_rng(204)
    for seeds in (3, 5, 12):
        shared = rng.normal(0.9, 0.02, seeds)  # a seed is hard or easy for both
        a, b = shared + rng.normal(0.01, 0.002, seeds), shared + rng.normal(0, 0.002, seeds)
        gains = a - b
        mean, low, high = array(call(answer, a, b), (3,), "La respuesta")
        require(np.isclose(mean, gains.mean()), "La diferencia media no es esa.")
        require(low < mean < high, "El intervalo no rodea a la diferencia media.")
        margin = stats.t.ppf(0.975, seeds - 1) * gains.std(ddof=1) / np.sqrt(seeds)
        wide = (high - low) / 2
        require(
            wide < 3 * margin,
            "El intervalo es demasiado ancho: ¿restó semilla por semilla?",
        )
        require(
            np.isclose(wide, margin, rtol=0.02),
            "El ancho no es el de una t con semillas − 1 grados de libertad.",
        )
    return "Con tres semillas la t pide 4,3 desvíos: pocas corridas, intervalo ancho."


@exercise("reparta las imágenes con una permutación; una mitad elige la época, la otra mide.")
def check_optimism(answer: Any) -> str:
    """A function of right answers (epochs, N) and a seed, to (choosing half, other half)."""
    right = epochs(seed=205)
    pairs = np.array([array(call(answer, right, seed), (2,), "La respuesta") for seed in range(60)])
    require(((pairs >= 0) & (pairs <= 1)).all(), "Las exactitudes están entre 0 y 1.")
    require(np.ptp(pairs[:, 0]) > 0, "Con otra semilla debe repartir las imágenes de otro modo.")
    again = array(call(answer, right, 3), (2,), "La respuesta")
    require(np.allclose(again, pairs[3]), "Con la misma semilla debe dar lo mismo.")
    gap = (pairs[:, 0] - pairs[:, 1]).mean()
    require(gap > 0.005, "La mitad que elige no sale favorecida: ¿eligió la época con ella?")
    require(
        abs(pairs[:, 1].mean() - _unseen(right)) < 0.007,
        "La otra mitad no mide lo que la red acierta: ¿tiene imágenes de la que eligió?",
    )
    sure = np.zeros((3, 40), bool)
    sure[1] = True
    require(
        np.allclose(array(call(answer, sure, 0), (2,), "La respuesta"), 1),
        "Hay una época que acierta siempre y no es la que eligió.",
    )
    return "La cifra de quien elige es optimista aunque nadie haga trampa."


@exercise("divida la diagonal por la suma de su fila o de su columna; ¿cuál es cuál?")
def check_precision(answer: Any) -> str:
    """A function of a confusion matrix (C, C), to precision and recall (C,) each."""
    rng = np.random.default_rng(206)
    for classes in (3, 6):
        matrix = rng.integers(1, 40, (classes, classes)) + np.diag(rng.integers(20, 90, classes))
        both = call(answer, matrix)
        require(
            isinstance(both, tuple | list) and len(both) == 2,
            "Debe devolver dos arreglos: precisión y exhaustividad.",
        )
        precision, recall = (array(each, (classes,), "Cada uno") for each in both)
        columns, rows = (np.diag(matrix) / matrix.sum(axis=axis) for axis in (0, 1))
        swapped = np.allclose(precision, rows) and np.allclose(recall, columns)
        require(not swapped, "Las dos están cambiadas.")
        require(np.allclose(precision, columns), "La precisión no es esa.")
        require(np.allclose(recall, rows), "La exhaustividad no es esa.")
    return "Precisión mira lo que se dijo; exhaustividad, lo que era."


def _unseen(right: np.ndarray) -> float:
    """What half of the images says, on average, of the epoch that the other half chose."""
    rng = np.random.default_rng(208)
    told = []
    for _ in range(300):
        choosing, measuring = np.array_split(rng.permutation(right.shape[1]), 2)
        told.append(right[right[:, choosing].mean(axis=1).argmax(), measuring].mean())
    return float(np.mean(told))


def sizes() -> dict[str, int]:
    """How many of the published test images each class has, by its Spanish name."""
    from scenes.classes import SCENES

    return dict(zip(SCENES.labels, PUBLISHED_TEST, strict=True))


def answers_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Stored probabilities (3000, 6) of a network on the real test images, and labels (3000,)."""
    return stored.read_probabilities(SHIPPED / f"scenes_{name}_probabilities.npz")


def repeats(name: str) -> np.ndarray:
    """Test accuracies of a stored network's runs, one a seed."""
    runs = stored.read_json(SHIPPED / f"scenes_{name}.json")["repeats"]
    return np.array([run["accuracy"] for run in sorted(runs, key=lambda run: run["seed"])])


def epochs(seed: int = 207) -> np.ndarray:
    """Right answers (epochs, N) of a network that no longer learns: every epoch is as good.

    Simulated: an image has its own difficulty, and an epoch its luck with it.
    """
    rng = np.random.default_rng(seed)
    difficulty = rng.beta(4 * RIGHT, 4 * (1 - RIGHT), IMAGES)
    return rng.random((EPOCHS, IMAGES)) < difficulty


def softmax(logits: np.ndarray) -> np.ndarray:
    """Rows (n, classes) as probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _names(value: Any, count: int) -> list[str | None]:
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != count:
        raise Wrong("Debe devolver una lista con un nombre (o None) por exactitud.")
    return [None if each is None else str(each) for each in value]
