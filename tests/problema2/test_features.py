"""Square pixels, by hand."""

import numpy as np
import pytest

from gestures.features import to_square_pixels


def test_x_is_stretched_by_the_aspect_and_y_is_not():
    points = np.zeros((2, 42))
    points[:, 6], points[:, 7] = 0.75, 0.5  # landmark 3
    square = to_square_pixels(points, [4 / 3, 16 / 9])
    np.testing.assert_allclose(square[:, 6], [1.0, 4 / 3], rtol=1e-6)
    np.testing.assert_allclose(square[:, 7], 0.5)
    assert square.dtype == np.float32
    assert points[0, 6] == 0.75  # the argument is left alone


def test_both_shapes_and_a_single_hand():
    points = np.random.default_rng(0).random((5, 21, 2))
    expected = to_square_pixels(points, 1.5)
    np.testing.assert_array_equal(to_square_pixels(points.reshape(5, 42), 1.5), expected)
    np.testing.assert_array_equal(to_square_pixels(points[0], 1.5), expected[:1])
    assert to_square_pixels(np.empty((0, 42)), 1.0).shape == (0, 42)


def test_a_line_keeps_its_slope_whatever_the_frame():
    # The same 45 degree line in pixels of two frames.
    for width, height in ((640, 480), (1280, 720), (480, 640)):
        pixels = np.arange(21)[:, None] * (10.0, 10.0)
        square = to_square_pixels(pixels / (width, height), width / height).reshape(21, 2)
        np.testing.assert_allclose(square[:, 0], square[:, 1], rtol=1e-6)


@pytest.mark.parametrize("shape", [(3, 63), (3, 21, 3), (3, 2, 21), (41,), (1, 1, 21, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        to_square_pixels(np.zeros(shape), 1.0)


@pytest.mark.parametrize("aspect", [0, -1.0, np.nan, np.inf])
def test_an_impossible_aspect_is_refused(aspect):
    with pytest.raises(ValueError, match="aspect"):
        to_square_pixels(np.zeros((1, 42)), aspect)
