"""The command for everything: what it repeats, what it leaves, and what it says of failures.

The steps here are small scripts; ``.ci/run`` runs the real ones.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from types import ModuleType

import pytest

COUNTS = """
import json, pathlib, sys
out, runs = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).with_name("runs.txt")
with open(runs, "a") as file:
    file.write("x")
(out / "metrics.json").write_text('{"kept": 1}')
(out / "left behind").write_text("")
print(json.dumps({"runs": len(runs.read_text()), "found": sorted(p.name for p in out.iterdir())}))
"""
FAILS = """
import sys
print("Falta el archivo de pesos; indíquelo con --weights.", file=sys.stderr)
sys.exit(2)
"""


@pytest.fixture
def reproduce(root, monkeypatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reproduce", root / "reproduce.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "reproduce", module)  # where dataclasses look for it
    monkeypatch.syspath_prepend(str(root))
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ask(reproduce, tmp_path, monkeypatch, capsys):
    """Runs the command with two steps of problems 1 and 2; exit code and what it said."""
    out = tmp_path / "salida"
    scripts = {}
    for name, text in (("counts", COUNTS), ("fails", FAILS)):
        scripts[name] = tmp_path / f"{name}.py"
        scripts[name].write_text(text, encoding="utf-8")

    def plan(folder, full):
        counts = (str(scripts["counts"]), str(folder / "uno"))
        keeps = {"uno/metrics.json": "uno.json"}
        return [
            reproduce.Step("falla", 1, "La que falla", (str(scripts["fails"]),)),
            reproduce.Step("uno", 2, "La que cuenta", counts, keeps),
        ]

    monkeypatch.setattr(reproduce, "plan", plan)
    monkeypatch.setattr(reproduce, "closing", lambda *a, **k: [])
    monkeypatch.setattr(
        reproduce, "rows", lambda outcome: [("vueltas", str(outcome.found["runs"]), "")]
    )

    def run(*flags: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["reproduce.py", "--out", str(out), *flags])
        code = reproduce.main()
        return code, capsys.readouterr().out

    run.out = out
    run.scripts = scripts
    return run


def runs(out) -> int:
    return len((out.parent / "runs.txt").read_text())


def test_a_step_that_fails_is_told_at_the_end_and_stops_no_other(ask):
    code, said = ask()
    assert code == 1
    assert "No se completó «La que falla»: Falta el archivo de pesos" in said
    assert json.loads((ask.out / "modelos" / "uno.json").read_text()) == {"kept": 1}
    assert re.search(r"vueltas +1", said)


def test_what_is_done_is_not_repeated_and_what_failed_is(ask):
    ask()
    ask.scripts["fails"].write_text("print('{}')")
    code, said = ask()
    assert code == 0
    assert runs(ask.out) == 1
    assert "ya estaba" in said
    assert re.search(r"vueltas +1", said)


def test_a_problem_asked_for_runs_alone(ask):
    code, said = ask("--problem", "2")
    assert code == 0
    assert "La que falla" not in said


@pytest.mark.parametrize("fault", ["cut", "gone", "other code"])
def test_a_step_runs_again_where_its_record_is_not_good(ask, reproduce, monkeypatch, fault):
    ask("--problem", "2")
    record = ask.out / "registro" / "uno.json"
    if fault == "cut":
        record.write_bytes(record.read_bytes()[:-5])
    elif fault == "gone":
        (ask.out / "uno" / "metrics.json").unlink()
    else:
        (ask.out / "uno" / "of the old code").write_text("")
        monkeypatch.setattr(reproduce, "signature", lambda step, out: {"sha256": "another"})
    ask("--problem", "2")
    assert runs(ask.out) == 2
    found = json.loads(record.read_text(encoding="utf-8"))["found"]["found"]
    assert found == ["left behind", "metrics.json"]


def test_interrupted_it_stops_the_step_and_goes_on_next_time(ask, reproduce, monkeypatch):
    processes = []

    class Interrupted(subprocess.Popen):
        def poll(self):
            if self not in processes:
                processes.append(self)
                raise KeyboardInterrupt
            return super().poll()

    ask.scripts["counts"].write_text("import time; time.sleep(60)")
    with monkeypatch.context() as patch:
        patch.setattr(reproduce.subprocess, "Popen", Interrupted)
        patch.setattr(reproduce, "GRACE", 0.1)
        code, _ = ask("--problem", "2")
    assert code == 130
    assert processes[0].returncode is not None  # it does not go on behind the user's back
    ask.scripts["counts"].write_text(COUNTS)
    assert ask("--problem", "2")[0] == 0
    assert runs(ask.out) == 1


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(
    reproduce, tmp_path, capsys, monkeypatch
):
    (tmp_path / "archivo").write_text("")
    monkeypatch.setattr(sys, "argv", ["reproduce.py", "--out", str(tmp_path / "archivo")])
    assert reproduce.main() == 2
    assert "elija otra carpeta con --out" in capsys.readouterr().err


def test_every_step_is_a_command_of_this_project(reproduce, help_of, tmp_path):
    """Its script takes the flags that it is given, as its help lists them."""
    for full in (False, True):
        steps = reproduce.plan(tmp_path, full) + reproduce.closing(tmp_path, full, part=False)
        assert len({step.name for step in steps}) == len(steps)
        for step in steps:
            script, *arguments = step.command
            for flag in arguments:
                if flag.startswith("--"):
                    assert re.search(rf"{flag}\b", help_of(script)), f"{script} {flag}"
