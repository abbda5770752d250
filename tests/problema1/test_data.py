"""Data sets: the embedded one, identity by content, splits, and the Kaggle cache."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kagglehub.cache import Cache
from kagglehub.handle import parse_dataset_handle

from student_performance import data, kaggle, simulate
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED


def test_features_are_the_raw_values_in_order():
    frame = pd.DataFrame([[7.5, 99, "Yes", 9, 1, 91], [4, 82, "No", 4, 2, 65]])
    frame.columns = PUBLISHED.names
    np.testing.assert_array_equal(PUBLISHED.encode(frame), [[7.5, 99, 1, 9, 1], [4, 82, 0, 4, 2]])
    np.testing.assert_array_equal(PUBLISHED.answers(frame), [91, 65])


def test_embedded_file_is_what_the_simulator_writes(dataset):
    assert dataset.is_simulated
    assert not dataset.is_real
    written = simulate.simulate().to_csv(index=False, lineterminator="\n")
    assert data.DEFAULT_CSV.read_text(encoding="utf-8") == written


def test_own_rows_are_neither_published_nor_simulated(small):
    assert not small.is_real
    assert not small.is_simulated


def test_split_is_disjoint_complete_and_repeatable(dataset):
    parts = data.split(dataset, seed=3)
    together = np.concatenate([parts.training.index, parts.test.index])
    assert len(together) == len(set(together)) == len(dataset.rows)
    assert len(parts.test) / len(together) == pytest.approx(0.2, abs=0.01)
    assert parts.test.index.equals(data.split(dataset, seed=3).test.index)
    assert not parts.test.index.equals(data.split(dataset, seed=4).test.index)


def test_published_file_comes_from_the_cache_without_a_network(tmp_path, monkeypatch, small):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    folder = tmp_path / "datasets" / kaggle.HANDLE
    folder.mkdir(parents=True)
    small.rows.to_csv(folder / kaggle.FILE, index=False)
    Cache().mark_as_complete(parse_dataset_handle(kaggle.HANDLE), kaggle.FILE)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("went to the network"))
    assert kaggle.fetch().digest == small.digest


def test_unreachable_kaggle_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))

    def refuse(*_):
        raise OSError("no network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    with pytest.raises(Problem) as caught:
        kaggle.fetch()
    (sentence,) = caught.value.lines
    assert "revise la conexión" in sentence
