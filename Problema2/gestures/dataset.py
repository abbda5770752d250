"""Recordings on disk: `rps_dataset.npy`, `rps_labels.npy` and the frames' aspects beside them.

Three files make one recording, and they must never disagree. `append` writes the three new
versions beside the old ones, then a commit marker, then puts them in place one by one and removes
the marker. Whoever opens the recording next finishes what a crash interrupted: with a marker the
new versions are complete and are put in place, without one the old files still hold. One process
writes at a time; others wait.

Arrays are read with `allow_pickle=False`, and the header's shape is compared with the file's size
before any memory is asked for.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gestures import files
from gestures.features import DEFAULT_ASPECT, INPUTS, LANDMARKS

GESTURES = ("piedra", "papel", "tijeras")
# Landmarks may lie outside the frame, where MediaPipe guesses them; further out the numbers are
# pixels or something else.
FRACTION_LIMITS = (-3.0, 4.0)
READS = 20  # of a recording that others keep writing to
WAIT = 10.0  # seconds for another process to end its writing, which takes far less


class DatasetError(ValueError):
    """A recording that cannot be used; the message is one Spanish sentence for the student."""


@dataclass(frozen=True)
class Recordings:
    """N recorded hands."""

    points: np.ndarray  # (N, 42) float32, image fractions x0, y0, x1, y1, ...
    labels: np.ndarray  # (N,) int64, 0 piedra, 1 papel, 2 tijeras
    aspect: np.ndarray  # (N,) float64, the frame's width / height

    def __len__(self):
        return len(self.labels)


def aspects_path(dataset_path) -> Path:
    """Where the aspects of a recording are kept: rps_dataset.npy -> rps_aspects.npy."""
    path = Path(dataset_path)
    return path.with_name(path.stem.removesuffix("_dataset") + "_aspects.npy")


def _read_array(path: Path) -> np.ndarray:
    """The array in a .npy file; DatasetError if it is not one, is cut short or holds objects."""
    try:
        with path.open("rb") as file:
            major, minor = np.lib.format.read_magic(file)
            if (major, minor) == (1, 0):
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            elif (major, minor) == (2, 0):
                shape, _, dtype = np.lib.format.read_array_header_2_0(file)
            else:
                raise DatasetError(
                    f"«{path}» usa una versión del formato .npy que no se admite; "
                    "vuelva a guardarlo con numpy.save."
                )
            if dtype.hasobject:
                raise DatasetError(
                    f"«{path}» contiene objetos de Python (pickle) y no se abre por seguridad; "
                    "guárdelo como un arreglo numérico con numpy.save."
                )
            size = dtype.itemsize
            for length in shape:  # Python integers: no overflow, whatever the header claims
                size *= int(length)
            if min(shape, default=0) < 0 or size != path.stat().st_size - file.tell():
                raise DatasetError(
                    f"«{path}» está truncado o dañado (su tamaño no coincide con su encabezado); "
                    "restaure una copia o grabe de nuevo."
                )
            file.seek(0)
            return np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise DatasetError(
            f"No existe el archivo «{path}»; revise la ruta o grabe primero con record-dataset.py."
        ) from error
    except DatasetError:
        raise
    except OSError as error:
        raise DatasetError(
            f"No se puede leer «{path}» ({error.strerror or error}); revise la ruta y los permisos."
        ) from error
    # The header is Python text from a file nobody vouches for: numpy's parser can stumble over it
    # in many ways (ValueError, SyntaxError, TypeError, ...), and all mean the same.
    except Exception as error:
        raise DatasetError(
            f"«{path}» no es un archivo .npy válido; "
            "elija uno guardado por record-dataset.py o con numpy.save."
        ) from error


def check_points(points, name="los puntos") -> np.ndarray:
    """(N, 42) float32 from (N, 42) or (N, 21, 2) finite image fractions, or DatasetError."""
    points = np.asarray(points)
    if points.dtype.kind not in "fiu":
        raise DatasetError(f"{name}: se esperaban números y hay «{points.dtype}».")
    if points.ndim not in (2, 3) or points.shape[1:] not in ((INPUTS,), (LANDMARKS, 2)):
        raise DatasetError(
            f"{name}: la forma es {points.shape} y se esperaba (N, 42) o (N, 21, 2), "
            "es decir, x e y de los 21 puntos de la mano."
        )
    if not np.isfinite(points).all():
        raise DatasetError(
            f"{name}: hay valores que no son números finitos (NaN o infinito); "
            "quite esas muestras antes de usarlas."
        )
    if points.size and (points.min() < FRACTION_LIMITS[0] or points.max() > FRACTION_LIMITS[1]):
        raise DatasetError(
            f"{name}: hay coordenadas fuera de la imagen (de {points.min():.4g} a "
            f"{points.max():.4g}); se esperan fracciones del ancho y del alto, no píxeles."
        )
    return np.ascontiguousarray(points, dtype=np.float32).reshape(len(points), INPUTS)


def check_labels(labels, name="las etiquetas") -> np.ndarray:
    """(N,) int64 in 0..2, or DatasetError."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "fiu":
        raise DatasetError(
            f"{name}: se esperaban los números 0, 1 y 2 y hay valores de tipo «{labels.dtype}»."
        )
    if labels.ndim != 1:
        raise DatasetError(f"{name}: la forma es {labels.shape} y se esperaba (N,).")
    if not np.isin(labels, (0, 1, 2)).all():
        raise DatasetError(
            f"{name}: solo se admiten 0 (piedra), 1 (papel) y 2 (tijeras), y hay otros valores."
        )
    return labels.astype(np.int64)


