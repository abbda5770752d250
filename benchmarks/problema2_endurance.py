"""Problem 2's camera loop for hours: whether memory and frame rate stay as they were.

    python benchmarks/problema2_endurance.py [--frames 100000] [--part 5000] [--json]

The loop is that of `rock-paper-scissors.py`, drawing included, on the rendered demo clip of 20 s,
again and again as if a camera sent it; every clip ends with frames in which there is no hand. A
player presses space every 10 s. Memory is the process's resident set at the end of each part.
"""

import argparse
import importlib.util
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema2"))

import game_loop
from keys import NO_KEY
from rich.console import Console
from window import Window

from gestures import frames, sources
from gestures.inference import GestureClassifier
from gestures.landmarks import HandDetector

PROBLEM = Path(__file__).resolve().parents[1] / "Problema2"
SPACE = 300  # frames between two presses


def game_script():
    """`rock-paper-scissors.py`, whose name is none that can be imported."""
    path = PROBLEM / "rock-paper-scissors.py"
    spec = importlib.util.spec_from_file_location("rock_paper_scissors", path)
    script = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = script
    spec.loader.exec_module(script)
    return script


def endless(part: int, parts: list[dict]) -> Iterator[frames.Frame]:
    """The clip without end, with timestamps that go on; notes every part's figures."""
    with sources.open_source("demo") as source:
        clip = list(source)
    step = 1000 / sources.DEMO_FPS
    process, number, began = psutil.Process(), 0, time.perf_counter()
    while True:
        for each in clip:
            yield frames.Frame(each.image, round(number * step), truth=each.truth)
            number += 1
            if number % part == 0:
                now = time.perf_counter()
                memory = process.memory_info().rss / 2**20
                parts.append({"frames": number, "fps": part / (now - began), "mib": memory})
                began = now


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--part", type=int, default=5_000, help="frames between measurements")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # drawn, and shown nowhere
    script = game_script()
    parts: list[dict] = []
    # one more, before which the last part ends
    args = script.parse_arguments(["--max-frames", str(arguments.frames + 1)])
    keys = (ord(" ") if n % SPACE == 0 else NO_KEY for n in range(1, arguments.frames + 1))
    random.seed(0)
    with (
        HandDetector() as detector,
        Window(script.TITLE, keys=keys) as window,
        frames.FrameSource(endless(arguments.part, parts), live=True) as source,
    ):
        game_loop.run(args, window, GestureClassifier(), source, detector, Console(stderr=True))
    # the first part holds the loading of the libraries
    half = len(parts) // 2
    found = {
        "parts": parts,
        "mib_growth": parts[-1]["mib"] - parts[0]["mib"],
        "mib_growth_second_half": parts[-1]["mib"] - parts[half]["mib"],
        "fps_last_over_first": parts[-1]["fps"] / parts[0]["fps"],
    }
    if arguments.json:
        print(json.dumps(found))
        return 0
    for each in parts:
        print(f"{each['frames']:8} frames  {each['fps']:6.1f} fps  {each['mib']:7.1f} MiB")
    print(f"memory: {found['mib_growth']:+.1f} MiB since the first part", end=", ")
    print(f"{found['mib_growth_second_half']:+.1f} MiB in the second half")
    print(f"frame rate: the last part's is {found['fps_last_over_first']:.3f} of the first's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
