"""From a table to typed rows: unasked, proposed, changed by hand, saved, and refused."""

from __future__ import annotations

import argparse
import json
import os

import numpy as np
import pandas as pd
import pytest
import table_flags

from student_performance import data, mapping, proposing, reading
from student_performance.cells import EmptyCells
from student_performance.mapping import Mapping
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED, Column, Schema

ENGLISH = [column.name for column in PUBLISHED.columns]
SPANISH = [column.label for column in PUBLISHED.columns]
ROW = ["7", "99", "Yes", "9", "1", "91.0"]
COURSE = "id,sexo,faltas,apoyo,nota final\n" + "\n".join(
    f"{100 + at},{'FM'[at % 2]},{at % 7},{('sí', 'no')[at % 3 == 0]},{4 + at % 6}.5"
    for at in range(30)
)


def raw(text: str | list[list[str]], name: str = "datos.csv") -> reading.RawTable:
    if isinstance(text, list):
        text = "\n".join(",".join(row) for row in text)
    return reading.read(text.encode(), name)


def published(*rows: list[str], headings: list[str] = ENGLISH) -> reading.RawTable:
    return raw([headings, ROW, ["4", "82", "No", "4", "2", "65.0"], *rows])


def applied(table: reading.RawTable, plan: Mapping | None = None, **options) -> mapping.Table:
    return mapping.apply(table, plan or proposing.propose(table), **options)


def sentences(act) -> tuple[str, ...]:
    with pytest.raises(Problem) as caught:
        act()
    return caught.value.lines


# --- the published columns need no question


@pytest.mark.parametrize(
    "headings",
    [ENGLISH, SPANISH, [name.upper().replace(" ", "_") for name in ENGLISH], ENGLISH[::-1]],
)
def test_the_published_columns_are_mapped_unasked(headings):
    values = dict(zip(headings, ROW if headings != ENGLISH[::-1] else ROW[::-1], strict=True))
    table = raw([headings, list(values.values())])
    plan = proposing.propose(table)
    assert plan.is_published
    rows = applied(table, plan).rows
    assert rows.columns.tolist() == ENGLISH
    assert rows.iloc[0].tolist() == [7, 99, "Yes", 9, 1, 91]
    assert rows.dtypes.iloc[[0, 1, 3, 4, 5]].eq("float64").all()


def test_other_columns_are_kept_as_texts():
    table = raw([["Legajo", *ENGLISH], ["007", *ROW]])
    typed = applied(table)
    assert typed.extra.to_dict("list") == {"Legajo": ["007"]}
    assert typed.rows.index.tolist() == typed.extra.index.tolist() == [2]


def test_two_headings_for_one_published_column_are_not_taken_unasked():
    table = published(headings=[*ENGLISH[:3], "hours_studied", *ENGLISH[4:]])
    assert proposing.published(table) is None
    (sentence,) = sentences(lambda: mapping.apply(table, Mapping(PUBLISHED)))
    assert "Sleep Hours" in sentence


def test_students_without_their_index_are_for_the_prediction_page():
    table = raw([ENGLISH[:5], ROW[:5]])
    (sentence,) = sentences(lambda: proposing.propose(table))
    assert "página «Predicción»" in sentence
    typed = applied(table, Mapping(PUBLISHED), with_target=False)
    assert typed.rows.columns.tolist() == ENGLISH[:5]
    assert typed.target is None


def test_a_known_target_comes_along_for_comparison():
    typed = applied(published(["1", "40", "No", "4", "2", "?"]), with_target=False)
    assert typed.rows.columns.tolist() == ENGLISH[:5]
    np.testing.assert_array_equal(typed.target, [91, 65, np.nan])


def test_other_scales_are_a_remark():
    typed = applied(published(["49", "99", "No", "9", "1", "5.5"]))
    assert len(typed.rows) == 3
    hours, index = typed.remarks
    assert "«Hours Studied»" in hours
    assert "49,00 en la fila 4" in hours
    assert "de 10 a 100" in index


def test_a_unit_that_is_left_out_is_told():
    (remark,) = applied(raw([ENGLISH, ["7", "99%", *ROW[2:]]])).remarks
    assert "«%»" in remark


# --- cells that are empty or wrong


