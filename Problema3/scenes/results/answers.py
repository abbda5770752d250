"""What a network answers to people's own pictures: in lines, in a table, and as a CSV file."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenes import files
from scenes.classes import Classes
from scenes.data.images import shown
from scenes.data.pictures import Picture
from scenes.formatting import number, percent
from scenes.problems import Problem

FEW = 5  # pictures that get a line each; more get a table
ROWS = 30  # of a table on a screen
WIDTH = 44  # letters of a name in a table
DECIMALS = {"coma": ",", "punto": "."}
# What Excel or LibreOffice would compute: a name such as «=1+1.jpg», and no number
FORMULA = re.compile(r"^\s*([=@|%]|[+-](?![0-9 .,()-]*$))|^[\t\r]")


@dataclass(frozen=True)
class Answer:
    """A network's answer to one picture.

    Attributes:
        picture: which.
        probabilities: float32 (classes,).
        score: of doubt, where the network has a rule (:mod:`scenes.networks.doubt`).
        doubtful: whether it is beyond the threshold: perhaps a picture of none of the classes.
    """

    picture: Picture
    probabilities: np.ndarray
    score: float | None = None
    doubtful: bool = False

    @property
    def label(self) -> int:
        """Position of the likeliest class."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Its probability."""
        return float(self.probabilities.max())

    @property
    def second(self) -> int:
        """Position of the class that comes next."""
        return int(self.probabilities.argsort()[-2])

    @property
    def ruled(self) -> bool:
        """Whether there is a score of doubt."""
        return self.score is not None

    @property
    def verdict(self) -> str:
        """Whether the picture is doubtful, in Spanish; nothing without a score."""
        return ("sí" if self.doubtful else "no") if self.ruled else ""


def lines(answers: Sequence[Answer], classes: Classes) -> list[str]:
    """One Spanish line a picture: its class, how likely that is, what comes next, and any doubt."""
    return [
        f"{shown(each.picture.name)}: {classes.labels[each.label]} ({percent(each.confidence)}); "
        f"después, {classes.labels[each.second]} ({percent(each.probabilities[each.second])})"
        + ("; dudosa" if each.doubtful else "")
        for each in answers
    ]


def table(answers: Sequence[Answer], classes: Classes) -> list[str]:
    """The first pictures in aligned columns, and how many more there are."""
    rows = [("Imagen", "Clase", "Probabilidad", "Dudosa" if answers[0].ruled else "")]
    for each in answers[:ROWS]:
        name = shown(each.picture.name)
        if len(name) > WIDTH:  # its end tells more than its folders
            name = f"…{name[1 - WIDTH :]}"
        rows.append((name, classes.labels[each.label], percent(each.confidence), each.verdict))
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    printed = [
        f"{name:<{widths[0]}}  {label:<{widths[1]}}  {share:>{widths[2]}}  {doubt}".rstrip()
        for name, label, share, doubt in rows
    ]
    if len(answers) > ROWS:
        printed.append(
            f"…y {number(len(answers) - ROWS, 0)} más; todas, con --out en un CSV o con --html en "
            "una página."
        )
    return printed


def summary(answers: Sequence[Answer], skipped: int, classes: Classes, where: str = "") -> str:
    """How many pictures were classified, of which classes, doubtful, and left out."""
    counts = Counter(each.label for each in answers)
    each = ", ".join(f"{label} {counts[at]}" for at, label in enumerate(classes.labels))
    images = (
        "1 imagen clasificada"
        if len(answers) == 1
        else f"{number(len(answers), 0)} imágenes clasificadas"
    )
    left_out = "1 omitida" if skipped == 1 else f"{number(skipped, 0)} omitidas"
    doubt = ""
    if answers and answers[0].ruled:
        count = sum(answer.doubtful for answer in answers)
        doubt = " 1 dudosa;" if count == 1 else f" {number(count, 0)} dudosas;"
    return f"{images}{where} ({each});{doubt} {left_out}."


def write(out: Path, answers: Sequence[Answer], classes: Classes, decimal: str = ",") -> None:
    """Write a CSV as Excel in Spanish opens it: UTF-8 with its mark, ``;`` between columns.

    A line a picture: ``path``, ``class``, ``clase`` (the class in Spanish), ``dudosa`` and ``duda``
    (the score; both empty without a rule), and the probability of each class. A name that a
    spreadsheet would compute has an apostrophe before it.

    Args:
        out: the file, written whole or not at all.
        answers: in the order of the lines.
        classes: the columns.
        decimal: mark of the probabilities.

    Raises:
        Problem: the disk is full.
    """
    header = ["path", "class", "clase", "dudosa", "duda", *map(_harmless, classes)]
    try:
        with (
            files.replacing(out) as temporary,
            open(
                temporary, "w", newline="", encoding="utf-8-sig", errors="backslashreplace"
            ) as file,
        ):
            writer = csv.writer(file, delimiter=";")
            writer.writerow(header)
            for each in answers:
                texts = (each.picture.name, classes.names[each.label], classes.labels[each.label])
                doubt = "" if each.score is None else _decimal(each.score, decimal)
                numbers = (_decimal(value, decimal) for value in each.probabilities)
                writer.writerow([*map(_harmless, texts), each.verdict, doubt, *numbers])
    except OSError as error:
        raise Problem(
            f"No se pudo escribir «{shown(out)}» ({error.strerror}); lo que había antes queda como "
            "estaba."
        ) from None


def _decimal(value: float, mark: str) -> str:
    return f"{value:.6f}".replace(".", mark)


def _harmless(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text
