"""The report's numbers, tables and sentences about Problem 3."""

from __future__ import annotations

import itertools
import statistics

import layers
import numpy as np
import recipes
import text_calibration
from intervals import with_interval

from scenes import config
from scenes.classes import SCENES
from scenes.formatting import ABLATION, BASELINES, duration, interval, number, percent
from scenes.lesson import sentences as lesson
from scenes.networks import architectures, backbone
from scenes.results import mistakes, published, repetition, scores, stored
from scenes.results.repetition import TITLES as MODELS

SHOWN = (*config.NETWORKS, "resnet50_max", config.BEST, *config.DISTILLED)
GROUPS = {  # of the benchmark of doubt
    "foreign": "Fotos de otras cosas",
    "matched": "Las mismas, como las escenas",
    "made": "Dibujadas",
    "test": "Escenas de prueba",
    "elsewhere": "Otras cámaras",
}
RULES = {"cosine": "coseno", "entropy": "entropía", "background": "clase de fondo"}


def texts(results: dict) -> dict:
    """What ``problema3.typ`` inserts.

    Args:
        results: of :func:`contents.read`.
    """
    corrected = {name: results["scenes"][name] for name in SHOWN if name in results["scenes"]}
    repeated, ablation = results["repeated"], results["ablation"]
    metrics = {name: each.metrics for name, each in corrected.items()}
    some = metrics["cnn"]
    return {
        "n_train": number(some["n_train"], 0),
        "n_fit": number(some["n_fit"], 0),
        "n_validation": number(some["n_validation"], 0),
        "n_test": number(some["n_test"], 0),
        "semilla": str(some["seed"]),
        "capas": {name: layers_of(name, metrics[name]) for name in config.NETWORKS},
        "recetas": recipes.table(metrics),
        "simples": baselines(results["scenes_baselines"]),
        "resumen": repetition.summary(corrected, repeated),
        "ganancia": gain(metrics["cnn"], repeated["cnn"].metrics, ablation),
        "repeticiones": repetition.differences(repeated),
        "areas": repetition.areas(corrected, repeated),
        "ablacion": changes(ablation),
        "ablacion_dicho": lesson.ablation(
            [row for row in ablation["rows"] if row["network"] == "cnn"]
        ),
        "calibracion": text_calibration.table(corrected),
        "cambia_clase": text_calibration.changed_classes(metrics),
        "calibracion_dicho": text_calibration.told(corrected),
        "dudas": doubts(results["doubt"]),
        "auditoria": labels_and_leaks(results["audit"], metrics),
        "etapa": str(metrics[config.BEST]["config"]["first_stage"])
        if config.BEST in metrics
        else "",
        "vecinas": neighbours(corrected),
        "errores": errors(corrected),
        "miradas": ledger(metrics),
        "destilada": distilled(metrics),
        "repeticion_difiere": unlike(repeated),
        "semillas_ajenas": elsewhere(metrics),
        "tiempo_caracteristicas": features_time(repeated),
        "registros": {name: epochs(metrics[name]) for name in metrics if name != "resnet50_max"},
        "nombres": {name: MODELS[name] for name in metrics},
    }


def layers_of(name: str, metrics: dict) -> dict:
    """A network's layers as it was trained, ResNet50's summed by stage."""
    settings = metrics["config"]
    if name != "resnet50":
        network = architectures.build(name, settings["image_size"], settings["scaling"])
        return {"nombre": MODELS[name], "lado": settings["image_size"], **layers.table(network)}
    side = settings["image_size"]
    frozen = backbone.resnet50(side, settings["pooling"], None, settings["scaling"])
    network = architectures.join(frozen, architectures.head())
    (inner,) = (layer for layer in frozen.layers if isinstance(layer, layers.keras.Model))
    found = layers.stages(inner)
    pooling = {"avg": "promedio de cada mapa", "max": "máximo de cada mapa"}[settings["pooling"]]
    top = network.layers[-1]
    head = top.layers[-1] if hasattr(top, "layers") else top
    first = ["", "preprocess_input, adentro de la red", f"{side} × {side} × 3", ""]
    last = [
        ["", pooling, layers.shape(frozen), ""],
        ["", layers.described(head), layers.shape(head), number(head.count_params(), 0)],
    ]
    found["filas"] = [first, *found["filas"], *last]
    return {"nombre": MODELS[name], "lado": side, **found, **layers.totals(network)}


