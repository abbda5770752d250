"""Problem 1 against ordinary least squares and the usual network, over random splits.

    python benchmarks/problema1.py [--data CSV|kaggle] [--splits 10] [--usual-splits 1] [--json]
        [--out FILE]

On each split the project's network and ordinary least squares (OLS) learn from the same 80 % of the
distinct rows and are scored on the same 20 %. The usual recipe (scaler outside, Dense 64-32-1,
Adam, batch 32, 50 epochs) runs in the same process on the first ``--usual-splits`` of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema1"))

from student_performance import baselines, data, evaluation, files, kaggle, model
from student_performance.config import TrainingConfig
from student_performance.problems import Problem

LEVEL = "0.90"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="CSV file, or kaggle; the simulated rows by default")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--usual-splits", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    try:
        dataset = kaggle.fetch() if arguments.data == "kaggle" else data.load(arguments.data)
    except Problem as error:
        raise SystemExit(" ".join(error.lines)) from None

    warm_up(dataset)
    ours, usual = [], []
    for seed in range(arguments.splits):
        ours.append(one_split(dataset, seed))
        if seed < arguments.usual_splits:
            usual.append(usual_recipe(dataset, seed))
        print(f"split {seed}: {ours[-1]}", file=sys.stderr)
    summary = summarise(ours, usual, dataset)
    text = json.dumps(summary | {"splits": ours}, indent=1)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(arguments.out) as fresh:
            fresh.write_text(text + "\n", encoding="utf-8")
    print(text if arguments.json else as_table(summary))


def warm_up(dataset: data.Dataset) -> None:
    """Let TensorFlow finish its own start, which neither side should be charged for."""
    config = dataclasses.replace(TrainingConfig(), epochs=1)
    model.fit(data.split(dataset, 0), dataset.schema, config)


def one_split(dataset: data.Dataset, seed: int) -> dict[str, float]:
    parts, schema = data.split(dataset, seed), dataset.schema
    started = time.perf_counter()
    network, _ = model.fit(parts, schema, dataclasses.replace(TrainingConfig(), seed=seed))
    seconds = time.perf_counter() - started

    def predict(x):
        return model.predict(network, x)

    x, y = schema.encode(parts.test), schema.answers(parts.test)
    half_widths = evaluation.conformal_half_widths(predict, parts.calibration, schema)
    linear = baselines.ordinary_least_squares(parts.training, schema)
    network_scores = evaluation.scores(y, predict(x))
    ols_scores = evaluation.scores(y, linear.predict(x.astype("float64")))
    covered = evaluation.coverage(y - predict(x), {LEVEL: half_widths[LEVEL]})
    return {
        **network_scores,
        **{f"ols_{name}": value for name, value in ols_scores.items()},
        "r2_minus_ols": network_scores["r2"] - ols_scores["r2"],
        "coverage": float(covered["coverage"].iloc[0]),
        "width": float(covered["width"].iloc[0]),
        "seconds": seconds,
    }


def usual_recipe(dataset: data.Dataset, seed: int) -> dict[str, float]:
    """The recipe most public notebooks use, timed from scaler to last epoch."""
    import keras
    from sklearn.preprocessing import StandardScaler

    parts, schema = data.split(dataset, seed), dataset.schema
    keras.utils.set_random_seed(seed)
    started = time.perf_counter()
    scaler = StandardScaler().fit(schema.encode(parts.training))
    network = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    network.compile(optimizer="adam", loss="mse", metrics=["mae"])
    network.fit(
        scaler.transform(schema.encode(parts.training)),
        schema.answers(parts.training),
        validation_split=0.1,
        epochs=50,
        batch_size=32,
        verbose=0,
    )
    seconds = time.perf_counter() - started
    predicted = model.predict(network, scaler.transform(schema.encode(parts.test)))
    return {**evaluation.scores(schema.answers(parts.test), predicted), "seconds": seconds}


def summarise(ours: list[dict], usual: list[dict], dataset: data.Dataset) -> dict:
    def mean(rows: list[dict], name: str) -> float:
        return statistics.fmean(row[name] for row in rows)

    scored = [row["r2_minus_ols"] for row in ours]
    summary = {
        "data": dataset.name,
        "data_digest": dataset.digest,
        "n": len(dataset.unique),
        "n_splits": len(ours),
        **{f"mean_{name}": mean(ours, name) for name in ours[0]},
        "r2_minus_ols_min": min(scored),
        "r2_minus_ols_max": max(scored),
        "level": float(LEVEL),
    }
    if usual:
        summary |= {f"usual_{name}": mean(usual, name) for name in usual[0]}
        ours_on_the_same = ours[: len(usual)]
        summary["usual_splits"] = len(usual)
        summary["time_ratio"] = mean(ours_on_the_same, "seconds") / mean(usual, "seconds")
    return summary


def as_table(summary: dict) -> str:
    lines = [
        f"{summary['data']}: {summary['n']} distinct rows, "
        f"means over {summary['n_splits']} random 80/20 splits",
        f"{'':10}{'R2':>9}{'RMSE':>9}{'MAE':>9}{'coverage':>10}{'width':>8}{'seconds':>9}",
        f"{'network':10}{summary['mean_r2']:9.5f}{summary['mean_rmse']:9.4f}"
        f"{summary['mean_mae']:9.4f}{summary['mean_coverage']:10.4f}{summary['mean_width']:8.3f}"
        f"{summary['mean_seconds']:9.2f}",
        f"{'OLS':10}{summary['mean_ols_r2']:9.5f}{summary['mean_ols_rmse']:9.4f}"
        f"{summary['mean_ols_mae']:9.4f}",
    ]
    if "usual_r2" in summary:
        lines.append(
            f"{'usual':10}{summary['usual_r2']:9.5f}{summary['usual_rmse']:9.4f}"
            f"{summary['usual_mae']:9.4f}{'':18}{summary['usual_seconds']:9.2f}"
            f"   ({summary['usual_splits']} split(s))"
        )
    lines.append(
        f"network minus OLS, R2: {summary['mean_r2_minus_ols']:+.6f} "
        f"({summary['r2_minus_ols_min']:+.6f} to {summary['r2_minus_ols_max']:+.6f}); "
        f"nominal coverage {summary['level']:.2f}"
    )
    if "time_ratio" in summary:
        lines.append(f"fitting time, network / usual recipe: {summary['time_ratio']:.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
