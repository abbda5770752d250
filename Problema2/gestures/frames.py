"""Where frames come from: a camera, a video, pictures or the rendered demo clip.

Every source is a `FrameSource`: a context manager to loop over once, which releases what it holds
however the loop ends. What goes wrong raises `SourceError`, whose text is one Spanish sentence
that says what to try.
"""

import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .quiet import native_stderr_held

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
LONGEST_SIDE = 1280  # larger pictures add time, not accuracy: MediaPipe itself looks at 192x192
DEMO_SECONDS = 20
DEMO_FPS = 30
WARM_UP_READS = 10  # some webcams answer the first reads with nothing

# The back end OpenCV picks by itself on Windows (Media Foundation) can take 20 s to open a camera.
_CAMERA_BACKENDS = {
    "Windows": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
    "Darwin": (cv2.CAP_AVFOUNDATION,),
    "Linux": (cv2.CAP_V4L2,),
}


class SourceError(RuntimeError):
    """A frame source cannot be opened or read; the message is one sentence in Spanish."""


@dataclass(frozen=True)
class Frame:
    """One picture and what is known about it."""

    image: np.ndarray  # (height, width, 3) uint8, BGR, not mirrored
    timestamp_ms: int  # since the source was opened; grows strictly along a stream
    name: str | None = None  # file name, for pictures
    truth: str | None = None  # the gesture shown, where the source knows it (demo)


