"""The audit of the scene images: near-duplicates, label noise, accuracy without the suspects."""

import io
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from scenes.classes import SCENES
from scenes.data import dataset, sources
from scenes.generator import simulate
from scenes.results import audit, audit_page, duplicates, mistakes, stored

SIDE = 150


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Generated scenes as published photographs are: two of each class, uint8 (12, 150, 150, 3)."""
    root = tmp_path_factory.mktemp("fotos") / "escenas"
    simulate.write(root, per_class_train=2, per_class_test=1, seed=5, size=SIDE)
    inventory = dataset.scan(sources.find(root))
    return np.stack([np.asarray(Image.open(item.path).convert("RGB")) for item in inventory.train])


def reencoded(image: Image.Image) -> Image.Image:
    held = io.BytesIO()
    image.save(held, "JPEG", quality=40)
    return Image.open(held).convert("RGB")


CHANGES = {
    "re-encoded": reencoded,
    "brightened": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "less contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    "cropped": lambda image: image.crop((1, 1, SIDE - 1, SIDE - 1)).resize((SIDE, SIDE)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_different_pictures_are_not(photographs, change):
    copies = [np.asarray(CHANGES[change](Image.fromarray(each))) for each in photographs]
    pairs = duplicates.near_pairs(duplicates.signatures(np.concatenate([photographs, copies])))
    n = len(photographs)
    expected = {(at, at + n) for at in range(n)}
    assert set(zip(pairs["one"], pairs["other"], strict=True)) == expected
    assert pairs["detail"].is_monotonic_decreasing


def test_even_and_mirrored_pictures_are_no_near_duplicates(photographs):
    even = np.stack([np.full((SIDE, SIDE, 3), value, np.uint8) for value in (0, 90, 255)])
    several = np.concatenate([photographs, photographs[:, :, ::-1], even])
    assert duplicates.near_pairs(duplicates.signatures(several)).empty


def test_correlations_are_numpys(photographs, monkeypatch):
    """And blocks change nothing."""
    several = np.concatenate([photographs, np.clip(photographs * 0.9 + 7, 0, 255).astype(np.uint8)])
    whole = duplicates.near_pairs(duplicates.signatures(several))
    monkeypatch.setattr(duplicates, "BLOCK", 5)
    done = []
    compared = duplicates.signatures(several, lambda *counts: done.append(counts))
    assert done[-1] == (24, 24)
    pd.testing.assert_frame_equal(duplicates.near_pairs(compared), whole, rtol=1e-4)
    first = whole.iloc[0]
    small = [
        np.asarray(Image.fromarray(each).convert("L").resize((32, 32), Image.Resampling.BOX))
        for each in several[[int(first["one"]), int(first["other"])]]
    ]
    one, other = (each.ravel().astype(float) for each in small)
    assert first["grey"] == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-4)


# thresholds are (0.9 + 0.8 + 0.1) / 3 = 0.6 and (0.9 + 0.8 + 0.5 + 0.1) / 4 = 0.575
PROBABILITIES = np.array([0.1, 0.2, 0.9, 0.9, 0.8, 0.5, 0.1])
PROBABILITIES = np.stack([1 - PROBABILITIES, PROBABILITIES], axis=1)
LABELS = np.array([0, 0, 0, 1, 1, 1, 1])


def test_the_confident_joint_is_that_computed_by_hand():
    # the last image but one reaches neither threshold
    assert audit.confident_joint(PROBABILITIES, LABELS).tolist() == [[2, 1], [1, 2]]
    # of three images labelled 0 a third is wrong, and of four labelled 1 too
    assert audit.label_noise(PROBABILITIES, LABELS) == pytest.approx((3 / 3 + 4 / 3) / 7)
    right = np.eye(2)[LABELS]
    assert audit.label_noise(right, LABELS) == 0


def test_of_two_classes_that_reach_their_thresholds_the_more_probable_counts():
    probabilities = np.array([[0.45, 0.5, 0.05], [0.3, 0.1, 0.6], [0.3, 0.4, 0.3], [0.3, 0.3, 0.4]])
    joint = audit.confident_joint(probabilities, np.array([0, 0, 1, 2]))
    # thresholds 0.375, 0.4, 0.4: the first image reaches two of them
    assert joint.tolist() == [[0, 1, 1], [0, 1, 0], [0, 0, 1]]


def test_the_noise_is_near_that_which_was_put_in():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 6, 6000)
    labels = np.where(rng.random(6000) < 0.1, (truth + 1) % 6, truth)
    scores = rng.normal(size=(6000, 6)) + 5 * np.eye(6)[truth]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert audit.label_noise(probabilities, labels) == pytest.approx(0.1, abs=0.02)


def test_parts_counts_and_the_images_kept():
    # training images 0 to 3, test images 4 to 7
    pairs = pd.DataFrame({"one": [0, 0, 2, 4], "other": [1, 5, 5, 6]})
    labels = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    pairs = audit.with_parts(pairs, labels, 4)
    assert pairs["part"].tolist() == ["train", "between", "between", "test"]
    assert audit.counts(pairs) == {
        "train": {"pairs": 1, "contradictory": 0, "images": 2},
        "test": {"pairs": 1, "contradictory": 1, "images": 2},
        "between": {"pairs": 2, "contradictory": 1, "images": 3},
    }
    near = audit.near_training(pairs, 4)
    assert near.tolist() == [1]
    masks = audit.kept(4, near, np.array([3]))
    assert {key: np.flatnonzero(mask).tolist() for key, mask in masks.items()} == {
        "all": [0, 1, 2, 3],
        "no_near": [0, 2, 3],
        "no_joint": [0, 1, 2],
        "neither": [0, 2],
    }
    answers = {"cnn": np.eye(2)[[0, 0, 0, 0]]}
    assert audit.accuracies(answers, labels[4:], masks)["cnn"] == pytest.approx(
        {"all": 2 / 4, "no_near": 1 / 3, "no_joint": 2 / 3, "neither": 1 / 2}
    )


@pytest.fixture
def planted(folder, tmp_path):
    """Generated scenes with a brighter copy of a training image under another label in the test."""
    root = tmp_path / "plantadas"
    shutil.copytree(folder, root)
    inventory = dataset.scan(sources.find(root))
    forest, sea = SCENES.index("forest"), SCENES.index("sea")
    source = next(item.path for item in inventory.train if item.label == forest)
    folder = next(item.path.parent for item in inventory.test if item.label == sea)
    with Image.open(source) as image:
        copy = ImageEnhance.Brightness(image.convert("RGB")).enhance(1.1)
    copy.save(folder / "copia.png")
    return root, f"seg_train/forest/{source.name}"


def published(root, monkeypatch) -> np.ndarray:
    """Let two networks have answered for a folder: both take its first image for a street."""
    labels = np.array([item.label for item in dataset.scan(sources.find(root)).test])
    predicted = labels.copy()
    predicted[0] = SCENES.index("street")
    probabilities = 0.88 * np.eye(6)[predicted] + 0.02
    made = stored.Stored({}, probabilities, labels)
    monkeypatch.setattr(stored, "stored", lambda: {"cnn": made, "best": made})
    return labels


def test_the_command_writes_a_page_and_prints_every_figure(
    planted, run_here, tmp_path, monkeypatch
):
    root, original = planted
    labels = published(root, monkeypatch)
    out = tmp_path / "auditoria"
    result = run_here("audit_labels.py", "--data", root, "--out", out, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    (pair,) = [each for each in found["pairs"] if each["part"] == "between"]
    assert (pair["one"], pair["other"]) == (original, "seg_test/sea/copia.png")
    assert (pair["one_label"], pair["other_label"]) == ("forest", "sea")
    assert pair["contradictory"]
    assert found["near_training"] == ["seg_test/sea/copia.png"]
    (error,) = found["joint_errors"]
    assert error["path"].startswith("seg_test/buildings/")
    assert (error["label"], error["predicted"]) == ("buildings", "street")
    assert error["confidence"] == pytest.approx(0.9)
    n = len(labels)
    assert found["accuracy"]["cnn"] == pytest.approx(
        {"all": (n - 1) / n, "no_near": (n - 2) / (n - 1), "no_joint": 1, "neither": 1}
    )
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 2 * len(found["pairs"]) + len(found["joint_errors"])
    assert "Clases distintas" in page
    assert audit.WARNING in page
    assert "http" not in page.replace("http-equiv", "")  # nothing is fetched

    shown = run_here("audit_labels.py", "--data", root, "--out", out)
    assert shown.returncode == 0, shown.stderr
    for text in (original, "copia.png", error["path"], audit.METHOD, audit.WARNING, "CLASES DIST"):
        assert text in shown.stderr


def test_images_that_the_networks_did_not_answer_for_are_refused(folder, run_here, tmp_path):
    out = tmp_path / "auditoria"
    result = run_here("audit_labels.py", "--data", folder, "--out", out)
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if "Revisión" not in line]
    assert lines[-1].startswith("Las redes publicaron sus respuestas solo para las imágenes")
    assert "24 de prueba en vez de 3.000" in lines[-1]
    assert "Traceback" not in result.stderr
    assert not out.exists()
    publishing = run_here("audit_labels.py", "--data", folder, "--out", out, "--publish")
    assert publishing.returncode == 2
    assert "quite --publish" in publishing.stderr


def test_without_published_networks_a_sentence_says_so(folder, run_here, monkeypatch):
    monkeypatch.setattr(stored, "stored", dict)
    result = run_here("audit_labels.py", "--data", folder)
    assert result.returncode == 2
    assert "faltan las probabilidades publicadas" in result.stderr


def test_the_published_audit_is_of_the_published_networks(root):
    """It is older than them otherwise: run audit_labels.py --publish with the real images."""
    found = json.loads((root / "models" / "scenes_audit.json").read_text(encoding="utf-8"))
    networks = stored.stored()
    accuracy = {name: row["all"] for name, row in found["accuracy"].items()}
    assert accuracy == pytest.approx(
        {name: network.metrics["accuracy"] for name, network in networks.items()}
    )
    judging = {name: networks[name].probabilities for name in found["judges"]}
    labels = networks["best"].labels
    joint = mistakes.shared_mistakes(judging, labels)
    assert len(found["joint_errors"]) == len(joint)
    assert [error["label"] for error in found["joint_errors"]] == [
        SCENES.names[label] for label in joint["label"]
    ]
    for name, each in judging.items():
        assert found["label_noise"][name]["noise"] == audit.label_noise(each, labels)


def test_a_file_that_is_gone_leaves_its_card_without_a_picture(tmp_path):
    pair = {
        **{"one": "seg_test/sea/1.jpg", "other": "seg_test/sea/2.jpg", "part": "test"},
        **{"one_label": "sea", "other_label": "sea", "contradictory": False},
        **{"bits": 1, "grey": 0.99, "detail": 0.9},
    }
    none = {"pairs": 0, "contradictory": 0, "images": 0}
    result = {
        **{"pairs": [pair], "joint_errors": [], "near_training": [], "n_test": 10},
        **{"judges": ["cnn"], "label_noise": {"cnn": {"noise": 0.01}}},
        "near_duplicates": dict.fromkeys(audit.PARTS, none),
    }
    paths = {name: tmp_path / name for name in (pair["one"], pair["other"])}
    page = audit_page.render(result, paths)
    assert page.count("Sin miniatura") == 2
    assert "<img" not in page
