"""Trainings in another process, for an interface that answers meanwhile; see ``worker``."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path

from student_performance import inference
from student_performance.config import TrainingConfig
from student_performance.data import Dataset
from student_performance.problems import Problem

WORKER = (sys.executable, "-m", "student_performance.worker")
# A page that is open asks every few seconds, even in a background tab once a minute.
ABANDONED_SECONDS = 180
# TensorFlow keeps about 9 MiB of each training: after so many, another process takes its place.
RENEWED_AFTER = 20
DIED = (
    "El proceso de entrenamiento no arrancó o terminó de golpe; compruebe que están instaladas las "
    "dependencias de requirements.txt y que hay memoria libre, y vuelva a intentarlo."
)


def explain(error: Exception) -> str:
    """The sentence for the visitor when an error has ended a training."""
    if isinstance(error, Problem):
        return " ".join(error.lines)
    if isinstance(error, OSError):
        return (
            "No se puede escribir en la carpeta temporal del sistema "
            f"({error.strerror or type(error).__name__}); libere espacio y vuelva a intentarlo."
        )
    return f"El entrenamiento falló ({type(error).__name__}: {error})."


class Trainer:
    """The process that trains. A new one replaces it when it has died or trained often.

    The trainings of all visitors run one after another: two at once would only slow each other.
    """

    def __init__(self) -> None:
        self.ready = False  # whether TensorFlow has been loaded
        self._training = threading.Lock()
        self._writing = threading.Lock()
        self._start()

    def _start(self) -> None:
        self.ready = False
        self._trained = 0
        folder = Path(__file__).resolve().parents[1]
        self._process = subprocess.Popen(
            WORKER,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder), "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # TensorFlow's start-up notes; errors come as answers
            encoding="utf-8",
        )
        assert self._process.stdin is not None  # both are pipes
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def close(self) -> None:
        """End the process, and with it the training in progress."""
        self._process.kill()
        self._process.wait()

    def stop(self, identity: str) -> None:
        """End the training with that ``id`` after its present epoch, or after its first one."""
        with contextlib.suppress(OSError):
            self._send({"stop": identity})

    def train(self, request: dict) -> Iterator[dict]:
        """Run one training when those before it have ended, and yield the worker's answers.

        Raises:
            Problem: the process ended before the training did.
        """
        with self._training:
            if self._process.poll() is not None:
                self._start()
            try:
                while not self.ready:
                    self.ready = "ready" in self._receive()
                self._send({"train": request})
            except OSError:
                raise Problem(DIED) from None
            ended = False
            try:
                while not ended:
                    answer = self._receive()
                    ended = "done" in answer or "failed" in answer
                    yield answer
            finally:
                self._trained += 1
                if not ended:  # its remaining answers must not reach the next training
                    self.close()
                elif self._trained >= RENEWED_AFTER:
                    self.close()
                    self._start()

    def _send(self, message: dict) -> None:
        with self._writing:
            self._requests.write(json.dumps(message) + "\n")
            self._requests.flush()

    def _receive(self) -> dict:
        line = self._answers.readline()
        if not line:
            self._process.wait()
            raise Problem(DIED)
        return json.loads(line)


class TrainingJob:
    """One training, from the press of a button to a model that predicts.

    Attributes:
        config: hyperparameters and seed.
        schema: of the data it learns from.
        state: ``waiting``, ``running``, ``curve`` (trained, the learning curve still growing),
            ``done`` or ``failed``.
        epochs: errors per epoch so far, each with its ``epoch``.
        curve: learning curve so far, see ``training.learning_curve``.
        bundle: the trained model once there is one.
        message: one Spanish sentence when it failed.
    """

    def __init__(
        self, dataset: Dataset, config: TrainingConfig, trainer: Trainer, learning_curve: bool
    ):
        self.config = config
        self.schema = dataset.schema
        self.state = "waiting"
        self.epochs: list[dict[str, float]] = []
        self.curve: list[dict] = []
        self.bundle: inference.Bundle | None = None
        self.message = ""
        self._trainer = trainer
        self._seen = time.monotonic()
        self._folder: Path | None = None
        self._dataset = dataset
        self._identity = uuid.uuid4().hex
        self._request = {
            "id": self._identity,
            "name": dataset.name,
            "schema": dataset.schema.to_json(),
            "config": dataclasses.asdict(config),
            "learning_curve": learning_curve,
        }
        self._thread = threading.Thread(target=self._run, daemon=True, name="training-job")
        self._thread.start()

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running", "curve")

    @property
    def folder(self) -> Path:
        """Where the trained model's files are; removed together with the job."""
        if self._folder is None:
            raise RuntimeError("the training has not begun")
        return self._folder

    @property
    def loading(self) -> bool:
        """Whether the job waits for TensorFlow and not for another training."""
        return not self._trainer.ready

    def stop(self) -> None:
        """Ask the training to end after the present epoch. The best one is kept."""
        self._trainer.stop(self._identity)

    def seen(self) -> None:
        """Note that a page still waits for the job; without that, the training is stopped."""
        self._seen = time.monotonic()

    def wait(self, seconds: float | None = None) -> None:
        """Block until the job has ended, at most the given seconds."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="entrenamiento-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            rows = self.folder / "filas.parquet"
            self._dataset.rows.to_parquet(rows, index=False)
            places = {"rows": str(rows), "out": str(self.folder)}
            for answer in self._trainer.train(self._request | places):
                self._take(answer)
        except Exception as error:  # no caller of this thread could catch it
            self._fail(explain(error))

    def _take(self, answer: dict) -> None:
        if "epoch" in answer:
            self.state = "running"
            if time.monotonic() - self._seen > ABANDONED_SECONDS:
                self.stop()
            self.epochs.append(answer)
        elif "trained" in answer:
            self.bundle = inference.load_folder(self.folder)
            self.state = "curve"
        elif "point" in answer:
            self.curve.append(answer["point"])
        elif "failed" in answer:
            self._fail(answer["failed"])
        elif "done" in answer:
            self.bundle = inference.load_folder(self.folder)  # with the learning curve
            self.state = "done"

    def _fail(self, message: str) -> None:
        self.message = message
        self.state = "failed"
