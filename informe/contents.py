"""The report's numbers, tables and sentences, as text, from what the trainings wrote."""

from __future__ import annotations

import json
from pathlib import Path

import text_hands
import text_scenes
import text_students
from figures import damaged

from scenes import config
from scenes.formatting import number, percent
from scenes.problems import Problem
from scenes.results import published, stored, tables
from scenes.results.repetition import TITLES as MODELS
from student_performance import model as student_model

TITLE = "Redes densas y convolucionales"
SHIPPED = Path(__file__).resolve().parents[1] / "models"
# measured with pictures that are not handed out, or for many hours: the project's own will do
LENT = ("hands", "doubt", "audit", "ablation")
FILES = {  # what they hold, by the name that they have in the results
    "student": "student_performance.json",
    "details": "student_performance_details.json",
    "relations": "student_performance_benchmark.json",
    "gestures": "rps_classifier.json",
    "gestures_baselines": "rps_baselines.json",
    "hands": "rps_classifier_hands.json",
    "scenes_baselines": "scenes_baselines.json",
    "ablation": "scenes_ablation.json",
    "doubt": "scenes_doubt.json",
    "audit": "scenes_audit.json",
}


def read(models: Path) -> dict:
    """Everything that the figures and the text need from a folder like ``models/``.

    Raises:
        Problem: a file is missing or damaged, or its figures are not of the real data.
    """
    paths = {key: models / name for key, name in FILES.items()}
    lent = [key for key in LENT if not paths[key].is_file()]
    paths |= {key: SHIPPED / FILES[key] for key in lent}
    needed = [*(FILES[key] for key in FILES if key not in LENT), "student_performance.keras"]
    for name in config.NETWORKS:
        needed += [f"scenes_{name}.json", f"scenes_{name}_probabilities.npz"]
        needed += [f"scenes_{name}_report.json"]
    for name in needed:
        if not (models / name).is_file():
            raise Problem(
                f"Falta «{name}» en «{models}»: entrene antes los tres problemas, o use la carpeta "
                "models del proyecto."
            )
    try:
        results = {key: json.loads(path.read_text(encoding="utf-8")) for key, path in paths.items()}
        results["lent"] = lent
        results["scenes"] = stored.stored(models)
        results["repeated"] = stored.stored(models, "report")
        results["student_network"] = student_model.load(models / "student_performance.keras")
        kinds = {results["student"]["data_kind"]}
        kinds |= {each.metrics["data_kind"] for each in results["scenes"].values()}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise damaged(models, error) from None
    if kinds != {"real"}:
        raise Problem(
            f"Las cifras de «{models}» no son de los datos reales, que son los que describe el "
            "informe: entrene con ellos, o use la carpeta models del proyecto."
        )
    return results


def texts(results: dict) -> dict:
    """What ``informe.typ`` and the files beside it insert."""
    return {
        "titulo": TITLE,
        "problema1": text_students.texts(
            results["student"],
            results["details"],
            results["relations"],
            results["student_network"],
        ),
        "problema2": text_hands.texts(
            results["gestures"], results["gestures_baselines"], results["hands"]
        ),
        "problema3": text_scenes.texts(results),
        "limites": limits(results["hands"]) + borrowed(results["lent"]),
        "conclusiones": conclusions(results),
    }


def limits(seen: dict) -> list[str]:
    """What the figures do not say.

    Args:
        seen: real hands that were measured in Problem 2.
    """
    photographs = seen["gestures"]["network"]
    sources = len(photographs) - 1
    return [
        "Problema 1: los datos publicados son sintéticos, según su autor; nada de lo medido vale "
        "para estudiantes reales.",
        f"Problema 2: una mano por gesto. Las {number(photographs['all']['n'], 0)} manos sin "
        f"escorzo son de {sources} fuentes, y las grabaciones, "
        f"{len(seen['recordings']['network'])}; no dicen cómo anda con cualquier persona, luz o "
        "cámara.",
        "Problema 3: fotografías de una sola colección, con etiquetas dudosas. Las de "
        "entrenamiento eran una copia vuelta a comprimir (JPEG, calidad 90) y las de prueba, las "
        "publicadas; qué cambia eso no se midió. La exactitud con otras escenas no se midió.",
        "Las imágenes de prueba del Problema 3 se miraron más de una vez (última columna de la "
        "tabla de resultados). La residual se entrenó por tercera vez porque su exactitud en ellas "
        "quedaba por debajo de la meta. Lo que se cambió se eligió siempre con las de validación, "
        "pero ninguna cifra suya es de un conjunto del todo nuevo.",
        "Los tiempos valen para la máquina que dice cada archivo; se midieron a veces con otro "
        "trabajo en curso.",
    ]


