"""The two controls by which a page takes a table: the file, and the encoding of its text."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from student_performance import reading
from student_performance.delimited import ENCODINGS

KINDS = ["csv", "tsv", "txt", "xlsx", "ods", "parquet"]
NAMES = {codec: name for name, codec in ENCODINGS.items()}


def table(key: str, on_change: Callable[[], None] | None = None) -> UploadedFile | None:
    """A file of any kind that is read."""
    return st.file_uploader(
        "Tabla con encabezado: CSV, Excel (.xlsx), ODS o Parquet, hasta "
        f"{reading.MAX_BYTES // 2**20} MB",
        type=KINDS,
        key=key,
        on_change=on_change or "rerun",
    )


def encoding(key: str) -> str | None:
    """The encoding of a text file where the visitor does not leave it to the program."""
    return st.selectbox(
        "Codificación del texto",
        [None, *NAMES],
        format_func=lambda codec: NAMES.get(codec, "Automática"),
        help="Elíjala si los encabezados o los textos se ven con letras extrañas.",
        key=key,
        width=320,
    )
