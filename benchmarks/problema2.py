"""Problem 2's camera loop against the usual one, on the same clip, in one run.

    python benchmarks/problema2.py [--json] [--out FILE] [--fetch]

The usual loop is written here as tutorials write it: import Keras and MediaPipe, load the `.keras`
model, call `model.predict` on every frame. Ours is the shipped script and the functions it calls.

- Frames per second: both loops over the same frames, already in memory as a camera would hand them
  over; each draws what it recognises. Means over everything after the first WARM_UP frames.
- Launch to first label: wall time from starting the process until it prints its first recognised
  gesture, reading the clip from a file; ours is `rock-paper-scissors.py` itself. Medians.
- Own work: everything in our loop but MediaPipe's own call.
- Ways: each usual way from landmarks, or from a frame, to a gesture, beside ours, in turns
  (`problema2_ways.py`). GestureRecognizer needs a file that `--fetch` downloads once.

README.md quotes the ways from models/rps_classifier_benchmark.json: write it with `--out`, then the
READMEs with `python models/cards.py`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import problema2_ways

ROOT = Path(__file__).resolve().parents[1]
PROBLEM = ROOT / "Problema2"
MODELS = ROOT / "models"
WARM_UP = 20
GOALS = {"frames per second": 5.0, "launch to first label": 5.0, "own work (ms)": 1.0}


def usual_loop(clip: str, frames: int) -> dict:
    """The baseline, in this process; prints a line at the first label."""
    import cv2
    import keras
    import mediapipe as mp
    import numpy as np
    from mediapipe.tasks.python import BaseOptions, vision

    capture = cv2.VideoCapture(clip)
    model = keras.models.load_model(MODELS / "rps_classifier.keras")
    names = ("piedra", "papel", "tijeras")
    landmarker = vision.HandLandmarker.create_from_options(
        vision.HandLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(MODELS / "hand_landmarker.task")),
            running_mode=vision.RunningMode.VIDEO,
        )
    )

    def step(image, number):
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
        result = landmarker.detect_for_video(picture, number * 33)
        image = image.copy()
        label = None
        if result.hand_landmarks:
            points = np.array([[p.x, p.y] for p in result.hand_landmarks[0]])
            square = points * (image.shape[1] / image.shape[0], 1)
            answer = model.predict(square.reshape(1, 42), verbose=0)
            label = names[int(np.argmax(answer))]
            for x, y in points * (image.shape[1], image.shape[0]):
                cv2.circle(image, (int(x), int(y)), 4, (0, 255, 0), -1)
            cv2.putText(image, label, (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 255, 0), 2)
        return label

    images: list[np.ndarray] = []
    labelled = False
    while len(images) < frames:
        ok, image = capture.read()
        if not ok:
            break
        images.append(image)
        if not labelled and (label := step(image, len(images))):
            labelled = True
            print(label, flush=True)
    capture.release()
    start = time.perf_counter()
    for number, image in enumerate(images):
        if number == WARM_UP:
            start = time.perf_counter()
        step(image, frames + number + 1)
    return {"fps": (len(images) - WARM_UP) / (time.perf_counter() - start)}


def our_loop(clip: str, frames: int) -> dict:
    """Our loop over the clip's frames, each part timed; milliseconds are medians."""
    sys.path.insert(0, str(PROBLEM))
    from gestures import overlay
    from gestures.inference import GestureClassifier, SteadyReadings, read_hands
    from gestures.landmarks import HandDetector
    from gestures.sources import open_source

    with open_source(clip) as source:
        images = [frame.image for _, frame in zip(range(frames), source, strict=False)]
    classifier, steady = GestureClassifier(), SteadyReadings()
    parts: dict[str, list[float]] = {"mediapipe": [], "network": [], "drawing": [], "own": []}
    with HandDetector() as detector:
        inside = 0.0

        def timed(call):
            def wrapped(*args):
                nonlocal inside
                begin = time.perf_counter()
                result = call(*args)
                inside += time.perf_counter() - begin
                return result

            return wrapped

        # MediaPipe's two calls: taking the picture over, and finding the hands in it.
        detector._image = timed(detector._image)
        detector._landmarker.detect_for_video = timed(detector._landmarker.detect_for_video)
        start, canvas = time.perf_counter(), None
        for number, image in enumerate(images):
            begin = time.perf_counter()
            if number == WARM_UP:
                start = begin
            inside = 0.0
            hands = detector.detect(image, number * 33)
            detected = time.perf_counter()
            readings = read_hands(hands, image.shape[1] / image.shape[0], classifier, steady)
            classified = time.perf_counter()
            points = [hand.points for hand in hands]
            scene = overlay.Scene(points, readings, mirror=True, fps=60.0)
            canvas = overlay.annotated(image, scene, reuse=canvas)
            end = time.perf_counter()
            if number >= WARM_UP:
                parts["mediapipe"].append(inside)
                parts["network"].append(classified - detected)
                parts["drawing"].append(end - classified)
                parts["own"].append(end - begin - inside)
        fps = (len(images) - WARM_UP) / (time.perf_counter() - start)
    return {
        "fps": fps,
        "ms": {name: statistics.median(times) * 1000 for name, times in parts.items()},
    }


