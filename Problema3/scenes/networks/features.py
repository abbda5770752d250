"""A frozen backbone's features, computed once per image and kept on disk.

Each block of images becomes a file of its own, written to a temporary name and renamed, so that a
killed run loses one block at most and two runs at once share the work. The finished blocks are
joined into one array, which later runs map into memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from scenes import files
from scenes.data import arrays
from scenes.data.batches import predict
from scenes.networks import backbone

FORMAT = 1  # raise it when the layout changes: older caches are then left alone
BATCH = 32  # images a step: more gains nothing on a CPU and costs memory
BLOCK = 8 * BATCH  # images a file; at 10 images a second, what a kill may lose is half a minute

Progress = Callable[[int, int], object]


def key(images: str, part: str, network: keras.Model, description: str) -> str:
    """Name of a feature cache, as a SHA-256.

    Args:
        images: key of the decoded images, their size included (``Scenes.key``).
        part: ``train`` or ``test``.
        network: the backbone; its weights count, not the file they came from.
        description: whatever else changes its answer: preprocessing, pooling.
    """
    parts = [str(FORMAT), images, part, backbone.digest(network), description]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def file(key: str, cache: Path) -> Path:
    """File of the features with a key, once they are all computed."""
    return cache / f"features-{key}.npy"


def seconds(key: str, cache: Path) -> float | None:
    """How long the run that computed them took; nothing where several did, or none is known."""
    try:
        return float(json.loads(_note(key, cache).read_text(encoding="utf-8"))["seconds"])
    except (OSError, ValueError, KeyError):
        return None


def features(
    images: np.ndarray,
    network: keras.Model,
    key: str,
    cache: Path,
    progress: Progress | None = None,
) -> np.memmap:
    """Features of all images, computed now or by an earlier run.

    Args:
        images: uint8 (n, height, width, 3), n at least 1.
        network: from images to (n, d) features.
        key: name of the cache (:func:`key`).
        cache: folder where caches are kept.
        progress: called with images done and total.

    Returns:
        float32 (n, d), mapped read-only from the disk.

    Raises:
        OSError: the folder cannot be written.
    """
    total, width = len(images), network.output_shape[-1]
    done = file(key, cache)
    values = arrays.read(done, (total, width), np.float32)
    if values is None:
        started = time.perf_counter()
        blocks = cache / f"features-{key}.parts"
        anew = not blocks.exists()
        _note(key, cache).unlink(missing_ok=True)
        blocks.mkdir(parents=True, exist_ok=True)
        # a run beside this one may have joined and removed the blocks in the meantime
        with contextlib.suppress(FileNotFoundError):
            for start in range(0, total, BLOCK):
                stop = min(start + BLOCK, total)
                path = blocks / f"{start:08d}.npy"
                if arrays.read(path, (stop - start, width), np.float32) is None:
                    rows = predict(network, images[start:stop], BATCH)
                    arrays.write(path, [rows], (width,), np.float32)
                if progress:
                    progress(stop, total)
            _join(blocks, done, total, width)
            if anew:
                with files.replacing(_note(key, cache)) as temporary:
                    text = json.dumps({"seconds": time.perf_counter() - started})
                    temporary.write_text(text, encoding="utf-8")
        values = arrays.read(done, (total, width), np.float32)
        if values is None:
            raise OSError(f"{done} does not read as it was written")
        shutil.rmtree(blocks, ignore_errors=True)
    elif progress:
        progress(total, total)
    return values


def _note(key: str, cache: Path) -> Path:
    return cache / f"features-{key}.json"


def _join(blocks: Path, done: Path, total: int, width: int) -> None:
    """Put the blocks one after the other; a run beside this one may have done so already."""
    if arrays.read(done, (total, width), np.float32) is None:
        paths = [blocks / f"{start:08d}.npy" for start in range(0, total, BLOCK)]
        rows = (np.load(path, allow_pickle=False) for path in paths)
        arrays.write(done, rows, (width,), np.float32)
