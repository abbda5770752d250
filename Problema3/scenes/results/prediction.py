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
Answers = np.ndarray | tuple[np.ndarray, np.ndarray]
AHEAD = 32  # files decoded, or about to be, while the network judges those before them


@dataclass(frozen=True)
class Predictions:
    """Answers to the files that could be read.

    Attributes:
        probabilities: float32 (n, classes), columns in the order of the network's outputs.
        scores: of doubt, float64 (n,); nothing where the network gives none.
        kept: positions (n,) of these files in the list given.
        skipped: one Spanish line for each of the others.
    """

    probabilities: np.ndarray
    kept: np.ndarray
    skipped: tuple[str, ...]
    scores: np.ndarray | None = None


def predict(
    predict_batch: Callable[[np.ndarray], Answers],
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
        predict_batch: from uint8 (m, height, width, 3) to (m, classes) probabilities, or to a pair
            of these and (m,) scores of doubt.
        files: images; those that cannot be read are skipped.
        image_size: side in pixels of the square, or height and width, that they are stretched to.
        batch_size: files read at a time.
        progress: called with files done and total.
        read: from a file and ``image_size`` to uint8 (height, width, 3), or :class:`ImageError`.
    """
    length = min(batch_size, len(files))
    answers: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    kept, skipped = [], []
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
                    rows, doubt = _answer(predict_batch, decoded, length)
                    answers.append(rows)
                    scores += [] if doubt is None else [doubt]
                if progress:
                    progress(end, len(files))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # Ctrl-C need not wait for them
            raise
    probabilities = np.concatenate(answers) if answers else np.empty((0, 0), np.float32)
    doubts = np.concatenate(scores) if scores else None
    return Predictions(probabilities, np.array(kept, np.int64), tuple(skipped), doubts)


def _answer(
    predict_batch: Callable[[np.ndarray], Answers], decoded: list[np.ndarray], length: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Probabilities (m, classes) and scores (m,) of m images, in a batch of ``length``."""
    batch = np.zeros((length, *decoded[0].shape), np.uint8)
    batch[: len(decoded)] = decoded
    answers = predict_batch(batch)
    probabilities, scores = answers if isinstance(answers, tuple) else (answers, None)
    own = slice(len(decoded))
    return np.asarray(probabilities, np.float32)[own], None if scores is None else scores[own]


def _read(read: Callable[[Any, Any], np.ndarray], file: Any, size: Any) -> np.ndarray | str:
    try:
        return read(file, size)
    except ImageError as error:
        return str(error)
