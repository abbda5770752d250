"""A process that trains on request: ``python -m student_performance.worker``.

TensorFlow runs here and not in the app's process: there Streamlit would reset Keras's state after
every script run, in the middle of a training. Requests are JSON lines on standard input, answers
are JSON lines on standard output. The process ends with its input.

Requests: ``{"train": {"id", "rows", "name", "mapping", "config", "out"}}``; ``{"curve": {…}}``, the
same for the learning curve of a training that has ended; and ``{"stop": id}``, which ends that one
and no other.
Answers: ``{"ready": true}`` once TensorFlow is loaded; then, for each training, ``{"epoch", "rmse",
…}``, and at the end ``{"done": true}`` or ``{"failed": sentence}``. A learning curve answers
``{"busy": true}`` after every epoch and ``{"point": {…}}`` after every network.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO


def main() -> None:
    answers = _private_stdout()
    requests: queue.SimpleQueue[tuple[str, dict]] = queue.SimpleQueue()
    stopped: set[str] = set()
    threading.Thread(target=_listen, args=(requests, stopped), daemon=True).start()

    import student_performance.training  # noqa: F401  loads TensorFlow, which takes seconds

    def send(message: dict) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    send({"ready": True})
    while True:
        kind, request = requests.get()
        send(_answer(kind, request, stopped, send))


def _private_stdout() -> TextIO:
    """Standard output for answers alone; what libraries print there goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _listen(requests: queue.SimpleQueue, stopped: set[str]) -> None:
    for line in sys.stdin:
        ((kind, content),) = json.loads(line).items()
        if kind == "stop":
            stopped.add(content)
        else:
            requests.put((kind, content))
    os._exit(0)  # the app has ended


def _answer(kind: str, request: dict, stopped: set[str], send: Callable[[dict], None]) -> dict:
    """Do what is asked, send the progress, and return the last answer."""
    from student_performance.jobs import explain

    work = {"train": _train, "curve": _curve}[kind]
    try:
        work(request, lambda: request["id"] in stopped, send)
    except Exception as error:  # the process outlives a training that fails
        return {"failed": explain(error)}
    return {"done": True}


def _train(request: dict, should_stop: Callable[[], bool], send: Callable[[dict], None]) -> None:
    from student_performance import training

    dataset, config = _asked(request)
    training.train(
        dataset,
        config,
        Path(request["out"]),
        on_epoch=lambda epoch, errors: send({"epoch": epoch, **errors}),
        should_stop=should_stop,
    )


def _curve(request: dict, should_stop: Callable[[], bool], send: Callable[[dict], None]) -> None:
    from student_performance import training

    curve = []
    dataset, config = _asked(request)
    for point in training.learning_curve(
        dataset, config, on_epoch=lambda *_: send({"busy": True}), should_stop=should_stop
    ):
        curve.append(point)
        send({"point": point})
    if curve and not should_stop():
        training.add_learning_curve(Path(request["out"]), curve)


def _asked(request: dict):
    """The data set and the configuration of a request."""
    import pandas as pd

    from student_performance.config import TrainingConfig
    from student_performance.data import Dataset
    from student_performance.mapping import Mapping

    rows = pd.read_parquet(request["rows"])
    dataset = Dataset(
        request["name"],
        Mapping.from_json(request["mapping"]),
        rows,
        pd.DataFrame(index=rows.index),
        repeated=request["repeated"],
    )
    settings = request["config"] | {"hidden": tuple(request["config"]["hidden"])}
    return dataset, TrainingConfig(**settings)


if __name__ == "__main__":
    main()
