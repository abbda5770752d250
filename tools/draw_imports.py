"""Draw which part of the project imports which: ``docs/rooms.svg``.

    python tools/draw_imports.py

A box is a script, a module or a room (a folder of modules); a line goes down from who imports to
what is imported. A line that another way down already tells is left out.
"""

from __future__ import annotations

import ast
import graphlib
from collections import defaultdict
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "rooms.svg"
PACKAGES = {"Problema1": "student_performance", "Problema2": "gestures", "Problema3": "scenes"}
BASE = "base"  # what imports nothing but other modules of the same kind

Graph = dict[str, set[str]]  # who imports what

LETTER, LINE = 6.3, 15  # pixels: width of a character, height of a line of text
GAP, ROW = 14, 44  # between boxes of a row, between rows
WIDTH, MARGIN = 1080, 20
STYLE = """
text { font: 11px sans-serif; text-anchor: middle; fill: #222 }
text.title { font-size: 15px; font-weight: bold; text-anchor: start }
text.small { font-size: 9px; fill: #555 }
rect { fill: #eef3fa; stroke: #5b7ba8 }
rect.script { fill: #fdf3e0; stroke: #b98a2f }
line { stroke: #999 }
"""


def graph(problem: str) -> tuple[Graph, dict[str, list[str]]]:
    """Boxes and their imports in one problem.

    Returns:
        which box imports which; the modules in each.
    """
    folder, package = ROOT / problem, PACKAGES[problem]
    boxes = {path: box(path.relative_to(folder), package) for path in sorted(folder.rglob("*.py"))}
    names = {dotted(path.relative_to(folder)): name for path, name in boxes.items()}
    links: Graph = {name: set() for name in boxes.values()}
    for path, name in boxes.items():
        links[name] |= {names[each] for each in imports(path, folder) if each in names} - {name}
    members = defaultdict(list)
    for path, name in boxes.items():
        if path.stem != "__init__":
            members[name].append(path.stem)
    links = {name: seen for name, seen in links.items() if members[name]}
    links = {name: {each for each in seen if each in links} for name, seen in links.items()}
    return gather_base(links, members)


def box(path: Path, package: str) -> str:
    """The box of a file: its room, or itself; scripts keep their ending."""
    if path.parts[0] == package:
        return path.parts[1].removesuffix(".py")
    return path.parts[0]


def dotted(path: Path) -> str:
    """The name under which a file is imported."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, folder: Path) -> set[str]:
    """Full names of what a file imports anywhere; some are of things inside modules."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(folder).parts[: -node.level] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def gather_base(links: Graph, members: dict[str, list[str]]) -> tuple[Graph, dict[str, list[str]]]:
    """Put the modules at the bottom, and those that only the shared ones import, into one box."""
    shared = {"problems", "files", "quiet", "terminal"}
    base = {
        name
        for name, seen in links.items()
        if members[name] == [name] and (name in shared or seen <= shared)
    }
    joined: Graph = {BASE: set()}
    for name, seen in links.items():
        if name not in base:
            joined[name] = (seen - base) | ({BASE} if seen & base else set())
    return joined, {**members, BASE: sorted(base)}


def levels(links: Graph) -> list[list[str]]:
    """Boxes by their height above the bottom, top row first.

    Raises:
        graphlib.CycleError: imports go round.
    """
    height: dict[str, int] = {}
    for name in graphlib.TopologicalSorter(links).static_order():
        height[name] = 1 + max((height[each] for each in links[name]), default=-1)
    top = max(height.values())
    for name in links:
        if name.endswith(".py") and not any(name in seen for seen in links.values()):
            height[name] = top  # scripts stand together, above all
    rows = [sorted(name for name in links if height[name] == each) for each in range(top, -1, -1)]
    return [row for row in rows if row]


def reduced(links: Graph) -> Graph:
    """The graph without the lines that another way down already tells."""

    def below(name: str) -> set[str]:
        return links[name].union(*(below(each) for each in links[name]))

    return {
        name: seen - set().union(*(below(each) for each in seen)) for name, seen in links.items()
    }


def panel(problem: str, top: float) -> tuple[list[str], float]:
    """SVG of one problem, and the height where it ends."""
    links, members = graph(problem)
    places: dict[str, tuple[float, float, float, float]] = {}
    shapes, y = [], top + 34
    for row in levels(links):
        texts = {name: lines(name, members[name]) for name in row}
        widths = {name: 16 + LETTER * max(map(len, texts[name])) for name in row}
        height = 10.0 + LINE * max(map(len, texts.values()))
        x = (WIDTH - sum(widths.values()) - GAP * (len(row) - 1)) / 2
        for name in row:
            places[name] = (x, y, widths[name], height)
            shapes += draw(name, texts[name], places[name])
            x += widths[name] + GAP
        y += height + ROW
    drawn = []
    for name, seen in sorted(reduced(links).items()):
        for each in sorted(seen):
            (x1, y1, width1, height1), (x2, y2, width2, _) = places[name], places[each]
            drawn.append(
                f'<line x1="{x1 + width1 / 2:.0f}" y1="{y1 + height1:.0f}" '
                f'x2="{x2 + width2 / 2:.0f}" y2="{y2:.0f}"/>'
            )
    title = (
        f'<text class="title" x="{MARGIN}" y="{top + 18:.0f}">{problem}: {PACKAGES[problem]}</text>'
    )
    return [title, *drawn, *shapes], y


def lines(name: str, members: list[str]) -> list[str]:
    """Text of a box: its name and, of a room, its modules, three a line."""
    if members in ([name], [name.removesuffix(".py")]):
        return [name]
    each = sorted(members)
    return [name, *(" · ".join(each[at : at + 3]) for at in range(0, len(each), 3))]


def draw(name: str, texts: list[str], place: tuple[float, float, float, float]) -> list[str]:
    x, y, width, height = place
    kind = ' class="script"' if name.endswith(".py") else ""
    shapes = [
        f'<rect{kind} x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="4"/>'
    ]
    for at, text in enumerate(texts):
        small = ' class="small"' if at else ""
        middle, foot = x + width / 2, y + LINE * (at + 1)
        shapes.append(f'<text{small} x="{middle:.0f}" y="{foot:.0f}">{escape(text)}</text>')
    return shapes


def picture() -> str:
    """The whole SVG, the same every time for the same code."""
    shapes, y = [], 0.0
    for problem in PACKAGES:
        drawn, y = panel(problem, y)
        shapes += drawn
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}">'
    ground = f'<path d="M0 0h{WIDTH}v{y:.0f}H0z" fill="#fff"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, *shapes, "</svg>", ""])


def main() -> None:
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
