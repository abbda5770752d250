"""Folders of other classes than the six scenes, in every shape; a training of three end to end."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from scenes import classes
from scenes.classes import SCENES, Classes
from scenes.data import dataset, inventory, sources
from scenes.networks import doubt, loading, watched
from scenes.problems import Problem

SHAPES = ("círculo", "cuadrado", "triángulo")


def draw(shape: str, rng: np.random.Generator, size: int = 32) -> Image.Image:
    """A bright shape of random place, size and colour on a dark ground."""
    picture = Image.new("RGB", (size, size), tuple(rng.integers(0, 60, 3).tolist()))
    x, y = rng.integers(0, size // 3, 2)
    side = int(rng.integers(size // 2, 2 * size // 3))
    colour = tuple(rng.integers(120, 256, 3).tolist())
    pen = ImageDraw.Draw(picture)
    box = [x, y, x + side, y + side]
    if shape == "círculo":
        pen.ellipse(box, colour)
    elif shape == "cuadrado":
        pen.rectangle(box, colour)
    else:
        pen.polygon([(x, y + side), (x + side, y + side), (x + side // 2, y)], colour)
    return picture


def fill(root: Path, names=SHAPES, count: int = 10, seed: int = 0) -> Path:
    """Write pictures of shapes into a folder a class."""
    rng = np.random.default_rng(seed)
    for at, name in enumerate(names):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            draw(SHAPES[at % 3], rng).save(root / name / f"{number:02d}.png")
    return root


def scan(root: Path, **options) -> inventory.Inventory:
    return dataset.scan(sources.find(root), **options)


def counts(items) -> list[int]:
    return np.bincount([item.label for item in items]).tolist()


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("Train", "Testing"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train/train", "test/test"),
        ("archive/train", "archive/test"),
        ("archive/datos/entrenamiento", "archive/datos/prueba"),
        ("train", "val"),
    ],
)
def test_every_shape_of_folder_is_found(tmp_path, train, test):
    fill(tmp_path / train)
    fill(tmp_path / test, count=2, seed=1)
    found = scan(tmp_path)
    assert found.classes == Classes(SHAPES, SHAPES)
    assert (counts(found.train), counts(found.test)) == ([10] * 3, [2] * 3)
    assert found.skipped == ()
    assert found.test_split == {}


@pytest.mark.parametrize("inside", ["", "archive", "archive/fotos"])
def test_classes_alone_are_parted_by_seed(tmp_path, inside):
    root = fill(tmp_path / inside)
    for litter in (".git", "__MACOSX"):
        fill(root / litter, ["círculo"], 1)
    (root / "círculo" / "Thumbs.db").write_bytes(b"x")
    found = scan(tmp_path)
    assert (counts(found.train), counts(found.test)) == ([8] * 3, [2] * 3)
    assert found.test_split == {"share": 0.2, "seed": 0}
    assert found.skipped == ()


def test_validation_beside_a_test_part_is_left_out_and_said(tmp_path):
    for part in ("train", "val", "test"):
        fill(tmp_path / part, seed=len(part))
    found = scan(tmp_path)
    assert counts(found.train) == [10] * 3
    assert "«val»: no se usa" in found.skipped[0]


@pytest.mark.parametrize(
    "names",
    [
        [name.upper() for name in SCENES],
        [label.capitalize() for label in SCENES.labels],
        ["Edificio", "bosques", "glaciers", "Montanas", "sea", "street"],
    ],
)
def test_the_six_are_recognised_whatever_their_case_and_language(tmp_path, names):
    found = scan(fill(tmp_path, names, 4))
    assert found.classes is SCENES
    assert counts(found.train) == [3] * 6
    for item in found.train:
        assert item.path.parent.name == names[item.label]


def test_names_close_to_the_six_are_asked_about_in_one_line(tmp_path):
    fill(tmp_path, ["buildings", "forrest", "glacier", "montain", "sea", "street"], 4)
    with pytest.raises(Problem) as caught:
        scan(tmp_path)
    (line,) = caught.value.lines
    assert "«forrest»: ¿quiso decir «forest»?" in line
    assert "«montain»: ¿quiso decir «mountain»?" in line


def test_some_scenes_and_others_are_own_classes(tmp_path):
    found = scan(fill(tmp_path, ["sea", "playa_norte"], 4))
    assert found.classes == Classes(("playa_norte", "sea"), ("playa norte", "mar"))


@pytest.mark.parametrize(("count", "words"), [(1, "de 2 a 50"), (51, "de 2 a 50")])
def test_too_few_or_too_many_classes(tmp_path, count, words):
    fill(tmp_path, [f"clase {at}" for at in range(count)], 1)
    with pytest.raises(Problem, match=words) as caught:
        scan(tmp_path)
    assert len(caught.value.lines) == 1


def test_too_few_pictures_are_said_once_with_the_number_needed(tmp_path):
    fill(tmp_path)
    fill(tmp_path, ["gato", "perro"], 2, seed=9)
    with pytest.raises(Problem, match="al menos 3 imágenes utilizables") as caught:
        scan(tmp_path)
    (line,) = caught.value.lines
    assert "«gato» tiene 2, «perro» tiene 2" in line


def test_a_limit_too_low_for_the_classes_is_refused_before_any_file_is_read(tmp_path, monkeypatch):
    fill(tmp_path)
    monkeypatch.setattr(inventory, "_examine", lambda path: pytest.fail("read"))
    with pytest.raises(Problem, match="al menos 6, 2 por clase"):
        scan(tmp_path, limit=5)


def test_several_sets_are_told_apart(tmp_path):
    for name in ("uno", "otro"):
        fill(tmp_path / name)
    with pytest.raises(Problem, match="varios conjuntos") as caught:
        scan(tmp_path)
    assert "«uno»" in str(caught.value)


def test_labelled_folders_are_matched_to_known_classes(tmp_path):
    known = Classes(SHAPES, SHAPES)
    fill(tmp_path, ["Triangulo", "otros"], 3)
    found = inventory.scan_labelled(tmp_path, "own", "", known)
    assert counts(found.test) == [0, 0, 3]
    assert "«otros»: no es una de las clases" in found.skipped[0]
    (tmp_path / "otros").rename(tmp_path / "cuadrdo")
    with pytest.raises(Problem, match="«cuadrdo»: ¿quiso decir «cuadrado»"):
        inventory.scan_labelled(tmp_path, "own", "", known)
    with pytest.raises(Problem, match="Ninguna carpeta"):
        inventory.scan_labelled(tmp_path, "own", "", Classes(("x", "y"), ("x", "y")))


def test_a_test_part_is_judged_without_reading_what_trained(tmp_path, monkeypatch):
    fill(tmp_path / "train")
    fill(tmp_path / "test", count=2, seed=1)
    read = []
    examine = inventory._examine
    monkeypatch.setattr(inventory, "_examine", lambda path: read.append(path) or examine(path))
    inventory.scan_labelled(tmp_path, "own", "", Classes(SHAPES, SHAPES))
    assert len(read) == 6
    assert {path.parent.parent.name for path in read} == {"test"}


def test_classes_come_back_from_json():
    own = Classes(("b", "a"), ("be", "a"))
    assert classes.of(json.loads(json.dumps(own.describe()))) == own
    assert classes.of({}) is SCENES
    for broken in ({"classes": "ab"}, {"classes": ["a", "a"]}, {"classes": [1, 2]}):
        assert classes.described(broken) is None


def test_three_classes_from_training_to_prediction(tmp_path, run_here, monkeypatch):
    root, out = fill(tmp_path / "formas", count=20), tmp_path / "modelos"
    train = ("train.py", "--model", "cnn", "--data", root, "--image-size", 32)
    done = run_here(*train, *("--epochs", 6, "--out", out, "--json"))
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert metrics["classes"] == list(SHAPES)
    assert (metrics["n_train"], metrics["n_test"]) == (48, 12)
    # few images: small batches, and no temperature
    assert metrics["config"]["batch_size"] == 8
    assert metrics["temperature"] == 1
    assert metrics["test_split"]["seed"] == 0
    assert len(metrics["test_split"]["sha256"]) == 12
    assert set(metrics["auc"]) == set(SHAPES)
    assert "Clases (3): círculo, cuadrado, triángulo." in done.stderr
    assert "se aparta el 20 %" in done.stderr
    # without a terminal, a line an epoch
    assert sum("Convolucional: pasos" in line for line in done.stderr.splitlines()) == 6

    model = out / "cnn.keras"
    done = run_here("evaluate.py", "--model", model, "--data", root, "--json")
    assert done.returncode == 0, done.stderr
    judged = json.loads(done.stdout)
    assert judged["n"] == 12  # those held out, and no image that trained
    assert "se evalúan solo las 12 que se apartaron para probarla, de 60" in done.stderr
    monkeypatch.delenv("ESCENAS_DATA", raising=False)
    unasked = run_here("evaluate.py", "--model", model)
    assert unasked.returncode == 2
    assert "diga con --data" in unasked.stderr
    assert judged["accuracy"] == metrics["accuracy"]
    rule = doubt.read(model)
    assert (rule.kind, rule.count) == ("background", 6)  # two of the sixteen of each class
    test = dataset.load(sources.find(root), 32, cache=tmp_path / "cache").test
    _, scores = watched.answering(loading.load(model), rule)[0](np.asarray(test))
    assert judged["doubtful"] == pytest.approx(rule.doubtful(scores).sum(), abs=1)
    # fitted again later, from the images; the layer of the background class is the training's
    tool = Path(__file__).resolve().parents[2] / "tools" / "calibrate_scenes.py"
    subprocess.run([sys.executable, tool, model, "--data", root], check=True, timeout=240)
    again = doubt.read(model)
    assert (again.kind, again.count) == (rule.kind, rule.count)
    assert again.threshold == pytest.approx(rule.threshold, abs=1e-5)
    np.testing.assert_array_equal(again.layer, rule.layer)
    shutil.rmtree(root / "círculo")
    done = run_here("evaluate.py", "--model", model, "--data", root, "--limit", 5)
    assert done.returncode == 0, done.stderr
    assert "5 imágenes" in done.stderr

    table = tmp_path / "clases.csv"
    done = run_here("predict.py", "--model", model, "--images", root, "--out", table)
    assert done.returncode == 0, done.stderr
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) == 40
    score = [float(row["duda"].replace(",", ".")) for row in rows]
    assert [row["dudosa"] for row in rows] == [
        "sí" if each > rule.threshold else "no" for each in score
    ]
    assert "dudosa" in done.stderr
    assert {row["class"] for row in rows} <= set(SHAPES)

    # a network of other classes is left alone
    other = fill(tmp_path / "dos", ["uno", "dos"], 4)
    done = run_here("train.py", "--model", "cnn", "--data", other, "--out", out)
    assert done.returncode == 2
    assert "ya hay una red «cnn» de otras clases" in done.stderr
