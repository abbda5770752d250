"""Where frames come from: a camera, a stream, a video, pictures or the rendered demo clip.

Every source is a :class:`FrameSource`: a context manager to loop over once, which releases what it
holds however the loop ends. What goes wrong raises :class:`Problem`, whose text is one Spanish
sentence that says what to try.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from gestures.frames import HEIC_SUFFIXES, Frame, FrameSource
from gestures.problems import Problem
from gestures.quiet import native_stderr_held
from gestures.webcam import live_source, open_camera, read_frame

IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", *HEIC_SUFFIXES}
)
STREAM_PREFIXES = ("http://", "https://", "rtsp://")
STREAM_OPEN_MS = 10_000  # FFmpeg would try three times as long
LARGEST_ASKED = 7680  # pixels a side of the largest cameras and screens (8K)
LONGEST_GAP_MS = 10_000  # between two frames of a video; its clock is broken beyond
PILLOW_FORMATS = ("AVIF", "GIF")  # what OpenCV may lack; no other decoder opens people's files
LONGEST_SIDE = 1280  # larger pictures add time, not accuracy: MediaPipe itself looks at 192x192
DEMO_SECONDS = 20
DEMO_FPS = 30


def open_source(
    source: str | None = None,
    *,
    camera: int = 0,
    width: int = 640,
    height: int = 480,
    seed: int = 0,
) -> FrameSource:
    """Open the camera (``source`` is None), the demo clip (``"demo"``), a stream, file or folder.

    ``width`` and ``height`` in pixels are asked of the camera, which may give others, and set the
    size of the demo clip.

    Raises:
        Problem: it cannot be opened.
    """
    if source in (None, "demo") and max(width, height) > LARGEST_ASKED:
        raise Problem(
            f"No se puede pedir una imagen de {width}x{height}: con --width y --height cada lado "
            f"mide {LARGEST_ASKED} píxeles como mucho."
        )
    if source is None:
        return open_camera(camera, width, height)
    if source == "demo":
        return open_demo(seed, width, height)
    if source.lower().startswith(STREAM_PREFIXES):
        return open_stream(source)
    path = Path(source).expanduser()
    if not path.exists():
        raise Problem(
            f"No existe «{source}»: revise la ruta, o pruebe con --source demo o con la cámara "
            "(sin --source)."
        )
    if path.is_dir():
        return open_images(_pictures_in(path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return open_images([path])
    return open_video(path)


def open_stream(url: str) -> FrameSource:
    """Open a network stream, such as a phone's, like a camera. Raises Problem."""
    _quieten_ffmpeg()

    def open_capture() -> cv2.VideoCapture | None:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STREAM_OPEN_MS]
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
        return capture if capture.isOpened() else None

    def missing(opened: bool) -> str:
        what = "no entrega imágenes" if opened else "no se puede abrir"
        return (
            f"La transmisión «{url}» {what}: revise la dirección y que esta computadora y quien "
            "transmite estén en la misma red, o pruebe con --source demo."
        )

    lost = f"La transmisión «{url}» dejó de enviar imágenes: revise la red y vuelva a empezar."
    return live_source(open_capture, missing, lost)


def open_video(path: Path) -> FrameSource:
    """Open a video file; its first frame must decode.

    Frames carry the file's own times, or those of a steady rate where it has none that grow.

    Raises:
        Problem: it cannot be read.
    """
    _quieten_ffmpeg()
    with native_stderr_held():
        capture = cv2.VideoCapture(str(path))
        first = read_frame(capture) if capture.isOpened() else None
    if first is None:
        capture.release()
        raise Problem(
            f"No se puede leer el video «{path}»: está dañado o en un formato desconocido; "
            "pruebe con otro archivo (MP4 o AVI) o con --source demo."
        )
    fps = capture.get(cv2.CAP_PROP_FPS)
    step_ms = 1000 / fps if 1 <= fps <= 1000 else 1000 / DEMO_FPS

    def frames() -> Iterator[Frame]:
        image: np.ndarray | None = first
        clock = capture.get(cv2.CAP_PROP_POS_MSEC)
        elapsed, stamp = 0.0, 0
        while image is not None:
            yield Frame(_fit(image), stamp)
            image = read_frame(capture)
            before, clock = clock, capture.get(cv2.CAP_PROP_POS_MSEC)
            gap = clock - before
            elapsed += gap if 0 < gap <= LONGEST_GAP_MS else step_ms
            stamp = max(stamp + 1, round(elapsed))

    return FrameSource(frames(), release=capture.release)


def open_images(paths: list[Path]) -> FrameSource:
    """Read pictures one by one; those that do not decode are skipped and named in ``skipped``.

    Raises Problem here if there is none, and while looping if none could be read.
    """
    if not paths:
        raise Problem(
            "La carpeta no tiene imágenes (JPG, PNG, BMP, TIFF, WEBP, GIF o AVIF): pruebe con "
            "otra carpeta o con --source demo."
        )
    skipped: list[str] = []

    def frames() -> Iterator[Frame]:
        for number, path in enumerate(paths):
            image = _read_picture(path)
            if image is None:
                skipped.append(path.name)
            else:
                yield Frame(_fit(image), number * 1000, name=path.name)
        if len(skipped) == len(paths):
            heic = all(name.lower().endswith(HEIC_SUFFIXES) for name in skipped)
            why = "el contenido está dañado o no es una imagen; pruebe con otra o con --source demo"
            if heic:
                why = "el formato HEIC no se admite; guárdela antes como JPG"
            what = f"la imagen «{paths[0]}»" if len(paths) == 1 else "ninguna imagen de la carpeta"
            raise Problem(f"No se puede leer {what}: {why}.")

    return FrameSource(frames(), still=True, skipped=skipped)


def open_demo(seed: int = 0, width: int = 640, height: int = 480) -> FrameSource:
    """The rendered clip: simulated hands, needs neither camera nor files."""
    from gestures.simulator.demo import demo_frames  # the renderer loads only where it is used

    clip = demo_frames(seed, DEMO_SECONDS, DEMO_FPS, (height, width))

    def frames() -> Iterator[Frame]:
        for number, (image, gesture) in enumerate(clip):
            yield Frame(image, round(number * 1000 / DEMO_FPS), truth=gesture)

    return FrameSource(frames(), simulated=True)


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)


def _read_picture(path: Path) -> np.ndarray | None:
    # cv2.imread cannot open names with accents on Windows; decoding bytes can.
    try:
        data = np.fromfile(path, np.uint8)
        with native_stderr_held():
            image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except OSError:
        return None
    except cv2.error:
        image = None
    return _read_with_pillow(path) if image is None else image


def _read_with_pillow(path: Path) -> np.ndarray | None:
    """The first picture of an AVIF or GIF file that OpenCV does not read; else None."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=PILLOW_FORMATS) as picture:
            rgb = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)


def _quieten_ffmpeg() -> None:
    # FFmpeg reads this variable when something is opened; -8 is its "quiet". A damaged frame in
    # the middle is skipped by the decoder and needs no line on the terminal.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def _fit(image: np.ndarray) -> np.ndarray:
    """Shrink a picture whose longest side exceeds LONGEST_SIDE; leave others as they are."""
    height, width = image.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
