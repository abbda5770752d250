"""Refuse notebooks whose outputs may show photographs that are not ours to publish.

    python tools/check_notebooks.py NOTEBOOK...

The published photographs of Problem 3 belong to their authors, and own ones to their owner. A
notebook that uses the package ``scenes`` says which images it ran on; its pictures are committed
only where those were generated.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

# What ``scenes.data.sources`` says of generated scenes, found or given
GENERATED = ("se usan escenas generadas", "Se usan las imágenes generadas")


def fault(notebook: dict) -> str:
    """Why a notebook must not be committed as it is; empty if it may be."""
    source = "".join(line for cell in notebook["cells"] for line in cell["source"])
    if "scenes" not in source or not any("image" in kind for kind in kinds(notebook)):
        return ""
    text = "".join(line for output in outputs(notebook) for line in output.get("text", []))
    if any(sentence in text for sentence in GENERATED):
        return ""
    return "has pictures, and does not say that they are of generated scenes"


def outputs(notebook: dict) -> Iterator[dict]:
    for cell in notebook["cells"]:
        yield from cell.get("outputs", [])


def kinds(notebook: dict) -> Iterator[str]:
    """Media types of the outputs; a picture may also stand inside HTML."""
    for output in outputs(notebook):
        for kind, content in output.get("data", {}).items():
            yield "image" if "data:image" in "".join(content) else kind


def main() -> int:
    faults = 0
    for name in sys.argv[1:]:
        if reason := fault(json.loads(Path(name).read_text(encoding="utf-8"))):
            print(f"{name} {reason}: clear its outputs, or run it without the photographs")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
