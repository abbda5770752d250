"""The whole training of one network: fit, keep the best epoch, reload it, test it, write it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import math
import shutil
import time
from pathlib import Path

import keras
import numpy as np

from scenes import files, hardware
from scenes.data.batches import Batches
from scenes.data.dataset import Scenes
from scenes.networks import doubt, half, temperature
from scenes.networks.doubt import Rule
from scenes.results import scores, stored
from scenes.training import doubting
from scenes.training.checkpoints import Checkpoint, History, best_epoch
from scenes.training.epoch_answers import KeepAnswers, answers_file
from scenes.training.fit import Progress, ReportSteps, fit
from scenes.training.group import ALONE, AgreedProblem, Alone
from scenes.training.recipes import Inputs, Recipe


def train(
    recipe: Recipe,
    out: Path,
    progress: Progress | None = None,
    *,
    resume: bool = False,
    group: Alone = ALONE,
    keep_answers: bool = False,
) -> dict:
    """Train one network and write the result.

    ``out`` receives ``<name>.keras`` (for ``resnet50`` the head alone), ``<name>.json``,
    ``<name>_probabilities.npz`` (``probabilities`` float16 (n, classes) and ``labels`` of the test
    images), ``<name>_doubt.npz`` (:mod:`scenes.networks.doubt`; not where the test images validate,
    which choose nothing) and ``<name>.csv`` (one line an epoch). All but the last appear together
    at the end. A folder ``.<name>-respaldo`` holds the state of an unfinished run.

    Args:
        recipe: what to train and on which images (:func:`scenes.training.catalogue.recipe`).
        out: folder, made if missing.
        progress: see :data:`scenes.training.fit.Progress`.
        resume: continue a killed run where its last whole epoch ended; a finished one is returned.
        group: the processes to train with (:mod:`scenes.training.distribution`); all call this
            alike.
        keep_answers: whether ``<name>_answers.npz`` gets what the network answers to the test
            images after every epoch (:mod:`scenes.training.epoch_answers`); for one process.

    Returns:
        what the JSON holds (``peak_memory_mib`` is the whole process's so far); nothing in a
        process other than the group's first.

    Raises:
        AgreedProblem: nothing to resume from with this configuration, the loss diverged, or the
            group's images or weights differ.
        scenes.networks.backbone.BackboneError: the weights do not fit.
        scenes.files.BusyError: another process is training this network there.
    """
    out = group.folder(out)
    out.mkdir(parents=True, exist_ok=True)
    with files.staging(out, recipe.name) if group.first else contextlib.nullcontext(out) as stage:
        checkpoint = Checkpoint(out, recipe.name, resume)
        metrics, probabilities, rule = _train(recipe, checkpoint, progress, group, keep_answers)
        if probabilities is not None:
            labels = recipe.scenes.test_labels
            stored.write_probabilities(
                stage / f"{recipe.name}_probabilities.npz", probabilities, labels
            )
            shutil.copyfile(checkpoint.tested, stage / f"{recipe.name}.keras")
            if rule:
                doubt.write(rule, stage / f"{recipe.name}.keras")
            stored.write_json(metrics, stage / f"{recipe.name}.json")
            files.commit(stage)
            checkpoint.remove()
    return metrics


def _train(
    recipe: Recipe,
    checkpoint: Checkpoint,
    progress: Progress | None,
    group: Alone,
    keep_answers: bool,
) -> tuple[dict, np.ndarray | None, Rule | None]:
    """Metrics, probabilities and doubt's rule; metrics alone where nothing is to be written."""
    keras.backend.clear_session()
    with hardware.dtype_policy("float32"):
        inputs = recipe.prepare(progress)

        run = recipe.describe_run()
        group.agree(run)
        if finished := group.decide(lambda: checkpoint.begin(run)):
            return finished, None, None
        group.copy(checkpoint.out, checkpoint.files)

        resumed = checkpoint.epoch > 0
        if not resumed:
            recipe.warm_up(progress)
        prepared = time.perf_counter()

        watching: list[keras.callbacks.Callback] = [ReportSteps(progress)]
        if keep_answers:
            watching.append(_answers_keeper(recipe, inputs, checkpoint))
        fitting, validation, history = _fit(recipe, inputs, checkpoint, watching, group)
        fitted = time.perf_counter()
        if not group.first:
            return {}, None, None

        size = _save_best(recipe, checkpoint, validation)
        network = hardware.ready(half.read(checkpoint.tested))
        views = temperature.views(network, inputs["test"], recipe.config.batch_size)
        degree, rule = _calibrate(recipe, checkpoint, network, validation)
        probabilities = temperature.answers(views, degree).astype(np.float16)

    # of a part of the work the seconds would say nothing
    seconds = {
        "features_seconds": recipe.notes.get("features_seconds"),
        "fit_seconds": None if resumed else fitted - prepared,
        "test_seconds": time.perf_counter() - fitted,
    }
    return (
        {
            **scores.measure(
                probabilities.astype(np.float64), recipe.scenes.test_labels, recipe.scenes.classes
            ),
            temperature.KEY: degree,
            "uncalibrated": uncalibrated(views, recipe.scenes),
            **_describe_data(recipe, fitting, validation),
            **size,
            **recipe.notes,
            **_describe_history(history),
            **seconds,
            **_describe_machine(recipe, group),
            "config": dataclasses.asdict(recipe.config),
            "run": run,
            "sha256": hashlib.sha256(checkpoint.tested.read_bytes()).hexdigest(),
        },
        probabilities,
        rule,
    )


def _fit(
    recipe: Recipe,
    inputs: Inputs,
    checkpoint: Checkpoint,
    watching: list[keras.callbacks.Callback],
    group: Alone,
) -> tuple[Batches, Batches, History]:
    """What was fitted on, what validated, and the losses; the checkpoint has the best epoch."""
    with group.scope():
        keras.utils.set_random_seed(recipe.config.seed)  # first weights and dropout
        model = recipe.initial(group)
        fitting, validation = recipe.batches(inputs)
        history = fit(model, (fitting, validation), recipe.config, checkpoint, watching, group)
    if best_epoch(history["val_loss"]) < 0:
        raise AgreedProblem(
            f"El entrenamiento de «{recipe.name}» divergió: la pérdida dejó de ser un número "
            "finito en la primera época."
        )
    return fitting, validation, history


def _answers_keeper(recipe: Recipe, inputs: Inputs, checkpoint: Checkpoint) -> KeepAnswers:
    path = answers_file(checkpoint.out, recipe.name)
    labels = recipe.scenes.test_labels
    return KeepAnswers(path, inputs["test"], labels, recipe.config.batch_size)


def _calibrate(
    recipe: Recipe, checkpoint: Checkpoint, network: keras.Model, validation: Batches
) -> tuple[float, Rule | None]:
    """Temperature, folded into the network, and rule of doubt; neither from the test images."""
    if recipe.config.validate_on_test:
        return 1.0, None
    degree = temperature.fit(*temperature.validation_views(network, validation))
    temperature.fold(network, degree)
    if recipe.config.background:
        layer = half.read(checkpoint.best).layers[-1].get_weights()
        # in the precision that it answers in
        return degree, doubting.fit_background(network, validation, *layer)
    return degree, doubting.fit(network, validation, recipe.config.pooling, degree)


def uncalibrated(views: list[np.ndarray], scenes: Scenes) -> dict[str, float]:
    """The scores that the temperature changes, as they were without it."""
    probabilities = temperature.answers(views, 1.0)
    measured = scores.measure(probabilities, scenes.test_labels, scenes.classes)
    return {key: measured[key] for key in ("accuracy", "log_loss", "ece")}


def _save_best(recipe: Recipe, checkpoint: Checkpoint, validation: Batches) -> dict[str, int]:
    """Save the best epoch's network for the test; its numbers of parameters.

    The file has no optimizer's state, which is two thirds of one, and holds float32 whatever the
    network was fitted in: it must answer alike, and fast, on any machine.
    """
    model = recipe.build()
    model.set_weights(half.read(checkpoint.best).get_weights())
    model = recipe.classifier(model)
    size = {
        "parameters": model.count_params() + recipe.frozen_parameters,
        "trainable_parameters": int(sum(np.prod(w.shape) for w in model.trainable_weights)),
    }
    recipe.finish(model, validation).save(checkpoint.tested)
    return size


def _describe_data(recipe: Recipe, fitting: Batches, validation: Batches) -> dict:
    scenes, config = recipe.scenes, recipe.config
    return {
        "model": recipe.name,
        "data": scenes.name,
        "data_kind": scenes.kind,
        "data_key": scenes.key,
        **scenes.classes.describe(),
        **({"test_split": scenes.test_split} if scenes.test_split else {}),
        "protocol": config.protocol,
        "split": "test images as validation" if config.validate_on_test else "stratified holdout",
        "n_train": len(scenes.train_labels),
        "n_fit": fitting.images,
        "n_validation": validation.count,
        "n_test": len(scenes.test_labels),
        "seed": config.seed,
    }


def _describe_history(history: History) -> dict:
    return {
        "epochs_run": len(history["loss"]),
        "best_epoch": best_epoch(history["val_loss"]) + 1,
        "diverged": not all(map(math.isfinite, history["loss"])),
        "history": {
            key: [value if math.isfinite(value) else None for value in values]
            for key, values in history.items()
        },
    }


def _describe_machine(recipe: Recipe, group: Alone) -> dict:
    return {
        "peak_memory_mib": hardware.peak_memory_mib(),
        "dtype_policy": recipe.dtype_policy,
        **group.describe(),
        "hardware": hardware.describe(),
        "versions": hardware.versions(),
    }


def note_repeats(metrics: dict, runs: list[dict], out: Path) -> None:
    """Add the scores of the same training with other seeds to a run's JSON, and where each ran.

    The network that counts stays that of the first seed: nothing is chosen by these scores.
    """
    kept = ("seed", "accuracy", "macro_auc", "best_epoch", "epochs_run", "hardware")
    metrics["repeats"] = [
        {key: run[key] for key in kept} | {"backend": run["versions"]["backend"]} for run in runs
    ]
    stored.write_json(metrics, out / f"{metrics['model']}.json")
