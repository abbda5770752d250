"""Recordings on disk: ``rps_dataset.npy``, ``rps_labels.npy`` and ``rps_aspects.npy`` beside them.

Three files make one recording, and they must never disagree: :func:`append`, :func:`remove` and
:func:`save` write all of them anew, as one set (``files``). The set is whole at every moment,
whenever the process dies. One process writes at a time; others wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gestures import files
from gestures.arrays import read_array
from gestures.features import DEFAULT_ASPECT, INPUTS, LANDMARKS
from gestures.problems import Problem

GESTURES = ("piedra", "papel", "tijeras")
OTHER = "otra mano"  # what the network calls a hand that is none of them
OUTPUTS = (*GESTURES, OTHER)  # of the network
# Landmarks may lie outside the frame, where MediaPipe guesses them; further out the numbers are
# pixels or something else.
FRACTION_LIMITS = (-3.0, 4.0)
READS = 20  # of a recording that others keep writing to
WAIT = 10.0  # seconds for another process to end its writing, which takes far less


@dataclass(frozen=True)
class Recordings:
    """N recorded hands."""

    points: np.ndarray  # (N, 42) float32, image fractions x0, y0, x1, y1, ...
    labels: np.ndarray  # (N,) int64, 0 piedra, 1 papel, 2 tijeras
    aspect: np.ndarray  # (N,) float64, the frame's width / height; NaN for unknown

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray | slice) -> Recordings:
        """The hands that a NumPy index selects."""
        return Recordings(self.points[index], self.labels[index], self.aspect[index])


def joined(parts: Iterable[Recordings]) -> Recordings:
    """Recordings one after the other."""
    parts = list(parts)
    return Recordings(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.aspect for part in parts]),
    )


def labels_beside(dataset_path: Path) -> Path:
    """Where the labels of a recording usually are: rps_dataset.npy -> rps_labels.npy."""
    return _beside(dataset_path, "labels")


def aspects_beside(dataset_path: Path) -> Path:
    """Where the aspects of a recording are kept: rps_dataset.npy -> rps_aspects.npy."""
    return _beside(dataset_path, "aspects")


def _beside(dataset_path: Path, kind: str) -> Path:
    stem = dataset_path.stem.removesuffix("_dataset")
    return dataset_path.with_name(f"{stem}_{kind}.npy")


def checked(points: ArrayLike, labels: ArrayLike, aspect: ArrayLike) -> Recordings:
    """Recordings of what comes from elsewhere.

    Args:
        points: (n, 42) or (n, 21, 2) image fractions.
        labels: (n,), 0, 1 or 2.
        aspect: the frame's width / height, one or (n,); NaN for unknown.

    Raises:
        Problem: they are something else.
    """
    points, labels = check_points(points), check_labels(labels)
    if len(points) != len(labels):
        raise Problem(f"Hay {len(points)} muestras y {len(labels)} etiquetas.")
    return Recordings(points, labels, check_aspect(aspect, len(points)))


def check_points(points: ArrayLike, name: str = "los puntos") -> np.ndarray:
    """(N, 42) float32 from (N, 42) or (N, 21, 2) finite image fractions, or :class:`Problem`."""
    points = np.asarray(points)
    if points.dtype.kind not in "fiu":
        raise Problem(f"{name}: se esperaban números y hay «{points.dtype}».")
    if points.ndim not in (2, 3) or points.shape[1:] not in ((INPUTS,), (LANDMARKS, 2)):
        raise Problem(
            f"{name}: la forma es {points.shape} y se esperaba (N, 42) o (N, 21, 2), "
            "es decir, x e y de los 21 puntos de la mano."
        )
    if not np.isfinite(points).all():
        raise Problem(
            f"{name}: hay valores que no son números finitos (NaN o infinito); "
            "quite esas muestras antes de usarlas."
        )
    if points.size and (points.min() < FRACTION_LIMITS[0] or points.max() > FRACTION_LIMITS[1]):
        low, high = (f"{end:.4g}".replace(".", ",") for end in (points.min(), points.max()))
        raise Problem(
            f"{name}: hay coordenadas fuera de la imagen (de {low} a {high}); se esperan "
            "fracciones del ancho y del alto, no píxeles."
        )
    return np.ascontiguousarray(points, dtype=np.float32).reshape(len(points), INPUTS)


def check_labels(labels: ArrayLike, name: str = "las etiquetas") -> np.ndarray:
    """(N,) int64 in 0..2, or :class:`Problem`."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "fiu":
        raise Problem(
            f"{name}: se esperaban los números 0, 1 y 2 y hay valores de tipo «{labels.dtype}»."
        )
    if labels.ndim != 1:
        raise Problem(f"{name}: la forma es {labels.shape} y se esperaba (N,).")
    if not np.isin(labels, (0, 1, 2)).all():
        raise Problem(
            f"{name}: solo se admiten 0 (piedra), 1 (papel) y 2 (tijeras), y hay otros valores."
        )
    return labels.astype(np.int64)


def check_aspect(aspect: ArrayLike, n: int, name: str = "la relación de aspecto") -> np.ndarray:
    """(n,) float64 positive, NaN for unknown, from a number or (n,), or :class:`Problem`."""
    aspect = np.asarray(aspect)
    if aspect.dtype.kind not in "fiu" or aspect.shape not in ((), (n,)):
        raise Problem(
            f"{name}: se esperaba un número (ancho dividido alto) o uno por cada muestra."
        )
    aspect = np.broadcast_to(aspect.astype(np.float64), (n,)).copy()
    known = aspect[~np.isnan(aspect)]
    if ((known < 0.1) | (known > 10)).any():
        raise Problem(
            f"{name}: debe ser el ancho dividido el alto de la imagen, "
            "por ejemplo 1,3333 para 640x480."
        )
    return aspect


