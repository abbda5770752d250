"""Where the images come from: a folder given, the real set, or generated scenes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scenes.classes import SCENES
from scenes.data import cache, inventory, layout
from scenes.data.images import shown
from scenes.generator import simulate
from scenes.problems import Problem

VARIABLE = "ESCENAS_DATA"
DATA = Path(__file__).resolve().parents[3] / "data"
REAL = DATA / "intel"
SIMULATED = (cache.CACHE if cache.GIVEN else DATA) / "escenas_simuladas"
# The version is part of the handle: only then does kagglehub use its cache without a network.
OWNER, SET, VERSION = "puneet6060", "intel-image-classification", 2
HANDLE = f"{OWNER}/{SET}/versions/{VERSION}"
DOWNLOAD = "unos 363 MB"
# Images per class of the published test set, which no other folder has by chance
PUBLISHED_TEST = [437, 474, 553, 525, 510, 501]


@dataclass(frozen=True)
class Source:
    """A folder of images.

    Attributes:
        root: of one of the shapes of :mod:`scenes.data.layout`.
        kind: the published photographs, generated scenes, or somebody's own folder.
        message: one Spanish line that says which images these are.
    """

    root: Path
    kind: Literal["real", "simulated", "own"]
    message: str

    @property
    def name(self) -> str:
        """What figures call it, in Spanish."""
        names = {"real": "imágenes reales (Intel)", "simulated": "escenas generadas"}
        return names.get(self.kind) or f"imágenes propias ({shown(self.root.name)})"


def find(
    data: Path | None = None,
    download: bool = False,
    announce: Callable[[str], None] | None = None,
) -> Source:
    """Look for images: the folder given, ``ESCENAS_DATA``, ``data/intel``, kagglehub's cache (or a
    download, if asked), and at last the generated scenes, which are written at first use.

    Args:
        data: a folder of one of the shapes of :mod:`scenes.data.layout`.
        download: fetch the published set from Kaggle if it is not on this machine.
        announce: told, in Spanish, before something that takes long; prints on stderr by default.

    Raises:
        Problem: the folder given does not exist or holds no classes, a download failed, or
            scenes cannot be written.
    """
    announce = announce or (lambda line: print(line, file=sys.stderr, flush=True))
    if data is None and os.environ.get(VARIABLE, "").strip():
        data = Path(os.environ[VARIABLE].strip())
    if data is not None:
        return _given(Path(data).expanduser())
    if layout.folder(REAL, "seg_train"):
        return Source(REAL, kind(REAL), "Se usan las imágenes de data/intel.")
    cached = kaggle_folder()
    if cached is not None:
        return Source(cached, "real", "Se usan las imágenes reales de la caché de kagglehub.")
    if download:
        return Source(fetch(announce), "real", "Se usan las imágenes reales bajadas de Kaggle.")
    return _generated(announce)


def kind(root: Path) -> Literal["real", "simulated", "own"]:
    """What a folder holds: its own mark tells generated scenes, its test set the published one."""
    if (root / simulate.MARK).is_file():
        return "simulated"
    return "real" if inventory.counts(root)["seg_test"] == PUBLISHED_TEST else "own"


def kaggle_folder() -> Path | None:
    """The published set in kagglehub's cache, if its download was completed."""
    base = os.environ.get("KAGGLEHUB_CACHE", "").strip()
    cache = Path(base) if base else Path.home() / ".cache" / "kagglehub"
    parent = cache / "datasets" / OWNER / SET
    root = parent / "versions" / str(VERSION)
    if (parent / f"{VERSION}.complete").exists() and layout.folder(root, "seg_train"):
        return root
    return None


def fetch(announce: Callable[[str], None]) -> Path:
    """Download the published set with kagglehub, which shows its progress and resumes.

    Raises:
        Problem: Kaggle cannot be reached, or what came is not the set.
    """
    announce(f"Se descarga «{HANDLE}» de Kaggle ({DOWNLOAD}) a la caché de kagglehub…")
    import kagglehub  # takes a second, and most runs never need it

    try:
        root = Path(kagglehub.dataset_download(HANDLE))
    except Exception as error:  # kagglehub lets through whatever its network library raises
        raise Problem(
            f"No se pudieron descargar las imágenes de Kaggle ({type(error).__name__}); revise la "
            "conexión, o descárguelas con el navegador y descomprímalas en data/intel."
        ) from None
    if not layout.folder(root, "seg_train"):
        raise Problem(
            f"Lo descargado en «{shown(root)}» no contiene seg_train; borre esa carpeta y repita."
        )
    return root


def _given(root: Path) -> Source:
    if root.is_file():
        raise Problem(
            f"«{shown(root)}» es un archivo y hace falta la carpeta de las imágenes; si es un zip, "
            "descomprímalo."
        )
    if not root.is_dir():
        raise Problem(f"No existe la carpeta «{shown(root)}»; revise la ruta de las imágenes.")
    root = layout.locate(layout.whole(root)).root  # somebody may point at seg_train itself
    which = kind(root)
    what = {"real": "reales", "simulated": "generadas", "own": "propias"}[which]
    return Source(root, which, f"Se usan las imágenes {what} de «{shown(root)}».")


def _generated(announce: Callable[[str], None]) -> Source:
    config = simulate.DEFAULT
    if not simulate.is_current(SIMULATED, config):
        total = len(SCENES) * (config.per_class_train + config.per_class_test)
        announce(f"Se generan {total} escenas en «{shown(SIMULATED)}»; tarda menos de un minuto…")
        try:
            simulate.write(
                SIMULATED, config.per_class_train, config.per_class_test, config.seed, config.size
            )
        except OSError as error:
            raise Problem(
                f"No se pueden escribir las escenas en «{shown(SIMULATED)}» ({error.strerror}); "
                f"indique imágenes con --data, u otra carpeta en la variable {cache.VARIABLE}."
            ) from None
    return Source(
        SIMULATED,
        "simulated",
        "No se encontraron las imágenes reales: se usan escenas generadas (datos simulados).",
    )
