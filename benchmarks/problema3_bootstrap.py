"""Problem 3's bootstrap intervals against `scipy.stats.bootstrap`, in one run.

    python benchmarks/problema3_bootstrap.py

Both give the intervals of accuracy and macro AUC of the shipped convolutional network, from 1,000
resamples of its 3,000 test images.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema3"))

from scenes.results.bootstrap import bootstrap_intervals  # noqa: E402

RESAMPLES, LEVEL, SEED = 1000, 0.95, 0


def usual(statistic, n: int) -> list[float]:
    """SciPy's percentile interval of a statistic of positions 0 to n - 1."""
    interval = bootstrap(
        (np.arange(n),),
        statistic,
        n_resamples=RESAMPLES,
        vectorized=False,
        method="percentile",
        confidence_level=LEVEL,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return [interval.low, interval.high]


def main() -> None:
    with np.load(ROOT / "models" / "scenes_cnn_probabilities.npz", allow_pickle=False) as stored:
        probabilities, labels = stored["probabilities"].astype(float), stored["labels"].astype(int)
    right = probabilities.argmax(axis=1) == labels
    truth = np.eye(probabilities.shape[1])[labels]

    start = time.perf_counter()
    ours = bootstrap_intervals(probabilities, labels, right, RESAMPLES, LEVEL, SEED)
    ours_seconds = time.perf_counter() - start
    start = time.perf_counter()
    theirs = (
        usual(lambda drawn: right[drawn].mean(), len(labels)),
        usual(lambda drawn: roc_auc_score(truth[drawn], probabilities[drawn]), len(labels)),
    )
    seconds = time.perf_counter() - start

    for name, one, other in zip(("accuracy", "macro AUC"), ours, theirs, strict=True):
        assert one, "every class occurs"
        same = "the same" if np.allclose(one, other, atol=1e-9) else "ANOTHER"
        print(f"{name}: [{one[0]:.4f}, {one[1]:.4f}], {same} as SciPy's")
    print(f"ours {ours_seconds:.2f} s, SciPy {seconds:.1f} s: ratio {seconds / ours_seconds:.0f}")


if __name__ == "__main__":
    main()
