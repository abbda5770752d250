"""Problem 3's training against the usual one, on the same images, in one run.

    python benchmarks/problema3.py [--data DIR] [--limit N] [--epochs E] [--json]

The usual way is written here as tutorials write it: `image_dataset_from_directory`, a model that
holds the frozen backbone, `compile` with its defaults, `model.fit`. Ours are the functions that
`train.py` calls. Both fit on the same training images.

- Frozen ResNet50, in float32: wall time of E epochs and their validation, everything from the
  opened images to the last epoch included; ours computes the features on the way, into an empty
  cache.
- An epoch of the convolutional network, medians of the epochs after the first: the usual way, and
  ours as `train.py` ships it (images out of the cache, mirrored, moved and zoomed at random; no XLA
  on a CPU; bfloat16 where the CPU has it). Then input alone: network and options the same, nothing
  changed at random. `in memory` gives the same batches without reading them: what an epoch takes
  above it is waiting for input.
- Starting again: decoding and features, cold and warm; a run killed after half of its epochs and
  resumed, against the same run uninterrupted.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema3"))

import keras  # noqa: E402
import numpy as np  # noqa: E402

from scenes import classes, hardware  # noqa: E402
from scenes.config import Config, preset  # noqa: E402
from scenes.data import batches, dataset, images, sources  # noqa: E402
from scenes.networks import architectures, backbone, features  # noqa: E402
from scenes.training import train  # noqa: E402

ROUNDS = 6
GOALS = {"backbone": 0.9, "cnn": 1.3, "waiting": 0.03}


class Clock(keras.callbacks.Callback):
    """Wall time from an epoch's beginning to the end of its last batch."""

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.seconds = time.perf_counter() - self._start


class InMemory(keras.utils.PyDataset):
    """Batches that are there already."""

    def __init__(self, made: batches.Batches):
        super().__init__(workers=1)
        self._batches = [made[at] for at in range(len(made))]

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, at):
        return self._batches[at]


class Killed(Exception):
    pass


def folders(scenes: dataset.Scenes, chosen: dict[str, np.ndarray], root: Path) -> None:
    """Copies of the training images as tutorials want them: <part>/<class>/<file>."""
    for part, index in chosen.items():
        for at in index:
            path, label = scenes.train_paths[at], classes.CLASSES[scenes.train_labels[at]]
            target = root / part / label / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def usual_input(root: Path, part: str, config: Config):
    return keras.utils.image_dataset_from_directory(
        root / part,
        label_mode="categorical",
        class_names=list(classes.CLASSES),
        image_size=(config.image_size, config.image_size),
        batch_size=config.batch_size,
        shuffle=part == "fit",
        seed=0,
        verbose=False,
    )


def usual_backbone(root: Path, config: Config, weights: Path) -> float:
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
    images = keras.Input((config.image_size, config.image_size, 3))
    x = keras.applications.resnet50.preprocess_input(images)
    x = network(x, training=False)
    model = keras.Model(images, keras.layers.Dense(6, activation="softmax")(x))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        usual_input(root, "fit", config),
        validation_data=usual_input(root, "validation", config),
        epochs=config.epochs,
        verbose=0,
    )
    return time.perf_counter() - start


def our_backbone(scenes: dataset.Scenes, config: Config, weights: Path, cache: Path) -> dict:
    """Seconds of the same through cached features, and of a second start with a warm cache."""
    found = {}
    for start in ("cold", "warm"):
        began = time.perf_counter()
        network = hardware.ready(backbone.resnet50(config.image_size, "both", weights))
        key = features.key(scenes.key, "train", network, "benchmark")
        held = features.features(scenes.train, network, key, cache)
        inputs = {"train": held[:, backbone.columns(config.pooling)]}
        found[f"{start}_start"] = time.perf_counter() - began
        fitting, validation = train.batches(inputs, scenes, config, augment=False)
        with tempfile.TemporaryDirectory() as work:
            model = architectures.head()
            train.fit(model, fitting, validation, config, Path(work), Path(work, "log.csv"))
        found[start] = time.perf_counter() - began
    return found


