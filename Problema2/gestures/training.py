"""From data sets to a trained, saved and measured classifier."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gestures import classifier, evaluation, files, plots, simulate
from gestures.classifier import MIXTURE, NETWORK, Mixture, Network
from gestures.dataset import GESTURES, DatasetError, Recordings
from gestures.features import to_square_pixels
from gestures.inference import GestureClassifier
from gestures.splits import split_blocks


@dataclass(frozen=True)
class Sizes:
    """Held-out simulated hands, of seeds that training never uses."""

    validation: int = 10_000
    test: int = 20_000


SIZES = Sizes()


@dataclass(frozen=True)
class Parts:
    """What a network is trained, selected and measured on: lists of recordings."""

    train: list
    validation: list
    test: dict  # name -> Recordings
    description: dict  # for the metrics file


def _simulated(n, seed):
    points, labels, aspect = simulate.simulate(n, seed)
    return Recordings(points, labels, aspect)


def _take(recordings, index):
    return Recordings(recordings.points[index], recordings.labels[index], recordings.aspect[index])


def _seeds(seed):
    """Independent seeds for training, validation, test and doubtful hands."""
    return [int(s) for s in np.random.SeedSequence(seed).generate_state(4)]


def compose(
    embedded: Recordings | None,
    own: Recordings | None,
    seed: int,
    mixture: Mixture = MIXTURE,
    sizes: Sizes = SIZES,
) -> Parts:
    """Split what there is. With `mixture.simulated` 0 and own recordings, these stand alone.

    The embedded hands are parted 80/10/10 in contiguous blocks, own recordings 80/20 by
    `split_blocks`; simulated ones have a seed for each part. Raises DatasetError if the own
    recordings alone are too few.
    """
    train, validation, test, about = [], [], {}, {}
    seeds = _seeds(seed)
    if mixture.simulated:
        train.append(_simulated(mixture.simulated, seeds[0]))
        validation.append(_simulated(sizes.validation, seeds[1]))
        test["simulated"] = _simulated(sizes.test, seeds[2])
        about["simulated"] = {"train": mixture.simulated, **asdict(sizes), "seeds": seeds}
    if embedded is not None and (mixture.simulated or own is None):
        first, second = (int(len(embedded) * share) for share in (0.8, 0.9))
        repeat = mixture.recorded_weight if mixture.simulated else 1
        train += [_take(embedded, slice(0, first))] * repeat
        validation.append(_take(embedded, slice(first, second)))
        test["filmed"] = _take(embedded, slice(second, None))
        about["filmed"] = {
            "train": first,
            "validation": second - first,
            "test": len(embedded) - second,
            "weight": repeat,
        }
    if own is not None:
        kept, held = split_blocks(own.labels, np.random.default_rng(seed))
        if not mixture.simulated and not len(held):
            raise DatasetError(
                f"Las {len(own)} grabaciones son muy pocas para entrenar solas; grabe al menos "
                "10 de algún gesto o sume las manos simuladas (sin --simulated 0)."
            )
        repeat = mixture.recorded_weight if mixture.simulated else 1
        train += [_take(own, kept)] * repeat
        if len(held):
            validation.append(_take(own, held))
        about["own"] = {"train": len(kept), "validation": len(held), "weight": repeat}
    return Parts(train, validation, test, about)


def _stack(recordings, rng, mixture):
    points = np.concatenate(
        [classifier.with_wrong_aspects(r.points, r.aspect, rng, mixture) for r in recordings]
    )
    targets = np.eye(len(GESTURES))[np.concatenate([r.labels for r in recordings])]
    return points, targets


def _with_doubtful(train, seed, rng, mixture):
    points, chances, aspect = simulate.simulate_doubtful(mixture.doubtful, seed)
    points = classifier.with_wrong_aspects(points, aspect, rng, mixture)
    return np.concatenate([train[0], points]), np.concatenate([train[1], chances])


def measure(model: GestureClassifier, recordings: Recordings) -> dict:
    """`evaluation.scores` of the exported network on recordings, with their own aspects."""
    points = to_square_pixels(recordings.points, recordings.aspect)
    return evaluation.scores(model.predict(points), recordings.labels)


def train(
    out: Path,
    parts: Parts,
    seed: int,
    network: Network = NETWORK,
    mixture: Mixture = MIXTURE,
    others: dict[str, Recordings] | None = None,
    on_epoch: Callable[[int, dict], None] = lambda epoch, logs: None,
) -> dict:
    """Train, save `.keras`, `.tflite`, `.json` and two PNG in `out`; returns the metrics.

    The figures are those of the exported file, loaded again: on the validation hands, on held-out
    ones of each kind, and on `others`, recordings that took no part. The files appear together at
    the end. Raises BusyError if another process is writing there.
    """
    out.mkdir(parents=True, exist_ok=True)
    with files.staging(out, classifier.NAME) as work:
        metrics = _trained(work, parts, seed, network, mixture, others or {}, on_epoch)
        files.commit(work)
    return metrics


def _trained(
    work: Path,
    parts: Parts,
    seed: int,
    network: Network,
    mixture: Mixture,
    others: dict[str, Recordings],
    on_epoch: Callable[[int, dict], None],
) -> dict:
    """As `train`, in an empty folder."""
    import keras

    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    history_callback = keras.callbacks.LambdaCallback(on_epoch_end=on_epoch)
    training = _stack(parts.train, rng, mixture)
    if mixture.simulated:
        training = _with_doubtful(training, _seeds(seed)[3], rng, mixture)
    model, history = classifier.fit(
        training,
        _stack(parts.validation, rng, mixture),
        seed,
        network,
        [history_callback],
    )
    metrics = _measured(work, model, history, parts, seed, network, mixture, others)
    metrics["seconds"] = round(time.perf_counter() - started, 1)
    _write_json(work, metrics)
    return metrics


def _measured(
    work: Path,
    model,
    history: dict,
    parts: Parts,
    seed: int,
    network: Network,
    mixture: Mixture,
    others: dict[str, Recordings],
) -> dict:
    """Save the network and its figures in an empty folder; what its JSON is to hold."""
    paths = classifier.save(model, work)
    digests = {path.suffix[1:]: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    _write_json(work, {"sha256": digests})  # without which it would not be loaded
    runtime = GestureClassifier(paths[1])
    validation = Recordings(
        *(
            np.concatenate([getattr(part, name) for part in parts.validation])
            for name in ("points", "labels", "aspect")
        )
    )
    metrics = {
        "model": classifier.NAME,
        "parameters": model.count_params(),
        "data": parts.description,
        "split": "simulated hands by seed, filmed and own recordings by contiguous block",
        "seed": seed,
        "network": asdict(network),
        "mixture": asdict(mixture),
        "epochs_run": len(history["loss"]),
        "best_epoch": int(np.argmin(history["val_loss"])) + 1,
        "history": {name: [float(value) for value in each] for name, each in history.items()},
        "sha256": digests,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("keras", "tensorflow", "numpy")},
        },
        "validation": measure(runtime, validation),
        "test": {name: measure(runtime, part) for name, part in parts.test.items()},
        "recordings_note": "made by other people, not part of the project; no part in training or "
        "in the choice of anything",
        "recordings": {name: measure(runtime, r) for name, r in others.items()},
    }
    shown = metrics["test"].get("filmed") or metrics["validation"]
    title = "Manos simuladas vistas por MediaPipe" if metrics["test"] else "Validación"
    plots.save_confusion(shown["confusion"], work / f"{classifier.NAME}_confusion.png", title)
    if not parts.test:
        title = "Grabaciones propias"
    elif mixture.simulated:
        title = "Manos simuladas (entre las de entrenamiento, dudosas a propósito)"
    plots.save_curves(history, work / f"{classifier.NAME}_curves.png", title)
    return metrics


def _write_json(folder: Path, content: dict) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / f"{classifier.NAME}.json").write_text(text, encoding="utf-8")


def configured(epochs: int | None, simulated: int | None) -> tuple[Network, Mixture]:
    """The defaults with what the command line changes."""
    network = NETWORK if epochs is None else replace(NETWORK, epochs=epochs)
    mixture = MIXTURE if simulated is None else replace(MIXTURE, simulated=simulated)
    if not mixture.simulated:
        # A few hundred hands: small batches, or an epoch is one step.
        network = replace(network, batch_size=32)
    return network, mixture
