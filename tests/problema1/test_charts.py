"""Charts hold the numbers they are said to show."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import pytest

from student_performance.charts import curves, predictions, students, style
from student_performance.columns import ACTIVITIES, COLUMNS, FEATURES, NUMERIC_FEATURES, TARGET


def rows_of(chart, layer: int | None = None) -> pd.DataFrame:
    """The data of a chart or of one of its layers."""
    part = chart if layer is None else chart.layer[layer]
    # Altair moves data that all layers share up to the whole chart
    return chart.data if part.data is alt.Undefined else part.data


def valid(chart) -> dict:
    """The Vega-Lite specification, validated against its schema by Altair."""
    return chart.to_dict()


@pytest.mark.parametrize("feature", NUMERIC_FEATURES)
def test_scatter_keeps_points_at_their_value_and_draws_the_least_squares_line(dataset, feature):
    chart = students.scatter(dataset.rows, feature)
    valid(chart)
    points, line = rows_of(chart, 0), rows_of(chart, 1)
    assert len(points) == style.SAMPLE
    assert (points["x"].round() == points["valor"]).all()
    slope = np.cov(dataset.rows[feature], dataset.rows[TARGET])[0, 1] / dataset.rows[feature].var()
    found = (line["y"].iloc[1] - line["y"].iloc[0]) / (line["x"].iloc[1] - line["x"].iloc[0])
    assert found == pytest.approx(slope)


@pytest.mark.parametrize("column", [*NUMERIC_FEATURES, TARGET])
def test_histogram_counts_every_row_once(dataset, column):
    chart = students.distribution(dataset.rows, column)
    valid(chart)
    bins = rows_of(chart)
    assert bins["n"].sum() == len(dataset.rows)
    if dataset.rows[column].nunique() <= 30:
        expected = dataset.rows[column].value_counts().sort_index()
        np.testing.assert_array_equal(bins["n"], expected)


@pytest.mark.parametrize("feature", FEATURES)
def test_boxes_hold_the_quartiles(dataset, feature):
    chart = students.boxes(dataset.rows, feature)
    valid(chart)
    found = rows_of(chart, 0)
    assert found["n"].sum() == len(dataset.rows)
    if feature == ACTIVITIES:
        yes = dataset.rows.loc[dataset.rows[ACTIVITIES] == "Yes", TARGET]
        row = found.set_index("grupo").loc["Sí"]
        assert (row["q1"], row["mediana"], row["q3"]) == tuple(yes.quantile([0.25, 0.5, 0.75]))
        assert row["alto"] <= yes.max()


def test_heat_map_is_pearson(dataset):
    cells = rows_of(students.heat_map(dataset.rows), 0)
    valid(students.heat_map(dataset.rows))
    assert len(cells) == len(COLUMNS) ** 2
    found = cells.query("fila == 'Notas' and columna == 'Índice'")["r"].item()
    scores = dataset.rows[["Previous Scores", TARGET]]
    assert found == pytest.approx(np.corrcoef(scores.T)[0, 1])


def test_counts_and_3d_show_both_answers(dataset):
    found = rows_of(students.counts(dataset.rows), 0).set_index("grupo")["n"]
    assert found["Sí"] == (dataset.rows[ACTIVITIES] == "Yes").sum()
    assert found.sum() == len(dataset.rows)
    figure = students.view_3d(dataset.rows)
    assert [trace.name for trace in figure.data] == ["Sí", "No"]
    assert sum(len(trace.x) for trace in figure.data) == style.SAMPLE


def test_few_rows_with_constant_columns_can_be_drawn(rows):
    frame = pd.DataFrame(
        {name: [5.0] * 3 for name in COLUMNS} | {ACTIVITIES: ["Yes"] * 3, TARGET: [50.0] * 3}
    )
    for feature in NUMERIC_FEATURES:
        valid(students.scatter(frame, feature))
        valid(students.distribution(frame, feature))
        valid(students.boxes(frame, feature))
    valid(students.heat_map(frame.assign(**{TARGET: [50.0, 60.0, 70.0]})))
    students.view_3d(frame)


def test_evaluation_charts_hold_their_points():
    y, predicted = np.array([10.0, 20.0, 30.0]), np.array([11.0, 19.0, 33.0])
    residuals = rows_of(predictions.residuals_against_prediction(y, predicted), 0)
    np.testing.assert_allclose(residuals["residuo"], [-1, 1, -3])
    shown = rows_of(predictions.predicted_against_real(y, predicted), 0)
    np.testing.assert_allclose(shown["predicho"], predicted)
    valid(predictions.predicted_against_real(y, predicted))
    normal = predictions.residual_distribution(np.random.default_rng(0).normal(0, 2, 5000))
    valid(normal)
    bars, curve = rows_of(normal, 0), rows_of(normal, 1)
    assert bars["n"].sum() == 5000
    # the curve covers as many students as the bars
    step = curve["desde"].iloc[1] - curve["desde"].iloc[0]
    width = bars["hasta"].iloc[0] - bars["desde"].iloc[0]
    assert curve["n"].sum() * step / width == pytest.approx(5000, rel=0.02)


def test_training_curves_draw_both_parts():
    epochs = pd.DataFrame(
        {"epoch": [1, 2], "mse": [4.0, 3.0], "val_mse": [5.0, 4.5], "mae": [1.0, 0.9]}
    ).assign(val_mae=[1.1, 1.0])
    chart = curves.training_curves(epochs, total=10, score="mse")
    found = rows_of(chart).pivot_table(index="epoch", columns="parte", values="error")
    assert found.loc[2].to_dict() == {"Entrenamiento": 3.0, "Validación": 4.5}
    assert valid(chart)["encoding"]["x"]["scale"]["domain"] == [1, 10]


@pytest.mark.parametrize(
    "chart",
    [
        predictions.importance(
            pd.DataFrame({"feature": FEATURES, "mean": range(5), "std": [0.1] * 5})
        ),
        curves.learning_curve(pd.DataFrame({"n": [50, 99], "rmse": [3, 2], "ols_rmse": [2, 2]})),
        predictions.coverage(
            pd.DataFrame({"level": [0.5, 0.9], "coverage": [0.4, 0.9], "width": [1, 2]})
        ),
        predictions.sensitivity(
            pd.DataFrame({"value": [1, 2], "prediction": [5, 6], "low": [4, 5], "high": [6, 7]}),
            {FEATURES[0]: 1.5},
            FEATURES[0],
        ),
    ],
)
def test_other_charts_are_valid_with_a_decimal_comma(chart):
    assert valid(chart)["config"]["locale"]["number"]["decimal"] == ","
