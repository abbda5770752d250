"""Train and evaluate Problem 1's network without a browser.

python Problema1/train.py [--data CSV|kaggle] [--out DIR] [--seed N] [--epochs N] [--json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from student_performance import data, files, inference, kaggle
from student_performance.config import TrainingConfig
from student_performance.formatting import KINDS, interval, number, percent
from student_performance.quiet import native_stderr_held
from student_performance.tables import DataError

OUT = inference.SHIPPED.parent / "problema1"


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
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"«{text}» no es un entero entre 0 y 4294967295")
    return int(text)


def positive(text: str) -> int:
    if natural(text) == 0:
        raise argparse.ArgumentTypeError("tiene que ser al menos 1")
    return int(text)


def run(arguments: argparse.Namespace, dataset: data.Dataset, console: Console) -> dict:
    """Train as the flags say and return what was written to ``metrics.json``."""
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
        metrics = training.train(
            dataset,
            config,
            arguments.out,
            on_epoch=lambda epoch, errors: progress.update(
                fitting,
                completed=epoch,
                detail=f"MAE de validación {number(errors['val_mae'], 3)} puntos",
            ),
        )
        growing = progress.add_task("Curva de aprendizaje", total=None, detail="")
        curve = []
        for point in training.learning_curve(dataset, metrics, config):
            curve.append(point)
            progress.update(growing, completed=len(curve), detail=f"{point['n']} filas")
        progress.update(growing, total=len(curve))
    metrics = training.add_learning_curve(arguments.out, curve)
    if arguments.publish:
        training.publish(arguments.out, inference.SHIPPED)
    return metrics


def show(metrics: dict, out: Path) -> None:
    """Print the comparison of the network with the baselines."""
    console = Console()
    kind = KINDS[metrics["data_kind"]]
    table = Table(
        title=f"{number(metrics['n_test'], 0)} filas de prueba de {metrics['data']} ({kind}), "
        f"semilla {metrics['seed']}",
        caption="Debajo de cada cifra, su intervalo bootstrap del 95 %. RMSE y MAE en puntos.",
    )
    table.add_column("Modelo")
    for heading in ("R²", "RMSE", "MAE"):
        table.add_column(heading, justify="right")
    for prefix, name in (("", "Red"), ("ols_", "Mínimos cuadrados"), ("mean_", "Media")):
        cells = []
        for score, digits in (("r2", 4), ("rmse", 3), ("mae", 3)):
            ends = interval(*metrics[f"{prefix}{score}_ci"], digits)
            cells.append(f"{number(metrics[prefix + score], digits)}\n{ends}")
        table.add_row(name, *cells)
    console.print(table)
    console.print(
        f"Intervalos de predicción del {percent(metrics['interval_level'], 0)}: cubren el "
        f"{percent(metrics['interval_coverage'])}, ancho {number(metrics['interval_width'])} "
        "puntos.\n"
        f"Ajuste: {number(metrics['fit_seconds'], 1)} s, {metrics['epochs_run']} épocas; filas "
        f"repetidas descartadas: {metrics['duplicates_dropped']}.\n"
        f"Archivos en {out}",
        highlight=False,
        soft_wrap=True,
    )


def main() -> int:
    arguments = parse_arguments()
    try:
        dataset = kaggle.fetch() if arguments.data == "kaggle" else data.load(arguments.data)
        arguments.out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=arguments.out).close()  # better to know now than after training
        if arguments.publish:
            with files.locked(inference.SHIPPED.parent, inference.SHIPPED.name):
                pass
        with files.locked(arguments.out, "entrenamiento"), native_stderr_held() as terminal:
            metrics = run(arguments, dataset, Console(file=terminal))
    except DataError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except files.BusyError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        reason = error.strerror or type(error).__name__
        where, way = arguments.out, "elija otra carpeta con --out"
        if Path(error.filename or "").name.startswith(f".{inference.SHIPPED.name}."):
            where, way = inference.SHIPPED.parent, "revise sus permisos o quite --publish"
        print(f"No se puede escribir en «{where}» ({reason}); {way}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            f"Interrumpido; en «{arguments.out}» queda el último modelo terminado.", file=sys.stderr
        )
        return 130
    if arguments.json:
        print(json.dumps(metrics))  # ASCII, whatever the terminal's encoding
    else:
        show(metrics, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
