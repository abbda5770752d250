"""Data parallelism over several devices, in one process or in several, with Keras on JAX.

Every process runs the same program. Each feeds its own rows of every batch
(:class:`scenes.data.batches.Part`), the gradients are those of the whole batch, and so are the
losses, the normalisations' statistics and dropout's random numbers: the training is that of one process
on the same batches, up to rounding. Process 0 alone writes results and decides what depends on
files. JAX and Keras are imported late: JAX is optional, and flags are checked before Keras starts.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from scenes.problems import Problem

if TYPE_CHECKING:
    import keras

    from scenes.data.batches import Batches, Part

# Keras's own names of the environment variables
VARIABLES = (
    "KERAS_DISTRIBUTION_JOB_ADDRESSES",
    "KERAS_DISTRIBUTION_NUM_PROCESSES",
    "KERAS_DISTRIBUTION_PROCESS_ID",
)
PATIENCE = 240  # seconds to wait for the other processes; JAX kills this one at 300, mute
PIECE = 2**26  # bytes sent at once
STATUS = re.compile(r"[A-Z_]+: ")  # how XLA's own errors begin

_joined = False  # whether other processes count on this one


class DistributionError(Problem):
    """A training that cannot be distributed; the text is one Spanish sentence."""


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        address: the coordinator, ``host:port``; that of process 0.
        processes: how many take part; with 1 there is no coordinator.
        process: which one this is, from 0.
    """

    address: str = ""
    processes: int = 1
    process: int = 0


