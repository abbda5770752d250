"""How each network is trained: on pixels, as a head on cached features, or fine-tuned.

A recipe says what the fitted layers see, builds them, and finishes the network that is kept.
"""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from scenes import hardware
from scenes.config import Config, preset
from scenes.data import augmentation, dataset
from scenes.data.batches import Batches, Change
from scenes.data.cache import CACHE
from scenes.networks import architectures, backbone, features, finetuning
from scenes.training.checkpoints import Checkpoint
from scenes.training.fit import Progress, fit
from scenes.training.group import Alone

Inputs = dict[str, np.ndarray]  # «train» and «test», in the order of the scenes


class Recipe:
    """A network fitted on pixels; the base of the others.

    Args:
        name: one of :data:`scenes.config.NETWORKS`, or ``best``.
        scenes: decoded images, of side ``config.image_size``.
        config: hyperparameters and protocol.

    Attributes:
        notes: what the result's JSON says about the backbone, where there is one.
        frozen_parameters: of the backbone that is no part of the fitted network.
    """

    augments = True  # whether flips, shift and zoom apply to what the fitted layers see

    def __init__(self, name: str, scenes: dataset.Scenes, config: Config):
        self.name = name
        self.scenes = scenes
        self.config = config
        self.notes: dict[str, Any] = {}
        self.frozen_parameters = 0

    @functools.cached_property
    def dtype_policy(self) -> str:
        """Name of the precision to fit in."""
        return hardware.precision()

    def describe_run(self) -> dict:
        """What makes a resumed run the same one, for JSON; after :meth:`prepare`."""
        return {
            "model": self.name,
            "config": dataclasses.asdict(self.config),
            "images": self.scenes.key,
            "backbone": self.notes.get("backbone_sha256"),
            "backend": keras.backend.backend(),
            "dtype_policy": self.dtype_policy,
        }

    def prepare(self, progress: Progress | None) -> Inputs:
        """What the fitted layers see."""
        return {"train": self.scenes.train, "test": self.scenes.test}

    def warm_up(self, progress: Progress | None) -> None:
        """Compute what only a run that starts anew needs."""

    def batches(self, inputs: Inputs) -> tuple[Batches, Batches]:
        """What to fit on and what to validate on, as the protocol says."""
        return split(inputs, self.scenes, self.config, self.augments)

    def build(self) -> keras.Model:
        """The layers that are fitted, freshly initialised."""
        return self._build(len(self.scenes.classes))

    def classifier(self, fitted: keras.Model) -> keras.Model:
        """The network of the classes alone, from the one that was fitted."""
        return fitted

    def initial(self, group: Alone) -> keras.Model:
        """The network whose fitting begins, in its precision."""
        with hardware.dtype_policy(self.dtype_policy):
            return self.build()

    def finish(self, model: keras.Model, validation: Batches) -> keras.Model:
        """The network that is saved, from one in float32 with the best epoch's weights."""
        return model

    def _build(self, outputs: int) -> keras.Model:
        config = self.config
        return architectures.build(
            self.name, config.image_size, config.scaling, num_classes=outputs
        )


class CachedHead(Recipe):
    """A softmax layer on a frozen backbone, which runs once per image.

    That gives what fitting through the backbone would give, since the backbone sees each image
    unchanged every epoch. For the same reason the flips of the other networks do not apply to it.

    Args:
        weights: ResNet50's file (:func:`scenes.networks.backbone.weights`).
        frozen: another backbone in its place, from images to features.
        cache: folder of the features; that of the decoded images without it.
    """

    augments = False

    def __init__(
        self,
        name: str,
        scenes: dataset.Scenes,
        config: Config,
        weights: Path | None = None,
        frozen: keras.Model | None = None,
        cache: Path | None = None,
    ):
        super().__init__(name, scenes, config)
        self._weights = weights
        self._frozen = frozen
        self._cache = cache or CACHE
        self._width = 0

    @functools.cached_property
    def dtype_policy(self) -> str:
        """A single layer gains nothing from half precision."""
        return "float32"

    def prepare(self, progress: Progress | None) -> Inputs:
        """The features of all images, computed now or by an earlier run."""
        inputs = self.features(("train", "test"), progress)
        self._width = inputs["train"].shape[-1]
        return inputs

    def features(self, parts: tuple[str, ...], progress: Progress | None) -> Inputs:
        """The backbone's answer to some parts of the images; ``notes`` says what it was."""
        config = self.config
        network, columns = self._frozen, slice(None)
        if network is None:
            # both poolings in one pass over the images
            network = backbone.resnet50(config.image_size, "both", self._weights, config.scaling)
            columns = backbone.columns(config.pooling)
        network.trainable = False
        hardware.ready(network)
        images = {part: getattr(self.scenes, part) for part in parts}
        total = sum(map(len, images.values()))
        inputs, cached, seconds, before = {}, [], [], 0
        for part, pixels in images.items():
            tell = functools.partial(_report, progress, before, total)
            key = features.key(self.scenes.key, part, network, f"scaling={config.scaling}")
            cached.append(features.file(key, self._cache).is_file())
            inputs[part] = features.features(pixels, network, key, self._cache, tell)[:, columns]
            seconds.append(features.seconds(key, self._cache))
            before += len(pixels)
        known = [each for each in seconds if each is not None]
        self.notes = {
            "features_cached": any(cached),
            "features_seconds": sum(known) if len(known) == len(seconds) else None,
            "backbone_sha256": backbone.digest(network),
        }
        self.frozen_parameters = network.count_params()
        return inputs

    def build(self) -> keras.Model:
        """The head."""
        return architectures.head(len(self.scenes.classes), self._width)


