"""The report's numbers, table and sentences about Problem 2."""

from __future__ import annotations

import layers
import simplest

from gestures import classifier
from scenes.formatting import interval, number, percent


def texts(metrics: dict, simple: dict) -> dict:
    """What ``informe.typ`` inserts about Problem 2.

    Args:
        metrics: of the network.
        simple: of what needs none.
    """
    names = {"simulated": "simuladas", "filmed": "dibujadas y vistas por MediaPipe"}
    measured = [(f"Manos {names[key]}", each) for key, each in metrics["test"].items()]
    measured += [(f"Grabaciones {key}", each) for key, each in metrics["recordings"].items()]
    return {
        "n_simuladas": number(metrics["data"]["simulated"]["train"], 0),
        "n_filmadas": number(metrics["data"]["filmed"]["train"], 0),
        "n_otras": number(metrics["mixture"]["others"], 0),
        "n_dudosas": number(metrics["mixture"]["doubtful"], 0),
        "peso": number(metrics["data"]["filmed"]["weight"], 0),
        "parametros": number(metrics["parameters"], 0),
        "semilla": str(metrics["seed"]),
        "capas": layers.table(classifier.make_model()),
        "grabaciones": len(metrics["recordings"]),
        "discusion": " ".join([*discussion(metrics), simplest.hands(metrics, simple)]),
        "resultados": {
            "cabecera": ["", "n", "Exactitud", "IC 95 %"],
            "filas": [
                [
                    label,
                    number(each["n"], 0),
                    number(each["accuracy"], 4),
                    interval(low, high, 4),
                ]
                for label, each in measured
                for low, high in [each["interval_95"]]
            ],
        },
    }


def discussion(metrics: dict) -> list[str]:
    """How drawn hands compare with recorded ones, and how many other hands pass for a gesture."""
    drawn = metrics["test"]["filmed"]["accuracy"]
    recorded = [each["accuracy"] for each in metrics["recordings"].values()]
    sentences = []
    if recorded:
        than = "ni menor ni mayor que la de todas"
        if drawn < min(recorded):
            than = "menor que la de todas"
        elif drawn > max(recorded):
            than = "mayor que la de todas"
        sentences.append(
            f"La exactitud en manos dibujadas es {than} las grabaciones. Entre las dibujadas "
            "hay a propósito poses difíciles, como las que apuntan a la cámara; cuánto pesan no se "
            "midió."
        )
    others = metrics["none_of_these"]
    sentences.append(
        f"De {number(others['n'], 0)} manos simuladas que no son ninguno de los tres gestos, y que "
        f"no se usaron para entrenar, el {percent(others['shown'])} se mostraría como uno."
    )
    return sentences