def gain(own: dict, again: dict, ablation: dict | None) -> str:
    """How much of the convolutional network's gain comes from the repetition alone."""
    report = published.REPORT["cnn"]
    runs = [run["accuracy"] for run in own.get("repeats", [])] or [own["accuracy"]]
    repeats = [again["accuracy"]]
    for row in (ablation or {"rows": []})["rows"]:
        if (row["network"], row["name"]) == ("cnn", "report"):
            repeats = [run["accuracy"] for run in row["runs"]]
    mean, repetition = statistics.fmean(runs), statistics.fmean(repeats)
    times = "una vez" if len(repeats) == 1 else f"con {len(repeats)} semillas"
    seeds = "una semilla" if len(runs) == 1 else f"{len(runs)} semillas"
    more = ", la clase de fondo" if own.get("config", {}).get("background") else ""
    whole, before = 100 * (mean - report.kept), 100 * (repetition - report.kept)
    spread = ""
    if len(repeats) > 1:
        error = 100 * statistics.stdev(repeats) / len(repeats) ** 0.5
        spread = f" ± {number(error, 1)} (error estándar)"
    return (
        f"De la convolucional, el informe previo publicó {number(report.kept, 3)} en la época que "
        f"guardó. Su protocolo repetido {times} da {number(repetition, 3)}, y el corregido, con "
        f"las mismas capas{more} y {seeds}, {number(mean, 3)}: de los {number(whole, 1)} "
        f"puntos entre el primero y el último, {number(before, 1)}{spread} aparecen con solo "
        "repetir."
    )


def changes(ablation: dict | None) -> dict:
    """Accuracy of every change to the published protocol alone, of every network that was tried."""
    rows = []
    for row in (ablation or {"rows": []})["rows"]:
        runs = [run["accuracy"] for run in row["runs"]]
        spread = f" ± {number(statistics.stdev(runs), 3)}" if len(runs) > 1 else ""
        rows.append(
            [
                MODELS[row["network"]],
                ABLATION[row["name"]],
                str(len(runs)),
                number(statistics.fmean(runs), 3) + spread,
                number(statistics.fmean(run["macro_auc"] for run in row["runs"]), 3),
            ]
        )
    return {"cabecera": ["Red", "Cambio", "Corridas", "Exactitud", "AUC macro"], "filas": rows}


def baselines(simple: dict) -> dict:
    """What is no network, on the same images."""
    rows = [
        [BASELINES[row["name"]], with_interval(row["accuracy"], row["accuracy_ci"])]
        for row in simple["rows"]
    ]
    return {"cabecera": ["Sin red", "Exactitud"], "filas": rows}


def doubts(found: dict) -> dict:
    """Share of every kind of picture that each network's rule of doubt flags."""
    rows = [
        [MODELS[name], RULES[own["rule"]], *(_flagged(own[group]) for group in GROUPS)]
        for name, own in found.items()
        if name in MODELS
    ]
    return {"cabecera": ["Red", "Regla", *GROUPS.values()], "filas": rows}


def _flagged(own: dict) -> str:
    low, high = own["flagged_95"]
    share = f"{number(100 * own['flagged'], 1)} {interval(100 * low, 100 * high, 1)}"
    return f"{share} de {number(own['n'], 0)}"


def labels_and_leaks(found: dict, metrics: dict[str, dict]) -> list[str]:
    """Near-duplicates, joint errors and the noise of the labels."""
    near, n_test = found["near_duplicates"], found["n_test"]
    n_near, n_joint = len(found["near_training"]), len(found["joint_errors"])
    noise = [each["noise"] for each in found["label_noise"].values()]
    top = max(found["accuracy"], key=lambda name: found["accuracy"][name]["all"])
    shares = found["accuracy"][top]
    return [
        f"Hay {near['between']['pairs']} pares de imágenes casi iguales entre el entrenamiento y "
        f"la prueba, {near['between']['contradictory']} de ellos con clases distintas; dentro del "
        f"entrenamiento hay {near['train']['pairs']}, y dentro de la prueba, "
        f"{near['test']['pairs']}. De las imágenes de prueba, {n_near} "
        f"({percent(n_near / n_test)}) tienen una casi igual en el entrenamiento.",
        f"En {n_joint} imágenes de prueba ({percent(n_joint / n_test)}), {len(found['judges'])} "
        "redes dan la misma clase, distinta de la etiqueta. El ruido estimado va de "
        f"{percent(min(noise))} a {percent(max(noise))} según la red; una red que se equivoca con "
        "confianza lo agranda.",
        f"Sin las casi iguales, la exactitud de {MODELS[top]} pasa de {number(shares['all'], 4)} a "
        f"{number(shares['no_near'], 4)}; sin los errores conjuntos, a "
        f"{number(shares['no_joint'], 4)}, pero quitarlos favorece a las redes por construcción.",
    ]


def neighbours(networks: dict) -> str:
    """Networks in order of accuracy, each against the next (McNemar's test on the same images)."""
    order = sorted(networks, key=lambda name: -networks[name].metrics["accuracy"])
    parts = []
    for better, worse in itertools.pairwise(order):
        one, other = networks[better], networks[worse]
        test = scores.mcnemar(one.probabilities, other.probabilities, one.labels)
        p = "p < 0,001" if test["p_value"] < 0.001 else f"p = {number(test['p_value'], 3)}"
        told = "se distingue de" if test["p_value"] < 0.05 else "no se distingue de"
        parts.append(f"{MODELS[better]} {told} {MODELS[worse]} ({p})")
    return (
        "Por exactitud y de a pares sucesivos, sobre las mismas imágenes: " + "; ".join(parts) + "."
    )


