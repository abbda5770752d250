"""``benchmarks/problema2_hands.py``: recordings whose unit is the block, not the frame."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from gestures.dataset import Recordings

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "problema2_hands.py"


@pytest.fixture(scope="module")
def hands():
    spec = importlib.util.spec_from_file_location("problema2_hands", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recording(labels, seed=0):
    points = np.random.default_rng(seed).uniform(0.2, 0.8, (len(labels), 42)).astype(np.float32)
    return Recordings(points, np.asarray(labels), np.ones(len(labels)))


def test_blocks_hold_every_frame_once_and_one_label_each(hands):
    labels = np.repeat([1, 0, 2, 1], [60, 3, 50, 37])
    parts = hands.blocks(labels)
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(150))
    assert all(len(set(labels[part])) == 1 for part in parts)
    assert [len(part) for part in parts] == [30, 30, 3, 25, 25, 37]


def test_errors_in_one_block_widen_the_interval_more_than_scattered_ones(hands):
    labels = np.repeat([0, 1, 2], 100)
    together, apart = np.zeros(300, bool), np.zeros(300, bool)
    together[:24] = True
    apart[::13] = True

    def figures(wrong):
        answers = (np.where(wrong, (labels + 1) % 3, labels), np.ones(300, bool))
        return hands.measure_recording(recording(labels), lambda points: answers)

    one, many = figures(together), figures(apart)
    assert one["accuracy"] == many["accuracy"] == pytest.approx(1 - 24 / 300)
    assert np.ptp(one["bootstrap_95"]) > 3 * np.ptp(many["bootstrap_95"])
    assert (one["blocks"], one["right_blocks"], many["right_blocks"]) == (12, 11, 0)
    assert one["wrong_and_shown"] == 24


def test_a_recording_without_errors_still_has_an_interval_over_blocks(hands):
    labels = np.repeat([0, 1, 2], 50)
    answers = (labels, np.ones(150, bool))
    figures = hands.measure_recording(recording(labels), lambda points: answers)
    assert figures["bootstrap_95"] == [1, 1]
    assert figures["blocks_95"][0] == pytest.approx(0.610, abs=1e-3)


def test_neighbouring_frames_correlate_only_where_the_hand_moves_slowly(hands):
    labels = np.repeat([0, 1], 500)
    scattered = recording(labels).points
    steady = np.cumsum(scattered - 0.5, axis=0)
    assert abs(hands.autocorrelation(scattered, labels)) < 0.1
    assert hands.autocorrelation(steady, labels) > 0.9
    # a jump between two gestures is no correlation within one
    apart = scattered + labels[:, None]
    assert abs(hands.autocorrelation(apart, labels)) < 0.1
