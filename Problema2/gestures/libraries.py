"""Libraries that cannot be loaded: OpenCV and MediaPipe need others of the system.

The wheels of pip do not bring those along. On a minimal Debian ``import cv2`` lacks
``libxcb.so.1``, ``libGL.so.1`` and ``libgthread-2.0.so.0``, MediaPipe ``libEGL.so.1`` and
``libGLESv2.so.2``.

Problems 2 and 3, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .problems import Problem

INSTALL = (
    "en Debian o Ubuntu, sudo apt install libgl1 libglib2.0-0 libegl1 libgles2 "
    "(desde Debian 13, libglib2.0-0t64 en lugar de libglib2.0-0)"
)


@contextlib.contextmanager
def needed(library: str) -> Iterator[None]:
    """Tell how to get a library that the block cannot load.

    Args:
        library: its name for people.

    Raises:
        Problem: for the ``ImportError`` or ``OSError`` of the block.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise Problem(
            f"{library} no está instalado ({error}): pip install -r requirements.txt."
        ) from error
    except (ImportError, OSError) as error:
        raise Problem(f"{library} no se puede cargar ({error}): {INSTALL}.") from error


def require_opencv() -> None:
    """Load OpenCV, before the modules that import it.

    Raises:
        Problem: it is not there, or a library that it needs is not.
    """
    with needed("OpenCV"):
        import cv2  # noqa: F401 - what is wanted is that it loads
