"""Says what this computer has for the project and what it lacks, and what to do about it.

    python comprobar.py [--json] [--no-camera]

It needs nothing but Python's own library and starts on Python 3.8, since the computers that need it
most are those where little else works. What may crash is tried in a process of its own. The exit
code is 1 where something is missing, and 0 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
OK, WARNING, MISSING = "ok", "aviso", "falta"
PYTHONS = ((3, 11), (3, 14))  # first and last that requirements.txt is made for
GLIBC = (2, 28)  # of the wheels
MACOS = (14, 0)  # of MediaPipe's wheel
DISK, MEMORY = 4, 4  # GB
WIDTH = 34  # of the column that says what is checked
PATIENCE = 180  # seconds that a slow disk may take for an import
INSTALL = "pip install -r requirements.txt"
ELSEWHERE = "use Colab o Binder (README)"
LIBRARIES = (
    "sudo apt install libgl1 libglib2.0-0 libegl1 libgles2 "
    "(desde Debian 13, libglib2.0-0t64 en lugar de libglib2.0-0)"
)
MODULES = {  # what a distribution is imported as, where the name differs
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "opencv-contrib-python": "cv2",
    "pillow": "PIL.Image",
    "scikit-learn": "sklearn",
    "vl-convert-python": "vl_convert",
}
CAMERAS = """
import json, os
os.environ["OPENCV_LOG_LEVEL"] = "OFF"
import cv2
found = {}
for index in range(4):
    capture = cv2.VideoCapture(index)
    if capture.isOpened():
        read, frame = capture.read()
        found[index] = list(frame.shape[1::-1]) if read else None
    capture.release()
print(json.dumps(found))
"""
BACKEND = """
import json, sys
sys.path.insert(0, "Problema3")
from scenes import hardware
import keras
print(json.dumps([keras.backend.backend(), hardware.accelerators()]))
"""


@dataclass
class Line:
    """What one check found.

    Attributes:
        what: its subject, in Spanish.
        state: ``OK``, ``WARNING`` or ``MISSING``.
        text: what was found.
        todo: what to do, empty where nothing is.
    """

    what: str
    state: str
    text: str
    todo: str = ""


def python_version() -> Line:
    first, last = (".".join(map(str, each)) for each in PYTHONS)
    own = sys.version_info[:2]
    text = f"{platform.python_version()} en {sys.executable}"
    if PYTHONS[0] <= own <= PYTHONS[1]:
        return Line("Python", OK, text)
    return Line("Python", MISSING, text, f"instale uno de {first} a {last} (python.org)")


def system() -> Line:
    """Whether the libraries have wheels for this system."""
    name, machine = platform.system(), platform.machine().lower()
    text = f"{platform.platform()}, {machine}"
    if name == "Darwin":
        if machine == "x86_64":
            return Line(
                "Sistema", MISSING, text, f"no hay paquetes para Mac con Intel: {ELSEWHERE}"
            )
        if version(platform.mac_ver()[0]) < MACOS:
            todo = f"MediaPipe pide macOS {MACOS[0]}: actualícelo, o {ELSEWHERE}"
            return Line("Sistema", WARNING, text, todo)
    if name == "Windows" and machine == "arm64":
        return Line("Sistema", MISSING, text, f"no hay paquetes para Windows en ARM: {ELSEWHERE}")
    if name == "Linux":
        library, number = platform.libc_ver()
        if library != "glibc" or version(number) < GLIBC:
            todo = f"los paquetes piden glibc {GLIBC[0]}.{GLIBC[1]} o posterior: {ELSEWHERE}"
            return Line("Sistema", MISSING, f"{text}, {library or 'sin glibc'} {number}", todo)
    if sys.maxsize < 2**32:
        return Line("Sistema", MISSING, text, "este Python es de 32 bits: instale el de 64")
    return Line("Sistema", OK, text)


def version(text: str) -> tuple[int, ...]:
    """The first two numbers of «14.2.1»; zeros where there are none."""
    numbers = [int(each) for each in re.findall(r"\d+", text)[:2]]
    return (*numbers, 0, 0)[:2]


def requirements() -> dict[str, str]:
    """Pinned version of each distribution in ``requirements.txt`` that is for this Python."""
    try:
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pins = {}
    for line in lines:
        wanted = line.split("#")[0].strip()
        name, _, rest = wanted.partition("==")
        pin, _, marker = rest.partition(";")
        if rest and applies(marker):
            pins[name.strip()] = pin.strip()
    return pins


def applies(marker: str) -> bool:
    """Whether «python_version < "3.14"» holds; other markers, and none, do."""
    found = re.fullmatch(r'\s*python_version\s*(<|>=)\s*"(\d+)\.(\d+)"\s*', marker)
    if not found:
        return True
    limit = (int(found[2]), int(found[3]))
    own = sys.version_info[:2]
    return own < limit if found[1] == "<" else own >= limit


def packages(pins: dict[str, str]) -> Line:
    """Whether what is declared is installed, in the versions that the figures are of."""
    if not pins:
        return Line("Paquetes", MISSING, "no se lee requirements.txt", "vuelva a bajar el proyecto")
    absent, other = [], []
    for name, pin in pins.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            absent.append(name)
            continue
        if found != pin:
            other.append(f"{name} {found} y no {pin}")
    if absent:
        return Line("Paquetes", MISSING, f"faltan {', '.join(absent)}", INSTALL)
    if other:
        return Line("Paquetes", WARNING, ", ".join(other), f"para las mismas cifras, {INSTALL}")
    return Line("Paquetes", OK, f"los {len(pins)} de requirements.txt, en su versión")


def one_opencv() -> Line:
    """Several distributions of OpenCV overwrite one another's files."""
    names = {str(each.metadata["Name"]).lower() for each in metadata.distributions()}
    found = sorted(name for name in names if name.startswith("opencv-"))
    if len(found) > 1:
        todo = f"pip uninstall -y {' '.join(found)}, y después {INSTALL}"
        return Line("Un solo OpenCV", MISSING, ", ".join(found), todo)
    return Line("Un solo OpenCV", OK, found[0] if found else "ninguno todavía")


