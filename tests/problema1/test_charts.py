"""Charts hold the numbers they are said to show, whatever the columns of the table."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import pytest

from student_performance.charts import (
    correlations,
    curves,
    distributions,
    effects,
    predictions,
    relations,
    style,
)
from student_performance.schema import ACTIVITIES, INDEX, PUBLISHED, SCORES, Column, Schema

NUMBERS = [column.name for column in PUBLISHED.numeric]
FEATURES = [column.name for column in PUBLISHED.features]


def rows_of(chart, layer: int | None = None) -> pd.DataFrame:
    """The data of a chart or of one of its layers."""
    part = chart if layer is None else chart.layer[layer]
    # Altair moves data that all layers share up to the whole chart
    return chart.data if part.data is alt.Undefined else part.data


def valid(chart) -> dict:
    """The Vega-Lite specification, validated by Altair; it has the decimal comma and a text."""
    content = chart.to_dict()
    assert content["config"]["locale"]["number"]["decimal"] == ","
    assert len(content["description"]) > 15
    assert "nan" not in content["description"].lower().split()
    return content


@pytest.mark.parametrize("feature", NUMBERS)
def test_scatter_keeps_points_at_their_value_and_draws_the_least_squares_line(dataset, feature):
    chart = relations.scatter(dataset.rows, PUBLISHED, feature, ACTIVITIES)
    valid(chart)
    points, line = rows_of(chart, 0), rows_of(chart, 1)
    assert len(chart.layer) == 2  # a straight relation has no line of means
    assert len(points) == style.SAMPLE
    assert (points["x"].round() == points["valor"]).all()
    assert set(points["grupo"]) == {"Sí", "No"}
    x, y = dataset.rows[feature], dataset.rows[INDEX.name]
    slope = np.cov(x, y)[0, 1] / x.var()
    drawn = (line["y"].iloc[1] - line["y"].iloc[0]) / (line["x"].iloc[1] - line["x"].iloc[0])
    assert drawn == pytest.approx(slope)


def test_scatter_of_a_bend_joins_the_means_of_its_parts():
    frame, schema = numbers(lambda x: 10 - np.abs(x - 5))
    chart = relations.scatter(frame, schema, "x")
    valid(chart)
    means = rows_of(chart, 2)
    np.testing.assert_allclose(means["y"], 10 - np.abs(means["x"] - 5), atol=0.5)


def numbers(relation, n: int = 1000) -> tuple[pd.DataFrame, Schema]:
    """A table of one feature, uniform from 0.01 to 10, and the target."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.01, 10, n)
    frame = pd.DataFrame({"x": x, "y": relation(x) + rng.normal(0, 0.5, n)})
    return frame, Schema(Column("y"), (Column("x"),))