def check_aspect(aspect, n, name="la relación de aspecto") -> np.ndarray:
    """(n,) float64 positive; NaN stands for unknown. DatasetError otherwise."""
    aspect = np.asarray(aspect)
    if aspect.dtype.kind not in "fiu" or aspect.shape not in ((), (n,)):
        raise DatasetError(
            f"{name}: se esperaba un número (ancho dividido alto) o uno por cada muestra."
        )
    aspect = np.broadcast_to(aspect.astype(np.float64), (n,)).copy()
    known = aspect[~np.isnan(aspect)]
    if ((known < 0.1) | (known > 10)).any():
        raise DatasetError(
            f"{name}: debe ser el ancho dividido el alto de la imagen, "
            "por ejemplo 1.3333 para 640x480."
        )
    return aspect


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _marker(dataset_path: Path) -> Path:
    return dataset_path.with_name(dataset_path.name + ".commit")


def _files(dataset_path, labels_path):
    dataset_path, labels_path = Path(dataset_path), Path(labels_path)
    return dataset_path, labels_path, aspects_path(dataset_path)


@contextlib.contextmanager
def _alone(paths):
    """Keep others from writing, and finish what a crash of theirs interrupted."""
    try:
        with files.locked(paths[0].parent, paths[0].name, WAIT):
            if _marker(paths[0]).exists():
                _put_in_place(paths)
            yield
    except files.BusyError as error:
        raise DatasetError(str(error)) from error


def _put_in_place(paths):
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # was put there before the crash
            os.replace(_new(path), path)
    _marker(paths[0]).unlink(missing_ok=True)


def recover(dataset_path, labels_path) -> bool:
    """Finish an `append` that a crash interrupted; True if there was one to finish.

    Without a commit marker the new versions may be incomplete and the old files are whole: they
    are left as they are, and the next `append` overwrites the remains.
    """
    paths = _files(dataset_path, labels_path)
    if not _marker(paths[0]).exists():
        return False
    try:
        with _alone(paths):
            pass
    except OSError as error:
        raise DatasetError(
            f"Quedó una grabación a medio guardar junto a «{paths[0]}» y no se puede completar "
            f"({error.strerror or error}); revise los permisos de la carpeta."
        ) from error
    return True


def load(dataset_path, labels_path, default_aspect: float = DEFAULT_ASPECT) -> Recordings:
    """The recordings in a pair of files; points may be (N, 42) or (N, 21, 2).

    The aspects are read from the file beside them (`aspects_path`); where there is none, or it
    says unknown (NaN), `default_aspect` is taken. Raises DatasetError.
    """
    recordings = read_import(dataset_path, labels_path)
    check_aspect(default_aspect, 1)
    aspect = np.where(np.isnan(recordings.aspect), default_aspect, recordings.aspect)
    return Recordings(recordings.points, recordings.labels, aspect)


