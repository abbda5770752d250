"""Predicción for a file: order, threshold, known values, download, and that it stays."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from student_performance import inference, ranking, reading, verdicts
from student_performance.schema import PUBLISHED

HEADER = "Nombre;Hours Studied;Previous Scores;Extracurricular Activities;Sleep Hours;"
HEADER += "Sample Question Papers Practiced;Performance Index"
LINES = (
    "=1+1;5,5;70;sí;7;4;58,5",
    "Benito;2;45;no;5;1;60",
    "Carla;8;90;no;8;6;",
)
CONTENT = "\n".join([HEADER, *LINES]).encode("latin-1")


@pytest.fixture(scope="module")
def bundle() -> inference.Bundle:
    return inference.load()


@pytest.fixture
def table(bundle):
    return ranking.read_rows(reading.read(CONTENT, "grupo.csv"), bundle)


def test_answers_stand_beside_the_known_values(bundle, table):
    answer = ranking.answers(bundle, table, 0.9)
    expected = bundle.predict_interval(PUBLISHED.encode(table.rows), 0.9)
    np.testing.assert_allclose(answer[list(ranking.RESULT)], expected, atol=0.006)
    assert answer["Real"].tolist()[:2] == [58.5, 60]
    assert np.isnan(answer["Real"].iloc[2])
    assert answer["Error"].iloc[1] == pytest.approx(60 - expected[1, 0], abs=0.01)
    assert list(table.extra) == ["Nombre"]
    assert "Real" not in ranking.answers(bundle, ranking_without_target(bundle), 0.9)


def ranking_without_target(bundle):
    lines = [line.rpartition(";")[0] for line in (HEADER, *LINES)]
    return ranking.read_rows(reading.read("\n".join(lines).encode(), "sin.csv"), bundle)


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Prediccion": [50.0, 30.0, 42.0, 30.0],
            "Inferior": [45.0, 25.0, 38.0, 29.0],
            "Superior": [55.0, 35.0, 46.0, 31.0],
            "Real": [56.0, 30.0, np.nan, 33.0],
            "Error": [6.0, 0.0, np.nan, 3.0],
        },
        index=[2, 3, 4, 5],
    )


@pytest.mark.parametrize(
    ("order", "rows"),
    [
        ("low", [3, 5, 4, 2]),
        ("high", [2, 4, 3, 5]),
        ("file", [2, 3, 4, 5]),
        ("error", [2, 5, 3, 4]),
    ],
)
def test_orders(order, rows):
    assert ranking.ordered(frame(), order).index.tolist() == rows


def test_the_threshold_tells_sure_from_possible():
    marks = ranking.marks(frame(), 40)
    assert marks.tolist() == ["", "por debajo", "podría", "por debajo"]
    sentence = verdicts.under(marks, 40, PUBLISHED)
    assert sentence.startswith("2 con la predicción por debajo de 40 puntos; 1 más podría")
    assert "ninguno de los demás" in verdicts.under(ranking.marks(frame(), 20), 20, PUBLISHED)
    # a row that is exactly at the threshold is not under it
    assert ranking.marks(frame(), 30).tolist() == ["", "podría", "", "podría"]


def test_errors_and_coverage_are_of_the_rows_that_have_a_value():
    sentence = verdicts.known_values(frame(), 0.9, PUBLISHED)
    assert "en 3 de 4 filas" in sentence
    assert "3,00 puntos" in sentence
    assert "contiene al 33,3 %" in sentence


def test_the_download_has_all_columns_in_the_file_s_order(bundle, table):
    answer = ranking.answers(bundle, table, 0.9)
    content = ranking.download(table, ranking.ordered(answer, "file"))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Nombre"] for row in rows] == ["'=1+1", "Benito", "Carla"]
    assert rows[0]["Hours Studied"] == "5,5"
    assert rows[0]["Extracurricular Activities"] == "Sí"
    assert rows[2]["Real"] == ""
    assert float(rows[0]["Prediccion"].replace(",", ".")) == answer["Prediccion"].iloc[0]


def test_columns_of_a_file_that_are_named_like_the_answer_keep_their_texts(bundle):
    header = f"Real,Error,Error (archivo),Fila,{','.join(PUBLISHED.names[:-1])}"
    raw = reading.read(f"{header}\na,b,c,d,5,70,No,7,4\n".encode(), "grupo.csv")
    table = ranking.read_rows(raw, bundle)
    content = ranking.download(table, ranking.answers(bundle, table, 0.9))
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert [*row.values()][:4] == ["a", "b", "c", "d"]
    assert len(row) == 4 + 5 + 3
    assert ranking.distinct(["a", "a (archivo)", "b"], {"a"}) == [
        "a (archivo)",
        "a (archivo) (archivo)",
        "b",
    ]


@pytest.fixture
def app(problema1):
    app = AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120).run()
    app.session_state["prediction_tab"] = "Varios, desde un archivo"
    return app.switch_page("views/prediction.py").run()


def upload(app: AppTest, content: bytes = CONTENT) -> AppTest:
    app.file_uploader(key="students_file").upload("grupo.csv", content, "text/csv").run()
    assert not app.exception
    return app


def prose(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.success])


def test_the_lowest_prediction_comes_first_and_answers_stand_left(app):
    upload(app)
    shown = app.dataframe[0].value
    assert list(shown)[:5] == ["Predicción (90 %)", "Inferior", "Superior", "Real", "Error"]
    assert shown["Nombre"].tolist() == ["Benito", "=1+1", "Carla"]
    assert shown.index.tolist() == [3, 2, 4]
    assert "en 2 de 3 filas" in prose(app)
    app.selectbox(key="order_4").set_value("high").run()
    assert app.dataframe[0].value["Nombre"].tolist() == ["Carla", "=1+1", "Benito"]
    lowest = shown["Predicción (90 %)"].iloc[0]
    app.number_input[0].set_value(float(lowest) + 0.5).run()
    assert app.dataframe[0].value["Umbral"].tolist() == ["", "", "por debajo"]
    assert "1 con la predicción por debajo de" in prose(app)


def test_the_file_stays_when_the_page_is_left_and_goes_when_asked(app):
    upload(app)
    app.switch_page("views/exploration.py").run()
    app.session_state["prediction_tab"] = "Varios, desde un archivo"
    app.switch_page("views/prediction.py").run()
    assert not app.exception
    assert app.dataframe[0].value["Nombre"].tolist() == ["Benito", "=1+1", "Carla"]
    app.button(key="forget").click().run()
    assert not app.dataframe
    assert "students" not in app.session_state


def test_another_encoding_is_taken_when_chosen(app):
    upload(
        app, CONTENT.decode("latin-1").replace("sí", "Yes").replace("Benito", "김").encode("cp949")
    )
    app.selectbox(key="students_encoding").set_value("cp949").run()
    assert app.dataframe[0].value["Nombre"].tolist()[0] == "김"


def test_a_file_without_the_columns_is_explained(app):
    upload(app, b"a,b\n1,2\n3,4\n")
    assert "En el encabezado de «grupo.csv» faltan" in app.error[0].value.replace("\\", "")
    assert not app.dataframe
