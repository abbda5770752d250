"""The report's numbers, tables and sentences about Problem 2."""

from __future__ import annotations

from collections.abc import Sequence

import layers
from intervals import wilson, with_interval, with_wilson

from gestures import classifier
from scenes.formatting import interval, number, percent

RULE = "finger-up rule"  # as `benchmarks/problema2_hands.py` calls it
SIMPLE = {"logistic": "Regresión logística", "nearest": "Vecinos más cercanos"}
OTHERS = {  # hands that are none of the three gestures, by their name in the benchmark
    "1-hand": "un dedo",
    "3-hand": "tres dedos",
    "4-hand": "cuatro dedos",
    "lizard": "lagarto",
    "ok": "«ok»",
    "spock": "saludo vulcano",
    "thumbs_up": "pulgar arriba",
}


def texts(metrics: dict, simple: dict, seen: dict) -> dict:
    """What ``problema2.typ`` inserts.

    Args:
        metrics: of the network.
        simple: of what needs none.
        seen: of photographs and recordings (``rps_classifier_hands.json``).
    """
    return {
        "n_simuladas": number(metrics["data"]["simulated"]["train"], 0),
        "n_filmadas": number(metrics["data"]["filmed"]["train"], 0),
        "n_otras": number(metrics["mixture"]["others"], 0),
        "n_dudosas": number(metrics["mixture"]["doubtful"], 0),
        "peso": number(metrics["data"]["filmed"]["weight"], 0),
        "parametros": number(metrics["parameters"], 0),
        "semilla": str(metrics["seed"]),
        "capas": layers.table(classifier.make_model()),
        "fotos": photographs(seen["gestures"], seen["foreshortened"]),
        "fotos_dicho": beside_the_rule(seen),
        "grabaciones": recordings(seen["recordings"]),
        "grabaciones_dicho": blocks(seen["recordings"]["network"]),
        "simuladas": simulated(metrics, simple),
        "simuladas_dicho": simplest(metrics, simple),
        "otras": others(seen["others"]),
        "otras_dicho": mistaken(seen["others"]["network"], metrics["none_of_these"]),
    }


def photographs(gestures: dict, pointing: dict) -> dict:
    """A row a source of photographs: what the network shows and gets right, and the rule."""
    rows = []
    for found, title in ((gestures, "Sin escorzo"), (pointing, "En escorzo")):
        for source, own in found["network"].items():
            rule = found[RULE][source]
            name = "todas" if source == "all" else source
            rows.append(
                [
                    f"{title}, {name}",
                    number(own["n"], 0),
                    *_shown(own),
                    *_shown(rule),
                ]
            )
    headings = ["Manos", "n", "Red: aciertos", "mostradas", "mal", "Regla: aciertos"]
    return {"cabecera": [*headings, "mostradas", "mal"], "filas": rows}


def _shown(own: dict) -> list[str]:
    return [
        with_interval(own["accuracy"], own["bootstrap_95"]),
        percent(own["shown"]),
        number(own["wrong_and_shown"], 0),
    ]


def beside_the_rule(seen: dict) -> str:
    """How the network and the finger-up rule compare on all these hands."""
    parts = []
    for key, title in (("gestures", "Sin escorzo"), ("foreshortened", "en escorzo")):
        own, rule = seen[key]["network"]["all"], seen[key][RULE]["all"]
        apart = _apart(own["bootstrap_95"], rule["bootstrap_95"])
        parts.append(
            f"{title}, la red acierta el {percent(own['accuracy'])} y la regla de los dedos "
            f"levantados, el {percent(rule['accuracy'])} ({apart})"
        )
    return "; ".join(parts) + "."


def _apart(first: Sequence[float], second: Sequence[float]) -> str:
    """Whether two intervals are disjoint."""
    if first[0] > second[1]:
        return "más: los intervalos no se tocan"
    if second[0] > first[1]:
        return "menos: los intervalos no se tocan"
    return "los intervalos se tocan"


def recordings(found: dict) -> dict:
    """A row a recording: its frames, and the blocks of one gesture that are right throughout."""
    rows = []
    for name, own in found["network"].items():
        rule = found[RULE][name]
        low, high = own["blocks_95"]
        rows.append(
            [
                name,
                number(own["n"], 0),
                with_interval(own["accuracy"], own["bootstrap_95"]),
                f"{own['right_blocks']} de {own['blocks']} {interval(low, high, 2)}",
                f"{rule['right_blocks']} de {rule['blocks']}",
                number(own["autocorrelation"]),
            ]
        )
    headings = ["Grabación", "Cuadros", "Exactitud por cuadro", "Bloques sin error: red"]
    return {"cabecera": [*headings, "regla", "Autocorrelación"], "filas": rows}


def blocks(found: dict) -> str:
    """How many blocks there are in all, which is how much the recordings say."""
    total = sum(own["blocks"] for own in found.values())
    right = sum(own["right_blocks"] for own in found.values())
    return f"En total, {right} de {total} bloques no tienen ningún cuadro mal."


def simulated(metrics: dict, simple: dict) -> dict:
    """Hands of the simulator that were kept aside, with the network and without."""
    rows = []
    for key, title in (("simulated", "Simuladas"), ("filmed", "Dibujadas y vistas por MediaPipe")):
        own = metrics["test"][key]
        cells = [with_wilson(own["accuracy"], own["n"], 4)]
        cells += [
            with_wilson(each["test"][key]["accuracy"], own["n"], 4)
            for each in simple["baselines"].values()
        ]
        rows.append([title, number(own["n"], 0), *cells])
    return {"cabecera": ["Manos", "n", "Red", *SIMPLE.values()], "filas": rows}


def simplest(metrics: dict, simple: dict) -> str:
    """Whether the network beats what needs none on drawn hands."""
    own = metrics["test"]["filmed"]
    best = max(
        simple["baselines"], key=lambda k: simple["baselines"][k]["test"]["filmed"]["accuracy"]
    )
    other = simple["baselines"][best]["test"]["filmed"]["accuracy"]
    n = own["n"]
    apart = _apart(wilson(own["accuracy"], n), wilson(other, n))
    return (
        f"En las dibujadas, la red acierta el {percent(own['accuracy'])} y el mejor de los dos "
        f"clasificadores sin red ({SIMPLE[best].lower()}), el {percent(other)} ({apart})."
    )


def others(found: dict) -> dict:
    """Hands of no gesture that are shown as one, by the network and by the rule."""
    rows = [
        [
            OTHERS.get(name, name),
            number(own["n"], 0),
            percent(own["shown"]),
            percent(found[RULE][name]["shown"]),
        ]
        for name, own in found["network"].items()
    ]
    return {"cabecera": ["Mano", "n", "Red", "Regla"], "filas": rows}


def mistaken(found: dict, drawn: dict) -> str:
    """Which hands of no gesture pass for one."""
    passed = [OTHERS.get(name, name) for name, own in found.items() if own["shown"] > 0.5]
    few = [own["shown"] for own in found.values() if own["shown"] <= 0.5]
    text = (
        f"De {number(drawn['n'], 0)} manos simuladas que no son ninguno de los tres gestos se "
        f"mostraría como uno el {percent(drawn['shown'])}. En fotografías, "
    )
    if not passed:
        return f"{text}ninguna clase de mano pasa por un gesto más de la mitad de las veces."
    text += f"pasan por un gesto más de la mitad de las veces: {', '.join(passed)}"
    return text + (f"; de cada una de las demás, a lo sumo el {percent(max(few))}." if few else ".")
