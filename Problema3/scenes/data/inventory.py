"""Which images of a folder can be used, and what is wrong with the others.

Every file is read once: its header and end are checked and its content hashed, so that duplicates
are found and a changed file is noticed whatever its date says. Nothing is decoded here.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from scenes.classes import SCENES, Classes
from scenes.data import images
from scenes.data.images import ImageError, shown
from scenes.problems import Problem

SUBSETS = ("seg_train", "seg_test")
MIN_PER_CLASS = 2  # one to fit, one to validate
WORKERS = min(8, os.cpu_count() or 1)  # threads; Pillow and hashlib release the interpreter's lock

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True)
class Item:
    """One usable image: where it is, its label, and the SHA-256 of its bytes."""

    path: Path
    label: int
    digest: str = ""


@dataclass(frozen=True)
class Inventory:
    """The usable images of a source, ordered by class and file name.

    Attributes:
        train, test: the images.
        skipped: one Spanish line for each file or folder left out.
        dropped: usable training images left out on purpose, by reason: ``in_test`` (the same bytes
            are in the test set), ``conflicting`` (the same bytes under two labels, all of them
            dropped), ``repeated`` (copies of an image that stays).
        converted: one Spanish line for each image that is not RGB but becomes it without loss.
        root, kind, name: where they come from; see ``Source``.
        classes: what they show.
    """

    train: tuple[Item, ...]
    test: tuple[Item, ...]
    skipped: tuple[str, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    converted: tuple[str, ...] = ()
    root: Path = Path()
    kind: str = "own"
    name: str = ""
    classes: Classes = SCENES

    def lines(self) -> list[str]:
        """What to tell about it, in Spanish; one line each."""
        lines = [f"{len(self.train)} imágenes de entrenamiento y {len(self.test)} de prueba."]
        reasons = {
            "in_test": "idénticas a una de prueba",
            "conflicting": "repetidas con clases distintas",
            "repeated": "copias de otra de su clase",
        }
        dropped = [f"{n} {reasons[key]}" for key, n in self.dropped.items() if n]
        if dropped:
            lines.append(f"Imágenes de entrenamiento descartadas: {', '.join(dropped)}.")
        if self.converted:
            lines.append(f"Convertidas a RGB: {len(self.converted)}.")
        return lines + list(self.skipped)


def folder(root: Path, subset: str) -> Path | None:
    """The folder of a subset: ``root/seg_train/seg_train`` as published, or ``root/seg_train``."""
    for candidate in (root / subset / subset, root / subset):
        if candidate.is_dir():
            return candidate
    return None


def counts(root: Path) -> dict[str, list[int]]:
    """Files with an image's extension per subset and class; nothing is opened."""
    counted = {}
    for subset in SUBSETS:
        base = folder(root, subset)
        counted[subset] = [len(_names(base / name)) if base else 0 for name in SCENES]
    return counted


def _names(directory: Path) -> list[str]:
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [name for name in names if Path(name).suffix.lower() in images.EXTENSIONS]


def scan(
    root: Path,
    kind: str,
    name: str,
    progress: Progress | None = None,
) -> Inventory:
    """List and check the images under ``root``.

    Args:
        root: a folder with ``seg_train`` and ``seg_test``.
        kind, name: kept with the result.
        progress: called with files done and total.

    Raises:
        Problem: no such folders, or a class without enough usable images; every problem at once.
    """
    problems, skipped, listed = [], [], []
    for subset in SUBSETS:
        base = folder(root, subset)
        if base is None:
            problems.append(
                f"En «{shown(root)}» falta la carpeta «{subset}»; deben estar seg_train y "
                f"seg_test, cada una con las carpetas {', '.join(SCENES)}."
            )
            continue
        files, faults = _list(base, root)
        listed += [(subset, path, label) for path, label in files]
        skipped += faults
    if problems:
        raise Problem(*problems)

    usable: dict[str, list[Item]] = {subset: [] for subset in SUBSETS}
    converted = []
    for (subset, path, label), result in zip(
        listed, _examined([path for _, path, _ in listed], progress), strict=True
    ):
        where = shown(path.relative_to(root))
        if isinstance(result, ImageError):
            skipped.append(f"«{where}»: {result}; se omite.")
            continue
        digest, mode = result
        usable[subset].append(Item(path, label, digest))
        if mode != images.RGB:
            converted.append(f"«{where}»: se convierte de {mode} a RGB.")

    train, dropped = _without_duplicates(usable["seg_train"], usable["seg_test"])
    test = usable["seg_test"]
    problems = [
        *_lacking(train, MIN_PER_CLASS, f"En «{shown(root)}», seg_train"),
        *_lacking(test, 1, f"En «{shown(root)}», seg_test"),
    ]
    if problems:
        raise Problem(*problems, *skipped)
    return Inventory(
        tuple(train), tuple(test), tuple(skipped), dropped, tuple(converted), root, kind, name
    )


