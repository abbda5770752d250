"""Rows that a visitor asks for: filters of the table, and a rectangle in a scatter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from student_performance import interpretation, relation_sentences, selection
from student_performance.charts import relations
from student_performance.schema import PUBLISHED, Column, Schema


@pytest.fixture
def app(problema1):
    return AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120).run()


def prose(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown).replace("\\", "")


def test_a_range_holds_its_ends_and_no_empty_cell():
    frame = pd.DataFrame({"x": [1.0, 2.0, np.nan, 3.0, 4.0]}, index=[2, 3, 4, 5, 6])
    assert selection.within(frame, {"x": (2, 3)}).index.tolist() == [3, 5]
    assert len(selection.within(frame, {})) == 5


def test_levels_ask_for_one_of_them_and_none_for_nothing():
    frame = pd.DataFrame({"town": ["Norte", "Sur", None, "Norte"]})
    assert selection.among(frame, {"town": ["Norte"]}).index.tolist() == [0, 3]
    assert len(selection.among(frame, {"town": []})) == 4


def test_the_table_holds_every_row_with_its_number_in_the_file(app, dataset):
    table = app.dataframe[0].value
    assert len(table) == len(dataset.rows)
    assert table.index.tolist() == dataset.rows.index.tolist()
    assert table["Notas previas"].tolist() == dataset.rows["Previous Scores"].tolist()


def test_filters_restrict_the_table(app, dataset):
    scores = next(each for each in app.slider if each.label.startswith("Notas previas"))
    scores.set_value((50, 60)).run()
    activities = next(each for each in app.multiselect if "Actividades" in each.label)
    activities.set_value(["Yes"]).run()
    assert not app.exception
    rows = dataset.rows
    wanted = rows[rows["Previous Scores"].between(50, 60)]
    wanted = wanted[wanted["Extracurricular Activities"] == "Yes"]
    assert 0 < len(wanted) < len(rows)
    assert app.dataframe[0].value.index.tolist() == wanted.index.tolist()
    assert f"Pasan los filtros {len(wanted):,}".replace(",", ".") in prose(app)


@pytest.mark.parametrize("high", [60.0, 39.0])  # of the second no row is left
def test_a_selection_restricts_table_and_charts_until_it_is_cleared(app, dataset, high):
    from views.brushed import Brushed

    wanted = selection.within(dataset.rows, {"Previous Scores": (30.0, high)})
    ranges = {"Previous Scores": (30.0, high), "Performance Index": (0.0, 100.0)}
    app.session_state["brushed"] = Brushed(dataset.digest, "Previous Scores", ranges)
    app.run()
    assert app.dataframe[0].value.index.tolist() == wanted.index.tolist()
    assert interpretation.selected(len(wanted), len(dataset.rows)) in prose(app)
    for tab in ("Relaciones", "Distribuciones", "Correlación", "Vista 3D"):
        app.session_state["exploration_tab"] = tab
        app.run()
        assert not app.exception, tab
    app.session_state["exploration_tab"] = "Tabla"
    app.run()
    app.button(key="clear_brush").click().run()
    assert len(app.dataframe[0].value) == len(dataset.rows)


def test_a_selection_of_other_data_selects_nothing(app, dataset):
    from views.brushed import Brushed

    app.session_state["brushed"] = Brushed("other", "Previous Scores", {"Sleep Hours": (4, 5)})
    app.run()
    assert len(app.dataframe[0].value) == len(dataset.rows)


def test_a_scatter_offers_the_rectangle(dataset):
    chart = relations.scatter(dataset.rows, PUBLISHED, "Previous Scores").to_dict()
    assert relations.BRUSH in [each["name"] for each in chart["params"]]


def test_a_tent_is_told_beside_r_and_a_line_is_not():
    x = np.linspace(0, 10, 400)
    schema = Schema(Column("y"), (Column("x"),))
    noise = np.random.default_rng(0).normal(0, 0.3, 400)
    tent = pd.DataFrame({"x": x, "y": -np.abs(x - 5) + noise})
    line = pd.DataFrame({"x": x, "y": x + noise})
    assert "«x» (r = " in relation_sentences.bends(tent, schema)
    assert "R = 0,9" in relation_sentences.bends(tent, schema)
    assert "ninguna" in relation_sentences.bends(line, schema)
