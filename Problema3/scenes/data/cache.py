"""Images decoded once into one array on disk, which every later run maps into memory.

A cache is a pair of files named after a key: ``<key>.npy`` with the pixels and ``<key>.json`` that
describes it. The key is made of the images' contents, so that a changed file means another key.
The pixels are written to a temporary name and renamed when complete, the description after them:
a killed run leaves nothing that looks complete, and two runs at once write the same files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenes import files
from scenes.data import arrays, images
from scenes.data.images import ImageError, shown
from scenes.data.inventory import WORKERS, Progress
from scenes.problems import Problem

FORMAT = 1  # raise it when decoding or the layout changes: older caches are then left alone
VARIABLE = "ESCENAS_CACHE"  # another folder, for a project that is installed read-only
GIVEN = os.environ.get(VARIABLE, "").strip()
CACHE = Path(GIVEN).expanduser() if GIVEN else Path(__file__).resolve().parents[2] / "cache"
CHECKED = 64  # images whose checksums are compared when a cache is opened
SPARE = 64 * 2**20  # bytes left free on the disk


@dataclass(frozen=True)
class Decoded:
    """Pixels of the images that could be decoded.

    Attributes:
        pixels: uint8 (n, size, size, 3), read-only, mapped from the disk.
        kept: positions of these images in the list asked for.
        faults: one Spanish line for each of the others.
    """

    pixels: np.memmap
    kept: np.ndarray
    faults: tuple[str, ...]


def cache_key(entries: Sequence[tuple[str, str]], size: int) -> str:
    """SHA-256 of a list of (name, digest of the content) at an image size, in hexadecimal."""
    code = hashlib.sha256(f"scenes {FORMAT} {size}\n".encode())
    for name, digest in entries:
        code.update(f"{digest} {name}\n".encode("utf-8", "surrogateescape"))
    return code.hexdigest()


def decoded_images(
    paths: Sequence[Path],
    digests: Sequence[str],
    key: str,
    size: int,
    directory: Path,
    progress: Progress | None = None,
) -> Decoded:
    """Map the cache of these images, made now if it is missing or damaged.

    Args:
        paths: the files.
        digests: SHA-256 of each; a file that no longer has it is left out.
        key: name of the cache.
        size: side in pixels.
        directory: where caches are kept.
        progress: called with images done and total while decoding.

    Raises:
        Problem: no room, or the folder cannot be written.
    """
    decoded = _open(directory, key, size, len(paths))
    if decoded is None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            files.sweep(directory)
            _require_room(directory, len(paths) * size * size * 3)
            _write(paths, digests, key, size, directory, progress)
        except OSError as error:
            raise Problem(
                f"No se puede escribir la caché en «{shown(directory)}» "
                f"({images.reason(error)}); libere espacio o indique otra carpeta en la variable "
                f"{VARIABLE}."
            ) from None
        decoded = _open(directory, key, size, len(paths))
        if decoded is None:
            raise Problem(
                f"La caché de «{shown(directory)}» no se lee como se escribió; revise el disco."
            )
    elif progress:
        progress(len(paths), len(paths))
    return decoded


def _open(directory: Path, key: str, size: int, total: int) -> Decoded | None:
    """The cache if it is whole, else nothing."""
    try:
        described = json.loads((directory / f"{key}.json").read_text(encoding="utf-8"))
        if described["key"] != key or described["total"] != total:
            return None
        kept = np.array(described["kept"], np.int64)
        shape = (len(kept), size, size, 3)
        pixels = arrays.read(directory / f"{key}.npy", shape, np.uint8)
        if pixels is None or _checksums(pixels) != described["checksums"]:
            return None
        return Decoded(pixels, kept, tuple(described["faults"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _checksums(pixels: np.ndarray) -> list[int]:
    """CRC-32 of ``CHECKED`` images spread evenly, the last one included."""
    if not len(pixels):
        return []
    chosen = np.unique(np.linspace(0, len(pixels) - 1, CHECKED).astype(int))
    return [zlib.crc32(np.ascontiguousarray(pixels[index]).data) for index in chosen]


def _write(
    paths: Sequence[Path],
    digests: Sequence[str],
    key: str,
    size: int,
    directory: Path,
    progress: Progress | None,
) -> None:
    kept: list[int] = []
    faults: list[str] = []

    def decoded_rows() -> Iterator[np.ndarray]:
        for index, result in enumerate(_in_order(paths, digests, size)):
            if isinstance(result, ImageError):
                faults.append(f"«{shown(paths[index])}»: {result}; se omite.")
            else:
                kept.append(index)
                yield result
            if progress and ((index + 1) % 50 == 0 or index + 1 == len(paths)):
                progress(index + 1, len(paths))

    target = directory / f"{key}.npy"
    arrays.write(target, decoded_rows(), (size, size, 3), np.uint8)
    description = {
        "key": key,
        "total": len(paths),
        "kept": kept,
        "faults": faults,
        "checksums": _checksums(np.lib.format.open_memmap(target, mode="r")),
    }
    with arrays.replacing_same(directory / f"{key}.json") as temporary:
        temporary.write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")


def _in_order(
    paths: Sequence[Path], digests: Sequence[str], size: int
) -> Iterator[np.ndarray | ImageError]:
    """Decode with threads, a bounded number ahead of the one that is written."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future] = deque()
        for path, digest in zip(paths, digests, strict=True):
            waiting.append(pool.submit(_decode, path, digest, size))
            if len(waiting) >= 16 * WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _decode(path: Path, digest: str, size: int) -> np.ndarray | ImageError:
    try:
        content = images.read_bytes(path)
        if hashlib.sha256(content).hexdigest() != digest:
            return ImageError("cambió mientras se leía")
        return images.decode(content, size)
    except ImageError as error:
        return error


def _require_room(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed + SPARE:
        raise Problem(
            f"La caché necesita {needed / 2**20:.0f} MB en «{shown(directory)}» y quedan "
            f"{free / 2**20:.0f} MB; libere espacio, use --limit o un --image-size menor."
        )
