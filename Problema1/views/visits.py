"""What a visit holds, kept on the server: a reload of the page loses neither data nor models."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Any

import streamlit as st

PARAMETER = "visita"  # in the address of the page
# What is kept of a visit; widgets of the browser, as an uploaded file, cannot be.
KEPT = (
    "dataset",
    "raw",
    "mappings",
    "job",
    "curve",
    "kept",
    "in_use",
    "trainings",
    "students",
    "brushed",
)
LIMIT = 40  # visits; of more, the one that was left longest ago goes
HOURS = 12  # after which a visit is forgotten


class Visits:
    """The visits of a server, by their token."""

    def __init__(self) -> None:
        self._visits: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, token: str, state: dict[str, Any]) -> None:
        """Keep what a visit holds now, and forget the visits that are too many or too old."""
        with self._lock:
            self._visits[token] = (time.monotonic(), state)
            self._visits.move_to_end(token)
            while len(self._visits) > LIMIT or self._oldest() > 3600 * HOURS:
                self._visits.popitem(last=False)

    def find(self, token: str) -> dict[str, Any]:
        """What a visit held; nothing where it is not known."""
        with self._lock:
            _, state = self._visits.get(token, (0.0, {}))
            return dict(state)

    def _oldest(self) -> float:
        """Seconds since the visit that was left longest ago was seen."""
        seen, _ = next(iter(self._visits.values()))
        return time.monotonic() - seen


@st.cache_resource(show_spinner=False)
def visits() -> Visits:
    return Visits()


def enter(state: MutableMapping[Any, Any]) -> None:
    """Give a new browser session the visit that its address names, or a visit of its own."""
    if "token" not in state:
        token = st.query_params.get(PARAMETER, "")
        known = visits().find(token)
        state["token"] = token if known else secrets.token_urlsafe(16)
        for name, value in known.items():
            state[name] = value
    if st.query_params.get(PARAMETER) != state["token"]:  # a change of page clears them
        st.query_params[PARAMETER] = state["token"]


def leave(state: MutableMapping[Any, Any]) -> None:
    """Keep what the visit holds at the end of a run."""
    visits().keep(state["token"], {name: state[name] for name in KEPT if name in state})
