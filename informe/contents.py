"""The report's numbers, tables and sentences, as text, from what the trainings wrote."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import hands
import layers
import simplest
from figures import damaged

from scenes import config
from scenes.formatting import MODELS, interval, number, percent
from scenes.networks import architectures
from scenes.problems import Problem
from scenes.results import mistakes, published, repetition, stored, tables
from student_performance import model as student_model
from student_performance import verdicts
from student_performance.published import REPORT_MAE
from student_performance.schema import Schema

RIVALS = {  # of `benchmarks/problema1.py`, in the table's order
    "network": "Red",
    "ols": "Mín. cuadrados",
    "hist": "Árboles pot.",
    "forest": "Bosque",
    "mlp": "Perceptrón",
    "catboost": "CatBoost",
}
RELATIONS = {
    "data set": "publicados",
    "kink": "quiebre en el sueño",
    "interaction": "estudio × notas",
    "mixed": "producto, umbrales, cuadrado",
    "saturation": "saturación",
    "twist": "pendiente según sí/no",
    "wave": "onda lenta",
    "fast wave": "onda rápida",
}
TITLE = "Redes densas y convolucionales"


def read(models: Path) -> dict:
    """Everything that the figures and the text need from a folder like ``models/``.

    Raises:
        Problem: a file is missing or damaged, or its figures are not of the real data.
    """
    needed = ["student_performance.json", "student_performance.keras"]
    needed += ["student_performance_benchmark.json", "rps_classifier.json"]
    for name in config.NETWORKS:
        needed += [f"scenes_{name}.json", f"scenes_{name}_probabilities.npz"]
    for name in needed:
        if not (models / name).is_file():
            raise Problem(
                f"Falta «{name}» en «{models}»: entrene antes los tres problemas, o use la carpeta "
                "models del proyecto."
            )

    def load(name: str) -> dict:
        return json.loads((models / name).read_text(encoding="utf-8"))

    try:
        results = {
            "student": load("student_performance.json"),
            "splits": load("student_performance_benchmark.json"),
            "gestures": load("rps_classifier.json"),
            "gestures_baselines": load("rps_baselines.json"),
            "scenes_baselines": load("scenes_baselines.json"),
            "scenes": stored.stored(models),
            "repeated": stored.stored(models, "report"),
            "student_network": student_model.load(models / "student_performance.keras"),
        }
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
    """What ``informe.typ`` inserts."""
    return {
        "titulo": TITLE,
        "problema1": problem1(results["student"], results["splits"], results["student_network"]),
        "problema2": hands.texts(results["gestures"], results["gestures_baselines"]),
        "problema3": problem3(results["scenes"], results["repeated"], results["scenes_baselines"]),
        "limites": limits(len(results["gestures"]["recordings"])),
        "conclusiones": conclusions(results),
    }


def problem1(metrics: dict, benchmark: dict, network) -> dict:
    schema = Schema.from_json(metrics["schema"])
    named = {"": "Red", "ols_": "Mínimos cuadrados", "boosting_": "Árboles potenciados"}
    rows = []
    for prefix, label in (*named.items(), ("mean_", "Media")):
        rows.append(
            [
                label,
                *(
                    with_interval(metrics[prefix + score], metrics[f"{prefix}{score}_ci"], digits)
                    for score, digits in (("r2", 4), ("rmse", 3), ("mae", 3))
                ),
            ]
        )
    return {
        "n_filas": number(metrics["n_train"] + metrics["n_test"], 0),
        "n_repetidas": number(metrics["repeated"], 0),
        "n_train": number(metrics["n_train"], 0),
        "n_test": number(metrics["n_test"], 0),
        "semilla": str(metrics["seed"]),
        "capas": layers.table(network),
        "resultados": {
            "cabecera": ["", "R²", "RMSE (puntos)", "MAE (puntos)"],
            "filas": rows,
        },
        "hallazgo": verdicts.findings(metrics, schema),
        "aprendizaje": verdicts.learning_curve(metrics["learning_curve"], schema),
        "diferencia": with_interval(metrics["r2_minus_ols"], metrics["r2_minus_ols_ci"], 5),
        "relaciones": relations(benchmark["cases"]),
        "nivel": percent(metrics["interval_level"], 0),
        "cobertura": percent(metrics["interval_coverage"]),
        "ancho": number(metrics["interval_width"]),
        "mae_previo": number(REPORT_MAE, 3),
    }


def relations(cases: dict) -> dict:
    """Errors of the network and of the usual models on the published rows, and on relations that
    bend, drawn on the published features with noise of 2 points: mean ± deviation over seeds."""
    rows = []
    models = [name for name in RIVALS if name in cases["data set"]["runs"][0]["errors"]]
    for case, label in RELATIONS.items():
        runs = [run["errors"] for run in cases[case]["runs"]]
        cells = []
        for name in models:
            errors = [run[name] for run in runs]
            deviation = statistics.stdev(errors) if len(errors) > 1 else 0.0
            cells.append(f"{number(statistics.fmean(errors), 3)} ± {number(deviation, 3)}")
        rows.append([label, *cells])
    return {
        "cabecera": ["", *(RIVALS[name] for name in models)],
        "filas": rows,
        "n_semillas": number(len(cases["data set"]["runs"]), 0),
    }


def problem3(corrected: dict, repeated: dict, simple: dict) -> dict:
    some = corrected["cnn"].metrics
    return {
        "n_train": number(some["n_train"], 0),
        "n_validation": number(some["n_validation"], 0),
        "n_test": number(some["n_test"], 0),
        "semilla": str(some["seed"]),
        "capas": [_layers_of(name) for name in config.NETWORKS],
        "resumen": repetition.summary(corrected, repeated),
        "areas": repetition.areas(corrected, repeated),
        "metodo": method(corrected),
        "diferencias": repetition.differences(repeated, corrected),
        "discusion": [*discussion(corrected), simplest.scenes(simple)],
    }


def _layers_of(name: str) -> dict:
    network = architectures.build(name, 224, scaling=False)
    return {
        "nombre": MODELS[name],
        "total": number(network.count_params(), 0),
        **layers.table(network, names=False),
    }


def accuracy(metrics: dict) -> str:
    return with_interval(metrics["accuracy"], metrics["accuracy_ci"])


def with_interval(value: float, ends: list[float], digits: int = 3) -> str:
    """«0,905 [0,894; 0,915]»."""
    low, high = ends
    return f"{number(value, digits)} {interval(low, high, digits)}"


def limits(recordings: int) -> list[str]:
    """What the figures do not say.

    Args:
        recordings: sets of real hands that were measured in Problem 2.
    """
    which = "no se midió con manos de personas"
    if recordings:
        which = f"las grabaciones ajenas son {recordings}, de personas que posan frente a su cámara"
    return [
        "Problema 1: los datos publicados son sintéticos, según su autor; nada de lo medido vale "
        "para estudiantes reales.",
        f"Problema 2: una mano por gesto; {which}.",
        "Problema 3: fotografías de una sola colección, con etiquetas dudosas, sobre todo entre "
        "glaciar y montaña; no se midió con otras.",
        "Los tiempos valen para la máquina que dice cada archivo; se midieron a veces con otro "
        "trabajo en curso.",
    ]


def method(corrected: dict) -> list[str]:
    """What was done to train, as the configurations say."""
    configs = {name: network.metrics["config"] for name, network in corrected.items()}
    cnn, residual = configs["cnn"], configs["residual"]
    sentences = [
        f"Cada red tiene a lo sumo {cnn['epochs']} épocas y lotes de {cnn['batch_size']} imágenes, "
        f"y se detiene tras {cnn['patience']} épocas sin mejorar, como en el informe previo. El "
        "optimizador es AdamW, con una tasa que sube al principio y baja como un coseno, y las "
        f"etiquetas se suavizan un {percent(cnn['label_smoothing'], 0)}. Las redes que se ajustan "
        "sobre los píxeles ven cada imagen reflejada, corrida y ampliada al azar. De ResNet50 fija "
        "se calcula una vez lo que responde a cada imagen; solo se entrena la última capa.",
        "La residual se entrenó con imágenes de "
        f"{residual['image_size']} × {residual['image_size']}.",
    ]
    if residual.get("averaging"):
        sentences[-1] = (
            sentences[-1][:-1] + ", y se guarda el promedio de sus pesos durante una época."
        )
    if "best" in configs:
        best = configs["best"]
        sentences.append(
            f"La quinta parte de esa última capa ya entrenada y ajusta, en {best['epochs']} "
            f"épocas, las etapas de ResNet50 desde la {best['first_stage']}; se guarda en media "
            "precisión."
        )
    return sentences


def discussion(corrected: dict) -> list[str]:
    """One paragraph on what the networks' scores and mistakes say."""
    labels = corrected["cnn"].labels
    probabilities = {name: network.probabilities for name, network in corrected.items()}
    metrics = {name: network.metrics for name, network in corrected.items()}
    sentences = tables.conclusions(metrics, probabilities, labels)
    judges = {name: probabilities[name] for name in mistakes.JUDGES if name in probabilities}
    if len(judges) > 1:
        sentences += mistakes.ceiling(judges, labels)
    return [" ".join(sentences)]


