"""The report is one file that shows everything and runs nothing; its code gives what it says."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from student_performance import (
    archives,
    data,
    evaluation,
    inference,
    report,
    scripts,
    tested,
    training,
)
from student_performance import document as html
from student_performance.config import TrainingConfig
from student_performance.mapping import Mapping
from student_performance.problems import Problem
from student_performance.schema import Column, Schema

HOSTILE = '<script>alert(\'1\')</script>"""{x}'
TODAY = datetime.date(2026, 1, 31)


def table() -> pd.DataFrame:
    """Two numbers and a category with a hostile heading and hostile levels; 150 rows."""
    rng = np.random.default_rng(4)
    n = 150
    town = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "horas": rng.uniform(0, 10, n).round(2),
            HOSTILE: np.array(["Norte", "<b>Sur</b>", "'Este'"])[town],
            "beca": np.array(["No", "Sí"])[rng.integers(0, 2, n)],
        }
    )
    frame["nota"] = (2 * frame["horas"] + 5 * town + rng.normal(0, 1, n)).round(3)
    return frame


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table, its name hostile, and beside it the files of a training on it."""
    folder = tmp_path_factory.mktemp("informe")
    path = folder / "<i>x</i>".replace("/", "'")
    path.write_text(table().to_csv(index=False), encoding="utf-8")
    config = TrainingConfig(hidden=(4,), epochs=2, seed=3)
    training.train(data.load(path), config, folder / "out")
    return folder


@pytest.fixture(scope="module")
def bundle(folder) -> inference.Bundle:
    return inference.load_folder(folder / "out")


@pytest.fixture(scope="module")
def dataset(folder) -> data.Dataset:
    return data.load(folder / "<i>x<'i>")


class Tags(HTMLParser):
    """The tags of a document, and its text."""

    def __init__(self, content: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def named(self, name: str) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_report_is_one_file_without_scripts_that_shows_all(bundle, dataset):
    content = report.report(bundle, dataset, HOSTILE, tested.Tested(bundle, dataset), TODAY)
    page = Tags(content)
    assert page.named("html") == [{"lang": "es"}]
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "i", "b", "iframe", "object", "link"}
    assert HOSTILE in page.text
    assert "<b>Sur</b>" in page.text
    pictures = page.named("img")
    assert len(pictures) == 2 + 4 + 3  # target and curves; test; an effect for each variable
    assert all(each["src"].startswith("data:image/") and each["alt"] for each in pictures)
    assert not re.search(r"(src|href)=\"(?!data:)", content)
    assert "31/01/2026" in page.text
    # measured on the rows of the training, once
    assert page.text.count("Árboles potenciados") == 1
    assert "las mismas que se apartaron" in page.text
    assert len(content) < 3_000_000


def test_other_data_are_told_from_those_of_the_model(bundle, dataset):
    fewer = replace(dataset, name="otra.csv", rows=dataset.rows.head(120))
    page = Tags(report.report(bundle, fewer, "M", tested.Tested(bundle, fewer), TODAY))
    assert page.text.count("Árboles potenciados") == 2
    assert "se entrenó con otra tabla" in page.text
    schema = Schema(Column("y"), (Column("x"),))
    rows = pd.DataFrame({"x": np.arange(60.0), "y": np.arange(60.0)})
    other = data.Dataset("rara.csv", Mapping(schema), rows, pd.DataFrame(index=rows.index))
    page = Tags(report.report(bundle, other, "M", None, TODAY))
    assert page.text.count("Árboles potenciados") == 1
    assert "otras columnas que rara.csv" in page.text


def test_the_figures_that_a_training_keeps_are_those_it_measured(bundle, dataset):
    pd.testing.assert_frame_equal(
        evaluation.stored(bundle.metrics),
        tested.Tested(bundle, dataset).comparison,
        check_like=True,
        rtol=1e-4,
        atol=1e-5,
    )


def test_a_table_escapes_headings_and_cells():
    page = Tags(html.table(pd.DataFrame({HOSTILE: [HOSTILE], "b": [2]}), HOSTILE))
    assert page.text.count(HOSTILE) == 3
    assert "script" not in {tag for tag, _ in page.tags}


def run(code: str, folder) -> str:
    (folder / "programa.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "programa.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_repeats_the_training(bundle, dataset, folder, problema1):
    if not (folder / "Problema1").exists():
        (folder / "Problema1").symlink_to(problema1)
    printed = run(scripts.repeating(bundle), folder)
    assert "Atención" not in printed
    again = inference.load_folder(folder / "modelo_repetido")
    assert again.metrics["config"] == bundle.metrics["config"]
    assert again.schema == bundle.schema
    x = dataset.schema.encode(dataset.rows)
    np.testing.assert_allclose(again.predict(x), bundle.predict(x), rtol=1e-3, atol=1e-3)


def test_the_idea_in_keras_runs_and_comes_near(bundle, folder, problema1):
    if not (folder / "Problema1").exists():
        (folder / "Problema1").symlink_to(problema1)
    printed = run(scripts.idea(bundle), folder)
    rmse = float(printed.rpartition(":")[2])
    assert rmse == pytest.approx(bundle.metrics["rmse"], rel=0.15)


def test_the_code_predicts_with_keras_alone(bundle, folder):
    shutil.copy(folder / "out" / "model.keras", folder)
    printed = run(scripts.predicting(bundle), folder)
    row = [[bundle.typical(column.name) for column in bundle.schema.features]]
    level = min(bundle.levels, key=lambda level: abs(level - 0.9))
    shown = [float(text) for text in re.findall(r"-?\d+\.\d{3}", printed)]
    assert shown == pytest.approx(bundle.predict_interval(row, level)[0], abs=2e-3)


def test_names_enter_the_code_as_literals_alone(bundle):
    metrics = bundle.metrics | {"data": '"""\nimport os\n"""', "data_kind": "own"}
    hostile = replace(bundle, metrics=metrics)
    for code in (scripts.repeating(hostile), scripts.idea(hostile)):
        assert "\nimport os" not in code
        compile(code, "programa.py", "exec")


def test_the_page_offers_report_and_code(problema1):
    app = AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120).run()
    app.switch_page("views/report.py").run()
    assert not app.exception
    assert len(app.get("download_button")) == 1
    assert [each.language for each in app.code] == ["python"] * 3
    for each in app.code:
        compile(each.value, "programa.py", "exec")


@dataclass
class Made:
    """A training in a folder, as the visit keeps it."""

    bundle: inference.Bundle
    folder: Path


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ols_r2_ci": None},
        {"findings": {"bends": True}},
        {"config": {"hidden": [4]}},
        {"versions": "3"},
    ],
)
def test_a_saved_model_without_the_figures_of_the_pages_is_refused(
    bundle, folder, tmp_path, change
):
    shutil.copytree(folder / "out", tmp_path, dirs_exist_ok=True)
    text = json.dumps(bundle.metrics | change)
    (tmp_path / "metrics.json").write_text(text, encoding="utf-8")
    content = archives.archive(Made(bundle, tmp_path))
    if not change:
        assert archives.open_archive(content, "a.zip").bundle.schema == bundle.schema
    else:
        with pytest.raises(Problem, match=r"a\.zip"):
            archives.open_archive(content, "a.zip")
