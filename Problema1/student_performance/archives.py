"""Trained models that are kept: compared, put to use, and saved to one file and read back."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path
from typing import Protocol

import pandas as pd

from student_performance import evaluation, inference, verdicts
from student_performance.data import Dataset, split
from student_performance.inference import Bundle
from student_performance.problems import Problem
from student_performance.schema import Schema

EXPORT = "model.tflite"  # missing where Keras could not write it
MEMBERS = ("metrics.json", "model.keras", EXPORT)
MAX_BYTES = 10 * 2**20  # of a file, and of what is inside; a model has under 1 MB
FOREIGN = "«{name}» no es un entrenamiento guardado por esta aplicación; elija otro archivo."


class Trained(Protocol):
    """A model with the folder of its files."""

    @property
    def bundle(self) -> Bundle | None: ...

    @property
    def folder(self) -> Path: ...


class Loaded:
    """A model read from an archive. Its folder is removed together with it.

    Attributes:
        folder: of its files.
        bundle: ready to predict.
    """

    def __init__(self, folder: Path):
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.folder = folder
        self.bundle: Bundle | None = inference.load_folder(folder)


def archive(trained: Trained) -> bytes:
    """The zip file of a model: network for Keras, network for LiteRT, mapping and figures."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in MEMBERS:
            if name != EXPORT or (trained.folder / name).is_file():
                archive.write(trained.folder / name, name)
    return content.getvalue()


def open_archive(content: bytes, name: str) -> Loaded:
    """The model in a zip file that :func:`archive` made; nothing in it is run.

    Raises:
        Problem: another file, a damaged one, or one of an older version.
    """
    foreign = Problem(FOREIGN.format(name=name))
    if len(content) > MAX_BYTES:
        raise foreign
    folder = Path(tempfile.mkdtemp(prefix="entrenamiento-"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = {each.filename: each.file_size for each in archive.infolist()}
            if {*sizes, EXPORT} != set(MEMBERS) or sum(sizes.values()) > MAX_BYTES:
                raise foreign
            for member in sizes:
                (folder / member).write_bytes(archive.read(member))
        _require_figures(folder / "metrics.json", foreign)
        return Loaded(folder)
    except Problem:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise foreign from None


def _require_figures(path: Path, foreign: Problem) -> None:
    """What the pages read of a training beyond what :func:`inference.load_folder` checks."""
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        history, config = metrics["history"], metrics["config"]
        lengths = {len(history[key]) for key in ("rmse", "val_rmse", "rmse_sd", "val_rmse_sd")}
        numbers = [metrics[key] for key in ("seed", "n_train", "n_test", "epochs_run")]
        real = [metrics[key] for key in ("held_out_rmse", "interval_level", "interval_coverage")]
        real += [config[key] for key in ("epochs", "batch_size", "learning_rate", "penalty")]
        evaluation.stored(metrics)
        verdicts.findings(metrics, Schema.from_json(metrics["schema"]))
        texts = [metrics["data"], metrics["data_digest"], *metrics["sha256"].values()]
        sound = (
            len(lengths) == 1
            and all(type(each) is int for each in numbers)
            and all(type(each) in (int, float) for each in real)
            and all(type(each) is str for each in texts)
            and type(metrics["versions"]) is dict
            and metrics["data_kind"] in ("real", "simulated", "own")
            and all(type(units) is int for units in config["hidden"])
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, Problem):
        raise foreign from None
    if not sound:
        raise foreign


def compare(first: Bundle, second: Bundle, dataset: Dataset) -> pd.Series:
    """RMSE of two models on the same rows, and how it differs.

    The rows are those that both set aside: the test part of ``dataset`` by the seed of ``first``,
    which is also that of ``second``.

    Returns:
        ``rmse``, ``other_rmse``, and the ends ``low`` and ``high`` of the paired bootstrap interval
        of their difference (first minus second), all in target units.
    """
    rows = split(dataset, first.metrics["seed"]).test
    x, y = dataset.schema.encode(rows), dataset.schema.answers(rows)
    one, other = first.predict(x), second.predict(x)
    low, high = evaluation.rmse_difference_interval(y, one, other)
    rmse, other_rmse = (evaluation.scores(y, each)["rmse"] for each in (one, other))
    return pd.Series({"rmse": rmse, "other_rmse": other_rmse, "low": low, "high": high})
