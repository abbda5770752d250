"""The published data set, fetched once with kagglehub and then used from its cache."""

from __future__ import annotations

from pathlib import Path

from student_performance.data import Dataset, load
from student_performance.problems import Problem

# The version is part of the handle: only then does kagglehub use its cache without a network.
HANDLE = "nikhil7280/student-performance-multiple-linear-regression/versions/1"
FILE = "Student_Performance.csv"


def fetch() -> Dataset:
    """The published rows (about 180 kB), from the cache or the network.

    Raises:
        Problem: not in the cache, and Kaggle cannot be reached; or the file is not usable.
    """
    import kagglehub  # takes a second, and most runs never need it

    try:
        path = kagglehub.dataset_download(HANDLE, path=FILE)
    except Exception as error:  # kagglehub lets through whatever its network library raises
        raise Problem(
            f"No se pudo descargar «{FILE}» de Kaggle ({type(error).__name__}); revise "
            "la conexión, o descárguelo con el navegador y elíjalo como archivo propio."
        ) from None
    return load(Path(path))
