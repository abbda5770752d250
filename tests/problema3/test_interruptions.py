"""Training stopped from outside, and progress where no terminal is."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import pytest
from rich.console import Console

from scenes.data import dataset


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to answer")
def test_sigterm_after_an_epoch_is_answered_as_ctrl_c_and_can_be_resumed(root, folder, tmp_path):
    command = [
        *(sys.executable, root / "Problema3" / "train.py", "--model", "dense", "--epochs", 500),
        *("--image-size", 32, "--batch-size", 8, "--out", tmp_path, "--data", folder),
    ]
    process = subprocess.Popen(
        [str(each) for each in command], stderr=subprocess.PIPE, encoding="utf-8"
    )
    lines = []
    for line in process.stderr:  # it ends when the process does
        lines.append(line)
        if "ép. 2:" in line:  # a line an epoch, written at once: the first one is saved by then
            process.send_signal(signal.SIGTERM)
            break
    rest = process.communicate(timeout=120)[1]
    assert process.returncode == 130, "".join(lines) + rest
    assert "repita la orden con --resume" in rest
    assert rest.rstrip().endswith("Interrumpido.")
    assert "Traceback" not in rest
    assert list(tmp_path.glob(".dense-respaldo/epoch-*.weights.h5"))


def test_no_promise_where_nothing_was_saved(folder, tmp_path, run_here, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset, "load", interrupt)
    # what an earlier order left is not this one's
    old = tmp_path / ".dense-respaldo" / "epoch-0001.weights.h5"
    old.parent.mkdir()
    old.touch()
    os.utime(old, (1, 1))
    options = ("--model", "dense", "--data", folder, "--out", tmp_path)
    done = run_here("train.py", *options)
    assert done.returncode == 130
    assert "Interrumpido." in done.stderr
    assert "--resume" not in done.stderr
    assert "--resume" in run_here("train.py", *options, "--resume").stderr


def test_lines_are_an_epoch_or_a_tenth(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "Problema3"))
    monkeypatch.delitem(sys.modules, "progress", raising=False)
    import progress

    out = io.StringIO()
    with progress.training_bars(Console(file=out, soft_wrap=True)) as lines:
        assert isinstance(lines, progress.Lines)
        tell = progress.meter(lines, "Revisión")
        for done in range(1, 101):
            tell(done, 100)
        bars = progress.StageBars(lines, "cnn")
        for step in range(1, 21):
            epoch = {"epoch": step // 10, "val_accuracy": 0.5} if step % 10 == 0 else {}
            bars("steps", step, 20, epoch)
    monkeypatch.delitem(sys.modules, "progress")
    told = out.getvalue().splitlines()
    assert told[:2] == ["Revisión 10/100", "Revisión 20/100"]
    assert len(told) == 12
    assert told[-1] == "Convolucional: pasos 20/20 · ép. 2: val. 0,500"
    terminal = Console(file=io.StringIO(), force_terminal=True)
    assert not isinstance(progress.progress_bar(terminal), progress.Lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--image-size", "150x150"], "entero entre 32 y 1024"),
        (["--limit", "5"], "al menos 12"),
        (["--limit", "3"], "4 con 2 clases"),
        (["--epochs", "dos"], "al menos 1"),
    ],
)
def test_numbers_out_of_range_are_refused_at_once_with_the_true_range(
    run_here, monkeypatch, arguments, words
):
    monkeypatch.delenv("ESCENAS_DATA", raising=False)
    monkeypatch.setattr(dataset, "scan", lambda *_: pytest.fail("looked for images"))
    done = run_here("train.py", "--model", "cnn", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "4294967295" not in done.stderr
