"""Evaluación: how good the model in use is on the test rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from student_performance import data, evaluation, interpretation
from student_performance.charts import curves, predictions
from student_performance.columns import features, target
from student_performance.data import Dataset, Split
from student_performance.formatting import interval, number
from student_performance.inference import Bundle
from views import session

MODELS = {"network": "Red", "ols": "Mínimos cuadrados", "mean": "Media"}


# The leading underscore tells Streamlit not to hash: model and data are named by their digests.
@st.cache_data(show_spinner="Evaluando…", max_entries=20)
def compare(model_digest: str, data_digest: str, seed: int, _bundle: Bundle, _parts: Split):
    return evaluation.compare(_bundle.predict, _parts.training, _parts.test)


@st.cache_data(show_spinner="Midiendo importancias…", max_entries=20)
def importance(model_digest: str, data_digest: str, seed: int, _bundle: Bundle, _parts: Split):
    return evaluation.permutation_importance(_bundle.predict, _parts.test)


def scores_table(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, label in MODELS.items():
        row = table.loc[name]
        rows.append(
            {"Modelo": label}
            | {
                title: f"{number(row[score], digits)}  "
                f"{interval(row[f'{score}_low'], row[f'{score}_high'], digits)}"
                for title, score, digits in (
                    ("R²", "r2", 4),
                    ("RMSE (puntos)", "rmse", 3),
                    ("MAE (puntos)", "mae", 3),
                )
            }
        )
    return pd.DataFrame(rows)


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
    seed = bundle.metrics["seed"]
    parts = data.split(dataset, seed)
    key = (bundle.metrics["sha256"]["tflite"], dataset.digest, seed)
    explain_rows(bundle, dataset, parts)
    table = compare(*key, bundle, parts)
    st.dataframe(scores_table(table), hide_index=True)
    st.write(interpretation.comparison(table))
    st.caption("Entre corchetes, intervalo bootstrap del 95 % (1.000 remuestreos de las filas).")

    y = target(parts.test).astype("float64")
    predicted = bundle.predict(features(parts.test))
    st.subheader("Predicho y real")
    left, right = st.columns(2)
    left.altair_chart(predictions.predicted_against_real(y, predicted))
    right.altair_chart(predictions.residuals_against_prediction(y, predicted))
    left, right = st.columns(2)
    with left:
        st.subheader("Distribución de los residuos")
        st.altair_chart(predictions.residual_distribution(y - predicted))
        st.caption("La curva es la normal de la misma media y desvío.")
        st.write(interpretation.residuals(y - predicted))
    with right:
        st.subheader("Importancia por permutación")
        losses = importance(*key, bundle, parts)
        st.altair_chart(predictions.importance(losses))
        st.write(interpretation.importance(losses))

    left, right = st.columns(2)
    with left:
        coverage_section(bundle, y - predicted)
    with right:
        learning_curve_section(bundle)


def coverage_section(bundle: Bundle, residuals) -> None:
    st.subheader("Cobertura de los intervalos")
    covered = evaluation.coverage(residuals, bundle.metrics["half_widths"])
    st.altair_chart(predictions.coverage(covered))
    st.caption("La línea de trazos es la cobertura ideal.")
    nearest = (covered["level"] - 0.9).abs().idxmin()
    row = covered.loc[nearest]
    st.write(
        interpretation.coverage(row, len(residuals), bundle.metrics["n_calibration"])
        + f" Mide {number(row['width'])} puntos de ancho."
    )


def learning_curve_section(bundle: Bundle) -> None:
    st.subheader("Curva de aprendizaje")
    points = bundle.metrics.get("learning_curve")
    if not points:
        st.info(
            "Este entrenamiento no la calculó; márquela en Entrenamiento y entrene de nuevo.",
            icon=":material/info:",
        )
        return
    frame = pd.DataFrame(points)
    st.altair_chart(curves.learning_curve(frame))
    st.caption(
        f"Medida al entrenar este modelo, con {session.escape(bundle.metrics['data'])}; siempre "
        f"sobre las mismas {number(bundle.metrics['n_validation'], 0)} filas de validación. "
        "La mejor época de la red se eligió con ellas, lo que la favorece un poco."
    )
    last = frame.iloc[-1]
    st.write(
        f"Con {number(last['n'], 0)} filas, el error de la red en validación es "
        f"{number(last['rmse'])} puntos y el de mínimos cuadrados {number(last['ols_rmse'])}; "
        f"con {number(frame.iloc[0]['n'], 0)}, {number(frame.iloc[0]['rmse'])} y "
        f"{number(frame.iloc[0]['ols_rmse'])}."
    )


st.title("Evaluación")
page()
