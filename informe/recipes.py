"""How each network of Problem 3 was trained, as a table read from its configuration."""

from __future__ import annotations

from collections.abc import Callable

from scenes.formatting import duration, number, percent
from scenes.results import stored
from scenes.results.repetition import TITLES as MODELS

PRECISION = {"mixed_bfloat16": "bfloat16 mixta", "float32": "float32"}


def table(networks: dict[str, dict]) -> dict:
    """Settings in rows, networks in columns.

    Args:
        networks: what each training stored, by name.
    """
    rows = [
        [title, *(read(name, metrics) for name, metrics in networks.items())]
        for title, read in ROWS.items()
    ]
    names = [MODELS[name].replace("Convolucional", "Convol.") for name in networks]
    return {"cabecera": ["", *names], "filas": rows}


def _config(read: Callable[[dict], str]) -> Callable[[str, dict], str]:
    return lambda name, metrics: read(metrics["config"])


def _power(rate: float) -> str:
    """0.004 as «4 · 10⁻³»."""
    mantissa, exponent = f"{rate:.0e}".split("e")
    raised = str(abs(int(exponent))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} · 10⁻{raised}"


def _schedule(config: dict) -> str:
    if not config["decay"]:
        return "fija"
    return f"{percent(config['warmup'], 0)} y coseno" if config["warmup"] else "coseno"


def _augmented(name: str, metrics: dict) -> str:
    """What the training changes of its images; a head on stored features sees them as they are."""
    config = metrics["config"]
    if name.startswith("resnet50"):
        return "no"
    parts = ["espejo"] if config["flips"] else []
    parts += [f"mover {_whole(config['shift'])}"] if config["shift"] else []
    parts += [f"ampliar {_whole(config['zoom'])}"] if config["zoom"] else []
    return ", ".join(parts) or "no"


def _whole(share: float) -> str:
    """«10 %» in one piece."""
    return percent(share, 0).replace(" ", "\u00a0")


def _averaged(config: dict) -> str:
    return f"{number(config['averaging'], 0)} época" if config.get("averaging") else "no"


def _mirrored(name: str, metrics: dict) -> str:
    """Whether the answer is a mean over the image and its mirror image, as validation decided."""
    tried = metrics.get("validation", {})
    if not {"plain", "mirrored"} <= set(tried):
        return "no"
    return "sí" if tried["mirrored"][1] < tried["plain"][1] else "no"


def _times(name: str, metrics: dict) -> str:
    """Of the fit, with the frozen part's features where they were computed first."""
    own, features = metrics["fit_seconds"], metrics.get("features_seconds")
    if features:
        return duration(own + features)
    aside = " y las caract." if metrics.get("features_cached") else ""
    return duration(own) + aside


ROWS: dict[str, Callable[[str, dict], str]] = {
    "Lado de las imágenes (píxeles)": _config(lambda c: str(c["image_size"])),
    "Tasa de aprendizaje, la mayor": _config(lambda c: _power(c["learning_rate"])),
    "Calentamiento y decaimiento": _config(_schedule),
    "Decaimiento de pesos": _config(lambda c: number(c["weight_decay"], 2)),
    "Suavizado de etiquetas": _config(lambda c: percent(c["label_smoothing"], 0)),
    "Lote (imágenes)": _config(lambda c: str(c["batch_size"])),
    "Épocas como máximo": _config(lambda c: str(c["epochs"])),
    "Paciencia (épocas)": _config(lambda c: str(c["patience"])),
    "Época elegida, de las corridas": lambda n, m: f"{m['best_epoch']} de {m['epochs_run']}",
    "Aumento de datos": _augmented,
    "Imágenes sin mover ni ampliar": _config(
        lambda c: percent(c["sharp"], 0) if c.get("sharp") else "—"
    ),
    "Imágenes de ninguna clase, por cada una": _config(
        lambda c: number(c["background"], 2) if c.get("background") else "—"
    ),
    "Promedio de pesos": _config(_averaged),
    "Espejo al responder": _mirrored,
    "Precisión": lambda n, m: PRECISION.get(m["dtype_policy"], m["dtype_policy"]),
    "Ajuste, en total": _times,
    "Medidas con la prueba": lambda n, m: str(stored.looks(m)),
}
