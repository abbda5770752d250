"""A network's answer to image files: decoded, judged and forgotten batch by batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenes.data import images, inventory
from scenes.data.images import ImageError, Size
from scenes.problems import Problem

BATCH = 64  # 224-pixel images take 10 MB as bytes; a larger batch gains nothing on a CPU


@dataclass(frozen=True)
class Predictions:
    """Answers to the files that could be read.

    Attributes:
        probabilities: float32 (n, classes), columns in the order of the network's outputs.
        kept: positions (n,) of these files in the list given.
        skipped: one Spanish line for each of the others.
    """

    probabilities: np.ndarray
    kept: np.ndarray
    skipped: tuple[str, ...]


def list_files(folder: Path) -> list[Path]:
    """All files under a folder, whatever they are, sorted; hidden ones left out.

    Raises:
        Problem: no folder, it cannot be read, or it holds no file.
    """
    if not folder.is_dir():
        raise Problem(f"No existe la carpeta «{images.shown(folder)}»; revise --images.")

    def refuse(error: OSError) -> None:
        where = images.shown(error.filename or folder)
        raise Problem(f"No se puede leer la carpeta «{where}» ({images.reason(error)}).")

    paths = []
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [Path(parent, name) for name in names if not name.startswith(".")]
    if not paths:
        raise Problem(f"La carpeta «{images.shown(folder)}» no contiene ningún archivo.")
    return sorted(paths)


def predict(
    predict_batch: Callable[[np.ndarray], np.ndarray],
    files: Sequence[Path],
    image_size: Size,
    batch_size: int = BATCH,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Decode files while the network judges those before them.

    Args:
        predict_batch: from uint8 (m, height, width, 3) to (m, classes) probabilities.
        files: images; those that cannot be read are skipped.
        image_size: side in pixels of the square, or height and width, that they are stretched to.
        batch_size: files read at a time.
        progress: called with files done and total.
    """
    answers, kept, skipped = [], [], []
    with ThreadPoolExecutor(inventory.WORKERS) as pool:

        def submit(at: int) -> list[Future]:
            return [pool.submit(_read, file, image_size) for file in files[at : at + batch_size]]

        upcoming = submit(0)
        for at in range(0, len(files), batch_size):
            current, upcoming = upcoming, submit(at + batch_size)
            decoded = []
            for place, future in enumerate(current, start=at):
                image = future.result()
                if isinstance(image, str):
                    skipped.append(image)
                else:
                    decoded.append(image)
                    kept.append(place)
            if decoded:
                answers.append(np.asarray(predict_batch(np.stack(decoded)), np.float32))
            if progress:
                progress(min(at + batch_size, len(files)), len(files))
    probabilities = np.concatenate(answers) if answers else np.empty((0, 0), np.float32)
    return Predictions(probabilities, np.array(kept, np.int64), tuple(skipped))


def _read(file: Path, size: Size) -> np.ndarray | str:
    try:
        return images.read(file, size)
    except ImageError as error:
        return str(error)
