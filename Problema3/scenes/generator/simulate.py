"""Generated scenes in folders like those of the real set. Nobody has to read how they are painted.

They make the project whole without a download. Light, colours and scale vary within each class, so
that colours alone do not tell the classes apart. Only painting needs OpenCV: this module is
imported without it, and so are folders of one's own images read.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from scenes import files, libraries
from scenes.classes import SCENES
from scenes.problems import Problem

MARK = "escenas_simuladas.json"  # beside seg_train; its presence tells generated from real
VERSION = 1  # raise it when the pictures change: folders written by an older one are replaced
QUALITY = 90  # of the JPEGs, as in the real set's copies
WAIT = 600  # seconds for another process to write the same scenes
WORKERS = min(8, os.cpu_count() or 1)  # OpenCV releases the interpreter's lock


@dataclass(frozen=True)
class Simulation:
    """How much is generated: 1,200 images by default, under a minute on two cores.

    Attributes:
        per_class_train, per_class_test: images of each class.
        seed: decides every picture.
        size: pixels of side, as the real images.
    """

    per_class_train: int = 160
    per_class_test: int = 40
    seed: int = 0
    size: int = 150

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class in each subset."""
        return {"seg_train": self.per_class_train, "seg_test": self.per_class_test}


DEFAULT = Simulation()


def paint(scene: str, seed: int, size: int = 150) -> np.ndarray:
    """Paint one scene.

    Args:
        scene: one of the names of :data:`scenes.classes.SCENES`.
        seed: decides everything in the picture.
        size: side in pixels.

    Returns:
        uint8 RGB array (size, size, 3).

    Raises:
        Problem: OpenCV is missing, or a library that it needs.
    """
    rng = np.random.default_rng([seed, SCENES.index(scene)])
    return _painting().paint(rng, scene, size)


def write(
    root: Path,
    per_class_train: int = DEFAULT.per_class_train,
    per_class_test: int = DEFAULT.per_class_test,
    seed: int = DEFAULT.seed,
    size: int = DEFAULT.size,
) -> Path:
    """Write a data set as JPEG files in ``seg_train/seg_train/<class>`` and ``seg_test/...``.

    The folder is complete or absent: it is written beside its place and renamed. One that holds
    the same scenes is kept, an older one that this function wrote is replaced.

    Args:
        root: the folder to write.
        per_class_train, per_class_test: images of each class.
        seed: decides every picture; training and test pictures never share one's.
        size: side in pixels.

    Returns:
        ``root``.

    Raises:
        FileExistsError: ``root`` holds something that this function did not write.
        OSError: it cannot be written.
        Problem: OpenCV is missing, or a library that it needs.
        scenes.files.BusyError: another process has been writing it for ten minutes.
    """
    config = Simulation(per_class_train, per_class_test, seed, size)
    root = Path(root)
    if root.exists() and not (root / MARK).is_file() and any(root.iterdir()):
        raise FileExistsError(17, "ya existe y no contiene escenas generadas", str(root))
    root.parent.mkdir(parents=True, exist_ok=True)
    with files.staging(root.parent, root.name, WAIT) as work:
        if is_current(root, config):
            return root  # another process, which was waited for, has written it
        old = root.with_name(f".{root.name}.viejo.escribiendo")
        shutil.rmtree(old, ignore_errors=True)  # a killed run's
        _fill(work, config)
        if root.exists():
            os.replace(root, old)  # at once: one half removed would be taken for somebody's own
        os.replace(work, root)
        shutil.rmtree(old, ignore_errors=True)
    return root


def is_current(root: Path, config: Simulation) -> bool:
    """Whether a folder holds all the scenes that this version would write."""
    try:
        if json.loads((root / MARK).read_text(encoding="utf-8")) != _mark(config):
            return False
        return all(
            len(list((root / subset / subset / scene).glob("*.jpg"))) == count
            for subset, count in config.counts.items()
            for scene in SCENES
        )
    except (OSError, ValueError):
        return False


def _mark(config: Simulation) -> dict:
    # The generator's name is the one that folders have been marked with since it had another place
    return {"generator": "scenes.simulate", "version": VERSION, **asdict(config)}


def _painting() -> ModuleType:
    """The painters, and OpenCV with them: the one place that loads it.

    Raises:
        Problem: OpenCV is missing, or a library that it needs.
    """
    try:
        libraries.require_opencv()
    except Problem as problem:
        own = "Con imágenes propias (--data) no hace falta."
        raise Problem(*problem.lines, own) from problem
    return importlib.import_module("scenes.generator.painting")


def _fill(folder: Path, config: Simulation) -> None:
    """Write all pictures and the mark into an empty folder."""
    _painting()  # fails before anything is written, and in one thread
    jobs: list[tuple[Path, str, int]] = []
    number = 0
    for subset, count in config.counts.items():
        for scene in SCENES:
            place = folder / subset / subset / scene
            place.mkdir(parents=True)
            jobs += [(place, scene, index) for index in range(number, number + count)]
        number += count
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda job: _write_one(config, *job), jobs))
    (folder / MARK).write_text(json.dumps(_mark(config)), encoding="utf-8")


def _write_one(config: Simulation, folder: Path, scene: str, number: int) -> None:
    picture = Image.fromarray(paint(scene, config.seed * 1_000_003 + number, config.size))
    picture.save(folder / f"{number:05d}.jpg", quality=QUALITY)
