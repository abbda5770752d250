"""What the CSV reader accepts, and how it refuses the rest."""

from __future__ import annotations

import pandas as pd
import pytest

from student_performance import data, tables
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED
from student_performance.tables import COLUMNS, FEATURES

HEADER = ",".join(COLUMNS)
HOURS, SCORES, ACTIVITIES, _, _, TARGET = PUBLISHED.names


def parse(lines: list[str] | str | bytes, header: str = HEADER, encoding: str = "utf-8"):
    if isinstance(lines, list):
        lines = "\n".join([header, *lines])
    content = lines.encode(encoding) if isinstance(lines, str) else lines
    return data.parse(content, "datos.csv")


def problems(lines, **options) -> list[str]:
    with pytest.raises(Problem) as caught:
        parse(lines, **options)
    return caught.value.lines


def test_plain_file_is_read_as_written(rows):
    table = parse(rows).rows
    assert list(table.columns) == list(COLUMNS)
    assert table.iloc[0].tolist() == [1, 40, "Yes", 4, 0, 20]
    assert table.index[0] == 2  # row 1 is the header, as a spreadsheet shows it


@pytest.mark.parametrize("answer", ["Yes", "YES", "yes", "Sí", "sí", "SÍ", "Si", "sI"])
def test_every_way_of_saying_yes(rows, answer):
    rows[1] = rows[1].replace("No", answer)
    assert parse(rows).rows[ACTIVITIES].iloc[1] == "Yes"


@pytest.mark.parametrize("answer", ["No", "no", "NO"])
def test_every_way_of_saying_no(rows, answer):
    rows[0] = rows[0].replace("Yes", answer)
    assert parse(rows).rows[ACTIVITIES].iloc[0] == "No"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_separators_and_decimal_commas_mean_the_same(rows, encoding, end):
    plain = parse([row.replace(",4,", ",4.5,", 1) for row in rows])
    european = [row.replace(",4,", ",4.5,", 1).replace(",", ";").replace(".", ",") for row in rows]
    text = end.join([HEADER.replace(",", ";"), *(row.replace("Yes", "Sí") for row in european)])
    other = parse(text, encoding=encoding)
    pd.testing.assert_frame_equal(plain.rows, other.rows)


def test_columns_in_any_order_and_case_with_others_between(rows):
    order = [5, 0, 2, 1, 4, 3]
    header = ",".join(["Nombre", *(COLUMNS[at].upper() for at in order)])
    lines = [",".join(["Ñandú", *(row.split(",")[at] for at in order)]) for row in rows]
    found = parse(lines, header=header)
    pd.testing.assert_frame_equal(found.rows, parse(rows).rows)
    assert found.ignored == ("Nombre",)


def test_empty_lines_and_trailing_separators_are_no_rows(rows):
    lines = [rows[0] + ",,", "", *rows[1:], ",,,,,,"]
    found = parse(lines, header=HEADER)
    assert len(found.rows) == len(rows)
    assert found.rows.index[1] == 4  # the empty line still counts in the row number


def test_every_problem_is_reported_with_its_row(rows):
    rows[0] = "x,40,Yes,4,0,20"
    rows[1] = "1,400,tal vez,4,0,20"
    rows[2] = "1,41,Yes,,inf,20"
    rows[3] = "1,41,,25,0,5"
    rows.append("1,2,3")
    found = problems(rows)
    expected = [
        ("cantidad de celdas", "la fila 62"),
        (HOURS, "no son números", "«x»", "la fila 2"),
        (SCORES, "fuera de 0 a 100", "«400»", "la fila 3"),
        (ACTIVITIES, "faltan valores", "la fila 5"),
        (ACTIVITIES, "no son Yes/No", "«tal vez»", "la fila 3"),
        ("Sleep Hours", "faltan valores", "la fila 4"),
        ("Sleep Hours", "fuera de 0 a 24", "la fila 5"),
        ("Sample Question", "infinitos", "la fila 4"),
        (TARGET, "fuera de 10 a 100", "«5»", "la fila 5"),
    ]
    assert len(found) == len(expected)
    for words, sentence in zip(expected, found, strict=True):
        assert all(word in sentence for word in words), (words, sentence)


def test_many_bad_rows_are_counted_not_listed(rows):
    found = problems(["x" + row[1:] for row in rows])
    assert len(found) == 1
    assert "las filas 2, 3, 4, 5, 6, 7, 8, 9, … (60 en total)" in found[0]


