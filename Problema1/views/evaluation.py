"""Evaluación: how good the model in use is on the test rows."""

from __future__ import annotations

import streamlit as st

from student_performance import evaluation, verdicts
from student_performance.charts import predictions
from student_performance.formatting import KINDS, number, percent, rows_name
from student_performance.inference import Bundle
from views import evaluation_sections as sections
from views import session


def own_test(bundle: Bundle) -> None:
    """The figures that the training measured on test rows of its own data."""
    metrics = bundle.metrics
    kind = KINDS[metrics["data_kind"]]
    st.subheader(f"En sus propios datos: {session.escape(metrics['data'])}")
    st.caption(
        f"{number(metrics['n_test'], 0)} filas de prueba, apartadas al entrenar ({kind}, semilla "
        f"{metrics['seed']}). Son las cifras que valen para este modelo."
    )
    sections.show_scores(evaluation.stored(metrics), bundle.schema)
    st.write(
        f"El intervalo de predicción del {percent(metrics['interval_level'], 0)} contiene al "
        f"{percent(metrics['interval_coverage'])} de esas filas."
    )


def page() -> None:
    bundle, dataset = session.bundle(), session.dataset()
    st.caption(f"{session.escape(session.model_name())}.")
    st.write(session.escape(verdicts.findings(bundle.metrics, bundle.schema)))
    own = bundle.metrics["data_digest"] == dataset.digest
    if not own:
        own_test(bundle)
    session.need_same_columns(bundle, dataset)
    schema = dataset.schema
    unit = schema.target.unit
    test = sections.tested(bundle, dataset)
    if not own:
        st.subheader(f"Con los datos elegidos: {session.escape(dataset.name)}")
    st.caption(session.escape(verdicts.tested_rows(bundle.metrics, dataset, len(test.parts.test))))
    sections.scores(test)

    st.subheader("Predicho y real")
    left, right = st.columns(2)
    left.altair_chart(predictions.predicted_against_real(test.y, test.predicted, unit))
    right.altair_chart(predictions.residuals_against_prediction(test.y, test.predicted, unit))
    left, right = st.columns(2)
    with left:
        st.subheader("Distribución de los residuos")
        st.altair_chart(predictions.residual_distribution(test.residuals, rows_name(schema), unit))
        st.caption("La curva es la normal de la misma media y desvío.")
        st.write(session.escape(verdicts.residuals(test.residuals, schema)))
    with right:
        sections.importance(test)

    left, right = st.columns(2)
    with left:
        sections.coverage(test)
    with right:
        sections.learning_curve(bundle)
    sections.by_feature(test)
    sections.coefficients(test)


st.title("Evaluación")
page()
