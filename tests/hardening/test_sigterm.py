"""SIGTERM, with which systems and queues stop a command, is answered as Ctrl-C is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from PIL import Image

import gestures.terminal
import scenes.terminal
import student_performance.terminal

MODULES = [student_performance.terminal, gestures.terminal, scenes.terminal]


@pytest.mark.parametrize("terminal", MODULES, ids=lambda each: each.__name__)
def test_a_command_ends_with_its_sentence(terminal, capfd):
    before = signal.getsignal(signal.SIGTERM)
    cleaned = []

    def command(console):
        try:
            signal.raise_signal(signal.SIGTERM)
            time.sleep(60)
        finally:
            cleaned.append(True)

    assert terminal.run(command, "Interrumpido; nada.") == terminal.INTERRUPTED
    assert capfd.readouterr().err == "Interrumpido; nada.\n"
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("terminal", MODULES, ids=lambda each: each.__name__)
def test_a_training_is_interrupted_where_it_asks(terminal, number, capfd):
    """An exception raised between any two lines of TensorFlow's has crashed the process."""
    happened = []

    def command(console):
        with terminal.interruption_held() as answer:
            answer("nothing came yet")
            signal.raise_signal(number)
            happened.append("native code ends in peace")
            answer(3, logs={"loss": 0.5})
            happened.append("never")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert terminal.run(command) == terminal.INTERRUPTED
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert happened == ["native code ends in peace"]
    assert capfd.readouterr().err == "Interrumpido.\n"


@pytest.mark.parametrize("terminal", MODULES, ids=lambda each: each.__name__)
def test_the_end_of_a_training_and_a_second_signal_answer_too(terminal):
    reached = []

    def never_asks(console):
        with terminal.interruption_held():
            signal.raise_signal(signal.SIGTERM)
            reached.append(1)

    def asked_twice(console):
        with terminal.interruption_held():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            reached.append(2)

    assert terminal.run(never_asks) == terminal.INTERRUPTED
    assert terminal.run(asked_twice) == terminal.INTERRUPTED
    assert reached == [1]


def test_a_command_in_another_thread_runs_all_the_same():
    codes = []
    thread = threading.Thread(
        target=lambda: codes.append(scenes.terminal.run(lambda console: None))
    )
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking")
def test_predict_stopped_in_the_middle_writes_nothing(root, tmp_path):
    pictures = tmp_path / "fotos"
    pictures.mkdir()
    Image.new("RGB", (2400, 1600), "navy").save(pictures / "0.png")
    for at in range(1, 400):
        os.link(pictures / "0.png", pictures / f"{at}.png")
    out = tmp_path / "clases.csv"
    out.write_text("lo de antes")
    command = [root / "Problema3" / "predict.py", "--model", "residual", "--images", pictures]
    process = subprocess.Popen(
        [sys.executable, *map(str, command), "--out", str(out), "--html", str(tmp_path / "p")],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "p").is_dir():  # made once the pictures are listed
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    messages = process.communicate(timeout=60)[1]
    assert process.returncode == 130, messages
    assert messages.rstrip().endswith("Interrumpido; no se escribió nada.")
    assert out.read_text() == "lo de antes"
    assert list((tmp_path / "p").iterdir()) == []
