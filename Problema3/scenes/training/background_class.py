"""Networks that learn one class more: pictures of none of the others.

Hendrycks et al., «Deep Anomaly Detection with Outlier Exposure» (ICLR 2019), learn from other
people's pictures; these are made of the images themselves, or drawn. The class of its own is that
of object detectors.
"""

from __future__ import annotations

import functools

import keras

from scenes.classes import SCENES
from scenes.data import dataset
from scenes.data.background import pictures
from scenes.data.background.batches import BackgroundBatches
from scenes.data.batches import Batches
from scenes.training.recipes import Inputs, Recipe, changes


class BackgroundClass(Recipe):
    """A network fitted on pixels with one class more: pictures of none of the others.

    The network that is kept has the report's layers. Its softmax over the classes is that of the
    fitted one, given that the picture is of one of them. See :mod:`scenes.data.background`.
    """

    def batches(self, inputs: Inputs) -> tuple[Batches, Batches]:
        """Images and pictures of the background class to fit on, images to validate on."""
        config, labels, known = self.config, self.scenes.train_labels, self.scenes.classes
        chosen, held_out = dataset.split(labels, config.seed, config.validation_share)
        fitting = BackgroundBatches(
            *(inputs["train"], labels, chosen, config.batch_size, config.seed),
            share=config.background,
            draw=functools.partial(pictures.draw, upright=known == SCENES),
            change=changes(config),
            classes=len(known),
        )
        validation = Batches(
            *(inputs["train"], labels, held_out, config.batch_size), classes=len(known) + 1
        )
        return fitting, validation

    def build(self) -> keras.Model:
        """The layers that are fitted, with an output more."""
        return self._build(len(self.scenes.classes) + 1)

    def classifier(self, fitted: keras.Model) -> keras.Model:
        """The same layers without that output."""
        model = self._build(len(self.scenes.classes))
        *below, kernel, bias = fitted.get_weights()
        model.set_weights([*below, kernel[:, :-1], bias[:-1]])
        return model
