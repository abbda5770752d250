"""The processes that train together, and the one that trains alone.

Both answer the same questions, so that training asks none about how many they are. JAX and Keras
are imported late: JAX is optional, and flags are checked before Keras starts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.problems import Problem

if TYPE_CHECKING:
    import keras

    from scenes.data.batches import Batches, Part

PIECE = 2**26  # bytes sent at once


class AgreedProblem(Problem):
    """A problem that every process of a group meets at the same point."""


class Alone:
    """A group of one process on one device.

    Attributes:
        processes: how many take part.
        first: whether this is the process that writes results.
    """

    processes = 1
    first = True

    def describe(self) -> dict[str, int]:
        """Nothing to note."""
        return {}

    def scope(self) -> contextlib.AbstractContextManager:
        """No distribution."""
        return contextlib.nullcontext()

    def folder(self, out: Path) -> Path:
        """``out``."""
        return out

    def even(self, batch_size: int) -> int:
        """``batch_size``."""
        return batch_size

    def feed(
        self, model: keras.Model, fitting: Batches, validation: Batches
    ) -> tuple[Batches, Batches]:
        """The whole batches."""
        return fitting, validation

    def agree(self, content: object) -> None:
        """Nobody to differ from."""

    def decide(self, choose: Callable[[], Any]) -> Any:
        """What ``choose`` returns or raises."""
        return choose()

    def copy(self, folder: Path, names: Callable[[], list[str]]) -> None:
        """Nobody to copy to."""


ALONE = Alone()


class Group(Alone):
    """This process among those that train together.

    Args:
        private: folder for the files of a process that is not the first.

    Attributes:
        process: which one this is, from 0.
        devices: how many, of all processes together.
    """

    def __init__(self, private: str | None):
        import jax

        self.processes, self.process = jax.process_count(), jax.process_index()
        # so that a process's rows of a batch lie together, whatever order JAX lists devices in
        self._devices = sorted(jax.devices(), key=lambda device: device.process_index)
        self.devices = len(self._devices)
        self.first = self.process == 0
        self._private = private

    def describe(self) -> dict[str, int]:
        """``processes`` and ``devices``, for a result's JSON."""
        return {"processes": self.processes, "devices": self.devices}

    def scope(self) -> contextlib.AbstractContextManager:
        """The context in which a network must be built and fitted."""
        import keras

        return keras.distribution.DataParallel(
            devices=self._devices, auto_shard_dataset=False
        ).scope()

    def folder(self, out: Path) -> Path:
        """Where to write: ``out``, or in all processes but the first one a new private folder."""
        return out if self.first else Path(tempfile.mkdtemp(dir=self._private))

    def even(self, batch_size: int) -> int:
        """The next batch size that the devices share out evenly."""
        return -(-batch_size // self.devices) * self.devices

    def check(self, batch_size: int) -> None:
        """Check that every device gets as much as any other.

        Raises:
            AgreedProblem: it does not.
        """
        if len(set(Counter(device.process_index for device in self._devices).values())) > 1:
            raise AgreedProblem("Todos los procesos tienen que tener igual número de GPU.")
        if batch_size % self.devices:
            raise AgreedProblem(
                f"El tamaño de lote ({batch_size}) tiene que ser divisible por el número de "
                f"dispositivos ({self.devices}); elija otro con --batch-size."
            )

    def feed(self, model: keras.Model, fitting: Batches, validation: Batches) -> tuple[Part, Part]:
        """This process's rows of the batches. The network leaves out what pads the last one."""
        from scenes.data.batches import Part

        rows, checked = (
            Part(each, self.devices, self.processes, self.process) for each in (fitting, validation)
        )
        # Keras's hooks for one's own steps; what is set on the object is not saved with it
        model.train_step = _trimmed(model.train_step, rows.kept)
        model.test_step = _trimmed(model.test_step, checked.kept)
        return rows, checked

    def agree(self, content: object) -> None:
        """Compare what all processes must have alike, for JSON.

        Raises:
            AgreedProblem: they differ.
        """
        if self.processes > 1:
            from jax.experimental import multihost_utils

            code = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
            every = multihost_utils.process_allgather(np.frombuffer(code, np.uint8))
            if (every != every[0]).any():
                raise AgreedProblem(
                    "Los procesos no tienen las mismas imágenes, redes, pesos y opciones; repita "
                    "la orden en todos con los mismos."
                )

    def decide(self, choose: Callable[[], Any]) -> Any:
        """What ``choose``, called in the first process alone, returns there.

        Args:
            choose: its answer goes through JSON.

        Raises:
            AgreedProblem: ``choose`` raised it.
        """
        answer: dict[str, Any] = {}
        if self.first:
            try:
                answer = {"value": choose()}
            except AgreedProblem as problem:
                answer = {"problem": problem.lines}
        answer = json.loads(self._sent(json.dumps(answer).encode()))
        if "problem" in answer:
            raise AgreedProblem(*answer["problem"])
        return answer["value"]

    def copy(self, folder: Path, names: Callable[[], list[str]]) -> None:
        """Give the other processes some of the first one's files.

        Args:
            folder: where they are in the first process, and where the others put them.
            names: relative to it, with ``/``; called in the first process alone.
        """
        for name in self.decide(names):
            path = folder / name
            content = self._sent(path.read_bytes() if self.first else b"")
            if not self.first:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def _sent(self, content: bytes) -> bytes:
        """The first process's bytes."""
        if self.processes == 1:
            return content
        from jax.experimental.multihost_utils import broadcast_one_to_all as send

        pieces, rest = (int(n) for n in send(np.array(divmod(len(content), PIECE), np.int32)))
        length, received = pieces * PIECE + rest, []
        for at in range(0, length, PIECE):
            size = min(PIECE, length - at)
            # few different sizes, for JAX compiles once for each
            room = np.zeros(2 ** max(12, (size - 1).bit_length()), np.uint8)
            if self.first:
                room[:size] = np.frombuffer(content[at : at + size], np.uint8)
            received.append(send(room)[:size].tobytes())
        return b"".join(received)


def _trimmed(step: Callable, kept: Mapping[int, int]) -> Callable:
    """A training or test step without the padding of batches of some lengths."""

    def trimmed(state, batch):
        rows = kept.get(batch[0].shape[0])
        return step(state, tuple(each[:rows] for each in batch))

    return trimmed if kept else step
