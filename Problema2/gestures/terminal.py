"""Running a script's command: its console, its silence, and how it ends.

The three problems, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from rich.console import Console

from .problems import Problem
from .quiet import native_stderr_held

FAILED, INTERRUPTED = 2, 130  # exit codes


def run(command: Callable[[Console], object], interrupted: str = "Interrumpido.") -> int:
    """Run a command and say in Spanish sentences, on standard error, what stopped it.

    Args:
        command: gets the one console of the script, which writes to standard error: standard
            output is for results. Native libraries are silent meanwhile, heavy imports included,
            so those belong inside.
        interrupted: what to say after Ctrl-C, or SIGTERM.

    Returns:
        the exit code: 0; 2 after a :class:`Problem`, or where the system refused; 130 after Ctrl-C.
    """
    stopped = False
    try:
        with _sigterm_as_ctrl_c(), native_stderr_held() as terminal:
            command(Console(file=terminal, highlight=False, markup=False, soft_wrap=True))
        sys.stdout.flush()
    except Problem as problem:
        for line in problem.lines:
            print(line, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        stopped = True
    except BrokenPipeError:  # whoever read our lines (`| head`) has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        place = f"«{error.filename}»" if error.filename else "el disco"
        print(
            f"No se puede leer o escribir {place} ({error.strerror or type(error).__name__}); "
            "libere espacio o revise sus permisos.",
            file=sys.stderr,
        )
        return FAILED
    if not stopped:
        return 0
    gc.collect()  # TensorFlow complains of an epoch's iterator that outlives the interpreter
    print(interrupted, file=sys.stderr)
    return INTERRUPTED


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` at SIGTERM, with which a system or a queue asks to stop.

    Only a process's first thread may ask for that; in another one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


@contextlib.contextmanager
def interruption_held() -> Iterator[Callable[..., None]]:
    """Hold Ctrl-C and SIGTERM back while native code runs that an exception can crash.

    TensorFlow may die of a segmentation fault (4 of some 240 trainings stopped at an epoch's end)
    where a signal raises ``KeyboardInterrupt`` between two of its own lines. A second signal is not
    held back.

    Yields:
        what raises ``KeyboardInterrupt`` if a signal came, whatever its arguments: for a callback
        to call where an exception is safe. Leaving the block raises it too.
    """
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) > 1:
            signal.default_int_handler(number, frame)

    def answer(*_: object, **__: object) -> None:
        if came:
            raise KeyboardInterrupt

    held = []
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(each) is signal.default_int_handler:
                signal.signal(each, note)
                held.append(each)
    try:
        yield answer
        answer()
    finally:
        for each in held:
            signal.signal(each, signal.default_int_handler)
