"""Scores against scikit-learn and counting by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom, bootstrap
from sklearn import metrics

from scenes.classes import SCENES
from scenes.results import scores


def sample(n: int = 400, seed: int = 0, strength: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a model that is right more often than not, coarse enough to hold ties."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, n)
    logits = rng.normal(size=(n, 6)) + strength * np.eye(6)[labels]
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return chances.astype(np.float16), labels


@pytest.fixture(scope="module")
def measured():
    chances, labels = sample()
    return chances.astype(float), labels, scores.measure(chances, labels)


def test_scores_agree_with_scikit_learn(measured):
    chances, labels, found = measured
    predicted = chances.argmax(axis=1)
    exact = chances / chances.sum(axis=1, keepdims=True)
    truth = np.eye(6)[labels]
    assert found["n"] == 400
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert found["confusion"] == metrics.confusion_matrix(labels, predicted).tolist()
    each = metrics.roc_auc_score(truth, chances, average=None)
    assert list(found["auc"].values()) == pytest.approx(each.tolist())
    assert found["macro_auc"] == pytest.approx(metrics.roc_auc_score(truth, chances))
    assert found["micro_auc"] == pytest.approx(
        metrics.roc_auc_score(truth, chances, average="micro")
    )
    report = metrics.classification_report(labels, predicted, target_names=SCENES, output_dict=True)
    for name in SCENES:
        for score, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert found[score][name] == pytest.approx(report[name][theirs])
        assert found["support"][name] == report[name]["support"]
    assert found["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert found["log_loss"] == pytest.approx(metrics.log_loss(labels, exact), rel=1e-3)
    json.dumps(found, allow_nan=False)


def test_intervals_are_those_of_scipy():
    """Both draw alike from a seed, so that even 200 resamples give the same ends."""
    chances, labels = sample(300)
    chances = chances.astype(float)
    result = scores.measure(chances, labels, resamples=200, seed=3)

    def macro_auc(drawn: np.ndarray) -> float:
        return metrics.roc_auc_score(np.eye(6)[labels[drawn]], chances[drawn])

    def accuracy(drawn: np.ndarray) -> float:
        return np.mean(chances[drawn].argmax(axis=1) == labels[drawn])

    for key, statistic in (("accuracy_ci", accuracy), ("macro_auc_ci", macro_auc)):
        expected = bootstrap(
            (np.arange(len(labels)),),
            statistic,
            n_resamples=200,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(3),
        ).confidence_interval
        assert result[key] == pytest.approx([expected.low, expected.high], abs=1e-12)


def test_intervals_are_repeatable_and_narrow_with_more_images():
    few, many = sample(100), sample(2500)
    first = scores.measure(*few)
    assert first == scores.measure(*few)
    second = scores.measure(*many)

    def width(found):
        return found["accuracy_ci"][1] - found["accuracy_ci"][0]

    assert width(first) / width(second) == pytest.approx(5, rel=0.35)


def test_macro_curve_encloses_its_area(measured):
    chances, labels, found = measured
    curves = scores.roc_curves(chances, labels)
    assert set(curves) == {*SCENES, "macro", "micro"}
    for name, (fall, hit, area) in curves.items():
        assert (fall[0], hit[0], fall[-1], hit[-1]) == (0, 0, 1, 1)
        assert metrics.auc(fall, hit) == pytest.approx(area, abs=2e-3 if name == "macro" else 1e-9)
    assert curves["macro"][2] == pytest.approx(found["macro_auc"])


def test_calibration_error_by_hand():
    # 10 answers at 0.75, 8 right; 10 at 0.95, 8 right: (10 * 0.05 + 10 * 0.15) / 20
    chances = np.zeros((20, 6))
    chances[:10, 0], chances[:10, 1] = 0.75, 0.25
    chances[10:, 0], chances[10:, 1] = 0.95, 0.05
    labels = np.array(([0] * 8 + [1] * 2) * 2)
    assert scores.calibration_error(chances, labels) == pytest.approx(0.10)
    found = scores.reliability(chances, labels)
    assert found["count"].sum() == 20
    assert sorted(found["accuracy"][found["count"] > 0]) == pytest.approx([0.8, 0.8])


def test_certain_answers_fall_in_the_last_bin():
    found = scores.reliability(np.eye(6), np.arange(6), bins=10)
    assert found["count"].tolist() == [0] * 9 + [6]
    assert scores.calibration_error(np.eye(6), np.arange(6)) == 0


def test_missing_class_has_no_area_and_breaks_nothing():
    chances, labels = sample(120)
    kept = labels != 2
    found = scores.measure(chances[kept], labels[kept])
    assert found["auc"]["glacier"] is None
    assert found["macro_auc"] == pytest.approx(
        np.mean([area for area in found["auc"].values() if area is not None])
    )
    json.dumps(found, allow_nan=False)
    only = scores.measure(chances[labels == 1], labels[labels == 1])
    assert only["macro_auc"] is None
    assert only["macro_auc_ci"] is None


def test_zero_probability_for_the_truth_leaves_the_loss_finite():
    found = scores.measure(np.eye(6)[[1, 1, 2]], np.array([0, 1, 2]))
    assert 5 < found["log_loss"] < 20


@pytest.mark.parametrize(
    ("chances", "labels", "said"),
    [
        (np.full((3, 5), 0.2), [0, 1, 2], r"\(n, 6\)"),
        (np.full((3, 6), 1 / 6), [0, 1], "labels"),
        (np.full((3, 6), 1 / 6), [0, 1, 6], "between 0 and 5"),
        (np.full((3, 6), 1 / 6), [0.0, 1.0, 2.0], "integers"),
        (np.full((3, 6), np.nan), [0, 1, 2], "finite"),
        (np.full((3, 6), 0.5), [0, 1, 2], "sum to one"),
        (np.empty((0, 6)), np.empty(0, int), "labels"),
    ],
)
def test_refuses_what_is_no_test(chances, labels, said):
    with pytest.raises(ValueError, match=said):
        scores.measure(chances, np.asarray(labels))


def test_mcnemar_by_hand():
    labels = np.zeros(30, int)
    a, b = np.zeros(30, int), np.zeros(30, int)
    b[:9] = 1  # only a right
    a[9:11] = 1  # only b right
    a[11:14] = b[11:14] = 2  # neither
    found = scores.mcnemar(a, b, labels)
    assert (found["only_a"], found["only_b"], found["neither"], found["both"]) == (9, 2, 3, 16)
    assert found["difference"] == pytest.approx(7 / 30)
    assert found["p_value"] == pytest.approx(2 * binom.cdf(2, 11, 0.5))
    back = scores.mcnemar(b, a, labels)
    assert back["p_value"] == found["p_value"]
    assert back["difference_ci"] == pytest.approx([-end for end in found["difference_ci"][::-1]])


def test_mcnemar_takes_probabilities_and_finds_no_difference_in_equals():
    chances, labels = sample(50)
    found = scores.mcnemar(chances, chances.argmax(axis=1), labels)
    assert (found["difference"], found["p_value"]) == (0, 1)
    with pytest.raises(ValueError, match="same images"):
        scores.mcnemar(chances, chances[:10], labels)


def test_confident_mistakes_come_in_order():
    chances, labels = sample(200)
    found = scores.confident_mistakes(chances, labels, 5)
    confidences = [each["confidence"] for each in found]
    assert confidences == sorted(confidences, reverse=True)
    wrong = chances.argmax(axis=1) != labels
    assert confidences[0] == pytest.approx(float(chances.max(axis=1)[wrong].max()))
    for each in found:
        assert each["label"] == labels[each["index"]] != each["predicted"]
        assert each["true_probability"] < each["confidence"]
    assert scores.confident_mistakes(np.eye(6), np.arange(6)) == []
