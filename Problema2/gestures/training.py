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
from typing import TYPE_CHECKING

import numpy as np

from gestures import classifier, evaluation, files, plots
from gestures.classifier import MIXTURE, NETWORK, EpochCallback, Mixture, Network
from gestures.dataset import OUTPUTS, Recordings, joined
from gestures.features import to_square_pixels
from gestures.inference import DEFAULT_CONFIDENCE, GestureClassifier
from gestures.problems import Problem
from gestures.simulator import camera
from gestures.splits import split_blocks

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Sizes:
    """Held-out simulated hands, of seeds that training never uses."""

    validation: int = 10_000
    test: int = 20_000
    others: int = 3_000  # none of the gestures, in validation and in test alike


SIZES = Sizes()


@dataclass(frozen=True)
class Settings:
    """What decides a training, its data apart."""

    seed: int = 0
    network: Network = NETWORK
    mixture: Mixture = MIXTURE

    def seeds(self) -> list[int]:
        """Independent seeds: for training, validation, test and doubtful hands, and for hands that
        are none of the gestures in training, validation and test."""
        return [int(seed) for seed in np.random.SeedSequence(self.seed).generate_state(7)]


def configured(seed: int, epochs: int | None, simulated: int | None) -> Settings:
    """The defaults with what the command line changes."""
    network = NETWORK if epochs is None else replace(NETWORK, epochs=epochs)
    mixture = MIXTURE
    if simulated is not None:
        share = simulated / MIXTURE.simulated
        others, doubtful = (max(1, round(share * n)) for n in (MIXTURE.others, MIXTURE.doubtful))
        mixture = replace(MIXTURE, simulated=simulated, others=others, doubtful=doubtful)
    if not mixture.simulated:
        # A few hundred hands: small batches, or an epoch is one step.
        network = replace(network, batch_size=32)
    return Settings(seed, network, mixture)


@dataclass(frozen=True)
class Parts:
    """What a network is trained, selected and measured on."""

    train: list[Recordings]
    validation: list[Recordings]
    test: dict[str, Recordings]
    description: dict  # for the metrics file
    own: Recordings | None = None  # whole, to be looked through once the network is trained


def compose(
    embedded: Recordings | None,
    own: Recordings | None,
    settings: Settings,
    sizes: Sizes = SIZES,
) -> Parts:
    """Split what there is. With ``mixture.simulated`` 0 and own recordings, these stand alone.

    The embedded hands are parted 80/10/10 in contiguous blocks, own recordings 80/20 by
    :func:`split_blocks`; simulated ones have a seed for each part.

    Raises:
        Problem: the own recordings alone are too few.
    """
    parts = Parts([], [], {}, {}, own)
    mixture = settings.mixture
    repeat = mixture.recorded_weight if mixture.simulated else 1
    if mixture.simulated:
        _add_simulated(parts, settings, sizes)
    if embedded is not None and (mixture.simulated or own is None):
        _add_filmed(parts, embedded, repeat)
    if own is not None:
        kept, held = split_blocks(own.labels, np.random.default_rng(settings.seed))
        if not mixture.simulated and not len(held):
            raise Problem(
                f"Las {len(own)} grabaciones son muy pocas para entrenar solas; grabe al menos "
                "10 de algún gesto o sume las manos simuladas (sin --simulated 0)."
            )
        parts.train.extend([own.take(kept)] * repeat)
        if len(held):
            parts.validation.append(own.take(held))
        parts.description["own"] = {
            "train": len(kept),
            "validation": len(held),
            "weight": repeat,
        }
    return parts


def _add_simulated(parts: Parts, settings: Settings, sizes: Sizes) -> None:
    train, seeds = settings.mixture.simulated, settings.seeds()
    parts.train.append(Recordings(*camera.simulate(train, seeds[0])))
    parts.validation.append(Recordings(*camera.simulate(sizes.validation, seeds[1])))
    parts.test["simulated"] = Recordings(*camera.simulate(sizes.test, seeds[2]))
    parts.description["simulated"] = {"train": train, **asdict(sizes), "seeds": seeds}


