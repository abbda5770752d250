"""The report's figures: SVG that comes out the same every time it is drawn, or PNG to look at.

python informe/figures.py [--models DIR] [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema1"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema2"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema3"))

import drawing

from scenes import config, files, terminal
from scenes.problems import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
SHOWN = (*config.NETWORKS, config.BEST)  # side by side


def make(
    models: Path,
    student: dict | None,
    details: dict | None,
    gestures: dict | None,
    networks: dict,
    ablation: dict | None,
) -> dict[str, Figure]:
    """The figures of the problems given, by name.

    Args:
        models: folder of the results, for the network that is asked about generated scenes.
        student, details: of Problem 1, as its training and ``details.py`` write them.
        gestures: of Problem 2.
        networks: of Problem 3, by name.
        ablation: of Problem 3.
    """
    # only now, since these load Keras too
    import draw_hands
    import draw_scenes
    import draw_students

    from student_performance import model  # noqa: F401 - loads Keras, and holds back its notes

    figures: dict[str, Figure] = {}
    with mpl.rc_context(drawing.STYLE):
        if student:
            figures |= draw_students.make(student, details)
        if gestures:
            figures |= draw_hands.make(gestures)
        shown = {name: networks[name] for name in SHOWN if name in networks}
        if shown:
            figures |= draw_scenes.make(shown, ablation, models)
    return figures


def damaged(models: Path, error: Exception) -> Problem:
    """What to raise for results that cannot be read."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
    return Problem(
        f"Algún resultado de «{models}» está dañado ({reason}): vuelva a entrenar ese problema."
    )


def command(models: Path, out: Path) -> None:
    """Draw what there is and say how much.

    Raises:
        Problem: no results, damaged ones, or the folder cannot be written.
    """
    from scenes.results import stored  # Keras comes with it

    def load(name: str) -> dict | None:
        path = models / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    try:
        figures = make(
            models,
            load("student_performance.json"),
            load("student_performance_details.json"),
            load("rps_classifier.json"),
            stored.stored(models),
            load("scenes_ablation.json"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(models, error) from None
    if not figures:
        raise Problem(f"En «{models}» no hay resultados que dibujar.")
    with files.explained(out, "elija otra carpeta con --out"):
        out.mkdir(parents=True, exist_ok=True)
        drawing.write(figures, out, "png")
    print(f"{len(figures)} figuras en {out}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Dibuja en PNG las figuras del informe.")
    parser.add_argument(
        "--models",
        type=Path,
        default=ROOT / "models",
        metavar="DIR",
        help="carpeta con resultados; se dibujan los que haya (%(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "salida" / "figuras",
        metavar="DIR",
        help="carpeta de salida (%(default)s)",
    )
    arguments = parser.parse_args()
    return terminal.run(lambda console: command(arguments.models, arguments.out))


if __name__ == "__main__":
    sys.exit(main())
