"""Random changes to training images: what they may do, and what they leave alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from scenes.data.augmentation import vary, warp


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 12, 16, 3), dtype=np.uint8)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_without_changes_the_images_are_the_same(images):
    np.testing.assert_array_equal(vary(images, rng(), flips=False, shift=0, zoom=0), images)


def test_flips_mirror_some_and_keep_the_others(images):
    changed = vary(images, rng(), flips=True, shift=0, zoom=0)
    same = (changed == images).all(axis=(1, 2, 3))
    mirrored = (changed == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 8 < mirrored.sum() < 32


@pytest.mark.parametrize("shape", [(224, 224, 3), (40, 51, 3)])
def test_the_warp_is_opencv_s(shape):
    """Up to rounding: how OpenCV rounds depends on the processor."""
    rng = np.random.default_rng(1)
    for _ in range(10):
        image = cv2.GaussianBlur(rng.integers(0, 256, shape, np.uint8), (0, 0), 1.5)
        scale, move = rng.uniform(0.7, 1.4), rng.uniform(-30, 30, 2)
        across = scale * rng.choice([-1, 1])
        middle = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
        linear = np.diag([across, scale])
        matrix = np.column_stack([linear, middle + move - linear @ middle])
        size = (shape[1], shape[0])
        expected = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT_101)
        apart = np.abs(warp(image, (across, scale), move).astype(int) - expected)
        assert apart.max() <= 1
        assert np.count_nonzero(apart) < 1e-3 * apart.size


def test_moves_within_the_limit_and_reflects_at_the_edges():
    """The ramp's value tells where each pixel came from."""
    ramp = np.broadcast_to(np.arange(100, dtype=np.uint8)[None, :, None], (60, 20, 100, 3))
    changed = vary(ramp.copy(), rng(), flips=False, shift=0.1, zoom=0).astype(float)
    moves = 50 - changed[:, 10, 50, 0]
    assert np.abs(moves).max() <= 10.5
    assert moves.std() > 4  # uniform on ±10 has 5.8
    for image, move in zip(changed, moves, strict=True):
        seen = np.abs(np.arange(100) - move)  # a ramp reflected at its left edge
        np.testing.assert_allclose(image[10, :85, 0], seen[:85], atol=1)


def test_zoom_scales_about_the_middle():
    ramp = np.broadcast_to(np.arange(101, dtype=np.uint8)[None, :, None], (60, 101, 101, 3))
    changed = vary(ramp.copy(), rng(), flips=False, shift=0, zoom=0.25).astype(float)
    np.testing.assert_allclose(changed[:, 50, 50, 0], 50, atol=1)
    slopes = (changed[:, 50, 80, 0] - changed[:, 50, 20, 0]) / 60
    assert slopes.min() >= 1 / 1.25 - 0.03
    assert slopes.max() <= 1.25 + 0.03
    assert slopes.min() < 0.9
    assert slopes.max() > 1.1


def test_sharp_images_are_whole_pixel_moves_of_the_originals(images):
    changed = vary(images, rng(), flips=True, shift=0.2, zoom=0.25, sharp=0.5)
    moves = [(down, across) for down in range(-2, 3) for across in range(-3, 4)]  # 12 x 16 pixels

    def is_a_move(image: np.ndarray, of: np.ndarray) -> bool:
        wide = np.pad(of, ((2, 2), (3, 3), (0, 0)), mode="reflect")
        return any((image == wide[2 - y : 14 - y, 3 - x : 19 - x]).all() for y, x in moves)

    exact = [
        is_a_move(image, of) or is_a_move(image, of[:, ::-1])
        for image, of in zip(changed, images, strict=True)
    ]
    assert 8 < sum(exact) < 32
    blurred = vary(images, rng(), flips=True, shift=0.2, zoom=0.25)
    untouched = [index for index, each in enumerate(exact) if not each]
    np.testing.assert_array_equal(changed[untouched], blurred[untouched])


def test_the_random_numbers_decide(images):
    one = vary(images, rng(), flips=True, shift=0.1, zoom=0.1)
    np.testing.assert_array_equal(one, vary(images, rng(), flips=True, shift=0.1, zoom=0.1))
    other = vary(images, np.random.default_rng(6), flips=True, shift=0.1, zoom=0.1)
    assert (one != other).any()
    assert one.dtype == np.uint8
    assert one.shape == images.shape