def test_empty_cells_are_refused_dropped_or_filled():
    table = published(["", "50", "", "7", "3", "40"], ["2", "60", "No", "7", "3", "NA"])
    plan = proposing.propose(table)
    with pytest.raises(EmptyCells) as caught:
        mapping.apply(table, plan)
    assert len(caught.value.lines) == 3
    assert "la fila 4" in caught.value.lines[0]
    assert "quitar esas filas o rellenar" in caught.value.lines[0]

    dropped = mapping.apply(table, Mapping(plan.schema, plan.sources, "drop"))
    assert dropped.rows.index.tolist() == [2, 3]
    assert "las filas 4 y 5" in dropped.remarks[0]

    filled = mapping.apply(table, Mapping(plan.schema, plan.sources, "fill"))
    assert filled.rows.index.tolist() == [2, 3, 4]  # a row without a target teaches nothing
    assert filled.rows.loc[4, ["Hours Studied", "Extracurricular Activities"]].isna().all()
    assert "la fila 5, sin «Performance Index»" in filled.remarks[0]
    assert "2 celdas vacías" in filled.remarks[1]


def test_no_row_left_is_refused():
    table = raw([ENGLISH, ["", *ROW[1:]]])
    assert (
        "ninguna fila completa"
        in sentences(lambda: mapping.apply(table, Mapping(PUBLISHED, {}, "drop")))[0]
    )


def test_every_problem_is_reported_with_its_rows():
    table = published(["x", "40", "tal vez", "4", "inf", "20"], ["1", "1e400", "No", "", "2", "30"])
    lines = sentences(lambda: applied(table))
    expected = [
        ("Hours Studied", "no son números", "«x»", "la fila 4"),
        ("Previous Scores", "infinitos", "«1e400»", "la fila 5"),
        ("Extracurricular", "no son Sí/No", "«tal vez»", "la fila 4"),
        ("Sample Question", "infinitos", "la fila 4"),
        ("Sleep Hours", "faltan valores", "la fila 5"),
    ]
    assert len(lines) == len(expected)
    for parts, line in zip(expected, lines, strict=True):
        assert all(part in line for part in parts), (parts, line)


def test_many_bad_rows_are_counted_not_listed():
    (line,) = sentences(lambda: applied(published(*[["x", *ROW[1:]]] * 60)))
    assert "las filas 4, 5, 6, 7, 8, 9, 10, 11, … (60 en total)" in line


def test_a_missing_column_is_named_beside_those_that_are_there():
    (line,) = sentences(lambda: mapping.apply(raw("a,b\n1,2\n"), Mapping(PUBLISHED)))
    assert "faltan «Hours Studied»" in line
    assert "«a» y «b»" in line


# --- repeated rows


def test_only_rows_equal_in_all_columns_are_repeated():
    table = raw([["Legajo", *ENGLISH], ["1", *ROW], ["2", *ROW], ["1", *ROW]])
    typed = applied(table)
    assert typed.repeated == 1
    assert len(typed.rows) == 3  # none is dropped unasked
    dropped = mapping.apply(table, Mapping(PUBLISHED, drop_repeated=True))
    assert dropped.rows.index.tolist() == [2, 3]
    assert dropped.repeated == 1


# --- other tables: a proposal


def test_a_proposal_for_another_table():
    table = raw(COURSE)
    plan = proposing.propose(table)
    assert not plan.is_published
    assert plan.schema.target.name == "nota final"
    kinds = {column.name: column.kind for column in plan.schema.features}
    assert kinds == {"sexo": "category", "faltas": "number", "apoyo": "yes_no"}
    assert plan.schema["sexo"].levels == ("F", "M")
    typed = applied(table, plan)
    assert typed.rows.iloc[0].tolist() == ["F", 0, "No", 4.5]
    assert typed.extra.columns.tolist() == ["id"]
    assert np.isfinite(plan.schema.encode(typed.rows)).all()
    reasons = {each.column.name: each.reason for each in proposing.candidates(table)}
    assert reasons["id"] == "identifica las filas"
    assert not reasons["sexo"]


def test_target_and_features_are_chosen_by_heading_in_any_spelling():
    plan = proposing.propose(raw(COURSE), "FALTAS", ["Nota_Final", "sexo"])
    assert plan.schema.names == ["nota final", "sexo", "faltas"]


