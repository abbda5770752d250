"""``evaluate.py`` and ``predict.py`` as a student runs them, on a small network and folder."""

from __future__ import annotations

import csv
import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from scenes.classes import SCENES
from scenes.data import dataset, sources
from scenes.data import images as reading
from scenes.networks import architectures, exported, loading
from scenes.results import prediction, scores

PROBLEMA3 = Path(__file__).resolve().parents[2] / "Problema3"


@pytest.fixture(scope="module")
def networks(tmp_path_factory) -> Path:
    """Two untrained networks: what they answer does not matter, that it comes through does."""
    root = tmp_path_factory.mktemp("redes con espacio ñ")
    for seed, name in ((1, "uno"), (2, "dos")):
        keras.utils.set_random_seed(seed)
        architectures.build("cnn", 32, True).save(root / f"{name}.keras")
    return root


def run(script: str, *arguments, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(PROBLEMA3 / script), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        timeout=240,
    )


@pytest.fixture(scope="module")
def compared(networks, folder, tmp_path_factory) -> tuple[dict, str]:
    done = run(
        "evaluate.py",
        *("--model", networks / "uno.keras", "--compare", networks / "dos.keras"),
        *("--data", folder, "--json"),
        cwd=tmp_path_factory.mktemp("otra carpeta"),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_json_holds_what_the_network_answers(compared, networks, folder, scenes):
    found, messages = compared
    model = keras.models.load_model(networks / "uno.keras")
    chances = model.predict(np.asarray(scenes.test), verbose=0)
    expected = scores.measure(chances, scenes.test_labels)
    assert found["confusion"] == expected["confusion"]
    assert found["macro_auc"] == pytest.approx(expected["macro_auc"], abs=1e-3)
    assert found["accuracy_ci"] == pytest.approx(expected["accuracy_ci"])
    assert found["n"] == len(scenes.test_labels) == 24
    assert found["data"] == "escenas generadas"
    assert Path(found["model"]) == networks / "uno.keras"
    assert set(found["auc"]) == set(SCENES)
    assert 0 <= found["ece"] <= 1
    assert "TensorFlow" not in messages
    for each in found["mistakes"]:
        assert (folder / each["path"]).is_file()
        assert Path(each["path"]).parent.name == each["label"] != each["predicted"]


def test_comparison_counts_the_same_images(compared, networks, scenes):
    found = compared[0]["comparison"]
    answers = [
        keras.models.load_model(networks / f"{name}.keras").predict(
            np.asarray(scenes.test), verbose=0
        )
        for name in ("uno", "dos")
    ]
    expected = scores.mcnemar(*answers, scenes.test_labels)
    assert found["only_a"] == expected["only_a"]
    assert found["only_b"] == expected["only_b"]
    assert found["n"] == 24


def test_tables_for_people(networks, folder, run_here):
    done = run_here("evaluate.py", "--model", networks / "uno.keras", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    for words in ("montaña", "Exactitud 0,", "AUC macro 0,", "calibración", "mayor confianza"):
        assert words in done.stderr


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        ("no existe.keras", None, "No existe el modelo"),
        (None, "no existe", "No existe la carpeta"),
        (None, ".", "no hay carpetas de clases"),
    ],
)
def test_evaluate_says_what_is_wrong(networks, folder, run_here, model, data, said):
    done = run_here(
        "evaluate.py",
        *("--model", model or networks / "uno.keras", "--data", data or folder, "--json"),
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_predict_writes_every_readable_image_and_lists_the_others(networks, folder, tmp_path):
    images = tmp_path / "sin etiqueta"
    (images / "sub ñ").mkdir(parents=True)
    source = sorted((folder / "seg_test" / "seg_test" / "sea").iterdir())[0]
    for name in ("a.jpg", "sub ñ/b, c.jpg"):
        (images / name).write_bytes(source.read_bytes())
    Image.new("RGBA", (50, 40), (200, 30, 30, 128)).save(images / "clara.png")
    (images / "cortada.jpg").write_bytes(source.read_bytes()[:300])
    (images / "notas.txt").write_text("hola")
    held = io.BytesIO()
    Image.new("RGB", (50, 40)).save(held, "PNG")
    header = b"IHDR" + struct.pack(">II", 12_000, 8_000) + held.getvalue()[24:29]
    rest = struct.pack(">I", zlib.crc32(header)) + held.getvalue()[33:]
    (images / "enorme.png").write_bytes(held.getvalue()[:12] + header + rest)
    out = images / "salida" / "clases.csv"
    out.parent.mkdir()
    out.write_text("de antes")  # an earlier answer in the folder is no image to judge
    done = run(
        "predict.py",
        *("--model", networks / "uno.keras", "--images", images, "--out", out),
        *("--batch-size", 2),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "cortada.jpg" in done.stderr
    assert "notas.txt" in done.stderr
    assert "3 imágenes clasificadas" in done.stderr
    assert "12000×8000 píxeles" in done.stderr
    assert "3 omitidas" in done.stderr
    assert "Warning" not in done.stderr  # Pillow's, about the size
    with open(out, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["path"] for row in rows] == ["a.jpg", "clara.png", "sub ñ/b, c.jpg"]
    assert list(rows[0]) == ["path", "class", "clase", "dudosa", "duda", *SCENES]
    assert {row["dudosa"] + row["duda"] for row in rows} == {""}  # nobody fitted a rule for it
    assert done.stderr.count("no tiene regla de duda") == 1
    model = keras.models.load_model(networks / "uno.keras")
    pixels = reading.read(images / "a.jpg", 32)
    expected = model.predict(pixels[None], verbose=0)[0]
    chances = [float(rows[0][name].replace(",", ".")) for name in SCENES]
    assert chances == pytest.approx(expected.tolist(), abs=1e-5)
    assert rows[0]["class"] == SCENES.names[expected.argmax()]
    assert rows[0]["clase"] == SCENES.labels[expected.argmax()]
    assert [path.name for path in out.parent.iterdir()] == ["clases.csv"]


def test_predict_leaves_an_older_answer_when_it_fails(networks, run_here, tmp_path):
    images = tmp_path / "malas"
    images.mkdir()
    (images / "rota.jpg").write_bytes(b"nada")
    out = tmp_path / "clases.csv"
    out.write_text("lo de antes")
    done = run_here(
        "predict.py", *("--model", networks / "uno.keras", "--images", images, "--out", out)
    )
    assert done.returncode == 2
    assert "Ningún archivo" in done.stderr
    assert "rota.jpg" in done.stderr
    assert out.read_text() == "lo de antes"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clases.csv", "malas"]


@pytest.mark.parametrize(
    ("images", "out", "said"),
    [
        ("no existe", "x.csv", "No existe la carpeta"),
        ("vacia", "x.csv", "no contiene ningún archivo"),
        ("ninguna*.jpg", "x.csv", "Ningún archivo coincide"),
        ("llena", "vacia", "es una carpeta"),
        ("llena", "llena/f.jpg/x.csv", "No se puede escribir"),
    ],
)
def test_predict_says_what_is_wrong_before_loading_anything(
    run_here, tmp_path, monkeypatch, images, out, said
):
    (tmp_path / "vacia").mkdir()
    (tmp_path / "llena").mkdir()
    (tmp_path / "llena" / "f.jpg").write_bytes(b"nada")
    for module, name in ((loading, "load"), (exported, "beside")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("loaded"))
    done = run_here("predict.py", *("--model", "cnn", "--images", images, "--out", out))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_batches_leave_gaps_where_files_are_bad(folder, tmp_path):
    good = sorted((folder / "seg_test").rglob("*.jpg"))[:5]
    bad = tmp_path / "mala.jpg"
    bad.write_bytes(b"nada")
    files = [bad, good[0], good[1], bad, bad, good[2]]
    seen = []

    def mean_colour(batch):
        seen.append(len(batch))
        return np.tile(batch.mean(axis=(1, 2, 3))[:, None], 6)

    calls = []
    found = prediction.predict(mean_colour, files, 32, 2, lambda *each: calls.append(each))
    assert found.kept.tolist() == [1, 2, 5]
    assert seen == [2, 2, 2]  # of one length, whatever could be read
    assert calls == [(2, 6), (4, 6), (6, 6)]
    assert len(found.skipped) == 3
    again = prediction.predict(mean_colour, good[:3], 32)
    np.testing.assert_allclose(found.probabilities, again.probabilities)


def test_the_scripts_see_the_pixels_that_training_sees(folder, scenes):
    item = dataset.scan(sources.find(folder)).test[7]
    np.testing.assert_array_equal(reading.read(item.path, 32), scenes.test[7])
