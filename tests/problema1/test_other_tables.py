"""The pages with tables that are not the published one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from student_performance import data, inference, training
from student_performance.config import TrainingConfig
from student_performance.mapping import Mapping
from student_performance.schema import Column, Schema

TABS = ("Tabla", "Relaciones", "Distribuciones", "Correlación", "Vista 3D")


def made(rows: pd.DataFrame, name: str, schema: Schema) -> data.Dataset:
    return data.Dataset(name, Mapping(schema), rows[schema.names], pd.DataFrame(index=rows.index))


def towns() -> data.Dataset:
    """Two numbers, a category, a yes/no, an unknown unit; 120 rows without empty cells."""
    rng = np.random.default_rng(0)
    n, levels = 120, ("Norte", "Sur", "Oeste")
    frame = pd.DataFrame(
        {
            "horas": rng.uniform(0, 10, n).round(1),
            "gasto": np.exp(rng.uniform(0, 9, n)),
            "pueblo": np.array(levels)[rng.integers(0, 3, n)],
            "beca [x]": np.array(["No", "Yes"])[rng.integers(0, 2, n)],
        }
    )
    frame["nota"] = 3 * frame["horas"] + 5 * (frame["pueblo"] == "Sur") + rng.normal(0, 1, n)
    features = (
        Column("horas", unit="h"),
        Column("gasto"),
        Column("pueblo", "category", levels=levels),
        Column("beca [x]", "yes_no"),
    )
    return made(frame, "pueblos.csv", Schema(Column("nota"), features))


def two_columns() -> data.Dataset:
    x = np.arange(60.0)
    schema = Schema(Column("y"), (Column("x"),))
    return made(pd.DataFrame({"x": x, "y": np.abs(x - 30)}), "dos.csv", schema)


def wide() -> data.Dataset:
    """25 features, one of them constant, some with empty cells."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(100, 25)), columns=[f"x{at}" for at in range(25)])
    frame["x3"] = 7.0
    frame["y"] = frame["x5"] + rng.normal(size=100)
    frame.loc[frame.index[:9], "x6"] = np.nan
    schema = Schema(Column("y"), tuple(Column(f"x{at}") for at in range(25)))
    return made(frame, "ancha.csv", schema)


@pytest.fixture
def app(problema1):
    return AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120)


@pytest.mark.parametrize("make", [towns, two_columns, wide])
def test_every_tab_draws_any_table(app, make):
    app.session_state["dataset"] = make()
    for tab in TABS:
        app.session_state["exploration_tab"] = tab
        app.run()
        assert not app.exception, tab
        assert app.get("vega_lite_chart") or app.get("plotly_chart") or tab in ("Tabla", "Vista 3D")
        shown = "\n".join(element.value for element in [*app.markdown, *app.caption])
        assert "estudiantes" not in shown
        assert "nan" not in shown.lower().split()


def test_a_model_of_other_columns_is_not_scored_on_these(app):
    app.session_state["dataset"] = two_columns()
    app.run().switch_page("views/evaluation.py").run()
    assert not app.exception
    assert "predice «Índice de rendimiento» con otras columnas" in app.info[0].value


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> inference.Bundle:
    out = tmp_path_factory.mktemp("pueblos")
    training.train(towns(), TrainingConfig(epochs=3), out)
    return inference.load_folder(out)


def test_evaluation_and_prediction_show_a_model_of_another_table(app, bundle, monkeypatch):
    from views import session

    session.shipped_model.clear()
    monkeypatch.setattr(inference, "load", lambda: bundle)
    try:
        app.session_state["dataset"] = towns()
        app.run().switch_page("views/evaluation.py").run()
        assert not app.exception
        assert list(app.dataframe[0].value.columns) == ["Modelo", "R²", "RMSE", "MAE"]
        assert len(app.dataframe[1].value) == 5  # terms: two numbers, two levels, yes
        for feature in ("pueblo", "beca [x]", "gasto"):
            app.selectbox[0].set_value(feature).run()
            assert not app.exception, feature

        app.switch_page("views/prediction.py").run()
        assert not app.exception
        before = app.metric[0].value
        assert "puntos" not in before
        next(each for each in app.slider if "horas" in each.label).set_value(9.5).run()
        assert not app.exception
        assert app.metric[0].value != before
    finally:
        session.shipped_model.clear()


def test_a_bundle_keeps_its_schema_and_splits_its_prediction(bundle):
    dataset = towns()
    assert bundle.schema == dataset.schema
    row = dataset.schema.encode(dataset.rows.head(1))
    mean, added = bundle.contributions(row)
    assert mean + added.sum() == pytest.approx(bundle.predict(row)[0], abs=1e-3)
    assert bundle.predict_interval(row, bundle.levels[0]).shape == (1, 3)
    unknown = dataset.rows.head(1).assign(pueblo="Este")
    assert not bundle.extrapolates(dataset.schema.encode(unknown)).any()
