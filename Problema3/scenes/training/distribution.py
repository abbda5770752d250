"""Data parallelism over several devices, in one process or in several, with Keras on JAX.

Every process runs the same program. Each feeds its own rows of every batch
(:class:`scenes.data.batches.Part`). The gradients are those of the whole batch, and so are the
losses, the normalisations' statistics and dropout's random numbers: the training is that of one
process on the same batches, up to rounding. Process 0 alone writes results and decides what
depends on files (:mod:`scenes.training.group`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from scenes.problems import Problem
from scenes.training.group import ALONE, AgreedProblem, Alone, Group

# Keras's own names of the environment variables
VARIABLES = (
    "KERAS_DISTRIBUTION_JOB_ADDRESSES",
    "KERAS_DISTRIBUTION_NUM_PROCESSES",
    "KERAS_DISTRIBUTION_PROCESS_ID",
)
PATIENCE = 240  # seconds to wait for the other processes; JAX kills this one at 300, mute
STATUS = re.compile(r"[A-Z_]+: ")  # how XLA's own errors begin

_joined = False  # whether other processes count on this one


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
        Problem: values that are missing or make no sense.
    """
    if address is None:
        if processes is None and process is None:
            return None
        raise Problem("--processes y --process van con --distribute COORDINADOR:PUERTO.")
    # with several addresses, Keras takes the first as the coordinator's
    address = address or environment.get(VARIABLES[0], "").split(",")[0]
    processes = _whole(processes, environment.get(VARIABLES[1]), VARIABLES[1])
    process = _whole(process, environment.get(VARIABLES[2]), VARIABLES[2])
    if not address and processes is None and process is None:
        return Request()
    if not address or processes is None or process is None:
        raise Problem(
            "Para varios procesos hacen falta los tres datos: --distribute COORDINADOR:PUERTO, "
            "--processes N y --process I."
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise Problem(f"«{address}» no es COORDINADOR:PUERTO, como por ejemplo 10.0.0.1:12345.")
    if processes < 1 or not 0 <= process < processes:
        raise Problem(
            f"El número de proceso ({process}) tiene que estar entre 0 y uno menos que el de "
            f"procesos ({processes})."
        )
    return Request(address, processes, process)


def require_jax() -> None:
    """Check that Keras runs on JAX.

    Raises:
        Problem: it does not, or JAX is not installed.
    """
    how = "instale JAX (pip install jax) y repita la orden con KERAS_BACKEND=jax"
    if importlib.util.find_spec("jax") is None:
        raise Problem(f"--distribute necesita JAX, que no está instalado: {how}.")
    import keras

    if keras.backend.backend() != "jax":
        raise Problem(
            f"--distribute necesita Keras sobre JAX, y está sobre {keras.backend.backend()}: {how}."
        )


@contextlib.contextmanager
def joined(
    asked: Request | None,
    content: object,
    batch_size: int,
    say: Callable[[str], object],
    errors: IO[str],
) -> Iterator[Alone]:
    """Meet the other processes, and part from them at the end.

    After an :class:`AgreedProblem` the processes part too. After any other error this process has
    to end without waiting for the others: see :func:`ending`.

    Args:
        asked: from :func:`request`; ``None``: this process is alone.
        content: what all processes must have alike, for JSON.
        batch_size: of the whole batches.
        say: what to do with a Spanish line for the user.
        errors: where to say why this process ends, if nobody comes.

    Raises:
        AgreedProblem: the processes differ, or the batch does not divide.
        Problem: the processes do not meet, or another one is gone.
    """
    if asked is None:
        yield ALONE
        return
    with contextlib.ExitStack() as stack:
        if asked.processes > 1:
            stack.enter_context(_standard_output_spared())
            say(f"Se espera a los {asked.processes} procesos en {asked.address}.")
            _connect(asked, errors)
        private = None
        if asked.process:
            private = stack.enter_context(tempfile.TemporaryDirectory(prefix="escenas-"))
        group = Group(private)
        try:
            group.agree(content)
            group.check(batch_size)
            say(f"Dispositivos entre los que se reparte: {group.devices}.")
            yield group
        except AgreedProblem:
            _leave()
            raise
        except (RuntimeError, ValueError) as error:  # JAX raises either when another process dies
            if asked.processes == 1 or not STATUS.match(str(error)):
                raise
            reason = str(error).partition("\n")[0]
            raise Problem(
                f"Se cortó el entrenamiento entre procesos ({reason}); mire los mensajes de los "
                "demás y repita la orden en todos con --resume."
            ) from None
        _leave()


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


def _whole(flag: int | None, variable: str | None, name: str) -> int | None:
    if flag is not None or variable is None:
        return flag
    if not variable.isdecimal():
        raise Problem(f"La variable {name} («{variable}») no es un número.")
    return int(variable)


def _connect(asked: Request, errors: IO[str]) -> None:
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
        raise Problem(_unmet(asked, str(error).partition("\n")[0])) from None
    finally:
        timer.cancel()
    _joined = True


def _leave() -> None:
    """Wait for the other processes and part from them."""
    global _joined
    if _joined:
        import jax
        from jax.experimental import multihost_utils

        multihost_utils.sync_global_devices("leave")
        jax.distributed.shutdown()
        _joined = False


def _unmet(asked: Request, why: str) -> str:
    return (
        f"No se pudieron reunir los {asked.processes} procesos en {asked.address} ({why}); revise "
        "la dirección y que el puerto esté libre, y lance todos a la vez."
    )


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
