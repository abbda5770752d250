"""Every result of the coursework in one command: train, evaluate, compare, draw, and the report.

    python reproduce.py [--problem 1|2|3] [--full] [--out DIR]

Each step is the command that a person would type, in a process of its own, so that one that fails
leaves the others alone. What it prints is kept, and a step whose result is there is not repeated.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent / "Problema1"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "Problema3"))

from scenes import files
from scenes.config import NETWORKS
from scenes.data import sources
from scenes.data.images import DataError
from scenes.formatting import KINDS, MODELS, duration, interval, number
from student_performance.formatting import KINDS as STUDENTS

ROOT = Path(__file__).resolve().parent
# Minutes on two cores: fewer and smaller images, fewer epochs, and batches small enough to make
# steps of them.
QUICK = {"--limit": 960, "--image-size": 64, "--epochs": 8, "--batch-size": 32}
FRAMES = 300  # of the demo: three of its gestures, several times
GRACE = 10  # seconds that an interrupted step has to tidy up
BAR = "━"  # a line of a child's log that holds it is a progress bar, not a message


@dataclass(frozen=True)
class Step:
    """One command and what comes of it.

    Attributes:
        name: of its record and its log.
        problem: whose it is; 0 is the report's.
        title: Spanish, for the progress display.
        command: script, relative to the project, and arguments.
        keeps: files under the output folder, and what a folder like ``models/`` calls them.
        logs: CSV files under the output folder that grow by a line an epoch.
        epochs: lines that they have at most, all together.
    """

    name: str
    problem: int
    title: str
    command: tuple[str, ...]
    keeps: dict[str, str] = field(default_factory=dict)
    logs: tuple[str, ...] = ()
    epochs: int | None = None


@dataclass
class Outcome:
    """What became of a step: the last JSON object that it printed, or why there is none."""

    step: Step
    found: dict | None = None
    cause: str = ""


def plan(out: Path, full: bool) -> list[Step]:
    """The steps in order, without the figures and the report."""
    student = ("--data", "kaggle") if full else ()
    steps = [
        Step(
            "problema1",
            1,
            "Problema 1: regresión",
            ("Problema1/train.py", *student, "--out", f"{out / 'problema1'}", "--json"),
            {
                "problema1/metrics.json": "student_performance.json",
                "problema1/model.keras": "student_performance.keras",
            },
        ),
        Step(
            "problema2",
            2,
            "Problema 2: gestos",
            ("Problema2/train-gesture-classifier.py", "--out", f"{out / 'problema2'}", "--json"),
            {"problema2/rps_classifier.json": "rps_classifier.json"},
        ),
        Step(
            "demostracion",
            2,
            "Problema 2: demostración con MediaPipe",
            (
                *("Problema2/rock-paper-scissors.py", "--source", "demo", "--headless", "--json"),
                *("--max-frames", f"{FRAMES}"),
                *("--model", f"{out / 'problema2' / 'rps_classifier.tflite'}"),
            ),
        ),
    ]
    if not full:
        quick = [text for name, value in QUICK.items() for text in (name, f"{value}")]
        return [*steps, scenes_step("problema3", "Problema 3: cuatro redes", out, "all", *quick)]
    table = out / "particiones" / "medias.json"
    return [
        *steps[:1],
        Step(
            "particiones",
            1,
            "Problema 1: particiones al azar",
            ("benchmarks/problema1.py", *student, "--json", "--out", f"{table}"),
            {"particiones/medias.json": "student_performance_benchmark.json"},
        ),
        *steps[1:],
        scenes_step("problema3", "Problema 3: cuatro redes", out, "all", "--download"),
        scenes_step("ajuste-fino", "Problema 3: ajuste fino", out, "best", "--download"),
        scenes_step(
            *("protocolo-informe", "Problema 3: protocolo del informe", out, "all"),
            *("--download", "--protocol", "report"),
        ),
    ]


def scenes_step(name: str, title: str, out: Path, model: str, *arguments: str) -> Step:
    """A step that trains one of Problem 3's networks, or all four."""
    names = NETWORKS if model == "all" else (model,)
    ending = "_report" if "report" in arguments else ""
    command = ("Problema3/train.py", "--model", model, *arguments)
    return Step(
        name,
        3,
        title,
        (*command, "--out", f"{out / name}", "--resume", "--json"),
        {
            f"{name}/{network}{old}": f"scenes_{network}{ending}{old}"
            for network in names
            for old in ("_probabilities.npz", ".json")
        },
        tuple(f"{name}/{network}.csv" for network in names),
        QUICK["--epochs"] * len(names) if "--epochs" in arguments else None,
    )


