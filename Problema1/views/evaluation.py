"""Evaluación: how good the model in use is on the test rows."""

from __future__ import annotations

import streamlit as st

from student_performance import verdicts
from student_performance.charts import predictions
from student_performance.data import Dataset, Split
from student_performance.formatting import number, rows_name
from student_performance.inference import Bundle
from views import evaluation_sections as sections
from views import session


def explain_rows(bundle: Bundle, dataset: Dataset, parts: Split) -> None:
    metrics = bundle.metrics
    same = metrics["data_digest"] == dataset.digest
    text = (
        "las mismas que se apartaron al entrenar"
        if same
        else "el modelo se entrenó con otro archivo; si comparten filas, las cifras son optimistas"
    )
    simulated = " Son datos simulados." if dataset.is_simulated else ""
    st.caption(
        f"{session.escape(session.model_name())}. Se evalúa con {number(len(parts.test), 0)} filas "
        f"de {session.escape(dataset.name)} (20 % al azar, semilla {metrics['seed']}): {text}."
        f"{simulated}"
    )


def page() -> None:
    bundle, dataset = session.bundle(), session.dataset()
    session.need_same_columns(bundle, dataset)
    schema = dataset.schema
    unit = schema.target.unit
    test = sections.tested(bundle, dataset)
    explain_rows(bundle, dataset, test.parts)
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
