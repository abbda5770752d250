"""Problem 2's network on other people's hands, beside the finger-up rule.

    python benchmarks/problema2_hands.py FOLDER [--recordings NAME DATASET LABELS] [--model FILE]
        [--json]

FOLDER holds files such as `gestures.npz`: `points` (N, 42), landmarks on square pixels, `labels`
(N,), 0 to 2 or the name of a hand that is no gesture, and `source` (N,), where they come from.
Recordings are those of `record-dataset.py`, frame after frame; the flag may come several times.
Such hands are for measuring only. A hand counts as shown where its likeliest output is a gesture
with the confidence from which the program shows one.

MediaPipe's GestureRecognizer is not among the ways: it reads the depth of the landmarks too, which
these files do not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema2"))

from gestures import dataset  # noqa: E402
from gestures.dataset import GESTURES, Recordings  # noqa: E402
from gestures.evaluation import is_shown  # noqa: E402
from gestures.features import to_square_pixels  # noqa: E402
from gestures.inference import MODEL_PATH, GestureClassifier  # noqa: E402

TIPS, MIDDLES, WRIST = (8, 12, 16, 20), (6, 10, 14, 18), 0
BLOCK = 25  # frames, the better part of a second; a hand hardly moves from one to the next
RESAMPLES, SEED = 10_000, 0

Answers = tuple[np.ndarray, np.ndarray]  # likeliest gesture (N,), and whether it is shown (N,)


def by_network(classifier: GestureClassifier, points: np.ndarray) -> Answers:
    """The exported network's answers."""
    probabilities = classifier.predict(points)
    return probabilities[:, : len(GESTURES)].argmax(1), is_shown(probabilities)


def by_fingers(points: np.ndarray) -> Answers:
    """The usual rule: a finger is up where its tip is farther from the wrist than its middle joint.

    None up is a fist, index and middle alone are scissors, all four are paper; anything else is
    no gesture (-1) and not shown.
    """
    hands = points.reshape(-1, 21, 2)
    far = np.linalg.norm(hands - hands[:, :1], axis=2)
    up = far[:, TIPS] > far[:, MIDDLES]
    patterns = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0]], bool)
    matches = (up[:, None] == patterns).all(axis=2)
    known = matches.any(1)
    return np.where(known, matches.argmax(1), -1), known


def measure(path: Path, answer: Callable[[np.ndarray], Answers]) -> dict:
    """Figures of one file, by source or by kind of hand."""
    with np.load(path, allow_pickle=False) as stored:
        points = stored["points"].astype(np.float32)
        labels, source = stored["labels"], stored["source"]
    likeliest, shown = answer(points)
    if labels.dtype.kind in "SU":
        return {
            str(kind): {"n": int(of.sum()), "shown": float(shown[of].mean())}
            for kind in np.unique(labels)
            if (of := labels == kind).any()
        }
    right = likeliest == labels
    names, codes = np.unique(source, return_inverse=True)
    groups = {str(name): source == name for name in names}
    groups["all"] = np.ones(len(labels), bool)
    return {
        name: {
            "n": int(of.sum()),
            "accuracy": float(right[of].mean()),
            **over_blocks(right[of], codes[of] * len(GESTURES) + labels[of]),
            "shown": float(shown[of].mean()),
            "wrong_and_shown": int((shown & ~right & of).sum()),
        }
        for name, of in groups.items()
    }


def runs(labels: np.ndarray) -> list[np.ndarray]:
    """Indices of the frames that follow one another with one label."""
    return np.split(np.arange(len(labels)), np.flatnonzero(np.diff(labels)) + 1)


def blocks(labels: np.ndarray) -> list[np.ndarray]:
    """The runs, parted in contiguous blocks of about BLOCK frames."""
    return [
        part
        for run in runs(labels)
        for part in np.array_split(run, max(1, round(len(run) / BLOCK)))
    ]


