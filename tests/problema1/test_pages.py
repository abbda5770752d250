"""The five pages with Streamlit's own test harness: default data, uploads, broken files."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from student_performance import inference
from student_performance.schema import ACTIVITIES, HOURS, PUBLISHED

TIMEOUT = 120  # seconds for a page on a busy machine


@pytest.fixture
def app(problema1):
    return AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=TIMEOUT).run()


def go(app: AppTest, page: str) -> AppTest:
    return app.switch_page(f"views/{page}.py").run()


def go_to_file(app: AppTest) -> AppTest:
    app.session_state["prediction_tab"] = "Varios, desde un archivo"
    return go(app, "prediction")


def text(app: AppTest) -> str:
    """All the prose of a page."""
    kinds = (app.markdown, app.caption, app.info, app.error, app.warning, app.success)
    return "\n".join(element.value for kind in kinds for element in kind)


def upload(app: AppTest, content: bytes, name: str = "mi_curso.csv") -> AppTest:
    app.segmented_control(key="source").set_value("Archivo propio").run()
    app.file_uploader(key="csv").upload(name, content, "text/csv").run()
    return app


@pytest.fixture
def ship(monkeypatch):
    """Put another model in the place of the shipped one."""
    from views import session

    def replace(load: Callable[[], inference.Bundle]) -> None:
        session.shipped_model.clear()
        monkeypatch.setattr(inference, "load", load)

    yield replace
    session.shipped_model.clear()


def test_every_page_opens_with_the_embedded_data(app):
    for page in ("exploration", "training", "evaluation", "prediction", "report"):
        go(app, page)
        assert not app.exception
        assert not app.error
        assert app.title


def test_every_tab_of_the_exploration_draws(app):
    expected = {"Tabla": 1, "Relaciones": 4, "Distribuciones": 10, "Correlación": 1, "Vista 3D": 1}
    for tab, charts in expected.items():
        app.session_state["exploration_tab"] = tab
        app.run()
        assert not app.exception
        assert len(app.get("vega_lite_chart")) + len(app.get("plotly_chart")) == charts, tab


def test_table_tab_shows_rows_types_counts_and_duplicates(app):
    assert len(app.dataframe) == 3
    assert app.dataframe[1].value["En el archivo"].tolist() == PUBLISHED.names
    assert [metric.value for metric in app.metric] == ["10.000", "127", "0"]
    assert "127 (1,3 %) repiten" in text(app).replace("\\", "")


def test_uploaded_file_replaces_the_data_on_every_page(app, small):
    upload(app, small.rows.to_csv(index=False).encode())
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["600", "6", "0"]
    assert "mi\\_curso.csv" in "\n".join(element.value for element in app.sidebar.caption)
    assert "de mi\\_curso.csv" in text(go(app, "evaluation"))
    assert "mi\\_curso.csv" in text(go(app, "exploration"))
    app.segmented_control(key="source").set_value("Incluidos").run()
    assert app.metric[0].value == "10.000"


def test_broken_file_is_explained_and_the_data_stay(app):
    upload(app, b"%PDF-1.7 ...", "roto.csv")
    assert not app.exception
    (error,) = app.error
    assert "«roto.csv» es un PDF" in error.value.replace("\\", "")
    assert app.metric[0].value == "10.000"


OTHER = "faltas;pueblo;nota\n" + "\n".join(
    f"{at % 9};{('Norte', 'Sur')[at % 2]};{at % 9 * 3 + at % 2}" for at in range(60)
)


def test_another_table_waits_for_its_columns_to_be_decided(app):
    upload(app, OTHER.encode(), "otra.csv")
    assert not app.exception
    assert app.metric[0].value == "10.000"
    target = next(each for each in app.selectbox if each.label == "Columna que se predice")
    assert target.value == "nota"
    target.set_value("faltas").run()
    app.button[0].click().run()
    assert not app.exception
    assert app.session_state["dataset"].schema.target.name == "faltas"
    assert [column.name for column in app.session_state["dataset"].schema.features] == [
        "pueblo",
        "nota",
    ]
    assert app.metric[0].value == "60"
    # the same columns again need no decision
    upload(app, OTHER.replace("Norte", "Oeste").encode(), "semana2.csv")
    assert app.session_state["dataset"].name == "semana2.csv"
    app.segmented_control(key="source").set_value("Incluidos").run()
    assert app.metric[0].value == "10.000"
    app.segmented_control(key="source").set_value("Archivo propio").run()
    assert app.session_state["dataset"].name == "semana2.csv"


def test_empty_cells_are_dropped_or_filled_as_decided(app):
    upload(app, (OTHER + "\n;Sur;4\n3;Sur;\n").encode(), "otra.csv")
    (choice,) = app.radio
    assert "2 celdas vacías" in choice.label
    app.button[0].click().run()
    assert app.metric[0].value == "60"
    assert "Sin usar" in text(app)
    app.radio[0].set_value(app.radio[0].options[1]).run()
    app.button[0].click().run()
    assert not app.exception
    assert app.metric[0].value == "61"
    assert "completa 1 celda vacía" in text(app).replace("\\", "")


def test_a_refusal_is_computed_once(app, small, monkeypatch):
    from student_performance import data

    calls = []
    build = data.from_table
    monkeypatch.setattr(data, "from_table", lambda *given: calls.append(1) or build(*given))
    broken = small.rows.astype({HOURS.name: object})
    broken.iloc[3, 0] = "muchas"
    upload(app, broken.to_csv(index=False).encode(), "roto.csv")
    for _ in range(2):
        assert "no son números" in app.error[0].value
        app.run()
    assert len(calls) == 1
    assert app.metric[0].value == "10.000"


def test_names_and_cells_of_a_file_show_as_text(app, small):
    content = small.rows.assign(**{"<b>x</b>": 1}).to_csv(index=False).encode()
    upload(app, content, "<script>alert(1)</script>.csv")
    assert "\\<script\\>" in text(app)
    assert not [element for element in app.markdown if element.allow_html]


def test_a_stopped_training_is_kept_across_pages_and_a_reload(app, wait_until, problema1):
    go(app, "training")
    assert "job" not in app.session_state  # nothing trains unasked
    assert "64 → 64 → 32 y 40 épocas" in text(app)  # how long it takes
    # a hundred epochs of small batches last longer than the visitor needs to stop them
    app.number_input(key="epochs").set_value(500)
    app.selectbox(key="batch_size").set_value(32)
    app.button[0].click().run()
    job = app.session_state["job"]
    wait_until(lambda: job.epochs)
    app.run()
    app.button(key="stop").click().run()
    job.wait(200)
    app.run()
    assert not app.exception
    assert job.state == "done"
    assert job.bundle.metrics["stopped_by_user"]
    assert job.bundle.metrics["epochs_run"] < 500
    assert "Resultado del último entrenamiento" in [element.value for element in app.subheader]
    assert "Se detuvo a pedido" in text(app)

    go(app, "evaluation")
    assert "de esta visita" in text(app)
    assert "las mismas que se apartaron al entrenar" in text(app)
    go(app, "prediction")
    assert "de esta visita" in text(app)
    go(app, "training")
    assert app.session_state["job"] is job
    assert app.number_input(key="epochs").value == 500

    # a reload of the page, as another browser session with the same address
    address = app.query_params["visita"]
    again = AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=TIMEOUT)
    again.query_params["visita"] = address
    go(again.run(), "prediction")
    assert "de esta visita" in text(again)
    assert again.session_state["job"] is job
    stranger = AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=TIMEOUT)
    stranger.query_params["visita"] = ["inventada"]
    go(stranger.run(), "prediction")
    assert "Modelo incluido" in text(stranger)
    assert stranger.query_params["visita"] != ["inventada"]


def test_one_student_gets_the_shipped_model_s_answer(app):
    go(app, "prediction")
    expected = inference.load().predict([[5, 70, 0, 7, 4]])[0]
    assert app.metric[0].value == f"{expected:.1f} puntos".replace(".", ",")
    slider = next(element for element in app.slider if "Notas previas" in element.label)
    slider.set_value(90).run()
    higher = inference.load().predict([[5, 90, 0, 7, 4]])[0]
    assert app.metric[0].value == f"{higher:.1f} puntos".replace(".", ",")
    assert not app.exception


def test_decimals_can_be_typed_beside_a_slider(app):
    go(app, "prediction")
    typed = next(each for each in app.number_input if "Horas de estudio" in each.label)
    assert typed.value == 5
    typed.set_value(5.5).run()
    assert not app.exception
    expected = inference.load().predict([[5.5, 70, 0, 7, 4]])[0]
    assert app.metric[0].value == f"{expected:.1f} puntos".replace(".", ",")
    slider = next(each for each in app.slider if "Horas de estudio" in each.label)
    assert slider.value == 6  # the nearest of its steps
    slider.set_value(3.0).run()
    typed = next(each for each in app.number_input if "Horas de estudio" in each.label)
    assert typed.value == 3
    go(app, "exploration")
    go(app, "prediction")
    typed = next(each for each in app.number_input if "Horas de estudio" in each.label)
    assert typed.value == 3  # kept when the page was left


def test_many_students_from_a_file(app):
    go_to_file(app)
    lines = [
        "Nombre;Hours Studied;Previous Scores;Extracurricular Activities;Sleep Hours;"
        "Sample Question Papers Practiced",
        "Ána;5,5;70;sí;7;4",
        "Benito;12;70;no;7;4",
    ]
    app.file_uploader(key="students_file").upload(
        "grupo.csv", "\n".join(lines).encode("latin-1"), "text/csv"
    ).run()
    assert not app.exception
    assert "2 estudiantes" in text(app)
    assert "fuera de los que el modelo conoce" in text(app)
    shown = app.dataframe[0].value
    assert sorted(shown["Nombre"]) == ["Benito", "Ána"]
    expected = inference.load().predict([[5.5, 70, 1, 7, 4]])[0]
    assert shown.set_index("Nombre").loc["Ána", "Predicción (90 %)"] == pytest.approx(
        expected, abs=0.01
    )


def test_columns_named_like_the_answer_are_kept_apart(app):
    go_to_file(app)
    header = "Hours Studied,Previous Scores,Extracurricular Activities,Sleep Hours,"
    header += "Sample Question Papers Practiced,Horas de estudio,Inferior,Predicción (90 %)"
    content = f"{header}\n5,70,No,7,4,a,b,c\n".encode()
    app.file_uploader(key="students_file").upload("grupo.csv", content, "text/csv").run()
    assert not app.exception
    shown = app.dataframe[0].value
    for name, text_there in (
        ("Horas de estudio", "a"),
        ("Inferior", "b"),
        ("Predicción (90 %)", "c"),
    ):
        assert shown[f"{name} (archivo)"].tolist() == [text_there]


def test_a_model_of_constant_features_and_few_rows_offers_what_it_knows(app, ship):
    bundle = inference.load()
    ranges = bundle.metrics["feature_ranges"] | {
        HOURS.name: [5.0, 5.0],
        ACTIVITIES.name: [1.0, 1.0],
    }
    known = {"feature_ranges": ranges, "multipliers": {"0.50": 0.5, "0.85": 2.0}}
    ship(lambda: dataclasses.replace(bundle, metrics=bundle.metrics | known))
    go(app, "prediction")
    assert not app.exception
    assert "Horas de estudio: 5 h por día, el único valor que el modelo conoce" in text(app)
    assert "Nivel del intervalo: 85 %" in text(app)
    assert (
        len(app.get("vega_lite_chart")) == 4
    )  # contributions, and no curve along the constant feature
    assert "«Actividades extracurriculares» fuera" not in text(app)
    expected = bundle.predict([[5, 70, 1, 7, 4]])[0]
    assert app.metric[0].value == f"{expected:.1f} puntos".replace(".", ",")


def test_broken_file_of_students_is_explained(app):
    go_to_file(app)
    app.file_uploader(key="students_file").upload("nada.csv", b"\xef\xbb\xbf", "text/csv").run()
    assert not app.exception
    assert "está vacío" in app.error[0].value


def test_missing_model_is_one_sentence(app, ship, tmp_path):
    load = inference.load
    ship(lambda: load(tmp_path / "nada"))
    go(app, "prediction")
    assert not app.exception
    assert app.error[0].value == "Falta el archivo «nada.json»; entrene un modelo nuevo."


def test_pages_but_training_start_without_tensorflow(problema1):
    code = f"""
import sys
sys.path.insert(0, {str(problema1)!r})
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(problema1 / "analisis.py")!r}, default_timeout=120).run()
for page in ("evaluation", "prediction", "report"):
    app.switch_page(f"views/{{page}}.py").run()
    assert not app.exception
assert not {{"tensorflow", "keras"}} & set(sys.modules), "imported"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
