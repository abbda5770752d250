"""Trained networks' results: read back from their files, as tables, and put into sentences."""

from __future__ import annotations

import json
import shutil
import statistics
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenes import files
from scenes.formatting import MODELS, number
from scenes.networks import described, doubt
from scenes.networks.described import SHIPPED

LOOKS = (
    "test_looks"  # in a published JSON: each time that trainings of the name were judged, and why
)
LARGEST = 50 * 2**20  # bytes of a network in the repository: all but the dense one's 150 MB


@dataclass(frozen=True)
class Stored:
    """What ``models/scenes_<name>.json`` and ``.npz`` hold of one network.

    Attributes:
        metrics: the JSON.
        probabilities: float64 (n, classes), of the test images.
        labels: int64 (n,).
        seeds: test accuracies of the same training with several seeds, this one's included; empty
            where it was not repeated.
    """

    metrics: dict
    probabilities: np.ndarray
    labels: np.ndarray
    seeds: tuple[float, ...] = ()


def read_probabilities(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, classes) and labels (n,) of a file that training wrote.

    Raises:
        OSError, ValueError, KeyError: no such file, or not of this kind.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            return held["probabilities"].astype(np.float64), held["labels"].astype(np.int64)
    except (EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name}: {error}") from None


def write_probabilities(path: Path, probabilities: np.ndarray, labels: np.ndarray) -> None:
    """Write the file that :func:`read_probabilities` reads."""
    with open(path, "wb") as file:
        np.savez_compressed(file, probabilities=probabilities, labels=labels)


def read_json(path: Path) -> dict:
    """The object in a JSON file; an empty one if there is none to read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(content: dict, path: Path) -> None:
    """Write indented JSON, whole or not at all."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with files.replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def stored(folder: Path = SHIPPED, protocol: str = "corrected") -> dict[str, Stored]:
    """The shipped results of each network that has both files, in the report's order.

    The seeds are those of ``repeats`` in the JSON or, without them, of the ablation's row with the
    same configuration and images.

    Args:
        folder: where they are.
        protocol: one of :data:`scenes.config.PROTOCOLS`.
    """
    ending = "_report" if protocol == "report" else ""
    ablation = read_json(folder / "scenes_ablation.json")
    results = {}
    for name in MODELS:
        stem = f"scenes_{name}{ending}"
        files.recover(folder, stem)
        try:
            text = (folder / f"{stem}.json").read_text(encoding="utf-8")
            probabilities, labels = read_probabilities(folder / f"{stem}_probabilities.npz")
        except FileNotFoundError:
            continue
        metrics = json.loads(text)
        seeds = accuracies(metrics) or _ablated(metrics, ablation)
        results[name] = Stored(metrics, probabilities, labels, seeds)
    return results


def accuracies(metrics: dict) -> tuple[float, ...]:
    """Test accuracies of a training's several seeds; none where it has only one."""
    runs = metrics.get("repeats", [])
    return tuple(run["accuracy"] for run in runs) if len(runs) > 1 else ()


def _ablated(metrics: dict, ablation: dict) -> tuple[float, ...]:
    """The same of the ablation's runs with the same network, images and configuration."""
    if not ablation or ablation["images"]["data_key"] != metrics.get("data_key"):
        return ()
    settings = {key: value for key, value in metrics["config"].items() if key != "seed"}
    for row in ablation["rows"]:
        same = settings.items() <= row["config"].items()
        if row["network"] == metrics["model"] and same and len(row["runs"]) > 1:
            return tuple(run["accuracy"] for run in row["runs"])
    return ()


def over_seeds(seeds: tuple[float, ...]) -> str:
    """«0,869 ± 0,005 (3)»: mean and sample deviation of accuracies, and of how many seeds."""
    if len(seeds) < 2:
        return "—"
    mean, deviation = statistics.fmean(seeds), statistics.stdev(seeds)
    return f"{number(mean, 3)} ± {number(deviation, 3)} ({len(seeds)})"


def publish(name: str, out: Path, folder: Path = SHIPPED) -> list[Path]:
    """Copy what a training wrote to where the project ships it, with an export of small networks.

    A head on ResNet50's maxima is published as ``resnet50_max``, beside that on its averages; a
    network trained as the report did as ``<name>_report``, its figures alone.

    Args:
        name: of the network.
        out: folder that :func:`scenes.training.train` wrote.
        folder: where to.

    Returns:
        the files written.

    Raises:
        files.BusyError: another process is publishing it.
    """
    metrics = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    target = f"scenes_{name}"
    endings = ["_probabilities.npz", ".keras", ".json"]
    if metrics["protocol"] == "report":
        target += "_report"
    elif name == "resnet50" and metrics["config"]["pooling"] == "max":
        target += "_max"
    if metrics["protocol"] == "report" or (out / f"{name}.keras").stat().st_size > LARGEST:
        endings.remove(".keras")
    elif doubt.read(out / f"{name}.keras"):
        endings.append(doubt.ENDING)
    with files.staging(folder, target) as work:
        for ending in endings:
            shutil.copyfile(out / f"{name}{ending}", work / f"{target}{ending}")
        before = read_json(folder / f"{target}.json").get(LOOKS, [])
        write_json(metrics | {LOOKS: [*before, look(metrics)]}, work / f"{target}.json")
        if export(work / f"{target}.keras"):
            endings.append(".tflite")
        for ending in {".keras", ".tflite", doubt.ENDING} - set(
            endings
        ):  # not those of another training
            (folder / f"{target}{ending}").unlink(missing_ok=True)
        files.commit(work)
    return [folder / f"{target}{ending}" for ending in endings]


def look(metrics: dict) -> dict[str, int | str]:
    """What a training adds to the ledger of looks at the test images: how many, and at what."""
    seeds = [run["seed"] for run in metrics.get("repeats", [metrics])]
    return {"looks": len(seeds), "why": f"published; seeds {', '.join(map(str, seeds))}"}


def looks(metrics: dict) -> int:
    """How often networks of this name were judged on the test images, this one included."""
    return sum(each["looks"] for each in metrics.get(LOOKS, []))


def export(network: Path) -> bool:
    """Write the LiteRT file of a small network beside it and note its SHA-256 in the JSON there.

    Args:
        network: ``.keras`` file, with its JSON beside it.

    Returns:
        whether it is such a network.
    """
    from scenes.networks import exported, exporting  # which bring Keras along

    if not exporting.is_wanted(network):
        return False
    metrics = read_json(network.with_suffix(".json"))
    metrics[exported.DIGEST] = exporting.export(
        network, network.with_suffix(".tflite"), metrics.get("temperature", 1.0)
    )
    write_json(metrics, network.with_suffix(".json"))
    return True


def add_export(name: str, folder: Path = SHIPPED) -> bool:
    """Give a network that is published already its export; as :func:`export`.

    Raises:
        Problem: there is no such network.
        files.BusyError: another process is publishing it.
    """
    network = described.locate(folder / f"scenes_{name}.keras")
    with files.staging(folder, network.stem) as work:
        for ending in (".keras", ".json"):
            shutil.copyfile(network.with_suffix(ending), work / f"{network.stem}{ending}")
        wanted = export(work / network.name)
        if wanted:
            (work / network.name).unlink()  # it stays as it is
            files.commit(work)
    return wanted
