"""Write the embedded data set: simulated hands, rendered and found by MediaPipe.

python simulate-dataset.py                      # data/rps_dataset.npy and its labels
python simulate-dataset.py --n 300 --out DIR    # a small one, elsewhere
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gestures import dataset, libraries, terminal
from gestures.arguments import Parser

DATA = Path(__file__).resolve().parents[1] / "data"
HANDS = 9000  # under 2 MB, ten minutes on one core
SEED = 20240


def main(argv: list[str] | None = None) -> int:
    parser = Parser(
        description="Escribe el conjunto de datos simulado: manos dibujadas que MediaPipe encontró."
    )
    parser.add_argument("--n", type=int, default=HANDS, help=f"cantidad de manos ({HANDS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"semilla ({SEED})")
    parser.add_argument("--out", type=Path, default=DATA, help="carpeta (data)")
    args = parser.parse_args(argv)
    if args.n < 3:
        parser.error("--n debe ser 3 o más")
    return terminal.run(
        lambda console: simulate(args, console), "\nInterrumpido: no se escribió nada."
    )


def simulate(args: argparse.Namespace, console: Console) -> None:
    libraries.require_opencv()
    from gestures.simulator.filmed import film

    text = TextColumn("{task.completed} de {task.total} manos")
    with Progress(text, BarColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("", total=args.n)
        hands = film(args.n, args.seed, lambda done: progress.update(task, completed=done))
    path = args.out / "rps_dataset.npy"
    dataset.save(path, dataset.labels_beside(path), hands)
    print(f"{args.n} manos simuladas en {path}")


if __name__ == "__main__":
    sys.exit(main())