def cnn_epochs(scenes: dataset.Scenes, root: Path, config: Config, chosen: dict) -> dict:
    """Median seconds of an epoch by kind of input; the kinds take turns, to share what disturbs."""
    usual = usual_input(root, "fit", config)
    plain = batches.Batches(
        scenes.train, scenes.train_labels, chosen["fit"], config.batch_size, config.seed
    )
    shipped, _ = train.batches({"train": scenes.train}, scenes, config, augment=True)
    policy = hardware.precision()
    kinds = {
        ("usual", "defaults"): (usual, "float32"),
        ("shipped", policy): (shipped, policy),
    }
    for each in dict.fromkeys(["float32", policy]):
        kinds[("directory", each)] = (usual, each)
        kinds[("cache", each)] = (plain, each)
        kinds[("memory", each)] = (InMemory(plain), each)
    models = {}
    for kind, (inputs, each) in kinds.items():
        keras.config.set_dtype_policy(each)
        keras.utils.set_random_seed(0)
        models[kind] = architectures.build("cnn", config.image_size, scaling=True)
        keras.config.set_dtype_policy("float32")
        if kind[0] == "usual":
            models[kind].compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        else:
            train.compile_model(models[kind], config, len(inputs))
    clock, seconds = Clock(), {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, (inputs, _) in kinds.items():
            # the batches shuffle themselves, as the usual input does
            options = {} if inputs is usual else {"shuffle": False}
            models[kind].fit(inputs, epochs=1, verbose=0, callbacks=[clock], **options)
            seconds[kind].append(clock.seconds)
    # the first round compiles and fills the system's file cache
    return {" ".join(kind): statistics.median(each[1:]) for kind, each in seconds.items()}


def resumed(scenes: dataset.Scenes, config: Config, root: Path) -> dict:
    """Seconds of a whole run, and of the same killed in the middle and resumed."""

    ended = 0

    def killer(stage, done, total, logs):
        nonlocal ended
        if logs:
            ended = logs["epoch"]
        elif ended == config.epochs // 2:  # at the next epoch's first step: this one is saved
            raise Killed

    start = time.perf_counter()
    whole = train.train("cnn", scenes, config, root / "whole")
    between = time.perf_counter()
    with contextlib.suppress(Killed):
        train.train("cnn", scenes, config, root / "killed", killer)
    again = train.train("cnn", scenes, config, root / "killed", resume=True)
    return {
        "whole": between - start,
        "killed_and_resumed": time.perf_counter() - between,
        "same_history": again["history"] == whole["history"],
    }


def measure(arguments: argparse.Namespace) -> dict:
    # first: without them there is nothing to compare
    weights = backbone.weights(arguments.weights, lambda line: print(line, file=sys.stderr))
    source = sources.find(arguments.data)
    changes = {
        "image_size": arguments.image_size,
        "epochs": arguments.epochs,
        "patience": arguments.epochs,
    }
    config = dataclasses.replace(preset("corrected", "cnn"), **changes)
    transfer = dataclasses.replace(preset("corrected", "resnet50"), **changes)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        opening = []
        for _ in ("cold", "warm"):
            start = time.perf_counter()
            inventory = dataset.scan(source, arguments.limit)
            scenes = dataset.load(inventory, config.image_size, root / "cache")
            opening.append(time.perf_counter() - start)
        fit, validation = dataset.split(scenes.train_labels, config.seed, config.validation_share)
        chosen = {"fit": fit, "validation": validation}
        folders(scenes, chosen, root)
        ours = our_backbone(scenes, transfer, weights, root / "cache")
        usual = usual_backbone(root, transfer, weights)
        epochs = cnn_epochs(scenes, root, config, chosen)
        again = resumed(scenes, dataclasses.replace(config, epochs=6), root)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, Keras {keras.__version__} on {keras.backend.backend()}",
        "data": scenes.name,
        "n_fit": len(fit),
        "n_validation": len(validation),
        "image_size": config.image_size,
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        "precision_as_shipped": hardware.precision(),
        "backbone_seconds": {"usual": usual, **ours},
        "backbone_ratio": usual / ours["cold"],
        "cnn_epoch_seconds": epochs,
        "cnn_ratio": epochs["usual defaults"] / epochs[f"shipped {hardware.precision()}"],
        "opening_seconds": dict(zip(("cold", "warm"), opening, strict=True)),
        "resuming_seconds": again,
        "peak_memory_mib": hardware.peak_memory_mib(),
    }


def print_table(facts: dict) -> None:
    seconds, epochs = facts["backbone_seconds"], facts["cnn_epoch_seconds"]
    print(
        f"{facts['n_fit']} + {facts['n_validation']} images ({facts['data']}), "
        f"{facts['image_size']} pixels, batches of {facts['batch_size']}"
    )
    print(f"{facts['machine']}, peak memory {facts['peak_memory_mib']:.0f} MiB\n")
    print(f"{'':38}{'usual':>9}{'ours':>9}{'ratio':>8}   goal")
    print(
        f"{'ResNet50, ' + str(facts['epochs']) + ' epochs (s)':38}{seconds['usual']:9.1f}"
        f"{seconds['cold']:9.1f}{facts['backbone_ratio']:8.2f}   "
        f"at least {GOALS['backbone'] * facts['epochs']:g}"
    )
    policy = facts["precision_as_shipped"]
    print(
        f"{'convolutional, 1 epoch (s)':38}{epochs['usual defaults']:9.2f}"
        f"{epochs['shipped ' + policy]:9.2f}{facts['cnn_ratio']:8.2f}   at least {GOALS['cnn']:g}"
    )
    for each in dict.fromkeys(["float32", policy]):
        directory, cache, memory = (
            epochs[f"{kind} {each}"] for kind in ("directory", "cache", "memory")
        )
        print(f"{'  input alone, ' + each:38}{directory:9.2f}{cache:9.2f}{directory / cache:8.2f}")
        print(
            f"{'  waiting for input, ' + each:38}{'':9}{1 - memory / cache:9.1%}{'':8}   "
            f"under {GOALS['waiting']:.0%}"
        )
    print()
    opening, again = facts["opening_seconds"], facts["resuming_seconds"]
    print(f"{'':38}{'cold':>9}{'warm':>9}")
    print(f"{'checking and decoding (s)':38}{opening['cold']:9.2f}{opening['warm']:9.2f}")
    print(f"{'features (s)':38}{seconds['cold_start']:9.2f}{seconds['warm_start']:9.2f}")
    print(f"{'ResNet50, all epochs (s)':38}{seconds['cold']:9.2f}{seconds['warm']:9.2f}\n")
    same = "the same history" if again["same_history"] else "ANOTHER HISTORY"
    print(
        f"convolutional, 6 epochs: {again['whole']:.1f} s; killed after 3 and resumed: "
        f"{again['killed_and_resumed']:.1f} s, {same}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of images (found as train.py does)")
    parser.add_argument("--limit", type=int, default=1500, help="training images (1500)")
    parser.add_argument("--epochs", type=int, default=5, help="of the backbone's head (5)")
    parser.add_argument("--image-size", type=int, default=224, help="pixels (224)")
    parser.add_argument("--weights", type=Path, help="file of ResNet50's weights")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    try:
        facts = measure(arguments)
    except (backbone.BackboneError, images.DataError) as error:
        raise SystemExit(str(error)) from None
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        print_table(facts)


if __name__ == "__main__":
    main()
