"""What the lesson's notebooks take from the package: recordings, measures, sentences, figures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gestures.checks import Wrong
from gestures.dataset import check_labels, check_points
from gestures.features import to_square_pixels
from gestures.inference import GestureClassifier
from gestures.lesson import charts, hands, scoring, sentences
from gestures.lesson.recording import record, wander
from gestures.lesson.scoring import Result


@pytest.fixture(scope="module")
def recorded():
    return record(people=4, seed=3)


def test_a_recording_is_made_of_neighbouring_frames(recorded):
    recordings, person = recorded
    assert recordings.points.shape == (4 * 3 * 90, 42)
    check_points(recordings.points)
    check_labels(recordings.labels)
    np.testing.assert_array_equal(np.unique(person), range(4))
    take = recordings.points[(person == 0) & (recordings.labels == 0)]
    from_frame_to_frame = np.abs(np.diff(take, axis=0)).mean()
    among_people = np.abs(recordings.points[:270] - recordings.points[270:540]).mean()
    assert from_frame_to_frame < 0.2 * among_people


def test_a_recording_is_the_same_for_the_same_seed(recorded):
    again, _ = record(people=4, seed=3)
    np.testing.assert_array_equal(again.points, recorded[0].points)
    assert not np.allclose(record(people=4, seed=4)[0].points, again.points)


def test_the_shipped_network_reads_recorded_hands(recorded):
    recordings, _ = recorded
    points = to_square_pixels(recordings.points, recordings.aspect)
    read = GestureClassifier().predict(points)[:, :3].argmax(1)
    assert (read == recordings.labels).mean() > 0.9


def test_what_wanders_has_the_deviation_and_memory_it_is_asked_for():
    walk = wander(20_000, np.random.default_rng(0), 0.9)
    assert walk.std() == pytest.approx(1, abs=0.1)
    assert charts.autocorrelation(walk, 3) == pytest.approx([1, 0.9, 0.81, 0.729], abs=0.05)


class Network:
    """Stands in for a Keras network: gives what it is told."""

    def __init__(self, answers, steps=1):
        self.answers = answers
        self.optimizer = None if steps is None else SimpleNamespace(iterations=steps)

    def predict(self, inputs, **_):
        return self.answers


LABELS = np.array([0, 1, 2, 0])
RIGHT = np.eye(3)[LABELS]


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (Network(RIGHT, steps=0), "todavía no está entrenada"),
        (Network(RIGHT, steps=None), "todavía no está entrenada"),
        (Network(RIGHT[:, :2]), "tres probabilidades"),
        (Network(RIGHT.ravel()), "tres probabilidades"),
        (Network(np.log(RIGHT + 0.1)), "softmax"),
        (Network(2 * RIGHT), "no suman 1 (la primera suma 2,000)"),
        (Network(RIGHT * np.nan), "softmax"),
        ("una red", "Se esperaba una red"),
        (None, "Se esperaba una red"),
    ],
)
def test_what_is_no_trained_network_of_gestures_is_told_so(network, said):
    with pytest.raises(Wrong) as raised:
        scoring.probabilities(network, np.zeros((4, 42)))
    assert said in str(raised.value)


@pytest.mark.parametrize("answers", [RIGHT, np.eye(4)[LABELS]])
def test_any_network_of_three_or_four_outputs_is_welcome(answers):
    recordings, _ = record(1, 0)
    recordings = recordings.take([0, 90, 180, 1])
    comparison = scoring.Comparison(recordings, np.array([0, 0, 1, 1]))
    comparison.add("la mía", Network(answers), lambda r: r.points)
    comparison.add("al revés", Network(answers[::-1]), lambda r: r.points)
    assert comparison.results["la mía"].accuracy == 1
    assert list(comparison.table().index) == ["la mía", "al revés"]
    assert comparison.table().loc["la mía", "exactitud (media)"] == "100,0 %"
    assert charts.by_person(comparison.results, "").axes[0].get_yticklabels()


def test_a_network_loaded_without_its_optimizer_can_be_vouched_for():
    network = Network(RIGHT, steps=None)
    np.testing.assert_array_equal(scoring.probabilities(network, np.zeros((4, 42)), True), RIGHT)


def result(*by_person: float) -> Result:
    people = np.array(by_person)
    correct = np.concatenate([np.arange(100) < 100 * share for share in people])
    return Result(correct, people)


def test_alike_frames_of_few_people_are_worth_few_independent_ones():
    assert result(0.5, 0.9, 0.3, 0.9).effective_size < 40
    assert np.isinf(result(0.8, 0.8, 0.8).effective_size)
    rng = np.random.default_rng(1)
    correct = rng.random((200, 100)) < 0.8
    independent = Result(correct.ravel(), correct.mean(axis=1))
    assert 13_000 < independent.effective_size < 30_000


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (sentences.apart(1, 0.0, "girar"), "coinciden."),
        (sentences.apart(1, 0.5, "girar"), "todavía no coinciden"),
        (sentences.apart(1, 1.5, "girar"), "no las acerca"),
        (sentences.neighbours(0.97, 90), "muchas menos manos distintas"),
        (sentences.neighbours(0.1, 90), "se parecen poco"),
        (sentences.splits(1.0, 0.8, 0.75), "La separación por persona se equivoca en 5,0 puntos"),
        (sentences.splits(0.8, 0.4, 0.75), "La separación al azar se equivoca en 5,0 puntos"),
        (sentences.splits(0.8, 0.8, 0.75), "casi lo mismo"),
        (sentences.people(result(0.5, 0.9), 200), "tanto como"),
        (sentences.people(result(0.8, 0.8), 200), "no sale un intervalo"),
        (sentences.people(result(0.8, 0.81, 0.8), 300), "cuentan todos"),
        (sentences.steps({"a": result(0.5), "b": result(0.9)}), "«b» (40,0 puntos); todos"),
        (
            sentences.steps({"a": result(0.5), "b": result(0.9), "c": result(0.8)}),
            "no la subió «c»",
        ),
        (sentences.steps({"a": result(0.5), "b": result(0.4)}), "Ningún paso la subió"),
        (
            sentences.beside("a", result(0.9, 0.91, 0.9), "b", result(0.5, 0.52, 0.5)),
            "«a» es mejor",
        ),
        (
            sentences.beside("a", result(0.5, 0.52, 0.5), "b", result(0.9, 0.91, 0.9)),
            "«b» es mejor",
        ),
        (sentences.beside("a", result(0.5, 0.9), "b", result(0.9, 0.5)), "no se distingue"),
        (sentences.beside("a", result(0.5, 0.9), "b", result(0.5, 0.9)), "lo mismo"),
        (sentences.fourth_output(0.9, 0.1, 0.7), "la cuarta salida sirve"),
        (sentences.fourth_output(0.1, 0.2, 0.7), "no mejoró"),
        (sentences.threshold(0.7, 0.9, 0.01, 0.02), "«dudoso»"),
        (sentences.threshold(0.7, 0.9, 0.02, 0.02), "no quita errores"),
        (sentences.threshold(0.7, 0.0, 0.0, 0.02), "no se muestra ningún gesto"),
    ],
)
def test_sentences_follow_the_numbers(sentence, said):
    assert said in sentence


def test_copies_of_a_hand_differ_in_place_size_rotation_and_side():
    points = np.random.default_rng(0).random((21, 2))
    copies = hands.copies(points)
    assert len(copies) == 5
    assert hands.distance(copies) > 0.1
    same = dict.fromkeys(copies, points)
    assert hands.distance(same) == 0
    pairs = {name: np.stack([points * (-1, 1), points]) for name in copies}
    pairs["original"] = np.stack([points, points * (-1, 1)])
    assert hands.distance(pairs) == 0  # the nearer of the two images counts


def test_a_shown_figure_carries_its_text():
    figure = hands.numbered(np.random.default_rng(0).random((21, 2)))
    data, metadata = hands.Shown(figure, "Una mano.")._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Una mano."