def imports(pins: dict[str, str]) -> Iterator[Line]:
    """Each library is loaded in a process of its own, two at a time; Keras by :func:`backend`."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(imported, [name for name in pins if name != "keras"])


def imported(name: str) -> Line:
    started = time.perf_counter()
    module = MODULES.get(name, name.replace("-", "_"))
    code, _, errors = attempt(f"import {module}")
    seconds = f"{time.perf_counter() - started:.1f} s".replace(".", ",")
    what = f"import {module}"
    if code == 0:
        return Line(what, OK, seconds)
    if code is None:
        return Line(
            what, WARNING, f"no terminó en {PATIENCE} s", "pruebe otra vez: el disco es lento"
        )
    if code < 0 or code > 2**16:
        return Line(what, MISSING, f"se cierra de golpe (código {code})", f"{INSTALL}; {LIBRARIES}")
    reason = ([line for line in errors.splitlines() if line.strip()] or ["sin explicación"])[-1]
    return Line(what, MISSING, reason[:160], remedy(reason))


def remedy(reason: str) -> str:
    """What helps against the last line of a failed import."""
    if "DLL" in reason:
        return "instale «Visual C++ Redistributable» de Microsoft y reinicie"
    if ".so" in reason or "shared object" in reason:
        return LIBRARIES
    return INSTALL


def attempt(code: str) -> tuple[int | None, str, str]:
    """Run a program with this Python; exit code (None: too slow), output, errors."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            cwd=str(ROOT),
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        return None, "", ""
    except OSError as error:
        return 1, "", str(error)
    return done.returncode, done.stdout, done.stderr


def answer(code: str) -> Any:
    """What a program's last line of output says as JSON; None where it fails."""
    status, output, _ = attempt(code)
    try:
        return json.loads(output.splitlines()[-1]) if status == 0 else None
    except (ValueError, IndexError):
        return None


def cameras() -> Line:
    """Which of the first four cameras give a picture."""
    found = answer(CAMERAS)
    demo = "sin cámara, el Problema 2 anda con --source demo"
    if found is None:
        return Line("Cámara", WARNING, "no se pudo probar: OpenCV no carga", demo)
    seen = [f"{index}: {size[0]} × {size[1]}" for index, size in found.items() if size]
    mute = [index for index, size in found.items() if not size]
    if seen:
        return Line("Cámara", OK, "; ".join(seen))
    if mute:
        todo = "ciérrela en otros programas y revise el permiso de cámara; " + demo
        return Line("Cámara", WARNING, f"la {mute[0]} abre y no da imágenes", todo)
    return Line("Cámara", WARNING, "ninguna", demo)


def display() -> Line:
    if platform.system() != "Linux" or os.environ.get("DISPLAY"):
        return Line("Pantalla", OK, os.environ.get("DISPLAY", "la del sistema"))
    if os.environ.get("WAYLAND_DISPLAY"):
        return Line("Pantalla", OK, os.environ["WAYLAND_DISPLAY"])
    todo = "la ventana del Problema 2 no abre: use --headless, o entre con pantalla"
    return Line("Pantalla", WARNING, "ninguna", todo)


def backend() -> Line:
    """Keras's backend and the devices that it computes on."""
    found = answer(BACKEND)
    if found is None:
        return Line("Keras", MISSING, "no arranca", f"si arriba no falla nada, {INSTALL}")
    name, devices = found
    text = ", ".join(devices) if devices else "sin GPU: todo anda, entrenar tarda más"
    return Line("Keras", OK, f"sobre {name}; {text}")


