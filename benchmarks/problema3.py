"""Problem 3's training against the usual one, on the same images, in one run.

    python benchmarks/problema3.py [--data DIR] [--limit N] [--epochs E] [--json]

The usual way is that of tutorials (`problema3_usual.py`). Ours are the functions that `train.py`
calls. Both fit on the same training images.

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
- One picture from the shell, with and without an export (`problema3_picture.py`).
"""

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema3"))

import keras  # noqa: E402
import numpy as np  # noqa: E402
import problema3_picture as one_picture  # noqa: E402
import problema3_usual as usual  # noqa: E402

from scenes import hardware  # noqa: E402
from scenes.config import Config, preset  # noqa: E402
from scenes.data import dataset, sources  # noqa: E402
from scenes.data.batches import Batches  # noqa: E402
from scenes.networks import architectures, backbone  # noqa: E402
from scenes.problems import Problem  # noqa: E402
from scenes.training.checkpoints import Checkpoint  # noqa: E402
from scenes.training.fit import compile_model, fit  # noqa: E402
from scenes.training.recipes import CachedHead, Recipe  # noqa: E402
from scenes.training.train import train  # noqa: E402

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

    def __init__(self, batches: Batches):
        super().__init__(workers=1)
        self._batches = [batches[at] for at in range(len(batches))]

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, at):
        return self._batches[at]


class Killed(Exception):
    pass


def our_backbone(
    scenes: dataset.Scenes, config: Config, weights: Path, cache: Path
) -> dict[str, float]:
    """Seconds of the same through cached features, and of a second start with a warm cache."""
    seconds = {}
    for start in ("cold", "warm"):
        began = time.perf_counter()
        recipe = CachedHead("resnet50", scenes, config, weights, cache=cache)
        inputs = recipe.features(("train",), None)
        seconds[f"{start}_start"] = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as work:
            checkpoint = Checkpoint(Path(work), recipe.name)
            checkpoint.folder.mkdir()
            fit(architectures.head(), recipe.batches(inputs), config, checkpoint)
        seconds[start] = time.perf_counter() - began
    return seconds


def cnn_epochs(
    scenes: dataset.Scenes, root: Path, config: Config, index: np.ndarray
) -> dict[str, float]:
    """Median seconds of an epoch by kind of input; the kinds take turns, to share what disturbs.

    Args:
        index: of the training images to fit on, those that ``root`` has too.
    """
    directory = usual.images(root, "fit", config)
    plain = Batches(scenes.train, scenes.train_labels, index, config.batch_size, config.seed)
    shipped, _ = Recipe("cnn", scenes, config).batches({"train": scenes.train})
    policy = hardware.precision()
    kinds: dict[tuple[str, str], tuple[Any, str]] = {
        ("usual", "defaults"): (directory, "float32"),
        ("shipped", policy): (shipped, policy),
    }
    for each in dict.fromkeys(["float32", policy]):
        kinds[("directory", each)] = (directory, each)
        kinds[("cache", each)] = (plain, each)
        kinds[("memory", each)] = (InMemory(plain), each)
    models = {}
    for kind, (inputs, each) in kinds.items():
        keras.utils.set_random_seed(0)
        with hardware.dtype_policy(each):
            models[kind] = architectures.build("cnn", config.image_size, scaling=True)
        if kind[0] == "usual":
            models[kind].compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        else:
            compile_model(models[kind], config, len(inputs))
    clock = Clock()
    seconds: dict[tuple[str, str], list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, (inputs, _) in kinds.items():
            # the batches shuffle themselves, as the usual input does
            options = {} if inputs is directory else {"shuffle": False}
            models[kind].fit(inputs, epochs=1, verbose=0, callbacks=[clock], **options)
            seconds[kind].append(clock.seconds)
    # the first round compiles and fills the system's file cache
    return {" ".join(kind): statistics.median(each[1:]) for kind, each in seconds.items()}


def resumed(scenes: dataset.Scenes, config: Config, root: Path) -> dict:
    """Seconds of a whole run, and of the same killed in the middle and resumed."""
    ended = 0

    def killer(stage: str, done: int, total: int, logs: dict) -> None:
        nonlocal ended
        if logs:
            ended = logs["epoch"]
        elif ended == config.epochs // 2:  # at the next epoch's first step: this one is saved
            raise Killed

    recipe = Recipe("cnn", scenes, config)
    start = time.perf_counter()
    whole = train(recipe, root / "whole")
    between = time.perf_counter()
    with contextlib.suppress(Killed):
        train(recipe, root / "killed", killer)
    again = train(recipe, root / "killed", resume=True)
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
        chosen = dict(
            zip(
                ("fit", "validation"),
                dataset.split(scenes.train_labels, config.seed, config.validation_share),
                strict=True,
            )
        )
        usual.folders(scenes, chosen, root)
        ours = our_backbone(scenes, transfer, weights, root / "cache")
        through = usual.backbone(root, transfer, weights)
        epochs = cnn_epochs(scenes, root, config, chosen["fit"])
        again = resumed(scenes, dataclasses.replace(config, epochs=6), root)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, Keras {keras.__version__} on {keras.backend.backend()}",
        "data": scenes.name,
        "n_fit": len(chosen["fit"]),
        "n_validation": len(chosen["validation"]),
        "image_size": config.image_size,
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        "precision_as_shipped": hardware.precision(),
        "backbone_seconds": {"usual": through, **ours},
        "backbone_ratio": through / ours["cold"],
        "cnn_epoch_seconds": epochs,
        "cnn_ratio": epochs["usual defaults"] / epochs[f"shipped {hardware.precision()}"],
        "opening_seconds": dict(zip(("cold", "warm"), opening, strict=True)),
        "resuming_seconds": again,
        "one_picture": one_picture.measure(),
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
        f"{again['killed_and_resumed']:.1f} s, {same}\n"
    )
    one_picture.print_table(facts["one_picture"])


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
    except Problem as error:
        raise SystemExit(str(error)) from None
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        print_table(facts)


if __name__ == "__main__":
    main()
