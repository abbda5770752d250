"""The analysis as one document: data, columns, training, test, code."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from student_performance import document as html
from student_performance import (
    evaluation,
    interpretation,
    relation_sentences,
    scripts,
    tables,
    verdicts,
)
from student_performance.charts import curves, distributions, effects, predictions
from student_performance.data import Dataset
from student_performance.formatting import (
    KINDS,
    LOSSES,
    YES_NO,
    amount,
    number,
    penalty_name,
    percent,
    rows_name,
    short,
    titled,
)
from student_performance.inference import Bundle
from student_performance.schema import Column
from student_performance.tested import Tested

TYPES = {"number": "número", "yes_no": "sí o no", "category": "categoría"}
DRAWN = 6  # variables whose effect is drawn: those of most importance


def report(
    bundle: Bundle, dataset: Dataset, model: str, tested: Tested | None, today: datetime.date
) -> str:
    """The whole analysis as HTML.

    Args:
        bundle: the model in use.
        dataset: the rows that were chosen.
        model: what the model is called.
        tested: the model on these rows; None where it has other columns.
        today: date of the report.
    """
    sections = [
        html.paragraph(
            f"{model}. Informe del {today:%d/%m/%Y}, hecho con la aplicación del Problema 1 "
            "(regresión)."
        ),
        *data_section(dataset),
        *training_section(bundle),
    ]
    if not (tested and tested.own):
        sections += stored_section(bundle)
    if tested:
        sections += test_section(tested)
    else:
        sections.append(
            html.paragraph(
                f"El modelo tiene otras columnas que {dataset.name}, así que no se lo evalúa con "
                "esos datos."
            )
        )
    sections += [
        html.heading("El código"),
        html.paragraph("Con este programa se repite el entrenamiento:"),
        html.code(scripts.repeating(bundle)),
        html.paragraph("Y con éste se predice con el archivo model.keras:"),
        html.code(scripts.predicting(bundle)),
    ]
    return html.page(f"Análisis de {dataset.name}", sections)


def data_section(dataset: Dataset) -> list[str]:
    """What the table holds."""
    schema, target = dataset.schema, dataset.schema.target
    columns = pd.DataFrame([_described(dataset, column) for column in schema.columns])
    return [
        html.heading("Los datos"),
        html.paragraph(f"{interpretation.origin(dataset)}. {interpretation.quality(dataset)}"),
        html.bullets(dataset.remarks),
        html.table(columns, f"Columnas; se predice «{target.label}»"),
        html.figure(
            distributions.distribution(dataset.rows, target, rows_name(schema)),
            f"Distribución de «{target.label}».",
        ),
        html.paragraph(relation_sentences.strongest(dataset.rows, schema)),
    ]


def _described(dataset: Dataset, column: Column) -> dict[str, str]:
    values = dataset.rows[column.name]
    numeric = column.kind == "number"
    counts = values.dropna().value_counts()
    frequent = str(counts.index[0]) if len(counts) else "—"
    summary = {
        "Media": values.mean() if numeric else np.nan,
        "Desvío": values.std() if numeric else np.nan,
        "Mínimo": values.min() if numeric else np.nan,
        "Máximo": values.max() if numeric else np.nan,
    }
    return {
        "Columna": titled(column.label, column.unit),
        "En el archivo": dataset.mapping.source(column),
        "Tipo": TYPES[column.kind],
        **{name: short(value) for name, value in summary.items()},
        "Más frecuente": "—" if numeric else YES_NO.get(frequent, frequent),
        "Vacías": number(int(values.isna().sum()), 0),
    }


def training_section(bundle: Bundle) -> list[str]:
    """How the model was trained, and what that found."""
    metrics, unit = bundle.metrics, bundle.schema.target.unit
    config = metrics["config"]
    settings = {
        "Datos": f"{metrics['data']} ({KINDS[metrics['data_kind']]})",
        "Filas de entrenamiento": number(metrics["n_train"], 0),
        "Filas de prueba": number(metrics["n_test"], 0),
        "Capas ocultas de cada red pequeña": " → ".join(map(str, config["hidden"])),
        "Épocas": f"{metrics['epochs_run']} de {config['epochs']}",
        "Tamaño de lote, como máximo": str(config["batch_size"]),
        "Tasa de aprendizaje inicial": short(config["learning_rate"]),
        "Pérdida": LOSSES.get(config["loss"], "—"),
        "Regularización": penalty_name(config["penalty"]),
        "Semilla": str(metrics["seed"]),
        "RMSE en filas no vistas": amount(metrics["held_out_rmse"], 3, unit),
        "Versiones": ", ".join(f"{name} {text}" for name, text in metrics["versions"].items()),
    }
    epochs = curves.by_epoch(metrics["history"])
    sections = [
        html.heading("El entrenamiento"),
        html.paragraph(verdicts.findings(metrics, bundle.schema)),
        html.table(pd.DataFrame(settings.items(), columns=["Ajuste", "Valor"]), "Ajustes"),
        html.figure(
            curves.training_curves(epochs, len(epochs), unit),
            "Error medio de las redes pequeñas por época; la franja es un desvío estándar.",
        ),
    ]
    if points := metrics.get("learning_curve"):
        chart = curves.learning_curve(pd.DataFrame(points), unit)
        sections += [
            html.figure(chart, "Curva de aprendizaje, en filas apartadas."),
            html.paragraph(verdicts.learning_curve(points, bundle.schema)),
        ]
    return sections


def stored_section(bundle: Bundle) -> list[str]:
    """The figures that the training measured on its own test rows."""
    metrics = bundle.metrics
    table = evaluation.stored(metrics)
    return [
        html.heading(f"La prueba con sus propios datos: {metrics['data']}"),
        _scores(table, bundle.schema.target.unit, metrics["n_test"]),
        html.paragraph(verdicts.comparison(table)),
        html.paragraph(
            f"Los intervalos de predicción del {percent(metrics['interval_level'], 0)} cubren el "
            f"{percent(metrics['interval_coverage'])} de esas filas."
        ),
    ]


def _scores(table: pd.DataFrame, unit: str, rows: int) -> str:
    caption = f"{number(rows, 0)} filas de prueba; entre corchetes, intervalo bootstrap del 95 %"
    return html.table(tables.scores(table, unit), caption)


def test_section(tested: Tested) -> list[str]:
    """The model on the test rows of the chosen data."""
    schema, unit = tested.schema, tested.schema.target.unit
    n = len(tested.y)
    covered = tested.coverage.set_index("level", drop=False).loc[tested.level]
    n_train = tested.bundle.metrics["n_train"]
    drawn = tested.importances["feature"].head(DRAWN)
    return [
        html.heading(f"La prueba con {tested.dataset.name}"),
        html.paragraph(verdicts.tested_rows(tested.bundle.metrics, tested.dataset, n)),
        _scores(tested.comparison, unit, n),
        html.paragraph(verdicts.comparison(tested.comparison)),
        html.figure(
            predictions.predicted_against_real(tested.y, tested.predicted, unit),
            "Predicho y real; la línea de trazos es la igualdad.",
        ),
        html.figure(
            predictions.residual_distribution(tested.residuals, rows_name(schema), unit),
            "Residuos (real − predicho), y la normal de la misma media y desvío.",
        ),
        html.paragraph(verdicts.residuals(tested.residuals, schema)),
        html.heading("Intervalos de predicción", 3),
        html.figure(
            predictions.coverage(tested.coverage, unit),
            "Cobertura medida según la prometida; la línea de trazos es la ideal.",
        ),
        html.paragraph(verdicts.coverage(covered, n, n_train, schema)),
        html.paragraph(verdicts.coverage_by_part(tested.coverage_by_part, tested.level, schema)),
        html.heading("Qué pesa en la predicción", 3),
        html.figure(
            effects.importance(tested.importances, schema),
            "Aumento del error al mezclar los valores de cada variable.",
        ),
        html.paragraph(verdicts.importance(tested.importances, schema)),
        *(
            html.figure(
                effects.partial_dependence(
                    tested.dependence(name), tested.parts.training, schema, name
                ),
                f"Predicción media según «{schema[name].label}»; en gris, las filas.",
            )
            for name in drawn
        ),
        html.heading("Coeficientes de mínimos cuadrados", 3),
        html.table(
            tables.coefficients(tested.coefficients, schema), "Errores estándar HC3, al 95 %"
        ),
        html.paragraph(verdicts.coefficients(tested.coefficients, schema)),
    ]
