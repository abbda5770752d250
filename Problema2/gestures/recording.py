"""A session of recording: every sample joins the data set on disk as soon as it is recorded.

Whatever ends the process (Ctrl-C, an exception, the power), the samples are there. One process at
a time records into a data set; others may append to it meanwhile.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gestures import dataset, files
from gestures.dataset import GESTURES, Recordings
from gestures.problems import Problem


class Recording:
    """A session's samples, as a context manager that lets others record when it ends.

    Args:
        dataset_path, labels_path: the files to append to; they need not exist.

    Attributes:
        saved: samples in the data set, this session's included.

    Raises:
        Problem: the existing files cannot be used, cannot be written, or are being recorded into
            by another process.
    """

    def __init__(self, dataset_path: Path, labels_path: Path):
        self.dataset_path, self.labels_path = dataset_path, labels_path
        self._hands: list[Recordings] = []
        folder = dataset_path.parent
        with contextlib.ExitStack() as stack:
            with files.explained(folder, "elija otro archivo con --data"):
                folder.mkdir(parents=True, exist_ok=True)
                try:
                    stack.enter_context(files.locked(folder, f"{dataset_path.name}.grabacion"))
                except files.BusyError:
                    raise Problem(
                        f"Otra grabación está abierta sobre «{dataset_path}»; ciérrela, o elija "
                        "otro archivo con --data."
                    ) from None
            self.saved = dataset.count(dataset_path, labels_path)
            self._lock = stack.pop_all()

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._lock.close()

    def __len__(self) -> int:
        return len(self._hands)

    @property
    def counts(self) -> dict[str, int]:
        """This session's samples per gesture."""
        labels = [int(hand.labels[0]) for hand in self._hands]
        return {gesture: labels.count(index) for index, gesture in enumerate(GESTURES)}

    def add(self, points: ArrayLike, label: int, aspect: float) -> None:
        """Record one hand: (21, 2) image fractions, its class, the frame's width over height.

        Raises:
            Problem: it cannot be written; those before it are safe.
        """
        hand = dataset.checked(np.reshape(points, (1, -1)), [label], aspect)
        self.saved = dataset.append(self.dataset_path, self.labels_path, hand)
        self._hands.append(hand)

    def undo(self) -> int | None:
        """Remove this session's last sample; return its class, or None if there is none.

        Raises:
            Problem: the files cannot be written; the sample is still there.
        """
        if not self._hands:
            return None
        self.saved = dataset.remove(self.dataset_path, self.labels_path, self._hands[-1])
        return int(self._hands.pop().labels[0])