def _add_filmed(parts: Parts, embedded: Recordings, repeat: int) -> None:
    first, second = (int(len(embedded) * share) for share in (0.8, 0.9))
    parts.train.extend([embedded.take(slice(0, first))] * repeat)
    parts.validation.append(embedded.take(slice(first, second)))
    parts.test["filmed"] = embedded.take(slice(second, None))
    parts.description["filmed"] = {
        "train": first,
        "validation": second - first,
        "test": len(embedded) - second,
        "weight": repeat,
    }


def measure(predict: Predict, recordings: Recordings) -> dict:
    """:func:`evaluation.scores` of a classifier on recordings, with their own aspects."""
    points = to_square_pixels(recordings.points, recordings.aspect)
    return evaluation.scores(predict(points), recordings.labels)


def train(
    out: Path,
    parts: Parts,
    settings: Settings,
    others: dict[str, Recordings] | None = None,
    on_epoch: EpochCallback = lambda epoch, logs: None,
) -> dict:
    """Train, save ``.keras``, ``.tflite``, ``.json`` and two PNG in ``out``; returns the metrics.

    The figures are those of the exported file, loaded again: on the validation hands, on held-out
    ones of each kind, and on ``others``, recordings that took no part. The files appear together
    at the end. Where Keras cannot write the ``.tflite`` file, an older one is removed and the
    figures are those of the ``.keras`` file.

    Raises:
        BusyError: another process is writing there.
        OSError: the files cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    with files.staging(out, classifier.NAME) as stage:
        started = time.perf_counter()
        fitted, validation = examples(parts, settings)
        network, seed = settings.network, settings.seed
        model, history = classifier.fit(fitted, validation, seed, network, on_epoch)
        metrics = _measured(stage, model, history, parts, settings)
        metrics["recordings"] = _measured_others(stage, others or {})
        if parts.own is not None:
            metrics["contradicted"] = _contradicted(stage, parts.own)
        metrics["seconds"] = round(time.perf_counter() - started, 1)
        _draw(stage, metrics)
        _write_json(stage, metrics)
        files.commit(stage)
        if "tflite" not in metrics["sha256"]:
            (out / f"{classifier.NAME}.tflite").unlink(missing_ok=True)
    return metrics


Examples = tuple[np.ndarray, np.ndarray]  # square-pixel points (N, 42) and probabilities (N, 4)
Predict = Callable[[np.ndarray], np.ndarray]  # square-pixel points (N, 42) to probabilities (N, 4)


def examples(parts: Parts, settings: Settings) -> tuple[Examples, Examples]:
    """What is learnt from, and what chooses: doubtful and other hands and wrong aspects too."""
    rng = np.random.default_rng(settings.seed)
    mixture, seeds = settings.mixture, settings.seeds()
    fitted = _stack(parts.train, rng, mixture)
    validation = _stack(parts.validation, rng, mixture)
    if mixture.simulated:
        points, targets, aspect = camera.simulate_doubtful(mixture.doubtful, seeds[3])
        fitted = _extended(fitted, (points, aspect, targets), rng, mixture)
        fitted = _extended(fitted, _others(mixture.others, seeds[4]), rng, mixture)
        some = _others(SIZES.others, seeds[5])
        validation = _extended(validation, some, rng, mixture)
    return fitted, validation


def _stack(recordings: list[Recordings], rng: np.random.Generator, mixture: Mixture) -> Examples:
    """The hands of recordings, some with a wrong aspect."""
    points = np.concatenate(
        [classifier.with_wrong_aspects(r.points, r.aspect, rng, mixture) for r in recordings]
    )
    targets = np.eye(len(OUTPUTS))[np.concatenate([r.labels for r in recordings])]
    return points, targets


def _others(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (n, 42), aspects (n,) and targets (n, 4) of hands that are none of the gestures."""
    points, aspect = camera.simulate_others(n, seed)
    return points, aspect, np.tile(np.eye(len(OUTPUTS))[-1], (n, 1))


