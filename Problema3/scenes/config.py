"""How a network is trained: the corrected protocol and the published one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

PROTOCOLS = ("corrected", "report")
NETWORKS = ("dense", "cnn", "residual", "resnet50")  # the report's four
BEST = "best"  # ResNet50 fitted on, which the report did not try
# Two of the four, layer for layer, that learn from the answers of BEST: no rows of the report's.
DISTILLED = {"cnn_distilled": "cnn", "residual_distilled": "residual"}


@dataclass(frozen=True)
class Config:
    """Hyperparameters and protocol. The defaults are the corrected protocol's."""

    epochs: int = 20  # the report's maximum
    batch_size: int = 120  # the report's: 117 steps an epoch over its 14,034 images
    patience: int = 5  # the report's, on validation loss
    learning_rate: float = 1e-3  # Adam's default, which the report uses
    image_size: int = 224  # the report's
    seed: int = 0  # of the split, the first weights, the order, dropout and flips

    scaling: bool = True  # the report fed 0..255, and ResNet50 without preprocess_input
    # The report chose its epoch on the test images, which makes their score a best case.
    validate_on_test: bool = False
    validation_share: float = 0.1  # of the training images, otherwise
    # The report took the maximum of each ResNet50 channel; ImageNet's own top was trained on the
    # average, which is also what the validation images prefer.
    pooling: str = "avg"
    # A scene mirrored, moved or seen from nearer is a scene; only networks fitted on pixels see it.
    flips: bool = True
    shift: float = 0.1  # of the side, at most
    zoom: float = 0.1  # at most
    sharp: float = 0.0  # share of the images that neither move nor zoom blurs
    weight_decay: float = 0.05  # of AdamW; biases and normalisations are left alone
    # Keras's 0.99 needs hundreds of steps to forget the first ones, and smaller sets have few.
    norm_momentum: float = 0.9
    label_smoothing: float = 0.05  # some of the real labels are wrong (glacier/mountain)
    decay: bool = True  # cosine to 1 % of the rate: the last epochs settle instead of wandering
    warmup: float = 0.05  # part of the steps in which the rate rises first, where it decays
    # Epochs over which weights and normalisations' statistics are averaged, exponentially (which
    # replaces norm_momentum); the average is validated and kept. 0: as the steps leave them.
    averaging: float = 0.0
    # Pictures of none of the classes that are learnt for each image, as one class more
    # (scenes.data.background): what is kept of it is the rule of doubt.
    background: float = 0.0
    # Of fine-tuning alone: ResNet50's first stage that changes, and whether to answer with the mean
    # over an image and its mirror image, should validation prefer it.
    first_stage: int = 4
    mirrored: bool = True

    @property
    def protocol(self) -> str:
        """``report`` if it validates on the test images, else ``corrected``."""
        return "report" if self.validate_on_test else "corrected"


REPORT = Config(
    scaling=False,
    validate_on_test=True,
    pooling="max",
    flips=False,
    shift=0.0,
    zoom=0.0,
    weight_decay=0.0,
    norm_momentum=0.99,
    label_smoothing=0.0,
    decay=False,
)


# What differs from Config's defaults, by network and, of a head, pooling: the heads' as the
# validation images preferred.
TUNED: dict[str, dict[str, Any]] = {
    "cnn": {"background": 0.25},
    # Without averaging, the validation loss jumps at such rates and stops the training before they
    # fall. Fitted on interpolated images alone, it errs more on sharp ones.
    "residual": {"learning_rate": 4e-3, "averaging": 1.0, "sharp": 0.5, "zoom": 0.25},
    # The teacher's answers are soft without smoothing. The convolutional network has more epochs
    # than the report's: in as many, a teacher brought it nothing on validation.
    "cnn_distilled": {"epochs": 36, "label_smoothing": 0.0},
    "residual_distilled": {
        **{"learning_rate": 4e-3, "averaging": 1.0, "sharp": 0.5, "zoom": 0.25},
        "label_smoothing": 0.0,
    },
    "resnet50 avg": {"label_smoothing": 0.0, "weight_decay": 0.3},
    # maxima are large: without this the head fits single images
    "resnet50 max": {"label_smoothing": 0.0, "weight_decay": 10.0},
    # few epochs, since it starts near its end; smaller batches make enough steps of them
    BEST: {
        **{"learning_rate": 5e-5, "epochs": 5, "batch_size": 40, "patience": 3},
        **{"label_smoothing": 0.1, "zoom": 0.25},
    },
}


# A step moves each weight of the dense network's first layer by about the rate, and a unit's sum by
# that times the inputs: at 1e-3 and 224 pixels the first epoch ends with a loss of 3.4.
DENSE_RATE, DENSE_SIDE = 2e-5, 224


def preset(protocol: str, model: str, pooling: str | None = None, image_size: int = 224) -> Config:
    """The configuration of a network under one of :data:`PROTOCOLS`.

    Args:
        protocol: ``corrected`` or ``report``.
        model: name of the network (:data:`NETWORKS` or :data:`BEST`).
        pooling: of ResNet50's maps; the protocol's own without it.
        image_size: side of the images in pixels.
    """
    config = {"corrected": Config(), "report": REPORT}[protocol]
    config = replace(config, pooling=pooling or config.pooling, image_size=image_size)
    if protocol == "corrected":
        name = f"{model} {config.pooling}" if model == "resnet50" else model
        config = replace(config, **TUNED.get(name, {}))
        if model == "dense":
            rate = DENSE_RATE * (DENSE_SIDE / image_size) ** 2
            config = replace(config, learning_rate=min(rate, config.learning_rate))
    return config