def closing(out: Path, full: bool, part: bool) -> list[Step]:
    """Figures of what was computed, and the report: of these results where they are the real ones.

    Args:
        out: output folder.
        full: as in :func:`plan`.
        part: not all problems were asked for, and what the report needs may be missing.
    """
    made = out / "modelos"
    models = made if full else ROOT / "models"
    steps = [
        Step(
            "figuras",
            0,
            "Figuras",
            ("informe/figures.py", "--models", f"{made}", "--out", f"{out / 'figuras'}"),
        ),
        Step(
            "informe",
            0,
            "Informe",
            ("informe/build.py", "--models", f"{models}", "--out", f"{out / 'informe.pdf'}"),
        ),
    ]
    return steps[:1] if full and part else steps


def signature(step: Step, out: Path) -> dict:
    """What a record must have been made with to be used again: command, code and data."""
    paths = [ROOT / "requirements.txt", ROOT / step.command[0]]
    paths += sorted((ROOT / f"Problema{step.problem}").rglob("*.py"))
    if step.problem != 3:
        paths += [*sorted((ROOT / "data").glob("*.csv")), *sorted((ROOT / "data").glob("*.npy"))]
    # what an earlier step made
    paths += [Path(each) for each in step.command if Path(each).is_relative_to(out)]
    total = hashlib.sha256()
    for path in paths:
        if path.is_file():
            total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    found = {"command": list(step.command), "sha256": total.hexdigest()}
    return found | ({"images": images("--download" in step.command)} if step.problem == 3 else {})


@functools.cache
def images(download: bool) -> str:
    """Digest of the names, sizes and dates of Problem 3's images."""
    root = sources.find(download=download, announce=lambda line: None).root
    total = hashlib.sha256(str(root).encode())
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            state = os.stat(os.path.join(folder, name), follow_symlinks=False)
            total.update(f"{folder}/{name} {state.st_size} {state.st_mtime_ns}".encode())
    return total.hexdigest()


def perform(step: Step, out: Path, progress: Progress) -> Outcome:
    """Run a step, or take its result from its record.

    A record is begun before the step and completed after it: one with another signature means that
    what the step left behind is not to be resumed.
    """
    task = progress.add_task(step.title, total=None, detail="")
    update = functools.partial(progress.update, task)
    log = out / "registro" / f"{step.name}.txt"
    if not step.problem:  # figures and report, which take seconds
        code, _ = execute(step, out, log, update)
        return ended(Outcome(step, cause=cause(log, code)) if code else Outcome(step, {}), update)
    for name in step.keeps.values():
        (out / "modelos" / name).unlink(missing_ok=True)
    record = log.with_suffix(".json")
    if step.problem == 3:
        update(detail="busca las imágenes" + " o las baja" * ("--download" in step.command))
    try:
        made_with = signature(step, out)
    except DataError as error:
        return ended(Outcome(step, cause=error.lines[0]), update)
    update(detail="")
    held = recorded(record)
    if held.get("made_with") != made_with:
        shutil.rmtree(out / step.name, ignore_errors=True)
        held = {}
    found = held.get("found")
    if found and all((out / kept).exists() for kept in step.keeps):
        return ended(Outcome(step, found), update, "ya estaba")
    if step.keeps:
        (out / step.name).mkdir(exist_ok=True)
    write(record, {"made_with": made_with})
    code, text = execute(step, out, log, update)
    if code:
        return ended(Outcome(step, cause=cause(log, code)), update)
    lines = text.splitlines()
    # one object, in one line or several; or one object a line
    found = json.loads(text) if lines[0] == "{" else json.loads(lines[-1])
    write(record, {"made_with": made_with, "found": found})
    return ended(Outcome(step, found), update)


def ended(outcome: Outcome, update, detail: str = "") -> Outcome:
    """The same, shown as complete or as failed."""
    if outcome.cause:
        update(total=1, detail="no se completó")
    else:
        update(total=1, completed=1, detail=detail)
    return outcome


