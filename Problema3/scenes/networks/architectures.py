"""The report's four networks, layer for layer.

Every network takes raw RGB images (0 to 255, any dtype) and returns a probability for each class.
What the published protocol left out, scaling and ResNet50's own preprocessing, is the first step
inside the network: whoever loads it cannot forget it. ``scaling=False`` leaves it out again.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers

from scenes.classes import SCENES
from scenes.config import NETWORKS
from scenes.networks import backbone

NAMES = NETWORKS
INPUT_SHAPE = (224, 224, 3)
NUM_CLASSES = len(SCENES)
MIN_SIZE = 32  # what ResNet50 asks for; the others' pooling needs 16
MEAN, DEVIATION = 114, 71  # of the training images' pixels
# The report names a dropout layer before the dense ones and not its rate. On validation images 0.2
# did no worse than 0.5 and fitted faster.
DROPOUT = 0.2

Shape = tuple[int, int, int]


def dense(
    input_shape: Shape = INPUT_SHAPE,
    num_classes: int = NUM_CLASSES,
    scaling: bool = True,
    activation: str = "relu",
    factor: float = 1.0,
) -> keras.Model:
    """Three hidden layers of 250 units on the flattened pixels.

    Args:
        input_shape: height, width, 3.
        num_classes: number of outputs.
        scaling: bring the pixels to mean 0 and variance 1, about, inside; ``False`` repeats the
            published protocol.
        activation: of the hidden layers.
        factor: of pixels that are not scaled otherwise.

    Returns:
        a network from (n, height, width, 3), raw 0..255, to (n, num_classes) probabilities.
    """
    images, x = _start(input_shape, scaling)
    if factor != 1:
        x = layers.Rescaling(factor)(x)
    x = layers.Flatten()(x)
    answers = _classify(x, (250, 250, 250), num_classes, activation)
    return keras.Model(images, answers, name="dense")


def convolutional(
    input_shape: Shape = INPUT_SHAPE, num_classes: int = NUM_CLASSES, scaling: bool = True
) -> keras.Model:
    """Three convolutions of 8, 16 and 32 filters, then two hidden layers. See :func:`dense`."""
    images, x = _start(input_shape, scaling)
    x = layers.Conv2D(8, 3, padding="same")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(16, 3, padding="same")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(DROPOUT)(x)
    return keras.Model(images, _classify(x, (250, 250), num_classes), name="cnn")


def residual(
    input_shape: Shape = INPUT_SHAPE, num_classes: int = NUM_CLASSES, scaling: bool = True
) -> keras.Model:
    """Four residual blocks and three hidden layers. See :func:`dense`."""
    images, x = _start(input_shape, scaling)
    x = layers.Conv2D(32, 3, padding="same")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(3)(x)
    x = _block(x, 64, project=True)
    x = _block(x, 64)
    x = _block(x, 128, stride=2, project=True)
    x = _block(x, 128)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, _classify(x, (256, 256, 256), num_classes), name="residual")


def transfer(
    input_shape: Shape = INPUT_SHAPE,
    num_classes: int = NUM_CLASSES,
    scaling: bool = True,
    pooling: str = "max",
    weights: Path | None = None,
) -> keras.Model:
    """A frozen ResNet50, global pooling, and one softmax layer. See :func:`dense`.

    Args:
        input_shape, num_classes: as in :func:`dense`.
        scaling: apply ResNet50's ``preprocess_input`` inside.
        pooling: ``max`` as in the report, or ``avg``.
        weights: file of ImageNet weights (:func:`scenes.networks.backbone.weights`);
            ``None``: random.
    """
    network = backbone.resnet50(input_shape[0], pooling, weights, scaling, width=input_shape[1])
    return join(network, head(num_classes))


def head(num_classes: int = NUM_CLASSES, features: int = backbone.FEATURES) -> keras.Model:
    """The softmax layer alone: (n, features) to (n, num_classes) probabilities."""
    pooled = keras.Input((features,), name="features")
    return keras.Model(pooled, _classify(pooled, (), num_classes), name="head")


def join(network: keras.Model, top: keras.Model, name: str = "resnet50") -> keras.Model:
    """A backbone and a head as one network, from images to probabilities; the backbone frozen."""
    network.trainable = False
    images = keras.Input(network.input_shape[1:], name="images")
    return keras.Model(images, top(network(images, training=False)), name=name)


def build(
    name: str,
    image_size: int,
    scaling: bool,
    pooling: str = "max",
    num_classes: int = NUM_CLASSES,
) -> keras.Model:
    """One of :data:`NAMES` for square images, freshly initialised.

    Raises:
        ValueError: no such network, or images smaller than :data:`MIN_SIZE`.
    """
    if name not in NAMES:
        raise ValueError(f"no network is called {name!r}; there are {', '.join(NAMES)}")
    if image_size < MIN_SIZE:
        raise ValueError(f"images of {image_size} pixels are too small: {MIN_SIZE} at least")
    shape = (image_size, image_size, 3)
    if name == "resnet50":
        return transfer(shape, num_classes, scaling, pooling)
    return {"dense": dense, "cnn": convolutional, "residual": residual}[name](
        shape, num_classes, scaling
    )


def _start(input_shape: Shape, scaling: bool):
    images = keras.Input(input_shape, name="images")
    return images, layers.Rescaling(1 / DEVIATION, -MEAN / DEVIATION)(images) if scaling else images


def _classify(x, hidden: tuple[int, ...], num_classes: int, activation: str = "relu"):
    for units in hidden:
        x = layers.Dense(units, activation=activation)(x)
    # float32 whatever the precision policy: a softmax in half precision loses small probabilities
    return layers.Dense(num_classes, activation="softmax", dtype="float32", name="probabilities")(x)


def _block(x, filters: int, stride: int = 1, project: bool = False):
    """Two convolutions and a shortcut; where the shape changes the shortcut is projected."""
    shortcut = x
    if project:
        shortcut = layers.Conv2D(filters, 1, strides=stride)(x)
        shortcut = layers.BatchNormalization()(shortcut)
    x = layers.Conv2D(filters, 3, strides=stride, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(layers.Add()([x, shortcut]))
