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
from scenes.data import images, layout
from scenes.data.images import ImageError, shown
from scenes.formatting import number
from scenes.problems import Problem

SUBSETS = ("seg_train", "seg_test")
SHOWN = 5  # faults listed where nothing can be done
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
        test_split: ``share`` and ``seed`` with which the test images were parted from the others;
            empty where they came as a part of their own.
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
    test_split: dict[str, float] = field(default_factory=dict)

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


def counts(root: Path) -> dict[str, list[int]]:
    """Files with an image's extension per subset and scene; nothing is opened."""
    counted = {}
    for subset in SUBSETS:
        base = layout.folder(root, subset)
        counted[subset] = [len(_names(base / name)) if base else 0 for name in SCENES]
    return counted


def _names(directory: Path) -> list[str]:
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [name for name in names if Path(name).suffix.lower() in images.EXTENSIONS]


def scan(
    root: Path, kind: str, name: str, progress: Progress | None = None, limit: int | None = None
) -> Inventory:
    """List and check the images under ``root``; without a test part, all are for training.

    Args:
        root: a folder of one of the shapes of :mod:`scenes.data.layout`.
        kind, name: kept with the result.
        progress: called with files done and total.
        limit: of training images that somebody wants to keep.

    Raises:
        Problem: no folders of classes, a class without enough usable images, or a limit too low
            for them; every problem at once.
    """
    found = layout.locate(root)
    if found.train is None:
        raise Problem(
            f"En «{shown(root)}» hay imágenes de prueba y no de entrenamiento; falta la carpeta "
            "«seg_train» o «train», con una carpeta por clase."
        )
    bases = [base for base in (found.train, found.test) if base]
    skipped = list(found.faults)
    folders = []
    for base in bases:
        inside, faults = layout.class_folders(base, root)
        folders.append(inside)
        skipped += faults
    classes = layout.classes([each for inside in folders for each in inside], root)
    if limit is not None:
        require_limit(limit, classes)

    listed: list[tuple[int, Path, int]] = []
    for part, inside in enumerate(folders):
        for folder, label in layout.labels(inside, classes)[0] if inside else ():
            paths, faults = layout.files(folder, root)
            listed += [(part, path, label) for path in paths]
            skipped += faults
    usable, faults, converted = _usable(listed, root, progress)
    skipped += faults

    train, dropped = _without_duplicates(usable[0], usable[1])
    least = MIN_PER_CLASS if found.test else MIN_PER_CLASS + 1  # one of them will test
    lacking = [(found.train, train, least), (found.test, usable[1], 1)]
    problems = [
        _lacking(base, items, least, classes, root) for base, items, least in lacking if base
    ]
    if any(problems):
        raise Problem(*filter(None, problems), *_some(skipped))
    return Inventory(
        tuple(train),
        tuple(usable[1]),
        tuple(skipped),
        dropped,
        tuple(converted),
        root,
        kind,
        name,
        classes,
    )


def scan_labelled(
    root: Path, kind: str, name: str, classes: Classes, progress: Progress | None = None
) -> Inventory:
    """List and check the images to judge a network with; those for training are not read.

    Args:
        root: a folder of one of the shapes of :mod:`scenes.data.layout`; its test part if it has
            one, else all its images.
        kind, name: kept with the result.
        classes: of the network; any of them may have a folder.
        progress: called with files done and total.

    Raises:
        Problem: no folder of a known class, or no usable image.
    """
    found = layout.locate(root)
    base = found.test or found.train or root
    inside, skipped = layout.class_folders(base, root)
    folders, faults = layout.labels(inside, classes)
    skipped += faults
    listed: list[tuple[int, Path, int]] = []
    for folder, label in folders:
        paths, faults = layout.files(folder, root)
        listed += [(1, path, label) for path in paths]
        skipped += faults
    usable, faults, converted = _usable(listed, root, progress)
    skipped += faults
    if not usable[1]:
        raise Problem(f"En «{shown(base)}» no hay ninguna imagen utilizable.", *_some(skipped))
    return Inventory(
        (), tuple(usable[1]), tuple(skipped), {}, tuple(converted), root, kind, name, classes
    )


def require_limit(limit: int, classes: Classes) -> None:
    """Refuse a number of training images that leaves too few of a class.

    Raises:
        Problem: it does.
    """
    if limit < MIN_PER_CLASS * len(classes):
        raise Problem(
            f"El límite de {limit} imágenes es muy bajo; deben ser al menos "
            f"{MIN_PER_CLASS * len(classes)}, {MIN_PER_CLASS} por clase."
        )


def _usable(
    listed: list[tuple[int, Path, int]], root: Path, progress: Progress | None
) -> tuple[tuple[list[Item], list[Item]], list[str], list[str]]:
    """The images of both parts that can be used, faults of the others, and what is converted."""
    usable: tuple[list[Item], list[Item]] = ([], [])
    skipped, converted = [], []
    results = _examined([path for _, path, _ in listed], progress)
    for (part, path, label), result in zip(listed, results, strict=True):
        where = shown(path.relative_to(root))
        if isinstance(result, ImageError):
            skipped.append(f"«{where}»: {result}; se omite.")
            continue
        digest, mode = result
        usable[part].append(Item(path, label, digest))
        if mode != images.RGB:
            converted.append(f"«{where}»: se convierte de {mode} a RGB.")
    return usable, skipped, converted


def _lacking(base: Path, items: list[Item], least: int, classes: Classes, root: Path) -> str:
    """A Spanish sentence that names the classes with fewer images than they need; or nothing."""
    present = Counter(item.label for item in items)
    few = [
        f"«{name}» tiene {number(present[label], 0)}"
        for label, name in enumerate(classes)
        if present[label] < least
    ]
    if not few:
        return ""
    where = f"«{shown(root)}»" if base == root else f"«{shown(root)}», {shown(base.name)}"
    needed = "una imagen utilizable" if least == 1 else f"{least} imágenes utilizables"
    return (
        f"En {where}: cada clase necesita al menos {needed} y {', '.join(few)}; agregue imágenes "
        "JPEG o PNG en su carpeta."
    )


def _some(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are: nobody reads hundreds."""
    if len(lines) <= SHOWN:
        return lines
    return [*lines[:SHOWN], f"…y {number(len(lines) - SHOWN, 0)} avisos más."]


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
