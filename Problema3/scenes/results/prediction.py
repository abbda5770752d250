"""A network's answer to image files: decoded, judged and forgotten batch by batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.data import images, inventory
from scenes.data.images import ImageError, Size

# A CPU gains nothing from more; a fine-tuned ResNet50 takes 0.5 GB more with 32, and moves a
# progress bar every five seconds.
BATCH = 8
AHEAD = 32  # files decoded, or about to be, while the network judges those before them


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


def predict(
    predict_batch: Callable[[np.ndarray], np.ndarray],
    files: Sequence[Any],
    image_size: Size,
    batch_size: int = BATCH,
    progress: Callable[[int, int], None] | None = None,
    read: Callable[[Any, Any], np.ndarray] = images.read,
) -> Predictions:
    """Decode files while the network judges those before them.

    All batches have one length, since Keras makes another graph for each: rows of zeros fill those
    with files that cannot be read, and the last one.

    Args:
        predict_batch: from uint8 (m, height, width, 3) to (m, classes) probabilities.
        files: images; those that cannot be read are skipped.
        image_size: side in pixels of the square, or height and width, that they are stretched to.
        batch_size: files read at a time.
        progress: called with files done and total.
        read: from a file and ``image_size`` to uint8 (height, width, 3), or :class:`ImageError`.
    """
    length = min(batch_size, len(files))
    answers, kept, skipped = [], [], []
    upcoming: deque[Future] = deque()
    with ThreadPoolExecutor(inventory.WORKERS) as pool:
        try:
            for at in range(0, len(files), batch_size):
                ahead = files[at + len(upcoming) : at + batch_size + AHEAD]
                upcoming += [pool.submit(_read, read, file, image_size) for file in ahead]
                decoded = []
                end = min(at + batch_size, len(files))
                for place in range(at, end):
                    image = upcoming.popleft().result()
                    if isinstance(image, str):
                        skipped.append(image)
                    else:
                        decoded.append(image)
                        kept.append(place)
                if decoded:
                    answers.append(_answer(predict_batch, decoded, length))
                if progress:
                    progress(end, len(files))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # Ctrl-C need not wait for them
            raise
    probabilities = np.concatenate(answers) if answers else np.empty((0, 0), np.float32)
    return Predictions(probabilities, np.array(kept, np.int64), tuple(skipped))


def _answer(
    predict_batch: Callable[[np.ndarray], np.ndarray], decoded: list[np.ndarray], length: int
) -> np.ndarray:
    """Probabilities (m, classes) of m images, asked for in a batch of ``length``."""
    batch = np.zeros((length, *decoded[0].shape), np.uint8)
    batch[: len(decoded)] = decoded
    return np.asarray(predict_batch(batch), np.float32)[: len(decoded)]


def _read(read: Callable[[Any, Any], np.ndarray], file: Any, size: Any) -> np.ndarray | str:
    try:
        return read(file, size)
    except ImageError as error:
        return str(error)
