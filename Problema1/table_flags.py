"""The flags of ``train.py`` that say what the columns of a table are."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from student_performance import data
from student_performance.cells import EmptyCells
from student_performance.mapping import Mapping, Missing, read_mapping
from student_performance.problems import Problem
from student_performance.proposing import propose
from student_performance.reading import RawTable, read, read_bytes

HINT = "Con --drop-missing se quitan esas filas; con --fill-missing la red completa las celdas."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags, in a group of their own in the help."""
    group = parser.add_argument_group("columnas de la tabla")
    group.add_argument(
        "--target", metavar="COLUMNA", help="columna que se predice (por defecto, se propone una)"
    )
    group.add_argument(
        "--features",
        metavar="A,B,C",
        type=headings,
        help="columnas de las que se predice (por defecto, todas las que sirven)",
    )
    empty = group.add_mutually_exclusive_group()
    empty.add_argument(
        "--drop-missing",
        dest="missing",
        action="store_const",
        const="drop",
        help="quita las filas con celdas vacías",
    )
    empty.add_argument(
        "--fill-missing",
        dest="missing",
        action="store_const",
        const="fill",
        help="la red completa las celdas vacías",
    )
    group.add_argument(
        "--drop-repeated",
        action="store_true",
        help="quita las filas que repiten otra en todas las columnas",
    )
    group.add_argument(
        "--encoding", metavar="NOMBRE", help="codificación del archivo, como cp949 (se detecta)"
    )
    group.add_argument(
        "--mapping",
        type=Path,
        metavar="JSON",
        help="correspondencia de columnas que guardó la aplicación o un entrenamiento",
    )


def check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Refuse flags that contradict one another, with exit code 2."""
    if arguments.mapping and (arguments.target or arguments.features):
        parser.error("--mapping ya dice las columnas; quite --target y --features")


def headings(text: str) -> list[str]:
    """«a, b» as two headings.

    Raises:
        ArgumentTypeError: none is there.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("indique al menos una columna")
    return names


def load(arguments: argparse.Namespace) -> data.Dataset:
    """The data set that the flags name; ``arguments.data`` is a path, or None for the embedded one.

    Raises:
        Problem: the file, the mapping or the columns are of no use.
    """
    path = Path(arguments.data) if arguments.data else data.DEFAULT_CSV
    raw = read(read_bytes(path), path.name, arguments.encoding)
    try:
        return data.from_table(raw, _mapping(arguments, raw))
    except EmptyCells as problem:
        raise Problem(*problem.lines, HINT) from None


def _mapping(arguments: argparse.Namespace, raw: RawTable) -> Mapping:
    if arguments.mapping:
        mapping = read_mapping(arguments.mapping)
    else:
        mapping = propose(raw, arguments.target, arguments.features)
    missing: Missing = arguments.missing or mapping.missing
    return replace(
        mapping, missing=missing, drop_repeated=arguments.drop_repeated or mapping.drop_repeated
    )
