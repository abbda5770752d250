"""The exported network without TensorFlow, and the steadying of its answers."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from gestures.dataset import GESTURES
from gestures.features import to_square_pixels
from gestures.inference import (
    MODEL_PATH,
    SAME_HAND,
    GestureClassifier,
    ModelError,
    Reading,
    SteadyReadings,
    read_hands,
)
from gestures.landmarks import Hand
from gestures.simulator import camera

PROBLEM = Path(__file__).resolve().parents[2] / "Problema2"


@pytest.fixture(scope="module")
def classifier():
    return GestureClassifier()


@pytest.fixture(scope="module")
def hands():
    points, labels, aspect = camera.simulate(60, seed=77)
    return points, labels, aspect


def test_probabilities_for_any_number_of_hands(classifier, hands):
    points, labels, aspect = hands
    square = to_square_pixels(points, aspect)
    everything = classifier.predict(square)
    assert everything.shape == (60, 4)
    assert everything.sum(axis=1) == pytest.approx(np.ones(60), abs=1e-5)
    assert (everything.argmax(axis=1) == labels).mean() > 0.9
    for number in (2, 1, 3, 1, 0):  # the batch changes from frame to frame
        assert classifier.predict(square[:number]) == pytest.approx(everything[:number], abs=1e-5)


def test_answers_do_not_share_memory_between_calls(classifier, hands):
    points, _, aspect = hands
    square = to_square_pixels(points, aspect)
    first = classifier.predict(square[:1])
    kept = first.copy()
    classifier.predict(square[5:6])
    assert np.array_equal(first, kept)


def test_a_missing_model_is_one_sentence(tmp_path):
    with pytest.raises(ModelError) as error:
        GestureClassifier(tmp_path / "none.tflite")
    text = str(error.value)
    assert "Falta" in text
    assert "train-gesture-classifier.py" in text
    assert "\n" not in text


@pytest.mark.parametrize("size", [0, 100, -1])
def test_a_damaged_model_is_one_sentence(tmp_path, size, capfd):
    """Empty, cut short after 100 bytes, and no model at all."""
    path = tmp_path / "model.tflite"
    path.write_bytes(MODEL_PATH.read_bytes()[:size] if size >= 0 else b"nonsense" * 400)
    shutil.copy(MODEL_PATH.with_suffix(".json"), tmp_path / "model.json")
    with pytest.raises(ModelError) as error:
        GestureClassifier(path)
    assert "dañado" in str(error.value)
    assert "\n" not in str(error.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("beside", [None, "{}", "[1]", '{"sha256": 3}', "\x00"])
def test_a_model_without_what_its_training_noted_is_one_sentence(tmp_path, beside):
    path = tmp_path / "model.tflite"
    shutil.copy(MODEL_PATH, path)
    if beside is not None:
        path.with_suffix(".json").write_text(beside)
    with pytest.raises(ModelError, match="copie los dos archivos"):
        GestureClassifier(path)


def noted(path, content: bytes):
    """A file with a JSON beside it that vouches for it."""
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    path.with_suffix(".json").write_text(json.dumps({"sha256": {"tflite": digest}}))
    return path


def test_another_network_is_refused_though_it_is_whole(tmp_path):
    other = MODEL_PATH.with_name("student_performance.tflite").read_bytes()
    with pytest.raises(ModelError, match="no clasifica gestos"):
        GestureClassifier(noted(tmp_path / "model.tflite", other))
    copy = GestureClassifier(noted(tmp_path / "model.tflite", MODEL_PATH.read_bytes()))
    assert copy.predict(np.zeros((1, 42))).shape == (1, 4)


def hand_at(x, y):
    return np.full((21, 2), (x, y), float)


ROCK, PAPER = (0.98, 0.01, 0.01), (0.01, 0.98, 0.01)


def test_one_odd_frame_does_not_change_the_label():
    steady = SteadyReadings(confidence=0.6)
    shown = [
        steady.update([hand_at(0.5, 0.5)], np.array([answer]))[0].gesture
        for answer in [ROCK] * 5 + [PAPER] + [ROCK] * 5
    ]
    assert shown == ["piedra"] * 11


def test_a_new_gesture_takes_over_within_a_few_frames_and_is_doubtful_between():
    steady = SteadyReadings(confidence=0.7)
    shown = [
        steady.update([hand_at(0.5, 0.5)], np.array([answer]))[0]
        for answer in [ROCK] * 5 + [PAPER] * 5
    ]
    labels = [reading.gesture for reading in shown]
    assert labels == ["piedra"] * 6 + [None, None] + ["papel"] * 2
    assert shown[6] == Reading("piedra", pytest.approx(0.592), True)


def test_a_hand_that_left_is_forgotten():
    steady = SteadyReadings()
    for _ in range(5):
        steady.update([hand_at(0.5, 0.5)], np.array([ROCK]))
    assert steady.update([], np.empty((0, 3))) == []
    assert steady.update([hand_at(0.5, 0.5)], np.array([PAPER]))[0].gesture == "papel"


def test_two_hands_keep_their_own_history_in_any_order():
    steady = SteadyReadings()
    left, right = hand_at(0.25, 0.5), hand_at(0.75, 0.5)
    for frame in range(6):
        step = frame * 0.01
        if frame % 2:
            readings = steady.update([right - step, left + step], np.array([PAPER, ROCK]))
            assert [reading.gesture for reading in readings] == ["papel", "piedra"]
        else:
            readings = steady.update([left + step, right - step], np.array([ROCK, PAPER]))
            assert [reading.gesture for reading in readings] == ["piedra", "papel"]


def test_a_hand_far_from_any_other_is_a_new_one():
    steady = SteadyReadings()
    for _ in range(5):
        steady.update([hand_at(0.1, 0.5)], np.array([ROCK]))
    moved = hand_at(0.1 + SAME_HAND * 1.1, 0.5)
    assert steady.update([moved], np.array([PAPER]))[0].gesture == "papel"


def test_the_threshold_decides_what_is_doubtful():
    answer = np.array([(0.3, 0.65, 0.05)])
    for threshold, gesture in ((0.0, "papel"), (0.64, "papel"), (0.66, None), (1.0, None)):
        reading = SteadyReadings(threshold).update([hand_at(0.5, 0.5)], answer)[0]
        assert reading.gesture == gesture
        assert reading.likeliest == "papel"


def test_read_hands_uses_the_frames_aspect(classifier, hands):
    """The same hand in a wide and in a narrow frame gets the same answer."""
    points, _, aspect = hands
    for row in (0, 1, 2):
        confidence = []
        for wide in (4 / 3, 16 / 9):
            fractions = points[row].reshape(21, 2) * (aspect[row] / wide, 1)
            seen = [Hand(fractions.astype(np.float32), "derecha", 0.9)]
            (reading,) = read_hands(seen, wide, classifier, SteadyReadings(0.0))
            confidence.append((reading.likeliest, round(reading.confidence, 4)))
        assert confidence[0] == confidence[1]
    assert read_hands([], 4 / 3, classifier, SteadyReadings()) == []


def test_gestures_are_in_the_models_order():
    assert GESTURES == ("piedra", "papel", "tijeras")
