"""The generated scenes: reproducible, complete, and told apart by structure rather than colour."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from scenes.classes import CLASSES
from scenes.data import dataset, sources
from scenes.generator import simulate

PER_CLASS = 60


@pytest.fixture(scope="module")
def painted() -> tuple[np.ndarray, np.ndarray]:
    """``PER_CLASS`` pictures of each class at 64x64, and their labels."""
    pictures = [simulate.paint(scene, seed, 64) for scene in CLASSES for seed in range(PER_CLASS)]
    return np.stack(pictures), np.repeat(np.arange(len(CLASSES)), PER_CLASS)


def histogram(picture: np.ndarray) -> np.ndarray:
    """Shares of 4 x 4 x 4 colours, square-rooted so that rare colours count too."""
    cells = picture.reshape(-1, 3) // 64
    code = cells @ np.array([16, 4, 1])
    return np.sqrt(np.bincount(code, minlength=64) / len(code))


def coarse(picture: np.ndarray) -> np.ndarray:
    """Where edges run up and down or across, in a 4 x 4 grid: structure without any colour."""
    grey = picture.mean(axis=2) / 255
    down, across = np.abs(np.diff(grey, axis=0))[:, :-1], np.abs(np.diff(grey, axis=1))[:-1]
    down, across = (
        edges[:60, :60].reshape(4, 15, 4, 15).mean(axis=(1, 3)) for edges in (down, across)
    )
    total = down.mean() + across.mean() + 1e-6
    return np.concatenate([down.ravel() / total, across.ravel() / total])


def score(feature, painted) -> float:
    pictures, labels = painted
    found = np.stack([feature(picture) for picture in pictures])
    found = (found - found.mean(axis=0)) / (found.std(axis=0) + 1e-6)
    train = np.arange(len(labels)) % 3 > 0
    model = LogisticRegression(C=0.1, max_iter=2000).fit(found[train], labels[train])
    return model.score(found[~train], labels[~train])


def test_colours_alone_do_not_tell_the_classes(painted):
    assert score(histogram, painted) < 0.80


def test_structure_tells_more_than_colours(painted):
    structure = score(coarse, painted)
    assert structure > 0.65
    assert structure > score(histogram, painted)


def test_classes_share_light_and_colours(painted):
    pictures, labels = painted
    brightness = pictures.mean(axis=(1, 2, 3))
    means = [brightness[labels == label].mean() for label in range(len(CLASSES))]
    assert np.ptp(means) < 2 * brightness.std()  # no class is the bright or the dark one
    assert brightness.std() > 20


@pytest.mark.parametrize("scene", CLASSES)
def test_seed_decides_the_picture(scene):
    first = simulate.paint(scene, 4, 48)
    assert first.shape == (48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, simulate.paint(scene, 4, 48))
    assert np.abs(first.astype(int) - simulate.paint(scene, 5, 48)).mean() > 5


@pytest.mark.parametrize("scene", CLASSES)
def test_every_picture_shows_something(scene, painted):
    pictures, labels = painted
    contrast = pictures[labels == CLASSES.index(scene)].std(axis=(1, 2)).max(axis=1)
    assert contrast.min() > 4  # grey levels; mist at night is the faintest


def test_written_folder_is_complete(folder):
    for subset, count in (("seg_train", 12), ("seg_test", 4)):
        for scene in CLASSES:
            files = sorted((folder / subset / subset / scene).iterdir())
            assert len(files) == count
            with Image.open(files[0]) as image:
                assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (32, 32))


def test_training_and_test_pictures_differ(folder):
    inventory = dataset.scan(sources.find(folder))
    assert not {item.digest for item in inventory.train} & {item.digest for item in inventory.test}
    assert inventory.dropped == {"in_test": 0, "conflicting": 0, "repeated": 0}
    assert inventory.skipped == ()


def test_writing_again_gives_the_same_bytes(folder, tmp_path):
    simulate.write(tmp_path / "otra", 12, 4, seed=3, size=32)
    for path in folder.rglob("*.jpg"):
        assert path.read_bytes() == (tmp_path / "otra" / path.relative_to(folder)).read_bytes()


def test_older_folder_is_replaced_and_a_strange_one_refused(names_in, tmp_path):
    root = simulate.write(tmp_path / "escenas", 2, 1, seed=0, size=16)
    config = simulate.Simulation(2, 1, 0, 16)
    assert simulate.is_current(root, config)
    assert not simulate.is_current(root, simulate.Simulation(2, 1, 1, 16))
    mark = root / simulate.MARK
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "version": 0}))
    (root / "seg_train" / "seg_train" / "sea" / "vieja.jpg").write_bytes(b"x")
    assert not simulate.is_current(root, config)
    simulate.write(root, 2, 1, seed=0, size=16)
    assert simulate.is_current(root, config)

    own = tmp_path / "propia"
    own.mkdir()
    (own / "apuntes.txt").write_text("importante")
    with pytest.raises(FileExistsError):
        simulate.write(own, 2, 1)
    assert (own / "apuntes.txt").read_text() == "importante"
    assert names_in(tmp_path) == ["escenas", "propia"]


def test_interrupted_writing_leaves_nothing(names_in, tmp_path, monkeypatch):
    def fail(path, *_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(simulate, "_write_one", fail)
    with pytest.raises(OSError, match="No space"):
        simulate.write(tmp_path / "escenas", 2, 1, size=16)
    assert names_in(tmp_path) == []
