"""What each correction of the published protocol changes, one at a time, over several seeds.

The plan is a list of variants of a configuration, the result a table of runs. Both are plain data:
the training itself is :func:`scenes.training.train.train`, as for every other network.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from scenes.config import Config, preset
from scenes.results import published
from scenes.results.optimism import optimism

NETWORKS = ("cnn", "resnet50")
DENSE = "dense"  # whose published log no repetition gives: each of LAYERS is tried once
SCORES = ("accuracy", "macro_auc", "log_loss", "ece")
BY_EPOCH = ("loss", "accuracy", "val_loss", "val_accuracy")
REPORT, ALL = "report", "all"

# What each variant changes in the published protocol, in the order of the table.
CHANGES: dict[str, dict[str, dict[str, Any]]] = {
    "cnn": {
        "scaling": {"scaling": True},
        "validation": {"validate_on_test": False},
        "augmentation": {"flips": True, "shift": Config.shift, "zoom": Config.zoom},
        # warm-up and cosine, with the decay of the weights that AdamW adds to Adam
        "schedule": {"decay": True, "weight_decay": Config.weight_decay},
        "smoothing": {"label_smoothing": Config.label_smoothing},
    },
    # a head on features: augmentation would mean to run the frozen backbone again
    "resnet50": {
        "scaling": {"scaling": True},
        "validation": {"validate_on_test": False},
        "pooling": {"pooling": "avg"},
        "schedule": {"decay": True},
        "weight_decay": {"weight_decay": 10.0},  # what the corrected head on maxima has
    },
}

# What the published dense network may have been: arguments of ``architectures.dense``.
LAYERS: dict[str, dict[str, Any]] = {
    REPORT: {},  # rectified layers on 0..255
    "sigmoid": {"activation": "sigmoid"},
    "tanh": {"activation": "tanh"},
    "unit": {"factor": 1 / 255},
    "unit_sigmoid": {"factor": 1 / 255, "activation": "sigmoid"},
}


@dataclass(frozen=True)
class Variant:
    """One row of the ablation.

    Attributes:
        network: its name.
        name: ``report``, what is changed, or ``all``.
        config: hyperparameters and protocol, seed 0.
        layers: what the dense network's layers are, where they are not the report's.
    """

    network: str
    name: str
    config: Config
    layers: Mapping[str, Any] = field(default_factory=dict)


def variants(network: str, image_size: int = Config.image_size) -> list[Variant]:
    """The published protocol, each change alone, and the corrected protocol.

    Of the dense network: the published protocol with each of ``LAYERS``.

    Args:
        network: one of ``NETWORKS``, or ``DENSE``.
        image_size: side of the images in pixels.
    """
    report = preset("report", network, image_size=image_size)
    if network == DENSE:
        return [Variant(DENSE, name, report, layers) for name, layers in LAYERS.items()]
    changed = {
        REPORT: report,
        **{name: replace(report, **change) for name, change in CHANGES[network].items()},
        # a background class serves the rule of doubt, and corrects nothing
        ALL: replace(preset("corrected", network, image_size=image_size), background=0.0),
    }
    return [Variant(network, name, config) for name, config in changed.items()]


def run_record(metrics: dict, answers: np.ndarray, labels: np.ndarray) -> dict:
    """What the table keeps of one training.

    Args:
        metrics: what ``train`` returns.
        answers, labels: of :func:`scenes.training.epoch_answers.read`; where they lack an epoch,
            the record says nothing of the optimism of choosing on the test.
    """
    complete = len(answers) == metrics["epochs_run"]
    kept = ("seed", "best_epoch", "epochs_run", "diverged", "n_fit", "n_validation", "fit_seconds")
    best = metrics["best_epoch"] - 1
    # a temperature is no part of the protocols compared
    compared = metrics | metrics.get("uncalibrated", {})
    return {
        **{score: compared[score] for score in SCORES},
        "val_accuracy": metrics["history"]["val_accuracy"][best],
        "val_loss": metrics["history"]["val_loss"][best],
        **{key: metrics[key] for key in kept},
        **{f"{key}_by_epoch": metrics["history"][key] for key in BY_EPOCH},
        "dtype_policy": metrics["dtype_policy"],
        "hardware": metrics["hardware"],
        **({"optimism": optimism(answers, labels)} if complete else {}),
    }


class Ablation:
    """The runs so far, to and from JSON.

    Args:
        content: what :meth:`to_json` returned before; empty to begin.
        images: key of the decoded images, which every run must share.
    """

    def __init__(self, content: dict, images: dict[str, Any]):
        rows = content.get("rows", []) if content.get("images") == images else []
        self._images = images
        self._rows = {(row["network"], row["name"]): row for row in rows}

    def has(self, variant: Variant, seed: int) -> bool:
        """Whether this run is there, with the same configuration."""
        row = self._row(variant)
        return row is not None and any(run["seed"] == seed for run in row["runs"])

    def add(self, variant: Variant, record: dict) -> None:
        """Keep a run; one with the same seed is replaced."""
        row = self._row(variant) or {
            "network": variant.network,
            "name": variant.name,
            "config": _settings(variant),
            "runs": [],
        }
        others = [run for run in row["runs"] if run["seed"] != record["seed"]]
        row["runs"] = sorted([*others, record], key=lambda run: run["seed"])
        self._rows[variant.network, variant.name] = row

    def to_json(self) -> dict:
        """All rows in the order of the variants, each with its means and deviations.

        Beside the dense network's are the report's figures.
        """
        order = [(net, each.name) for net in (*NETWORKS, DENSE) for each in variants(net)]
        rows = [self._rows[key] for key in order if key in self._rows]
        content = {"images": self._images, "rows": [row | summary(row["runs"]) for row in rows]}
        if any(row["network"] == DENSE for row in rows):
            content["published"] = {
                DENSE: asdict(published.REPORT[DENSE]) | {"log": asdict(published.DENSE_LOG)}
            }
        return content

    def _row(self, variant: Variant) -> dict | None:
        row = self._rows.get((variant.network, variant.name))
        if row is None:
            return None
        # what a configuration of before does not name was as it is by default
        settings = asdict(Config()) | row["config"]
        del settings["seed"]
        return row if settings == _settings(variant) else None


def summary(runs: list[dict]) -> dict[str, float | None]:
    """Mean and sample deviation of each score over the seeds; no deviation of a single run."""
    result: dict[str, float | None] = {}
    for score in SCORES:
        values = [run[score] for run in runs]
        result[f"{score}_mean"] = statistics.fmean(values)
        result[f"{score}_std"] = statistics.stdev(values) if len(values) > 1 else None
    return result


def _settings(variant: Variant) -> dict[str, Any]:
    """The configuration without its seed, which is the run's, and the layers where they differ."""
    settings = asdict(variant.config)
    del settings["seed"]
    return settings | ({"layers": dict(variant.layers)} if variant.layers else {})
