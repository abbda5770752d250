"""Which classes a network tells apart: their names, what people read, and their order.

The six scenes are the default. Whoever has other classes passes a :class:`Classes` of their own; it
travels with the images, and in the JSON beside a trained network.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

LEAST, MOST = 2, 50  # classes that a network can learn


@dataclass(frozen=True)
class Classes:
    """Classes in the order of a network's outputs; iterating gives their names.

    Attributes:
        names: of the folders, and in files; all different.
        labels: what people read, in Spanish where it is known; one for each name.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self):
        if len(self.names) != len(self.labels) or len(set(self.names)) != len(self.names):
            raise ValueError(f"{self.names} and {self.labels} do not describe classes")

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def index(self, name: str) -> int:
        """Position of a class by its name.

        Raises:
            ValueError: there is no such class.
        """
        return self.names.index(name)

    def label(self, name: str) -> str:
        """What people read for a class's name."""
        return self.labels[self.index(name)]

    def describe(self) -> dict[str, list[str]]:
        """``classes`` and ``class_labels``, for a network's JSON."""
        return {"classes": list(self.names), "class_labels": list(self.labels)}


SCENES = Classes(
    ("buildings", "forest", "glacier", "mountain", "sea", "street"),
    ("edificios", "bosque", "glaciar", "montaña", "mar", "calle"),
)


# Other names that a folder of one of the six may have; case, accents and hyphens never count
ALIASES = {
    "buildings": ("building", "edificio"),
    "forest": ("forests", "bosques"),
    "glacier": ("glaciers", "glaciares"),
    "mountain": ("mountains", "montañas"),
    "sea": ("mares",),
    "street": ("streets", "calles"),
}


def key(name: str) -> str:
    """A name as it is compared: without case, accents, and the marks that join words."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(plain.replace("_", " ").replace("-", " ").split())


def find(name: str, classes: Classes) -> str | None:
    """The class that a folder or a person calls so; nothing if it is none of them."""
    wanted = key(name)
    for own, label in zip(classes.names, classes.labels, strict=True):
        others = ALIASES.get(own, ()) if label in SCENES.labels else ()
        if wanted in map(key, (own, label, *others)):
            return own
    return None


def near(name: str, classes: Classes) -> str | None:
    """The class whose name or label looks most like one that is none of them."""
    known = {key(label): own for own, label in zip(classes.names, classes.labels, strict=True)}
    known |= {key(own): own for own in classes.names}
    close = difflib.get_close_matches(key(name), known, n=1, cutoff=0.75)
    return known[close[0]] if close else None


def named(names: Iterable[str]) -> Classes:
    """Classes of these names, in this order; all six scenes get their own, whatever their names.

    Raises:
        ValueError: two names of one class.
    """
    own = tuple(names)
    scenes = tuple(find(name, SCENES) or name for name in own)
    if set(scenes) == set(SCENES):
        own = scenes
    labels = (SCENES.label(n) if n in SCENES.names else n.replace("_", " ") for n in own)
    return Classes(own, tuple(labels))


def described(metrics: Mapping) -> Classes | None:
    """The classes that a network's JSON names (:meth:`Classes.describe`); nothing if it does not.

    Networks trained before classes were written down know the six scenes.
    """
    names = metrics.get("classes")
    if names is None or not _are_texts(names):
        return None
    labels = metrics.get("class_labels")
    if labels is None or not _are_texts(labels) or len(labels) != len(names):
        labels = names
    return Classes(tuple(names), tuple(labels)) if len(set(names)) == len(names) else None


def of(metrics: Mapping) -> Classes:
    """The classes that a network's JSON names; without any, the six scenes."""
    return described(metrics) or SCENES


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)
