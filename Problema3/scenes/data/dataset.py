"""Images to learn from: finding, checking, decoding and splitting them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from scenes.classes import SCENES, Classes
from scenes.data import images, inventory, sampling
from scenes.data.cache import CACHE, cache_key, decoded_images
from scenes.data.images import ImageError
from scenes.data.inventory import Inventory, Progress
from scenes.data.sources import Source
from scenes.problems import Problem

SIZES = (8, 1024)  # pixels of side accepted: below nothing is left, above a laptop's memory is
VALIDATION_SHARE = 0.1  # of the training images; it chooses epoch and model
PREFIX = 16  # hexadecimal digits of a SHA-256 that tell images apart
TEST_SHARE = 0.2  # of all images, where none come for testing


@dataclass(frozen=True)
class Scenes:
    """Decoded images, mapped from the cache on disk (read-only).

    Attributes:
        train, test: uint8 RGB (n, size, size, 3), ordered by class and file name.
        train_labels, test_labels: int64 (n,), positions in ``classes``.
        train_paths, test_paths: the files, in the same order.
        key: SHA-256 of the images' names, contents and size; other caches build on it.
        kind: ``"real"``, ``"simulated"`` or ``"own"``.
        name: what figures call these images, in Spanish.
        skipped: one Spanish line for each image that passed inspection but cannot be decoded.
        classes: what they show.
        test_split: how the test images were parted from the others (``share``, ``seed``) and which
            they are (``sha256``, the first 16 digits of each); empty where they came apart.
    """

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    train_paths: tuple[Path, ...]
    test_paths: tuple[Path, ...]
    key: str
    kind: str
    name: str
    skipped: tuple[str, ...] = ()
    classes: Classes = SCENES
    test_split: dict[str, Any] = field(default_factory=dict)


def scan(
    source: Source, limit: int | None = None, seed: int = 0, progress: Progress | None = None
) -> Inventory:
    """List the usable images of a source and what is wrong with the others.

    Args:
        source: from :func:`scenes.data.sources.find`.
        limit: how many training images to keep, stratified; the test set is cut in proportion.
        seed: which ones; and which to test with, where no part of the folder is for that.
        progress: called with files done and total.

    Raises:
        Problem: a folder or a class is missing or empty, or the limit is too low.
    """
    usable = inventory.scan(source.root, source.kind, source.name, progress, limit)
    if not usable.test:
        usable = hold_out(usable, seed)
    return usable if limit is None else sampling.cut(usable, limit, seed)


def hold_out(usable: Inventory, seed: int) -> Inventory:
    """Part test images from the training ones, each class in the same proportion."""
    labels = np.array([item.label for item in usable.train])
    kept, held_out = split(labels, seed, TEST_SHARE)
    return replace(
        usable,
        train=tuple(usable.train[at] for at in kept),
        test=tuple(usable.train[at] for at in held_out),
        test_split={"share": TEST_SHARE, "seed": seed},
    )


def load(
    source_or_inventory: Source | Inventory,
    image_size: int,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Scenes:
    """Decode images once, or map what an earlier run decoded.

    Args:
        source_or_inventory: which images.
        image_size: side in pixels of the square they are stretched to.
        cache: folder for the decoded images; ``Problema3/cache`` without it.
        progress: called with images done and total.

    Raises:
        Problem: as :func:`scan`; a size out of range; no room; too few images decoded.
    """
    if not SIZES[0] <= image_size <= SIZES[1]:
        raise Problem(
            f"El lado de las imágenes debe estar entre {SIZES[0]} y {SIZES[1]} píxeles, y se "
            f"pidió {image_size}."
        )
    usable = source_or_inventory
    if isinstance(usable, Source):
        usable = scan(usable)
    items = [*usable.train, *usable.test]
    digests = [item.digest or _digest(item.path) for item in items]
    names = [
        f"{part}/{usable.classes.names[item.label]}/{item.path.name}"
        for part, own in (("train", usable.train), ("test", usable.test))
        for item in own
    ]
    key = cache_key(list(zip(names, digests, strict=True)), image_size)
    result = decoded_images(
        [item.path for item in items], digests, key, image_size, cache or CACHE, progress
    )
    labels = np.array([item.label for item in items], np.int64)[result.kept]
    paths = tuple(items[index].path for index in result.kept)
    held_out: dict[str, Any] = dict(usable.test_split)
    if held_out:
        held_out["sha256"] = [digest[:PREFIX] for digest in digests[len(usable.train) :]]
    border = int(np.searchsorted(result.kept, len(usable.train)))
    _require_classes(labels[:border], labels[border:], usable.classes, result.faults)
    return Scenes(
        train=result.pixels[:border],
        train_labels=labels[:border],
        test=result.pixels[border:],
        test_labels=labels[border:],
        train_paths=paths[:border],
        test_paths=paths[border:],
        key=key,
        kind=usable.kind,
        name=usable.name,
        skipped=result.faults,
        classes=usable.classes,
        test_split=held_out,
    )


def split(
    labels: np.ndarray, seed: int, share: float = VALIDATION_SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """Divide training images at random, each class in the same proportion.

    Args:
        labels: int (n,), at least two of each class that occurs.
        seed: which ones.
        share: part that validates, between 0 and 1; at least one image per class.

    Returns:
        Sorted positions to fit on and to validate on; every image is in one of them.

    Raises:
        ValueError: a share outside (0, 1), or a class with a single image.
    """
    labels = np.asarray(labels)
    if not 0 < share < 1:
        raise ValueError("share must be between 0 and 1")
    rng = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        if len(members) < 2:
            raise ValueError(f"class {label} has a single image")
        chosen.append(members[: min(max(1, round(share * len(members))), len(members) - 1)])
    validation = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(labels)), validation), validation


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(images.read_bytes(path)).hexdigest()
    except ImageError as error:
        raise Problem(f"«{images.shown(path)}»: {error}.") from None


def _require_classes(
    train: np.ndarray, test: np.ndarray, classes: Classes, faults: tuple[str, ...]
) -> None:
    lacking = [
        f"La clase «{name}» no tiene imágenes que se puedan decodificar para {use}."
        for labels, least, use in ((train, 2, "entrenar"), (test, 1, "probar"))
        for label, name in enumerate(classes)
        if np.count_nonzero(labels == label) < least
    ]
    if lacking:
        raise Problem(*lacking, *faults)