def read_import(dataset_path, labels_path, aspect: float | None = None) -> Recordings:
    """Recordings from elsewhere: (N, 42) or (N, 21, 2) points and (N,) labels.

    `aspect`, if given, holds for all of them; else that of the file beside them; else NaN, which
    `append` keeps as unknown. Raises DatasetError.
    """
    paths = _files(dataset_path, labels_path)
    for _ in range(READS):
        recover(dataset_path, labels_path)
        before = _versions(paths)
        try:
            found, error = _read(*paths, aspect), None
        except DatasetError as reason:
            found, error = None, reason
        if _versions(paths) == before and not _marker(paths[0]).exists():
            break  # else another process was replacing the files: they may be of two recordings
    if error:
        raise error
    return found


def _read(
    dataset_path: Path, labels_path: Path, beside: Path, aspect: float | None = None
) -> Recordings:
    points = check_points(_read_array(dataset_path), f"«{dataset_path}»")
    labels = check_labels(_read_array(labels_path), f"«{labels_path}»")
    if len(points) != len(labels):
        raise DatasetError(
            f"«{dataset_path}» tiene {len(points)} muestras y «{labels_path}» {len(labels)}; "
            "los dos archivos deben venir de la misma grabación."
        )
    if not len(points):
        raise DatasetError(
            f"«{dataset_path}» no contiene ninguna muestra; grabe algunas con record-dataset.py."
        )
    if aspect is not None:
        aspect = check_aspect(aspect, len(points))
    elif beside.exists():
        aspect = check_aspect(_read_array(beside), len(points), f"«{beside}»")
    else:
        aspect = np.full(len(points), np.nan)
    return Recordings(points, labels, aspect)


def _versions(paths) -> list[tuple[int, int] | None]:
    """What tells the versions of some files apart; None for those that are not there."""
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_ino, status.st_mtime_ns))
    return found


def _write(path: Path, array) -> None:
    with path.open("wb") as file:
        np.lib.format.write_array(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def save(dataset_path, labels_path, points, labels, aspect) -> None:
    """Write a recording, replacing what the files held; arguments and errors as in `append`."""
    points, labels = check_points(points), check_labels(labels)
    if len(points) != len(labels):
        raise DatasetError(f"Hay {len(points)} muestras y {len(labels)} etiquetas.")
    aspect = check_aspect(aspect, len(points))
    paths = _files(dataset_path, labels_path)
    with _saving(paths):
        _replace(paths, points, labels, aspect)


def _replace(paths, points, labels, aspect) -> None:
    try:
        for path, array in zip(paths, (points, labels, aspect), strict=True):
            _write(_new(path), array)
        with _marker(paths[0]).open("wb") as file:
            os.fsync(file.fileno())
    except OSError:  # a full disk needs what was half written removed
        for path in (_marker(paths[0]), *map(_new, paths)):
            path.unlink(missing_ok=True)
        raise
    _put_in_place(paths)


@contextlib.contextmanager
def _saving(paths):
    """Alone with these files, whose folders are made; a failure is told as DatasetError."""
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(paths):
            yield
    except OSError as error:
        raise DatasetError(
            f"No se pudo guardar en «{paths[0].parent}» ({error.strerror or error}); "
            "revise el espacio libre y los permisos: lo ya guardado sigue intacto."
        ) from error


def append(dataset_path, labels_path, points, labels, aspect) -> int:
    """Add hands to a recording, creating it if need be; returns how many it holds then.

    `points` (n, 42) or (n, 21, 2) image fractions, `labels` (n,) in 0..2, `aspect` a number or
    (n,), NaN for unknown. What is on disk is whole at every moment, whenever the process dies.
    Raises DatasetError, and changes nothing, if the new or the existing data are not valid.
    """
    points, labels = check_points(points), check_labels(labels)
    if len(points) != len(labels):
        raise DatasetError(f"Hay {len(points)} muestras y {len(labels)} etiquetas.")
    aspect = check_aspect(aspect, len(points))
    paths = _files(dataset_path, labels_path)
    with _saving(paths):
        if paths[0].exists() or paths[1].exists():
            old = _read(*paths)
            points = np.concatenate([old.points, points])
            labels = np.concatenate([old.labels, labels])
            aspect = np.concatenate([old.aspect, aspect])
        _replace(paths, points, labels, aspect)
    return len(labels)