@pytest.mark.parametrize(
    ("target", "features", "part"),
    [
        ("nada", None, "no hay una columna «nada»"),
        ("sexo", None, "no se puede predecir"),
        ("nota final", ["nota final"], "no hay columnas de las que predecir"),
        ("nota final", ["nadie"], "no hay una columna «nadie»"),
    ],
)
def test_choices_that_cannot_be(target, features, part):
    (line,) = sentences(lambda: proposing.propose(raw(COURSE), target, features))
    assert part in line


def test_a_column_of_names_is_no_category():
    table = raw("nombre,h,nota\n" + "\n".join(f"Ana {at},{at % 5},{at}.5" for at in range(60)))
    assert [each.name for each in proposing.propose(table).schema.features] == ["h"]
    (line,) = sentences(lambda: proposing.propose(table, "nota", ["nombre"]))
    assert "más de 50 textos distintos" in line


def test_a_table_without_numbers_is_refused():
    (line,) = sentences(lambda: proposing.propose(raw("a,b\nx,y\nz,w\n")))
    assert "tiene números que predecir" in line


def test_types_are_changed_after_a_check():
    table = raw(COURSE)
    plan = proposing.propose(table)
    changed, check = proposing.retyped(table, plan, "faltas", "category")
    assert changed.schema["faltas"].levels == tuple("0123456")
    assert check.empty == 0
    assert applied(table, changed).rows["faltas"].iloc[3] == "3"
    (line,) = sentences(lambda: proposing.retyped(table, plan, "sexo", "number"))
    assert "«F»" in line
    assert proposing.check(table, "sexo", "yes_no").problems
    with pytest.raises(Problem, match="tiene que ser un número"):
        proposing.retyped(table, plan, "nota final", "category")


def test_another_file_with_levels_that_the_training_did_not_know():
    plan = proposing.propose(raw(COURSE))
    table = raw("sexo,faltas,apoyo\nf,1,SI\nX,2,no\n", "otro.csv")
    with pytest.raises(Problem):
        mapping.apply(table, plan)  # the target is missing
    typed = mapping.apply(
        table, Mapping(plan.schema, plan.sources, missing="fill"), with_target=False
    )
    assert typed.rows["sexo"].iloc[0] == "F"
    assert pd.isna(typed.rows["sexo"].iloc[1])
    assert "«X»" in typed.remarks[0]
    assert typed.rows["apoyo"].tolist() == ["Yes", "No"]


# --- JSON


def test_a_mapping_survives_json(tmp_path):
    plan = proposing.propose(raw(COURSE))
    plan = Mapping(plan.schema, plan.sources, "fill", drop_repeated=True)
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(plan.to_json()), encoding="utf-8")
    assert mapping.read_mapping(path) == plan


@pytest.mark.parametrize(
    "change",
    [
        *({"schema": None}, {"sources": [1]}, {"sources": {"a": 1}}, {"missing": "keep"}),
        *({"missing": ["drop"]}, {"drop_repeated": "yes"}, {"schema": {"target": {}}}),
    ],
)
def test_damaged_mappings_are_refused(change):
    content = Mapping(PUBLISHED).to_json() | change
    with pytest.raises(Problem, match="dañada"):
        Mapping.from_json(content)


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000, "3"])
def test_files_that_are_no_mapping_are_refused(tmp_path, content):
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(Problem):
        mapping.read_mapping(path)
    with pytest.raises(Problem, match="No se puede leer"):
        mapping.read_mapping(tmp_path / "nada.json")


# --- round trips


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("form", ["utf-8", "utf-16", "cp1252", "xlsx", "parquet"])
def test_whatever_pandas_writes_gives_the_same_rows(tmp_path, separator, decimal, form):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "Horas": rng.uniform(0, 2000, 40).round(3),
            "Apoyo": rng.choice(["Sí", "No"], 40),
            "Año": rng.choice(["primero", "segundo", "Ñandú"], 40),
            "Nota final": rng.normal(0, 1e4, 40).round(2),
        }
    )
    path = tmp_path / "tabla"
    if form == "xlsx":
        frame.to_excel(path.with_suffix(".xlsx"), index=False)
        os.replace(path.with_suffix(".xlsx"), path)
    elif form == "parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, sep=separator, decimal=decimal, encoding=form)
    table = data.load(path)
    assert table.schema.target.name == "Nota final"
    expected = frame.assign(Apoyo=frame["Apoyo"].map({"Sí": "Yes", "No": "No"}))
    pd.testing.assert_frame_equal(
        table.rows.reset_index(drop=True), expected[table.rows.columns], check_dtype=False
    )
    if form in ("utf-8", "utf-16", "cp1252"):
        assert table.decimal == decimal