def write_clip(path: Path, frames: int) -> None:
    """The demo clip as a video file."""
    sys.path.insert(0, str(PROBLEM))
    import cv2

    from gestures.simulator.demo import demo_frames

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (640, 480))
    for image, _ in demo_frames(seed=0, seconds=frames / 30, fps=30, size=(480, 640)):
        writer.write(image)
    writer.release()


def launch(command: list[str], is_label) -> tuple[float, list[str]]:
    """Seconds from starting a process to its first line that `is_label`; and all its lines."""
    env = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", env=env
    )
    first: float | None = None
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if first is None and is_label(line):
            first = time.perf_counter() - begin
    if process.wait() or first is None:
        raise SystemExit(f"no label from: {' '.join(command)}")
    return first, lines


def measure(frames: int, repeats: int) -> dict:
    """Run both sides `repeats` times in turn and put the figures together."""
    me = [sys.executable, str(Path(__file__).resolve())]
    script = [sys.executable, str(PROBLEM / "rock-paper-scissors.py")]
    runs: dict[str, list[dict]] = {"usual": [], "ours": []}
    waits: dict[str, list[float]] = {"usual": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.avi"
        write_clip(clip, frames)
        size = ["--frames", str(frames)]
        headless = ["--headless", "--json", "--max-frames", "60", "--source", str(clip)]
        for _ in range(repeats):
            wait, lines = launch(
                [*me, "--side", "usual", "--clip", str(clip), *size],
                lambda line: line.strip().isalpha(),
            )
            waits["usual"].append(wait)
            runs["usual"].append(json.loads(lines[-1]))
            wait, _ = launch(script + headless, lambda line: json.loads(line).get("gesture"))
            waits["ours"].append(wait)
            _, lines = launch([*me, "--side", "ours", "--clip", str(clip), *size], bool)
            runs["ours"].append(json.loads(lines[-1]))
        _, lines = launch([*me, "--side", "ways", "--clip", str(clip), *size], bool)
        ways = json.loads(lines[-1])

    def middle(values):
        return statistics.median(values)

    fps = {side: middle([run["fps"] for run in runs[side]]) for side in runs}
    first = {side: middle(waits[side]) for side in waits}
    ms = {part: middle([run["ms"][part] for run in runs["ours"]]) for part in runs["ours"][0]["ms"]}
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}",
        "frames": frames,
        "repeats": repeats,
        "fps": fps,
        "fps_ratio": fps["ours"] / fps["usual"],
        "first_label_seconds": first,
        "first_label_ratio": first["usual"] / first["ours"],
        "our_ms_per_frame": ms,
        "ways": ways,
        "turns": frames - problema2_ways.WARM_UP,
    }


def print_table(facts: dict) -> None:
    fps, first, ms = facts["fps"], facts["first_label_seconds"], facts["our_ms_per_frame"]
    print(f"{facts['frames']} frames of the demo clip, median of {facts['repeats']} runs")
    print(f"{facts['machine']}\n")
    print(f"{'':26}{'usual':>10}{'ours':>10}{'ratio':>8}   goal")
    print(
        f"{'frames per second':26}{fps['usual']:10.1f}{fps['ours']:10.1f}"
        f"{facts['fps_ratio']:8.1f}   at least {GOALS['frames per second']:g}"
    )
    print(
        f"{'launch to first label (s)':26}{first['usual']:10.2f}{first['ours']:10.2f}"
        f"{facts['first_label_ratio']:8.1f}   at least {GOALS['launch to first label']:g}"
    )
    print(
        f"{'own work (ms a frame)':26}{'':10}{ms['own']:10.2f}{'':8}   "
        f"under {GOALS['own work (ms)']:g}\n"
    )
    total = ms["mediapipe"] + ms["own"]
    other = ms["own"] - ms["network"] - ms["drawing"]
    rows = {
        "MediaPipe": ms["mediapipe"],
        "normalisation and network": ms["network"],
        "drawing": ms["drawing"],
        "colour conversion, copies": other,
    }
    for name, value in rows.items():
        print(f"{name:26}{value:10.2f} ms{value / total:8.1%}")


def ways_of(clip: str, frames: int) -> dict:
    """The usual ways beside ours, in this process."""
    sys.path.insert(0, str(PROBLEM))
    return problema2_ways.measure(clip, frames)


SIDES = {"usual": usual_loop, "ours": our_loop, "ways": ways_of}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON object there too")
    parser.add_argument(
        "--fetch", action="store_true", help="download GestureRecognizer's file first (52 MB)"
    )
    parser.add_argument("--frames", type=int, default=240, help="length of the clip (240)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side (3)")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--clip", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.frames <= 2 * WARM_UP:
        parser.error(f"--frames must be more than {2 * WARM_UP}")
    if args.side:
        print(json.dumps(SIDES[args.side](args.clip, args.frames)), flush=True)
        return
    if args.fetch:
        problema2_ways.fetch()
    facts = measure(args.frames, args.repeats)
    text = json.dumps(facts, indent=2)
    if args.out:
        args.out.write_text(text + "\n", encoding="utf-8")
    if args.json:
        print(text)
        return
    print_table(facts)
    problema2_ways.print_table(facts["ways"])


if __name__ == "__main__":
    main()
