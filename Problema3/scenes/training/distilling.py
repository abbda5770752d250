"""A small network that learns from a larger one's answers to the very views that it sees.

After Hinton et al., «Distilling the Knowledge in a Neural Network» (2015), and, for the views that
teacher and student share and the long training, Beyer et al., «Knowledge Distillation: A Good
Teacher is Patient and Consistent» (CVPR 2022).
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from scenes import hardware
from scenes.config import DISTILLED, Config
from scenes.data import arrays, augmentation, dataset
from scenes.data.batches import Batches, predict
from scenes.networks import architectures, finetuning, half
from scenes.training.fit import Progress
from scenes.training.recipes import Inputs, Recipe, split

FORMAT = 1  # raise it when the views change: older answers are then left alone
VIEWS = 8  # of each image; the teacher's answers to them are computed once and kept
SHARE = 0.9  # of the target that is the teacher's answer; the rest is the label
BATCH = 64  # images that the teacher answers at a time


class Distilled(Recipe):
    """A network of the report fitted on another network's answers.

    Args:
        name: one of :data:`scenes.config.DISTILLED`.
        scenes: decoded images, of side ``config.image_size``.
        config: hyperparameters; the views are by its shift, zoom and flips.
        teacher: ``.keras`` file from images to probabilities, of any image size.
        cache: folder of the answers.
    """

    def __init__(
        self, name: str, scenes: dataset.Scenes, config: Config, teacher: Path, cache: Path
    ):
        super().__init__(name, scenes, config)
        self._teacher = teacher
        self._cache = cache
        self._answers = np.empty(0)

    def describe_run(self) -> dict:
        """As every run, and by which teacher."""
        return super().describe_run() | {"teacher": self.notes["teacher_sha256"]}

    def prepare(self, progress: Progress | None) -> Inputs:
        """The pixels; the teacher's answers are computed, now or by an earlier run."""
        self.notes = {
            "teacher_sha256": hashlib.sha256(self._teacher.read_bytes()).hexdigest(),
            "views": VIEWS,
            "teacher_share": SHARE,
        }
        self._answers = self.answers(progress)
        return super().prepare(progress)

    def answers(self, progress: Progress | None = None) -> np.ndarray:
        """The teacher's probabilities, float32 (views, n, classes), to all training images."""
        files = [self._cache / f"answers-{self._key(view)}.npy" for view in range(VIEWS)]
        shape = (len(self.scenes.train_labels), len(self.scenes.classes))
        teacher = None
        for view, path in enumerate(files):
            if arrays.read(path, shape, np.float32) is None:
                teacher = teacher or asked(self._teacher, self.config.image_size)
                rows = self._ask(teacher, view, progress)
                self._cache.mkdir(parents=True, exist_ok=True)
                arrays.write(path, [rows], shape[1:], np.float32)
        return np.stack([np.load(path, allow_pickle=False) for path in files])

    def view(self, chosen: np.ndarray, view: int) -> np.ndarray:
        """Training images (n,) as one view shows them: an image's own random numbers decide."""
        return np.concatenate(
            [
                augmentation.vary(
                    self.scenes.train[at : at + 1],
                    np.random.default_rng([FORMAT, view, int(at)]),
                    **self._changes,
                )
                for at in chosen
            ]
        )

    def batches(self, inputs: Inputs) -> tuple[Batches, Batches]:
        """Views and targets to fit on; validation as of every network."""
        _, validation = split(inputs, self.scenes, self.config, augment=False)
        labels = self.scenes.train_labels
        chosen, _ = dataset.split(labels, self.config.seed, self.config.validation_share)
        classes = len(self.scenes.classes)
        targets = SHARE * self._answers + (1 - SHARE) * np.eye(classes, dtype=np.float32)[labels]
        size, seed = self.config.batch_size, self.config.seed
        fitting = Batches(
            *(inputs["train"], labels, chosen, size, seed),
            classes=classes,
            answers=targets.astype(np.float32),
            view=self.view,
        )
        return fitting, validation

    def build(self) -> keras.Model:
        """The report's layers, freshly initialised."""
        return architectures.build(
            DISTILLED[self.name],
            self.config.image_size,
            self.config.scaling,
            num_classes=len(self.scenes.classes),
        )

    @functools.cached_property
    def _changes(self) -> dict[str, Any]:
        names = ("flips", "shift", "zoom", "sharp")
        return {name: getattr(self.config, name) for name in names}

    def _key(self, view: int) -> str:
        parts = [FORMAT, self.scenes.key, self.notes["teacher_sha256"], self._changes, view]
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()

    def _ask(self, teacher: keras.Model, view: int, progress: Progress | None) -> np.ndarray:
        total = len(self.scenes.train_labels)
        rows = []
        for start in range(0, total, BATCH):
            chosen = np.arange(start, min(start + BATCH, total))
            rows.append(predict(teacher, self.view(chosen, view), BATCH))
            if progress:
                progress("features", view * total + int(chosen[-1]) + 1, VIEWS * total, {})
        return np.concatenate(rows)


def asked(file: Path, image_size: int) -> keras.Model:
    """A teacher that takes square images of a size, resized to its own with bilinear filtering.

    A mirrored one answers to the view alone, in half of the time: the views mirror already.
    """
    with hardware.dtype_policy("float32"):
        teacher = finetuning.unmirrored(half.read(file))
        side = teacher.input_shape[1]
        images = keras.Input((image_size, image_size, 3), name="images")
        x = images
        if side != image_size:
            x = keras.layers.Resizing(side, side, interpolation="bilinear")(images)
        return hardware.ready(keras.Model(images, teacher(x)))