def borrowed(lent: list[str]) -> list[str]:
    """Which figures are not of these trainings but of the project's."""
    named = {
        "hands": "las manos de fotografías y grabaciones",
        "doubt": "lo que no es ninguna de las seis escenas",
        "audit": "las etiquetas",
        "ablation": "qué aporta cada corrección",
    }
    if not lent:
        return []
    sections = "; ".join(named[key] for key in lent)
    return [f"De las redes que trae el proyecto, y no de estas, son las cifras sobre {sections}."]


def conclusions(results: dict) -> list[str]:
    """A result and its lesson for each problem, and how to choose an architecture."""
    student, hands, scenes = results["student"], results["hands"], results["scenes"]
    all_photographs = hands["gestures"]["network"]["all"]
    top = max(scenes, key=lambda name: scenes[name].metrics["accuracy"])
    return [
        f"Problema 1: en los datos publicados la red (R² {number(student['r2'], 4)}) y mínimos "
        f"cuadrados ({number(student['ols_r2'], 4)}) {_against_line(student)} La lección: medir "
        "primero lo más simple, y dejar que la red agregue solo lo que eso no explica.",
        "Problema 2: entrenada solo con manos simuladas, la red acierta el "
        f"{percent(all_photographs['accuracy'])} de {number(all_photographs['n'], 0)} manos de "
        "fotografías sin escorzo, y la regla de los dedos levantados, el "
        f"{percent(hands['gestures'][text_hands.RULE]['all']['accuracy'])}. La lección: medir con "
        "manos de otras personas, y al lado de una regla sin red.",
        f"Problema 3: {MODELS[top]} llega a {number(scenes[top].metrics['accuracy'], 3)}. "
        f"{_order(scenes)} La lección: una cifra no se entiende sin saber con qué imágenes se "
        "eligió, cuánto varía entre semillas y qué parte viene del protocolo.",
        choice(scenes),
    ]


def _against_line(student: dict) -> str:
    low, high = student["r2_minus_ols_ci"]
    if not student["findings"]["bends"]:
        return "son la misma recta o casi: los datos no piden más."
    if low <= 0 <= high:
        return "no se distinguen."
    return "difieren, en favor de " + ("la red." if low > 0 else "mínimos cuadrados.")


def _order(scenes: dict) -> str:
    """The report's four networks from the lowest accuracy to the highest, corrected and before."""
    corrected = sorted(config.NETWORKS, key=lambda name: scenes[name].metrics["accuracy"])
    before = sorted(config.NETWORKS, key=lambda name: published.REPORT[name].kept)
    names = ", ".join(MODELS[name] for name in corrected)
    same = "el mismo orden que" if corrected == before else "otro orden que"
    return f"De menor a mayor exactitud: {names}, {same} en el informe previo."


def choice(scenes: dict) -> str:
    """What an architecture costs and gains, from parameters, accuracy and the time of a fit."""
    own = {name: scenes[name].metrics for name in config.NETWORKS}
    most = max(own, key=lambda name: own[name]["parameters"])
    least = min(own, key=lambda name: own[name]["accuracy"])
    scratch = {name: own[name] for name in ("dense", "cnn", "residual")}
    best_scratch = max(scratch, key=lambda name: scratch[name]["accuracy"])
    head = own["resnet50"]
    gap = 100 * (head["accuracy"] - scratch[best_scratch]["accuracy"])
    text = (
        f"Para elegir una arquitectura: la de más parámetros ({MODELS[most]}, "
        f"{number(own[most]['parameters'], 0)}) "
        + ("es la de menor exactitud; " if most == least else "no es la de menor exactitud; ")
        + f"entre las entrenadas desde cero, la mejor es {MODELS[best_scratch]}, con "
        f"{number(scratch[best_scratch]['parameters'], 0)} parámetros y "
        f"{tables.duration(scratch[best_scratch]['fit_seconds'])} de ajuste; "
    )
    if gap > 0:
        return text + (
            "una última capa sobre características congeladas de ResNet50 la supera en "
            f"{number(gap, 1)} puntos con {tables.duration(head['fit_seconds'])} de ajuste, sin "
            "contar las características: es por donde conviene empezar. Entrenar desde cero queda "
            f"para cuando importa el tamaño: {number(head['parameters'], 0)} parámetros contra "
            f"{number(scratch[best_scratch]['parameters'], 0)}."
        )
    return text + (
        f"una última capa sobre características congeladas de ResNet50 queda {number(-gap, 1)} "
        "puntos abajo: aquí entrenar desde cero rinde más."
    )