@pytest.mark.parametrize("cell", ["", "NA", "nan", "NULL", "None", "-"])
def test_missing_values_are_refused(rows, cell):
    rows[4] = f"{cell},50,Yes,5,5,50"
    (sentence,) = problems(rows)
    assert "faltan valores" in sentence
    assert "la fila 6" in sentence


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e400"])
def test_infinities_are_refused(rows, cell):
    rows[4] = f"{cell},50,Yes,5,5,50"
    (sentence,) = problems(rows)
    assert "infinitos" in sentence


@pytest.mark.parametrize("cell", ["1_0", "0x1", "٣", "1 0", "1,5,2", "=1+1"])
def test_what_only_looks_like_a_number_is_refused(rows, cell):
    rows[4] = f'"{cell}",50,Yes,5,5,50'
    (sentence,) = problems(rows)
    assert "no son números" in sentence


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n"])
def test_empty_files_are_refused(content):
    (sentence,) = problems(content)
    assert "está vacío" in sentence


def test_header_alone_is_refused():
    (sentence,) = problems([])
    assert "sólo tiene el encabezado" in sentence


@pytest.mark.parametrize("content", [b"PK\x03\x04rest of a workbook", b"a,b\x00c", b"%PDF-1.7"])
def test_files_of_another_kind_are_refused(content):
    (sentence,) = problems(content)
    assert "no es un archivo CSV" in sentence


def test_a_cell_without_end_is_refused():
    (sentence,) = problems('"' + "a" * 200_000)
    assert "no se puede leer como CSV" in sentence


def test_missing_and_repeated_columns_are_named_together(rows):
    header = HEADER.replace("Sleep Hours", HOURS)
    found = problems(rows, header=header)
    assert "falta «Sleep Hours»" in found[0]
    assert f"«{HOURS}» está repetida" in found[1]


def test_fewer_than_fifty_distinct_rows_are_refused(rows):
    assert len(parse(rows[:50]).unique) == 50
    (sentence,) = problems(rows[:49] + rows[:20])
    assert "49 filas distintas" in sentence
    assert "al menos 50" in sentence


def test_a_constant_index_is_refused(rows):
    (sentence,) = problems([row.rsplit(",", 1)[0] + ",50" for row in rows])
    assert "vale siempre lo mismo" in sentence


def test_exact_duplicates_are_dropped_and_counted(rows):
    found = parse(rows + rows[:7])
    assert found.duplicates_dropped == 7
    assert len(found.unique) == len(rows)
    assert not found.unique.duplicated().any()


def test_too_large_files_are_refused_unread(tmp_path):
    path = tmp_path / "grande.csv"
    with path.open("wb") as file:
        file.truncate(tables.MAX_BYTES + 1)
    with pytest.raises(Problem, match="el máximo es 10 MB"):
        data.load(path)
    with pytest.raises(Problem, match="el máximo es 10 MB"):
        data.parse(bytes(tables.MAX_BYTES + 1), "grande.csv")


def test_missing_file_and_folder_are_explained(tmp_path):
    with pytest.raises(Problem, match="No existe"):
        data.load(tmp_path / "nada.csv")
    with pytest.raises(Problem, match="es una carpeta"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("separator", "fraction", "decimal"),
    [(",", "5.5", "."), (";", "5,5", ","), (";", "5.5", "."), (";", "5", ","), (",", "5", ".")],
)
def test_decimal_mark_of_a_file_is_noticed(separator, fraction, decimal):
    cells = [fraction, "70", "Yes", "7", "4"]
    content = "\n".join(separator.join(line) for line in (FEATURES, cells)).encode()
    assert tables.read_table(content, "uno.csv", columns=FEATURES).decimal == decimal


def test_students_to_predict_need_no_index(rows):
    lines = [f"Ana {at}," + row.rsplit(",", 1)[0] for at, row in enumerate(rows[:3])]
    content = "\n".join(["Nombre," + ",".join(FEATURES), *lines]).encode()
    table = tables.read_table(content, "grupo.csv", columns=FEATURES)
    assert len(table.rows) == 3
    assert table.extra["Nombre"].tolist() == ["Ana 0", "Ana 1", "Ana 2"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        *(("=1+1", False), ("@SUM(A1)", False), ("+1+cmd|' /C calc'!A0", False), ("-2+3", False)),
        *(("  =1", False), ("\t=1", False), ("-A1", False), ("+", True), ("-", True), ("", True)),
        *(("-5", True), ("+54 (341) 480-0000", True), ("Ana", True), ("a=b", True), ("3,5", True)),
    ],
)
def test_formulas_become_text(text, kept):
    found = tables.without_formulas(pd.DataFrame({text: [text, "Ana"]}))
    expected = text if kept else f"'{text}"
    assert found.columns[0] == expected
    assert found.iloc[:, 0].tolist() == [expected, "Ana"]
