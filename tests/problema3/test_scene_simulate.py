"""The generated scenes: reproducible, complete, and told apart by structure rather than colour."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from scenes import libraries
from scenes.classes import SCENES
from scenes.data import dataset, sources
from scenes.generator import simulate
from scenes.problems import Problem

PER_CLASS = 30


@pytest.fixture(scope="module")
def painted() -> tuple[np.ndarray, np.ndarray]:
    """``PER_CLASS`` pictures of each class at 64x64, and their labels."""
    pictures = [simulate.paint(scene, seed, 64) for scene in SCENES for seed in range(PER_CLASS)]
    return np.stack(pictures), np.repeat(np.arange(len(SCENES)), PER_CLASS)


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
    """Cross-validated accuracy of a linear model on one feature; chance is 0.17."""
    pictures, labels = painted
    values = np.stack([feature(picture) for picture in pictures])
    values = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6)
    model = LogisticRegression(C=0.1, max_iter=2000)
    return cross_val_score(model, values, labels, cv=3).mean()


def test_structure_tells_the_classes_and_colours_alone_do_not(painted):
    colours, structure = score(histogram, painted), score(coarse, painted)
    assert colours < 0.55
    assert structure > 0.55
    assert structure > colours + 0.1


def test_classes_share_light_and_colours(painted):
    pictures, labels = painted
    brightness = pictures.mean(axis=(1, 2, 3))
    means = [brightness[labels == label].mean() for label in range(len(SCENES))]
    assert np.ptp(means) < 2 * brightness.std()  # no class is the bright or the dark one
    assert brightness.std() > 20


@pytest.mark.parametrize("scene", list(SCENES))
def test_seed_decides_the_picture(scene, painted):
    pictures, labels = painted
    own = pictures[labels == SCENES.index(scene)]
    again = simulate.paint(scene, 4, 64)
    assert (again.shape, again.dtype) == ((64, 64, 3), np.uint8)
    np.testing.assert_array_equal(again, own[4])
    others = np.delete(own, 4, axis=0).astype(int)
    assert np.abs(others - again).mean(axis=(1, 2, 3)).min() > 5


@pytest.mark.parametrize("scene", list(SCENES))
def test_every_picture_shows_something(scene, painted):
    pictures, labels = painted
    contrast = pictures[labels == SCENES.index(scene)].std(axis=(1, 2)).max(axis=1)
    assert contrast.min() > 4  # grey levels; mist at night is the faintest


def test_written_folder_is_complete(folder):
    for subset, count in (("seg_train", 12), ("seg_test", 4)):
        for scene in SCENES:
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
    """A picture's bytes depend on the seed and its number, whatever the subset they fall into."""
    again = simulate.write(tmp_path / "otra", 1, 1, seed=3, size=32)
    for subset, name in (("seg_train", "00000.jpg"), ("seg_test", "00001.jpg")):
        for scene in SCENES:
            (path,) = (again / subset / subset / scene).iterdir()
            assert path.name == name
            first = folder / "seg_train" / "seg_train" / scene / name
            assert path.read_bytes() == first.read_bytes()


def test_older_folder_is_replaced_and_a_strange_one_refused(names_in, tmp_path):
    root = simulate.write(tmp_path / "escenas", 1, 1, seed=0, size=16)
    config = simulate.Simulation(1, 1, 0, 16)
    assert simulate.is_current(root, config)
    assert not simulate.is_current(root, simulate.Simulation(1, 1, 1, 16))
    mark = root / simulate.MARK
    assert json.loads(mark.read_text())["generator"] == "scenes.simulate"  # as it always was
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "version": 0}))
    (root / "seg_train" / "seg_train" / "sea" / "vieja.jpg").write_bytes(b"x")
    assert not simulate.is_current(root, config)
    simulate.write(root, 1, 1, seed=0, size=16)
    assert simulate.is_current(root, config)

    own = tmp_path / "propia"
    own.mkdir()
    (own / "apuntes.txt").write_text("importante")
    with pytest.raises(FileExistsError):
        simulate.write(own, 1, 1)
    assert (own / "apuntes.txt").read_text() == "importante"
    assert names_in(tmp_path) == ["escenas", "propia"]


def test_interrupted_writing_leaves_nothing(names_in, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(simulate, "_write_one", fail)
    with pytest.raises(OSError, match="No space"):
        simulate.write(tmp_path / "escenas", 1, 1, size=16)
    assert names_in(tmp_path) == []


OWN_PICTURES = "Con imágenes propias (--data) no hace falta."


def test_without_opencv_nothing_is_painted_and_a_sentence_says_why(names_in, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "cv2", None)
    for paint in (
        lambda: simulate.paint("sea", 0, 16),
        lambda: simulate.write(tmp_path / "escenas", 1, 1, size=16),
    ):
        with pytest.raises(Problem, match=r"OpenCV no está instalado .*requirements\.txt") as seen:
            paint()
        assert seen.value.lines[1] == OWN_PICTURES
    assert names_in(tmp_path) == []


def test_folders_are_read_without_opencv(folder, root, tmp_path):
    """Where one of its libraries is missing, and in a process that never had it."""
    reason = "libGL.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "cv2.py").write_text(f"raise ImportError({reason!r})")
    code = """if True:
        import sys
        from pathlib import Path
        from scenes.data import sources
        from scenes.generator import simulate
        from scenes.problems import Problem

        given, absent = Path(sys.argv[1]), Path(sys.argv[2])
        print(sources.find(given).kind)
        print(simulate.write(given, 12, 4, seed=3, size=32) == given)
        try:
            simulate.write(absent, 1, 1, size=16)
        except Problem as problem:
            print(problem)
    """
    done = subprocess.run(
        [sys.executable, "-c", code, folder, tmp_path / "escenas"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root / "Problema3")]),
            "PYTHONIOENCODING": "utf-8",
        },
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "simulated",
        "True",  # the folder is complete already
        f"OpenCV no se puede cargar ({reason}): {libraries.INSTALL}.",
        OWN_PICTURES,
    ]
