"""Reading .npy files that nobody vouches for.

Pickles are refused, and the header's shape is compared with the file's size before any memory is
asked for.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from gestures.problems import Problem

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_array(path: Path) -> np.ndarray:
    """The array in a .npy file.

    Raises:
        Problem: the file is not one, is cut short or holds objects.
    """
    try:
        return _read(path)
    except FileNotFoundError as error:
        raise Problem(
            f"No existe el archivo «{path}»; revise la ruta o grabe primero con record-dataset.py."
        ) from error
    except Problem:
        raise
    except OSError as error:
        raise Problem(
            f"No se puede leer «{path}» ({error.strerror or error}); revise la ruta y los permisos."
        ) from error
    # The header is Python text: NumPy's parser can stumble over a hostile one in many ways
    # (ValueError, SyntaxError, TypeError, ...), and all mean the same.
    except Exception as error:
        raise Problem(
            f"«{path}» no es un archivo .npy válido; "
            "elija uno guardado por record-dataset.py o con numpy.save."
        ) from error


def _read(path: Path) -> np.ndarray:
    with path.open("rb") as file:
        read_header = _HEADERS.get(npy.read_magic(file))
        if read_header is None:
            raise Problem(
                f"«{path}» usa una versión del formato .npy que no se admite; "
                "vuelva a guardarlo con numpy.save."
            )
        shape, _, dtype = read_header(file)
        if dtype.hasobject:
            raise Problem(
                f"«{path}» contiene objetos de Python (pickle) y no se abre por seguridad; "
                "guárdelo como un arreglo numérico con numpy.save."
            )
        size = math.prod(shape) * dtype.itemsize  # Python integers, which do not overflow
        if min(shape, default=0) < 0 or size != path.stat().st_size - file.tell():
            raise Problem(
                f"«{path}» está truncado o dañado (su tamaño no coincide con su encabezado); "
                "restaure una copia o grabe de nuevo."
            )
        file.seek(0)
        return npy.read_array(file, allow_pickle=False)
