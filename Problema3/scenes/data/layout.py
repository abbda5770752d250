"""Where the folders of the classes are in a set of images; no image is opened.

Three shapes are known: ``class/*``; ``train/class/*`` with or without ``test/class/*``, under any
of the names below; and the published one, ``seg_train/seg_train/class/*``. Each may lie up to two
folders deeper, as in a download that was unpacked into ``archive``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scenes.classes import LEAST, MOST, SCENES, Classes, find, key, named, near
from scenes.data import images
from scenes.data.images import shown
from scenes.problems import Problem

# As :func:`scenes.classes.key` gives them, the first ones preferred
TRAIN = ("seg train", "train", "training", "entrenamiento")
TEST = ("seg test", "test", "testing", "prueba", "pruebas")
VALIDATION = ("val", "valid", "validation", "validacion")
DEEPER = 2
LIKELY = 4  # folders that look like the six scenes, from which on the six are meant


@dataclass(frozen=True)
class Layout:
    """The folders whose subfolders are classes.

    Attributes:
        root: what holds them.
        train: for training; nothing where only a test part was found.
        test: for testing; nothing where there is no such part.
        faults: one Spanish line for each part left out.
    """

    root: Path
    train: Path | None
    test: Path | None
    faults: tuple[str, ...] = ()


def locate(root: Path) -> Layout:
    """The layout of a folder.

    Raises:
        Problem: there are no folders with images.
    """
    level = [root]
    for _ in range(DEEPER + 1):
        found = [layout for folder in level if (layout := _at(folder))]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(f"«{shown(each.root.relative_to(root))}»" for each in found[:5])
            raise Problem(
                f"En «{shown(root)}» hay varios conjuntos de imágenes ({names}); indique uno de "
                "ellos con --data."
            )
        level = [inner for folder in level for inner in subfolders(folder)]
    raise Problem(
        f"En «{shown(root)}» no hay carpetas de clases con imágenes; debe tener una carpeta por "
        "clase, con sus imágenes dentro (perro, gato…), o las partes train y test (o seg_train y "
        "seg_test) con esas carpetas."
    )


def whole(root: Path) -> Path:
    """The folder around both parts, for whoever points at one of them; else the same folder."""
    if key(root.name) in TRAIN + TEST:
        for parent in (root.parent, root.parent.parent):
            layout = _parts(parent)
            if layout and layout.train and layout.test:
                return parent
    return root


def folder(root: Path, subset: str) -> Path | None:
    """The folder of a subset: ``root/seg_train/seg_train`` as published, or ``root/seg_train``."""
    for candidate in (root / subset / subset, root / subset):
        if candidate.is_dir():
            return candidate
    return None


def class_folders(base: Path, root: Path) -> tuple[list[Path], list[str]]:
    """The folders with images in one, sorted by name, and a Spanish line for all else in it."""
    folders: list[Path] = []
    faults: list[str] = []
    for entry in entries(base, root, faults):
        where = shown(Path(entry.path).relative_to(root))
        if not _is_folder(entry):
            faults.append(f"«{where}»: no está en la carpeta de una clase; se omite.")
        elif holds_images(Path(entry.path)):
            folders.append(Path(entry.path))
        else:
            faults.append(f"«{where}»: no contiene imágenes; se omite la carpeta.")
    return folders, faults


def files(folder: Path, root: Path) -> tuple[list[Path], list[str]]:
    """The images in a class's folder by their extension, and a Spanish line for all else in it."""
    paths: list[Path] = []
    faults: list[str] = []
    for file in entries(folder, root, faults):
        inside = shown(Path(file.path).relative_to(root))
        if _is_folder(file):
            faults.append(f"«{inside}»: es una carpeta dentro de una clase; se omite.")
        elif Path(file.name).suffix.lower() not in images.EXTENSIONS:
            known = ", ".join(images.FORMATS)
            faults.append(f"«{inside}»: su extensión no es de {known}; se omite.")
        else:
            paths.append(Path(file.path))
    return paths, faults


