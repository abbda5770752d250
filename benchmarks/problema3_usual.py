"""Problem 3 the usual way, as tutorials write it; ``problema3.py`` compares the project with it.

`image_dataset_from_directory`, a model that holds the frozen backbone, `compile` with its defaults,
`model.fit`.
"""

import shutil
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from scenes import classes
from scenes.config import Config
from scenes.data import dataset


def folders(scenes: dataset.Scenes, chosen: dict[str, np.ndarray], root: Path) -> None:
    """Copies of the training images as tutorials want them: <part>/<class>/<file>."""
    for part, index in chosen.items():
        for at in index:
            path, label = scenes.train_paths[at], classes.SCENES.names[scenes.train_labels[at]]
            target = root / part / label / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def images(root: Path, part: str, config: Config) -> Any:
    """Batches of the images of ``fit`` or ``validation``."""
    return keras.utils.image_dataset_from_directory(
        root / part,
        label_mode="categorical",
        class_names=list(classes.SCENES),
        image_size=(config.image_size, config.image_size),
        batch_size=config.batch_size,
        shuffle=part == "fit",
        seed=0,
        verbose=False,
    )


def backbone(root: Path, config: Config, weights: Path) -> float:
    """Seconds of fitting a head through the frozen backbone."""
    start = time.perf_counter()
    network = keras.applications.ResNet50(
        include_top=False,
        weights=None,
        input_shape=(config.image_size, config.image_size, 3),
        pooling=config.pooling,
    )
    network.load_weights(weights)
    network.trainable = False
    inputs = keras.Input((config.image_size, config.image_size, 3))
    x = keras.applications.resnet50.preprocess_input(inputs)
    x = network(x, training=False)
    model = keras.Model(inputs, keras.layers.Dense(6, activation="softmax")(x))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        images(root, "fit", config),
        validation_data=images(root, "validation", config),
        epochs=config.epochs,
        verbose=0,
    )
    return time.perf_counter() - start
