"""The model cards' sentences, which say what the figures say."""

from __future__ import annotations

import pytest

RUN = {"dtype_policy": "float32", "hardware": "a laptop", "fit_seconds": 8.25}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "8.2 s, float32, a laptop"),
        ({"fit_seconds": 600.0}, "10 min, float32, a laptop"),
        ({"fit_seconds": None}, "time unknown, float32, a laptop"),
        (
            {"features_cached": True, "features_seconds": None},
            "8.2 s without the features, float32, a laptop",
        ),
        (
            {"features_cached": False, "features_seconds": 591.75},
            "10 min with the features, float32, a laptop",
        ),
    ],
)
def test_fitting_is_told_whole_or_without_what_is_not_known(cards, changed, expected):
    assert cards.fitting(RUN | changed) == expected


def test_seeds_that_ran_elsewhere_are_named(cards):
    here, there = {"hardware": "a laptop", "backend": "tensorflow"}, {"hardware": "a GPU"}
    own = {"hardware": "a laptop", "versions": {"backend": "tensorflow"}}
    runs = [{"seed": 0, **here}, {"seed": 3, **there, "backend": "torch"}]
    assert cards.elsewhere({"residual": own | {"repeats": runs}}) == (
        "Of the 2 seeds of `residual` 1 (3) ran elsewhere than its file: a GPU, Keras on torch."
    )
    # the same machine with another backend is elsewhere, too
    moved = cards.elsewhere({"cnn": own | {"repeats": [runs[0] | {"backend": "jax"}]}})
    assert "1 (0) ran elsewhere" in moved
    alike = cards.elsewhere({"cnn": own | {"repeats": runs[:1]}, "best": own})
    assert alike == "No seed is noted to have run elsewhere than its network's file."
    unknown = cards.elsewhere({"cnn": own | {"repeats": [{"seed": 0}]}})
    assert unknown.endswith("Where each seed ran is not noted of `cnn`.")
