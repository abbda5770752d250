"""Write the LiteRT files of Problem 3's shipped networks anew, and their SHA-256 in the JSON.

    python tools/export_scenes.py [NAME ...]

``train.py --publish`` does it for what it publishes. This is for networks that are there already.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Problema3"))

from scenes import terminal  # noqa: E402
from scenes.formatting import MODELS  # noqa: E402
from scenes.networks.described import SHIPPED  # noqa: E402
from scenes.results import stored  # noqa: E402


def run(names: list[str], console: Console) -> None:
    """Export the networks of these names, and say which."""
    for name in names:
        wanted = stored.add_export(name)
        console.print(
            f"{name}: "
            + ("written" if wanted else "too large, a head, or no TensorFlow: no export")
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    there = [name for name in MODELS if (SHIPPED / f"scenes_{name}.keras").is_file()]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(there)} (all)")
    arguments = parser.parse_args()
    return terminal.run(lambda console: run(arguments.names or there, console))


if __name__ == "__main__":
    sys.exit(main())
