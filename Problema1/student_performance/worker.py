"""A process that trains on request: ``python -m student_performance.worker``.

TensorFlow runs here and not in the app's process: there Streamlit would reset Keras's state after
every script run, in the middle of a training. Requests are JSON lines on standard input, answers
are JSON lines on standard output. The process ends with its input.

Requests: ``{"train": {"id", "rows", "name", "schema", "config", "out", "learning_curve"}}`` and
``{"stop": id}``, which ends that training and no other.
Answers: ``{"ready": true}`` once TensorFlow is loaded; then, for each training, ``{"epoch", "mse",
…}``, ``{"trained": true}``, ``{"point": {…}}`` of the learning curve, and at the end
``{"done": true}`` or ``{"failed": sentence}``.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import TextIO


def main() -> None:
    answers = _private_stdout()
    requests: queue.SimpleQueue[dict] = queue.SimpleQueue()
    stopped: set[str] = set()
    threading.Thread(target=_listen, args=(requests, stopped), daemon=True).start()

    import student_performance.training  # noqa: F401  loads TensorFlow, which takes seconds

    _send(answers, {"ready": True})
    while True:
        request = requests.get()
        _send(answers, _train(request, stopped, answers))


def _private_stdout() -> TextIO:
    """Standard output for answers alone; what libraries print there goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _listen(requests: queue.SimpleQueue, stopped: set[str]) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "train" in message:
            requests.put(message["train"])
        else:
            stopped.add(message["stop"])
    os._exit(0)  # the app has ended


def _send(answers: TextIO, message: dict) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _train(request: dict, stopped: set[str], answers: TextIO) -> dict:
    """Train as asked, send the progress, and return the last answer."""
    import pandas as pd

    from student_performance import data, training
    from student_performance.config import TrainingConfig
    from student_performance.jobs import explain
    from student_performance.schema import Schema

    def should_stop() -> bool:
        return request["id"] in stopped

    try:
        settings = request["config"] | {"hidden": tuple(request["config"]["hidden"])}
        config, out = TrainingConfig(**settings), Path(request["out"])
        schema = Schema.from_json(request["schema"])
        dataset = data.from_rows(pd.read_parquet(request["rows"]), request["name"], schema=schema)
        metrics = training.train(
            dataset,
            config,
            out,
            on_epoch=lambda epoch, errors: _send(answers, {"epoch": epoch, **errors}),
            should_stop=should_stop,
        )
        _send(answers, {"trained": True})
        curve = []
        if request["learning_curve"] and not should_stop():
            for point in training.learning_curve(dataset, metrics, config, should_stop):
                curve.append(point)
                _send(answers, {"point": point})
        if curve:
            training.add_learning_curve(out, curve)
    except Exception as error:  # the process outlives a training that fails
        return {"failed": explain(error)}
    return {"done": True}


if __name__ == "__main__":
    main()