class FrameSource:
    """An iterator of `Frame` that holds a device or a file until it is closed.

    Attributes:
        still: the frames are unrelated pictures, not a stream.
        live: the frames arrive at their own pace (a camera).
        simulated: the frames are rendered, which the picture must say.
        skipped: names of files that could not be read.
    """

    def __init__(
        self,
        frames: Iterator[Frame],
        *,
        still: bool = False,
        live: bool = False,
        simulated: bool = False,
        release: Callable[[], None] | None = None,
        skipped: list[str] | None = None,
    ):
        self._frames = frames
        self._release = release
        self.still = still
        self.live = live
        self.simulated = simulated
        self.skipped = [] if skipped is None else skipped

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def __enter__(self) -> "FrameSource":
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def close(self) -> None:
        """Release the device or file; closing twice does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()


def open_source(
    source: str | None = None,
    *,
    camera: int = 0,
    width: int = 640,
    height: int = 480,
    seed: int = 0,
) -> FrameSource:
    """Open the camera (`source` is None), the demo clip (`"demo"`), or a file or folder.

    `width` and `height` in pixels are asked of the camera, which may give others, and set the size
    of the demo clip. Raises SourceError.
    """
    if source is None:
        return open_camera(camera, width, height)
    if source == "demo":
        return open_demo(seed, width, height)
    path = Path(source).expanduser()
    if not path.exists():
        raise SourceError(
            f"No existe «{source}»: revise la ruta, o pruebe con --source demo o con la cámara "
            "(sin --source)."
        )
    if path.is_dir():
        return open_images(_pictures_in(path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return open_images([path])
    return open_video(path)


def open_camera(index: int, width: int = 640, height: int = 480) -> FrameSource:
    """Open camera `index` and wait for its first frame. Raises SourceError."""
    with native_stderr_held():
        capture = _start_camera(index, width, height)
        first = None if capture is None else _first_frame(capture)
    if first is None:
        if capture is not None:
            capture.release()
        raise SourceError(_why_no_camera(index, opened=capture is not None))

    def frames() -> Iterator[Frame]:
        start = time.monotonic()
        image, last_ms = first, -1
        while image is not None:
            last_ms = max(last_ms + 1, round((time.monotonic() - start) * 1000))
            yield Frame(image, last_ms)
            image = _read(capture)
        raise SourceError(
            f"La cámara {index} dejó de enviar imágenes: revise el cable y vuelva a empezar, "
            "o pruebe otra con --camera."
        )

    return FrameSource(frames(), live=True, release=capture.release)


def open_video(path: Path) -> FrameSource:
    """Open a video file; its first frame must decode. Raises SourceError."""
    # FFmpeg reads this variable when a file is opened; -8 is its "quiet". A damaged frame in the
    # middle is skipped by the decoder and needs no line on the terminal.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    with native_stderr_held():
        capture = cv2.VideoCapture(str(path))
        first = _read(capture) if capture.isOpened() else None
    if first is None:
        capture.release()
        raise SourceError(
            f"No se puede leer el video «{path}»: está dañado o en un formato desconocido; "
            "pruebe con otro archivo (MP4 o AVI) o con --source demo."
        )
    fps = capture.get(cv2.CAP_PROP_FPS)
    step_ms = 1000 / fps if 1 <= fps <= 1000 else 1000 / DEMO_FPS

    def frames() -> Iterator[Frame]:
        image, number = first, 0
        while image is not None:
            yield Frame(_fit(image), round(number * step_ms))
            image, number = _read(capture), number + 1

    return FrameSource(frames(), release=capture.release)


def open_images(paths: list[Path]) -> FrameSource:
    """Read pictures one by one; those that do not decode are skipped and named in `skipped`.

    Raises SourceError here if there is none, and while looping if none could be read.
    """
    if not paths:
        raise SourceError(
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
            raise SourceError(
                f"No se puede leer {what}: el contenido está dañado o no es una imagen; "
                "pruebe con otra o con --source demo."
            )

    return FrameSource(frames(), still=True, skipped=skipped)


def open_demo(seed: int = 0, width: int = 640, height: int = 480) -> FrameSource:
    """The rendered clip: simulated hands, needs neither camera nor files."""
    from .render import demo_frames  # the renderer loads only where it is used

    clip = demo_frames(seed, DEMO_SECONDS, DEMO_FPS, (height, width))

    def frames() -> Iterator[Frame]:
        for number, (image, gesture) in enumerate(clip):
            yield Frame(image, round(number * 1000 / DEMO_FPS), truth=gesture)

    return FrameSource(frames(), simulated=True)


def _start_camera(index: int, width: int, height: int) -> cv2.VideoCapture | None:
    for backend in _CAMERA_BACKENDS.get(platform.system(), (cv2.CAP_ANY,)):
        capture = cv2.VideoCapture(index, backend)
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # show now, not what queued up meanwhile
            return capture
        capture.release()
    return None


def _first_frame(capture: cv2.VideoCapture) -> np.ndarray | None:
    for _ in range(WARM_UP_READS):
        if (image := _read(capture)) is not None:
            return image
    return None


def _read(capture: cv2.VideoCapture) -> np.ndarray | None:
    try:
        ok, image = capture.read()
    except cv2.error:  # a driver that breaks is a camera that stops
        return None
    return image if ok and image is not None and image.size else None


def _why_no_camera(index: int, opened: bool) -> str:
    """One sentence for what is known: permission, in use, or not there at all."""
    others = "--camera 1" if index == 0 else "--camera 0"
    system = platform.system()
    if system == "Linux":
        device = Path(f"/dev/video{index}")
        present = sorted(Path("/dev").glob("video[0-9]*"))
        free = [p.name.removeprefix("video") for p in present if p != device]
        if free:
            others = f"--camera {free[0]}"
        if device.exists() and not os.access(device, os.R_OK | os.W_OK):
            return (
                f"Sin permiso para usar la cámara {index} ({device}): agregue su usuario al grupo "
                "«video» y vuelva a iniciar la sesión, o pruebe sin cámara con --source demo."
            )
        if device.exists():
            opened = True
    if opened:
        return (
            f"La cámara {index} está, pero no entrega imágenes: cierre los otros programas que la "
            f"usan, o pruebe con {others} o con --source demo."
        )
    allow = {
        "Windows": " y permita su uso en Configuración > Privacidad > Cámara",
        "Darwin": " y permita su uso en Ajustes > Privacidad y seguridad > Cámara",
    }.get(system, "")
    return (
        f"No se encontró la cámara {index}: conéctela{allow}, o pruebe con {others}, "
        "o sin cámara con --source demo."
    )


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