def _against_line(student: dict) -> str:
    low, high = student["r2_minus_ols_ci"]
    if not student["findings"]["bends"]:
        return "son la misma recta o casi: los datos no piden más."
    if low <= 0 <= high:
        return "no se distinguen."
    return "difieren, en favor de " + ("la red." if low > 0 else "mínimos cuadrados.")


def conclusions(results: dict) -> list[str]:
    student, gestures, scenes = results["student"], results["gestures"], results["scenes"]
    top = max(scenes, key=lambda name: scenes[name].metrics["accuracy"])
    measured = gestures["recordings"] or {"filmed": gestures["test"]["filmed"]}
    which = "de las grabaciones de otras personas" if gestures["recordings"] else "dibujados"
    total = sum(each["n"] for each in measured.values())
    right = sum(each["n"] * each["accuracy"] for each in measured.values())
    return [
        f"Problema 1: en los datos publicados la red (R² {number(student['r2'], 4)}) y mínimos "
        f"cuadrados ({number(student['ols_r2'], 4)}) {_against_line(student)}",
        "Problema 2: entrenada solo con manos simuladas, la red acierta "
        f"{number(right, 0)} de {number(total, 0)} gestos {which}.",
        f"Problema 3: {MODELS[top]} llega a {accuracy(scenes[top].metrics)}; la "
        f"convolucional pasa de {number(published.REPORT['cnn'].kept, 3)} a "
        f"{number(scenes['cnn'].metrics['accuracy'], 3)} sin cambiar una capa.",
    ]
