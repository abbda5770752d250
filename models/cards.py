"""Figures in the pages, from the JSONs beside this: ``python models/cards.py`` writes them."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Callable
from pathlib import Path

import front

MODELS_1 = {
    "": "network",
    "ols_": "ordinary least squares",
    "boosting_": "boosted trees",
    "mean_": "mean",
}
FOLDER = Path(__file__).resolve().parent


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def with_interval(value: float, ends: list[float], digits: int = 4) -> str:
    low, high = ends
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def student_performance() -> str:
    """Network, ordinary least squares and mean predictor on the test rows of the shipped model."""
    metrics = read(FOLDER / "student_performance.json")
    lines = ["| | R2 | RMSE (points) | MAE (points) |", "|---|---|---|---|"]
    for prefix, label in MODELS_1.items():
        cells = [
            with_interval(metrics[prefix + name], metrics[f"{prefix}{name}_ci"], digits)
            for name, digits in (("r2", 4), ("rmse", 3), ("mae", 3))
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    digests = metrics["sha256"]
    lines += [
        "",
        f"Split {metrics['n_train']} / {metrics['n_test']} rows, seed {metrics['seed']}; equal "
        f"students are on one side. {bends(metrics['findings'])} "
        f"The {metrics['interval_level']:.0%} prediction interval covers "
        f"{metrics['interval_coverage']:.1%} of them and is {metrics['interval_width']:.2f} points "
        f"wide. SHA-256 of the `.keras` file: `{digests['keras']}`, of the `.tflite` file: "
        f"`{digests['tflite']}`.",
    ]
    return "\n".join(lines)


def bends(findings: dict) -> str:
    """Whether the shipped network is more than a line."""
    z = f"{findings['z']:.1f} standard errors"
    if findings["bends"]:
        return f"The small networks beat the line on held-out rows by {z} and are part of the file."
    return (
        f"The small networks beat the line on held-out rows by {z}, less than the 3 they need: the "
        "file is the line."
    )


def rps_classifier() -> str:
    """Accuracy of the shipped gesture classifier on simulated, filmed and other people's hands."""
    metrics = read(FOLDER / "rps_classifier.json")
    simple = read(FOLDER / "rps_baselines.json")
    rivals = [metrics, *simple["baselines"].values()]
    if simple["data"] != metrics["data"] or simple["mixture"] != metrics["mixture"]:
        raise ValueError("rps_baselines.json is of other hands than rps_classifier.json")
    (strength,), (k,) = (each["setting"].values() for each in simple["baselines"].values())
    lines = [
        f"| accuracy | n | network | logistic regression, C = {strength:g} | {k} nearest hands |",
        "|---|---|---|---|---|",
    ]
    for kind, title in (("test", "{} hands, held out"), ("recordings", "recordings {}")):
        for name in metrics[kind]:
            columns = [each[kind][name] for each in rivals]
            (n,) = {scores["n"] for scores in columns}
            cells = [with_interval(each["accuracy"], each["interval_95"]) for each in columns]
            lines.append(f"| {title.format(name)} | {n} | {' | '.join(cells)} |")
    shown = [f"{each['none_of_these']['shown']:.1%}" for each in rivals]
    n = metrics["none_of_these"]["n"]
    lines.append(f"| simulated hands of no gesture: shown as one | {n} | {' | '.join(shown)} |")
    digests = [f"`{sha256(FOLDER / f'rps_classifier.{kind}')}`" for kind in ("keras", "tflite")]
    lines += [
        "",
        *hands_in_photographs(read(FOLDER / "rps_classifier_hands.json")),
        "",
        f"SHA-256 of the `.keras` file: {digests[0]}, of the `.tflite` file: {digests[1]}.",
    ]
    return "\n".join(lines)


def hands_in_photographs(files: dict) -> list[str]:
    """Tables of what ``benchmarks/problema2_hands.py`` measured: gestures and other hands."""
    lines = [
        "| other people's hands | n | shown as a gesture | likeliest right, block bootstrap "
        "| shown and wrong |",
        "|---|---|---|---|---|",
    ]
    named = {"gestures": "gestures", "foreshortened": "pointing at the camera"}
    for file, title in named.items():
        for source, found in files[file]["network"].items():
            right = with_interval(found["accuracy"], found["bootstrap_95"])
            shares = f"{found['shown']:.1%} | {right}"
            row = f"{title}, {source} | {found['n']} | {shares} | {found['wrong_and_shown']}"
            lines.append(f"| {row} |")
    lines += ["", *recordings_in_blocks(files["recordings"]["network"])]
    lines += ["", "| hands that are no gesture | n | shown as one |", "|---|---|---|"]
    for kind, found in files["others"]["network"].items():
        lines.append(f"| {kind} | {found['n']} | {found['shown']:.1%} |")
    return lines


