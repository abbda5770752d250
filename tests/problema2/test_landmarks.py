"""The real MediaPipe on rendered hands."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gestures.dataset import GESTURES
from gestures.landmarks import (
    BONES,
    MODEL_PATH,
    PICTURE_DETECTION,
    STREAM_DETECTION,
    HandDetector,
)
from gestures.problems import Problem
from gestures.simulator.demo import demo_frames

PROBLEM = Path(__file__).resolve().parents[2] / "Problema2"


@pytest.fixture(scope="module")
def shown():
    """A few frames of each gesture from the demo clip: {gesture: [image, ...]}."""
    frames = {gesture: [] for gesture in GESTURES}
    for image, gesture in demo_frames(seed=3, seconds=14, fps=4):
        if gesture is not None and len(frames[gesture]) < 10:
            frames[gesture].append(image)
    return frames


@pytest.fixture(scope="module")
def clear(shown):
    """One frame of each gesture in which MediaPipe sees the hand, found or mirrored or cropped."""
    with HandDetector(stream=False) as detector:

        def seen(image):
            middle = image[:, 160:480]
            return all(
                detector.detect(np.ascontiguousarray(view))
                for view in (image, image[:, ::-1], np.hstack([middle, middle]))
            )

        return {gesture: next(filter(seen, images)) for gesture, images in shown.items()}


def test_landmarks_lie_on_the_rendered_hand(clear):
    """In fractions of the frame, unmirrored: where the picture differs from an empty one."""
    image = clear["papel"]
    with HandDetector(stream=False) as detector:
        (hand,) = detector.detect(image)
        (flipped,) = detector.detect(np.ascontiguousarray(image[:, ::-1]))
    assert hand.points.shape == (21, 2)
    assert hand.points.dtype == np.float32
    assert {hand.side, flipped.side} == {"izquierda", "derecha"}
    assert 0.5 <= hand.score <= 1
    assert (hand.points > 0).all()
    assert (hand.points < 1).all()
    assert flipped.points[:, 0] == pytest.approx(1 - hand.points[:, 0], abs=0.03)
    assert flipped.points[:, 1] == pytest.approx(hand.points[:, 1], abs=0.03)


def test_two_hands_side_by_side(clear):
    image = np.hstack([clear[gesture][:, 160:480] for gesture in ("papel", "tijeras")])
    with HandDetector(hands=2, stream=False) as detector:
        hands = detector.detect(image)
    assert sorted(round(hand.points[:, 0].mean()) for hand in hands) == [0, 1]
    with HandDetector(hands=1, stream=False) as detector:
        assert len(detector.detect(image)) == 1


def test_no_hand_in_an_empty_picture():
    with HandDetector(stream=False) as detector:
        assert detector.detect(np.full((480, 640, 3), 128, np.uint8)) == []


def test_the_threshold_for_pictures_finds_more_in_the_dark():
    dark = [(image * 0.15).astype(np.uint8) for image, gesture in demo_frames(1, 20, 2) if gesture]

    def detected(threshold):
        with HandDetector(stream=False, detection=threshold) as detector:
            return sum(bool(detector.detect(image)) for image in dark)

    assert detected(PICTURE_DETECTION) > detected(STREAM_DETECTION)


def test_a_stream_takes_repeated_and_backward_times(clear):
    """Clips that loop or carry odd times must not stop MediaPipe, which refuses such stamps."""
    with HandDetector() as detector:
        for stamp in (0, 0, 33, 20, 0, 34):
            assert len(detector.detect(clear["papel"], stamp)) == 1


def test_closing_twice_is_harmless():
    detector = HandDetector()
    detector.close()
    detector.close()


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_missing_or_wrong_model_file_says_how_to_restore_it(tmp_path, content):
    path = tmp_path / "hand_landmarker.task"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Problem) as error:
        HandDetector(model_path=path)
    text = str(error.value)
    assert "git checkout -- models/hand_landmarker.task" in text
    assert "\n" not in text


def test_one_changed_byte_is_noticed(tmp_path):
    data = bytearray(MODEL_PATH.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "hand_landmarker.task"
    path.write_bytes(data)
    with pytest.raises(Problem, match="dañado"):
        HandDetector(model_path=path)


def test_mediapipe_loads_without_tensorflow_and_leaves_it_importable():
    code = (
        "import sys; from gestures.landmarks import HandDetector; "
        "HandDetector().close(); print('tensorflow' in sys.modules); "
        "import importlib.util; print(importlib.util.find_spec('tensorflow') is not None)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=PROBLEM, capture_output=True, text=True, check=True
    )
    assert result.stdout.split()[0] == "False"
    assert result.stderr == ""


def test_bones_join_all_landmarks():
    assert {end for bone in BONES for end in bone} == set(range(21))
    assert len(BONES) == len(set(BONES)) == 21
