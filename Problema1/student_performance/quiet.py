"""Silence for what native libraries print by themselves.

TensorFlow, MediaPipe, LiteRT, FFmpeg and OpenCV write notes from C++ to the process's standard
error, past Python and past their own log-level variables. A progress bar or a sentence in the same
terminal does not survive that.

The three problems, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import TextIO

from .problems import Problem


@contextlib.contextmanager
def native_stderr_held() -> Iterator[TextIO]:
    """Hold back what goes to file descriptor 2, and show it only if the block fails unexpectedly.

    What a :class:`Problem`, the system (``OSError``) or the user (Ctrl-C) ends needs no such
    evidence: a sentence says what happened.

    Yields:
        a text stream that still reaches the terminal, for progress and messages; where there is no
        standard error at all (``pythonw`` on Windows), one that goes nowhere.
    """
    try:
        saved = os.dup(2)
    except OSError:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            yield nowhere
        return
    if sys.stderr:
        sys.stderr.flush()
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    terminal = os.fdopen(saved, "w", encoding=encoding, errors="replace")
    with terminal, tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield terminal
        except (Problem, OSError):
            raise
        except Exception:
            held.seek(0)
            terminal.write(held.read().decode("utf-8", "replace"))
            raise
        finally:
            if sys.stderr:
                sys.stderr.flush()
            terminal.flush()
            os.dup2(terminal.fileno(), 2)