# --- data sets


def test_the_embedded_file_is_recognised_in_any_form():
    table = data.load()
    assert table.is_simulated
    assert not table.is_real
    other = table.rows.rename(columns=dict(zip(ENGLISH, SPANISH, strict=True)))
    content = other.to_csv(index=False, sep=";", decimal=",").encode("utf-16")
    assert data.parse(content, "otro.csv").is_simulated
    assert not data.parse(other.iloc[:-1].to_csv(index=False).encode(), "menos").is_simulated


def test_equal_students_stay_on_one_side_of_the_split():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"h": rng.integers(0, 60, 500), "nota": rng.normal(size=500).round(4)})
    table = data.parse(frame.to_csv(index=False).encode(), "x.csv")
    parts = data.split(table, seed=1)
    assert not parts.by_rows
    assert not set(parts.training["h"]) & set(parts.test["h"])
    assert sorted([*parts.training.index, *parts.test.index]) == table.rows.index.tolist()
    assert 0.1 < len(parts.test) / 500 < 0.3
    np.testing.assert_array_equal(
        pd.factorize(parts.training["h"])[0], pd.factorize(parts.training_groups)[0]
    )
    assert parts.test.index.equals(data.split(table, seed=1).test.index)
    assert not parts.test.index.equals(data.split(table, seed=2).test.index)


def test_few_different_students_are_divided_by_rows():
    text = "h,nota\n" + "\n".join(f"{at % 7},{at * at % 83}" for at in range(100))
    parts = data.split(data.parse(text.encode(), "x.csv"), seed=0)
    assert parts.by_rows
    assert len(parts.test) == 20


def test_exploration_needs_no_minimum_and_training_says_its_own():
    small = data.parse(b"h,nota\n1,2\n3,4\n", "x.csv")
    with pytest.raises(Problem, match="al menos 50"):
        data.require_trainable(small)
    constant = "h,nota\n" + "\n".join(f"{at},5" for at in range(60))
    plan = Mapping(Schema(Column("nota"), (Column("h"),)))
    with pytest.raises(Problem, match="vale siempre lo mismo"):
        data.require_trainable(data.parse(constant.encode(), "x.csv", plan))


# --- the flags of train.py


def flags(*arguments: str) -> data.Dataset:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    table_flags.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    table_flags.check(parser, parsed)
    return table_flags.load(parsed)


@pytest.fixture
def course(tmp_path):
    path = tmp_path / "curso.csv"
    path.write_bytes((COURSE + "\n130,F,,sí,8\n130,F,,sí,8\n").encode("cp1252"))
    return str(path)


def test_flags_choose_columns_and_what_is_done_with_rows(course):
    table = flags("--data", course, "--target", "nota final", "--features", "sexo, faltas",
                 "--drop-missing")  # fmt: skip
    assert table.schema.names == ["sexo", "faltas", "nota final"]
    assert len(table.rows) == 30
    table = flags("--data", course, "--fill-missing", "--drop-repeated", "--encoding", "latin-1")
    assert len(table.rows) == 31
    assert table.rows["faltas"].isna().sum() == 1


def test_flags_are_offered_where_cells_are_empty(course):
    assert "--drop-missing" in sentences(lambda: flags("--data", course))[-1]


def test_a_mapping_file_says_the_columns(course, tmp_path, capsys):
    plan = proposing.propose(raw(COURSE), "faltas", ["sexo"])
    path = tmp_path / "m.json"
    path.write_text(json.dumps(plan.to_json()))
    table = flags("--data", course, "--mapping", str(path), "--drop-missing")
    assert table.schema.names == ["sexo", "faltas"]
    with pytest.raises(SystemExit) as ended:
        flags("--data", course, "--mapping", str(path), "--target", "faltas")
    assert ended.value.code == 2
    assert "--mapping ya dice" in capsys.readouterr().err


def test_without_flags_the_embedded_file_is_read():
    assert flags().is_simulated
