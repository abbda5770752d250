"""Writing the files of a result: one process at a time, and after a kill all of them or none.

The three problems, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout


class BusyError(RuntimeError):
    """Another process is writing the same result; the text is one Spanish sentence."""


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
def reserved(folder: Path, name: str, wait: float = 0) -> Iterator[Path]:
    """Prepare a result in an empty folder of its own, removed at the end; see :func:`put`.

    What a killed process left there is removed first. Arguments and errors as :func:`locked`.
    """
    with locked(folder, name, wait):
        finish(folder, name)
        work = folder / f".{name}.escribiendo"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def put(work: Path) -> None:
    """Put the files of a reserved folder in their place, over those that are there.

    Renaming the folder decides: killed before that, nothing changes; killed after it, whoever
    reads or writes this result next calls :func:`finish`, which does the rest.

    Raises:
        OSError: a file cannot be replaced now, as when another program holds it open on Windows.
    """
    whole = work.with_suffix(".completo")
    os.replace(work, whole)
    _move(whole)


def finish(folder: Path, name: str) -> None:
    """Do what is left of a :func:`put` that was cut short, if anything and if possible."""
    whole = folder / f".{name}.completo"
    if whole.is_dir():
        with contextlib.suppress(OSError):  # in a folder that is read-only nobody can
            _move(whole)


def _move(whole: Path) -> None:
    """Move a folder's files to the one that holds it; another process may be doing the same."""
    for path in list(whole.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            os.replace(path, whole.parent / path.name)
    with contextlib.suppress(FileNotFoundError):
        whole.rmdir()
