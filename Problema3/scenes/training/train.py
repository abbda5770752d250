"""The whole training of one network: fit, keep the best epoch, reload it, test it, write it down.

The frozen backbone runs once per image (:mod:`scenes.networks.features`); only its head is fitted. That
gives what fitting through the backbone would give, since the backbone sees each image unchanged
every epoch. For the same reason the flips of the other networks do not apply to it. ``best`` starts
from there, and fits the backbone's last stages too (:mod:`scenes.networks.finetuning`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from scenes import files, hardware
from scenes.config import BEST, Config, preset
from scenes.data import augmentation, dataset
from scenes.data.batches import Batches, predict
from scenes.data.cache import CACHE
from scenes.networks import architectures, features, finetuning, half
from scenes.networks import backbone as backbones
from scenes.problems import Problem
from scenes.results import scores
from scenes.training import checkpoints
from scenes.training.checkpoints import History
from scenes.training.distribution import Group

# stage («features» or «steps»), done, total, and at an epoch's end its number and losses
Progress = Callable[[str, int, int, dict], None]


class TrainingError(Problem):
    """A training that cannot start, resume or give a result; the text is one Spanish sentence."""


def train(
    name: str,
    scenes: dataset.Scenes,
    config: Config,
    out: Path,
    progress: Progress | None = None,
    *,
    resume: bool = False,
    weights: Path | None = None,
    backbone: keras.Model | None = None,
    cache: Path | None = None,
    group: Group | None = None,
) -> dict:
    """Train one network and write what came of it.

    ``out`` receives ``<name>.keras`` (for ``resnet50`` the head alone), ``<name>.json``,
    ``<name>_probabilities.npz`` (``probabilities`` float16 (n, 6) and ``labels`` of the test
    images) and ``<name>.csv`` (one line an epoch). The first three appear together at the end. A
    folder ``.<name>-respaldo`` holds the state of an unfinished run.

    Args:
        name: one of :data:`scenes.networks.architectures.NAMES`, or ``best``, whose file holds float16.
        scenes: decoded images, of side ``config.image_size``.
        config: hyperparameters and protocol.
        out: folder, made if missing.
        progress: see :data:`Progress`.
        resume: continue a killed run where its last whole epoch ended; a finished one is returned.
        weights: ResNet50's file, for ``resnet50`` and ``best`` (:func:`scenes.networks.backbone.weights`).
        backbone: another frozen network in its place, from images to features.
        cache: folder of the features; that of the decoded images without it.
        group: the processes to train with (:mod:`scenes.training.distribution`); all call this alike.

    Returns:
        what the JSON holds (``peak_memory_mib`` is the whole process's so far); nothing in a
        process other than the group's first.

    Raises:
        TrainingError: nothing to resume from with this configuration, or the loss diverged.
        scenes.training.distribution.DistributionError: the group's images or weights differ.
        scenes.networks.backbone.BackboneError: the weights do not fit.
        scenes.files.BusyError: another process is training this network there.
    """
    out = group.folder(out) if group else out
    out.mkdir(parents=True, exist_ok=True)
    first = group is None or group.first
    with files.staging(out, name) if first else contextlib.nullcontext(out) as fresh:
        return _train(
            *(name, scenes, config, out, fresh, progress, resume, weights, backbone, cache, group)
        )


def _train(
    name: str,
    scenes: dataset.Scenes,
    config: Config,
    out: Path,
    fresh: Path,
    progress: Progress | None,
    resume: bool,
    weights: Path | None,
    backbone: keras.Model | None,
    cache: Path | None,
    group: Group | None,
) -> dict:
    """As :func:`train`, the only process of its kind; what is finished goes to ``fresh`` first."""
    keras.backend.clear_session()
    started = time.perf_counter()
    before = keras.config.dtype_policy()
    dtype_policy = "float32" if name == "resnet50" else hardware.precision()
    keras.config.set_dtype_policy("float32")
    try:
        inputs, description = _inputs(name, scenes, config, progress, weights, backbone, cache)
        prepared = time.perf_counter()
        run = {
            "model": name,
            "config": dataclasses.asdict(config),
            "images": scenes.key,
            "backbone": description.get("backbone_sha256"),
            "backend": keras.backend.backend(),
            "dtype_policy": dtype_policy,
        }
        finished = out / f"{name}.json"
        work = out / f".{name}-respaldo"
        log = out / f"{name}.csv"
        begin = functools.partial(_begin, finished, work, run, resume)
        if group:
            group.agree(run)
            found = group.decide(begin, TrainingError)
        else:
            found = begin()
        if found:
            return found
        if group:
            group.copy(out, functools.partial(_state, out, work, log))
        resumed = any(work.glob("epoch-*.weights.h5"))
        pooled = None
        if name == BEST and not resumed:
            pooled, noted = _features(("train",), scenes, config, progress, weights, None, cache)
            description["features_cached"] = noted["features_cached"]
            prepared = time.perf_counter()
        with group.scope() if group else contextlib.nullcontext():
            keras.utils.set_random_seed(config.seed)  # first weights and dropout
            head = _fitted_head(pooled, scenes, config, group) if pooled else None
            keras.config.set_dtype_policy(dtype_policy)
            model = _build(name, inputs, config, weights, head)
            keras.config.set_dtype_policy("float32")
            fitting, validation = batches(inputs, scenes, config, augment=name != "resnet50")
            history = fit(model, fitting, validation, config, work, log, progress, group)
        fitted = time.perf_counter()

        best = checkpoints.best_epoch(history["val_loss"])
        if best < 0:
            raise TrainingError(
                f"El entrenamiento de «{name}» divergió: la pérdida dejó de ser un número finito "
                "en la primera época."
            )
        if group and not group.first:
            return {}
        # without the optimizer's state, which is two thirds of the file, and in float32 whatever
        # it was fitted in: the file must answer alike, and fast, on any machine
        saved = work / "tested.keras"
        model = _build(name, inputs, config)
        model.set_weights(half.read(work / "best.keras").get_weights())
        parameters = model.count_params() + description.pop("backbone_parameters", 0)
        trainable = int(sum(np.prod(w.shape) for w in model.trainable_weights))
        if name == BEST:
            model, description["validation"] = finetuning.finish(model, validation, config)
        model.save(saved)
        model = hardware.ready(half.read(saved))
        chances = predict(model, inputs["test"], config.batch_size).astype(np.float16)
    finally:
        keras.config.set_dtype_policy(before)
    metrics = scores.measure(chances.astype(np.float64), scenes.test_labels)
    metrics |= {
        "model": name,
        "data": scenes.name,
        "data_kind": scenes.kind,
        "data_key": scenes.key,
        "protocol": config.protocol,
        "split": "test images as validation" if config.validate_on_test else "stratified holdout",
        "n_train": len(scenes.train_labels),
        "n_fit": fitting.count,
        "n_validation": validation.count,
        "n_test": len(scenes.test_labels),
        "seed": config.seed,
        "parameters": parameters,
        "trainable_parameters": trainable,
        **description,
        "epochs_run": len(history["loss"]),
        "best_epoch": best + 1,
        "diverged": not all(map(math.isfinite, history["loss"])),
        "history": {
            key: [value if math.isfinite(value) else None for value in values]
            for key, values in history.items()
        },
        # of a part of the work the seconds would say nothing
        "features_seconds": None
        if description.get("features_cached", True)
        else prepared - started,
        "fit_seconds": None if resumed else fitted - prepared,
        "test_seconds": time.perf_counter() - fitted,
        "peak_memory_mib": hardware.peak_memory_mib(),
        "dtype_policy": dtype_policy,
        **({"processes": group.processes, "devices": group.devices} if group else {}),
        "hardware": hardware.describe(),
        "versions": hardware.versions(),
        "config": dataclasses.asdict(config),
        "run": run,
        "sha256": hashlib.sha256(saved.read_bytes()).hexdigest(),
    }
    _save_probabilities(fresh / f"{name}_probabilities.npz", chances, scenes.test_labels)
    shutil.copyfile(saved, fresh / f"{name}.keras")
    write_json(metrics, fresh / f"{name}.json")
    files.commit(fresh)
    shutil.rmtree(work, ignore_errors=True)
    return metrics


def batches(
    inputs: dict[str, np.ndarray], scenes: dataset.Scenes, config: Config, augment: bool
) -> tuple[Batches, Batches]:
    """What to fit on and what to validate on, as the protocol says.

    Args:
        inputs: ``train`` and ``test``: images or features, in the order of ``scenes``.
        scenes: whose labels they have.
        config: protocol, seed, batch size.
        augment: whether these inputs are images, which flips, shift and zoom apply to.
    """
    every = np.arange(len(scenes.train_labels))
    chosen, held_out, part = every, np.arange(len(scenes.test_labels)), "test"
    labels = {"train": scenes.train_labels, "test": scenes.test_labels}
    if not config.validate_on_test:
        chosen, held_out = dataset.split(scenes.train_labels, config.seed, config.validation_share)
        part = "train"
    size = config.batch_size
    change = None
    if augment and (config.flips or config.shift or config.zoom):
        change = functools.partial(
            augmentation.vary,
            flips=config.flips,
            shift=config.shift,
            zoom=config.zoom,
            sharp=config.sharp,
        )
    return (
        Batches(inputs["train"], labels["train"], chosen, size, config.seed, change),
        Batches(inputs[part], labels[part], held_out, size),
    )


def fit(
    model: keras.Model,
    fitting: Batches,
    validation: Batches,
    config: Config,
    work: Path,
    log: Path,
    progress: Progress | None = None,
    group: Group | None = None,
) -> History:
    """Fit a network, from where the state in ``work`` ends, and leave its best epoch there.

    Args:
        model: uncompiled.
        fitting, validation: from :func:`batches`.
        config: hyperparameters.
        work: existing folder for the state and ``best.keras``.
        log: CSV file, one line an epoch.
        progress: see :data:`Progress`.
        group: the processes to train with; its first one alone saves networks and states.

    Returns:
        loss, accuracy, val_loss and val_accuracy of all epochs, those of a killed run included.
    """
    steps = len(fitting)
    compile_model(model, config, steps)
    seen, checked = group.feed(model, fitting, validation) if group else (fitting, validation)
    writes = group is None or group.first
    backup = checkpoints.Backup(work, writes)
    checkpoints.cut_log(log, backup.epoch)
    history = checkpoints.read_log(log) if backup.epoch else {}
    averaging = keras.callbacks.SwapEMAWeights() if config.averaging else None
    best = checkpoints.BestEpoch(work / "best.keras", config.patience, history, writes, averaging)
    tell = None
    if progress:
        tell = lambda done, logs: progress("steps", done, config.epochs * steps, logs)  # noqa: E731
    if backup.epoch < config.epochs and not (backup.epoch and best.exhausted):
        model.fit(
            seen,
            validation_data=checked,
            epochs=config.epochs,
            initial_epoch=backup.epoch,
            shuffle=False,  # the batches do it, by seed and epoch
            verbose=0,
            callbacks=[
                *([checkpoints.Agreed(group.decide)] if group else []),
                checkpoints.Clock(fitting, config.seed, tell),
                keras.callbacks.TerminateOnNaN(),
                *([averaging] if averaging else []),
                best,
                keras.callbacks.CSVLogger(str(log), append=backup.epoch > 0),
                backup,  # last: once an epoch is in the backup, log and best epoch have it
            ],
        )
    return checkpoints.read_log(log)


def compile_model(model: keras.Model, config: Config, steps: int) -> None:
    """AdamW on categorical cross-entropy; ``steps`` is the number of batches an epoch."""
    kept = math.exp(-1 / (config.averaging * steps)) if config.averaging else 0.0
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = kept or config.norm_momentum
    rate: float | keras.optimizers.schedules.LearningRateSchedule = config.learning_rate
    if config.decay:
        total = config.epochs * steps
        warmup = max(1, round(config.warmup * total))
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 20, max(1, total - warmup), alpha=0.01, warmup_target=rate, warmup_steps=warmup
        )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        use_ema=kept > 0,
        ema_momentum=kept,
    )
    # a bias or a normalisation's scale has no direction in which large is complicated
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=hardware.jit(),
    )


def write_json(content: dict, path: Path) -> None:
    """Write indented JSON through a temporary file."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    checkpoints.replace(path, lambda file: file.write_text(text + "\n", "utf-8", newline="\n"))


def _build(
    name: str,
    inputs: dict[str, np.ndarray],
    config: Config,
    weights: Path | None = None,
    head: keras.Model | None = None,
) -> keras.Model:
    """The layers that are fitted, freshly initialised: all, or the head on cached features.

    ``weights`` and ``head`` are what fine-tuning starts from.
    """
    if name == BEST:
        return finetuning.build(config, weights, head)
    if name == "resnet50":
        return architectures.head(features=inputs["train"].shape[-1])
    return architectures.build(name, config.image_size, config.scaling)


def note_repeats(metrics: dict, runs: list[dict], out: Path) -> None:
    """Add the scores of the same training with other seeds to a run's JSON.

    The network that counts stays that of the first seed: nothing is chosen by these scores.
    """
    metrics["repeats"] = [
        {key: run[key] for key in ("seed", "accuracy", "macro_auc", "best_epoch", "epochs_run")}
        for run in runs
    ]
    write_json(metrics, out / f"{metrics['model']}.json")


def _inputs(name, scenes, config, progress, weights, backbone, cache):
    """What the fitted layers see, training and test, and what to note about the backbone."""
    if name == "resnet50":
        parts = ("train", "test")
        return _features(parts, scenes, config, progress, weights, backbone, cache)
    description = {}
    if name == BEST:
        start = backbones.resnet50(config.image_size, config.pooling, weights, config.scaling)
        description["backbone_sha256"] = backbones.digest(start)
    return {"train": scenes.train, "test": scenes.test}, description


def _features(parts, scenes, config, progress, weights, backbone, cache):
    """The frozen backbone's answer to some parts of the images, and what to note about it."""
    taken = slice(None)
    if backbone is None:
        backbone = backbones.resnet50(config.image_size, "both", weights, config.scaling)
        taken = backbones.columns(config.pooling)
    backbone.trainable = False
    hardware.ready(backbone)
    cache = cache or CACHE
    images = {part: getattr(scenes, part) for part in parts}
    total = sum(map(len, images.values()))
    found, there, before = {}, [], 0
    for part, some in images.items():
        tell = None
        if progress:
            tell = lambda done, _, before=before: progress("features", before + done, total, {})  # noqa: E731
        key = features.key(scenes.key, part, backbone, f"scaling={config.scaling}")
        there.append(features.file(key, cache).is_file())
        found[part] = features.features(some, backbone, key, cache, tell)[:, taken]
        before += len(some)
    return found, {
        "features_cached": any(there),
        "backbone_sha256": backbones.digest(backbone),
        "backbone_parameters": backbone.count_params(),
    }


def _fitted_head(
    pooled: dict[str, np.ndarray], scenes: dataset.Scenes, config: Config, group: Group | None
) -> keras.Model:
    """ResNet50's head as ``resnet50`` has it, after its last epoch: no file to share, then."""
    settings = dataclasses.replace(
        preset("corrected", "resnet50", config.pooling, config.image_size),
        seed=config.seed,
        validation_share=config.validation_share,
    )
    if group:  # a batch is shared out evenly
        size = -(-settings.batch_size // group.devices) * group.devices
        settings = dataclasses.replace(settings, batch_size=size)
    head = architectures.head(features=pooled["train"].shape[-1])
    fitting, validation = batches(pooled, scenes, settings, augment=False)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        fit(head, fitting, validation, settings, work, work / "head.csv", group=group)
    return head


def _finished(path: Path, run: dict) -> dict | None:
    """The result of the same run, if it is complete."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("run") == run else None


def _begin(finished: Path, work: Path, run: dict, resume: bool) -> dict | None:
    """The result of the same run if it is complete, else its folder prepared."""
    if resume and (found := _finished(finished, run)):
        return found
    _start(work, run, resume)
    return None


def _state(out: Path, work: Path, log: Path) -> list[str]:
    """The files that an interrupted run goes on from, relative to ``out``."""
    states = sorted(work.glob("epoch-*.weights.h5"))
    return [path.relative_to(out).as_posix() for path in states[-1:] and [states[-1], log]]


def _start(work: Path, run: dict, resume: bool) -> None:
    """Prepare the folder of the state: empty, or that of the same run."""
    note = work / "run.json"
    if resume and note.is_file():
        if json.loads(note.read_text(encoding="utf-8")) != run:
            raise TrainingError(
                f"No se puede reanudar «{run['model']}»: la ejecución interrumpida usaba otras "
                "imágenes u otra configuración; quite --resume para empezar de nuevo."
            )
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    write_json(run, note)


def _save_probabilities(path: Path, chances: np.ndarray, labels: np.ndarray) -> None:
    with open(path, "wb") as file:
        np.savez_compressed(file, probabilities=chances, labels=labels)