def weights() -> Line:
    """ResNet50's, where Problem 3 looks for them."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    places = [
        home / "escenas" / "resnet50_imagenet_notop.weights.h5",
        home / "models" / "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    ]
    given = os.environ.get("ESCENAS_RESNET50")
    for place in [Path(given)] if given else places:
        if place.is_file():
            return Line("Pesos de ResNet50", OK, str(place))
    todo = "se bajan solos la primera vez (95 MB); sin internet, vea docs/guia.md"
    return Line("Pesos de ResNet50", WARNING, "no están todavía", todo)


def images() -> Line:
    """The photographs of Problem 3."""
    given = os.environ.get("ESCENAS_DATA")
    hub = os.environ.get("KAGGLEHUB_CACHE") or Path.home() / ".cache" / "kagglehub"
    places = [ROOT / "data" / "intel", Path(hub) / "datasets" / "puneet6060"]
    for place in [Path(given)] if given else places:
        if place.is_dir():
            return Line("Imágenes del Problema 3", OK, str(place))
    todo = "sin ellas se usan escenas generadas; --download las baja (363 MB)"
    return Line("Imágenes del Problema 3", WARNING, "no están", todo)


def shipped() -> Line:
    """The networks that come with the project, and not what Git LFS leaves in their place."""
    names = ("student_performance", "rps_classifier", "scenes_cnn", "scenes_residual")
    paths = [ROOT / "models" / f"{name}.tflite" for name in names]
    paths += [ROOT / "data" / name for name in ("student_performance.csv", "rps_dataset.npy")]
    absent = [path.name for path in paths if not path.is_file() or path.stat().st_size < 1000]
    if absent:
        todo = "vuelva a bajar el proyecto, o git checkout -- models data"
        return Line("Redes y datos incluidos", MISSING, f"faltan {', '.join(absent)}", todo)
    return Line("Redes y datos incluidos", OK, "están")


def disk() -> Line:
    free = shutil.disk_usage(ROOT).free / 1e9
    text = f"{free:.0f} GB libres"
    if free < DISK:
        return Line("Disco", WARNING, text, f"los paquetes ocupan {DISK} GB")
    return Line("Disco", OK, text)


def writable() -> Line:
    if os.access(ROOT, os.W_OK):
        return Line("Carpeta del proyecto", OK, "se puede escribir")
    todo = "copie el proyecto a una carpeta suya, o use --out y la variable ESCENAS_CACHE"
    return Line("Carpeta del proyecto", WARNING, "no se puede escribir", todo)


def memory() -> Line:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):  # Windows has no such call
        return Line("Memoria", OK, "no se pudo medir")
    if total < MEMORY:
        return Line("Memoria", WARNING, f"{total:.0f} GB", "cierre otros programas al entrenar")
    return Line("Memoria", OK, f"{total:.0f} GB")


def check(camera: bool = True) -> Iterator[Line]:
    """All checks, each as soon as it is done; one that fails becomes a line itself."""
    pins = requirements()
    steps: list[Callable[[], Line | Iterator[Line]]]
    steps = [python_version, system, writable, disk, memory, lambda: packages(pins), one_opencv]
    steps += [lambda: imports(pins), backend, display]
    steps += [cameras] if camera else []
    steps += [shipped, weights, images]
    for step in steps:
        try:
            found = step()
            yield from [found] if isinstance(found, Line) else found
        except Exception as error:  # whatever this computer does that nobody foresaw
            text = f"no se pudo comprobar ({type(error).__name__}: {error})"
            yield Line(getattr(step, "__name__", "comprobación"), WARNING, text)


def show(line: Line) -> None:
    """Print a check, and what to do below it."""
    print(f"{line.state:5}  {line.what:{WIDTH}}  {line.text}", flush=True)
    if line.todo:
        print(f"{'':5}  {'':{WIDTH}}  → {line.todo}", flush=True)


def conclude(lines: list[Line]) -> None:
    """Print what all of them say."""
    missing = sum(line.state == MISSING for line in lines)
    warnings = sum(line.state == WARNING for line in lines)
    if missing:
        print(f"\nFalta algo en {missing} de {len(lines)} comprobaciones: empiece por la primera.")
    elif warnings:
        print(f"\nTodo lo necesario está; hay {warnings} avisos.")
    else:
        print("\nTodo está en orden.")


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Comprueba qué tiene y qué le falta a esta computadora para el proyecto."
    )
    parser.add_argument("--json", action="store_true", help="imprime un objeto JSON por línea")
    parser.add_argument("--no-camera", action="store_true", help="no enciende la cámara")
    arguments = parser.parse_args()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # terminals that lack an arrow or an accent
    try:
        lines = []
        for line in check(camera=not arguments.no_camera):
            lines.append(line)
            if arguments.json:
                print(json.dumps(asdict(line)), flush=True)
            else:
                show(line)
        if not arguments.json:
            conclude(lines)
    except KeyboardInterrupt:
        print("Interrumpido.", file=sys.stderr)
        return 130
    return int(any(line.state == MISSING for line in lines))


if __name__ == "__main__":
    sys.exit(main())
