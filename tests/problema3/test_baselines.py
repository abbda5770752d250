"""The baselines: counted classes, areas worked out by hand, choices that no test image makes."""

import json

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from scenes.classes import SCENES
from scenes.data import dataset
from scenes.training import baselines

ROWS = ["constant", "colour", "thumbnails"]


def test_the_constant_answer_is_the_class_that_training_has_most_of():
    train, test = np.array([2, 0, 2, 1, 2, 0]), np.array([1, 1, 1, 2, 0, 1, 2])
    images = np.zeros((1, 1, 1, 3), np.uint8)
    paths = ((), ())
    scenes = dataset.Scenes(images, train, images, test, *paths, "k", "own", "imágenes")
    row = baselines.constant(scenes)
    assert row["answer"] == SCENES.names[2]
    assert row["accuracy"] == pytest.approx(2 / 7)
    assert row["macro_auc"] == 0.5
    assert row["largest_test_class"] == {"name": SCENES.names[1], "n": 4, "share": 4 / 7}


def test_thumbnails_weigh_each_pixel_by_its_area():
    """Three pixels into two: the middle one counts half in each."""
    image = np.zeros((1, 3, 3, 3), np.uint8)
    image[0, :, :, 0] = [[30, 60, 90], [0, 0, 0], [120, 120, 120]]
    image[0, ..., 2] = 255
    small = baselines.thumbnails(image, 2).reshape(2, 2, 3)
    # an upper row is (first + second / 2) / 1.5, and so is a left column
    across = np.array([[30 + 60 / 2, 60 / 2 + 90], [0, 0], [180, 180]]) / 1.5
    expected = np.array([across[0] + across[1] / 2, across[1] / 2 + across[2]]) / 1.5
    np.testing.assert_allclose(small[..., 0] * 255, expected, rtol=1e-5)
    np.testing.assert_allclose(small[..., 1], 0)
    np.testing.assert_allclose(small[..., 2], 1, rtol=1e-6)
    assert baselines.thumbnails(image, 2).dtype == np.float32


def test_thumbnails_are_means_of_whole_blocks_where_the_side_divides():
    images = np.random.default_rng(0).integers(0, 256, (300, 6, 4, 3), dtype=np.uint8)
    blocks = images.reshape(300, 2, 3, 2, 2, 3).mean(axis=(2, 4)) / 255
    np.testing.assert_allclose(baselines.thumbnails(images, 2), blocks.reshape(300, -1), rtol=1e-5)
    colours = images.mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(baselines.mean_colours(images), colours, rtol=1e-5)


