"""The baselines: one side of a hand, choices that no test hand makes, the network's own hands."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from gestures import baselines, classifier, evaluation, training
from gestures.dataset import OUTPUTS, Recordings
from gestures.features import to_square_pixels
from gestures.simulator import camera

MODELS = Path(__file__).resolve().parents[2] / "models"
NAME = "train-gesture-classifier.py"


def hands(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Square-pixel points (n, 42) and targets (n, 4) of simulated hands."""
    points, labels, aspect = camera.simulate(n, seed)
    return to_square_pixels(points, aspect), np.eye(len(OUTPUTS))[labels]


def test_a_hand_and_its_mirror_image_moved_and_turned_are_one_row():
    points, _ = hands(40, 1)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    mirror = points.reshape(-1, 21, 2) * (-1, 1)
    moved = (mirror @ turn * 1.7 + (0.3, -0.2)).reshape(-1, 42)
    rows = baselines.one_side(points)
    np.testing.assert_allclose(baselines.one_side(moved), rows, atol=1e-4)
    hand = rows.reshape(-1, 21, 2)
    np.testing.assert_allclose(hand.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(np.square(hand).sum(axis=2).mean(axis=1), 1, rtol=1e-4)
    assert (hand[:, 5, 0] <= hand[:, 17, 0]).all()


@pytest.mark.parametrize("fit", baselines.BASELINES.values(), ids=baselines.BASELINES)
def test_hands_like_those_learnt_from_are_recognised(fit):
    chosen = fit(hands(1500, 2), hands(300, 3))
    points, targets = hands(300, 4)
    probabilities = chosen.predict(points)
    assert probabilities.shape == (300, len(OUTPUTS))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(probabilities[:, -1], 0)  # nothing learnt was another hand
    assert evaluation.scores(probabilities, targets.argmax(1))["accuracy"] > 0.85


def test_divided_targets_divide_the_answer():
    """Hands of one pose, whose target is two thirds fist and a third paper."""
    points, _ = hands(60, 5)
    doubtful = np.tile([2 / 3, 1 / 3, 0, 0], (60, 1))
    one = np.tile(points[:1], (60, 1))
    fitted = np.concatenate([one, points[1:2]]), np.concatenate([doubtful, [[0, 0, 1, 0]]])
    validation = points[:2], np.array([doubtful[0], [0, 0, 1, 0]])
    nearest = baselines.nearest(fitted, validation).predict(points[:1])
    np.testing.assert_allclose(nearest, doubtful[:1])
    logistic = baselines.logistic(fitted, validation).predict(points[:1])
    assert logistic[0, 0] / logistic[0, 1] == pytest.approx(2, rel=0.1)


def test_k_is_what_validation_prefers_whatever_the_test_would():
    rng = np.random.default_rng(6)
    points, targets = hands(400, 7)
    wrong = rng.random(400) < 0.35
    noisy = np.where(wrong[:, None], np.roll(targets[:, :3], 1, axis=1), targets[:, :3])
    fitted = points, np.c_[noisy, np.zeros(400)]
    validation = hands(200, 8)
    chosen = baselines.nearest(fitted, validation)

    def score(k: int, examples) -> float:
        model = KNeighborsClassifier(k).fit(baselines.one_side(points), fitted[1].argmax(1))
        return model.score(baselines.one_side(examples[0]), examples[1].argmax(1))

    by_validation = {k: score(k, validation) for k in baselines.NEIGHBOURS}
    by_test = {k: score(k, fitted) for k in baselines.NEIGHBOURS}  # its own nearest hand
    assert max(by_test, key=by_test.__getitem__) == 1 != chosen.setting["k"]
    assert chosen.val_accuracy == pytest.approx(max(by_validation.values()))
    assert by_validation[chosen.setting["k"]] == pytest.approx(chosen.val_accuracy)


def test_they_learn_from_the_examples_that_the_network_gets(monkeypatch, tmp_path):
    class Seen(Exception):
        pass

    given = {}

    def network(fitted, validation, *_):
        given["network"] = fitted, validation
        raise Seen

    def simple(fitted, validation):
        given["simple"] = fitted, validation
        return baselines.Chosen({}, 0.0, lambda points: np.eye(len(OUTPUTS))[[0] * len(points)])

    monkeypatch.setattr(classifier, "fit", network)
    monkeypatch.setattr(baselines, "BASELINES", {"simple": simple})
    settings = training.configured(seed=3, epochs=None, simulated=1200)
    sizes = training.Sizes(validation=200, test=300)
    parts = training.compose(None, None, settings, sizes)
    others = {"z": Recordings(*camera.simulate(50, 9))}
    with pytest.raises(Seen):
        training.train(tmp_path / "red", parts, settings)
    metrics = baselines.measure(tmp_path / "otros", parts, settings, others)
    for ours, theirs in zip(given["simple"], given["network"], strict=True):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
    row = metrics["baselines"]["simple"]
    rock = float(np.mean(parts.test["simulated"].labels == 0))
    assert row["test"]["simulated"]["accuracy"] == pytest.approx(rock)
    assert row["recordings"]["z"]["n"] == 50
    assert row["none_of_these"]["shown"] == 1
    written = (tmp_path / "otros" / "rps_baselines.json").read_text(encoding="utf-8")
    assert json.loads(written) == metrics


def test_the_command_measures_and_leaves_the_network_alone(load_script, capfd, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in MODELS.glob("rps_*")}
    out = tmp_path / "salida"
    arguments = ["--baselines", "--simulated", "600", "--out", str(out)]
    assert load_script(NAME).main(arguments) == 0
    shown = capfd.readouterr()
    assert [path.name for path in out.iterdir()] == ["rps_baselines.json"]
    assert "Vecinos más cercanos, manos simuladas apartadas:" in shown.out
    assert "exactitud 0," in shown.out
    assert {path: path.stat().st_mtime_ns for path in MODELS.glob("rps_*")} == before


def test_published_figures_are_of_the_hands_that_the_network_was_judged_on():
    network, simple = (
        json.loads((MODELS / name).read_text(encoding="utf-8"))
        for name in ("rps_classifier.json", "rps_baselines.json")
    )
    for key in ("data", "seed", "mixture"):
        assert simple[key] == network[key]
    assert list(simple["baselines"]) == list(baselines.BASELINES)
    for row in simple["baselines"].values():
        assert row["none_of_these"]["n"] == network["none_of_these"]["n"]
        for kind in ("test", "recordings"):
            assert row[kind].keys() == network[kind].keys()
            for name, scores in row[kind].items():
                rows = np.sum(scores["confusion"], axis=1)
                np.testing.assert_array_equal(rows, np.sum(network[kind][name]["confusion"], 1))
