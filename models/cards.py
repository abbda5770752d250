"""Figures of the model cards: ``python models/cards.py`` writes them into README.md."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def student_performance() -> str:
    """Network, ordinary least squares and mean predictor on the test rows of the shipped model."""
    found = json.loads((FOLDER / "student_performance.json").read_text(encoding="utf-8"))

    def cell(name: str, digits: int) -> str:
        low, high = found[f"{name}_ci"]
        return f"{found[name]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"

    lines = ["| | R2 | RMSE (points) | MAE (points) |", "|---|---|---|---|"]
    for prefix, label in (("", "network"), ("ols_", "ordinary least squares"), ("mean_", "mean")):
        cells = [
            cell(prefix + name, digits) for name, digits in (("r2", 4), ("rmse", 3), ("mae", 3))
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    lines += [
        "",
        f"Split {found['n_train']} / {found['n_test']} distinct rows, seed {found['seed']}. "
        f"The {found['interval_level']:.0%} prediction interval covers "
        f"{found['interval_coverage']:.1%} of them and is {found['interval_width']:.2f} points "
        f"wide. SHA-256 of the `.keras` file: `{found['sha256']['keras']}`, of the `.tflite` file: "
        f"`{found['sha256']['tflite']}`.",
    ]
    return "\n".join(lines)


def rps_classifier() -> str:
    """Accuracy of the shipped gesture classifier on simulated, filmed and other people's hands."""
    found = json.loads((FOLDER / "rps_classifier.json").read_text(encoding="utf-8"))
    measured = [(f"{name} hands, held out", scores) for name, scores in found["test"].items()]
    measured += [(f"recordings {name}", scores) for name, scores in found["recordings"].items()]
    lines = ["| | n | accuracy |", "|---|---|---|"]
    for name, scores in measured:
        low, high = scores["interval_95"]
        lines.append(
            f"| {name} | {scores['n']} | {scores['accuracy']:.4f} [{low:.4f}, {high:.4f}] |"
        )
    digests = [f"`{sha256(FOLDER / f'rps_classifier.{kind}')}`" for kind in ("keras", "tflite")]
    lines += [
        "",
        f"SHA-256 of the `.keras` file: {digests[0]}, of the `.tflite` file: {digests[1]}.",
    ]
    return "\n".join(lines)


def scenes() -> str:
    """Scores of the shipped networks of Problem 3 on the official test images."""
    found = {
        path.stem.removeprefix("scenes_"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("scenes_*.json"))
        if not path.stem.endswith("_report")
    }
    lines = [
        "| network | input | accuracy | other seeds | macro AUC | ECE | best epoch | fitted in |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, each in sorted(found.items(), key=lambda item: -item[1]["accuracy"]):
        scores = [
            f"{each[score]:.4f} [{each[score + '_ci'][0]:.4f}, {each[score + '_ci'][1]:.4f}]"
            for score in ("accuracy", "macro_auc")
        ]
        others = [f"{run['accuracy']:.4f}" for run in each.get("repeats", [])[1:]]
        size = each["config"]["image_size"]
        cells = [
            *(f"`{name}`", f"{size}x{size}", scores[0], ", ".join(others) or "not run"),
            *(scores[1], f"{each['ece']:.4f}", f"{each['best_epoch']} of {each['epochs_run']}"),
            each["dtype_policy"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    some = next(iter(found.values()))
    for each in found.values():
        for key in ("n_fit", "n_validation", "n_test", "seed"):
            if each[key] != some[key]:
                raise ValueError(f"{each['model']} has another {key}")
    lines += [
        "",
        f"{some['n_fit']:,} images fitted on, {some['n_validation']:,} that chose the epoch, "
        f"{some['n_test']:,} of the test; seed {some['seed']}, 95 % bootstrap intervals. The other "
        "seeds show how much chance moves the figure; none of them chose anything.",
        "",
    ]
    if "best" in found:
        scores = found["best"]["validation"]
        each = ", ".join(
            f"{name} {accuracy:.4f} ({loss:.4f})" for name, (accuracy, loss) in scores.items()
        )
        lines += [
            f"`best` on the validation images, accuracy (cross-entropy in nats): {each}. The first "
            "two with float32 weights, *mirrored*: the mean over an image and its mirror image; "
            "the lower cross-entropy decided. *Saved* is the file, in float16.",
            "",
        ]
    for name in found:
        path = FOLDER / f"scenes_{name}.keras"
        if path.is_file():
            lines.append(f"- SHA-256 of `{path.name}`: `{sha256(path)}`")
    return "\n".join(lines)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


CARDS = {
    "student_performance": student_performance,
    "rps_classifier": rps_classifier,
    "scenes": scenes,
}


def render(text: str) -> str:
    """The README with every marked block of figures written anew."""
    for name, card in CARDS.items():
        start = f"<!-- figures:{name} -->\n"
        before, rest = text.split(start)
        text = before + start + card() + "\n" + rest[rest.index("<!-- end -->") :]
    return text


def main() -> None:
    path = FOLDER / "README.md"
    path.write_text(render(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
