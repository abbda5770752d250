"""Problem 1's network against the usual models, on tables whose relation is known and on a file.

    python benchmarks/problema1.py [--data CSV|kaggle] [--seeds 5] [--only NAME,NAME] [--json]
        [--out FILE]

For each seed, all models learn from the same 80 % of a table's rows and are scored on the others.
A line of the table says what is wanted of the network and whether it holds. Errors are RMSE; where
outliers were put into the training rows, MAE on test rows without any. With ``--out``, each result
is written as it comes, and the command goes on from those that are there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema1"))

import numpy as np
import problema1_relations as relations
from ai_edge_litert.interpreter import Interpreter
from problema1_peers import peers
from problema1_relations import NOISE, PUBLISHED_SIZES, Table

from student_performance import data, files, kaggle, model
from student_performance.config import TrainingConfig
from student_performance.model import answers
from student_performance.problems import Problem
from student_performance.regression import Fitted, fit
from student_performance.schema import PUBLISHED

LEVEL = "0.90"
OTHER_SETTINGS: dict[str, dict[str, Any]] = {
    "more units": {"hidden": (64, 64, 32)},
    "more epochs": {"epochs": 120},
}


@dataclass(frozen=True)
class Case:
    """A table, how many rows to learn from (all where None), and what is wanted.

    ``kind``: ``line``, ``bend``, ``few`` (a bend with few rows), ``outliers``, ``held back`` (no
    limit was agreed), ``noise`` (heteroscedastic).
    """

    name: str
    kind: str
    make: Callable[[np.random.Generator], Table]
    rows: int | None = None
    outliers: str = ""


def cases(published: Table) -> Iterator[Case]:
    yield Case("data set", "line", lambda rng: published)
    for rows in (60, 100, 300, 1000):
        yield Case(f"data set, {rows} rows", "line", lambda rng: published, rows)
    for name in relations.BENDS:

        def bend(rng, name=name):
            return relations.on_published_features(published.x, name, rng)

        yield Case(name, "bend", bend)
        if name in ("kink", "interaction", "wave"):
            yield Case(f"{name}, 300 rows", "few", bend, 300)
    for kind in ("uniform", "high"):
        yield Case(f"outliers, {kind}", "outliers", lambda rng: published, outliers=kind)
    for name, make in relations.DRAWN.items():
        yield Case(name, "held back", make)
    yield Case("growing noise", "noise", relations.heteroscedastic)


def run(case: Case, seed: int) -> dict:
    """All models on one split of a case: their errors, and the network's further measures."""
    rng = np.random.default_rng(seed)
    table = case.make(rng)
    order = rng.permutation(len(table.y))
    test, training = np.split(order, [len(order) // 5])
    training = training[: case.rows]
    x, y = table.x[training], table.y[training]
    if case.outliers:
        y = relations.with_outliers(y, case.outliers, rng)

    def error(predicted: np.ndarray) -> float:
        residuals = table.y[test] - predicted
        if case.outliers:
            return float(np.abs(residuals).mean())
        return float(np.sqrt(np.mean(residuals**2)))

    started, cpu = time.perf_counter(), time.process_time()
    fitted = train(x, y, table.sizes, TrainingConfig(seed=seed))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    output = answers(fitted.model, table.x[test])
    inside = np.abs(table.y[test] - output[:, 0]) <= fitted.multipliers[LEVEL] * output[:, 1]
    errors = {
        name: error(make(table.sizes, seed).fit(x, y).predict(table.x[test]))
        for name, make in peers().items()
    }
    return {
        "errors": {"network": error(output[:, 0]), **errors},
        "seconds": seconds,
        "cpu_seconds": cpu,
        "bends": fitted.findings.bends,
        "z": fitted.findings.z,
        "weights": fitted.findings.weights,
        "coverage": float(inside.mean()),
        "width": float(2 * fitted.multipliers[LEVEL] * output[:, 1].mean()),
        "fifths": by_fifths(table.x[test], inside, table.sizes),
        **exported(fitted, table.x[test]),
    }


def train(x: np.ndarray, y: np.ndarray, sizes: tuple[int, ...], config: TrainingConfig) -> Fitted:
    """The network, with students of equal features held out together."""
    _, groups = np.unique(np.nan_to_num(x, nan=-1e30), axis=0, return_inverse=True)
    return fit(x, y, sizes, groups, config)


def by_fifths(x: np.ndarray, inside: np.ndarray, sizes: tuple[int, ...]) -> list[list[float]]:
    """Coverage in each fifth of each number that has no gaps."""
    shares = []
    for column, size in zip(x.T, sizes, strict=True):
        if size == 0 and np.isfinite(column).all():
            fifth = np.searchsorted(np.quantile(column, [0.2, 0.4, 0.6, 0.8]), column)
            shares.append([float(inside[fifth == part].mean()) for part in np.unique(fifth)])
    return shares


def exported(fitted: Fitted, x: np.ndarray) -> dict:
    """Size of the LiteRT file, and how far its answers are from Keras's."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder, "model.keras"), Path(folder, "model.tflite")
        model.save(fitted.model, *paths)
        content = paths[1].read_bytes()
    interpreter = Interpreter(model_content=content)
    interpreter.resize_tensor_input(0, x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    litert = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return {
        "kilobytes": len(content) / 1000,
        "litert_difference": float(np.abs(litert - answers(fitted.model, x)).max()),
    }


def other_settings(published: Table, seed: int) -> dict[str, dict[str, Any]]:
    """Error with more units or epochs over that of the default, on a line and on two bends; and
    the seconds that the larger network takes."""
    ratios = {}
    for name in ("data set", "kink", "mixed"):
        rng = np.random.default_rng(seed)
        table = published
        if name != "data set":
            table = relations.on_published_features(published.x, name, rng)
        test, training = np.split(rng.permutation(len(table.y)), [len(table.y) // 5])

        def error(settings: dict[str, Any], table=table, test=test, training=training) -> float:
            config = TrainingConfig(seed=seed, **settings)
            fitted = train(table.x[training], table.y[training], table.sizes, config)
            residuals = answers(fitted.model, table.x[test])[:, 0] - table.y[test]
            return float(np.sqrt(np.mean(residuals**2)))

        usual = error({})
        for label, settings in OTHER_SETTINGS.items():
            started = time.perf_counter()
            ratio = error(settings) / usual
            seconds = time.perf_counter() - started
            config = TrainingConfig(**settings)
            ratios[f"{name}, {label}"] = {
                "ratio": ratio,
                "seconds": seconds,
                "hidden": list(config.hidden),
                "epochs": config.epochs,
                "rows": len(training),
            }
    return ratios


def verdicts(case: Case, runs: list[dict]) -> list[str]:
    """What is wanted of a case, with its figure and whether it holds."""
    mean = mean_errors(runs)
    network = mean["network"]
    best = min(error for name, error in mean.items() if name != "network")
    limits: list[tuple[str, float, float]] = []
    if case.kind in ("bend", "held back"):
        limits.append(("best peer x", network / best, 1.0))
    if case.kind == "bend":
        limits.append(("noise x", network / NOISE, 1.03))
    if case.kind == "few":
        limits.append(("best peer x", network / best, 0.95))
    if case.kind == "line":
        limits.append(("OLS x", network / mean["ols"], 1.002))
    if case.kind == "outliers":
        limits.append(("Huber x", network / mean["huber"], 1.01))
    if case.rows is None:
        limits.append(("s", statistics.fmean(run["seconds"] for run in runs), 10))
    limits.append(("kB", max(run["kilobytes"] for run in runs), 250))
    limits.append(("LiteRT", max(run["litert_difference"] for run in runs), 1e-4))
    texts = [
        f"{name} {value:.4g} <= {limit:g} {mark(value <= limit)}" for name, value, limit in limits
    ]
    coverage = statistics.fmean(run["coverage"] for run in runs)
    width = statistics.fmean(run["width"] for run in runs)
    texts.append(f"covers {coverage:.3f} with {width:.2f}")
    if case.kind == "noise":
        fifths = np.mean([run["fifths"] for run in runs], axis=0)
        low, high = float(fifths.min()), float(fifths.max())
        texts.append(f"fifths {low:.3f} to {high:.3f} {mark(low >= 0.85 and high <= 0.95)}")
    return texts


def mark(holds: bool) -> str:
    return "ok" if holds else "MISSED"


def mean_errors(runs: list[dict]) -> dict[str, float]:
    return {
        name: statistics.fmean(run["errors"][name] for run in runs) for name in runs[0]["errors"]
    }


def as_lines(case: Case, runs: list[dict]) -> str:
    errors = " ".join(f"{name} {error:.3f}" for name, error in mean_errors(runs).items())
    opened = sum(run["bends"] for run in runs)
    return f"{case.name} ({case.kind}): {errors}; bends {opened}/{len(runs)}\n    " + "; ".join(
        verdicts(case, runs)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a table, or kaggle; the simulated rows by default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", help="names of cases, with commas; «settings» for units, epochs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, help="also write the JSON here, and go on from it")
    arguments = parser.parse_args()
    try:
        dataset = kaggle.fetch() if arguments.data == "kaggle" else data.load(arguments.data)
    except Problem as error:
        raise SystemExit(" ".join(error.lines)) from None
    rows = dataset.rows.drop_duplicates()
    published = Table(PUBLISHED.encode(rows), PUBLISHED.answers(rows), PUBLISHED_SIZES)
    chosen = list(cases(published))
    only = arguments.only.split(",") if arguments.only else [*(c.name for c in chosen), "settings"]
    chosen = [case for case in chosen if case.name in only]
    train(published.x[:200], published.y[:200], published.sizes, TrainingConfig(epochs=1))  # warm

    results = started(arguments.out, dataset, len(rows))
    for seed in range(arguments.seeds):
        for case in chosen:
            known = results["cases"].setdefault(case.name, {"kind": case.kind, "runs": []})
            if len(known["runs"]) == seed:
                known["runs"].append(run(case, seed))
                keep(results, arguments.out)
    if "settings" in only and not results["settings"]:
        results["settings"] = other_settings(published, 0)
        keep(results, arguments.out)
    if arguments.json:
        print(json.dumps(results, indent=1))
    else:
        show(results, chosen)


def started(out: Path | None, dataset: data.Dataset, rows: int) -> dict:
    """The results that are there, or none; those of other data are not gone on from."""
    fresh = {"data": dataset.name, "data_digest": dataset.digest, "rows": rows}
    if out and out.exists():
        known = json.loads(out.read_text(encoding="utf-8"))
        if {name: known.get(name) for name in fresh} != fresh:
            raise SystemExit(f"{out} has results of other data; choose another --out")
        return known
    return fresh | {"cases": {}, "settings": {}}


def keep(results: dict, out: Path | None) -> None:
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(out) as fresh:
            fresh.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def show(results: dict, chosen: list[Case]) -> None:
    for case in chosen:
        print(as_lines(case, results["cases"][case.name]["runs"]))
    for name, measured in results["settings"].items():
        print(
            f"{name}: x {measured['ratio']:.4f} (wanted <= 1.01), {measured['seconds']:.1f} s "
            "(wanted < 15)"
        )


if __name__ == "__main__":
    main()