def _lacking(items: list[Item], least: int, where: str) -> list[str]:
    """A Spanish sentence for each class with fewer images than it needs."""
    present = Counter(item.label for item in items)
    sentences = []
    for label, scene in enumerate(SCENES):
        if present[label] < least:
            many = "tiene una sola imagen" if present[label] else "no tiene imágenes utilizables"
            sentences.append(
                f"{where}: la clase «{scene}» {many}; agregue imágenes JPEG o PNG en su carpeta."
            )
    return sentences


def _list(base: Path, root: Path) -> tuple[list[tuple[Path, int]], list[str]]:
    """Candidate files with their labels, and what else lies in the folders.

    Exactly two levels are looked at, so that a link to a parent folder leads nowhere.
    """
    files: list[tuple[Path, int]] = []
    faults: list[str] = []
    for entry in _entries(base, root, faults):
        where = shown(Path(entry.path).relative_to(root))
        if entry.name not in SCENES:
            if _is_folder(entry):
                faults.append(f"«{where}»: no es una de las seis clases; se omite la carpeta.")
            else:
                faults.append(f"«{where}»: no está en la carpeta de una clase; se omite.")
        elif not _is_folder(entry):
            faults.append(f"«{where}»: debería ser una carpeta y no lo es; se omite.")
        else:
            label = SCENES.index(entry.name)
            for file in _entries(Path(entry.path), root, faults):
                inside = shown(Path(file.path).relative_to(root))
                if _is_folder(file):
                    faults.append(f"«{inside}»: es una carpeta dentro de una clase; se omite.")
                elif Path(file.name).suffix.lower() not in images.EXTENSIONS:
                    faults.append(f"«{inside}»: su extensión no es de imagen; se omite.")
                else:
                    files.append((Path(file.path), label))
    return files, faults


def _entries(directory: Path, root: Path, faults: list[str]) -> list[os.DirEntry]:
    """Sorted content of a folder without the hidden files that systems leave behind."""
    try:
        with os.scandir(directory) as found:
            entries = [entry for entry in found if not _is_litter(entry.name)]
    except OSError as error:
        where = shown(directory.relative_to(root))
        faults.append(f"«{where}»: no se puede leer ({images.reason(error)}); se omite.")
        return []
    return sorted(entries, key=lambda entry: entry.name)


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini", "__macosx")


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _examined(
    paths: list[Path], progress: Progress | None
) -> Iterable[tuple[str, str] | ImageError]:
    with ThreadPoolExecutor(WORKERS) as pool:
        results = []
        for done, result in enumerate(pool.map(_examine, paths, chunksize=1), start=1):
            results.append(result)
            if progress and (done % 200 == 0 or done == len(paths)):
                progress(done, len(paths))
    return results


def _examine(path: Path) -> tuple[str, str] | ImageError:
    """Digest and mode of a file, or what is wrong with it."""
    try:
        content = images.read_bytes(path)
        return hashlib.sha256(content).hexdigest(), images.check(content, path.name)
    except ImageError as error:
        return error


def _without_duplicates(train: list[Item], test: list[Item]) -> tuple[list[Item], dict[str, int]]:
    """Training images whose bytes are in neither the test set nor under another label, once each.

    The test set stays as it was published, so that results remain comparable.
    """
    tested = {item.digest for item in test}
    labels = defaultdict(set)
    for item in train:
        labels[item.digest].add(item.label)
    kept, seen = [], set()
    dropped = {"in_test": 0, "conflicting": 0, "repeated": 0}
    for item in train:
        if item.digest in tested:
            dropped["in_test"] += 1
        elif len(labels[item.digest]) > 1:
            dropped["conflicting"] += 1
        elif item.digest in seen:
            dropped["repeated"] += 1
        else:
            kept.append(item)
            seen.add(item.digest)
    return kept, dropped
