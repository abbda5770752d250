"""The doctor: it says what is missing and what to do, whatever is broken."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import types

import pytest
from packaging.requirements import Requirement


@pytest.fixture
def doctor(root):
    spec = importlib.util.spec_from_file_location("comprobar", root / "comprobar.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["comprobar"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["comprobar"]


@pytest.fixture
def with_module(tmp_path, monkeypatch):
    """Makes a module that the doctor's own processes can import."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(code: str) -> str:
        (tmp_path / "modulo_de_prueba.py").write_text(code, encoding="utf-8")
        return "modulo-de-prueba"

    return make


def test_it_starts_on_a_python_that_the_rest_does_not(root):
    ast.parse((root / "comprobar.py").read_text("utf-8"), feature_version=(3, 8))


def test_it_reads_the_pins_as_pip_does(root, doctor):
    lines = (root / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [Requirement(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]
    here = {each.name: str(each.specifier).lstrip("=") for each in wanted if _applies(each)}
    assert doctor.requirements() == here
    assert len(here) > 20


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def test_every_module_that_it_names_is_required(doctor):
    assert set(doctor.MODULES) <= set(doctor.requirements())


@pytest.mark.parametrize(
    ("code", "state", "text", "todo"),
    [
        ("", "ok", " s", ""),
        ("raise ModuleNotFoundError('nada')", "falta", "nada", "pip install"),
        ("raise ImportError('libGL.so.1: cannot open shared object')", "falta", "libGL", "apt"),
        ("raise ImportError('DLL load failed while importing')", "falta", "DLL", "Visual C++"),
        ("import os; os.abort()", "falta", "se cierra de golpe", "pip install"),
        ("raise SystemExit(3)", "falta", "sin explicación", "pip install"),
        ("print('ñ' * 100000)", "ok", " s", ""),
    ],
)
def test_an_import_says_how_it_ended(doctor, with_module, code, state, text, todo):
    line = doctor.imported(with_module(code))
    assert line.state == state
    assert text in line.text
    assert todo in line.todo
    assert len(line.text) < 200


def test_an_import_that_hangs_ends(doctor, with_module, monkeypatch):
    monkeypatch.setattr(doctor, "PATIENCE", 0.5)
    line = doctor.imported(with_module("import time; time.sleep(60)"))
    assert (line.state, line.what) == ("aviso", "import modulo_de_prueba")


def test_two_opencvs_are_one_too_many(doctor, monkeypatch):
    names = ["numpy", "opencv-contrib-python", "OpenCV-Python-headless"]
    found = [types.SimpleNamespace(metadata={"Name": name}) for name in names]
    monkeypatch.setattr(doctor.metadata, "distributions", lambda: found)
    line = doctor.one_opencv()
    assert line.state == "falta"
    assert "pip uninstall -y opencv-contrib-python opencv-python-headless" in line.todo
    del found[2]
    assert doctor.one_opencv().state == "ok"


def test_packages_that_lack_or_differ_are_named(doctor):
    absent = doctor.packages({"numpy": "1", "no-existe-tal-cosa": "2"})
    assert (absent.state, absent.text) == ("falta", "faltan no-existe-tal-cosa")
    other = doctor.packages({"numpy": "0.1"})
    assert other.state == "aviso"
    assert "y no 0.1" in other.text
    assert doctor.packages({}).state == "falta"


@pytest.mark.parametrize(
    ("name", "machine", "release", "state"),
    [
        ("Darwin", "arm64", "15.2", "ok"),
        ("Darwin", "arm64", "13.6.1", "aviso"),
        ("Darwin", "x86_64", "15.2", "falta"),
        ("Windows", "AMD64", "", "ok"),
        ("Windows", "ARM64", "", "falta"),
        ("Linux", "aarch64", "2.28", "ok"),
        ("Linux", "x86_64", "2.17", "falta"),
        ("Linux", "x86_64", "", "falta"),  # musl names no glibc
    ],
)
def test_systems_without_wheels_are_told(doctor, monkeypatch, name, machine, release, state):
    monkeypatch.setattr(doctor.platform, "system", lambda: name)
    monkeypatch.setattr(doctor.platform, "machine", lambda: machine)
    monkeypatch.setattr(doctor.platform, "platform", lambda: f"{name}-{release}")
    monkeypatch.setattr(doctor.platform, "mac_ver", lambda: (release, ("", "", ""), machine))
    monkeypatch.setattr(
        doctor.platform, "libc_ver", lambda: ("glibc", release) if release else ("", "")
    )
    line = doctor.system()
    assert line.state == state
    assert bool(line.todo) == (state != "ok")


def test_another_python_is_told(doctor, monkeypatch):
    assert doctor.python_version().state == "ok"
    monkeypatch.setattr(doctor, "PYTHONS", ((2, 6), (2, 7)))
    assert "2.6 a 2.7" in doctor.python_version().todo


@pytest.mark.parametrize(
    ("answer", "state", "text"),
    [
        ({"0": [640, 480]}, "ok", "0: 640 × 480"),
        ({"0": None, "1": [1280, 720]}, "ok", "1: 1280 × 720"),
        ({"2": None}, "aviso", "la 2 abre"),
        ({}, "aviso", "ninguna"),
        (None, "aviso", "OpenCV no carga"),
    ],
)
def test_cameras_are_told(doctor, monkeypatch, answer, state, text):
    monkeypatch.setattr(doctor, "answer", lambda code: answer)
    line = doctor.cameras()
    assert line.state == state
    assert text in line.text
    assert ("--source demo" in line.todo) == (state != "ok")


def test_the_camera_that_is_not_there_is_no_failure(doctor):
    """The program itself, on a machine that may have none."""
    assert isinstance(doctor.answer(doctor.CAMERAS), dict)


def test_a_check_that_fails_is_a_line(doctor, monkeypatch):
    def broken():
        raise RuntimeError("cosa rara")

    monkeypatch.setattr(doctor, "requirements", dict)
    monkeypatch.setattr(doctor, "disk", broken)
    monkeypatch.setattr(doctor, "backend", broken)
    lines = list(doctor.check(camera=False))
    assert [line.text for line in lines if "RuntimeError: cosa rara" in line.text]
    assert not any("Cámara" in line.what for line in lines)


def test_it_speaks_on_any_terminal_and_its_code_says_whether_something_lacks(root):
    program = (
        "import sys, comprobar; comprobar.requirements = dict; "
        "comprobar.backend = lambda: comprobar.Line('Keras', 'ok', 'así'); "
        "sys.exit(comprobar.main())"
    )

    def run(*flags):
        return subprocess.run(
            [sys.executable, "-c", program, "--no-camera", *flags],
            capture_output=True,
            cwd=root,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )

    done = run()
    assert done.returncode == 1  # requirements.txt could not be read
    assert b"Traceback" not in done.stderr
    assert "Falta algo en 1 de" in done.stdout.decode("ascii")
    lines = [json.loads(line) for line in run("--json").stdout.splitlines()]
    assert {line["state"] for line in lines} <= {"ok", "aviso", "falta"}
    assert sum(line["state"] == "falta" for line in lines) == 1