def classes(folders: list[Path], root: Path) -> Classes:
    """The classes that training folders stand for: the six scenes, or others by their names.

    Args:
        folders: of both parts.
        root: for what is said.

    Raises:
        Problem: too few or too many, or names that are almost those of the six.
    """
    by_key: dict[str, str] = {}
    for each in folders:
        by_key.setdefault(key(each.name), shown(each.name))
    names = [by_key[each] for each in sorted(by_key)]
    scenes = {scene for name in names if (scene := find(name, SCENES))}
    if scenes == set(SCENES) and all(find(name, SCENES) for name in names):
        return SCENES
    close = {
        name: scene
        for name in names
        if not find(name, SCENES) and (scene := near(name, SCENES)) and scene not in scenes
    }
    if close and len(scenes) + len(close) >= LIKELY:
        raise Problem(_suggestion(close))
    if not LEAST <= len(names) <= MOST:
        raise Problem(
            f"En «{shown(root)}» hay {len(names)} carpetas de clases con imágenes, y tienen que "
            f"ser de {LEAST} a {MOST}."
        )
    return named(names)


def labels(folders: list[Path], known: Classes) -> tuple[list[tuple[Path, int]], list[str]]:
    """The folders that stand for known classes, in their order, and a Spanish line for each other.

    Raises:
        Problem: a name is almost that of a class without a folder, or none is a class's.
    """
    matched = [(each, name) for each in folders if (name := find(each.name, known))]
    present = {name for _, name in matched}
    others = [each for each in folders if not find(each.name, known)]
    close = {
        shown(each.name): name
        for each in others
        if (name := near(each.name, known)) and name not in present
    }
    if close:
        raise Problem(_suggestion(close))
    listed = ", ".join(known)
    if not matched:
        names = ", ".join(f"«{shown(each.name)}»" for each in others[:5])
        raise Problem(f"Ninguna carpeta ({names}) es una clase de la red, que son: {listed}.")
    faults = [
        f"«{shown(each.name)}»: no es una de las clases ({listed}); se omite la carpeta."
        for each in others
    ]
    placed = [(each, known.index(name)) for each, name in matched]
    return sorted(placed, key=lambda pair: pair[1]), faults


def entries(directory: Path, root: Path, faults: list[str]) -> list[os.DirEntry]:
    """Sorted content of a folder without the hidden files that systems leave behind."""
    try:
        with os.scandir(directory) as found:
            listed = [entry for entry in found if not is_litter(entry.name)]
    except OSError as error:
        where = shown(directory.relative_to(root))
        faults.append(f"«{where}»: no se puede leer ({images.reason(error)}); se omite.")
        return []
    return sorted(listed, key=lambda entry: entry.name)


def is_litter(name: str) -> bool:
    """Whether a system, not a person, has put a file or folder there."""
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini", "__macosx")


def subfolders(folder: Path) -> list[Path]:
    """The folders in one, sorted by name; none where it cannot be read."""
    return [Path(entry.path) for entry in entries(folder, folder, []) if _is_folder(entry)]


def holds_images(folder: Path) -> bool:
    """Whether a folder has a file with an image's extension directly in it."""
    return any(
        Path(entry.name).suffix.lower() in images.EXTENSIONS and not _is_folder(entry)
        for entry in entries(folder, folder, [])
    )


def _at(folder: Path) -> Layout | None:
    """The layout of this very folder, if it has one."""
    parts = _parts(folder)
    if parts:
        return parts
    return Layout(folder, folder, None) if any(map(holds_images, subfolders(folder))) else None


def _parts(root: Path) -> Layout | None:
    """The parts for training and testing, if at least one is there."""
    # a folder of images that is called «train» is a class of vehicles
    by_key = {key(each.name): each for each in subfolders(root) if not holds_images(each)}

    def part(names: tuple[str, ...]) -> Path | None:
        name = next((name for name in names if name in by_key), None)
        if name is None:
            return None
        own = by_key[name]
        return next((inner for inner in subfolders(own) if key(inner.name) == name), own)

    train, test, validation = part(TRAIN), part(TEST), part(VALIDATION)
    if train is None and test is None:
        return None
    if test is None or validation is None:
        return Layout(root, train, test or validation)
    where = shown(validation.relative_to(root))
    unused = f"«{where}»: no se usa; para validar se apartan imágenes de las de entrenamiento."
    return Layout(root, train, test, (unused,))


def _suggestion(close: dict[str, str]) -> str:
    """One line for all names that are almost those of classes."""
    asked = ", ".join(f"«{name}»: ¿quiso decir «{other}»?" for name, other in close.items())
    return f"{asked} Cambie el nombre de la carpeta y repita."


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False