def errors(networks: dict) -> list[str]:
    """What the networks' mistakes have in common."""
    labels = networks["cnn"].labels
    judges = {n: networks[n].probabilities for n in mistakes.JUDGES if n in networks}
    told = []
    for name in (config.BEST, "cnn"):
        if name not in networks:
            continue
        counts = np.array(networks[name].metrics["confusion"])
        np.fill_diagonal(counts, 0)
        pair = counts + counts.T
        one, other = np.unravel_index(np.triu(pair).argmax(), pair.shape)
        told.append(
            f"{MODELS[name]} confunde sobre todo {SCENES.labels[one]} con {SCENES.labels[other]}: "
            f"{number(int(pair[one, other]), 0)} de sus {number(int(counts.sum()), 0)} errores."
        )
    if len(judges) > 1:
        told += mistakes.ceiling(judges, labels)
    return told


def distilled(metrics: dict[str, dict]) -> str:
    """Networks that learn from the fine-tuned one's answers: how, and whether it brought anything
    on the validation images, which decide."""
    sentences = []
    for name, layers_of_it in config.DISTILLED.items():
        if name not in metrics:
            continue
        own, plain = metrics[name], metrics[layers_of_it]
        reached, alone = (
            max(value for value in each["history"]["val_accuracy"] if value is not None)
            for each in (own, plain)
        )
        brought = "más" if reached > alone else "no más"
        sentences.append(
            f"Las capas de {MODELS[layers_of_it]}; el {percent(own['teacher_share'], 0)} de su "
            f"objetivo son las respuestas de {MODELS[config.BEST]} a {own['views']} variantes de "
            f"cada imagen. En {own['epochs_run']} épocas llega a {number(reached, 3)} en las "
            f"imágenes de validación, {brought} que sin maestra ({number(alone, 3)})."
        )
    return " ".join(sentences)


def unlike(repeated: dict) -> str:
    """In what repeating the report's protocol could not be like it."""
    epochs, side = config.REPORT.epochs, config.REPORT.image_size
    parts = []
    for name, each in repeated.items():
        settings = each.metrics["config"]
        own = []
        if settings["image_size"] != side:
            own.append(f"con imágenes de {settings['image_size']} × {settings['image_size']}")
        if settings["epochs"] != epochs:
            own.append(f"con a lo sumo {settings['epochs']} épocas")
        if own:
            parts.append(f"{MODELS[name]}, {' y '.join(own)}")
    half = [MODELS[n] for n, each in repeated.items() if "bfloat16" in each.metrics["dtype_policy"]]
    if half:
        parts.append(f"en bfloat16, {', '.join(half)}")
    n_train = number(next(iter(repeated.values())).metrics["n_train"], 0)
    return "; ".join([*parts, f"sin imágenes repetidas, {n_train} de entrenamiento"])


def elsewhere(metrics: dict[str, dict]) -> str:
    """Which seeds ran with another library than their network's file."""
    parts = []
    for name, own in metrics.items():
        other = [
            run
            for run in own.get("repeats", [])
            if "backend" in run and run["backend"] != own["versions"]["backend"]
        ]
        if other:
            backends = ", ".join(sorted({run["backend"] for run in other}))
            parts.append(
                f"{len(other)} de {MODELS[name]} en otra máquina y con Keras sobre {backends}"
            )
    return "; " + "; ".join(parts) if parts else ""


def features_time(repeated: dict) -> str:
    """How long ResNet50's features took where that was measured."""
    found = repeated["resnet50"].metrics.get("features_seconds") if "resnet50" in repeated else None
    return f" (en la repetición tardaron {duration(found)})" if found else ""


def ledger(metrics: dict[str, dict]) -> str:
    """How often networks of each name were judged on the official test images."""
    counts = {MODELS[name]: stored.looks(own) for name, own in metrics.items()}
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    return (
        "Entrenamientos con el protocolo corregido que se midieron con las imágenes de prueba, por "
        f"nombre: {told}. Aparte están las repeticiones del informe previo y los cambios de a uno, "
        "que las miran en cada época."
    )


def epochs(metrics: dict) -> dict:
    """A training's log: an epoch a row, the chosen one marked."""
    history = metrics["history"]
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    rows = []
    for at, values in enumerate(zip(*(history[key] for key in keys), strict=True), start=1):
        mark = " ◂" if at == metrics["best_epoch"] else ""
        rows.append([f"{at}{mark}", *("—" if v is None else number(v, 3) for v in values)])
    return {"cabecera": ["Época", "Pérdida", "Exactitud", "P. val.", "E. val."], "filas": rows}
