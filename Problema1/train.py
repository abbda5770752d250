"""Train and evaluate Problem 1's network without a browser.

python Problema1/train.py [--data CSV|kaggle] [--out DIR] [--seed N] [--epochs N] [--json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from student_performance import data, inference, kaggle
from student_performance.config import TrainingConfig
from student_performance.tables import DataError

OUT = inference.SHIPPED.parent / "problema1"

console = Console(stderr=True)  # standard output is for --json alone


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Entrena y evalúa la red del Problema 1 sin navegador."
    )
    parser.add_argument(
        "--data",
        metavar="CSV",
        help="archivo CSV, o «kaggle» para el conjunto publicado (por defecto, el simulado)",
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
        help="máximo de épocas (%(default)s)",
    )
    parser.add_argument(
        "--json", action="store_true", help="imprime un único objeto JSON en la salida estándar"
    )
    parser.add_argument(
        "--publish",
        action="store_true",
        help="además reemplaza el modelo con el que arranca la aplicación",
    )
    return parser.parse_args()


def natural(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"«{text}» no es un entero entre 0 y 4294967295")
    return int(text)


def positive(text: str) -> int:
    if natural(text) == 0:
        raise argparse.ArgumentTypeError("tiene que ser al menos 1")
    return int(text)


def run(arguments: argparse.Namespace) -> dict:
    """Train as the flags say and return what was written to ``metrics.json``."""
    dataset = kaggle.fetch() if arguments.data == "kaggle" else data.load(arguments.data)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with console.status("Cargando TensorFlow…"):
        from student_performance import training
    config = dataclasses.replace(TrainingConfig(), seed=arguments.seed, epochs=arguments.epochs)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}"),
        console=console,
    ) as progress:
        fitting = progress.add_task("Entrenamiento (épocas)", total=config.epochs, detail="")
        training.train(
            dataset,
            config,
            arguments.out,
            on_epoch=lambda epoch, errors: progress.update(
                fitting, completed=epoch, detail=f"MAE de validación {errors['val_mae']:.3f} puntos"
            ),
        )
        growing = progress.add_task("Curva de aprendizaje", total=None, detail="")
        curve = []
        for point in training.learning_curve(dataset, config):
            curve.append(point)
            progress.update(growing, completed=len(curve), detail=f"{point['n']} filas")
        progress.update(growing, total=len(curve))
    metrics = training.add_learning_curve(arguments.out, curve)
    if arguments.publish:
        training.publish(arguments.out, inference.SHIPPED)
    return metrics


def show(metrics: dict, out: Path) -> None:
    """Print the comparison of the network with the baselines."""
    kind = {"real": "reales", "simulated": "simulados", "own": "propios"}[metrics["data_kind"]]
    table = Table(
        title=f"{metrics['n_test']} filas de prueba de {metrics['data']} (datos {kind}), "
        f"semilla {metrics['seed']}",
        caption="Entre corchetes, intervalo bootstrap del 95 %. RMSE y MAE en puntos del índice.",
    )
    for heading in ("Modelo", "R²", "RMSE", "MAE"):
        table.add_column(heading, justify="left" if heading == "Modelo" else "right")
    for prefix, name in (("", "Red"), ("ols_", "Mínimos cuadrados"), ("mean_", "Media")):
        cells = []
        for score, digits in (("r2", 4), ("rmse", 3), ("mae", 3)):
            low, high = metrics[f"{prefix}{score}_ci"]
            value = metrics[prefix + score]
            cells.append(f"{value:.{digits}f} [{low:.{digits}f}; {high:.{digits}f}]")
        table.add_row(name, *cells)
    console.print(table)
    console.print(
        f"Intervalos de predicción del {metrics['interval_level']:.0%}: cubren el "
        f"{metrics['interval_coverage']:.1%}, ancho {metrics['interval_width']:.2f} puntos.\n"
        f"Ajuste: {metrics['fit_seconds']:.1f} s, {metrics['epochs_run']} épocas; "
        f"filas repetidas descartadas: {metrics['duplicates_dropped']}.\n"
        f"Archivos en {out}",
        highlight=False,
    )


def main() -> int:
    arguments = parse_arguments()
    try:
        metrics = run(arguments)
    except DataError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except OSError as error:
        reason = error.strerror or type(error).__name__
        print(f"No se puede escribir en «{arguments.out}» ({reason}).", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrumpido: no se escribió ningún archivo.", file=sys.stderr)
        return 130
    if arguments.json:
        print(json.dumps(metrics, ensure_ascii=False))
    else:
        show(metrics, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