def over_blocks(right: np.ndarray, labels: np.ndarray) -> dict[str, float | int | list[float]]:
    """An accuracy whose unit is the block: neighbours in a file may be one observation.

    Args:
        right: bool (n,), in the file's order.
        labels: (n,), of which a block holds one.

    Returns:
        ``bootstrap_95``, the percentile interval over blocks drawn again, which has no width where
        all are right; ``blocks``; ``right_blocks``, those without a mistake; and ``blocks_95``,
        Wilson's interval of their share.
    """
    parts = blocks(labels)
    counts, sizes = np.array([(right[part].sum(), len(part)) for part in parts]).T
    drawn = np.random.default_rng(SEED).integers(len(parts), size=(RESAMPLES, len(parts)))
    resampled = counts[drawn].sum(1) / sizes[drawn].sum(1)
    right_blocks = int((counts == sizes).sum())
    wilson = binomtest(right_blocks, len(parts)).proportion_ci(method="wilson")
    return {
        "bootstrap_95": [float(end) for end in np.quantile(resampled, (0.025, 0.975))],
        "blocks": len(parts),
        "right_blocks": right_blocks,
        "blocks_95": [float(wilson.low), float(wilson.high)],
    }


def autocorrelation(points: np.ndarray, labels: np.ndarray) -> float:
    """Mean correlation of a run's coordinates (N, 42) with themselves one frame on."""
    deviations = [points[run] - points[run].mean(0) for run in runs(labels)]
    now = np.concatenate([deviation[:-1] for deviation in deviations])
    after = np.concatenate([deviation[1:] for deviation in deviations])
    scale = np.sqrt((now**2).sum(0) * (after**2).sum(0))
    return float(((now * after).sum(0) / scale).mean())


def measure_recording(
    recording: Recordings, answer: Callable[[np.ndarray], Answers]
) -> dict[str, float | int | list[float]]:
    """Figures of one recording, those of :func:`over_blocks` among them."""
    likeliest, shown = answer(to_square_pixels(recording.points, recording.aspect))
    right = likeliest == recording.labels
    return {
        "n": len(recording),
        "accuracy": float(right.mean()),
        "shown": float(shown.mean()),
        "wrong_and_shown": int((shown & ~right).sum()),
        "autocorrelation": autocorrelation(recording.points, recording.labels),
        **over_blocks(right, recording.labels),
    }


def print_figures(facts: dict) -> None:
    for file, ways in facts.items():
        for way, groups in ways.items():
            print(f"\n{file}, {way}")
            for name, figures in groups.items():
                line = f"  {name:12} n {figures['n']:5}  shown {figures['shown']:7.2%}"
                if "accuracy" in figures:
                    line += f"  top-1 {figures['accuracy']:7.2%}"
                    line += f"  wrong and shown {figures['wrong_and_shown']}"
                if "blocks" in figures:
                    low, high = figures["bootstrap_95"]
                    line += f"  over blocks {low:.2%} to {high:.2%}"
                    line += f"  blocks right {figures['right_blocks']} of {figures['blocks']}"
                print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--recordings",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "DATASET", "LABELS"),
        help="a recording of somebody's hands (.npy)",
    )
    parser.add_argument("--model", type=Path, default=MODEL_PATH)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    classifier = GestureClassifier(arguments.model)
    ways: dict[str, Callable[[np.ndarray], Answers]] = {
        "network": lambda points: by_network(classifier, points),
        "finger-up rule": by_fingers,
    }
    facts = {
        path.stem: {name: measure(path, way) for name, way in ways.items()}
        for path in sorted(arguments.folder.glob("*.npz"))
    }
    recordings = {
        name: dataset.load(Path(data), Path(labels)) for name, data, labels in arguments.recordings
    }
    if recordings:
        facts["recordings"] = {
            way: {name: measure_recording(each, answer) for name, each in recordings.items()}
            for way, answer in ways.items()
        }
    if arguments.json:
        print(json.dumps(facts, indent=1))
    else:
        print_figures(facts)


if __name__ == "__main__":
    main()
