"""Problem 2's network on hands found in other people's photographs, beside the finger-up rule.

    python benchmarks/problema2_hands.py FOLDER [--model FILE] [--json]

FOLDER holds files such as `gestures.npz`: `points` (N, 42), landmarks on square pixels, `labels`
(N,), 0 to 2 or the name of a hand that is no gesture, and `source` (N,), where they come from.
Such hands are for measuring only. A hand counts as shown where its likeliest output is a gesture
with the confidence from which the program shows one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema2"))

from gestures.dataset import GESTURES  # noqa: E402
from gestures.evaluation import is_shown  # noqa: E402
from gestures.inference import MODEL_PATH, GestureClassifier  # noqa: E402

TIPS, MIDDLES, WRIST = (8, 12, 16, 20), (6, 10, 14, 18), 0

Answers = tuple[np.ndarray, np.ndarray]  # likeliest gesture (N,), and whether it is shown (N,)


def by_network(classifier: GestureClassifier, points: np.ndarray) -> Answers:
    """The exported network's answers."""
    probabilities = classifier.predict(points)
    return probabilities[:, : len(GESTURES)].argmax(1), is_shown(probabilities)


def by_fingers(points: np.ndarray) -> Answers:
    """The usual rule: a finger is up where its tip is farther from the wrist than its middle joint.

    None up is a fist, index and middle alone are scissors, all four are paper; anything else is
    not shown.
    """
    hands = points.reshape(-1, 21, 2)
    far = np.linalg.norm(hands - hands[:, :1], axis=2)
    up = far[:, TIPS] > far[:, MIDDLES]
    patterns = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0]], bool)
    matches = (up[:, None] == patterns).all(axis=2)
    return matches.argmax(1), matches.any(1)


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
    groups = {str(name): source == name for name in np.unique(source)}
    groups["all"] = np.ones(len(labels), bool)
    return {
        name: {
            "n": int(of.sum()),
            "accuracy": float(right[of].mean()),
            "shown": float(shown[of].mean()),
            "wrong_and_shown": int((shown & ~right & of).sum()),
        }
        for name, of in groups.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
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
    if arguments.json:
        print(json.dumps(facts, indent=1))
        return
    for file, found in facts.items():
        for way, groups in found.items():
            print(f"\n{file}, {way}")
            for name, figures in groups.items():
                line = f"  {name:12} n {figures['n']:5}  shown {figures['shown']:7.2%}"
                if "accuracy" in figures:
                    line += f"  top-1 {figures['accuracy']:7.2%}"
                    line += f"  wrong and shown {figures['wrong_and_shown']}"
                print(line)


if __name__ == "__main__":
    main()
