"""Fit the rule of doubt of networks of Problem 3 that are trained already, and write it.

    python tools/doubt_scenes.py [--data DIR] [--weights FILE] MODEL ...

`train.py` does it for what it trains. The validation images are found again by the seed and the
share in the network's JSON, and only in the images that it was trained on.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema3"))

from scenes import files, terminal  # noqa: E402
from scenes.data import dataset, sources  # noqa: E402
from scenes.networks import described, doubt  # noqa: E402
from scenes.networks.doubt import Rule  # noqa: E402
from scenes.problems import Problem  # noqa: E402

BATCH = 32


def validation(model: str, data: Path | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (n, height, width, 3), labels (n,) and the positions that validated a network.

    Raises:
        Problem: it was not trained on these images, or validated on the test ones.
    """
    metrics = described.describe(model)
    config = metrics.get("config", {})
    if not config or config["validate_on_test"]:
        raise Problem(f"«{model}» no apartó imágenes de validación.")
    inventory = dataset.scan(sources.find(data), seed=metrics["seed"])
    scenes = dataset.load(inventory, config["image_size"])
    if scenes.key != metrics["data_key"]:
        raise Problem(f"«{model}» no se entrenó con estas imágenes; indíquelas con --data.")
    _, held_out = dataset.split(scenes.train_labels, config["seed"], config["validation_share"])
    return scenes.train, scenes.train_labels, held_out


def fit(model: str, data: Path | None, weights: Path | None) -> Rule:
    """A network's rule."""
    images, labels, held_out = validation(model, data)
    from scenes.data.batches import Batches
    from scenes.networks import loading
    from scenes.training import doubting

    network = loading.load(model, weights)
    classes = network.output_shape[-1]
    return doubting.fit(network, Batches(images, labels, held_out, BATCH, classes=classes), "")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Fit and write the rules, and say what they are."""
    for model in arguments.models:
        rule = fit(model, arguments.data, arguments.weights)
        network = described.locate(model)
        with files.staging(network.parent, network.stem) as stage:
            (stage / network.name).write_bytes(network.read_bytes())
            doubt.write(rule, stage / network.name)
            (stage / network.name).unlink()  # it stays as it is
            files.commit(stage)
        console.print(f"{model}: {rule.kind}, beyond {rule.threshold:.6f} ({rule.count} images)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", metavar="MODEL", help="shipped name or .keras file")
    parser.add_argument("--data", type=Path, metavar="DIR", help="what they were trained on")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="ResNet50's, for a head")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
    return terminal.run(lambda console: run(arguments, console))


if __name__ == "__main__":
    sys.exit(main())
