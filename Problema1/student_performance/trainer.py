"""The process that trains, and the line before it; see ``worker``."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from student_performance.problems import Problem

WORKER = (sys.executable, "-m", "student_performance.worker")
# TensorFlow keeps about 9 MiB of each training: after so many, another process takes its place.
RENEWED_AFTER = 20
DIED = (
    "El proceso de entrenamiento no arrancó o terminó de golpe; compruebe que están instaladas las "
    "dependencias de requirements.txt y que hay memoria libre, y vuelva a intentarlo."
)


class Trainer:
    """The process that trains. A new one replaces it when it has died or trained often.

    The requests of all visitors run one after another, in the order in which they came: two at once
    would only slow each other.
    """

    def __init__(self) -> None:
        self.ready = False  # whether TensorFlow has been loaded
        self._line: list[str] = []  # identities, the one that runs first
        self._moved = threading.Condition()
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
        """End the training with that ``id`` after its present epoch."""
        with contextlib.suppress(OSError):
            self._send({"stop": identity})

    def ahead(self, identity: str) -> int:
        """How many requests have to end before that one begins."""
        with self._moved:
            return self._line.index(identity) if identity in self._line else 0

    @contextlib.contextmanager
    def turn(self, identity: str) -> Iterator[None]:
        """Wait until all requests that came before have ended; those that come after wait."""
        with self._moved:
            self._line.append(identity)
            self._moved.wait_for(lambda: self._line[0] == identity)
        try:
            yield
        finally:
            with self._moved:
                self._line.remove(identity)
                self._moved.notify_all()

    def run(self, kind: str, request: dict) -> Iterator[dict]:
        """Have one request done, within its turn, and yield the worker's answers.

        Raises:
            Problem: the process ended before the request did.
        """
        if self._process.poll() is not None:
            self._start()
        try:
            while not self.ready:
                self.ready = "ready" in self._receive()
            self._send({kind: request})
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
            if not ended:  # its remaining answers must not reach the next request
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
