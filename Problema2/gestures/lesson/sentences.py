"""What the figures of the gesture notebook say, in Spanish, written from the numbers themselves.

Every function could say the opposite: none holds a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from gestures.formatting import number, percent
from gestures.lesson.scoring import Result

SAME = 0.05  # below this share of what it was, a distance counts as gone


def apart(before: float, after: float, step: str) -> str:
    """What a step of the normalisation did to the mean distance between copies of a hand."""
    told = (
        f"La distancia media entre la mano original y sus copias pasó de {number(before, 3)} a "
        f"{number(after, 3)} al {step}"
    )
    if after <= SAME * before:
        return f"{told}: las copias coinciden."
    if after < before:
        return f"{told}: se parecen más, y todavía no coinciden."
    return f"{told}: este paso no las acerca."


def neighbours(memory: float, frames: int) -> str:
    """What the correlation of a coordinate with that of the next frame means."""
    if memory > 0.5:
        return (
            f"De un cuadro al siguiente la correlación es {number(memory)}: en {frames} cuadros "
            "hay muchas menos manos distintas que cuadros."
        )
    return (
        f"De un cuadro al siguiente la correlación es {number(memory)}: estos {frames} cuadros "
        "se parecen poco entre sí."
    )


def splits(random: float, by_person: float, others: float) -> str:
    """Which way of splitting told how the network does on people that it never saw."""
    told = (
        f"Separando cuadros al azar la validación dice {percent(random)}; separando personas, "
        f"{percent(by_person)}; en personas nuevas la red acierta el {percent(others)}."
    )
    errors = {"al azar": abs(random - others), "por persona": abs(by_person - others)}
    if np.isclose(errors["al azar"], errors["por persona"], atol=0.01):
        return f"{told} Aquí las dos maneras se equivocan casi lo mismo."
    nearer = min(errors, key=lambda name: errors[name])
    other = next(name for name in errors if name != nearer)
    return (
        f"{told} La separación {nearer} se equivoca en {number(100 * errors[nearer], 1)} puntos; "
        f"la separación {other}, en {number(100 * errors[other], 1)}."
    )


def people(result: Result, n: int) -> str:
    """How many independent frames the recordings of some people are worth."""
    size = result.effective_size
    if not np.isfinite(size):
        return "Todas las personas dan la misma exactitud: de sus diferencias no sale un intervalo."
    if size >= n:
        return f"Las personas difieren tan poco que los {number(n, 0)} cuadros cuentan todos."
    return (
        f"Por lo que difieren las personas, los {number(n, 0)} cuadros informan sobre la exactitud "
        f"tanto como {number(size, 0)} independientes."
    )


def steps(results: Mapping[str, Result]) -> str:
    """Which step of the normalisation raised the mean accuracy most, and which did not."""
    names = list(results)
    gains = {
        name: results[name].accuracy - results[previous].accuracy
        for previous, name in pairwise(names)
    }
    best = max(gains, key=lambda name: gains[name])
    first, last = results[names[0]].accuracy, results[names[-1]].accuracy
    told = f"De «{names[0]}» a «{names[-1]}» la exactitud media pasó de {percent(first)} a "
    told += f"{percent(last)}."
    if gains[best] <= 0:
        return f"{told} Ningún paso la subió."
    told += f" El paso que más la subió es «{best}» ({number(100 * gains[best], 1)} puntos)"
    idle = [f"«{name}»" for name, gain in gains.items() if gain <= 0]
    return f"{told}; no la subió {', '.join(idle)}." if idle else f"{told}; todos la subieron."


def beside(name: str, one: Result, other_name: str, other: Result) -> str:
    """Whether one network beats another on the same people: a paired t interval of 95 %."""
    from scipy import stats

    gains = one.by_person - other.by_person
    told = f"«{name}» acierta el {percent(one.accuracy)} y «{other_name}», el "
    told += percent(other.accuracy)
    if not gains.any():
        return f"{told}: persona por persona, lo mismo."
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    low, high = gains.mean() + error * np.array(stats.t.interval(0.95, len(gains) - 1))
    told += f". La diferencia media entre personas va de {number(100 * low, 1)} a "
    told += f"{number(100 * high, 1)} puntos (intervalo del 95 %)"
    if low > 0:
        return f"{told}: «{name}» es mejor."
    if high < 0:
        return f"{told}: «{other_name}» es mejor."
    return f"{told}: no se distingue cuál es mejor."


def fourth_output(three: float, four: float, threshold: float) -> str:
    """What a fourth output did to the share of other hands that are shown as a gesture."""
    told = (
        f"Con umbral {number(threshold)}, de las manos que no son ningún gesto se mostraba como "
        f"gesto el {percent(three)} con tres salidas, y el {percent(four)} con cuatro"
    )
    return f"{told}: la cuarta salida sirve." if four < three else f"{told}: no mejoró."


def threshold(used: float, shown: float, wrong: float, wrong_without: float) -> str:
    """What a threshold costs and buys on hands that show a gesture."""
    if not shown:
        return (
            f"Con umbral {number(used)} no se muestra ningún gesto: pide más de lo que la red da."
        )
    told = (
        f"Con umbral {number(used)} se muestra el {percent(shown)} de los gestos, y de los "
        f"mostrados está mal leído el {percent(wrong, 2)}; sin umbral, el "
        f"{percent(wrong_without, 2)}"
    )
    if wrong < wrong_without:
        return f"{told}. Lo que queda debajo se llama «dudoso», y el juego espera otro cuadro."
    return f"{told}: aquí el umbral no quita errores."
