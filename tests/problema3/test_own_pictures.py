"""People's own pictures: found, read whatever they are, and answered in lines, a CSV and a page."""

from __future__ import annotations

import csv
import io
import os
import stat
import sys
import types
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenes.classes import SCENES, Classes
from scenes.data import gathering, images, pictures
from scenes.data.images import ImageError
from scenes.data.pictures import Picture
from scenes.problems import Problem
from scenes.results import answers, gallery
from scenes.results.answers import Answer


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def halves(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", size, (220, 20, 20))
    image.paste((20, 20, 220), (0, size[1] // 2, *size))
    return image


def is_red(pixel) -> bool:
    return pixel[0] > 150 > 100 > pixel[2]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*given: str, apart=()) -> list[str]:
    """Names of what is gathered."""
    return [each.name for each in gathering.gather(given, apart).pictures]


# What is read


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "AVIF", "BMP", "WEBP", "PPM"])
@pytest.mark.parametrize("name", ["a.jpg", "sin extensión"])
def test_any_format_under_any_name(folder, kind, name):
    (folder / name).write_bytes(encoded(halves(), kind))
    (picture,) = gathering.gather([name]).pictures
    pixels = pictures.read(picture, 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert is_red(pixels[4, 16])
    assert is_red(pixels[27, 16][::-1])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (encoded(halves().convert("CMYK"), "JPEG"), (220, 20, 20)),
        (encoded(halves().convert("CMYK"), "TIFF"), (220, 20, 20)),
        (encoded(Image.new("RGBA", (20, 20), (9, 9, 9, 0)), "PNG"), (255, 255, 255)),
        (encoded(Image.new("P", (20, 20), 0), "GIF", transparency=0), (255, 255, 255)),
        (encoded(Image.new("1", (20, 20), 1), "TIFF"), (255, 255, 255)),
        (encoded(Image.fromarray(np.full((20, 20), 32896, np.uint16)), "PNG"), (128,) * 3),
        (encoded(Image.fromarray(np.full((20, 20), 32896, np.uint16)), "TIFF"), (128,) * 3),
        (
            encoded(Image.fromarray(np.kron(np.eye(2) / 9, np.ones((10, 10))).astype("f")), "TIFF"),
            (255, 255, 255),
        ),
    ],
    ids=["cmyk jpeg", "cmyk tiff", "rgba", "gif", "1 bit", "png 16", "tiff 16", "float"],
)
def test_any_colours(content, expected):
    assert pictures.decode(content, 20)[1, 1].tolist() == pytest.approx(expected, abs=6)


def test_the_first_picture_of_an_animation():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert is_red(pictures.decode(content, 20)[5, 5])


def test_photographs_are_turned_upright():
    exif = Image.Exif()
    exif[274] = 3  # upside down
    content = encoded(halves(), "JPEG", exif=exif)
    assert is_red(pictures.decode(content, 32)[27, 16])
    thumbnail, width, height = pictures.thumbnail(_stored(content))
    assert (width, height) == (64, 48)
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert is_red(image.getpixel((32, 40)))


def _stored(content: bytes) -> Picture:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.jpg", content)
    archive = zipfile.ZipFile(held)
    return Picture("a.jpg", Path("a.zip"), archive, archive.infolist()[0])


def test_height_and_width_of_another_shape():
    assert pictures.decode(encoded(halves((640, 480)), "JPEG"), (24, 40)).shape == (24, 40, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_training_and_prediction_see_the_same_pixels(kind, mode):
    if (kind, mode) in {("JPEG", "P"), ("JPEG", "RGBA")}:
        pytest.skip("there is no such JPEG")
    noise = np.random.default_rng(0).integers(0, 256, (90, 110, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise).convert(mode), kind)
    np.testing.assert_array_equal(pictures.decode(content, 32), images.decode(content, 32))


def test_what_cannot_be_read_gets_a_sentence(folder):
    whole = encoded(halves((300, 300)), "JPEG")
    bomb = bytearray(encoded(Image.new("1", (20, 20)), "BMP"))
    bomb[18:26] = (60_000).to_bytes(4, "little") * 2
    contents = {
        "texto.jpg": (b"hola", "no es una imagen"),
        "vacia.jpg": (b"", "está vacío"),
        "cortada.jpg": (whole[:700], "está truncado"),
        "cortada.png": (encoded(halves(), "PNG")[:80], "está truncado"),
        "bomba.bmp": (bytes(bomb), "el máximo es 60 millones"),
        "minima.png": (encoded(halves((4, 4)), "PNG"), "el mínimo es 8×8"),
        "programa.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no es una imagen"),
    }
    for name, (content, said) in contents.items():
        (folder / name).write_bytes(content)
        with pytest.raises(ImageError, match=said) as refused:
            pictures.read(Picture(name, folder / name), 32)
        assert str(refused.value).startswith(f"«{name}»: ")


