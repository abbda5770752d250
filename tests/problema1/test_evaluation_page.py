"""Evaluación shows first what the model did on its own data, then on the chosen ones."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from student_performance import data, inference, tables, verdicts
from student_performance.evaluation import stored
from student_performance.mapping import Mapping
from student_performance.schema import Column, Schema


@pytest.fixture
def app(problema1):
    return AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120).run()


def prose(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.subheader)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_the_first_figures_are_the_model_s_own(app):
    app.switch_page("views/evaluation.py").run()
    assert not app.exception
    bundle = inference.load()
    titles = [each.value.replace("\\", "") for each in app.subheader]
    assert titles[:2] == [
        "En sus propios datos: Student_Performance.csv",
        "Con los datos elegidos: student_performance.csv",
    ]
    pd.testing.assert_frame_equal(
        app.dataframe[0].value, tables.scores(stored(bundle.metrics), "puntos")
    )
    assert not app.dataframe[1].value.equals(app.dataframe[0].value)
    text = prose(app)
    assert verdicts.findings(bundle.metrics, bundle.schema) in text
    assert "apartadas al entrenar (datos publicados, semilla 0)" in text
    assert "el modelo se entrenó con otra tabla" in text


def test_own_figures_are_shown_even_where_the_data_have_other_columns(app):
    schema = Schema(Column("y"), (Column("x"),))
    rows = pd.DataFrame({"x": range(60), "y": range(60)}, dtype="float64")
    nothing = pd.DataFrame(index=rows.index)
    app.session_state["dataset"] = data.Dataset("otra.csv", Mapping(schema), rows, nothing)
    app.switch_page("views/evaluation.py").run()
    assert not app.exception
    assert len(app.dataframe) == 1
    assert "con otras columnas" in prose(app)


def test_the_data_of_the_training_are_tested_once(app, monkeypatch):
    from dataclasses import replace

    from views import session

    bundle = inference.load()
    own = replace(bundle, metrics=bundle.metrics | {"data_digest": data.load().digest})
    session.shipped_model.clear()
    monkeypatch.setattr(inference, "load", lambda: own)
    try:
        app.switch_page("views/evaluation.py").run()
        assert not app.exception
        assert "En sus propios datos" not in prose(app)
        assert "las mismas que se apartaron al entrenar" in prose(app)
    finally:
        session.shipped_model.clear()