def load(
    dataset_path: Path, labels_path: Path, default_aspect: float = DEFAULT_ASPECT
) -> Recordings:
    """The recordings in a pair of files, ``default_aspect`` standing in for unknown aspects.

    Arguments and errors as in :func:`read_import`.
    """
    recordings = read_import(dataset_path, labels_path)
    check_aspect(default_aspect, 1)
    aspect = np.where(np.isnan(recordings.aspect), default_aspect, recordings.aspect)
    return Recordings(recordings.points, recordings.labels, aspect)


def read_import(dataset_path: Path, labels_path: Path, aspect: float | None = None) -> Recordings:
    """Recordings, perhaps from elsewhere: (N, 42) or (N, 21, 2) points and (N,) labels.

    Args:
        aspect: of all of them; if None, that of the file beside them, where there is one; else
            NaN, which :func:`append` keeps as unknown.

    Raises:
        Problem: the files are not a recording, or one without hands.
    """
    recordings = _read_whole((dataset_path, labels_path, aspects_beside(dataset_path)), aspect)
    if not len(recordings):
        raise Problem(
            f"«{dataset_path}» no contiene ninguna muestra; grabe algunas con record-dataset.py."
        )
    return recordings


def count(dataset_path: Path, labels_path: Path) -> int:
    """How many hands a recording holds: 0 if there is none, or if all were taken out again.

    Raises:
        Problem: the files are not a recording.
    """
    files.recover(dataset_path.parent, dataset_path.name)
    if not dataset_path.exists() and not labels_path.exists():
        return 0
    return len(_read_whole((dataset_path, labels_path, aspects_beside(dataset_path))))


def _read_whole(paths: tuple[Path, Path, Path], aspect: float | None = None) -> Recordings:
    """As :func:`_read`, of files that another process may be replacing meanwhile."""
    result: Recordings | Problem
    for _ in range(READS):
        files.recover(paths[0].parent, paths[0].name)
        before = _versions(paths)
        try:
            result = _read(paths, aspect)
        except Problem as problem:
            result = problem
        files.recover(paths[0].parent, paths[0].name)
        if _versions(paths) == before:
            break  # else what was read may be of two recordings
    if isinstance(result, Problem):
        raise result
    return result


def _read(paths: tuple[Path, Path, Path], aspect: float | None = None) -> Recordings:
    points = check_points(read_array(paths[0]), f"«{paths[0]}»")
    labels = check_labels(read_array(paths[1]), f"«{paths[1]}»")
    if len(points) != len(labels):
        raise Problem(
            f"«{paths[0]}» tiene {len(points)} muestras y «{paths[1]}» {len(labels)}; "
            "los dos archivos deben venir de la misma grabación."
        )
    if aspect is not None:
        aspects = check_aspect(aspect, len(points))
    elif paths[2].exists():
        aspects = check_aspect(read_array(paths[2]), len(points), f"«{paths[2]}»")
    else:
        aspects = np.full(len(points), np.nan)
    return Recordings(points, labels, aspects)


def _versions(paths: Iterable[Path]) -> list[tuple[int, int] | None]:
    """What tells the versions of some files apart; None for those that are not there."""
    versions: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            versions.append(None)
        else:
            versions.append((status.st_ino, status.st_mtime_ns))
    return versions


def save(dataset_path: Path, labels_path: Path, recordings: Recordings) -> None:
    """Write a recording, replacing what the files held; errors as in :func:`append`."""
    _rewrite(dataset_path, labels_path, lambda old: recordings)


def append(dataset_path: Path, labels_path: Path, hands: Recordings) -> int:
    """Add hands to a recording, creating it if need be; returns how many it holds then.

    Raises:
        Problem: what is there is not a recording, or cannot be written; nothing changes.
    """
    return _rewrite(dataset_path, labels_path, lambda old: joined([old, hands]) if old else hands)


def remove(dataset_path: Path, labels_path: Path, hand: Recordings) -> int:
    """Take out the last hand that equals one that was appended; returns how many there are then.

    Errors as in :func:`append`.
    """

    def without(old: Recordings | None) -> Recordings:
        if old is None:
            return hand.take(slice(0))
        same = (old.points == hand.points).all(axis=1)
        same &= (old.labels == hand.labels) & (old.aspect == hand.aspect)
        return old.take(np.delete(np.arange(len(old)), np.flatnonzero(same)[-1:]))

    return _rewrite(dataset_path, labels_path, without)


def _rewrite(
    dataset_path: Path,
    labels_path: Path,
    change: Callable[[Recordings | None], Recordings],
) -> int:
    """Replace a recording, None if there is none, by what ``change`` makes of it; its new size."""
    paths = dataset_path, labels_path, aspects_beside(dataset_path)
    folder = dataset_path.parent
    if labels_path.parent.resolve() != folder.resolve() or len(set(paths)) < len(paths):
        raise Problem(
            f"Las etiquetas deben estar en otro archivo de la misma carpeta que «{dataset_path}»; "
            "elija otro con --labels."
        )
    with files.explained(
        folder, "libere espacio o revise los permisos: lo ya guardado sigue intacto"
    ):
        folder.mkdir(parents=True, exist_ok=True)
        with files.staging(folder, dataset_path.name, WAIT) as stage:
            old = _read(paths) if dataset_path.exists() or labels_path.exists() else None
            new = change(old)
            arrays = new.points, new.labels, new.aspect
            for path, array in zip(paths, arrays, strict=True):
                with (stage / path.name).open("wb") as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
            files.commit(stage)
    return len(new)
