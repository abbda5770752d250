"""Write the embedded data set: simulated hands, rendered and found by MediaPipe.

python simulate-dataset.py                      # data/rps_dataset.npy and its labels
python simulate-dataset.py --n 300 --out DIR    # a small one, elsewhere
"""

import argparse
import sys
import time
from pathlib import Path

from gestures import dataset
from gestures.landmarks import LandmarkerError

DATA = Path(__file__).resolve().parents[1] / "data"
HANDS = 9000  # under 2 MB, ten minutes on one core
SEED = 20240


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Escribe el conjunto de datos simulado: manos dibujadas que MediaPipe encontró."
    )
    parser.add_argument("--n", type=int, default=HANDS, help=f"cantidad de manos ({HANDS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"semilla ({SEED})")
    parser.add_argument("--out", type=Path, default=DATA, help="carpeta (data)")
    args = parser.parse_args(argv)
    if args.n < 3:
        parser.error("--n debe ser 3 o más")
    from gestures.filmed import film

    started = time.perf_counter()

    def show(done):
        if done % 100 == 0 or done == args.n:
            rate = done / (time.perf_counter() - started)
            print(f"\r{done} de {args.n} manos ({rate:.0f}/s)", end="", file=sys.stderr, flush=True)

    try:
        hands = film(args.n, args.seed, on_progress=show)
        print(file=sys.stderr)
        paths = args.out / "rps_dataset.npy", args.out / "rps_labels.npy"
        dataset.save(*paths, hands.points, hands.labels, hands.aspect)
    except (dataset.DatasetError, LandmarkerError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrumpido: no se escribió nada.", file=sys.stderr)
        return 130
    print(f"{args.n} manos simuladas en {paths[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