def separable(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    corners = np.array([[8.0, 0, 0], [0, 8, 0], [0, 0, 8]])
    return corners[labels] + rng.normal(0, 0.5, (n, 3)), labels


@pytest.mark.parametrize("fitting", [baselines.logistic, baselines.neighbours])
def test_classes_apart_are_learnt(fitting):
    chosen = fitting(separable(90, 0), separable(30, 1))
    inputs, labels = separable(60, 2)
    probabilities = chosen.predict(inputs)
    assert chosen.val_accuracy == 1
    np.testing.assert_array_equal(probabilities.argmax(axis=1), labels)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def overlapping(n: int, rng: np.random.Generator, wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """Directions in two half planes, some with the other's label."""
    angle = rng.uniform(0, np.pi, n)
    labels = (angle > np.pi / 2).astype(int)
    labels = np.where(rng.random(n) < wrong, 1 - labels, labels)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1), labels


def test_k_is_what_validation_prefers_whatever_the_test_would():
    rng = np.random.default_rng(4)
    fit = overlapping(300, rng, wrong=0.3)
    validation = overlapping(200, rng, wrong=0)  # many neighbours outvote the wrong labels
    chosen = baselines.neighbours(fit, validation)
    test = fit  # each is its own nearest neighbour: k = 1 makes no mistake

    def score(k: int, examples) -> float:  # cosine, by another way
        return KNeighborsClassifier(k, metric="cosine").fit(*fit).score(*examples)

    by_validation = {k: score(k, validation) for k in baselines.NEIGHBOURS}
    assert score(1, test) == 1 > max(score(k, test) for k in baselines.NEIGHBOURS[1:])
    assert chosen.setting["k"] != 1
    assert chosen.val_accuracy == max(by_validation.values())
    assert by_validation[chosen.setting["k"]] == chosen.val_accuracy
    right = chosen.predict(test[0]).argmax(axis=1) == test[1]
    assert right.mean() == pytest.approx(score(chosen.setting["k"], test))


def test_the_penalty_is_what_validation_prefers(monkeypatch):
    rng = np.random.default_rng(5)
    labels = np.arange(40) % 2
    fit = rng.normal(size=(40, 30)) + labels[:, None] * 0.3, labels
    more = np.arange(400) % 2
    validation = rng.normal(size=(400, 30)) + more[:, None] * 0.3, more
    chosen = baselines.logistic(fit, validation)
    alone = {}
    for strength in baselines.STRENGTHS:
        with monkeypatch.context() as only:
            only.setattr(baselines, "STRENGTHS", (strength,))
            alone[strength] = baselines.logistic(fit, validation).val_accuracy
    assert len(set(alone.values())) > 1
    assert alone[chosen.setting["C"]] == chosen.val_accuracy == max(alone.values())


def test_a_row_learns_from_the_images_that_do_not_validate(scenes):
    inputs = {"train": baselines.mean_colours(scenes.train)}
    inputs["test"] = baselines.mean_colours(scenes.test)
    given = []

    def fitting(fit, validation):
        given.extend([fit, validation])
        return baselines.logistic(fit, validation)

    row = baselines.row("colour", fitting, inputs, scenes)
    for (values, labels), part in zip(given, dataset.split(scenes.train_labels, 0), strict=True):
        np.testing.assert_array_equal(values, inputs["train"][part])
        np.testing.assert_array_equal(labels, scenes.train_labels[part])
    assert row["inputs"] == 3
    assert row["n"] == len(scenes.test_labels)


@pytest.fixture
def two_penalties(monkeypatch):
    """Seconds less, where figures do not matter."""
    monkeypatch.setattr(baselines, "STRENGTHS", (0.01, 1.0))


@pytest.mark.usefixtures("two_penalties")
def test_the_command_writes_the_rows_and_prints_the_table(folder, run_here, tmp_path):
    out = tmp_path / "salida"
    result = run_here("baselines.py", "--data", folder, "--out", out)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    written = json.loads((out / "scenes_baselines.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in written["rows"]] == ROWS
    assert written["images"]["n_test"] == 24
    assert "miniaturas de 8×8" in result.stderr


@pytest.mark.usefixtures("two_penalties")
def test_neighbours_join_the_rows_and_stay_when_the_others_are_made_anew(
    folder, run_here, tmp_path, random_resnet
):
    common = "--data", folder, "--out", tmp_path / "salida"
    backbone = "--weights", random_resnet, "--image-size", 32
    result = run_here("baselines.py", *common, "--knn", *backbone, "--json")
    assert result.returncode == 0, result.stderr
    first = json.loads(result.stdout)
    assert [row["name"] for row in first["rows"]] == [*ROWS, "knn"]
    last = first["rows"][-1]
    assert (last["inputs"], last["image_size"]) == (2048, 32)
    assert last["data_key"] != first["images"]["data_key"]
    again = json.loads(run_here("baselines.py", *common, "--json").stdout)
    assert again == first


def test_generated_scenes_are_not_published(folder, run_here, root):
    path = root / "models" / "scenes_baselines.json"
    before = path.read_bytes()
    result = run_here("baselines.py", "--data", folder, "--publish")
    assert result.returncode == 2
    assert "imágenes reales" in result.stderr
    assert path.read_bytes() == before


def test_published_rows_are_of_the_images_that_the_networks_were_judged_on(root):
    def read(name: str) -> dict:
        return json.loads((root / "models" / name).read_text(encoding="utf-8"))

    published = read("scenes_baselines.json")
    by_size = {}
    for name in ("scenes_residual.json", "scenes_resnet50.json"):
        network = read(name)
        by_size[network["config"]["image_size"]] = network
    assert [row["name"] for row in published["rows"]][:3] == ROWS
    for row in published["rows"]:
        network = by_size[row["image_size"]]
        assert row["data_key"] == network["data_key"]
        assert row["n"] == network["n_test"]
        assert row["support"] == network["support"]
        for key in ("n_fit", "n_validation", "seed"):
            assert published[key] == network[key]
    constant = published["rows"][0]
    assert constant["accuracy"] == constant["support"][constant["answer"]] / constant["n"]
