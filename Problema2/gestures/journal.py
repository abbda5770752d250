"""Samples being recorded, kept safe from a crash until they join the data set.

Every sample is written to a journal beside the data set as soon as it is recorded: one JSON line,
flushed. Whatever ends the process (Ctrl-C, an exception, the power), the next recording finds the
journal and adds its samples.
"""

import json
from pathlib import Path

import numpy as np

from .dataset import GESTURES, DatasetError, append, load


class Recording:
    """A session's samples, as a context manager that saves them however its block ends.

    Args:
        dataset_path, labels_path: the files to append to; they need not exist.

    Attributes:
        recovered: samples of an interrupted session that have just been added to the data set.
        saved: samples in the data set, this session's not included until it is saved.

    Raises:
        DatasetError: the existing files cannot be used, or cannot be written.
    """

    def __init__(self, dataset_path: Path, labels_path: Path):
        self.dataset_path, self.labels_path = Path(dataset_path), Path(labels_path)
        self._journal_path = self.dataset_path.with_suffix(".journal")
        self._samples: list[tuple[list[float], int, float]] = []
        self.saved = _count(self.dataset_path, self.labels_path)
        self.recovered = self._recover()
        try:
            self.dataset_path.parent.mkdir(parents=True, exist_ok=True)
            self._journal = self._journal_path.open("w", encoding="ascii")
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
        """Record one hand: (21, 2) image fractions, its class, the frame's width over height."""
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
        self._journal.close()  # stays on disk if `append` fails, for the next session to find
        if self._samples:
            self.saved = _append(self.dataset_path, self.labels_path, self._samples)
        self._journal_path.unlink(missing_ok=True)

    def _write(self, entry: dict) -> None:
        self._journal.write(json.dumps(entry) + "\n")
        self._journal.flush()

    def _recover(self) -> int:
        """Add what an interrupted session left in its journal; return how many samples."""
        samples = _replay(self._journal_path)
        if not samples or _ends_with(self.dataset_path, self.labels_path, samples):
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
    """Whether the data set holds the samples: the interruption came right after appending them."""
    if _count(dataset_path, labels_path) < len(samples):
        return False
    points = np.array([sample[0] for sample in samples], np.float32)
    return np.array_equal(load(dataset_path, labels_path).points[-len(samples) :], points)


def _replay(path: Path) -> list:
    """The samples in a journal; a torn last line is ignored."""
    samples = []
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            break
        if "add" in entry:
            samples.append(entry["add"])
        elif samples:
            samples.pop()
    return samples
