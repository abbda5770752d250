"""The sections of Evaluación, each with its chart and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st

from student_performance import baselines, evaluation, explanation, verdicts
from student_performance.charts import curves, effects, predictions
from student_performance.data import Dataset, Split
from student_performance.formatting import YES_NO, amount, interval, number, titled
from student_performance.inference import Bundle
from views import session

MODELS = {
    "network": "Red",
    "ols": "Mínimos cuadrados",
    "boosting": "Árboles potenciados",
    "mean": "Media",
}


@dataclass(frozen=True)
class Tested:
    """A model and the rows it is tested on."""

    bundle: Bundle
    dataset: Dataset
    parts: Split

    @property
    def schema(self):
        return self.dataset.schema

    @property
    def key(self) -> tuple:
        """What decides all results: names for Streamlit's cache."""
        digest = self.bundle.metrics["sha256"]["tflite"]
        return digest, self.dataset.digest, self.bundle.metrics["seed"]

    @cached_property
    def y(self) -> np.ndarray:
        """True target (n,)."""
        return self.schema.answers(self.parts.test).astype("float64")

    @cached_property
    def output(self) -> np.ndarray:
        """Prediction and spread (n, 2)."""
        return self.bundle.network(self.schema.encode(self.parts.test))

    @property
    def predicted(self) -> np.ndarray:
        """Predicted target (n,)."""
        return self.output[:, 0]

    @property
    def residuals(self) -> np.ndarray:
        return self.y - self.predicted


# The leading underscore tells Streamlit not to hash: model and data are named by their digests.
@st.cache_data(show_spinner="Evaluando…", max_entries=20)
def compared(key: tuple, _test: Tested) -> pd.DataFrame:
    parts = _test.parts
    return evaluation.compare(_test.bundle.predict, parts.training, parts.test, _test.schema)


@st.cache_data(show_spinner="Midiendo importancias…", max_entries=20)
def importances(key: tuple, _test: Tested) -> pd.DataFrame:
    return explanation.permutation_importance(_test.bundle.predict, _test.parts.test, _test.schema)


@st.cache_data(show_spinner=False, max_entries=20)
def fitted_coefficients(key: tuple, _test: Tested) -> pd.DataFrame:
    return baselines.coefficients(_test.parts.training, _test.schema)


@st.cache_data(show_spinner=False, max_entries=100)
def dependence(key: tuple, feature: str, _test: Tested) -> pd.DataFrame:
    return explanation.partial_dependence(
        _test.bundle.predict, _test.parts.training, _test.schema, feature
    )


def scores(test: Tested) -> None:
    table = compared(test.key, test)
    st.dataframe(scores_table(table, test.schema.target.unit), hide_index=True)
    st.write(session.escape(verdicts.comparison(table)))
    st.caption("Entre corchetes, intervalo bootstrap del 95 % (1.000 remuestreos de las filas).")


def scores_table(table: pd.DataFrame, unit: str) -> pd.DataFrame:
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
                    (titled("RMSE", unit), "rmse", 3),
                    (titled("MAE", unit), "mae", 3),
                )
            }
        )
    return pd.DataFrame(rows)


def importance(test: Tested) -> None:
    st.subheader("Importancia por permutación")
    rises = importances(test.key, test)
    st.altair_chart(effects.importance(rises, test.schema))
    st.write(session.escape(verdicts.importance(rises, test.schema)))


def coverage(test: Tested) -> None:
    st.subheader("Cobertura de los intervalos")
    unit, metrics = test.schema.target.unit, test.bundle.metrics
    covered = evaluation.coverage(test.residuals, test.output[:, 1], metrics["multipliers"])
    st.altair_chart(predictions.coverage(covered, unit))
    st.caption("La línea de trazos es la cobertura ideal.")
    row = covered.loc[(covered["level"] - 0.9).abs().idxmin()]
    average = " en promedio" if metrics["findings"]["spread_varies"] else ""
    st.write(
        session.escape(
            verdicts.coverage(row, len(test.y), metrics["n_train"], test.schema)
            + f" Mide {amount(row['width'], 2, unit)} de ancho{average}."
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
    last = frame.iloc[-1]
    st.write(
        session.escape(
            f"Con {number(last['n'], 0)} filas, el error de la red en las filas apartadas es "
            f"{amount(last['rmse'], 2, unit)} y el de mínimos cuadrados "
            f"{number(last['ols_rmse'])}; con {number(frame.iloc[0]['n'], 0)}, "
            f"{number(frame.iloc[0]['rmse'])} y {number(frame.iloc[0]['ols_rmse'])}."
        )
    )


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
        curve = dependence(test.key, feature, test)
        st.altair_chart(effects.partial_dependence(curve, test.parts.training, schema, feature))
        st.caption(
            "Predicción media cuando todas las filas tienen ese valor; en gris, las filas de "
            "entrenamiento."
        )
    level = min(test.bundle.levels, key=lambda level: abs(level - 0.9))
    covered = covered_parts(test, level)
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


def covered_parts(test: Tested, level: float) -> pd.DataFrame:
    width = 2 * test.bundle.metrics["multipliers"][f"{level:.2f}"] * test.output[:, 1]
    inside = np.abs(test.residuals) <= width / 2
    return evaluation.coverage_by_part(test.parts.test, test.schema, inside, width)


def coefficients(test: Tested) -> None:
    schema = test.schema
    st.subheader("Coeficientes de mínimos cuadrados")
    table = fitted_coefficients(test.key, test)
    rows = []
    for term in table.itertuples():
        level = YES_NO.get(term.level, term.level)
        label = schema[term.feature].label
        rows.append(
            {
                "Término": f"{label}: {level}" if level else label,
                titled("Coeficiente", schema.target.unit): number(term.estimate, 4),
                "Intervalo del 95 %": interval(term.low, term.high, 4),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.write(session.escape(verdicts.coefficients(table, schema)))
    st.caption(
        "Cuánto cambia la predicción por unidad de la variable, o de ese valor frente al primero "
        "de su categoría. Errores estándar HC3, que valen aunque el ruido no sea parejo."
    )
