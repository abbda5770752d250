"""Every form of a table is read as the same texts, and hostile files are refused in a sentence."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from student_performance import layout, mapping, proposing, reading, workbooks
from student_performance.delimited import ENCODINGS
from student_performance.problems import Problem
from student_performance.spelling import fold

TABLE = pd.DataFrame(
    {
        "Horas de sueño": [7.5, 4.0, 8.25, 6.0],
        "Nombre": ["Ana, María", "Íñigo", "Zoë; la «otra»", 'Di "Go"'],
        "Nota final": [91, 65, 45, 70],
    }
)
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Hoja1">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)


def read(content: bytes | str, name: str = "datos.csv", **options) -> reading.RawTable:
    return reading.read(content.encode() if isinstance(content, str) else content, name, **options)


def refused(content: bytes | str, **options) -> str:
    with pytest.raises(Problem) as caught:
        read(content, **options)
    (sentence,) = caught.value.lines
    return sentence


def excel(*sheets: tuple[str, list[list]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def ods(rows: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows))
    return file.getvalue()


def ods_cell(value: object, repeats: int = 1) -> str:
    repeated = f' table:number-columns-repeated="{repeats}"' if repeats > 1 else ""
    if value is None:
        return f"<table:table-cell{repeated}/>"
    if isinstance(value, str):
        return (
            f'<table:table-cell{repeated} office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
        )
    return (
        f'<table:table-cell{repeated} office:value-type="float" office:value="{value}">'
        f"<text:p>x</text:p></table:table-cell>"
    )


def ods_row(*values: object, repeats: int = 1) -> str:
    repeated = f' table:number-rows-repeated="{repeats}"' if repeats > 1 else ""
    return f"<table:table-row{repeated}>{''.join(map(ods_cell, values))}</table:table-row>"


# --- text files


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_decimals_encodings_and_line_ends(separator, decimal, encoding, end):
    text = TABLE.to_csv(index=False, sep=separator, decimal=decimal, lineterminator=end)
    raw = read(text.encode(encoding))
    assert raw.separator == separator
    assert raw.headings == list(TABLE.columns)
    assert raw.cells["Nombre"].tolist() == TABLE["Nombre"].tolist()
    numbers = raw.cells["Horas de sueño"].str.replace(",", ".").astype(float)
    assert numbers.tolist() == TABLE["Horas de sueño"].tolist()
    assert raw.index.tolist() == [2, 3, 4, 5]
    assert not raw.remarks


words = st.text(st.characters(codec="cp1252", exclude_categories=("C", "Z")), min_size=1)
# a last row that begins with one of these is left out, as it should be
words = words.filter(lambda word: fold(word) not in layout.SUMMARIES)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(words, st.integers(0, 99), words), min_size=5, max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_what_pandas_writes_is_read_equal(cells, separator, encoding):
    frame = pd.DataFrame(cells, columns=["Apodo", "Edad", "Curso"])
    content = frame.to_csv(index=False, sep=separator, quoting=2).encode(encoding)
    raw = read(content, encoding=encoding)
    assert raw.cells["Curso"].tolist() == frame["Curso"].tolist()
    assert raw.cells["Edad"].tolist() == frame["Edad"].astype(str).tolist()


def test_an_encoding_is_chosen_where_none_can_be_guessed():
    text = "공부 시간,성과 지수\n7,91\n4,65\n"
    raw = read(text.encode("cp949"))
    assert "CP949" in raw.remarks[0]
    raw = read(text.encode("cp949"), encoding="cp949")
    assert raw.headings == ["공부 시간", "성과 지수"]
    assert not raw.remarks


def test_every_offered_encoding_is_one_of_python():
    for codec in ENCODINGS.values():
        assert read("a,b\n1,2\n".encode(codec), encoding=codec).headings == ["a", "b"]


@pytest.mark.parametrize("encoding", ["hex", "no-existe", "utf-8\0"])
def test_an_unknown_encoding_is_refused(encoding):
    assert "codificación" in refused("a,b\n1,2\n", encoding=encoding)


def test_a_wrong_encoding_is_refused():
    assert "no está escrito en utf-8" in refused("ñ,b\n1,2\n".encode("cp1252"), encoding="utf-8")


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_the_line_of_excel_gives_the_separator(line):
    raw = read(line + "a;b,c\n1;2,5\n")
    assert raw.headings == ["a", "b,c"]
    assert raw.index.tolist() == [3]


def test_decimal_commas_are_no_separators():
    assert read("1,5;2,5;Sí\n3,5;4,5;No\n5,5;1,5;No\n").separator == ";"


def test_titles_above_and_totals_below_are_left_out_and_told():
    text = "Colegio Normal\nCurso 3.º B\n\nh,p,nota\n1,2,3\n4,5,6\n,,\nPromedio,3.5,4.5\n"
    raw = read(text + "Fuente: la secretaría\n")
    assert raw.headings == ["h", "p", "nota"]
    assert raw.index.tolist() == [5, 6]
    assert "las filas 1 y 2" in raw.remarks[0]
    assert "Colegio Normal" in raw.remarks[0]
    assert "«Promedio»" in raw.remarks[1]
    assert "las filas 8 y 9" in raw.remarks[1]


def test_a_student_called_total_in_the_middle_stays():
    raw = read("n,h,nota\nTotal,1,2\nAna,3,4\n")
    assert len(raw.index) == 2


def test_a_table_without_headings_is_named_and_told():
    raw = read("7,99,Yes\n4,82,No\n")
    assert raw.headings == ["Columna 1", "Columna 2", "Columna 3"]
    assert raw.index.tolist() == [1, 2]
    assert "no tiene encabezado" in raw.remarks[0]


@pytest.mark.parametrize("header", ["alumno,2021,2022,2023", "1er parcial,2do parcial,3ro,nota"])
def test_headings_with_digits_are_headings(header):
    assert read(f"{header}\nAna,1,2,3\nEva,4,5,6\n").headings == header.split(",")


def test_padded_cells_and_trailing_separators():
    raw = read(" a , b,,\n  1, x ,,\n 2,y\t,,\n")
    assert raw.headings == ["a", "b"]
    assert raw.cells["b"].tolist() == ["x", "y"]


def test_repeated_and_empty_headings_get_names():
    raw = read("nota,nota,,otra\n1,2,3,4\n5,6,7,8\n")
    assert raw.headings == ["nota", "nota (2)", "Columna 3", "otra"]
    assert "«nota» está repetida" in raw.remarks[0]


def test_rows_of_another_length_are_named():
    sentence = refused("a,b\n1,2\n7,5,3\n4\n")
    assert "las filas 3 y 4" in sentence
    assert "punto y coma" in sentence


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n", b",,\n,,\n"])
def test_empty_files_are_refused(content):
    assert "está vacío" in refused(content)


def test_headings_alone_and_single_columns_are_refused():
    assert "sólo tiene el encabezado" in refused("a,b\n")
    assert "una sola columna («nota»)" in refused("nota\n1\n2\n")


# --- spreadsheets and Parquet


def test_excel_values_titles_and_sheets():
    rows = [["Curso 3"], ["h", "ok", "nota"], [1.5, True, 7], [2, False, None], ["Total", None, 7]]
    raw = read(excel(("Portada", [["Hola"]]), ("Notas", rows)), "notas.xlsx")
    assert raw.cells.to_numpy().tolist() == [["1.5", "True", "7"], ["2", "False", ""]]
    assert raw.index.tolist() == [3, 4]
    assert "la hoja «Notas»" in raw.remarks[0]


def test_a_formula_is_its_stored_value_and_never_computed():
    raw = read(excel(("a", [["h", "nota"], [1, "=1+1"], [2, "=CMD()"]])))
    assert raw.cells["nota"].tolist() == ["", ""]


def test_ods_values_and_repeats():
    rows = ods_row("h", "nota") + ods_row(7.5, 91, repeats=2) + ods_row(None, repeats=3)
    raw = read(ods(rows + ods_row(4, "x") + ods_row(None, repeats=1_048_000)))
    assert raw.cells.to_numpy().tolist() == [["7.5", "91"], ["7.5", "91"], ["4", "x"]]
    assert raw.index.tolist() == [2, 3, 7]


def test_parquet_is_read_as_texts():
    file = io.BytesIO()
    frame = TABLE.assign(listas=[[1], [2], [3], [4]], vacia=[None, 1.5, None, np.nan])
    frame.to_parquet(file)
    raw = read(file.getvalue(), "t.parquet")
    assert raw.headings == [*TABLE.columns, "vacia"]
    assert raw.cells["Horas de sueño"].tolist() == ["7.5", "4", "8.25", "6"]
    assert raw.cells["vacia"].tolist() == ["", "1.5", "", ""]


# --- hostile files: each is refused, soon


@pytest.fixture(autouse=True)
def soon():
    before = time.process_time()
    yield
    assert time.process_time() - before < 20


def test_a_zip_bomb_is_refused_unopened(monkeypatch):
    for part in ("xl/workbook.xml", "content.xml"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(part, bytes(workbooks.MAX_UNPACKED + 1))
        assert len(file.getvalue()) < 2**20
        assert "al abrirse y el máximo es 100 MB" in refused(file.getvalue())


def test_cells_in_the_farthest_corner():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    file = io.BytesIO()
    book.save(file)
    assert "más de 300 columnas" in refused(file.getvalue())
    wide = ods_row("h", "nota") + f"<table:table-row>{ods_cell(1, 2**30)}</table:table-row>"
    assert "más de 300 columnas" in refused(ods(wide))
    tall = ods_row("h", "nota") + ods_row(1, 2, repeats=2**30)
    assert "más de 500.000 filas" in refused(ods(tall))
    deep = ods_row("h", "nota") + ods_row(None, repeats=2**30) + ods_row(1, 2)
    assert "más de 500.000 filas" in refused(ods(deep))


def test_entities_that_multiply_are_refused():
    names = "abcdefghij"
    entities = "".join(
        f'<!ENTITY {name} "{f"&{names[at - 1]};" * 10 if at else "x" * 100}">'
        for at, name in enumerate(names)
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        body = ODS.format(ods_row("h", "nota") + ods_row("&j;", 1))
        archive.writestr("content.xml", f"<!DOCTYPE x [{entities}]>{body}")
    assert "está dañado" in refused(file.getvalue())


def test_damaged_workbooks_and_other_archives():
    whole = excel(("a", [["h", "nota"], [1, 2]]))
    assert "está dañado" in refused(whole[: len(whole) // 2])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("foto.txt", "hola")
    assert "sin una planilla adentro" in refused(file.getvalue())
    assert "está dañado" in refused(b"PAR1 no es Parquet PAR1")


def test_a_million_columns_are_refused():
    assert "más de 300 columnas" in refused("a,b\n" + ",".join(["1"] * 2**20) + "\n")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"%PDF-1.7", "es un PDF"),
        (b"\xd0\xcf\x11\xe0 old", "guárdelo como .xlsx"),
        (b"\x89PNG\r\n", "es una imagen"),
        (b"a,b\n1,\x002\n", "bytes nulos"),
        (b'a,b\n"' + b"x" * 200_000, "no se puede leer como CSV"),
        (b"<!doctype html><html><body>hola</body></html>", "una página web"),
    ],
)
def test_files_of_other_kinds_are_named(content, part):
    assert part in refused(content)


def test_too_large_and_missing_files(tmp_path):
    path = tmp_path / "grande.csv"
    with path.open("wb") as file:
        file.truncate(reading.MAX_BYTES + 1)
    with pytest.raises(Problem, match="el máximo es 10 MB"):
        reading.read_bytes(path)
    assert "el máximo es 10 MB" in refused(bytes(reading.MAX_BYTES + 1))
    with pytest.raises(Problem, match="No existe"):
        reading.read_bytes(tmp_path / "nada.csv")
    with pytest.raises(Problem, match="es una carpeta"):
        reading.read_bytes(tmp_path)


def test_parquet_with_more_rows_than_allowed_is_refused_unread():
    file = io.BytesIO()
    pd.DataFrame({"a": np.zeros(600_000), "b": np.zeros(600_000)}).to_parquet(file)
    assert "600.000 filas" in refused(file.getvalue())


VALID = {
    "csv": TABLE.to_csv(index=False).encode(),
    "xlsx": excel(("a", [["h", "nota"], [1, 2.5], [True, "x"]])),
    "ods": ods(ods_row("h", "nota") + ods_row(1, "x") + ods_row(2, 3)),
    "parquet": TABLE.to_parquet(),
}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_files_of_every_kind_are_read_or_refused(data):
    content = bytearray(VALID[data.draw(st.sampled_from(sorted(VALID)))])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.sampled_from([1, 1, 4, 40]))
        content[at : at + length] = data.draw(st.binary(max_size=length))
        content = content or bytearray(b"a")
    lines = ()
    try:
        raw = read(bytes(content))
        mapping.apply(raw, proposing.propose(raw))
    except Problem as problem:
        lines = problem.lines
    assert all(0 < len(line) < 2000 for line in lines)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        *(("=1+1", False), ("@SUM(A1)", False), ("+1+cmd|' /C calc'!A0", False), ("-2+3", False)),
        *(("  =1", False), ("\t=1", False), ("-A1", False), ("+", True), ("-", True), ("", True)),
        *(("-5", True), ("+54 (341) 480-0000", True), ("Ana", True), ("a=b", True), ("3,5", True)),
    ],
)
def test_formulas_become_text(text, kept):
    shown = reading.without_formulas(pd.DataFrame({text: [text, "Ana"]}))
    expected = text if kept else f"'{text}"
    assert shown.columns[0] == expected
    assert shown.iloc[:, 0].tolist() == [expected, "Ana"]
