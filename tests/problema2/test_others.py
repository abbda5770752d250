"""Hands that are none of the gestures, against anatomy and against what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from gestures.simulator import others
from gestures.simulator.hand import sample_shapes

TIPS = (8, 12, 16, 20)  # of index, middle, ring and little finger
N = 400


@pytest.fixture
def drawn(monkeypatch):
    """Draw hands of one kind."""
    kinds = others.KINDS

    def draw(name: str) -> np.ndarray:
        monkeypatch.setattr(others, "KINDS", {name: kinds[name]})
        return others.sample_others(N, np.random.default_rng(3))

    return draw


def reach(hands: np.ndarray) -> np.ndarray:
    """How far each finger tip (n, 4) is from its knuckle, as a share of the finger's bones."""
    fingers = hands[:, 5:].reshape(len(hands), 4, 4, 3)
    bones = np.linalg.norm(np.diff(fingers, axis=2), axis=-1)
    return np.linalg.norm(fingers[:, :, 3] - fingers[:, :, 0], axis=-1) / bones.sum(axis=-1)


@pytest.mark.parametrize("name", [name for name in others.KINDS if name not in ("beak", "any")])
def test_raised_fingers_are_straight_and_the_others_are_not(drawn, name):
    raised, straight = others.KINDS[name].raised, np.median(reach(drawn(name)), axis=0)
    for finger in range(4):
        assert (straight[finger] > 0.93) == (finger in raised), (finger, straight)


@pytest.mark.parametrize("name", ["ok", "pinch", "beak"])
def test_the_thumb_touches(drawn, name):
    hands = drawn(name)
    apart = np.linalg.norm(hands[:, 4] - hands[:, 8], axis=-1)
    assert np.median(apart) < 0.35  # a third of the palm's length


def test_a_raised_thumb_is_off_the_fist(drawn):
    raised, closed = (
        np.median(np.linalg.norm(hands[:, 4] - hands[:, 6], axis=-1))
        for hands in (drawn("thumb"), drawn("pointing"))
    )
    assert raised > 1.3 * closed


def test_no_kind_of_any_is_a_gesture():
    share = np.array(
        [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 1]]
    )
    assert others._is_gesture(share).tolist() == [True, True, True, True, False, False]


def test_bones_keep_their_lengths():
    hands = others.sample_others(300, np.random.default_rng(0))
    assert np.isfinite(hands).all()
    bones = np.linalg.norm(hands[:, 6] - hands[:, 5], axis=-1)
    expected = sample_shapes(3000, np.random.default_rng(1)).phalanges[:, 0, 0]
    assert expected.min() - 0.05 < bones.min() < bones.max() < expected.max() + 0.05


def test_a_seed_decides_the_hands():
    one, two, other = (others.sample_others(50, np.random.default_rng(s)) for s in (4, 4, 5))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