class FineTuning(Recipe):
    """ResNet50's last stages fitted on, from the point that a fitted head reached.

    See :mod:`scenes.networks.finetuning`.

    Args:
        weights: ResNet50's file.
        cache: folder of the features that the head is fitted on.
    """

    def __init__(
        self,
        name: str,
        scenes: dataset.Scenes,
        config: Config,
        weights: Path | None = None,
        cache: Path | None = None,
    ):
        super().__init__(name, scenes, config)
        self._weights = weights
        self._cache = cache
        self._pooled: Inputs = {}

    def prepare(self, progress: Progress | None) -> Inputs:
        """The pixels; ``notes`` gets the backbone's digest."""
        config = self.config
        start = backbone.resnet50(config.image_size, config.pooling, self._weights, config.scaling)
        self.notes["backbone_sha256"] = backbone.digest(start)
        return super().prepare(progress)

    def warm_up(self, progress: Progress | None) -> None:
        """The features that the head is fitted on."""
        head = CachedHead(self.name, self.scenes, self.config, self._weights, cache=self._cache)
        self._pooled = head.features(("train",), progress)
        self.notes |= {key: head.notes[key] for key in ("features_cached", "features_seconds")}

    def build(self) -> keras.Model:
        """The whole network, random."""
        return finetuning.build(self.config, None, num_classes=len(self.scenes.classes))

    def initial(self, group: Alone) -> keras.Model:
        """The whole network with ResNet50's weights and, unless a state is restored, the head's."""
        head = self._fitted_head(group) if self._pooled else None
        with hardware.dtype_policy(self.dtype_policy):
            classes = len(self.scenes.classes)
            return finetuning.build(self.config, self._weights, head, classes)

    def finish(self, model: keras.Model, validation: Batches) -> keras.Model:
        """In half precision, and mirrored if validation prefers it."""
        model, self.notes["validation"] = finetuning.finish(model, validation, self.config)
        return model

    def _fitted_head(self, group: Alone) -> keras.Model:
        """ResNet50's head as ``resnet50`` has it, after its last epoch: no file to share, then."""
        settings = dataclasses.replace(
            preset("corrected", "resnet50", self.config.pooling, self.config.image_size),
            seed=self.config.seed,
            validation_share=self.config.validation_share,
        )
        size = group.even(settings.batch_size)  # a batch is shared out evenly
        settings = dataclasses.replace(settings, batch_size=size)
        head = architectures.head(len(self.scenes.classes), self._pooled["train"].shape[-1])
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = Checkpoint(Path(folder), "head")
            checkpoint.folder.mkdir()
            batches = split(self._pooled, self.scenes, settings, augment=False)
            fit(head, batches, settings, checkpoint, group=group)
        return head


def _report(progress: Progress | None, before: int, total: int, done: int, _: int) -> None:
    """Tell the images of one part as a share of all."""
    if progress:
        progress("features", before + done, total, {})


def split(
    inputs: Inputs, scenes: dataset.Scenes, config: Config, augment: bool
) -> tuple[Batches, Batches]:
    """What to fit on and what to validate on, as the protocol says.

    Args:
        inputs: images or features.
        scenes: whose labels they have.
        config: protocol, seed, batch size.
        augment: whether these inputs are images, which flips, shift and zoom apply to.
    """
    every = np.arange(len(scenes.train_labels))
    chosen, held_out, part = every, np.arange(len(scenes.test_labels)), "test"
    labels = {"train": scenes.train_labels, "test": scenes.test_labels}
    if not config.validate_on_test:
        chosen, held_out = dataset.split(scenes.train_labels, config.seed, config.validation_share)
        part = "train"
    size, classes = config.batch_size, len(scenes.classes)
    change = changes(config) if augment else None
    return (
        Batches(inputs["train"], labels["train"], chosen, size, config.seed, change, classes),
        Batches(inputs[part], labels[part], held_out, size, classes=classes),
    )


def changes(config: Config) -> Change | None:
    """What happens at random to the images that are fitted on."""
    if not (config.flips or config.shift or config.zoom):
        return None
    names = ("flips", "shift", "zoom", "sharp")
    return functools.partial(augmentation.vary, **{name: getattr(config, name) for name in names})
