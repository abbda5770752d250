"""Large arrays on disk: written row by row, mapped into memory when they are whole.

Rows are plain writes, not a memory map: a full disk is then an error instead of a crash.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from scenes import files


def write(target: Path, blocks: Iterable[np.ndarray], row: tuple[int, ...], dtype) -> int:
    """Write blocks one after the other as one ``.npy`` file, which appears whole.

    Args:
        target: the file.
        blocks: arrays (n, *row), or single rows, of ``dtype``.
        row: shape of a row.
        dtype: of the array.

    Returns:
        the number of rows.

    Raises:
        OSError: it cannot be written.
    """
    count = 0
    with replacing_same(target) as temporary, open(temporary, "wb") as file:
        _write_header(file, 0, row, dtype)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype).data)
            count += block.size // int(np.prod(row))
        file.seek(0)
        _write_header(file, count, row, dtype)
    return count


def read(path: Path, shape: tuple[int, ...], dtype) -> np.memmap | None:
    """Map an array, read-only; nothing if its file is missing, cut or of another kind."""
    try:
        values = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError):
        return None
    return values if values.dtype == dtype and values.shape == shape else None


@contextlib.contextmanager
def replacing_same(target: Path) -> Iterator[Path]:
    """As :func:`scenes.files.replacing`, for a file that every run writes with the same content."""
    try:
        with files.replacing(target) as temporary:
            yield temporary
    except PermissionError:  # Windows: another run has the file open
        if os.name != "nt" or not target.exists():
            raise


def _write_header(file: BinaryIO, count: int, row: tuple[int, ...], dtype) -> None:
    """The .npy header. Its length is the same for every count: it can be written again."""
    description = np.lib.format.header_data_from_array_1_0(np.empty((0, *row), dtype))
    np.lib.format.write_array_header_1_0(file, {**description, "shape": (count, *row)})
