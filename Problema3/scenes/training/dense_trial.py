"""The dense network with other layers than the report's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from scenes.config import Config
from scenes.data import dataset
from scenes.networks import architectures
from scenes.training.recipes import Recipe


class DenseTrial(Recipe):
    """The dense network, fitted on pixels.

    Args:
        layers: arguments of :func:`scenes.networks.architectures.dense`.
    """

    def __init__(
        self, name: str, scenes: dataset.Scenes, config: Config, layers: Mapping[str, Any]
    ):
        super().__init__(name, scenes, config)
        self._layers = dict(layers)

    def describe_run(self) -> dict:
        """The layers make it another run, too."""
        return super().describe_run() | {"layers": self._layers}

    def build(self) -> keras.Model:
        """The network, freshly initialised."""
        shape = (self.config.image_size, self.config.image_size, 3)
        classes = len(self.scenes.classes)
        return architectures.dense(shape, classes, self.config.scaling, **self._layers)
