"""What the figures of the lesson say, in Spanish, written from the numbers themselves.

Every function could say the opposite: none holds a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scenes.classes import SCENES, Classes
from scenes.formatting import ABLATION, number, percent
from scenes.results import scores

WIDE = 0.1  # gap of accuracies from which on training is well ahead of validation


def baselines(labels: np.ndarray, by_colour: float, classes: Classes = SCENES) -> str:
    """What a constant answer and a logistic regression on the mean colour get right."""
    constant = np.bincount(labels).max() / len(labels)
    told = (
        f"Contestar siempre la clase más frecuente acierta el {percent(constant)}; una regresión "
        f"logística sobre el color medio de cada imagen (tres números), el {percent(by_colour)}"
    )
    if by_colour > constant + 2 * _error(constant, len(labels)):
        return (
            f"{told}. El color dice algo, y ninguna red vale la pena si no supera esa cifra con "
            "holgura."
        )
    return f"{told}: el color medio no distingue las {len(classes)} clases."


def brightness(means: np.ndarray, labels: np.ndarray, classes: Classes = SCENES) -> str:
    """Which class is darkest and which brightest, and whether brightness tells them apart."""
    middles = [float(np.median(means[labels == at])) for at in range(len(classes))]
    dark, light = int(np.argmin(middles)), int(np.argmax(middles))
    above = (means[labels == dark] > middles[light]).mean()
    return (
        f"La clase más oscura es «{classes.labels[dark]}» (mediana {number(middles[dark], 0)}) y "
        f"la más clara, «{classes.labels[light]}» ({number(middles[light], 0)}); aun así, el "
        f"{percent(above, 0)} de las primeras supera la mediana de las segundas. "
        + (
            "El brillo solo no alcanza."
            if above > 0.05
            else "Entre esas dos, el brillo ya dice mucho."
        )
    )


def shifted(share: float, pixels: int) -> str:
    """How many inputs of a dense network change when the picture moves."""
    told = (
        f"Al correr la imagen {pixels} píxeles, el {percent(share, 0)} de los números que recibe "
        "la red cambia en más de 10 niveles de 255"
    )
    if share > 0.3:
        return f"{told}, y para una persona sigue siendo la misma escena."
    return f"{told}: esta escena es tan lisa que casi no se nota."


def curves(history: Mapping[str, Sequence[float]], patience: int) -> str:
    """Which epoch was kept, how the training ended, and how far it is ahead of validation."""
    losses = np.asarray(history["val_loss"])
    best, run = int(losses.argmin()), len(losses)
    train, validation = history["accuracy"][best], history["val_accuracy"][best]
    told = (
        f"Se guardó la época {best + 1} de {run}, la de menor pérdida de validación "
        f"({number(losses[best], 3)}): exactitud {percent(train)} en entrenamiento y "
        f"{percent(validation)} en validación"
    )
    if train - validation > WIDE:
        told += ". La distancia entre las dos es sobreajuste"
    elif validation - train > WIDE:
        told += (
            ". La de entrenamiento se promedia mientras la red cambia, con abandono donde lo hay, "
            "y puede quedar debajo"
        )
    else:
        told += f". Las separan {number(100 * abs(train - validation), 1)} puntos"
    if run - 1 - best >= patience:
        return f"{told}. Tras {patience} épocas sin mejorar, la detención temprana cortó."
    if best == run - 1:
        return f"{told}. La mejor es la última: con más épocas podría seguir bajando."
    return f"{told}. El entrenamiento terminó por el límite de épocas."


def predictions(answers: np.ndarray, labels: np.ndarray, classes: Classes = SCENES) -> str:
    """Of a few pictures shown: how many are right, and the surest of the wrong ones."""
    right = answers.argmax(axis=1) == labels
    told = f"Acierta {right.sum()} de estas {len(labels)} imágenes"
    if right.all():
        return f"{told}. Son pocas: la exactitud se lee de todas las de prueba, no de una muestra."
    wrong = np.flatnonzero(~right)
    surest = wrong[answers[wrong].max(axis=1).argmax()]
    return (
        f"{told}. El error más seguro: tomó «{classes.labels[labels[surest]]}» por "
        f"«{classes.labels[answers[surest].argmax()]}», con "
        f"{percent(answers[surest].max(), 0)} de confianza."
    )


def confusion(matrix: Sequence[Sequence[int]], classes: Classes = SCENES) -> str:
    """The class that is read best, the one read worst, and the pair that is mixed up most."""
    counts = np.array(matrix)
    recall = np.diag(counts) / np.maximum(counts.sum(axis=1), 1)
    best, worst = int(recall.argmax()), int(recall.argmin())
    np.fill_diagonal(counts, 0)
    if not counts.any():
        return "No hay ningún error fuera de la diagonal."
    pair = counts + counts.T
    one, other = np.unravel_index(np.triu(pair).argmax(), pair.shape)
    return (
        f"La clase que mejor se reconoce es «{classes.labels[best]}» ({percent(recall[best], 0)}) "
        f"y la que peor, «{classes.labels[worst]}» ({percent(recall[worst], 0)}). La confusión más "
        f"frecuente es entre «{classes.labels[one]}» y «{classes.labels[other]}»: "
        f"{number(int(pair[one, other]), 0)} de {number(int(counts.sum()), 0)} errores."
    )


def areas(metrics: Mapping[str, Any], classes: Classes = SCENES) -> str:
    """From which class to which the area under the ROC curve goes, and the two averages."""
    known = {name: area for name, area in metrics["auc"].items() if area is not None}
    best, worst = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    return (
        f"el área va de {number(known[worst], 3)} («{classes.label(worst)}») a "
        f"{number(known[best], 3)} («{classes.label(best)}»); media macro, "
        f"{number(metrics['macro_auc'], 3)}, y micro, {number(metrics['micro_auc'], 3)}"
    )


def roc(metrics: Mapping[str, Any], classes: Classes = SCENES) -> str:
    """The same as a sentence, with what an area means."""
    told = areas(metrics, classes)
    return f"E{told[1:]}. Un área de 0,5 es la de quien ordena las imágenes al azar."


def calibration(answers: Mapping[str, np.ndarray], labels: np.ndarray) -> str:
    """Which networks claim more than they achieve, and which less."""
    parts = []
    for name, each in answers.items():
        gap = each.max(axis=1).mean() - (each.argmax(axis=1) == labels).mean()
        error = scores.calibration_error(each, labels)
        how = "se pasa de confiada" if gap > 0 else "confía de menos"
        parts.append(f"«{name}» {how} (en promedio {percent(abs(gap))}; ECE {number(error, 3)})")
    return "; ".join(parts) + "."


def temperature(name: str, value: float, before: float, after: float) -> str:
    """What dividing the logarithms by a temperature did to a calibration error."""
    kind = "suaviza" if value > 1 else "afila"
    told = (
        f"«{name}»: la temperatura elegida con las de validación es {number(value)} ({kind} las "
        f"respuestas), y el ECE de prueba pasa de {number(before, 3)} a {number(after, 3)}"
    )
    return told if after < before else f"{told}: aquí no mejora"


def resolution(name: str, rows: int, columns: int, side: int) -> str:
    """How coarse a Grad-CAM map is."""
    return (
        f"En «{name}» el mapa de calor sale de {rows} × {columns} casillas, estiradas a "
        f"{side} × {side}: cada una cubre unos {round(side / rows)} píxeles de lado"
    )


def ablation(rows: Sequence[Mapping[str, Any]]) -> str:
    """What each change to the published protocol does to the accuracy, against no change.

    A run is compared with the unchanged one of the same seed. A change counts as a rise where it
    brings more than the deviation between the unchanged runs.
    """
    first, *others = rows
    unchanged = {run["seed"]: run["accuracy"] for run in first["runs"]}
    spread = first["accuracy_std"]
    told = f"Sin cambios, {number(first['accuracy_mean'], 3)}"
    if spread is not None:
        told += f" (desvío entre {len(unchanged)} corridas, {number(spread, 3)})"
    gains = {}
    for row in others:
        paired = [
            run["accuracy"] - unchanged[run["seed"]]
            for run in row["runs"]
            if run["seed"] in unchanged
        ]
        if paired:
            gains[row["name"]] = (sum(paired) / len(paired), len(paired))
    if not gains:
        return f"{told}."
    told += ". En puntos, contra la misma semilla (entre paréntesis, cuántas): "
    told += ", ".join(
        f"{ABLATION[name]} {_signed(gain)} ({seeds})" for name, (gain, seeds) in gains.items()
    )
    if spread is None:
        return f"{told}."
    above = [ABLATION[name] for name, (gain, _) in gains.items() if gain > spread]
    if not above:
        return f"{told}. Ninguno sube más que ese desvío."
    return f"{told}. Suben más que ese desvío: {', '.join(above)}."


def doubt(flagged: Mapping[str, float], right: str) -> str:
    """Which share of each group the rule flags.

    Args:
        flagged: shares by group.
        right: the group of scenes, which should not be flagged.
    """
    parts = ", ".join(f"{percent(share, 0)} de {name}" for name, share in flagged.items())
    told = f"La regla marca como «ninguna de estas»: {parts}"
    others = [share for name, share in flagged.items() if name != right]
    if min(others) > 0.9:
        return f"{told}. Aparta lo ajeno y cuesta pocas escenas."
    if max(others) <= 2 * flagged[right]:
        return f"{told}. Aquí no sirve: marca lo ajeno casi tan poco como las escenas."
    return f"{told}. Aparta una parte de lo ajeno, y otra se le escapa."


def surest(name: str, share: float, limit: float) -> str:
    """How sure a network of scenes is of pictures that show none."""
    told = (
        f"Ante imágenes que no son ninguna escena, «{name}» da más de {percent(limit, 0)} a una "
        f"clase en el {percent(share, 0)} de los casos"
    )
    if share > 0.25:
        return f"{told}: una softmax no sabe decir «ninguna»."
    return f"{told}: aquí casi siempre duda."


def own_classes(accuracy: float, classes: Sequence[str], count: int) -> str:
    """How well a network learnt three classes of one's own."""
    chance_level = 1 / len(classes)
    told = (
        f"Con {', '.join(classes)} la misma red acierta el {percent(accuracy)} de "
        f"{number(count, 0)} imágenes de prueba; al azar sería el {percent(chance_level)}"
    )
    if accuracy > chance_level + 3 * _error(chance_level, count):
        return (
            f"{told}. Nada en la red sabía de escenas: solo cambió la última capa, de seis a "
            f"{len(classes)}."
        )
    return f"{told}: con tan poco entrenamiento no aprendió."


def _signed(gain: float) -> str:
    return f"{'+' if gain > 0 else ''}{number(100 * gain, 1)}"


def _error(share: float, count: int) -> float:
    """Standard error of a share."""
    return float(np.sqrt(share * (1 - share) / count))
