"""The network: what it must not see, what it must tell apart, and that its two files agree."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from gestures import evaluation
from gestures.dataset import GESTURES, Recordings
from gestures.features import to_square_pixels
from gestures.inference import GestureClassifier
from gestures.simulator import camera, poses
from gestures.splits import split_blocks

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def runtime():
    return GestureClassifier(MODELS / "rps_classifier.tflite")


@pytest.fixture(scope="module")
def keras_model():
    import keras

    return keras.saving.load_model(MODELS / "rps_classifier.keras", safe_mode=True)


def square_hands(n, seed):
    rng = np.random.default_rng(seed)
    hands, labels = poses.sample_hands(n, rng)
    points = camera.project(camera.camera_view(hands, camera.sample_views(n, rng), 6.0)[0], 1.0)
    return points.reshape(n, 21, 2), labels


def moved(points):
    return np.add(points, (0.31, -0.22))


def scaled(points):
    return points * 0.37


def rotated(points):
    turn = np.radians(73)
    return points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def mirrored(points):
    return points * (-1, 1)


def together(points):
    return moved(mirrored(rotated(scaled(points))))


@pytest.mark.parametrize("change", [moved, scaled, rotated, mirrored, together])
def test_position_size_rotation_and_mirroring_change_nothing(runtime, keras_model, change):
    points, _ = square_hands(300, 11)
    before = points.reshape(-1, 42).astype(np.float32)
    after = change(points).reshape(-1, 42).astype(np.float32)
    np.testing.assert_allclose(runtime.predict(after), runtime.predict(before), atol=1e-5)
    np.testing.assert_allclose(
        keras_model.predict_on_batch(after), keras_model.predict_on_batch(before), atol=1e-5
    )


def test_the_same_hand_in_two_frames_gives_the_same_answer(runtime):
    rng = np.random.default_rng(12)
    hands, _ = poses.sample_hands(300, rng)
    views = camera.sample_views(300, rng)
    flat, _ = camera.camera_view(hands, views, 6.0)
    answers = [
        runtime.predict(to_square_pixels(camera.project(flat, aspect), aspect))
        for aspect in (4 / 3, 16 / 9, 3 / 4)
    ]
    np.testing.assert_allclose(answers[1], answers[0], atol=1e-5)
    np.testing.assert_allclose(answers[2], answers[0], atol=1e-5)


def test_the_keras_and_the_litert_file_agree(runtime, keras_model):
    points, _, aspect = camera.simulate(500, 13)
    square = to_square_pixels(points, aspect)
    expected = keras_model.predict_on_batch(square)
    assert expected.shape == (500, 4)
    np.testing.assert_allclose(expected.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(runtime.predict(square), expected, atol=1e-5)


def test_the_saved_network_is_the_assignments(keras_model):
    assert keras_model.input_shape == (None, 42)
    assert keras_model.output_shape == (None, 4)
    kernels = [w.shape for w in keras_model.weights if w.path.endswith("kernel")]
    assert kernels == [(42, 128), (128, 64), (64, 4)]


def test_held_out_simulated_hands_are_recognised(runtime):
    points, labels, aspect = camera.simulate(4000, 987_654_321)
    predicted = runtime.predict(to_square_pixels(points, aspect)).argmax(1)
    assert (predicted == labels).mean() > 0.98
    # A wrong guess at the aspect costs little.
    wrong = np.where(aspect > 1.5, 4 / 3, np.where(aspect > 1.1, 16 / 9, 1.2 * aspect))
    predicted = runtime.predict(to_square_pixels(points, wrong)).argmax(1)
    assert (predicted == labels).mean() > 0.97


def test_doubtful_hands_are_doubted_and_other_hands_are_not_shown(runtime):
    def shown(points, aspect):
        return evaluation.is_shown(runtime.predict(to_square_pixels(points, aspect))).mean()

    points, _, aspect = camera.simulate_doubtful(2000, 14)
    assert shown(points, aspect) < 0.35
    assert shown(*camera.simulate_others(2000, 14)) < 0.05
    points, _, aspect = camera.simulate(2000, 15)
    assert shown(points, aspect) > 0.95


def test_degenerate_input_gives_finite_probabilities(runtime):
    points = np.stack([np.zeros(42), np.full(42, 0.5), np.tile([0.1, 0.9], 21)])
    answers = runtime.predict(points.astype(np.float32))
    assert np.isfinite(answers).all()
    np.testing.assert_allclose(answers.sum(1), 1, atol=1e-5)


def test_shipped_metrics_are_those_of_the_shipped_model(runtime):
    metrics = json.loads((MODELS / "rps_classifier.json").read_text(encoding="utf-8"))
    test = metrics["data"]["simulated"]
    points, labels, aspect = camera.simulate(test["test"], test["seeds"][2])
    again = evaluation.scores(runtime.predict(to_square_pixels(points, aspect)), labels)
    # Rounding differs between processors; a hand on the edge may fall on the other side.
    assert again["accuracy"] == pytest.approx(metrics["test"]["simulated"]["accuracy"], abs=2e-4)
    assert metrics["seed"] is not None
    assert {"keras", "tensorflow", "numpy", "python"} <= metrics["versions"].keys()


def test_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([1, 1, 1], 400)
    labels = rng.integers(0, 3, 400)
    figures = evaluation.scores(probabilities, labels)
    predicted = probabilities.argmax(1)
    np.testing.assert_array_equal(figures["confusion"], confusion_matrix(labels, predicted))
    expected = precision_recall_fscore_support(labels, predicted)
    for row, key in enumerate(("precision", "recall", "f1", "n")):
        got = [figures["per_class"][name][key] for name in GESTURES]
        np.testing.assert_allclose(got, expected[row])
    assert figures["accuracy"] == pytest.approx((predicted == labels).mean())
    json.dumps(figures, allow_nan=False)


def test_a_class_that_never_occurs_has_no_recall():
    figures = evaluation.scores(np.eye(3)[[0, 1]], [0, 1])
    assert figures["per_class"]["tijeras"] == {
        "n": 0,
        "precision": None,
        "recall": None,
        "f1": None,
    }


def test_the_interval_is_the_published_one():
    # 81 of 263: Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    probabilities = np.eye(3)[[0] * 81 + [1] * 182]
    figures = evaluation.scores(probabilities, [0] * 263)
    np.testing.assert_allclose(figures["interval_95"], (0.2553, 0.3662), atol=5e-5)
    assert evaluation.scores(np.eye(3), [0, 1, 2])["interval_95"][1] == 1


def test_blocks_are_contiguous_and_never_share_neighbours():
    labels = np.repeat([0, 1, 2], 200)
    train, held = split_blocks(labels, np.random.default_rng(0))
    assert len(held) == 120
    np.testing.assert_array_equal(np.bincount(labels[held]), [40, 40, 40])
    for gesture in range(3):
        mine = held[labels[held] == gesture]
        np.testing.assert_array_equal(np.diff(mine), 1)
        rest = train[labels[train] == gesture]
        assert np.abs(rest[:, None] - mine).min() > 5


def test_small_and_interleaved_recordings_keep_every_gesture_in_training():
    labels = np.array([0, 1, 2] * 20 + [1] * 3)
    train, held = split_blocks(labels, np.random.default_rng(1))
    assert set(labels[train]) == set(labels[held]) == {0, 1, 2}
    assert not set(train) & set(held)
    few, none = split_blocks([0, 1, 2, 0], np.random.default_rng(1))
    assert len(few) == 4
    assert len(none) == 0


def test_own_recordings_are_parted_and_added():
    from gestures import training
    from gestures.classifier import Mixture

    rng = np.random.default_rng(2)
    own = Recordings(rng.random((60, 42), np.float32), np.repeat([0, 1, 2], 20), np.full(60, 1.0))
    parts = training.compose(None, own, training.Settings(mixture=Mixture(simulated=0)))
    assert len(parts.train) == len(parts.validation) == 1
    assert len(parts.train[0]) + len(parts.validation[0]) <= 60
    sizes = training.Sizes(validation=20, test=20)
    mixed = training.compose(own, own, training.Settings(mixture=Mixture(simulated=30)), sizes)
    assert [len(p) for p in mixed.train[:1]] == [30]
    assert set(mixed.test) == {"simulated", "filmed"}


def test_the_keras_file_needs_nothing_of_the_project():
    """Every class in it is Keras's own, so that it opens anywhere in safe mode."""
    with zipfile.ZipFile(MODELS / "rps_classifier.keras") as file:
        modules = re.findall(r'"module": "([^"]+)"', file.read("config.json").decode())
    assert len(modules) > 10
    assert {name.split(".")[0] for name in modules} == {"keras"}


def test_measuring_needs_no_tensorflow_and_training_no_opencv():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import gestures.evaluation, gestures.inference\n"
        "gestures.inference.GestureClassifier()\n"
        "assert not {'tensorflow', 'keras'} & sys.modules.keys()\n"
        "assert not {'cv2', 'mediapipe'} & sys.modules.keys()\n"
        "sys.modules['cv2'] = sys.modules['mediapipe'] = None  # as if they were not there\n"
        "import gestures.training"
    )
    folder = MODELS.parent / "Problema2"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, timeout=120)
