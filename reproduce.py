"""Every result of the coursework in one command: train, evaluate, compare, draw, and the report.

    python reproduce.py [--problem 1|2|3] [--full] [--out DIR]

The steps are commands that a person could type, one after another; each shows its own progress and
tables. One that fails leaves the others alone. Repeated, this goes on from what is done.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent / "Problema1"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "Problema3"))

from scenes import files, terminal
from scenes.config import BEST, NETWORKS
from scenes.formatting import KINDS, MODELS, duration, interval, number
from student_performance.formatting import KINDS as STUDENT_KINDS

ROOT = Path(__file__).resolve().parent
DONE = "hecho"  # the second line of a step's record; the first is the digest
DATA = {1: "*.csv", 2: "*.npy"}  # what comes embedded; Problem 3 looks after its images itself
GRACE = 10  # seconds that an interrupted step has to tidy up


class Step(NamedTuple):
    """One command."""

    name: str  # of its folder under the output folder, if it writes one, and of its record
    problem: int  # whose it is; 0 is the report's
    title: str
    command: str  # script, relative to the project, and arguments
    keeps: Mapping[str, str] = MappingProxyType({})  # files in its folder; their names in models/


def networks(*names: str) -> dict[str, str]:
    """What a step keeps of networks of Problem 3."""
    return {
        f"{name}{ending}": f"scenes_{name}{ending}"
        for name in names
        for ending in (".json", "_probabilities.npz")
    }


STUDENT = {
    "metrics.json": "student_performance.json",
    **{f"model.{kind}": f"student_performance.{kind}" for kind in ("keras", "tflite")},
}
DETAILS = {"detalles.json": "student_performance_details.json"}
RELATIONS = {"relaciones.json": "student_performance_benchmark.json"}
GESTURES = {"rps_classifier.json": "rps_classifier.json"}
SIMPLE_HANDS = {"rps_baselines.json": "rps_baselines.json"}
SIMPLE_SCENES = {"scenes_baselines.json": "scenes_baselines.json"}
SIDES = {"residual": 150}  # of the images, where it is not 224


def scenes(name: str, flags: str = "", protocol: str = "") -> Step:
    """The training of one network of Problem 3 as it is published, in a folder of its own."""
    model, _, maxima = name.partition("_")
    command = f"Problema3/train.py --model {model} --download --resume {flags}"
    if maxima:
        command += f" --pooling {maxima}"
    if model in SIDES:
        command += f" --image-size {SIDES[model]}"
    folder = name.replace("_", "-") + ("-informe" if protocol else "")
    title = f"Problema 3: {MODELS[name]}" + (", protocolo del informe" if protocol else "")
    keeps = {
        f"{model}{ending}": f"scenes_{name}{protocol}{ending}"
        for ending in (".json", "_probabilities.npz")
    }
    return Step(folder, 3, title, f"{command} --out {{out}}/{folder}", keeps)


# fmt: off
HANDS = (
    Step("problema2", 2, "Problema 2: gestos",
        "Problema2/train-gesture-classifier.py --out {out}/problema2", GESTURES),
    Step("demostracion", 2, "Problema 2: demostración con MediaPipe",
        "Problema2/rock-paper-scissors.py --source demo --headless --max-frames 300"
        " --model {out}/problema2/rps_classifier.tflite"),
)
FIGURES = Step("figuras", 0, "Figuras",
    "informe/figures.py --models {out}/modelos --out {out}/figuras")

# Minutes on two cores: the embedded data and, in Problem 3, fewer and smaller images, fewer epochs,
# and batches small enough to make steps of them. The report is that of the published figures.
QUICK = (
    Step("problema1", 1, "Problema 1: regresión",
        "Problema1/train.py --curve --out {out}/problema1", STUDENT),
    *HANDS,
    Step("problema3", 3, "Problema 3: cuatro redes",
        "Problema3/train.py --model all --limit 960 --image-size 64 --epochs 8 --batch-size 32"
        " --resume --out {out}/problema3", networks(*NETWORKS)),
    FIGURES,
    Step("informe", 0, "Informe", "informe/build.py --out {out}/informe.pdf"),
)
# Many hours without a GPU: the real data, every epoch and seed, and the report of these figures.
FULL = (
    Step("problema1", 1, "Problema 1: regresión",
        "Problema1/train.py --data kaggle --curve --out {out}/problema1", STUDENT),
    Step("detalles", 1, "Problema 1: errores, columnas y curva de aprendizaje",
        "Problema1/details.py --data kaggle --model {out}/modelos/student_performance"
        " --out {out}/detalles/detalles.json", DETAILS),
    Step("relaciones", 1, "Problema 1: relaciones y otros modelos",
        "benchmarks/problema1.py --data kaggle --out {out}/relaciones/relaciones.json", RELATIONS),
    *HANDS,
    Step("gestos-simples", 2, "Problema 2: sin red",
        "Problema2/train-gesture-classifier.py --baselines --out {out}/gestos-simples",
        SIMPLE_HANDS),
    *(scenes(name, "--repeat 3") for name in NETWORKS),
    scenes("resnet50_max", "--repeat 3"),
    scenes(BEST),
    *(scenes(name, "--protocol report", "_report") for name in NETWORKS),
    Step("escenas-simples", 3, "Problema 3: sin red",
        "Problema3/baselines.py --out {out}/escenas-simples", SIMPLE_SCENES),
    FIGURES,
    Step("informe", 0, "Informe",
        "informe/build.py --models {out}/modelos --out {out}/informe.pdf"),
)
# fmt: on


def perform(step: Step, out: Path, console: Console) -> int:
    """Run a step, unless its result is there, and copy what it keeps to ``modelos``.

    Problem 3 knows by itself what is left to do, and the report takes seconds: those always run.

    Returns:
        the command's exit code.
    """
    script, *arguments = (word.format(out=out) for word in step.command.split())
    folder, record = out / step.name, out / "registro" / f"{step.name}.txt"
    console.print(f"\n{step.title}\n$ python {shlex.join(map(shown, [script, *arguments]))}")
    for published in step.keeps.values():
        (out / "modelos" / published).unlink(missing_ok=True)
    made_with, noted = digest(step, script, arguments), []
    if record.is_file():
        noted = record.read_text(encoding="utf-8", errors="replace").splitlines()
    if noted[:1] != [made_with]:
        shutil.rmtree(folder, ignore_errors=True)  # of other code or data: not to be gone on from
    # LiteRT files, which JAX cannot write, come and go with the others
    there = all((folder / name).is_file() for name in step.keeps if not name.endswith(".tflite"))
    if step.problem in (1, 2) and noted == [made_with, DONE] and there:
        console.print("Ya estaba.")
    else:
        record.write_text(f"{made_with}\n", encoding="utf-8")
        if code := execute([sys.executable, str(ROOT / script), *arguments], console):
            return code
        record.write_text(f"{made_with}\n{DONE}\n", encoding="utf-8")
    for name, published in step.keeps.items():
        if (folder / name).is_file():  # a step of Problem 3 need not train every network
            shutil.copyfile(folder / name, out / "modelos" / published)
    return 0


def execute(command: list[str], console: Console) -> int:
    """Exit code of a command that shares this terminal."""
    process = subprocess.Popen(command, stderr=console.file)
    try:
        return process.wait()
    except BaseException:  # Ctrl-C, which the step was told too: it may be tidying up
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.terminate()
        process.wait()
        raise


def digest(step: Step, script: str, arguments: list[str]) -> str:
    """SHA-256 of a command, its code and the embedded data that it reads."""
    paths = [ROOT / "requirements.txt", ROOT / script]
    paths += sorted((ROOT / f"Problema{step.problem}").rglob("*.py"))
    if step.problem in DATA:
        paths += sorted((ROOT / "data").glob(DATA[step.problem]))
    for each in arguments:
        if each.endswith(".tflite"):  # an earlier step's, which with JAX is the network of Keras
            paths += [Path(each).with_suffix(".keras"), Path(each)]
    total = hashlib.sha256(repr([script, *arguments]).encode())
    for path in paths:
        if path.is_file():
            total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def shown(text: str | Path) -> str:
    """A path as short as it can be written; other words as they are."""
    here = Path.cwd()
    return str(Path(text).relative_to(here)) if Path(text).is_relative_to(here) else str(text)


def rows(step: Step, folder: Path) -> Iterator[tuple[str, str]]:
    """What a step's JSON files say: lines of the final table, with their figures."""
    paths = [folder / name for name in step.keeps if name.endswith(".json")]
    found = {path.name: json.loads(path.read_text("utf-8")) for path in paths if path.is_file()}
    if metrics := found.get("metrics.json"):
        kind = STUDENT_KINDS[metrics["data_kind"]]
        yield f"R² en {number(metrics['n_test'], 0)} filas ({kind}): red", score(metrics, "r2", 4)
        yield "Lo mismo, mínimos cuadrados", score(metrics, "ols_r2", 4)
    elif measured := found.get("relaciones.json"):
        runs = [run["errors"] for run in measured["cases"]["data set"]["runs"]]
        network, ols = (statistics.fmean(run[name] for run in runs) for name in ("network", "ols"))
        title = f"RMSE medio en {len(runs)} particiones: red y m. cuadrados"
        yield title, f"{number(network, 3)} y {number(ols, 3)}"
    elif metrics := found.get("rps_classifier.json"):
        for part, title in (("simulated", "simuladas"), ("filmed", "dibujadas, con MediaPipe")):
            test = metrics["test"][part]
            title = f"Exactitud en {number(test['n'], 0)} manos {title}"
            yield title, with_interval(test["accuracy"], test["interval_95"], 4)
    else:
        for metrics in found.values():
            if "model" not in metrics:
                continue  # what the report shows beside the networks
            title = f"exactitud en {number(metrics['n_test'], 0)} {KINDS[metrics['data_kind']]}"
            ending = ", protocolo del informe" * (metrics["protocol"] == "report")
            yield f"{MODELS[metrics['model']]}: {title}{ending}", score(metrics, "accuracy", 3)


