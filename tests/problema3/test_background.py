"""Pictures of the background class, and the batches that hold them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scenes.data.background import altered, drawn, pictures
from scenes.data.background.batches import BackgroundBatches
from scenes.data.batches import Part

SIDE = 48


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Gradients, of which each pixel tells its place, in six colours."""
    line = np.linspace(0, 200, SIDE)
    planes = [line[:, None] + 0 * line, line + 0 * line[:, None], np.full((SIDE, SIDE), 30.0)]
    first = np.stack(planes, axis=2)
    return np.stack([np.roll(first, at, axis=2) + 5 * at for at in range(6)]).astype(np.uint8)


def giving(images: np.ndarray, first: int = 0):
    """One image after another."""
    turns = itertools.count(first)
    return lambda: images[next(turns) % len(images)]


@pytest.mark.parametrize("kind", [*pictures.ANY, *pictures.UPRIGHT], ids=lambda each: each.__name__)
def test_an_altered_image_is_a_picture_and_no_image(images, kind):
    before = images.copy()
    for seed in range(25):
        picture = kind(np.random.default_rng(seed), giving(images, seed))
        assert picture.shape == (SIDE, SIDE, 3)
        assert picture.dtype == np.uint8
        assert not any(np.array_equal(picture, image) for image in images)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("kind", drawn.KINDS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("side", [32, 150])
def test_a_drawn_picture_is_of_the_side_asked_and_always_another(kind, side):
    made = [kind(np.random.default_rng(seed), side) for seed in range(25)]
    assert {(each.shape, each.dtype.name) for each in made} == {((side, side, 3), "uint8")}
    assert len({each.tobytes() for each in made}) == 25


def test_a_mosaic_keeps_every_tile(images):
    rng = np.random.default_rng(8)
    picture = np.arange(SIDE * SIDE * 3, dtype=np.uint32).reshape(SIDE, SIDE, 3).astype(np.uint8)
    mosaic = altered.mosaic(rng, lambda: picture)
    assert abs(float(mosaic.mean()) - float(picture.mean())) < 3


def test_scenes_alone_have_an_upright(images, monkeypatch):
    drawn_kinds = []
    for group in (pictures.ANY, pictures.UPRIGHT):
        for kind, weight in dict(group).items():
            monkeypatch.delitem(group, kind)

            def note(rng, image, kind=kind):
                drawn_kinds.append(kind)
                return image()

            monkeypatch.setitem(group, note, weight)
    for upright, expected in ((False, 4), (True, 7)):
        drawn_kinds.clear()
        for seed in range(300):
            pictures.draw(np.random.default_rng(seed), giving(images), upright)
        assert len(set(drawn_kinds)) == expected


def batches(images: np.ndarray, **changed) -> BackgroundBatches:
    return BackgroundBatches(
        *(np.tile(images, (5, 1, 1, 1)), np.arange(30) % 6, np.arange(24), 7, 5),
        **{"share": 0.5, "draw": lambda rng, image: 255 - image(), **changed},
    )


def test_an_epoch_holds_every_image_once_and_a_share_of_background(images):
    fed = batches(images)
    assert (fed.images, fed.count, len(fed)) == (24, 36, 6)
    rows = [fed[at] for at in range(len(fed))]
    pixels, targets = (np.concatenate(each) for each in zip(*rows, strict=True))
    assert targets.shape == (36, 7)
    np.testing.assert_array_equal(targets.sum(axis=0), [4] * 6 + [12])
    labels = targets.argmax(axis=1)
    for label, picture in zip(labels, pixels, strict=True):
        of = images if label < 6 else 255 - images
        assert any(np.array_equal(picture, each) for each in of[label % 6 : (label % 6) + 6])


def test_background_is_repeated_by_seed_and_epoch_and_renewed_by_epoch(images):
    def draw(rng, image):
        return np.full_like(image(), rng.integers(256))

    one, two = (batches(images, draw=draw) for _ in range(2))
    first = [one[at][0] for at in range(6)]
    for at in (5, 2):  # in any order
        np.testing.assert_array_equal(two[at][0], first[at])
    two.epoch = 1
    made = [np.concatenate([each[at][0] for at in range(6)]) for each in (one, two)]
    levels = [sorted(each[each.std(axis=(1, 2, 3)) == 0, 0, 0, 0]) for each in made]
    assert len(levels[0]) == len(levels[1]) == 12
    assert levels[0] != levels[1]


def test_processes_share_a_batch_with_background(images):
    whole = batches(images)
    parts = [Part(batches(images), 7, 7, process) for process in range(7)]
    for at in (0, 3):
        shared = np.concatenate([part[at][0] for part in parts])
        np.testing.assert_array_equal(shared, whole[at][0])
