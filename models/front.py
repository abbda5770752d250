"""Tables in both languages, for READMEs and guides."""

from __future__ import annotations

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "Problema3"))

from scenes.results.published import REPORT  # noqa: E402

NETWORKS = ("dense", "cnn", "residual", "resnet50", "best")

ENGLISH = {
    "point": ".",
    "thousands": ",",
    "head": "| problem | model | measured on | result | same layers, earlier report |",
    "students": "{n} published students, held out",
    "line": "a line (small networks do not beat it here)",
    "bends": "a line and small networks",
    "mae": "mean error {mae} points (least squares {ols})",
    "hands": "{n} hands of {sources} collections of other people's photographs",
    "gestures": "dense network on landmarks",
    "right": "right in {low} to {high} %, by collection",
    "scenes": "{n} test photographs",
    "accuracy": "accuracy {accuracy}",
    "published": "{accuracy}, chosen on the same images",
    "dense": "dense",
    "cnn": "convolutional",
    "residual": "residual",
    "resnet50": "last layer on ResNet50",
    "best": "ResNet50, fitted on",
    "foot": "In brackets, 95 % bootstrap intervals.",
    "ours": "ours",
    "cores": "cores",
    "turns": "Medians of the ratios in {turns} turns ({machine}).",
    "time": "time",
    "landmarks": "from landmarks",
    "frame": "from a frame",
    "plain LiteRT loop": "a plain LiteRT loop",
    "GestureRecognizer": "MediaPipe's GestureRecognizer",
}
SPANISH = {
    "point": ",",
    "thousands": ".",
    "head": "| problema | modelo | medido con | resultado | mismas capas, informe anterior |",
    "students": "{n} estudiantes publicados, apartados",
    "line": "una recta (aquí no la mejoran redes pequeñas)",
    "bends": "una recta y redes pequeñas",
    "mae": "error medio de {mae} puntos (mínimos cuadrados, {ols})",
    "hands": "{n} manos de {sources} colecciones de fotografías de otras personas",
    "gestures": "red densa con los puntos de la mano",
    "right": "acierta entre {low} y {high} %, según la colección",
    "scenes": "{n} fotografías de prueba",
    "accuracy": "exactitud {accuracy}",
    "published": "{accuracy}, elegida con esas mismas imágenes",
    "dense": "densa",
    "cnn": "convolucional",
    "residual": "residual",
    "resnet50": "última capa sobre ResNet50",
    "best": "ResNet50 con ajuste fino",
    "foot": "Entre corchetes, intervalos bootstrap del 95 %.",
    "ours": "la nuestra",
    "cores": "núcleos",
    "turns": "Medianas de los cocientes en {turns} turnos ({machine}).",
    "time": "tiempo",
    "landmarks": "desde los puntos",
    "frame": "desde un cuadro",
    "plain LiteRT loop": "LiteRT a secas",
    "GestureRecognizer": "GestureRecognizer de MediaPipe",
}


def results(words: dict[str, str]) -> str:
    """The three problems' figures, a line a model."""
    rows = [_students(words), _hands(words), *(_scenes(name, words) for name in NETWORKS)]
    lines = [words["head"], "|---|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([*lines, "", words["foot"]])


def ways(words: dict[str, str]) -> str:
    """The usual ways from a hand to its gesture, in times of ours (``benchmarks/problema2.py``)."""
    facts = _read("rps_classifier_benchmark")
    lines = [f"| {words['ours']} = 1 | {words['time']} |", "|---|---|"]
    for start, measured in facts["ways"].items():
        others = [(each["ratio"], name) for name, each in measured.items() if name != "ours"]
        for ratio, name in sorted(others, reverse=True):
            title = f"`{name}`" if start == "landmarks" and "LiteRT" not in name else name
            title = words.get(name, title)
            time = _times(ratio).replace(".", words["point"])
            lines.append(f"| {words[start]}: {title} | {time} |")
    machine = facts["machine"].replace("cores", words["cores"])
    return "\n".join([*lines, "", words["turns"].format(turns=facts["turns"], machine=machine)])


def _students(words: dict[str, str]) -> tuple[str, ...]:
    metrics = _read("student_performance")
    held_out = words["students"].format(n=_count(metrics["n_test"], words))
    errors = {
        name: _with_interval(metrics[f"{prefix}mae"], metrics[f"{prefix}mae_ci"], words, 3)
        for name, prefix in (("mae", ""), ("ols", "ols_"))
    }
    model = words["bends" if metrics["findings"]["bends"] else "line"]
    return "1", model, held_out, words["mae"].format(**errors), "—"


def _hands(words: dict[str, str]) -> tuple[str, ...]:
    collections = _read("rps_classifier_hands")["gestures"]["network"].values()
    n = _count(sum(each["n"] for each in collections), words)
    shares = [100 * each["accuracy"] for each in collections]
    low, high = (
        f"{share:.1f}".replace(".", words["point"]) for share in (min(shares), max(shares))
    )
    measured = words["hands"].format(n=n, sources=len(shares))
    return "2", words["gestures"], measured, words["right"].format(low=low, high=high), "—"


def _scenes(name: str, words: dict[str, str]) -> tuple[str, ...]:
    metrics = _read(f"scenes_{name}")
    accuracy = _with_interval(metrics["accuracy"], metrics["accuracy_ci"], words, 3)
    before = "—"
    if name in REPORT:
        kept = f"{REPORT[name].kept:.3f}".replace(".", words["point"])
        before = words["published"].format(accuracy=kept)
    test = words["scenes"].format(n=_count(metrics["n_test"], words))
    return "3", words[name], test, words["accuracy"].format(accuracy=accuracy), before


def _read(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _count(number: int, words: dict[str, str]) -> str:
    return f"{number:,}".replace(",", words["thousands"])


def _with_interval(value: float, ends: list[float], words: dict[str, str], digits: int) -> str:
    low, high = ends
    text = f"{value:.{digits}f} [{low:.{digits}f}; {high:.{digits}f}]"
    return text.replace(".", words["point"])


def _times(ratio: float) -> str:
    """Two digits that count: what a shared machine can tell."""
    return f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.1e}'):.0f}"
