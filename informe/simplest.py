"""What is to be had without a network, in Spanish sentences for the report."""

from __future__ import annotations

from scenes.classes import SCENES
from scenes.formatting import number


def hands(metrics: dict, simple: dict) -> str:
    """The gestures' network beside logistic regression and nearest neighbours, on the same hands.

    Args:
        metrics: of the network (``rps_classifier.json``).
        simple: of the two others (``rps_baselines.json``).
    """
    named = {"logistic": "la regresión logística", "nearest": "los vecinos más cercanos"}
    sets = [("las manos dibujadas", "test", "filmed")]
    sets += [(f"las grabaciones {name}", "recordings", name) for name in metrics["recordings"]]
    parts = []
    for title, kind, name in sets:
        others = " y ".join(
            f"{named[key]} {number(each[kind][name]['accuracy'], 3)}"
            for key, each in simple["baselines"].items()
        )
        parts.append(f"en {title}, {others}, y la red {number(metrics[kind][name]['accuracy'], 3)}")
    return "Con las mismas manos y sin red: " + "; ".join(parts) + "."


def scenes(simple: dict) -> str:
    """The baselines of the scenes (``scenes_baselines.json``)."""
    named = {
        "colour": "una regresión logística sobre el color medio",
        "thumbnails": "una sobre miniaturas de 8 × 8",
        "knn": "los vecinos más cercanos en los promedios de ResNet50",
    }
    constant, *others = simple["rows"]
    parts = [f"{named[row['name']]}, {number(row['accuracy'], 3)}" for row in others]
    answer = SCENES.label(constant["answer"])
    return (
        f"Sin red, en las mismas imágenes de prueba: responder siempre «{answer}», la clase con "
        f"más imágenes de entrenamiento, acierta {number(constant['accuracy'], 3)}; "
        + "; ".join(parts)
        + "."
    )
