"""Write the report: figures and numbers from ``models/``, then ``informe.pdf``.

python informe/build.py [--models DIR] [--out FILE]
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema1"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema2"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema3"))

from scenes import files, terminal
from scenes.problems import Problem

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "informe"
PDF = ROOT / "informe.pdf"

PAGES = ("exploracion", "entrenamiento", "evaluacion", "prediccion")
WINDOWS = ("piedra-1", "papel-1", "tijeras-1", "dudoso-1", "juego-1", "juego-2")
# The modules and pictures that the pages show or are drawn with.
SOURCES = (
    *(
        f"Problema1/{name}"
        for name in (
            "student_performance/model.py",
            "student_performance/published.py",
            "student_performance/verdicts.py",
            *(f"imagenes/{page}.png" for page in PAGES),
        )
    ),
    *(
        f"Problema2/{name}"
        for name in (
            "gestures/classifier.py",
            "gestures/portraits.py",
            "gestures/lesson/hands.py",
            *(f"imagenes/{shown}.jpg" for shown in WINDOWS),
        )
    ),
    *(
        f"Problema3/scenes/{name}.py"
        for name in (
            *("formatting", "generator/painting", "networks/architectures"),
            *("results/audit", "results/mistakes", "results/plots"),
            *("results/published", "results/repetition", "results/scores"),
            *("results/stored", "results/tables"),
        )
    ),
)
MARK = "entradas-sha256:"  # the keyword of the PDF before the digest of its inputs
BINARY = (".npz", ".jpg", ".png", ".tflite")
WAIT = 60  # seconds: another process composes it in ten


def inputs(models: Path) -> list[Path]:
    """The files that the report's content depends on, in a fixed order."""
    return [
        *sorted(HERE.glob("*.py")),
        *sorted(HERE.glob("*.typ")),
        HERE / "referencias.yml",
        *sorted(models.glob("*.json")),
        *sorted(models.glob("scenes_*.npz")),
        *sorted(models.glob("scenes_residual.tflite")),
        *(ROOT / name for name in SOURCES),
    ]


def digest(models: Path) -> str:
    """SHA-256 of the inputs; the PDF's keywords hold that of those it was made from."""
    total = hashlib.sha256()
    for path in inputs(models):
        content = path.read_bytes()
        if path.suffix not in BINARY:
            content = content.replace(b"\r\n", b"\n")  # as git may check them out
        total.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def build(models: Path, out: Path) -> None:
    """Compose the report.

    Args:
        models: folder with the results of the three problems, like ``models/``.
        out: the PDF, written whole or not at all.

    Raises:
        Problem: a result is missing, damaged or not of the real data; the PDF cannot be written;
            another process has been composing it for a minute.
    """
    import contents
    import drawing
    import figures
    import typst

    results = contents.read(models)
    text = contents.texts(results) | {"entradas": MARK + digest(models)}
    # beside the document, which reads nothing from elsewhere
    with (
        files.explained(HERE, "ahí se preparan las figuras, revise sus permisos"),
        files.staging(HERE, "generado", WAIT) as stage,
    ):
        drawn = figures.make(
            models,
            *(results[key] for key in ("student", "details", "gestures", "scenes", "ablation")),
        )
        drawing.write(drawn, stage, "svg")
        (stage / "datos.json").write_text(json.dumps(text, ensure_ascii=False), "utf-8")
        document = typst.compile(
            HERE / "informe.typ",
            root=ROOT,
            sys_inputs={"carpeta": stage.name},
            font_paths=[drawing.FONTS],  # for the figures' texts
            ignore_system_fonts=True,  # these and its own, the same on every machine
            pdf_standards="ua-1",  # readable aloud: every figure has an alternative text
            timestamp=datetime.datetime.fromtimestamp(0, datetime.UTC),
        )
    with (
        files.explained(out.parent, "elija otro archivo con --out"),
        files.replacing(out) as fresh,
    ):
        fresh.write_bytes(document)


def run(models: Path, out: Path) -> None:
    """Compose the report and say where it is; errors as :func:`build`."""
    if not out.resolve().parent.is_dir():
        raise Problem(f"No se puede escribir «{out}»: no existe su carpeta; elija otra con --out.")
    build(models.resolve(), out)
    print(f"Escrito: {out}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Compone informe.pdf con las cifras de models.")
    parser.add_argument(
        "--models",
        type=Path,
        default=ROOT / "models",
        metavar="DIR",
        help="carpeta con los resultados de los tres problemas (%(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=PDF, metavar="PDF", help="archivo que se escribe (%(default)s)"
    )
    arguments = parser.parse_args()
    return terminal.run(lambda console: run(arguments.models, arguments.out))


if __name__ == "__main__":
    sys.exit(main())
