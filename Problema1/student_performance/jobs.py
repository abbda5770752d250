"""Trainings in another process, for an interface that answers meanwhile; see ``worker``."""

from __future__ import annotations

import abc
import dataclasses
import shutil
import tempfile
import threading
import time
import uuid
import weakref
from pathlib import Path

from student_performance import inference
from student_performance.config import TrainingConfig
from student_performance.data import Dataset
from student_performance.problems import Problem
from student_performance.trainer import Trainer

# A page that is open asks every few seconds, even in a background tab once a minute.
ABANDONED_SECONDS = 180
ROWS = "filas.parquet"  # beside a trained model: the rows it was trained on
ENDED = "Se detuvo antes de empezar."


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


class Job(abc.ABC):
    """Work of the training process, from the press of a button to its end.

    Attributes:
        state: ``waiting``, ``running``, ``done`` or ``failed``.
        message: one Spanish sentence when it failed.
    """

    kind = ""  # of the request, see ``worker``

    def __init__(self, trainer: Trainer) -> None:
        self.state = "waiting"
        self.message = ""
        self.trainer = trainer
        self._seen = time.monotonic()
        self._stopped = False
        self._identity = uuid.uuid4().hex
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"{self.kind}-job")

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running")

    @property
    def loading(self) -> bool:
        """Whether the job waits for TensorFlow and not for another one."""
        return not self.trainer.ready

    @property
    def ahead(self) -> int:
        """How many jobs of others have to end before this one begins."""
        return self.trainer.ahead(self._identity)

    def stop(self) -> None:
        """Ask the job to end after the present epoch, or not to begin."""
        self._stopped = True
        self.trainer.stop(self._identity)

    def seen(self) -> None:
        """Note that a page still waits for the job; without that, the job is stopped."""
        self._seen = time.monotonic()

    def wait(self, seconds: float | None = None) -> None:
        """Block until the job has ended, at most the given seconds."""
        self._thread.join(seconds)

    @abc.abstractmethod
    def _request(self) -> dict:
        """What the worker needs to know."""

    @abc.abstractmethod
    def _take(self, answer: dict) -> None:
        """Keep what an answer of the worker tells."""

    def _run(self) -> None:
        try:
            with self.trainer.turn(self._identity):
                if self._stopped or self._abandoned():
                    self._fail(ENDED)
                    return
                for answer in self.trainer.run(self.kind, {"id": self._identity} | self._request()):
                    if self._abandoned():
                        self.stop()
                    self.state = "running"
                    self._take(answer)
                    if "failed" in answer:
                        self._fail(answer["failed"])
                    elif "done" in answer:
                        self.state = "done"
        except Exception as error:  # no caller of this thread could catch it
            self._fail(explain(error))

    def _abandoned(self) -> bool:
        return time.monotonic() - self._seen > ABANDONED_SECONDS

    def _fail(self, message: str) -> None:
        self.message = message
        self.state = "failed"


class TrainingJob(Job):
    """One training, up to a model that predicts.

    Attributes:
        dataset: what it learns from.
        config: hyperparameters and seed.
        epochs: errors per epoch so far, each with its ``epoch`` and the ``seconds`` since the
            training began.
        bundle: the trained model once there is one.
    """

    kind = "train"

    def __init__(self, dataset: Dataset, config: TrainingConfig, trainer: Trainer):
        super().__init__(trainer)
        self.dataset = dataset
        self.config = config
        self.epochs: list[dict[str, float]] = []
        self.bundle: inference.Bundle | None = None
        self._folder: Path | None = None
        self._began = 0.0
        self._thread.start()

    @property
    def folder(self) -> Path:
        """Where the trained model's files are; removed together with the job."""
        if self._folder is None:
            raise RuntimeError("the training has not begun")
        return self._folder

    def asked(self) -> dict:
        """Data, configuration and folder, for the worker."""
        return {
            "rows": str(self.folder / ROWS),
            "name": self.dataset.name,
            "mapping": self.dataset.mapping.to_json(),
            "repeated": self.dataset.repeated,
            "config": dataclasses.asdict(self.config),
            "out": str(self.folder),
        }

    def _request(self) -> dict:
        self._folder = Path(tempfile.mkdtemp(prefix="entrenamiento-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.dataset.rows.to_parquet(self.folder / ROWS, index=False)
        self._began = time.monotonic()
        return self.asked()

    def _take(self, answer: dict) -> None:
        if "epoch" in answer:
            self.epochs.append(answer | {"seconds": time.monotonic() - self._began})
        elif "done" in answer:
            self.bundle = inference.load_folder(self.folder)


class CurveJob(Job):
    """The learning curve of a training that has ended.

    Attributes:
        points: of the curve so far, see ``training.learning_curve``.
    """

    kind = "curve"

    def __init__(self, training: TrainingJob):
        super().__init__(training.trainer)
        self.points: list[dict] = []
        self._training = training
        self._thread.start()

    def _request(self) -> dict:
        return self._training.asked()

    def _take(self, answer: dict) -> None:
        if "point" in answer:
            self.points.append(answer["point"])
        elif "done" in answer:
            self._training.bundle = inference.load_folder(self._training.folder)
