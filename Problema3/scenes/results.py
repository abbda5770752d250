"""Trained networks' results: read back from their files, as tables, and put into sentences."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from scenes import architectures, evaluation, files, published
from scenes.classes import CLASSES, NAMES
from scenes.formatting import KINDS, MODELS, duration, interval, number, percent
from scenes.models import SHIPPED

LARGEST = 50 * 2**20  # bytes of a network in the repository: all but the dense one's 150 MB

# Why a network trained as the report did differs from what the report says, or does not.
CAUSES = {
    "dense": "Sin escalar las entradas, la pérdida de validación empieza en {first} y termina en "
    "{last}; la de quien responde lo mismo a todo es ln 6 = {chance}, y la red que llega ahí ya no "
    "aprende.",
    "cnn": "El informe no dice la semilla ni la tasa de abandono (dropout) de su red; aquí es "
    "{dropout}.",
    "residual": "El informe no dice la semilla{side}.",
    "resnet50": "Sin preprocess_input, ResNet50 recibe valores para los que no fue entrenada, en "
    "los dos por igual.",
}


@dataclass(frozen=True)
class Stored:
    """What ``models/scenes_<name>.json`` and ``.npz`` hold of one network.

    Attributes:
        metrics: the JSON.
        probabilities: float64 (n, 6), of the test images.
        labels: int64 (n,).
    """

    metrics: dict
    probabilities: np.ndarray
    labels: np.ndarray


def probabilities(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, 6) and labels (n,) of a file that training wrote.

    Raises:
        OSError, ValueError, KeyError: no such file, or not of this kind.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            return held["probabilities"].astype(np.float64), held["labels"].astype(np.int64)
    except (EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name}: {error}") from None


def stored(folder: Path = SHIPPED, protocol: str = "corrected") -> dict[str, Stored]:
    """The shipped results of each network that has both files, in the report's order.

    Args:
        folder: where they are.
        protocol: one of :data:`scenes.config.PROTOCOLS`.
    """
    ending = "_report" if protocol == "report" else ""
    found = {}
    for name in MODELS:
        stem = f"scenes_{name}{ending}"
        files.recover(folder, stem)
        try:
            text = (folder / f"{stem}.json").read_text(encoding="utf-8")
            chances, labels = probabilities(folder / f"{stem}_probabilities.npz")
        except FileNotFoundError:
            continue
        found[name] = Stored(json.loads(text), chances, labels)
    return found


def publish(name: str, out: Path, folder: Path = SHIPPED) -> list[Path]:
    """Copy what a training wrote to where the project ships it.

    A head on ResNet50's maxima is published as ``resnet50_max``, beside that on its averages; a
    network trained as the report did as ``<name>_report``, its figures alone.

    Args:
        name: of the network.
        out: folder that :func:`scenes.training.train` wrote.
        folder: where to.

    Returns:
        the files written.

    Raises:
        files.BusyError: another process is publishing it.
    """
    found = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    target = f"scenes_{name}"
    endings = ["_probabilities.npz", ".keras", ".json"]
    if found["protocol"] == "report":
        target += "_report"
    elif name == "resnet50" and found["config"]["pooling"] == "max":
        target += "_max"
    if found["protocol"] == "report" or (out / f"{name}.keras").stat().st_size > LARGEST:
        endings.remove(".keras")
    with files.staging(folder, target) as work:
        for ending in endings:
            shutil.copyfile(out / f"{name}{ending}", work / f"{target}{ending}")
        if ".keras" not in endings:  # not that of another training
            (folder / f"{target}.keras").unlink(missing_ok=True)
        files.commit(work)
    return [folder / f"{target}{ending}" for ending in endings]


def table(metrics: dict[str, dict]) -> pd.DataFrame:
    """Networks (or variants of one) in rows, with Spanish headings and numbers."""
    rows = {}
    for name, found in metrics.items():
        macro, ends = found["macro_auc"], found["macro_auc_ci"]
        rows[MODELS.get(name, name)] = {
            "Parámetros": number(found["parameters"], 0),
            "Exactitud": number(found["accuracy"], 3),
            "IC 95 %": interval(*found["accuracy_ci"]),
            "AUC macro": "—" if macro is None else number(macro, 3),
            "IC 95 % del AUC": "—" if ends is None else interval(*ends),
            "ECE": number(found["ece"], 3),
            "Épocas": f"{found['best_epoch']} de {found['epochs_run']}",
            "Ajuste": duration(found["fit_seconds"]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def beside_the_report(corrected: dict[str, Stored], repeated: dict[str, Stored]) -> pd.DataFrame:
    """The report's figures, those of its protocol repeated, and the corrected ones.

    Args:
        corrected, repeated: of :func:`stored`, by name.

    Returns:
        network and protocol in rows; accuracy, epochs and each class's AUC in Spanish columns.
    """
    rows = {}
    for name in MODELS:
        if name in published.REPORT:
            found = published.REPORT[name]
            rows[MODELS[name], "informe"] = {
                "Lado": "224",
                "Exactitud": number(found.kept, 3),
                "IC 95 %": "—",
                "Mejor época": number(found.best, 3),
                "Épocas": str(found.epochs),
                **dict(zip(NAMES, (number(area, 2) for area in found.auc), strict=True)),
            }
        for heading, each in (("repetido", repeated), ("corregido", corrected)):
            if name not in each:
                continue
            metrics = each[name].metrics
            reached = [each for each in metrics["history"]["val_accuracy"] if each is not None]
            highest = number(max(reached), 3)
            rows[MODELS[name], heading] = {
                "Lado": str(metrics["config"]["image_size"]),
                "Exactitud": number(metrics["accuracy"], 3),
                "IC 95 %": interval(*metrics["accuracy_ci"]),
                # the corrected protocol's validation images are others
                "Mejor época": highest if heading == "repetido" else "—",
                "Épocas": str(metrics["epochs_run"]),
                **{
                    spanish: number(metrics["auc"][scene], 3)
                    for scene, spanish in zip(CLASSES, NAMES, strict=True)
                },
            }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=["Red", "Protocolo"])
    return table


def differences(repeated: dict[str, Stored]) -> list[str]:
    """What repeating the report's protocol gave against what it says, in Spanish sentences.

    Args:
        repeated: of :func:`stored`, by name.
    """
    said = []
    for name, each in repeated.items():
        found, metrics = published.REPORT[name], each.metrics
        low, high = metrics["accuracy_ci"]
        where = "dentro" if low <= found.kept <= high else "fuera"
        losses = [loss for loss in metrics["history"]["val_loss"] if loss is not None]
        highest = max(each for each in metrics["history"]["val_accuracy"] if each is not None)
        side = metrics["config"]["image_size"]
        smaller = "" if side == 224 else f", con imágenes de {side} × {side}"
        said.append(
            f"{MODELS[name]}{smaller}: {number(metrics['accuracy'], 3)} {interval(low, high)} en "
            f"la época de menor pérdida y {number(highest, 3)} en la mejor de "
            f"{metrics['epochs_run']}; el informe, {number(found.kept, 3)} ({where} del intervalo) "
            f"y {number(found.best, 3)} en {found.epochs}. "
            + CAUSES[name].format(
                first=number(losses[0], 1),
                last=number(losses[-1], 2),
                chance=number(np.log(len(CLASSES)), 2),
                dropout=number(architectures.DROPOUT, 1),
                side="" if side == 224 else ", y el lado de sus imágenes es otro",
            )
        )
    return said


def provenance(found: dict[str, Stored]) -> str:
    """One Spanish sentence: with which images the stored results were computed."""
    parts = []
    for name, each in found.items():
        metrics = each.metrics
        parts.append(
            f"{MODELS[name]}: {number(metrics['n_train'], 0)} de entrenamiento y "
            f"{number(metrics['n_test'], 0)} de prueba ({KINDS[metrics['data_kind']]}), "
            f"semilla {metrics['seed']}"
        )
    return "; ".join(parts) + "."


def conclusions(
    metrics: dict[str, dict], answers: dict[str, np.ndarray], labels: np.ndarray
) -> list[str]:
    """What the figures say, in Spanish sentences.

    Args:
        metrics: of each network, from training.
        answers: its probabilities (n, 6), all for the same test images.
        labels: int (n,).
    """
    order = sorted(metrics, key=lambda name: -metrics[name]["accuracy"])
    best = metrics[order[0]]
    said = [
        f"Datos: {number(best['n'], 0)} imágenes de prueba, {KINDS[best['data_kind']]}; valen para "
        "estas imágenes y este presupuesto de épocas.",
        f"La mejor es {MODELS[order[0]]}: exactitud {number(best['accuracy'], 3)} "
        f"{interval(*best['accuracy_ci'])}.",
    ]
    if len(order) > 1:
        test = evaluation.mcnemar(answers[order[0]], answers[order[1]], labels)
        p = "p < 0,001" if test["p_value"] < 0.001 else f"p = {number(test['p_value'], 3)}"
        verdict = "la diferencia es significativa" if test["p_value"] < 0.05 else "no se distinguen"
        said.append(
            f"Frente a la segunda, {MODELS[order[1]]} "
            f"({number(metrics[order[1]]['accuracy'], 3)}), {verdict} (McNemar, {p})."
        )
        last = metrics[order[-1]]
        said.append(
            f"La última es {MODELS[order[-1]]}, con {number(last['accuracy'], 3)}; elegir al azar "
            f"acertaría {number(1 / len(CLASSES), 3)}."
        )
    mixed = np.array(best["confusion"])
    np.fill_diagonal(mixed, 0)
    if mixed.any():
        pair = mixed + mixed.T
        a, b = np.unravel_index(np.triu(pair).argmax(), pair.shape)
        said.append(
            f"{MODELS[order[0]]} confunde sobre todo {NAMES[a]} con {NAMES[b]}: "
            f"{percent(pair[a, b] / mixed.sum(), 0)} de sus errores."
        )
    calibrated = min(metrics, key=lambda name: metrics[name]["ece"])
    said.append(
        f"La mejor calibrada es {MODELS[calibrated]} (ECE {number(metrics[calibrated]['ece'], 3)})."
    )
    return said
