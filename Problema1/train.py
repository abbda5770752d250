"""Train and evaluate Problem 1's network without a browser.

python Problema1/train.py [--data TABLE|kaggle] [--target COLUMN] [--features A,B,C]
    [--drop-missing | --fill-missing] [--out DIR] [--seed N] [--epochs N] [--curve] [--json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

import table_flags
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from student_performance import data, files, kaggle, terminal, verdicts
from student_performance.arguments import Parser
from student_performance.config import TrainingConfig
from student_performance.formatting import KINDS, amount, interval, number, percent
from student_performance.inference import SHIPPED
from student_performance.schema import Schema

OUT = SHIPPED.parent / "problema1"
MODELS = {
    "": "Red",
    "ols_": "Mínimos cuadrados",
    "boosting_": "Árboles potenciados",
    "mean_": "Media",
}


def parse_arguments() -> argparse.Namespace:
    parser = Parser(description="Entrena y evalúa la red del Problema 1 sin navegador.")
    parser.add_argument(
        "--data",
        metavar="TABLA",
        help="archivo CSV, .xlsx, .ods o Parquet, o «kaggle» para el conjunto publicado (por "
        "defecto, el simulado)",
    )
    parser.add_argument(
        "--out", type=Path, default=OUT, metavar="DIR", help="carpeta de salida (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="semilla (%(default)s)"
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        default=TrainingConfig.epochs,
        metavar="N",
        help="épocas (%(default)s)",
    )
    parser.add_argument(
        "--curve", action="store_true", help="calcula además la curva de aprendizaje"
    )
    parser.add_argument(
        "--json", action="store_true", help="imprime un único objeto JSON en la salida estándar"
    )
    parser.add_argument(
        "--publish",
        action="store_true",
        help="además reemplaza el modelo con el que arranca la aplicación",
    )
    table_flags.add_arguments(parser)
    arguments = parser.parse_args()
    table_flags.check(parser, arguments)
    return arguments


def natural(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"«{text}» no es un entero entre 0 y 4294967295")
    return int(text)


def positive(text: str) -> int:
    if natural(text) == 0:
        raise argparse.ArgumentTypeError("tiene que ser al menos 1")
    return int(text)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Train on the chosen data, write the files, and print the scores.

    Whether the files can be written is tried first: the training takes a minute.
    """
    dataset = kaggle.fetch() if arguments.data == "kaggle" else table_flags.load(arguments)
    data.require_trainable(dataset)
    for remark in dataset.remarks:
        console.print(remark, markup=False, highlight=False)
    with files.explained(arguments.out, "elija otra carpeta con --out"):
        arguments.out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=arguments.out).close()
        if arguments.publish:
            with publishing(), files.locked(SHIPPED.parent, SHIPPED.name):
                pass
        with files.locked(arguments.out, "entrenamiento"):
            metrics = train(arguments, dataset, console)
    if arguments.json:
        print(json.dumps(metrics))  # ASCII, whatever the terminal's encoding
    else:
        show(metrics, arguments.out)


def publishing() -> AbstractContextManager[None]:
    """Tell the user what to do where the app's model cannot be replaced."""
    return files.explained(SHIPPED.parent, "revise sus permisos o quite --publish")


def train(arguments: argparse.Namespace, dataset: data.Dataset, console: Console) -> dict:
    """Train as the flags say and return what was written to ``metrics.json``."""
    with console.status("Cargando Keras…"):
        from student_performance import training
    config = dataclasses.replace(TrainingConfig(), seed=arguments.seed, epochs=arguments.epochs)
    unit = dataset.schema.target.unit
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=console,
    ) as progress:
        fitting = progress.add_task("Entrenamiento (épocas)", total=config.epochs, detail="")
        metrics = training.train(
            dataset,
            config,
            arguments.out,
            on_epoch=lambda epoch, errors: progress.update(
                fitting,
                completed=epoch,
                detail=f"RMSE de validación {amount(errors['val_rmse'], 3, unit)}",
            ),
        )
        if arguments.curve:
            growing = progress.add_task("Curva de aprendizaje", total=None, detail="")
            curve = []
            for point in training.learning_curve(dataset, config):
                curve.append(point)
                progress.update(growing, completed=len(curve), detail=f"{point['n']} filas")
            progress.update(growing, total=len(curve))
            metrics = training.add_learning_curve(arguments.out, curve)
    if arguments.publish:
        with publishing():
            training.publish(arguments.out, SHIPPED)
    return metrics


def show(metrics: dict, out: Path) -> None:
    """Print the comparison of the network with the baselines on standard output."""
    schema = Schema.from_json(metrics["schema"])
    unit = schema.target.unit
    console = Console(highlight=False, markup=False, soft_wrap=True)
    table = Table(
        title=f"{number(metrics['n_test'], 0)} filas de prueba de {metrics['data']} "
        f"({KINDS[metrics['data_kind']]}), semilla {metrics['seed']}",
        caption="Debajo de cada cifra, su intervalo bootstrap del 95 %."
        + (f" RMSE y MAE en {unit}." if unit else ""),
    )
    table.add_column("Modelo")
    for heading in ("R²", "RMSE", "MAE"):
        table.add_column(heading, justify="right")
    for prefix, name in MODELS.items():
        cells = []
        for score, digits in (("r2", 4), ("rmse", 3), ("mae", 3)):
            low, high = metrics[f"{prefix}{score}_ci"]
            cells.append(
                f"{number(metrics[prefix + score], digits)}\n{interval(low, high, digits)}"
            )
        table.add_row(name, *cells)
    console.print(table, soft_wrap=False)
    console.print(
        f"Intervalos de predicción del {percent(metrics['interval_level'], 0)}: cubren el "
        f"{percent(metrics['interval_coverage'])}, ancho "
        f"{amount(metrics['interval_width'], 2, unit)}.\n"
        f"{verdicts.findings(metrics, schema)}\n"
        f"Ajuste: {number(metrics['fit_seconds'], 1)} s, {metrics['epochs_run']} épocas; filas que "
        f"repiten otra: {metrics['repeated']}.\n"
        f"Archivos en {out}"
    )


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(
        lambda console: run(arguments, console),
        f"Interrumpido; en «{arguments.out}» queda el último modelo terminado.",
    )


if __name__ == "__main__":
    sys.exit(main())
