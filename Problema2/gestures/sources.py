"""Where frames come from: a camera, a video, pictures or the rendered demo clip.

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

from gestures.frames import Frame, FrameSource
from gestures.problems import Problem
from gestures.quiet import native_stderr_held
from gestures.webcam import open_camera, read_frame

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
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
    """Open the camera (``source`` is None), the demo clip (``"demo"``), or a file or folder.

    ``width`` and ``height`` in pixels are asked of the camera, which may give others, and set the
    size of the demo clip.

    Raises:
        Problem: it cannot be opened.
    """
    if source is None:
        return open_camera(camera, width, height)
    if source == "demo":
        return open_demo(seed, width, height)
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


def open_video(path: Path) -> FrameSource:
    """Open a video file; its first frame must decode. Raises Problem."""
    # FFmpeg reads this variable when a file is opened; -8 is its "quiet". A damaged frame in the
    # middle is skipped by the decoder and needs no line on the terminal.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
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
        number = 0
        while image is not None:
            yield Frame(_fit(image), round(number * step_ms))
            image, number = read_frame(capture), number + 1

    return FrameSource(frames(), release=capture.release)


def open_images(paths: list[Path]) -> FrameSource:
    """Read pictures one by one; those that do not decode are skipped and named in ``skipped``.

    Raises Problem here if there is none, and while looping if none could be read.
    """
    if not paths:
        raise Problem(
            "La carpeta no tiene imágenes (JPG, PNG, BMP, TIFF o WEBP): pruebe con otra carpeta "
            "o con --source demo."
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
            what = f"la imagen «{paths[0]}»" if len(paths) == 1 else "ninguna imagen de la carpeta"
            raise Problem(
                f"No se puede leer {what}: el contenido está dañado o no es una imagen; "
                "pruebe con otra o con --source demo."
            )

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
            return cv2.imdecode(data, cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None


def _fit(image: np.ndarray) -> np.ndarray:
    """Shrink a picture whose longest side exceeds LONGEST_SIDE; leave others as they are."""
    height, width = image.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