def _extended(
    examples: Examples,
    more: tuple[np.ndarray, np.ndarray, np.ndarray],
    rng: np.random.Generator,
    mixture: Mixture,
) -> Examples:
    """The same with more hands at the end: their points, aspects and targets."""
    points, aspect, targets = more
    points = classifier.with_wrong_aspects(points, aspect, rng, mixture)
    return np.concatenate([examples[0], points]), np.concatenate([examples[1], targets])


def _measured(
    stage: Path,
    model: keras.Model,
    history: dict[str, list[float]],
    parts: Parts,
    settings: Settings,
) -> dict:
    """Save the network in an empty folder; what it is and how well it does."""
    paths = classifier.save(model, stage)
    digests = {path.suffix[1:]: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    _write_json(stage, {"sha256": digests})  # without which it would not be loaded
    exported = GestureClassifier(paths[-1])
    library = classifier.keras.backend.backend()
    return {
        "model": classifier.NAME,
        "parameters": model.count_params(),
        "data": parts.description,
        "split": "simulated hands by seed, filmed and own recordings by contiguous block",
        "seed": settings.seed,
        "network": asdict(settings.network),
        "mixture": asdict(settings.mixture),
        "epochs_run": len(history["loss"]),
        "best_epoch": int(np.argmin(history["val_loss"])) + 1,
        "history": {name: [float(value) for value in each] for name, each in history.items()},
        "sha256": digests,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("keras", library, "numpy")},
        },
        "validation": measure(exported.predict, joined(parts.validation)),
        "test": {name: measure(exported.predict, part) for name, part in parts.test.items()},
        "none_of_these": measure_none(exported.predict, settings),
        "recordings_note": "made by other people, not part of the project; no part in training or "
        "in the choice of anything",
    }


def measure_none(predict: Predict, settings: Settings) -> dict | None:
    """How many held-out simulated hands that are no gesture would be shown as one."""
    if not settings.mixture.simulated:
        return None
    points, aspect, _ = _others(SIZES.others, settings.seeds()[6])
    probabilities = predict(to_square_pixels(points, aspect))
    return {"n": len(points), "shown": float(evaluation.is_shown(probabilities).mean())}


def _measured_others(stage: Path, others: dict[str, Recordings]) -> dict:
    exported = GestureClassifier(stage / f"{classifier.NAME}.tflite")
    return {name: measure(exported.predict, recordings) for name, recordings in others.items()}


def _contradicted(stage: Path, own: Recordings) -> list[dict]:
    """Own samples that the finished network reads as another gesture than their label."""
    exported = GestureClassifier(stage / f"{classifier.NAME}.tflite")
    probabilities = exported.predict(to_square_pixels(own.points, own.aspect))
    return evaluation.contradicted(probabilities, own.labels, DEFAULT_CONFIDENCE)


def _draw(stage: Path, metrics: dict) -> None:
    """Write the confusion matrix and the curves as PNG."""
    shown = metrics["test"].get("filmed") or metrics["validation"]
    title = "Manos simuladas vistas por MediaPipe" if metrics["test"] else "Validación"
    plots.save_confusion(shown["confusion"], stage / f"{classifier.NAME}_confusion.png", title)
    if not metrics["test"]:
        title = "Grabaciones propias"
    elif metrics["mixture"]["simulated"]:
        title = "Manos simuladas (entre las de entrenamiento, dudosas a propósito)"
    plots.save_curves(metrics["history"], stage / f"{classifier.NAME}_curves.png", title)


def _write_json(folder: Path, content: dict) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / f"{classifier.NAME}.json").write_text(text, encoding="utf-8")
