"""What the report shows of Problem 1 beyond the training's scores, as counts and quantiles.

python Problema1/details.py [--data TABLE|kaggle] [--model DIR] [--without A,B] [--seeds N]
    [--out FILE] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import table_flags
from rich.console import Console
from train import MODELS, natural, positive

from student_performance import data, files, kaggle, terminal, verdicts
from student_performance.arguments import Parser
from student_performance.config import TrainingConfig
from student_performance.formatting import amount, number
from student_performance.inference import SHIPPED, Bundle, load
from student_performance.problems import Problem

OUT = SHIPPED.parent / "student_performance_details.json"
WITHOUT = ["Extracurricular Activities", "Sample Question Papers Practiced"]


def parse_arguments() -> argparse.Namespace:
    parser = Parser(
        description="Guarda lo que el informe muestra del Problema 1 además de los puntajes: cómo "
        "es la tabla, dónde se equivoca el modelo, cuánto pierde sin algunas columnas, y la curva "
        "de aprendizaje con varias semillas. Son cuentas y cuantiles, nunca filas."
    )
    add = parser.add_argument
    add("--data", metavar="TABLA", help="con la que se entrenó, o «kaggle» (el simulado)")
    add(
        "--model",
        type=Path,
        default=SHIPPED,
        metavar="MODELO",
        help="archivos de un entrenamiento, sin terminación (%(default)s)",
    )
    add(
        "--without",
        type=table_flags.headings,
        default=WITHOUT,
        metavar="A,B",
        help="columnas sin las que se entrena también (las que el informe previo no usaba)",
    )
    add("--seeds", type=positive, default=3, metavar="N", help="de la curva (%(default)s)")
    add(
        "--epochs",
        type=positive,
        default=TrainingConfig.epochs,
        metavar="N",
        help="de cada red (%(default)s)",
    )
    add("--seed", type=natural, default=0, metavar="N", help="la primera (%(default)s)")
    add("--out", type=Path, default=OUT, metavar="JSON", help="archivo (%(default)s)")
    add("--json", action="store_true", help="lo imprime también en la salida estándar")
    table_flags.add_arguments(parser)
    arguments = parser.parse_args()
    table_flags.check(parser, arguments)
    return arguments


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Measure, write, print; the slow part last."""
    dataset = kaggle.fetch() if arguments.data == "kaggle" else table_flags.load(arguments)
    bundle = load(arguments.model)
    if dataset.digest != bundle.metrics["data_digest"]:
        raise Problem(
            f"«{arguments.model}» no se entrenó con {dataset.name}: indique con --data la tabla "
            f"de su entrenamiento ({bundle.metrics['data']}), o con --model otro modelo."
        )
    known = [column.name for column in dataset.schema.features]
    if unknown := [name for name in arguments.without if name not in known]:
        raise Problem(
            f"«{unknown[0]}» no es una de las variables de {dataset.name}; "
            f"elija con --without entre: {', '.join(known)}."
        )
    with files.explained(arguments.out.parent, "elija otro archivo con --out"):
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        with files.locked(arguments.out.parent, arguments.out.name):
            found = measure(arguments, dataset, bundle, console)
    if arguments.json:
        print(json.dumps(found))
    else:
        show(found, bundle)
        print(f"Escrito: {arguments.out}")


def measure(
    arguments: argparse.Namespace, dataset: data.Dataset, bundle: Bundle, console: Console
) -> dict:
    """Everything that ``--out`` holds, written once more after each seed of the curve."""
    with console.status("Cargando Keras…"):
        from student_performance import details, training
    config = TrainingConfig(seed=arguments.seed, epochs=arguments.epochs)
    test = data.split(dataset, bundle.metrics["seed"]).test
    schema = dataset.schema
    found = {
        "model_sha256": bundle.metrics["sha256"]["keras"],
        "n_test": len(test),
        "n_rows": len(dataset.rows),
        "data": dataset.name,
        "exploration": details.exploration(dataset.rows, schema),
        "errors": details.errors(schema.answers(test), bundle.predict(schema.encode(test))),
    }
    with console.status("Sin algunas columnas…"):
        own = replace(config, seed=bundle.metrics["seed"])  # the model's rows
        found["without"] = details.without(dataset, own, tuple(arguments.without))
    with console.status("Curva de aprendizaje…"):
        for curve in details.curves(dataset, config, arguments.seeds):
            found["learning_curve"] = curve
            training.write_json(found, arguments.out)
    return found


def show(found: dict, bundle: Bundle) -> None:
    """Print what is lost without some columns, and the curve."""
    unit = bundle.schema.target.unit
    out = ", ".join(bundle.schema[name].label.lower() for name in found["without"]["left_out"])
    for name, prefix in (("network", ""), ("ols", "ols_")):
        rmse, mae = (found["without"][name][score] for score in ("rmse", "mae"))
        print(
            f"{MODELS[prefix]} sin {out}: RMSE {amount(rmse, 3, unit)}, MAE "
            f"{amount(mae, 3, unit)}; con todas, {number(bundle.metrics[f'{prefix}rmse'], 3)} y "
            f"{number(bundle.metrics[f'{prefix}mae'], 3)}."
        )
    print(verdicts.learning_curve(found["learning_curve"], bundle.schema))


def main() -> int:
    arguments = parse_arguments()
    return terminal.run(
        lambda console: run(arguments, console),
        f"Interrumpido; en «{arguments.out}» queda lo último que se terminó, si algo.",
    )


if __name__ == "__main__":
    sys.exit(main())
