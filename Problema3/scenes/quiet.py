"""Silence for what native libraries print by themselves.

TensorFlow's C++ code writes start-up notes to the process's standard error, past Python and past
its own log-level variable. A progress bar in the same terminal does not survive that.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def native_stderr_captured() -> Iterator[TextIO]:
    """Hold back what goes to file descriptor 2, and show it only if the block fails.

    Yields:
        a text stream that still reaches the terminal, for progress and messages.
    """
    sys.stderr.flush()
    terminal = os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding, errors="replace")
    with terminal, tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield terminal
        except Exception:
            held.seek(0)
            terminal.write(held.read().decode("utf-8", "replace"))
            raise
        finally:
            sys.stderr.flush()
            terminal.flush()
            os.dup2(terminal.fileno(), 2)
