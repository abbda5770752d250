"""Which recipe a network is trained by."""

from __future__ import annotations

from pathlib import Path

from scenes.config import BEST, DISTILLED, Config
from scenes.data import dataset
from scenes.data.cache import CACHE
from scenes.networks.described import SHIPPED
from scenes.training.background_class import BackgroundClass
from scenes.training.distilling import Distilled
from scenes.training.recipes import CachedHead, FineTuning, Recipe

TEACHER = SHIPPED / f"scenes_{BEST}.keras"


def recipe(
    name: str,
    scenes: dataset.Scenes,
    config: Config,
    weights: Path | None = None,
    cache: Path | None = None,
    teacher: Path = TEACHER,
) -> Recipe:
    """The recipe of a network.

    Args:
        name: one of :data:`scenes.config.NETWORKS` or of :data:`scenes.config.DISTILLED`, or
            ``best``, whose file holds float16.
        scenes: decoded images, of side ``config.image_size``.
        config: hyperparameters and protocol.
        weights: ResNet50's file, for ``resnet50`` and ``best``.
        cache: folder of features and answers; that of the decoded images without it.
        teacher: network that a distilled one learns from.
    """
    if name == "resnet50":
        return CachedHead(name, scenes, config, weights, cache=cache)
    if name == BEST:
        return FineTuning(name, scenes, config, weights, cache)
    if name in DISTILLED:
        return Distilled(name, scenes, config, teacher, cache or CACHE)
    return (BackgroundClass if config.background else Recipe)(name, scenes, config)
