"""One picture from the shell: `predict.py` with a network's export and through Keras, by turns.

    python benchmarks/problema3_picture.py [--rounds N] [--json]

Wall time of the whole command, its start included, and the most memory its process held. The Keras
way is the same command on a copy of the network without its export. `best`, which has none,
judges a folder whose last batch is not whole. `benchmarks/problema3.py` measures this too.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
SECONDS = {"cnn": 1.0, "residual": 1.5}  # goals for one picture
PICTURES = 20  # of the folder that `best` judges: two batches of eight and a half one
MEMORY_MIB = 1536


def command(model: str | Path, images: Path) -> dict[str, float]:
    """Seconds and peak memory in MiB of one run of `predict.py`.

    Raises:
        SystemExit: it failed; its own words are on standard error.
    """
    script = ROOT / "Problema3" / "predict.py"
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(script), "--model", str(model), "--images", str(images)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr
    words = process.stderr.read()
    # of this child alone, which `resource` does not tell
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(words.decode("utf-8", "replace"))
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"seconds": seconds, "peak_mib": peak}


def picture(path: Path, seed: int) -> None:
    """Write a photograph's worth of noise: 1280x960, as JPEG."""
    blocks = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(blocks).resize((1280, 960)).save(path, "JPEG")


def measure(rounds: int = ROUNDS) -> dict:
    """Medians of the rounds by network and way, and the ratios."""
    facts: dict = {}
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "pictures").mkdir()
        for at in range(PICTURES):
            picture(folder / "pictures" / f"{at:02}.jpg", at)
        one = folder / "pictures" / "00.jpg"
        runs: dict[str, dict[str, list]] = {name: {"export": [], "keras": []} for name in SECONDS}
        for name in SECONDS:
            for ending in (".keras", ".json"):
                shutil.copy(ROOT / "models" / f"scenes_{name}{ending}", folder)
        for _ in range(rounds + 1):
            for name, ways in runs.items():
                ways["export"].append(command(name, one))
                ways["keras"].append(command(folder / f"scenes_{name}.keras", one))
        for name, ways in runs.items():
            # the first round fills the system's file cache
            medians = {
                way: statistics.median(run["seconds"] for run in each[1:])
                for way, each in ways.items()
            }
            facts[name] = {**medians, "ratio": medians["keras"] / medians["export"]}
        facts["best"] = {"pictures": PICTURES, **command("best", folder / "pictures")}
    return facts


def print_table(facts: dict) -> None:
    """Print what :func:`measure` gives."""
    print(f"{'':38}{'Keras':>9}{'export':>9}{'ratio':>8}   goal")
    for name, goal in SECONDS.items():
        each = facts[name]
        print(
            f"{'one picture, ' + name + ' (s)':38}{each['keras']:9.2f}{each['export']:9.2f}"
            f"{each['ratio']:8.1f}   under {goal:g} s"
        )
    best = facts["best"]
    print(
        f"best, {best['pictures']} pictures: {best['seconds']:.1f} s, peak "
        f"{best['peak_mib']:.0f} MiB (under {MEMORY_MIB})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"that count ({ROUNDS})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    facts = measure(arguments.rounds)
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        print_table(facts)


if __name__ == "__main__":
    main()
