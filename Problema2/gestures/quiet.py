"""Keeping the native libraries' chatter off the terminal without losing it."""

import contextlib
import os
import tempfile


@contextlib.contextmanager
def native_stderr_held():
    """Hold back whatever is written to file descriptor 2 while the block runs.

    MediaPipe, LiteRT, FFmpeg and OpenCV log from C++, where Python's logging cannot reach, and
    MediaPipe heeds no log-level variable. If the block raises, what they wrote travels with the
    exception as a note, so a traceback still shows it; otherwise it is dropped.
    """
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all (pythonw on Windows): nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException as error:
            held.seek(0)
            if text := held.read().decode("utf-8", "replace").strip():
                error.add_note(text)
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
