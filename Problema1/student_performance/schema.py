"""What the columns of a table mean: which one is predicted, from which others, and their types.

A :class:`Schema` turns a typed table into the arrays that models take. It travels as JSON beside
each trained model. ``PUBLISHED`` is the schema of the published student file.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from student_performance.problems import Problem

Kind = Literal["number", "yes_no", "category"]
MAX_LEVELS = 50  # a text column with more different values names its rows; it says nothing of them


@dataclass(frozen=True)
class Column:
    """One column of a table.

    In a typed table, a ``number`` is float64, ``yes_no`` holds the texts ``"Yes"`` and ``"No"``, a
    ``category`` holds texts; an empty cell is NaN.

    Attributes:
        name: its heading in the typed table and in files.
        kind: type of its values.
        label: its name for the reader, in Spanish where known.
        short: a shorter one, for axes with little room.
        unit: unit of its numbers, empty where unknown.
        levels: of a ``category``, its values in the order of their codes.
        usual: of a ``number``, the range that is normal; values beyond get a remark.
    """

    name: str
    kind: Kind = "number"
    label: str = ""
    short: str = ""
    unit: str = ""
    levels: tuple[str, ...] = ()
    usual: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label or self.name)
        object.__setattr__(self, "short", self.short or self.label)

    @property
    def axis(self) -> str:
        """Label with unit, as «Horas de estudio (h por día)»."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def encode(self, values: pd.Series) -> np.ndarray:
        """The model's raw input, float32 (n,): the number; 1 for yes and 0 for no; the code of the
        level. NaN for an empty cell and for a level that the training did not know."""
        if self.kind == "number":
            return values.to_numpy(dtype="float32")
        codes = {"No": 0, "Yes": 1}
        if self.kind == "category":
            codes = {level: code for code, level in enumerate(self.levels)}
        return values.map(codes).to_numpy(dtype="float32")


@dataclass(frozen=True)
class Schema:
    """The target and the features of a table.

    Attributes:
        target: the column to predict, a number.
        features: the columns to predict it from, in the order of the model's input.
    """

    target: Column
    features: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if self.target.kind != "number" or not self.features or len(set(names)) < len(names):
            raise ValueError("needs a numeric target, some features, and each column only once")

    @property
    def columns(self) -> tuple[Column, ...]:
        """Features, then target."""
        return (*self.features, self.target)

    @property
    def names(self) -> list[str]:
        """Names of ``columns``."""
        return [column.name for column in self.columns]

    @property
    def numeric(self) -> tuple[Column, ...]:
        """The features that are numbers."""
        return tuple(column for column in self.features if column.kind == "number")

    @property
    def sizes(self) -> tuple[int, ...]:
        """For each feature: 0 for a number, 2 for yes/no, the number of levels of a category."""
        sizes = {"number": 0, "yes_no": 2}
        return tuple(sizes.get(column.kind, len(column.levels)) for column in self.features)

    def __getitem__(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """The model's raw input: float32 (n, number of features); see :meth:`Column.encode`."""
        return np.column_stack([column.encode(frame[column.name]) for column in self.features])

    def answers(self, frame: pd.DataFrame) -> np.ndarray:
        """The target as float32 (n,), in its own unit."""
        return self.target.encode(frame[self.target.name])

    def digest(self, frame: pd.DataFrame) -> str:
        """SHA-256 of the rows' values in order, whatever file they came from."""
        values = np.column_stack([self.encode(frame), self.answers(frame)]).astype("<f4")
        return hashlib.sha256(values.tobytes()).hexdigest()

    def to_json(self) -> dict:
        """Content for a JSON file; :meth:`from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict) -> Schema:
        """The schema of a JSON file.

        Raises:
            Problem: the content is not that of a schema.
        """
        try:
            return cls(
                _column(content["target"]), tuple(_column(each) for each in content["features"])
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Problem(
                "La descripción de las columnas está dañada; vuelva a elegirlas."
            ) from None


def _column(content: dict) -> Column:
    usual = content.get("usual")
    column = Column(
        **content
        | {
            "levels": tuple(str(level) for level in content.get("levels", ())),
            "usual": tuple(float(end) for end in usual) if usual else None,
        }
    )
    texts = (column.name, column.label, column.short, column.unit)
    if not all(isinstance(text, str) for text in texts) or not column.name:
        raise ValueError("texts")
    if column.kind not in ("number", "yes_no", "category"):
        raise ValueError("kind")
    if column.usual is not None and len(column.usual) != 2:
        raise ValueError("usual")
    if column.kind == "category" and not 1 <= len(column.levels) <= MAX_LEVELS:
        raise ValueError("levels")
    return column


HOURS = Column(
    "Hours Studied", label="Horas de estudio", short="Estudio", unit="h por día", usual=(0, 24)
)
SCORES = Column(
    "Previous Scores", label="Notas previas", short="Notas", unit="puntos", usual=(0, 100)
)
ACTIVITIES = Column(
    "Extracurricular Activities",
    "yes_no",
    label="Actividades extracurriculares",
    short="Actividades",
)
SLEEP = Column(
    "Sleep Hours", label="Horas de sueño", short="Sueño", unit="h por día", usual=(0, 24)
)
PAPERS = Column(
    "Sample Question Papers Practiced",
    label="Exámenes de práctica",
    short="Exámenes",
    unit="cantidad",
    usual=(0, 100),
)
INDEX = Column(
    "Performance Index",
    label="Índice de rendimiento",
    short="Índice",
    unit="puntos",
    usual=(10, 100),
)
PUBLISHED = Schema(INDEX, (HOURS, SCORES, ACTIVITIES, SLEEP, PAPERS))