def recorded(record: Path) -> dict:
    try:
        held = json.loads(record.read_text(encoding="utf-8"))
        return held if isinstance(held, dict) else {}
    except (OSError, ValueError):
        return {}  # none, or cut short: the step runs


def execute(step: Step, out: Path, log: Path, update) -> tuple[int, str]:
    """Exit code and standard output; standard error goes to the log."""
    command = [sys.executable, str(ROOT / step.command[0]), *step.command[1:]]
    answer = log.with_suffix(".salida")
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with open(answer, "wb") as said, open(log, "wb") as told:
        process = subprocess.Popen(command, stdout=said, stderr=told, env=environment)
        try:
            while process.poll() is None:
                done = epochs(out, step.logs)
                if done:
                    # not the whole bar, since testing follows
                    share = {"total": step.epochs + 1, "completed": done} if step.epochs else {}
                    update(detail=f"{done} épocas", **share)
                time.sleep(0.2)
        except BaseException:
            stop(process)
            raise
    text = answer.read_text(encoding="utf-8")
    answer.unlink()
    return process.returncode, text


def stop(process: subprocess.Popen) -> None:
    """End a step that was interrupted: it was told so too, and may be tidying up."""
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def epochs(out: Path, logs: tuple[str, ...]) -> int:
    """Lines of the CSV files, without their headings."""
    total = 0
    for name in logs:
        try:
            total += max((out / name).read_bytes().count(b"\n") - 1, 0)
        except OSError:
            continue  # not begun
    return total


def cause(log: Path, code: int) -> str:
    """Why a step failed: its last message, if it ended by itself."""
    lines = messages(log)
    said = lines[-1] if lines and code in (1, 2) else f"terminó con el código {code}"
    if code < 0:
        said += ", como cuando falta memoria"
    return f"{said} (todo lo que dijo: {shown(log)})"


def messages(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip() and BAR not in line]


def keep(outcome: Outcome, out: Path) -> None:
    """Put the step's files together as ``models/`` has them, for the figures and the report."""
    for source, name in outcome.step.keeps.items():
        if (out / source).exists():
            shutil.copyfile(out / source, out / "modelos" / name)


def rows(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Lines of the final table: what, its figure, where it is in the output folder."""
    name, found = outcome.step.name, outcome.found
    where = f"{name}/"
    if name == "problema1":
        title = f"R² en {number(found['n_test'], 0)} filas ({STUDENTS[found['data_kind']]})"
        yield f"{title}: red", with_interval(found, "r2", 4), where
        yield "Lo mismo, mínimos cuadrados", with_interval(found, "ols_r2", 4), where
    elif name == "particiones":
        told = f"{number(found['mean_r2'], 4)} y {number(found['mean_ols_r2'], 4)}"
        yield f"R² medio en {found['n_splits']} particiones: red y m. cuadrados", told, where
    elif name == "problema2":
        for part, title in (("simulated", "simuladas"), ("filmed", "dibujadas, con MediaPipe")):
            scores = found["test"][part]
            told = f"{number(scores['accuracy'], 4)} {interval(*scores['interval_95'], 4)}"
            yield f"Exactitud en {number(scores['n'], 0)} manos {title}", told, where
    elif name == "demostracion":
        right = number(found["accuracy"], 4) if "accuracy" in found else "—"
        doubtful = found["frames"] - sum(found["gestures"].values()) + found["gestures"]["dudoso"]
        title = f"Aciertos en {found['frames'] - doubtful} cuadros simulados con un gesto"
        told = f"{right}, a {number(found['fps'], 0)} cuadros/s"
        yield f"{title} (en {doubtful}, sin mano o dudoso)", told, "—"
    else:
        networks = {found["model"]: found} if "model" in found else found
        ending = ", protocolo del informe" if name == "protocolo-informe" else ""
        for network, metrics in networks.items():
            title = f"exactitud en {number(metrics['n_test'], 0)} {KINDS[metrics['data_kind']]}"
            yield f"{MODELS[network]}: {title}{ending}", with_interval(metrics, "accuracy"), where


def with_interval(metrics: dict, score: str, digits: int = 3) -> str:
    ends = interval(*metrics[f"{score}_ci"], digits)
    return f"{number(metrics[score], digits)} {ends}"


def shown(path: Path) -> str:
    """A path as short as it can be written."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def write(path: Path, content: dict) -> None:
    """JSON, whole or not at all."""
    temporary = path.with_suffix(".escribiendo")
    temporary.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)


