"""How many pictures of none of the classes a network of Problem 3 doubts, and how many scenes.

    python benchmarks/problema3_doubt.py PICTURES [--data DIR] [--limit N] [--models MODEL ...]

PICTURES holds `foreign` (photographs of what is no scene) and `scenes_elsewhere` (scenes of
other cameras). Beside these are measured: `made`, charts and patterns drawn from a seed; `test`,
the test scenes; and `matched`, the foreign photographs saved as the scenes were, without which a
rule that reads a picture's source would look good. Writes `models/scenes_doubt.json`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from problema3_made import made
from scipy.stats import binomtest, mannwhitneyu

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema3"))

from scenes.classes import SCENES  # noqa: E402
from scenes.data import gathering, inventory, pictures, sources  # noqa: E402
from scenes.data.pictures import Picture  # noqa: E402
from scenes.formatting import MODELS  # noqa: E402
from scenes.networks import described, doubt, exported  # noqa: E402
from scenes.networks.described import SHIPPED  # noqa: E402
from scenes.networks.doubt import Rule  # noqa: E402
from scenes.results import prediction  # noqa: E402

OUT = ROOT / "models" / "scenes_doubt.json"
SIDE = 150  # pixels of the scenes' files
QUALITY = 90
DRAWN = 300


def matched(source: Path, target: Path) -> None:
    """Save a photograph as the scenes were: reduced without antialiasing, JPEG, 4:2:0."""
    with Image.open(source) as image:
        whole = image.convert("RGB")
    box = (0, 0, *whole.size)
    small = whole.transform((SIDE, SIDE), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
    small.save(target, "JPEG", quality=QUALITY, subsampling=2)


def some(listed: list, limit: int) -> list:
    """At most so many of a list, spread over it."""
    if len(listed) <= limit:
        return listed
    return [listed[at] for at in np.linspace(0, len(listed) - 1, limit).astype(int)]


def sets(folder: Path, data: Path | None, work: Path, limit: int) -> dict[str, list[Picture]]:
    """The pictures to judge, by set."""
    foreign = list(gathering.gather([str(folder / "foreign")]).pictures)
    elsewhere = list(gathering.gather([str(folder / "scenes_elsewhere")]).pictures)
    chosen = {"foreign": some(foreign, limit)}
    (work / "matched").mkdir()
    for picture in chosen["foreign"]:
        matched(picture.path, work / "matched" / f"{picture.path.stem}.jpg")
    (work / "made").mkdir()
    for at, (name, image) in enumerate(some(made(DRAWN), limit)):
        image.save(work / "made" / f"{at:03}-{name}.png")
    for name in ("matched", "made"):
        chosen[name] = list(gathering.gather([str(work / name)]).pictures)
    source = sources.find(data)
    test = inventory.scan_labelled(source.root, source.kind, source.name, SCENES).test
    chosen["test"] = [Picture(item.path.name, item.path) for item in some(list(test), limit)]
    chosen["elsewhere"] = some(elsewhere, limit)
    return chosen


def load(model: str, weights: Path | None) -> tuple[Callable, tuple[int, int], Rule]:
    """A network with its rule, as `predict.py` runs it: answers, image size, rule.

    Raises:
        SystemExit: it has no rule.
    """
    rule = doubt.read(described.locate(model))
    if rule is None:
        raise SystemExit(f"{model} has no rule of doubt; python tools/calibrate_scenes.py {model}")
    quick = exported.beside(model)
    if quick and (answering := quick.answering(rule)):
        return answering, quick.size, rule
    from scenes.networks import loading, watched

    network = loading.load(model, weights)
    answering, usable = watched.answering(network, rule)
    if usable is None:
        raise SystemExit(f"{model} is not of the kind that its rule is for")
    return answering, network.input_shape[1:3], usable


def measure(model: str, weights: Path | None, chosen: dict[str, list[Picture]]) -> dict:
    """Shares flagged with Wilson's 95 % intervals, and AUROC against the test scenes."""
    answering, size, rule = load(model, weights)
    scores: dict[str, np.ndarray] = {}
    for name, listed in chosen.items():
        found = prediction.predict(answering, listed, size, read=pictures.read).scores
        if found is None:
            raise SystemExit(f"no picture of {name} can be read")
        scores[name] = found
    facts: dict = {"rule": rule.kind, "threshold": rule.threshold, "validation": rule.count}
    for name, values in scores.items():
        count = int(rule.doubtful(values).sum())
        interval = binomtest(count, len(values)).proportion_ci(method="wilson")
        facts[name] = {
            "n": len(values),
            "flagged": count / len(values),
            "flagged_95": [float(interval.low), float(interval.high)],
        }
        if name in ("foreign", "matched", "made"):
            wins = mannwhitneyu(values, scores["test"]).statistic
            facts[name]["auroc"] = float(wins / (len(values) * len(scores["test"])))
    return facts


def table(facts: dict) -> str:
    """What is measured, a line a network."""
    lines = []
    for model, each in facts.items():
        cells = [
            f"{name} {each[name]['flagged']:.1%} "
            f"[{each[name]['flagged_95'][0]:.1%}, {each[name]['flagged_95'][1]:.1%}] "
            f"of {each[name]['n']}"
            for name in ("foreign", "matched", "made", "test", "elsewhere")
        ]
        lines.append(
            f"{model}: {each['rule']}, AUROC {each['foreign']['auroc']:.3f}; {'; '.join(cells)}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", type=Path, help="folder with foreign and scenes_elsewhere")
    parser.add_argument("--models", nargs="+", metavar="MODEL", help="shipped names (all)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the scenes")
    parser.add_argument("--limit", type=int, default=3000, help="pictures of a set (%(default)s)")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="ResNet50's, for a head")
    arguments = parser.parse_args()
    shipped = [name for name in MODELS if (SHIPPED / f"scenes_{name}{doubt.ENDING}").is_file()]
    facts = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {}
    with tempfile.TemporaryDirectory() as work:
        chosen = sets(arguments.pictures, arguments.data, Path(work), arguments.limit)
        for model in arguments.models or shipped:
            measured = measure(model, arguments.weights, chosen)
            facts = {**facts, model: measured}
            OUT.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8", newline="\n")
            print(table({model: measured}), flush=True)


if __name__ == "__main__":
    main()
