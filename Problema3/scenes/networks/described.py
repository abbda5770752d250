"""A network's file and the JSON beside it: where it is, which classes it knows. Without Keras."""

from __future__ import annotations

import json
from pathlib import Path

from scenes import classes, files
from scenes.classes import SCENES, Classes
from scenes.formatting import MODELS
from scenes.problems import Problem

SHIPPED = Path(__file__).resolve().parents[3] / "models"


def locate(name_or_path: str | Path) -> Path:
    """File of a shipped network (``cnn`` is ``models/scenes_cnn.keras``) or of the one given.

    Raises:
        Problem: there is no such file.
    """
    shipped = str(name_or_path) in MODELS
    path = SHIPPED / f"scenes_{name_or_path}.keras" if shipped else Path(name_or_path)
    files.recover(path.parent, path.stem)
    if not path.exists():
        way = "dé un archivo .keras o uno de estos nombres: " + ", ".join(MODELS)
        if shipped:
            way = (
                "no viene con el proyecto; entrénelo con Problema3/train.py y dé el archivo .keras"
            )
        raise Problem(f"No existe el modelo «{path}»: {way}.")
    return path


def describe(name_or_path: str | Path) -> dict:
    """What the JSON beside a network's file says of it; empty if there is none to read."""
    try:
        metrics = json.loads(locate(name_or_path).with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return metrics if isinstance(metrics, dict) else {}


def classes_of(name_or_path: str | Path, outputs: int, given: Classes | None = None) -> Classes:
    """The classes that a network's outputs stand for.

    Args:
        name_or_path: as for :func:`locate`.
        outputs: how many the network has.
        given: what the user says they are.

    Returns:
        the given ones, else those of the JSON beside the file, else the six scenes.

    Raises:
        Problem: they are not as many as the outputs.
    """
    path = locate(name_or_path)
    if given and len(given) != outputs:
        raise Problem(
            f"«{path}» tiene {outputs} salidas y con --classes se dieron {len(given)} clases; dé "
            "una por salida, en su orden."
        )
    told = given or classes.described(describe(path)) or SCENES
    if len(told) != outputs:
        raise Problem(
            f"«{path}» tiene {outputs} salidas y las clases que se conocen son {len(told)} "
            f"({', '.join(told)}); diga cuáles son, en el orden de las salidas, con --classes "
            f"{','.join('abcdef'[: min(outputs, 3)])}… o deje a su lado el «{path.stem}.json» de "
            "su entrenamiento."
        )
    return told
