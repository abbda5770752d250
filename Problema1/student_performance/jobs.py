"""Training in a background thread, for an interface that has to stay alive meanwhile."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from student_performance import inference
from student_performance.config import TrainingConfig
from student_performance.data import Dataset

# Keras's random state belongs to the process: two trainings at once would not be reproducible.
_ONE_AT_A_TIME = threading.Lock()


class Warmup:
    """Imports TensorFlow in the background, once for the whole process."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="import-tensorflow")
        self._thread.start()

    def _run(self) -> None:
        try:
            import student_performance.training  # noqa: F401
        except Exception as error:
            self.error = error

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Block until the import has ended, and raise what it raised."""
        self._thread.join()
        if self.error:
            raise self.error


class TrainingJob:
    """One training, from the press of a button to a model that predicts.

    Attributes:
        state: ``waiting``, ``running``, ``curve`` (done, the learning curve still growing),
            ``done`` or ``failed``.
        epochs: errors per epoch so far, each with its ``epoch``.
        curve: learning curve so far, see ``training.learning_curve``.
        bundle: the trained model once there is one.
        message: one Spanish sentence when it failed.
    """

    def __init__(
        self, dataset: Dataset, config: TrainingConfig, warmup: Warmup, learning_curve: bool
    ):
        self.dataset = dataset
        self.config = config
        self.state = "waiting"
        self.epochs: list[dict[str, float]] = []
        self.curve: list[dict] = []
        self.bundle: inference.Bundle | None = None
        self.message = ""
        self.started = time.monotonic()
        self._folder = tempfile.TemporaryDirectory(prefix="entrenamiento-")  # goes with the job
        self._stop = threading.Event()
        self._warmup = warmup
        self._learning_curve = learning_curve
        self._thread = threading.Thread(target=self._run, daemon=True, name="training")
        self._thread.start()

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running", "curve")

    @property
    def keras_file(self) -> Path:
        return Path(self._folder.name) / "model.keras"

    def stop(self) -> None:
        """Ask the training to end after the present epoch, keeping the best one."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Block until the job has ended, at most the given seconds."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._warmup.wait()
            from student_performance import model, training

            with _ONE_AT_A_TIME:
                self.state = "running"
                try:
                    self._train(training)
                except model.DivergedError:
                    self._fail("El entrenamiento divergió; baje la tasa de aprendizaje.")
        except Exception as error:  # a thread has nobody else to tell
            self._fail(f"El entrenamiento falló ({type(error).__name__}: {error}).")

    def _train(self, training) -> None:
        out = Path(self._folder.name)
        metrics = training.train(
            self.dataset,
            self.config,
            out,
            on_epoch=lambda epoch, errors: self.epochs.append({"epoch": epoch, **errors}),
            should_stop=self._stop.is_set,
        )
        self.bundle = inference.load_folder(out)
        if self._learning_curve and not self._stop.is_set():
            self.state = "curve"
            for point in training.learning_curve(self.dataset, metrics, self.config):
                self.curve.append(point)
                if self._stop.is_set():
                    break
            self.bundle.metrics["learning_curve"] = self.curve
        self.state = "done"

    def _fail(self, message: str) -> None:
        self.message = message
        self.state = "failed"
