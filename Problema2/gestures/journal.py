"""Samples being recorded, kept safe from a crash until they join the data set.

Every sample is written to a journal beside the data set as soon as it is recorded: one JSON line,
flushed. Whatever ends the process (Ctrl-C, an exception, the power), the next recording finds the
journal and adds its samples. One process at a time records into a data set.
"""

import contextlib
import json
from pathlib import Path

import numpy as np

from . import files
from .dataset import (
    GESTURES,
    DatasetError,
    append,
    check_aspect,
    check_labels,
    check_points,
    load,
)


class Recording:
    """A session's samples, as a context manager that saves them however its block ends.

    Args:
        dataset_path, labels_path: the files to append to; they need not exist.

    Attributes:
        recovered: samples of an interrupted session that have just been added to the data set.
        saved: samples in the data set, this session's not included until it is saved.

    Raises:
        DatasetError: the existing files cannot be used, cannot be written, or are being recorded
            into by another process.
    """

    def __init__(self, dataset_path: Path, labels_path: Path):
        self.dataset_path, self.labels_path = Path(dataset_path), Path(labels_path)
        self._journal_path = self.dataset_path.with_suffix(".journal")
        self._samples: list[tuple[list[float], int, float]] = []
        self._lock = contextlib.ExitStack()
        try:
            with contextlib.ExitStack() as stack:
                self.dataset_path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(files.locked(self.dataset_path.parent, self._journal_path.name))
                self.saved = _count(self.dataset_path, self.labels_path)
                self.recovered = self._recover()
                self._journal = self._journal_path.open("w", encoding="ascii")
                self._write({"saved": self.saved})
                self._lock = stack.pop_all()
        except files.BusyError:
            raise DatasetError(
                f"Otra grabación está abierta sobre «{self.dataset_path}»; ciérrela, o elija otro "
                "archivo con --data."
            ) from None
        except OSError as error:
            raise DatasetError(
                f"No se puede escribir en «{self.dataset_path.parent}» "
                f"({error.strerror or error}); elija otro archivo con --data."
            ) from error

    def __enter__(self) -> "Recording":
        return self

    def __exit__(self, *_exception) -> None:
        self.save()

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def counts(self) -> dict[str, int]:
        """This session's samples per gesture."""
        labels = [label for _, label, _ in self._samples]
        return {gesture: labels.count(index) for index, gesture in enumerate(GESTURES)}

    def add(self, points: np.ndarray, label: int, aspect: float) -> None:
        """Record one hand: (21, 2) image fractions, its class, the frame's width over height.

        Raises DatasetError if it cannot be written; those before it are safe.
        """
        sample = (np.asarray(points, float).reshape(42).tolist(), int(label), float(aspect))
        self._write({"add": sample})
        self._samples.append(sample)

    def undo(self) -> int | None:
        """Remove this session's last sample; return its class, or None if there is none."""
        if not self._samples:
            return None
        self._write({"undo": 1})
        return self._samples.pop()[1]

    def save(self) -> None:
        """Add the samples to the data set and end the journal. Raises DatasetError."""
        if self._journal.closed:
            return
        with self._lock:
            with contextlib.suppress(OSError):
                self._journal.close()
            # it stays on disk if `append` fails, for the next session to find
            if self._samples:
                self.saved = _append(self.dataset_path, self.labels_path, self._samples)
            self._journal_path.unlink(missing_ok=True)

    def _write(self, entry: dict) -> None:
        try:
            self._journal.write(json.dumps(entry) + "\n")
            self._journal.flush()
        except OSError as error:
            raise DatasetError(
                f"No se puede escribir en «{self.dataset_path.parent}» "
                f"({error.strerror or error}); libere espacio y siga grabando: las muestras "
                "anteriores no se pierden."
            ) from error

    def _recover(self) -> int:
        """Add what an interrupted session left in its journal; return how many samples."""
        samples, before = _replay(self._journal_path)
        paths = self.dataset_path, self.labels_path
        # the interruption may have come right after appending them
        if not samples or (self.saved >= before + len(samples) and _ends_with(*paths, samples)):
            return 0
        self.saved = _append(self.dataset_path, self.labels_path, samples)
        self._journal_path.unlink(missing_ok=True)
        return len(samples)


def _count(dataset_path: Path, labels_path: Path) -> int:
    if not dataset_path.exists() and not labels_path.exists():
        return 0
    return len(load(dataset_path, labels_path))


def _append(dataset_path: Path, labels_path: Path, samples: list) -> int:
    points, labels, aspects = zip(*samples, strict=True)
    return append(
        dataset_path,
        labels_path,
        np.array(points, np.float32),
        np.array(labels, np.int64),
        np.array(aspects, float),
    )


def _ends_with(dataset_path: Path, labels_path: Path, samples: list) -> bool:
    points, labels, _ = zip(*samples, strict=True)
    found = load(dataset_path, labels_path)
    return np.array_equal(
        found.points[-len(samples) :], np.array(points, np.float32)
    ) and np.array_equal(found.labels[-len(samples) :], labels)


def _replay(path: Path) -> tuple[list, int]:
    """The samples in a journal, damaged lines left out, and how many the data set held before."""
    samples, before = [], 0
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return [], 0
    for line in lines:
        try:
            entry = json.loads(line)
            if "add" in entry:
                samples.append(_checked(*entry["add"]))
            elif "undo" in entry and samples:
                samples.pop()
            elif "saved" in entry:
                before = int(entry["saved"])
        except (ValueError, TypeError, OverflowError, RecursionError):
            continue  # a line that was cut short or damaged; the others were recorded
    return samples, before


def _checked(points, label, aspect) -> tuple[list[float], int, float]:
    """A sample as `add` writes it; ValueError or TypeError if it is none."""
    sample = np.reshape(points, 42).tolist(), int(label), float(aspect)
    check_points([sample[0]])
    check_labels([sample[1]])
    check_aspect(sample[2], 1)
    return sample
