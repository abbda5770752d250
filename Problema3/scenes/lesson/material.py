"""The lesson's pictures: scenes generated for it, or somebody's folder.

The lesson tells networks apart that differ by a few points: it needs more test pictures than the
set that ``train.py`` generates. It starts with generated ones even where there are photographs, so
that everybody's figures are those of the published notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scenes.classes import SCENES
from scenes.data import dataset, sources
from scenes.data.dataset import Scenes
from scenes.data.images import shown
from scenes.data.sources import Source
from scenes.generator import simulate
from scenes.lesson import framing
from scenes.problems import Problem

PAINTED = 150  # pixels of side, as in the photographs
FOLDER = sources.SIMULATED.with_name("escenas_leccion")


@dataclass(frozen=True)
class Amount:
    """How many pictures of each class are generated."""

    train: int = 400
    test: int = 200


AMOUNT = Amount()


def find(
    data: str | Path | None,
    seed: int,
    announce: Callable[[str], None],
    amount: Amount = AMOUNT,
    folder: Path = FOLDER,
) -> Source:
    """Which pictures the lesson runs on.

    Args:
        data: a folder of pictures; ``None``: scenes generated into ``folder``.
        seed: of the generated scenes.
        announce: told, in Spanish, before something that takes long.
        amount, folder: of the generated scenes.

    Raises:
        Problem: the folder does not exist or holds no classes, or scenes cannot be written.
    """
    if data is not None:
        return sources.find(Path(data), announce=announce)
    root = folder.with_name(f"{folder.name}_{seed}")
    config = simulate.Simulation(amount.train, amount.test, seed, PAINTED)
    if not simulate.is_current(root, config):
        total = len(SCENES) * (amount.train + amount.test)
        announce(f"Se generan {total} escenas en «{shown(root)}»; tarda alrededor de un minuto…")
        try:
            simulate.write(root, amount.train, amount.test, seed, PAINTED)
        except OSError as error:
            raise Problem(
                f"No se pueden escribir las escenas en «{shown(root)}» ({error.strerror})."
            ) from None
    return Source(root, "simulated", "Se usan las imágenes generadas para esta lección.")


def load(
    source: Source,
    side: int,
    seed: int,
    limit: int | None = None,
    cache: Path | None = None,
) -> Scenes:
    """Decode pictures; generated ones are each seen through a window (:mod:`.framing`).

    Args:
        source: of :func:`find`.
        side: pixels of the squares that the networks read.
        seed: of the windows, and of which pictures are kept.
        limit: how many training pictures; test pictures in proportion.
        cache: folder for the decoded pictures; ``Problema3/cache`` without it.

    Raises:
        Problem: as :func:`scenes.data.dataset.load`.
    """
    inventory = dataset.scan(source, limit, seed)
    if source.kind != "simulated":
        return dataset.load(inventory, side, cache)
    return framing.framed(dataset.load(inventory, PAINTED, cache), side, seed)
