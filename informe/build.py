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

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "informe"
PDF = ROOT / "informe.pdf"
for folder in ("Problema1", "Problema2", "Problema3"):
    sys.path.insert(0, str(ROOT / folder))

# The modules and pictures that the pages show or are drawn with.
SOURCES = (
    "Problema1/student_performance/model.py",
    "Problema1/student_performance/published.py",
    "Problema2/gestures/classifier.py",
    "Problema2/imagenes/papel-1.jpg",
    "Problema2/imagenes/piedra-1.jpg",
    "Problema2/imagenes/tijeras-1.jpg",
    *(
        f"Problema3/scenes/{name}.py"
        for name in ("architectures", "errors", "formatting", "plots", "published", "results")
    ),
)
MARK = "entradas-sha256:"  # the keyword of the PDF before the digest of its inputs
BINARY = (".npz", ".jpg")
WAIT = 60  # seconds: another process composes it in ten


def inputs(models: Path) -> list[Path]:
    """The files that the report's content depends on, in a fixed order."""
    return [
        *sorted(HERE.glob("*.py")),
        HERE / "informe.typ",
        *sorted(models.glob("*.json")),
        *sorted(models.glob("*.npz")),
        *(ROOT / name for name in SOURCES),
    ]


def digest(models: Path) -> str:
    """SHA-256 of the inputs; the PDF's keywords hold that of those it was made from."""
    total = hashlib.sha256()
    for path in inputs(models):
        held = path.read_bytes()
        if path.suffix not in BINARY:
            held = held.replace(b"\r\n", b"\n")  # as git may check them out
        total.update(path.name.encode() + b"\0" + hashlib.sha256(held).digest())
    return total.hexdigest()


def build(models: Path, out: Path) -> None:
    """Compose the report.

    Args:
        models: folder with the results of the three problems, like ``models/``.
        out: the PDF, written whole or not at all.

    Raises:
        contents.ResultsError: a result is missing, damaged or not of the real data.
        files.BusyError: another process has been composing it for a minute.
        OSError: the PDF or what goes into it cannot be written.
    """
    import contents
    import figures
    import typst

    from scenes.config import NETWORKS
    from student_performance import files

    found = contents.read(models)
    shown = {name: found["scenes"][name] for name in NETWORKS}
    text = contents.texts(found) | {"entradas": MARK + digest(models)}
    # beside the document, which reads nothing from elsewhere
    with files.staging(HERE, "generado", WAIT) as made:
        figures.draw(made, found["student"], found["gestures"], shown)
        (made / "datos.json").write_text(json.dumps(text, ensure_ascii=False), "utf-8")
        document = typst.compile(
            HERE / "informe.typ",
            root=ROOT,
            sys_inputs={"carpeta": made.name},
            ignore_system_fonts=True,  # its own, the same on every machine
            timestamp=datetime.datetime.fromtimestamp(0, datetime.UTC),
        )
    with files.staging(out.parent, out.name, WAIT) as work:
        (work / out.name).write_bytes(document)
        files.commit(work)


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
    from student_performance.quiet import native_stderr_held

    if not arguments.out.resolve().parent.is_dir():
        print(
            f"No se puede escribir «{arguments.out}»: no existe su carpeta; elija otra con --out.",
            file=sys.stderr,
        )
        return 2
    problem = ""
    try:
        with native_stderr_held():
            import contents  # Keras comes with it

            from student_performance.files import BusyError

            try:
                build(arguments.models.resolve(), arguments.out)
            except (BusyError, contents.ResultsError) as error:
                problem = str(error)
    except OSError as error:
        where, way = arguments.out, "elija otro archivo con --out"
        if HERE in Path(error.filename or "").parents:
            where, way = HERE, "ahí se preparan las figuras, revise sus permisos"
        print(
            f"No se puede escribir «{where}» ({error.strerror or type(error).__name__}); {way}.",
            file=sys.stderr,
        )
        return 2
    if problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"Escrito: {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
