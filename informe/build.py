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
for folder in ("Problema1", "Problema2", "Problema3"):
    sys.path.insert(0, str(ROOT / folder))


def inputs(models: Path) -> list[Path]:
    """The files that the report's content depends on, in a fixed order."""
    return [
        *sorted(HERE.glob("*.py")),
        HERE / "informe.typ",
        *sorted(models.glob("*.json")),
        *sorted(models.glob("*.npz")),
        ROOT / "Problema3" / "scenes" / "published.py",
    ]


def digest(models: Path) -> str:
    """SHA-256 of the inputs; the PDF's keywords hold that of those it was made from."""
    total = hashlib.sha256()
    for path in inputs(models):
        total.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def build(models: Path, out: Path) -> None:
    import contents
    import figures
    import typst

    made = HERE / "generado"
    made.mkdir(exist_ok=True)
    found = contents.read(models)
    shown = {name: found["scenes"][name] for name in contents.SHOWN}
    figures.draw(made, found["student"], found["gestures"], shown)
    text = contents.texts(found) | {"sha256": digest(models)}
    (made / "datos.json").write_text(json.dumps(text, ensure_ascii=False, indent=1), "utf-8")
    temporary = out.with_name(f".escribiendo-{out.name}")
    typst.compile(
        HERE / "informe.typ",
        output=temporary,
        root=ROOT,
        ignore_system_fonts=True,  # its own, the same on every machine
        timestamp=datetime.datetime.fromtimestamp(0, datetime.UTC),
    )
    temporary.replace(out)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compone informe.pdf con las cifras de models.")
    parser.add_argument("--models", type=Path, default=ROOT / "models", metavar="DIR")
    parser.add_argument("--out", type=Path, default=ROOT / "informe.pdf", metavar="PDF")
    arguments = parser.parse_args()
    build(arguments.models, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
