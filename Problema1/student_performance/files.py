"""Writing files: one in a single step, or a set of them that appears whole.

A single file is written beside its place and renamed (:func:`replacing`). The files of a set are
prepared in a hidden folder (:func:`staging`) and put in place by :func:`commit`; what a killed
process left of that, :func:`recover` finishes. One process at a time writes a set.

The three problems, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .problems import Problem

ABANDONED = 24 * 3600  # seconds after which a temporary file has no living owner


class BusyError(Problem):
    """Another process is writing the same result."""


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Write one file: the name yielded takes the place of ``target`` when the block succeeds.

    Yields:
        a name in the same folder, with the same ending; nothing is there yet.

    Raises:
        OSError: it cannot be written, or another program holds ``target`` open on Windows.
    """
    temporary = target.with_name(f".escribiendo-{uuid.uuid4().hex[:12]}-{target.name}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed processes left of :func:`replacing` in a folder a day ago or longer."""
    for path in folder.glob(".escribiendo-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()


@contextlib.contextmanager
def explained(where: str | Path, way: str) -> Iterator[None]:
    """Tell the user that a place cannot be written, instead of raising ``OSError``.

    Args:
        where: the file or folder.
        way: what to do about it: «elija otra carpeta con --out».

    Raises:
        Problem: for an ``OSError`` about this place, a folder around it, something inside it, or
            no file in particular.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError) or not _is_about(error, where):
            raise
        reason = error.strerror or type(error).__name__
        raise Problem(f"No se puede escribir en «{where}» ({reason}); {way}.") from error


@contextlib.contextmanager
def locked(folder: Path, name: str, wait: float = 0) -> Iterator[None]:
    """Keep other processes from writing something; the system ends that when the process dies.

    Args:
        folder: where it is written; an existing one.
        name: what it is called there.
        wait: seconds to wait for another process to end.

    Raises:
        BusyError: another process is writing it.
        OSError: the folder cannot be written.
    """
    lock = FileLock(folder / f".{name}.ocupado", timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(
            f"Otra ejecución está escribiendo en «{folder}»; espere a que termine o elija otro "
            "lugar."
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def staging(folder: Path, name: str, wait: float = 0) -> Iterator[Path]:
    """Prepare a set of files in an empty folder of its own, removed at the end; see :func:`commit`.

    What a killed process left there is removed first. Arguments and errors as :func:`locked`.
    """
    with locked(folder, name, wait):
        recover(folder, name)
        stage = folder / f".{name}.escribiendo"
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def commit(stage: Path) -> None:
    """Put the files of a :func:`staging` folder in their place, over those that are there.

    Renaming the folder decides: killed before that, nothing changes; killed after it, whoever
    reads or writes this result next calls :func:`recover`, which does the rest. The files are on
    the disk before the rename, so that this holds for a power failure too.

    Raises:
        OSError: a file cannot be replaced now, as when another program holds it open on Windows.
    """
    for path in stage.iterdir():
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
    whole = stage.with_suffix(".completo")
    os.replace(stage, whole)
    _move(whole)


def recover(folder: Path, name: str) -> None:
    """Do what is left of a :func:`commit` that was cut short, if anything and if possible."""
    whole = folder / f".{name}.completo"
    if whole.is_dir():
        with contextlib.suppress(OSError):  # in a folder that is read-only nobody can
            _move(whole)


def _is_about(error: OSError, place: str | Path) -> bool:
    if not isinstance(error.filename, str | os.PathLike):
        return True
    path, place = (Path(each).absolute() for each in (error.filename, place))
    return path.is_relative_to(place) or place.is_relative_to(path)


def _move(whole: Path) -> None:
    """Move a folder's files to the one that holds it; another process may be doing the same."""
    for path in list(whole.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            os.replace(path, whole.parent / path.name)
    with contextlib.suppress(FileNotFoundError):
        whole.rmdir()