@pytest.fixture
def apples(folder) -> Path:
    brands = {"a.heic": b"heicmif1", "b.HEIC": b"mif1\0\0\0\0mif1heic", "c.avif": b"avifmif1"}
    for name, brand in brands.items():
        (folder / name).write_bytes(b"\0\0\0\x1cftyp" + brand + bytes(40))
    return folder


def test_heic_files_get_one_hint_together(apples, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as where it is not installed
    gathered = gathering.gather([str(apples)])
    assert [each.name for each in gathered.pictures] == ["c.avif"]
    (line,) = gathered.skipped
    assert line.startswith("2 en formato HEIC (a.heic, b.HEIC): ")
    assert "pillow-heif" in line


def test_heic_files_are_read_where_the_library_is(apples, monkeypatch):
    calls = []
    module = types.SimpleNamespace(register_heif_opener=lambda: calls.append(1))
    monkeypatch.setitem(sys.modules, "pillow_heif", module)
    gathered = gathering.gather([str(apples)])
    assert len(gathered.pictures) == 3
    assert not gathered.skipped
    assert calls == [1]


# What is found


def test_files_patterns_and_folders(folder):
    for name in ("f/b.jpg", "f/a.jpg", "f/sub ñ/c", "f/Thumbs.db", "f/.oculta", "f/__MACOSX/d.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "f/g[1].jpg").touch()
    assert names("f") == ["a.jpg", "b.jpg", "g[1].jpg", "sub ñ/c"]
    assert names("f/a.jpg") == ["a.jpg"]
    assert names("f/b.jpg", "f/a.jpg", "f/b.jpg") == ["f/b.jpg", "f/a.jpg"]
    assert names("f/[ab].jpg") == ["f/a.jpg", "f/b.jpg"]
    assert names("f/g[1].jpg") == ["g[1].jpg"]  # a file before a pattern
    assert names("f/**", "f/a.jpg") == ["f/a.jpg", "f/b.jpg", "f/g[1].jpg", "f/sub ñ/c"]
    assert names("f/s*", "f/a.jpg") == ["f/sub ñ/c", "f/a.jpg"]
    assert names("f", apart=[folder / "f" / "b.jpg"]) == ["a.jpg", "g[1].jpg", "sub ñ/c"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_inside_a_folder_are_not_followed(folder):
    for name in ("f", "fuera"):
        (folder / name).mkdir()
        (folder / name / f"{name}.jpg").touch()
    (folder / "f" / "enlace.jpg").symlink_to(folder / "fuera" / "fuera.jpg")
    (folder / "f" / "carpeta").symlink_to(folder / "fuera")
    (folder / "f" / "bucle").symlink_to(folder / "f")
    for given, expected in (("f", ["f.jpg"]), ("f/*", ["f.jpg"])):
        gathered = gathering.gather([given])
        assert [each.name for each in gathered.pictures] == expected
        assert len(gathered.skipped) == 3
        assert all("es un enlace; no se sigue" in line for line in gathered.skipped)
    assert names("f/**", "f/*/*") == ["f.jpg"]


def test_what_is_not_there_gets_a_sentence(folder):
    (folder / "vacia").mkdir()
    for given, said in {
        "no.jpg": "No existe la carpeta o el archivo «no.jpg»",
        "*.jpg": "Ningún archivo coincide con",
        "vacia": "La carpeta «vacia» no contiene ningún archivo",
    }.items():
        with pytest.raises(Problem, match=said.replace("*", r"\*")):
            gathering.gather([given])


# Zips, as hostile as they come


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_is_read_without_being_unpacked(folder):
    picture = encoded(halves(), "PNG")
    link = zipfile.ZipInfo("enlace.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    members = ["../../fuera.png", "/raiz.png", "mar/a.png", "mar/Thumbs.db", "__MACOSX/mar/a.png"]
    path = write_zip(folder / "f.zip", dict.fromkeys(members, picture))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("carpeta/", "")
    gathered = gathering.gather(["f.zip"])
    assert [each.name for each in gathered.pictures] == ["fuera.png", "raiz.png", "mar/a.png"]
    assert gathered.skipped == ("«enlace.jpg»: es un enlace; no se sigue.",)
    for each in gathered.pictures:
        assert is_red(pictures.read(each, 32)[4, 4])
    assert [each.name for each in folder.iterdir()] == ["f.zip"]
    assert not (folder.parents[1] / "fuera.png").exists()
    assert names("f.zip", "f.zip") == ["f.zip/fuera.png", "f.zip/raiz.png", "f.zip/mar/a.png"]


def test_bombs_are_refused_by_what_they_declare(folder, monkeypatch):
    path = write_zip(folder / "f.zip", {f"{at}.png": bytes(2000) for at in range(5)})
    for limit, value in (("MAX_MEMBERS", 4), ("MAX_UNPACKED", 9999), ("MAX_DIRECTORY", 200)):
        with monkeypatch.context() as patch:
            patch.setattr(gathering, limit, value)
            with pytest.raises(Problem, match="clasifique una carpeta") as refused:
                gathering.gather([str(path)])
        assert len(refused.value.lines) == 1
    monkeypatch.setattr(pictures, "MAX_BYTES", 1999)
    for each in gathering.gather([str(path)]).pictures:
        with pytest.raises(ImageError, match="el máximo es"):
            pictures.read(each, 32)


def test_a_member_gives_no_more_than_it_declares(folder):
    path = write_zip(folder / "f.zip", {"a.png": bytes(10**6)})
    content = path.read_bytes().replace((10**6).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    path.write_bytes(content)
    (picture,) = gathering.gather([str(path)]).pictures
    with pytest.raises(ImageError, match="está dañado dentro del zip"):
        pictures.read(picture, 32)


@pytest.mark.parametrize(("at", "value", "said"), [(6, 1, "contraseña"), (8, 14, "comprimido")])
def test_members_that_need_more_than_reading(folder, at, value, said):
    path = write_zip(folder / "f.zip", {"a.png": bytes(100)})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[at] = content[directory + at + 2] = value  # flags, or the compression
    path.write_bytes(content)
    (picture,) = gathering.gather([str(path)]).pictures
    with pytest.raises(ImageError, match=said):
        pictures.read(picture, 32)


def test_a_zip_that_is_cut(folder):
    path = write_zip(folder / "f.zip", {"a.png": bytes(100)})
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(Problem, match="zip dañado o truncado"):
        gathering.gather([str(path)])


# What is answered


def answered(*rows: tuple[str, list[float]], folder: Path) -> list[Answer]:
    found = []
    for at, (name, probabilities) in enumerate(rows):
        path = folder / f"{at}.png"
        path.write_bytes(encoded(halves(), "PNG"))
        found.append(Answer(Picture(name, path), np.array(probabilities, np.float32)))
    return found


TWO = Classes(("sea", "=cmd"), ("mar", "=cmd"))


def test_the_csv_opens_in_a_spreadsheet_and_computes_nothing(folder):
    found = answered(
        *[("=1+1.jpg", [0.25, 0.75]), ("-5.jpg", [0.9, 0.1]), ('a;"b', [0.5, 0.5])], folder=folder
    )
    for decimal in (",", "."):
        answers.write(folder / "c.csv", found, TWO, decimal)
        content = (folder / "c.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        lines = content.decode("utf-8-sig").split("\r\n")
        assert lines == [
            "path;class;clase;dudosa;duda;sea;'=cmd",
            f"'=1+1.jpg;'=cmd;'=cmd;;;0{decimal}250000;0{decimal}750000",
            f"'-5.jpg;sea;mar;;;0{decimal}900000;0{decimal}100000",
            f'"a;""b";sea;mar;;;0{decimal}500000;0{decimal}500000',
            "",
        ]


def test_lines_for_a_few_and_a_table_for_many(folder, monkeypatch):
    rows = [(f"{'carpeta/' * 9}{at}.jpg", [0.05, 0.8, 0.15, 0, 0, 0]) for at in range(4)]
    found = answered(*rows, ("mar.jpg", [0, 0, 0, 0, 1, 0]), folder=folder)
    assert answers.lines(found[4:], SCENES) == ["mar.jpg: mar (100,0 %); después, calle (0,0 %)"]
    monkeypatch.setattr(answers, "ROWS", 4)
    printed = answers.table(found, SCENES)
    assert len(printed) == 6
    assert len({len(line) for line in printed[:5]}) == 1
    assert printed[1].startswith("…")
    assert "/0.jpg  bosque  " in printed[1]
    assert "…y 1 más" in printed[5]
    assert "(edificios 0, bosque 4, glaciar 0, montaña 0, mar 1, calle 0); 1 omitida." in (
        answers.summary(found, 1, SCENES)
    )


def in_doubt(found: list[Answer], *names: str) -> list[Answer]:
    """The same answers with scores; those of some pictures are doubtful."""
    return [replace(each, score=0.125, doubtful=each.picture.name in names) for each in found]


def test_doubt_is_told_in_lines_table_summary_and_csv(folder):
    found = in_doubt(answered(("a", [0.9, 0.1]), ("b", [0.2, 0.8]), folder=folder), "b")
    first, second = answers.lines(found, TWO)
    assert "dudosa" not in first
    assert second.endswith("; dudosa")
    heading, *rows = answers.table(found, TWO)
    assert heading.endswith("Probabilidad  Dudosa")
    assert [row.split()[-1] for row in rows] == ["no", "sí"]
    assert answers.summary(found, 0, TWO).endswith("(mar 1, =cmd 1); 1 dudosa; 0 omitidas.")
    answers.write(folder / "c.csv", found, TWO)
    with open(folder / "c.csv", newline="", encoding="utf-8-sig") as file:
        columns = list(csv.DictReader(file, delimiter=";"))
    assert [row["dudosa"] for row in columns] == ["no", "sí"]
    assert columns[1]["duda"] == "0,125000"


def test_the_page_marks_pictures_in_doubt_and_puts_them_last(folder, monkeypatch):
    rows = [("a", [0.9, 0.1]), ("b", [0.1, 0.9]), ("c", [0.6, 0.4]), ("d", [0.7, 0.3])]
    found = in_doubt(answered(*rows, folder=folder), "c", "b")
    page = gallery.render(found, [], TWO, "cnn")
    places = [page.index(f"<span>{name}</span>") for name in "dacb"]
    assert places == sorted(places)
    assert page.count("<strong>Dudosa</strong>") == page.count('<figure class="doubtful">') == 2
    assert "Dudosas, que quizá no son de ninguna: 2." in page
    monkeypatch.setattr(gallery, "MOST", 2)  # those in doubt are not the ones left out
    page = gallery.render(found, [], TWO, "cnn")
    assert page.count('<figure class="doubtful">') == page.count("<figure") == 2


class Elements(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict]:
        return [attrs for each, attrs in self.tags if each == tag]


def test_the_page_escapes_names_and_needs_nothing_else(folder):
    hostile = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;.jpg"
    found = answered((hostile, [0.4, 0.6]), ("b.jpg", [0.9, 0.1]), folder=folder)
    classes = Classes(("sea", "<b>"), ("mar", "<i>niño</i>"))
    page = Elements(gallery.render(found, ["«<u>.jpg»: rota"], classes, "<s>"))
    used = {tag for tag, _ in page.tags}
    assert not used & {"script", "b>", "i", "u", "s", "iframe", "link", "object"}
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert [each["alt"].replace("\N{NO-BREAK SPACE}", " ") for each in page.all("img")] == [
        "b.jpg: mar, 90,0 %",
        f"{hostile}: <i>niño</i>, 60,0 %",
    ]
    assert all(each["src"].startswith("data:image/jpeg;base64,") for each in page.all("img"))
    assert page.all("html") == [{"lang": "es"}]
    assert any("default-src 'none'" in each.get("content", "") for each in page.all("meta"))
    assert hostile in page.text
    assert "«<u>.jpg»: rota" in page.text


def test_the_page_shows_the_most_doubtful_first_by_class(folder, monkeypatch):
    rows = [("a", [0.9, 0.1]), ("b", [0.1, 0.9]), ("c", [0.6, 0.4]), ("d", [0.3, 0.7])]
    found = answered(*rows, folder=folder)
    (folder / "3.png").unlink()  # gone since it was classified
    calls = []
    page = gallery.render(found, [], TWO, "cnn", lambda *each: calls.append(each))
    assert [page.index(f"<span>{name}</span>") for name in "cadb"] == sorted(
        page.index(f"<span>{name}</span>") for name in "cadb"
    )
    assert page.count("<img") == 3
    assert "Sin miniatura" in page
    assert "4 imágenes" in page
    assert calls == [(4, 4)]
    monkeypatch.setattr(gallery, "MOST", 2)
    page = gallery.render(found, [], TWO, "cnn")
    assert page.count("<figure>") == 2
    assert "Se muestran las 2 más dudosas" in page
    target = gallery.write(folder / "nueva" / "página", page)
    assert target.read_text(encoding="utf-8") == page
    assert [each.name for each in target.parent.iterdir()] == ["index.html"]
