"""The command for everything: what it repeats, what it leaves, and what it says of failures.

The steps here are small scripts; ``.ci/run`` runs the real ones.
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from types import ModuleType

import pytest

COUNTS = """
import pathlib, sys
out, runs = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).with_name("runs.txt")
with open(runs, "a") as file:
    file.write("x")
there = [path.name for path in out.iterdir()] if out.exists() else []
out.mkdir(exist_ok=True)
(out / "rps_classifier.json").write_text(
    '{"test": {"simulated": {"n": 10, "accuracy": 0.9, "interval_95": [0.6, 1]},'
    ' "filmed": {"n": 20, "accuracy": 0.8, "interval_95": [0.5, 1]}}}'
)
print("its own table", "found", *sorted(there))
"""
FAILS = """
import sys
print("Falta el archivo de pesos; indíquelo con --weights.", file=sys.stderr)
sys.exit(2)
"""
WAITS = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
if (folder / "begun").exists():
    print("goes on")
    sys.exit()
folder.mkdir()
try:
    (folder / "begun").touch()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.6)
    (folder / "tidied").touch()
    sys.exit(130)
"""
ONE_STEP = """
import sys
sys.path.insert(0, sys.argv[1])
import reproduce
reproduce.QUICK = (reproduce.Step("uno", 3, "La que espera", f"{sys.argv[2]} {{out}}/uno"),)
sys.argv[1:] = ["--out", sys.argv[3]]
sys.exit(reproduce.main())
"""


@pytest.fixture
def reproduce(root, monkeypatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reproduce", root / "reproduce.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.syspath_prepend(str(root))
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ask(reproduce, tmp_path, monkeypatch, capfd):
    """Runs the command with a step that fails and one that does not; exit code and what it said."""
    out = tmp_path / "salida"
    for name, text in (("counts", COUNTS), ("fails", FAILS)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    steps = (
        reproduce.Step("falla", 1, "La que falla", f"{tmp_path}/fails.py"),
        reproduce.Step(
            *("uno", 2, "La que cuenta", f"{tmp_path}/counts.py {{out}}/uno"), reproduce.GESTURES
        ),
    )
    monkeypatch.setattr(reproduce, "QUICK", steps)

    def run(*flags: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["reproduce.py", "--out", str(out), *flags])
        code = reproduce.main()
        return code, *capfd.readouterr()

    run.out = out
    run.scripts = tmp_path
    return run


def runs(ask) -> int:
    return len((ask.scripts / "runs.txt").read_text())


def test_a_step_that_fails_is_told_at_the_end_and_stops_no_other(ask):
    code, said, told = ask()
    assert code == 1
    assert "Falta el archivo de pesos" in told  # its own sentence
    assert told.splitlines()[-1].startswith(
        "No se completó «La que falla»: terminó con el código 2"
    )
    assert "its own table" in said
    assert re.search(r"Exactitud en 10 manos simuladas +0,9000 \[0,6000; 1,0000\] +uno/", said)
    kept = (ask.out / "modelos" / "rps_classifier.json").read_bytes()
    assert kept == (ask.out / "uno" / "rps_classifier.json").read_bytes()


def test_what_is_done_is_not_repeated_and_what_failed_is(ask):
    ask()
    (ask.out / "modelos" / "rps_classifier.json").unlink()
    (ask.scripts / "fails.py").write_text("")
    code, said, told = ask()
    assert code == 0
    assert runs(ask) == 1
    assert told.count("Ya estaba.") == 1
    assert "Exactitud en 20 manos dibujadas" in said
    assert (ask.out / "modelos" / "rps_classifier.json").is_file()


def test_a_problem_asked_for_runs_alone(ask):
    code, said, told = ask("--problem", "2")
    assert code == 0
    assert "La que falla" not in said + told


@pytest.mark.parametrize("fault", ["cut", "gone", "other code", "no result"])
def test_a_step_runs_again_where_its_record_is_not_good(ask, fault):
    ask("--problem", "2")
    (record,) = (ask.out / "registro").iterdir()
    if fault == "cut":
        record.write_bytes(record.read_bytes()[:-5])
    elif fault == "gone":
        record.unlink()
    elif fault == "no result":
        (ask.out / "uno" / "rps_classifier.json").rename(ask.out / "uno" / "another.json")
    else:
        with open(ask.scripts / "counts.py", "a") as script:
            script.write("# other code\n")
    said = ask("--problem", "2")[1]
    assert runs(ask) == 2
    # what other code left is removed; what the same code left may be gone on from
    left = {"cut": "rps_classifier.json", "no result": "another.json"}.get(fault, "")
    assert f"its own table found {left}".strip() in said.splitlines()


def test_what_failed_leaves_no_older_result_among_those_shown(ask):
    ask("--problem", "2")
    (ask.scripts / "counts.py").write_text("raise SystemExit(1)")
    code, said, _ = ask("--problem", "2")
    assert code == 1
    assert "Exactitud" not in said
    assert not (ask.out / "modelos" / "rps_classifier.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there, Ctrl-C cannot be sent to one group")
def test_interrupted_it_waits_for_the_step_and_goes_on_next_time(root, tmp_path):
    out, script, pipe = tmp_path / "salida", tmp_path / "waits.py", subprocess.PIPE
    script.write_text(WAITS, encoding="utf-8")

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-c", ONE_STEP, root, script, out],
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
            start_new_session=True,
            # a shell starts what runs in its background with the signal ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    process = start()
    while not (out / "uno" / "begun").exists() and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130, told
    assert told.endswith("Interrumpido; repita la orden y sigue desde donde quedó.\n")
    assert (out / "uno" / "tidied").exists()  # it had the time that it needed
    process = start()
    said = process.communicate()[0]
    assert process.returncode == 0
    assert said.startswith("goes on")


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(
    reproduce, tmp_path, capfd, monkeypatch
):
    (tmp_path / "archivo").write_text("")
    monkeypatch.setattr(sys, "argv", ["reproduce.py", "--out", str(tmp_path / "archivo")])
    assert reproduce.main() == 2
    told = capfd.readouterr().err
    assert "elija otra carpeta con --out" in told
    assert len(told.splitlines()) == 1


def test_it_starts_where_opencv_and_keras_cannot_be_imported(root):
    hidden = "import sys; sys.modules.update(cv2=None, keras=None, tensorflow=None)"
    command = [sys.executable, "-c", f"{hidden}; import reproduce"]
    subprocess.run(command, check=True, cwd=root)


def test_every_step_is_a_command_of_this_project(reproduce, help_of):
    """Its script takes the flags that it is given, as its help lists them."""
    for steps in (reproduce.QUICK, reproduce.FULL):
        assert len({step.name for step in steps}) == len(steps)
        published = [name for step in steps for name in step.keeps.values()]
        assert len(set(published)) == len(published)  # no step removes what another kept
        for step in steps:
            script, *arguments = step.command.split()
            for flag in arguments:
                if flag.startswith("--"):
                    assert re.search(rf"{flag}\b", help_of(script)), f"{script} {flag}"