@pytest.mark.parametrize("column", [*NUMBERS, INDEX.name])
def test_histogram_counts_every_row_once_in_bins_of_whole_numbers(dataset, column):
    chart = distributions.distribution(dataset.rows, PUBLISHED[column], "estudiantes")
    valid(chart)
    bins = rows_of(chart)
    assert bins["n"].sum() == len(dataset.rows)
    width = round(bins["hasta"].iloc[0] - bins["desde"].iloc[0] + 0.04)
    first = round(bins["desde"].iloc[0] + 0.45)
    expected = ((dataset.rows[column] - first) // width).value_counts().sort_index()
    np.testing.assert_array_equal(bins["n"], expected.reindex(range(len(bins)), fill_value=0))


def test_histogram_over_decades_is_logarithmic_and_loses_no_row():
    values = pd.Series(np.geomspace(0.02, 5000, 700))
    chart = distributions.histogram(values, Column("ingreso", unit="$"))
    axis = valid(chart)["encoding"]["x"]
    assert axis["scale"]["type"] == "log"
    assert axis["axis"]["values"] == [0.1, 1, 10, 100, 1000]
    bins = rows_of(chart)
    assert bins["n"].sum() == 700
    assert bins["n"].max() - bins["n"].min() <= 2


def test_marks_of_a_logarithmic_axis():
    assert style.ticks(1.5, 60) == [2, 5, 10, 20, 50]
    assert style.ticks(0.5, 20_000) == [1, 10, 100, 1000, 10_000]


def test_empty_cells_and_levels_are_counted(mixed):
    frame, schema = mixed
    chart = distributions.distribution(frame, schema["pueblo"])
    valid(chart)
    counts = rows_of(chart, 0).set_index("grupo")["n"]
    assert counts["(vacía)"] == frame["pueblo"].isna().sum()
    assert counts["Sur"] == (frame["pueblo"] == "Sur").sum()
    assert counts.sum() == len(frame)
    assert rows_of(distributions.distribution(frame, schema["horas"]))["n"].sum() == 380


def test_many_levels_are_drawn_as_the_most_frequent_and_the_rest():
    levels = tuple(f"un nombre de barrio bastante largo, el {at}" for at in range(50))
    values = [levels[at] for at in range(50) for _ in range(at + 1)]
    frame = pd.DataFrame({"barrio": values, "x": 1.0, "y": np.arange(len(values), dtype=float)})
    column = Column("barrio", "category", levels=levels)
    schema = Schema(Column("y"), (column, Column("x")))
    counts = rows_of(distributions.distribution(frame, column), 0).set_index("grupo")["n"]
    assert len(counts) == distributions.BARS + 1
    assert counts.sum() == len(frame)
    boxes = relations.boxes(frame, schema, "barrio")
    assert valid(boxes)["layer"][0]["encoding"]["x"]["axis"]["labelLimit"] == style.NAME_WIDTH
    assert rows_of(boxes, 0)["n"].sum() == len(frame)
    assert len(rows_of(boxes, 0)) == relations.BOXES + 1
    names, colours = style.hue(frame["barrio"], column)
    assert set(names) == set(colours)
    assert len(colours) == len(style.LEVEL_COLOURS) + 1


@pytest.mark.parametrize("feature", FEATURES)
def test_boxes_hold_the_quartiles(dataset, feature):
    chart = relations.boxes(dataset.rows, PUBLISHED, feature)
    valid(chart)
    table = rows_of(chart, 0)
    assert table["n"].sum() == len(dataset.rows)
    if feature == ACTIVITIES.name:
        yes = dataset.rows.loc[dataset.rows[feature] == "Yes", INDEX.name]
        row = table.set_index("grupo").loc["Sí"]
        assert (row["q1"], row["mediana"], row["q3"]) == tuple(yes.quantile([0.25, 0.5, 0.75]))
        assert row["alto"] <= yes.max()


def test_boxes_of_a_tenth_hold_its_rows():
    frame, schema = numbers(lambda x: x)
    table = rows_of(relations.boxes(frame, schema, "x"), 0)
    assert len(table) == 10
    np.testing.assert_array_equal(table["n"], np.histogram(frame["x"], bins=10)[0])


def test_heat_map_is_pearson(dataset):
    chart = correlations.heat_map(dataset.rows, PUBLISHED)
    valid(chart)
    cells = rows_of(chart, 0)
    assert len(cells) == 36
    r = cells.query("fila == 'Notas' and columna == 'Índice'")["r"].item()
    assert r == pytest.approx(np.corrcoef(dataset.rows[[SCORES.name, INDEX.name]].T)[0, 1])


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_numbers_of_the_heat_map_are_read_on_every_ground():
    for colour in (correlations.NEGATIVE, correlations.NONE, correlations.POSITIVE):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5  # white on it, WCAG AA


def test_heat_map_measures_categories_and_keeps_the_strongest_of_many(mixed):
    frame, schema = mixed
    cells = rows_of(correlations.heat_map(frame, schema), 0)
    town = cells.query("fila == 'pueblo' and columna == 'Nota final'").iloc[0]
    assert town["medida"] == "η"
    assert town["r"] > 0.7

    wide = {f"x{at}": np.random.default_rng(at).normal(size=200) for at in range(25)}
    many = pd.DataFrame(wide).assign(y=wide["x24"] * 3 + wide["x3"])
    schema = Schema(Column("y"), tuple(Column(name) for name in wide))
    chart = correlations.heat_map(many, schema)
    valid(chart)
    assert len(rows_of(chart, 0)) == correlations.MAX_COLUMNS**2
    assert {"x24", "x3", "y"} <= set(rows_of(chart, 0)["fila"])


def test_3d_view_tells_groups_apart_or_draws_one(dataset, mixed):
    pair = (FEATURES[0], FEATURES[1])
    figure = relations.view_3d(dataset.rows, PUBLISHED, pair, ACTIVITIES)
    assert [trace.name for trace in figure.data] == ["Sí", "No"]
    assert sum(len(trace.x) for trace in figure.data) == style.SAMPLE
    alone = relations.view_3d(dataset.rows, PUBLISHED, pair)
    assert len(alone.data) == 1
    assert not alone.layout.showlegend


def test_few_rows_with_constant_columns_can_be_drawn():
    frame = pd.DataFrame(
        {name: [5.0] * 3 for name in PUBLISHED.names}
        | {ACTIVITIES.name: ["Yes"] * 3, INDEX.name: [50.0] * 3}
    )
    for feature in NUMBERS:
        valid(relations.scatter(frame, PUBLISHED, feature, ACTIVITIES))
        valid(distributions.distribution(frame, PUBLISHED[feature]))
        valid(relations.boxes(frame, PUBLISHED, feature))
    valid(correlations.heat_map(frame, PUBLISHED))
    valid(correlations.heat_map(frame.assign(**{INDEX.name: [50.0, 60, 70]}), PUBLISHED))
    relations.view_3d(frame, PUBLISHED, (NUMBERS[0], NUMBERS[1]))


def test_two_columns_and_no_unit_can_be_drawn():
    frame, schema = numbers(np.sqrt)
    for chart in (
        relations.scatter(frame, schema, "x"),
        relations.boxes(frame, schema, "x"),
        correlations.heat_map(frame, schema),
        distributions.distribution(frame, schema["x"]),
        predictions.residual_distribution(frame["y"].to_numpy(), "filas", ""),
    ):
        assert "()" not in str(valid(chart))


def test_a_column_without_values_can_be_drawn():
    frame = pd.DataFrame({"x": [np.nan] * 5, "y": [1.0, 2, 3, 4, 5]})
    schema = Schema(Column("y"), (Column("x"),))
    relations.scatter(frame, schema, "x").to_dict()
    relations.boxes(frame, schema, "x").to_dict()
    valid(distributions.distribution(frame, schema["x"]))


def test_evaluation_charts_hold_their_points():
    y, predicted = np.array([10.0, 20.0, 30.0]), np.array([11.0, 19.0, 33.0])
    residuals = rows_of(predictions.residuals_against_prediction(y, predicted, "puntos"), 0)
    np.testing.assert_allclose(residuals["residuo"], [-1, 1, -3])
    shown = rows_of(predictions.predicted_against_real(y, predicted, "puntos"), 0)
    np.testing.assert_allclose(shown["predicho"], predicted)
    valid(predictions.predicted_against_real(y, predicted, ""))
    draws = np.random.default_rng(0).normal(0, 2, 5000)
    normal = predictions.residual_distribution(draws, "estudiantes", "puntos")
    valid(normal)
    bars, curve = rows_of(normal, 0), rows_of(normal, 1)
    assert bars["n"].sum() == 5000
    # the curve covers as many students as the bars
    step = curve["desde"].iloc[1] - curve["desde"].iloc[0]
    width = bars["hasta"].iloc[0] - bars["desde"].iloc[0]
    assert curve["n"].sum() * step / width == pytest.approx(5000, rel=0.02)


def test_residuals_against_a_feature_leave_out_its_empty_cells(mixed):
    frame, schema = mixed
    chart = predictions.residuals_against_feature(frame, schema["horas"], np.ones(400), "")
    valid(chart)
    assert len(rows_of(chart, 0)) == 380


def test_training_curves_draw_both_parts_on_marks_of_round_numbers():
    epochs = pd.DataFrame(
        {"epoch": [1, 2], "rmse": [400.0, 3.0], "val_rmse": [500.0, 4.5], "rmse_sd": [9.0, 1.0]}
    ).assign(val_rmse_sd=[8.0, 1.0])
    chart = curves.training_curves(epochs, total=10, unit="puntos")
    table = rows_of(chart, 1).pivot_table(index="epoch", columns="parte", values="error")
    assert table.loc[2].to_dict() == {"Entrenamiento": 3.0, "Validación": 4.5}
    encoding = valid(chart)["layer"][1]["encoding"]
    assert encoding["x"]["scale"]["domain"] == [1, 10]
    assert encoding["y"]["axis"]["values"] == [5, 10, 20, 50, 100, 200, 500]
    assert encoding["y"]["title"] == "RMSE (puntos)"


def test_training_curves_that_hardly_fall_stand_on_a_linear_axis_and_survive_gaps():
    epochs = pd.DataFrame(
        {"epoch": [1, 2], "rmse": [2.1, None], "val_rmse": [2.2, 2.15], "rmse_sd": [0.1, None]}
    ).assign(val_rmse_sd=[0.1, 0.1])
    chart = curves.training_curves(epochs, total=1, unit="")
    assert valid(chart)["layer"][1]["encoding"]["y"]["scale"] == {"zero": False}
    both = curves.validation_curves({"uno": epochs, "dos": epochs.head(1)}, "")
    assert len(rows_of(both)) == 3
    valid(both)


def test_contributions_come_with_the_largest_first():
    values = np.array([1.0, -5.0, 0.5, 0.1, 2.0])
    table = rows_of(effects.contributions(values, ["5", "70", "Sí", "7", "4"], PUBLISHED))
    assert table["aporte"].tolist() == [-5.0, 2.0, 1.0, 0.5, 0.1]
    assert table["variable"].iloc[0] == "Notas previas = 70"


def test_dependence_is_drawn_for_numbers_and_levels(mixed):
    frame, schema = mixed
    curve = pd.DataFrame({"value": [0.0, 1.0, 2.0], "prediction": [5.0, 6.0, 7.0]})
    for feature in ("horas", "pueblo"):
        chart = effects.partial_dependence(curve, frame, schema, feature)
        valid(chart)
        assert rows_of(chart, 1)["y"].tolist() == [5.0, 6.0, 7.0]
        assert len(rows_of(chart, 0)) == frame[feature].notna().sum()
        band = curve.assign(low=4.0, high=8.0)
        valid(effects.sensitivity(band, 1.0, schema, feature))
        valid(effects.sensitivity(band, float("nan"), schema, feature))
    assert rows_of(chart, 1)["x"].tolist() == ["Norte", "Sur", "Oeste"]


@pytest.mark.parametrize(
    "chart",
    [
        effects.importance(
            pd.DataFrame({"feature": FEATURES, "mean": range(5), "std": [0.1] * 5}), PUBLISHED
        ),
        curves.learning_curve(
            pd.DataFrame({"n": [50, 99], "rmse": [3, 2], "ols_rmse": [2, 2]}), "puntos"
        ),
        predictions.coverage(
            pd.DataFrame({"level": [0.5, 0.9], "coverage": [0.4, 0.9], "width": [1, 2]}), "puntos"
        ),
        predictions.coverage_by_part(
            pd.DataFrame(
                {"feature": FEATURES[0], "part": ["1 a 5", "5 a 9"], "n": 9}
                | {"coverage": [0.8, 0.9], "width": 4.0}
            ),
            0.9,
            PUBLISHED,
        ),
    ],
)
def test_other_charts_are_valid(chart):
    valid(chart)
