"""The sections of Evaluación, each with its chart and its sentence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from student_performance import tables, verdicts
from student_performance.charts import curves, effects, predictions
from student_performance.data import Dataset
from student_performance.formatting import amount, number
from student_performance.inference import Bundle
from student_performance.schema import Schema
from student_performance.tested import Tested
from views import session


# The leading underscore tells Streamlit not to hash: model and data are named by their digests.
@st.cache_resource(show_spinner=False, max_entries=8)
def _tested(key: tuple, _bundle: Bundle, _dataset: Dataset) -> Tested:
    return Tested(_bundle, _dataset)


def tested(bundle: Bundle, dataset: Dataset) -> Tested:
    """The model on these rows; what was computed of them before is there."""
    metrics = bundle.metrics
    key = (bundle.digest, metrics["seed"], repr(dataset.schema), dataset.digest)
    return _tested((dataset.name, *key), bundle, dataset)


def scores(test: Tested) -> None:
    with st.spinner("Evaluando…"):
        table = test.comparison
    show_scores(table, test.schema)
    st.caption("Entre corchetes, intervalo bootstrap del 95 % (1.000 remuestreos de las filas).")


def show_scores(table: pd.DataFrame, schema: Schema) -> None:
    """Models side by side, and what their intervals allow to say."""
    st.dataframe(tables.scores(table, schema.target.unit), hide_index=True)
    st.write(session.escape(verdicts.comparison(table)))


def importance(test: Tested) -> None:
    st.subheader("Importancia por permutación")
    with st.spinner("Midiendo importancias…"):
        rises = test.importances
    st.altair_chart(effects.importance(rises, test.schema))
    st.write(session.escape(verdicts.importance(rises, test.schema)))


def coverage(test: Tested) -> None:
    st.subheader("Cobertura de los intervalos")
    unit, metrics = test.schema.target.unit, test.bundle.metrics
    covered = test.coverage
    st.altair_chart(predictions.coverage(covered, unit))
    st.caption("La línea de trazos es la cobertura ideal.")
    row = covered.loc[(covered["level"] - 0.9).abs().idxmin()]
    average = " en promedio" if metrics["findings"]["spread_varies"] else ""
    st.write(
        session.escape(
            verdicts.coverage(row, len(test.y), metrics["n_train"], test.schema)
            + f" Mide {amount(row['width'], 2, unit)} de ancho{average}. "
            + verdicts.other_levels(covered, len(test.y), metrics["n_train"])
        )
    )


def learning_curve(bundle: Bundle) -> None:
    st.subheader("Curva de aprendizaje")
    points = bundle.metrics.get("learning_curve")
    if not points:
        st.info("No se calculó; puede pedirla en Entrenamiento.", icon=":material/info:")
        return
    unit = bundle.schema.target.unit
    frame = pd.DataFrame(points)
    st.altair_chart(curves.learning_curve(frame, unit))
    st.caption(
        f"De este modelo, con {session.escape(bundle.metrics['data'])}; siempre sobre las mismas "
        f"{number(frame.iloc[0]['n_held_out'], 0)} filas, apartadas de las de entrenamiento."
    )
    st.write(session.escape(verdicts.learning_curve(points, bundle.schema)))


def by_feature(test: Tested) -> None:
    """Dependence, residuals and coverage along one feature that the visitor chooses."""
    schema = test.schema
    st.subheader("Por variable")
    feature = st.selectbox(
        "Variable",
        [column.name for column in schema.features],
        format_func=lambda name: schema[name].label,
        width=320,
        key=f"by_feature_{session.columns_key(schema)}",
    )
    left, right = st.columns(2)
    with left:
        curve = test.dependence(feature)
        st.altair_chart(effects.partial_dependence(curve, test.parts.training, schema, feature))
        st.caption(
            "Predicción media cuando todas las filas tienen ese valor; en gris, las filas de "
            "entrenamiento."
        )
    level, covered = test.level, test.coverage_by_part
    with right:
        st.altair_chart(
            predictions.coverage_by_part(covered[covered["feature"] == feature], level, schema)
        )
        st.write(session.escape(verdicts.coverage_by_part(covered, level, schema)))
    if schema[feature].kind == "number":
        st.altair_chart(
            predictions.residuals_against_feature(
                test.parts.test, schema[feature], test.residuals, schema.target.unit
            )
        )


def coefficients(test: Tested) -> None:
    schema = test.schema
    st.subheader("Coeficientes de mínimos cuadrados")
    table = test.coefficients
    st.dataframe(tables.coefficients(table, schema), hide_index=True)
    st.write(session.escape(verdicts.coefficients(table, schema)))
    st.caption(
        "Cuánto cambia la predicción por unidad de la variable, o de ese valor frente al primero "
        "de su categoría. Errores estándar HC3, que valen aunque el ruido no sea parejo."
    )