def peak_memory() -> str:
    """The largest of the steps' processes; nothing where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return ""
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    used *= 1 if sys.platform == "darwin" else 1024
    return f" Memoria máxima de un paso: {number(used / 2**30, 1)} GiB."


def run(arguments: argparse.Namespace, console: Console) -> int:
    """All the steps asked for, with their table; the exit code."""
    started = time.perf_counter()
    out = arguments.out.resolve()
    for folder in ("registro", "modelos", "figuras"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    with files.locked(out, "reproduccion"):
        return _run(arguments, out, started, console)


def _run(arguments: argparse.Namespace, out: Path, started: float, console: Console) -> int:
    asked = [
        step
        for step in plan(out, arguments.full)
        if not arguments.problem or step.problem in arguments.problem
    ]
    outcomes = []
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}"),
        console=console,
    ) as progress:
        last = closing(out, arguments.full, part=bool(arguments.problem))
        whole = progress.add_task("Todo", total=len(asked) + len(last), detail="")
        for step in asked:
            outcomes.append(perform(step, out, progress))
            if outcomes[-1].found is not None:
                keep(outcomes[-1], out)
            progress.advance(whole)
        for step in last:
            outcomes.append(perform(step, out, progress))
            progress.advance(whole)
    show(outcomes, out, console)
    seconds = time.perf_counter() - started
    console.print(f"Tiempo total: {duration(seconds)}.{peak_memory()}", highlight=False)
    failed = [outcome for outcome in outcomes if outcome.cause]
    for outcome in failed:
        console.print(
            f"No se completó «{outcome.step.title}»: {outcome.cause}",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
    return 1 if failed else 0


def show(outcomes: list[Outcome], out: Path, console: Console) -> None:
    """The final table, and what was left out."""
    table = Table(
        title="Resultados, con su intervalo del 95 %",
        caption=f"Archivos en {shown(out)}",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("Qué")
    table.add_column("Cifra", justify="right", no_wrap=True)
    table.add_column("Archivos", no_wrap=True)
    for outcome in outcomes:
        if outcome.found and outcome.step.problem:
            for row in rows(outcome):
                table.add_row(*row)
        elif outcome.found is not None and outcome.step.name == "figuras":
            drawn = len(list((out / "figuras").glob("*.png")))
            table.add_row("Figuras", f"{drawn} PNG", "figuras/")
        elif outcome.found is not None:
            table.add_row("Informe", "PDF", "informe.pdf")
    if table.row_count:
        console.print(table)
    for outcome in outcomes:
        trains_all = outcome.step.problem == 3 and "all" in outcome.step.command
        if trains_all and outcome.found and "resnet50" not in outcome.found:
            log = out / "registro" / f"{outcome.step.name}.txt"
            for line in messages(log):
                if "ResNet50" in line:
                    console.print(line, highlight=False, soft_wrap=True, markup=False)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Entrena y evalúa los tres problemas, dibuja las figuras y compone el informe: "
        "unos minutos con dos núcleos. Repetida, sigue desde lo que ya está.",
    )
    parser.add_argument(
        "--problem",
        type=int,
        choices=(1, 2, 3),
        action="append",
        help="solo este problema (se puede repetir)",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="con los datos reales y todas las épocas, y el informe con esas cifras: horas sin GPU",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="carpeta de salida (salida/reproduccion; con --full, salida/reproduccion-completa)",
    )
    arguments = parser.parse_args()
    if not arguments.out:
        arguments.out = ROOT / "salida" / ("reproduccion" + "-completa" * arguments.full)
    return arguments


def main() -> int:
    arguments = parse_arguments()
    try:
        return run(arguments, Console())
    except files.BusyError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        reason = error.strerror or type(error).__name__
        print(
            f"No se puede escribir en «{arguments.out}» ({reason}); elija otra carpeta con --out.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("Interrumpido; repita la orden y sigue desde donde quedó.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