def request(
    address: str | None,
    processes: int | None,
    process: int | None,
    environment: Mapping[str, str] = os.environ,
) -> Request | None:
    """Read the flags, and for those not given Keras's environment variables.

    Args:
        address: ``None`` without ``--distribute``, empty with it and no coordinator.
        processes, process: the other two flags.
        environment: where :data:`VARIABLES` may be.

    Returns:
        ``None`` where nothing is to be distributed.

    Raises:
        DistributionError: values that are missing or make no sense.
    """
    if address is None:
        if processes is None and process is None:
            return None
        raise DistributionError("--processes y --process van con --distribute COORDINADOR:PUERTO.")
    # with several addresses, Keras takes the first as the coordinator's
    address = address or environment.get(VARIABLES[0], "").split(",")[0]
    processes = _whole(processes, environment.get(VARIABLES[1]), VARIABLES[1])
    process = _whole(process, environment.get(VARIABLES[2]), VARIABLES[2])
    if not address and processes is None and process is None:
        return Request()
    if not address or processes is None or process is None:
        raise DistributionError(
            "Para varios procesos hacen falta los tres datos: --distribute COORDINADOR:PUERTO, "
            "--processes N y --process I."
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise DistributionError(
            f"«{address}» no es COORDINADOR:PUERTO, como por ejemplo 10.0.0.1:12345."
        )
    if processes < 1 or not 0 <= process < processes:
        raise DistributionError(
            f"El número de proceso ({process}) tiene que estar entre 0 y uno menos que el de "
            f"procesos ({processes})."
        )
    return Request(address, processes, process)


def require_jax() -> None:
    """Check that Keras runs on JAX.

    Raises:
        DistributionError: it does not, or JAX is not installed.
    """
    how = "instale JAX (pip install jax) y repita la orden con KERAS_BACKEND=jax"
    if importlib.util.find_spec("jax") is None:
        raise DistributionError(f"--distribute necesita JAX, que no está instalado: {how}.")
    import keras

    if keras.backend.backend() != "jax":
        raise DistributionError(
            f"--distribute necesita Keras sobre JAX, y está sobre {keras.backend.backend()}: {how}."
        )


@contextlib.contextmanager
def joined(
    asked: Request | None,
    content: object = None,
    batch_size: int = 0,
    say: Callable[[str], None] = lambda line: None,
    agreed: tuple[type[Exception], ...] = (),
    errors: TextIO | None = None,
) -> Iterator[Group | None]:
    """Meet the other processes, and part from them at the end. Nothing for ``None``.

    Args:
        asked: from :func:`request`.
        content: what all processes must have alike, for JSON.
        batch_size: of the whole batches.
        say: what to do with a Spanish line for the user.
        agreed: errors that every process raises at the same point, if one does. After any other
            error this process has to end without waiting for the others: see :func:`ending`.
        errors: where to say why this process ends, if nobody comes; standard error without it.

    Raises:
        DistributionError: the processes do not meet or differ, the batch does not divide, or
            another process is gone.
    """
    if asked is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        if asked.processes > 1:
            stack.enter_context(_standard_output_spared())
            say(f"Se espera a los {asked.processes} procesos en {asked.address}.")
            _connect(asked, errors or sys.stderr)
        private = None
        if asked.process:
            private = stack.enter_context(tempfile.TemporaryDirectory(prefix="escenas-"))
        group = Group(private)
        try:
            group.agree(content)
            group.check(batch_size)
            say(f"Dispositivos entre los que se reparte: {group.devices}.")
            yield group
        except (DistributionError, *agreed):
            group.leave()
            raise
        except (RuntimeError, ValueError) as error:  # JAX raises either when another process dies
            if asked.processes == 1 or not STATUS.match(str(error)):
                raise
            reason = str(error).partition("\n")[0]
            raise DistributionError(
                f"Se cortó el entrenamiento entre procesos ({reason}); mire los mensajes de los "
                "demás y repita la orden en todos con --resume."
            ) from None
        group.leave()


def ending(main: Callable[[], int]) -> int:
    """Run a program to its exit code; where other processes still wait for it, exit at once.

    JAX would otherwise keep a failed process for five minutes, in the hope that the others end
    too, while they wait for it. When it is gone they fail.
    """
    try:
        code = main()
    except Exception:
        if not _joined:
            raise
        traceback.print_exc()
        code = 1
    if _joined:
        _exit(code)
    return code


class Group:
    """This process among those that train together.

    Attributes:
        processes: how many.
        process: which one this is, from 0.
        devices: how many, of all processes together.
        first: whether this is the process that writes results.
    """

    def __init__(self, private: str | None):
        import jax

        self.processes, self.process = jax.process_count(), jax.process_index()
        # so that a process's rows of a batch lie together, whatever order JAX lists devices in
        self._devices = sorted(jax.devices(), key=lambda device: device.process_index)
        self.devices = len(self._devices)
        self.first = self.process == 0
        self._private = private

    def scope(self) -> contextlib.AbstractContextManager:
        """In which a network must be built and fitted."""
        import keras

        return keras.distribution.DataParallel(
            devices=self._devices, auto_shard_dataset=False
        ).scope()

    def folder(self, out: Path) -> Path:
        """Where to write: ``out``, or in all processes but the first one a new private folder."""
        return out if self.first else Path(tempfile.mkdtemp(dir=self._private))

    def check(self, batch_size: int) -> None:
        """Whether every device gets as much as any other.

        Raises:
            DistributionError: it does not; in every process.
        """
        if len(set(Counter(device.process_index for device in self._devices).values())) > 1:
            raise DistributionError("Todos los procesos tienen que tener igual número de GPU.")
        if batch_size % self.devices:
            raise DistributionError(
                f"El tamaño de lote ({batch_size}) tiene que ser divisible por el número de "
                f"dispositivos ({self.devices}); elija otro con --batch-size."
            )

    def feed(self, model: keras.Model, fitting: Batches, validation: Batches) -> tuple[Part, Part]:
        """This process's rows of the batches, for a network that leaves out what pads the last."""
        from scenes.data.batches import Part

        parts = [
            Part(each, self.devices, self.processes, self.process) for each in (fitting, validation)
        ]
        # Keras's hooks for one's own steps; what is set on the object is not saved with it
        model.train_step = _trimmed(model.train_step, parts[0].kept)
        model.test_step = _trimmed(model.test_step, parts[1].kept)
        return tuple(parts)

    def agree(self, content: object) -> None:
        """Compare what all processes must have alike, for JSON.

        Raises:
            DistributionError: they differ; in every process.
        """
        if self.processes > 1:
            from jax.experimental import multihost_utils

            code = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
            every = multihost_utils.process_allgather(np.frombuffer(code, np.uint8))
            if (every != every[0]).any():
                raise DistributionError(
                    "Los procesos no tienen las mismas imágenes, redes, pesos y opciones; repita "
                    "la orden en todos con los mismos."
                )

    def decide(self, choose: Callable[[], object], error: type[Exception] | tuple = ()) -> object:
        """What ``choose``, called in the first process alone, returns or raises there.

        Args:
            choose: its answer goes through JSON.
            error: what it may raise, made of one string.
        """
        answer = {}
        if self.first:
            try:
                answer = {"value": choose()}
            except error as problem:
                answer = {"error": str(problem)}
        answer = json.loads(self._sent(json.dumps(answer).encode()))
        if "error" in answer:
            raise error(answer["error"])
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

    def leave(self) -> None:
        """Wait for the other processes and part from them."""
        global _joined
        if _joined:
            import jax
            from jax.experimental import multihost_utils

            multihost_utils.sync_global_devices("leave")
            jax.distributed.shutdown()
            _joined = False

    def _sent(self, content: bytes) -> bytes:
        """The first process's bytes."""
        if self.processes == 1:
            return content
        from jax.experimental.multihost_utils import broadcast_one_to_all as send

        pieces, rest = (int(n) for n in send(np.array(divmod(len(content), PIECE), np.int32)))
        length, found = pieces * PIECE + rest, []
        for at in range(0, length, PIECE):
            size = min(PIECE, length - at)
            # few different sizes, for JAX compiles once for each
            room = np.zeros(2 ** max(12, (size - 1).bit_length()), np.uint8)
            if self.first:
                room[:size] = np.frombuffer(content[at : at + size], np.uint8)
            found.append(send(room)[:size].tobytes())
        return b"".join(found)


def _whole(flag: int | None, variable: str | None, name: str) -> int | None:
    if flag is not None or variable is None:
        return flag
    if not variable.isdecimal():
        raise DistributionError(f"La variable {name} («{variable}») no es un número.")
    return int(variable)


def _connect(asked: Request, errors: TextIO) -> None:
    global _joined
    import keras

    host = asked.address.rpartition(":")[0]
    if host in ("127.0.0.1", "localhost"):  # JAX would listen to the whole network
        os.environ.setdefault("JAX_COORDINATOR_BIND_ADDRESS", asked.address)
    # with a seed set, Keras need not have the processes agree on one
    keras.utils.set_random_seed(0)

    def give_up() -> None:
        print(_unmet(asked, "no llegaron todos a tiempo"), file=errors, flush=True)
        _exit(2)

    # JAX neither returns nor raises when it has waited too long
    timer = threading.Timer(PATIENCE, give_up)
    timer.daemon = True
    timer.start()
    try:
        keras.distribution.initialize(asked.address, asked.processes, asked.process)
    except (RuntimeError, ValueError) as error:
        raise DistributionError(_unmet(asked, str(error).partition("\n")[0])) from None
    finally:
        timer.cancel()
    _joined = True


def _unmet(asked: Request, why: str) -> str:
    return (
        f"No se pudieron reunir los {asked.processes} procesos en {asked.address} ({why}); revise "
        "la dirección y que el puerto esté libre, y lance todos a la vez."
    )


def _trimmed(step: Callable, kept: Mapping[int, int]) -> Callable:
    """A training or test step without the padding of batches of some lengths."""

    def trimmed(state, batch):
        rows = kept.get(batch[0].shape[0])
        return step(state, tuple(each[:rows] for each in batch))

    return trimmed if kept else step


@contextlib.contextmanager
def _standard_output_spared() -> Iterator[None]:
    """Send to standard error what Gloo, which connects processes without GPU, prints."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _exit(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