def recordings_in_blocks(groups: dict) -> list[str]:
    """The recordings again, with blocks of neighbouring frames as the unit."""
    lines = [
        "| recordings | frames | shown | shown and wrong | accuracy, block bootstrap | blocks | "
        "blocks all right, Wilson | lag-1 autocorrelation |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in groups.items():
        share = with_interval(figures["right_blocks"] / figures["blocks"], figures["blocks_95"], 2)
        cells = [
            f"{name} | {figures['n']} | {figures['shown']:.1%} | {figures['wrong_and_shown']}",
            with_interval(figures["accuracy"], figures["bootstrap_95"]),
            f"{figures['blocks']} | {share} | {figures['autocorrelation']:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def scenes() -> str:
    """Scores of the shipped networks of Problem 3 on the official test images."""
    networks = {
        path.stem.removeprefix("scenes_"): read(path)
        for path in sorted(FOLDER.glob("scenes_*.json"))
        if not path.stem.endswith(("_report", "_ablation", "_audit", "_doubt", "_baselines"))
    }
    some = next(iter(networks.values()))
    for metrics in networks.values():
        for key in ("n_fit", "n_validation", "n_test", "seed"):
            if metrics[key] != some[key]:
                raise ValueError(f"{metrics['model']} has another {key}")
    lines = [
        "| network | input | accuracy | over seeds | looks | macro AUC "
        "| ECE (without temperature) | best epoch | fitting |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            scenes_row(name, metrics)
            for name, metrics in sorted(networks.items(), key=lambda item: -item[1]["accuracy"])
        ),
        "",
        f"{some['n_fit']:,} images fitted on, {some['n_validation']:,} that chose the epoch, "
        f"{some['n_test']:,} of the test; seed {some['seed']}, 95 % bootstrap intervals. Over "
        "seeds: mean and sample deviation, that of the file included; none of them chose "
        "anything. Looks: trainings of the name that were judged on the test images so far, this "
        "one and other seeds included (`test_looks` in the JSON says why). ECE in bins of equal "
        "width. A temperature, fitted on the validation images, is held in the JSON "
        "(`temperature`); `scenes.networks.loading` applies it, and the exports and the stored "
        "probabilities have it. The `.keras` file read by Keras alone answers without it. "
        "`dense` has none: its file is too large to ship. Fitting: how long the file's own fit "
        "took, in which precision and where; without the features: an earlier run had computed "
        f"ResNet50's answers to the images, in a time that is not known. {elsewhere(networks)}",
        "",
    ]
    lines += [*scenes_baselines(networks), "", *doubts(read(FOLDER / "scenes_doubt.json")), ""]
    if "best" in networks:
        lines += [fine_tuning(networks["best"]), ""]
    for name in networks:
        for kind in ("keras", "tflite"):
            path = FOLDER / f"scenes_{name}.{kind}"
            if path.is_file():
                lines.append(f"- SHA-256 of `{path.name}`: `{sha256(path)}`")
    return "\n".join(lines)


def scenes_row(name: str, metrics: dict) -> str:
    size = metrics["config"]["image_size"]
    seeds = [run["accuracy"] for run in metrics.get("repeats", [])]
    spread = "not run"
    if len(seeds) > 1:
        mean, deviation = statistics.fmean(seeds), statistics.stdev(seeds)
        spread = f"{mean:.4f} ± {deviation:.4f} ({len(seeds)})"
    cells = [
        f"`{name}`",
        f"{size}x{size}",
        with_interval(metrics["accuracy"], metrics["accuracy_ci"]),
        spread,
        str(sum(each["looks"] for each in metrics.get("test_looks", []))),
        with_interval(metrics["macro_auc"], metrics["macro_auc_ci"]),
        calibration(metrics),
        f"{metrics['best_epoch']} of {metrics['epochs_run']}",
        fitting(metrics),
    ]
    return f"| {' | '.join(cells)} |"


def elsewhere(networks: dict[str, dict]) -> str:
    """Which seeds ran on another machine or backend than the shipped file, as far as noted."""
    sentences, unknown = [], []
    for name, metrics in networks.items():
        runs = metrics.get("repeats", [])
        own = (metrics["hardware"], metrics["versions"]["backend"])
        places: dict[tuple[str, str], list[str]] = {}
        for run in runs:
            if "hardware" in run:
                places.setdefault((run["hardware"], run["backend"]), []).append(str(run["seed"]))
        if any("hardware" not in run for run in runs):
            unknown.append(f"`{name}`")
        for (machine, backend), seeds in places.items():
            if (machine, backend) != own:
                sentences.append(
                    f"Of the {len(runs)} seeds of `{name}` {len(seeds)} ({', '.join(seeds)}) ran "
                    f"elsewhere than its file: {machine}, Keras on {backend}."
                )
    if not sentences:
        sentences.append("No seed is noted to have run elsewhere than its network's file.")
    if unknown:
        sentences.append(f"Where each seed ran is not noted of {', '.join(unknown)}.")
    return " ".join(sentences)


def fitting(metrics: dict) -> str:
    """How long the file's fit took, with ResNet50's features where that is known, and where."""
    where = f"{metrics['dtype_policy']}, {metrics['hardware']}"
    seconds, features = metrics["fit_seconds"], metrics.get("features_seconds")
    if seconds is None:
        return f"time unknown, {where}"
    seconds += features or 0
    text = f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
    if "features_cached" in metrics:
        text += " with the features" if features else " without the features"
    return f"{text}, {where}"


def calibration(metrics: dict) -> str:
    """ECE with the temperature, and without it where there is one."""
    before = metrics.get("uncalibrated")
    return f"{metrics['ece']:.4f}" + (f" ({before['ece']:.4f})" if before else "")


def scenes_baselines(networks: dict) -> list[str]:
    """What ``Problema3/baselines.py`` measured, and which networks are above it."""
    measured = read(FOLDER / "scenes_baselines.json")
    titles = {
        "constant": "constant answer",
        "colour": "logistic regression on the mean colour",
        "thumbnails": "logistic regression on 8x8 thumbnails",
        "knn": "nearest neighbours on ResNet50's averages",
    }
    lines = ["| no network | input | accuracy | macro AUC | chosen |", "|---|---|---|---|---|"]
    for row in measured["rows"]:
        side = row["image_size"]
        setting = ", ".join(f"{name} = {value:g}" for name, value in row.get("setting", {}).items())
        cells = [
            titles[row["name"]],
            f"{side}x{side}",
            with_interval(row["accuracy"], row["accuracy_ci"]),
            with_interval(row["macro_auc"], row["macro_auc_ci"]),
            setting or f"`{row['answer']}`",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    best = max(measured["rows"], key=lambda row: row["accuracy"])
    name, lowest = min(networks.items(), key=lambda item: item[1]["accuracy"])
    gap = 100 * (lowest["accuracy"] - best["accuracy"])
    largest = measured["rows"][0]["largest_test_class"]
    return [
        *lines,
        "",
        "On the same test images, fitted and chosen on the same others. The constant answer is the "
        f"class that training has most of; the test has most of `{largest['name']}`, "
        f"{largest['n']:,} images ({largest['share']:.1%}). The lowest of the networks, `{name}`, "
        f"is {abs(gap):.1f} points {'above' if gap > 0 else 'below'} the best of these.",
    ]


def doubts(networks: dict) -> list[str]:
    """What ``benchmarks/problema3_doubt.py`` measured: shares of pictures found doubtful."""
    sets = {
        "foreign": "photographs of other things",
        "matched": "the same, saved as the scenes",
        "made": "drawn pictures",
        "test": "test scenes",
        "elsewhere": "scenes of other cameras",
    }
    lines = [
        f"| found doubtful, in % | rule | AUROC | {' | '.join(sets.values())} |",
        "|---|---|---|" + "---|" * len(sets),
    ]
    for name, figures in networks.items():
        shares = [
            f"{100 * figures[each]['flagged']:.1f} "
            f"[{100 * figures[each]['flagged_95'][0]:.1f}, "
            f"{100 * figures[each]['flagged_95'][1]:.1f}] of {figures[each]['n']:,}"
            for each in sets
        ]
        cells = [f"`{name}`", figures["rule"], f"{figures['foreign']['auroc']:.3f}", *shares]
        lines.append(f"| {' | '.join(cells)} |")
    return [
        *lines,
        "",
        "Thresholds flag 1.5 % of the validation images. AUROC: photographs of other things from "
        "test scenes. Wilson's 95 % intervals. The drawn pictures are of kinds that a background "
        "class is learnt from too (charts, text, patterns), drawn by another program.",
    ]


def fine_tuning(metrics: dict) -> str:
    """How the fine-tuned network did on the validation images, in its several forms."""
    forms = ", ".join(
        f"{name} {accuracy:.4f} ({loss:.4f})"
        for name, (accuracy, loss) in metrics["validation"].items()
    )
    return (
        f"`best` on the validation images, accuracy (cross-entropy in nats): {forms}. The first "
        "two with float32 weights, *mirrored*: the mean over an image and its mirror image; "
        "the lower cross-entropy decided. *Saved* is the file, in float16."
    )


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Each page and its blocks of figures.
PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "models/README.md": {
        "student_performance": student_performance,
        "rps_classifier": rps_classifier,
        "scenes": scenes,
    },
    "README.md": {"results": lambda: front.results(front.ENGLISH)},
    "README.es.md": {"results": lambda: front.results(front.SPANISH)},
    "docs/guide.md": {"ways": lambda: front.ways(front.ENGLISH)},
    "docs/guia.md": {"ways": lambda: front.ways(front.SPANISH)},
}


def render(text: str, cards: dict[str, Callable[[], str]]) -> str:
    """A page with every marked block of figures written anew."""
    for name, card in cards.items():
        start = f"<!-- figures:{name} -->\n"
        before, rest = text.split(start)
        text = before + start + card() + "\n" + rest[rest.index("<!-- end -->") :]
    return text


def main() -> None:
    for name, cards in PAGES.items():
        path = FOLDER.parent / name
        text = render(path.read_text(encoding="utf-8"), cards)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
