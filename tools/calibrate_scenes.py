"""Fit temperature and rule of doubt of networks of Problem 3 that are trained already.

    python tools/calibrate_scenes.py [--data DIR] [--weights FILE] MODEL ...

`train.py` does it for what it trains. The validation images are found again by the seed and the
share in the network's JSON, and only in the images that it was trained on. The test images are
answered anew: scores, probabilities and export of the network are those with the temperature.
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
from scenes.data.dataset import Scenes  # noqa: E402
from scenes.networks import described, doubt  # noqa: E402
from scenes.networks.doubt import Rule  # noqa: E402
from scenes.problems import Problem  # noqa: E402

BATCH = 32


def trained_on(model: str, data: Path | None) -> tuple[Scenes, np.ndarray]:
    """The images that a network was trained on and the positions that validated it.

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
    return scenes, held_out


def calibrate(
    model: str, data: Path | None, weights: Path | None
) -> tuple[dict, np.ndarray, np.ndarray, Rule]:
    """A network's JSON with its temperature, test probabilities and labels, and rule of doubt."""
    scenes, held_out = trained_on(model, data)
    from scenes.data.batches import Batches
    from scenes.networks import loading, temperature
    from scenes.results import scores
    from scenes.training import doubting
    from scenes.training.train import uncalibrated

    metrics = described.describe(model)
    network = loading.load(model, weights)
    temperature.fold(network, 1 / metrics.get(temperature.KEY, 1))  # as it was trained
    validation = Batches(
        scenes.train, scenes.train_labels, held_out, BATCH, classes=len(scenes.classes)
    )
    degree = temperature.fit(*temperature.validation_views(network, validation))
    views = temperature.views(network, scenes.test, BATCH)
    probabilities = temperature.answers(views, degree).astype(np.float16)
    temperature.fold(network, degree)
    measured = scores.measure(probabilities.astype(np.float64), scenes.test_labels, scenes.classes)
    metrics |= measured
    metrics |= {temperature.KEY: degree, "uncalibrated": uncalibrated(views, scenes)}
    before = doubt.read(described.locate(model))
    if before and before.kind == "background":  # only a training makes another layer
        rule = doubting.fit_background(network, validation, before.layer[:-1], before.layer[-1])
    else:
        rule = doubting.fit(network, validation, "", degree)
    return metrics, probabilities, scenes.test_labels, rule


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Fit, write, and say what changed."""
    for model in arguments.models:
        metrics, probabilities, labels, rule = calibrate(model, arguments.data, arguments.weights)
        from scenes.results import stored

        network = described.locate(model)
        with files.staging(network.parent, network.stem) as stage:
            copy = stage / network.name
            copy.write_bytes(network.read_bytes())
            stored.write_json(metrics, copy.with_suffix(".json"))
            stored.write_probabilities(
                stage / f"{network.stem}_probabilities.npz", probabilities, labels
            )
            doubt.write(rule, copy)
            stored.export(copy)
            copy.unlink()  # it stays as it is
            files.commit(stage)
        before = metrics["uncalibrated"]
        console.print(
            f"{model}: temperature {metrics['temperature']:.4f}; ECE {before['ece']:.4f} before, "
            f"{metrics['ece']:.4f} after; log loss {before['log_loss']:.4f}, "
            f"{metrics['log_loss']:.4f}; accuracy {before['accuracy']:.4f}, "
            f"{metrics['accuracy']:.4f}; doubtful by {rule.kind} beyond {rule.threshold:.6f}"
        )


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
