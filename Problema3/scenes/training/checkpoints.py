"""The state of a training on disk, in whole files: what a killed run goes on from.

A folder ``.<name>-respaldo`` beside the results holds the description of the run, the weights and
the optimizer's state after the last whole epoch, and the best epoch's network. The log,
``<name>.csv``, has one line an epoch.
"""

from __future__ import annotations

import contextlib
import csv
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras

from scenes import files
from scenes.results import stored
from scenes.training.group import AgreedProblem

History = dict[str, list[float]]  # loss, accuracy, val_loss, val_accuracy: a value an epoch


class Checkpoint:
    """The state of one training.

    Args:
        out: existing folder of the results.
        name: of the network.
        resume: whether to go on from what is there.

    Attributes:
        folder: where the state is.
        best: file of the best epoch's network.
        tested: file of the network that is tested and then published.
        log: CSV file of the losses.
    """

    def __init__(self, out: Path, name: str, resume: bool = False):
        self.out = out
        self.folder = out / f".{name}-respaldo"
        self.best = self.folder / "best.keras"
        self.tested = self.folder / "tested.keras"
        self.log = out / f"{name}.csv"
        self._metrics = out / f"{name}.json"
        self._note = self.folder / "run.json"
        self._resume = resume

    @property
    def epoch(self) -> int:
        """How many whole epochs the state has."""
        return int(self.state.name.split("-")[1].split(".")[0]) if self.state else 0

    @property
    def state(self) -> Path | None:
        """File of weights and optimizer after the last whole epoch. Its name holds the epoch."""
        return max(self.folder.glob("epoch-*.weights.h5"), default=None)

    @property
    def history(self) -> History:
        """The losses of the epochs that the log holds."""
        return read_log(self.log)

    def begin(self, run: dict) -> dict | None:
        """Return the result of the same run if it is complete, else prepare the folder.

        Args:
            run: what makes it the same run, for JSON.

        Raises:
            AgreedProblem: what is there belongs to another run.
        """
        if self._resume:
            metrics = stored.read_json(self._metrics)
            if metrics.get("run") == run:
                return metrics
            if self._note.is_file():
                if stored.read_json(self._note) != run:
                    raise AgreedProblem(
                        f"No se puede reanudar «{run['model']}»: la ejecución interrumpida usaba "
                        "otras imágenes u otra configuración; quite --resume para empezar de nuevo."
                    )
                return None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        stored.write_json(run, self._note)
        return None

    def files(self) -> list[str]:
        """The files that another process needs to go on too, relative to ``out``."""
        state = self.state
        return (
            [path.relative_to(self.out).as_posix() for path in (state, self.log)] if state else []
        )

    def save_epoch(self, model: keras.Model, epoch: int) -> None:
        """Save weights and optimizer after an epoch, in one step, and forget the one before."""
        before, path = self.state, self.folder / f"epoch-{epoch:04d}.weights.h5"
        with undistributed(), files.replacing(path) as temporary:
            model.save_weights(temporary)
        if before and before != path:
            before.unlink(missing_ok=True)

    def restore(self, model: keras.Model) -> None:
        """Give a compiled network the state, if there is one."""
        if self.state:
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            model.load_weights(self.state)

    def save_best(self, model: keras.Model) -> None:
        """Save the network of the best epoch so far."""
        with undistributed(), files.replacing(self.best) as temporary:
            model.save(temporary)

    def cut_log(self) -> None:
        """Drop the log's lines after the state's epoch: a kill may come between the two."""
        if self.log.is_file():
            lines = self.log.read_text(encoding="utf-8").splitlines(keepends=True)
            with files.replacing(self.log) as temporary:
                temporary.write_text("".join(lines[: self.epoch + 1]), encoding="utf-8")

    def remove(self) -> None:
        """Forget the state of a finished run; the log stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def best_epoch(losses: list[float]) -> int:
    """Position of the first lowest finite loss; -1 if there is none."""
    finite = [at for at, loss in enumerate(losses) if math.isfinite(loss)]
    return min(finite, key=lambda at: losses[at], default=-1)


def read_log(path: Path) -> History:
    """History in a CSVLogger's file; empty without a file."""
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "epoch"] if rows else []
    return {name: [float(row[name]) for row in rows] for name in names}


@contextlib.contextmanager
def undistributed() -> Iterator[None]:
    """Outside the distribution, if there is one.

    Keras makes variables while it saves, and one process of several cannot make any alone.
    """
    active = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(active)
