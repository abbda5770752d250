"""The report: the committed PDF is that of today's results, and what is missing is named."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys

import pytest

from scenes.problems import Problem


@pytest.fixture
def build(root):
    spec = importlib.util.spec_from_file_location("informe_build", root / "informe" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_report_is_not_older_than_its_inputs(root, build):
    pdf = (root / "informe.pdf").read_bytes()
    made_from = re.search(rb"entradas-sha256:([0-9a-f]{64})", pdf)
    assert made_from[1].decode() == build.digest(root / "models"), (
        "run python informe/build.py and commit informe.pdf"
    )


def test_the_report_is_short(root):
    pdf = (root / "informe.pdf").read_bytes()
    pages = max(int(count) for count in re.findall(rb"/Count (\d+)", pdf))
    assert 5 < pages <= 15


def test_the_digest_sees_every_input_and_no_line_endings(root, build, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for path in (root / "models").glob("student*.json"):
        shutil.copy(path, models)
    before = build.digest(models)
    path = models / "student_performance.json"
    text = path.read_bytes()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert build.digest(models) == before
    path.write_bytes(text.replace(b"1", b"2", 1))
    assert build.digest(models) != before


@pytest.mark.skipif(sys.platform != "linux", reason="curves are rounded otherwise elsewhere")
def test_rebuilt_without_changes_it_has_the_same_pages(root, tmp_path):
    made = tmp_path / "informe.pdf"
    command = [sys.executable, str(root / "informe" / "build.py"), "--out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    assert made.read_bytes() == (root / "informe.pdf").read_bytes()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--models", "{empty}"], "Falta «student_performance.json»"),
        (["--out", "{empty}/no/informe.pdf"], "elija otra con --out"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(root, tmp_path, flags, said):
    flags = [flag.format(empty=tmp_path) for flag in flags]
    done = subprocess.run(
        [sys.executable, str(root / "informe" / "build.py"), *flags],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_figures_of_what_there_is(root, tmp_path):
    models, out = tmp_path / "models", tmp_path / "figuras"
    models.mkdir()
    script = [sys.executable, str(root / "informe" / "figures.py")]
    script += ["--models", str(models), "--out", str(out)]
    empty = subprocess.run(script, capture_output=True, text=True)
    assert empty.returncode == 2
    assert "no hay resultados que dibujar" in empty.stderr
    shutil.copy(root / "models" / "rps_classifier.json", models)
    subprocess.run(script, check=True, capture_output=True)
    assert {path.name for path in out.iterdir()} == {"p2-curvas.png", "p2-confusion.png"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in out.iterdir())


@pytest.mark.parametrize("fault", ["cut", "simulated", "empty archive"])
def test_results_that_are_no_use_are_said(root, tmp_path, fault, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "informe"))
    contents = importlib.import_module("contents")
    models = tmp_path / "models"
    shutil.copytree(root / "models", models, ignore=shutil.ignore_patterns("scenes_*.keras"))
    path = models / "scenes_cnn.json"
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif fault == "simulated":
        path.write_text(path.read_text().replace('"data_kind": "real"', '"data_kind": "simulated"'))
    else:
        (models / "scenes_cnn_probabilities.npz").write_bytes(b"")
    expected = "no son de los datos reales" if fault == "simulated" else "está dañado"
    with pytest.raises(Problem, match=expected):
        contents.read(models)


@pytest.mark.parametrize(
    ("recorded", "than"),
    [
        ([0.96, 0.99], "es menor que la de todas"),
        ([0.90, 0.94], "es mayor que la de todas"),
        ([0.90, 0.99], "es ni menor ni mayor que la de todas"),
        ([], ""),
    ],
)
def test_drawn_and_recorded_hands_are_compared_as_the_figures_say(
    root, monkeypatch, recorded, than
):
    monkeypatch.syspath_prepend(str(root / "informe"))
    hands = importlib.import_module("hands")
    metrics = {
        "test": {"filmed": {"accuracy": 0.95}},
        "recordings": {str(at): {"accuracy": value} for at, value in enumerate(recorded)},
        "none_of_these": {"n": 3000, "shown": 0.031},
    }
    sentences = hands.discussion(metrics)
    assert len(sentences) == (2 if recorded else 1)
    assert than in sentences[0]
    assert "De 3.000 manos" in sentences[-1]
    assert "el 3,1 %" in sentences[-1].replace("\u202f", " ").replace("\xa0", " ")
