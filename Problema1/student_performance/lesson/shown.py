"""Figures as a notebook shows them, with a text for who does not see them."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure


class Shown:
    """A figure and its alternative text.

    Jupyter keeps the text beside the picture, and programs without pictures show it instead.
    """

    def __init__(self, figure: Figure, alternative: str):
        self.figure, self.alternative = figure, alternative

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict, dict]:
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=80)
        data = {"image/png": stream.getvalue(), "text/plain": self.alternative}
        return data, {"image/png": {"alt": self.alternative}}