def score(metrics: dict, name: str, digits: int) -> str:
    return with_interval(metrics[name], metrics[f"{name}_ci"], digits)


def with_interval(value: float, ends: list[float], digits: int) -> str:
    low, high = ends
    return f"{number(value, digits)} {interval(low, high, digits)}"


def chosen(arguments: argparse.Namespace) -> list[Step]:
    """The steps asked for, in order."""
    steps = list(FULL if arguments.full else QUICK)
    if arguments.problem:
        steps = [step for step in steps if step.problem in (0, *arguments.problem)]
        if arguments.full:  # some of the figures of its report may be missing
            steps = [step for step in steps if step.name != "informe"]
    return steps


def run(arguments: argparse.Namespace, console: Console) -> list[str]:
    """Perform the steps and show their figures; a sentence for each that failed."""
    started, out = time.perf_counter(), arguments.out.resolve()
    table = Table("Qué", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.title = "Resultados, con su intervalo del 95 %"
    table.caption = f"Archivos en {shown(out)}"
    table.add_column("Cifra", justify="right", no_wrap=True)
    table.add_column("Archivos", no_wrap=True)
    failed = []
    for folder in ("registro", "modelos"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    with files.locked(out, "reproduccion"):
        for step in chosen(arguments):
            if code := perform(step, out, console):
                reason = f"terminó con el código {code}; más arriba dice por qué"
                if code < 0:
                    reason = f"lo detuvo la señal {-code}, como cuando falta memoria"
                failed.append(f"No se completó «{step.title}»: {reason}.")
                continue
            for row in rows(step, out / step.name):
                table.add_row(*row, f"{step.name}/")
    results = Console(highlight=False, markup=False, soft_wrap=True)
    if table.row_count:
        results.print(table)
    results.print(f"Tiempo total: {duration(time.perf_counter() - started)}.")
    for sentence in failed:
        console.print(sentence)
    return failed


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Entrena y evalúa los tres problemas, dibuja las figuras y compone el informe: "
        "unos minutos con dos núcleos. Repetida, sigue desde lo que ya está.",
    )
    problem = "solo este problema (se puede repetir)"
    full = "con los datos reales y todas las épocas, y el informe con esas cifras: horas sin GPU"
    out = "carpeta de salida (salida/reproduccion; con --full, salida/reproduccion-completa)"
    parser.add_argument("--problem", type=int, choices=(1, 2, 3), action="append", help=problem)
    parser.add_argument("--full", action="store_true", help=full)
    parser.add_argument("--out", type=Path, metavar="DIR", help=out)
    arguments = parser.parse_args()
    arguments.out = arguments.out or ROOT / "salida" / (
        "reproduccion-completa" if arguments.full else "reproduccion"
    )
    return arguments


def main() -> int:
    arguments = parse_arguments()
    failed: list[str] = []

    def command(console: Console) -> None:
        with files.explained(arguments.out, "elija otra carpeta con --out"):
            failed.extend(run(arguments, console))

    code = terminal.run(command, "Interrumpido; repita la orden y sigue desde donde quedó.")
    return code or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
