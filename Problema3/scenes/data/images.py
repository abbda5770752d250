"""Opening one image file that nobody has checked before.

Only four formats are tried, sizes are judged from the header before anything is decoded, and
every fault is a :class:`ImageError` with one Spanish sentence.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from scenes.problems import Problem

FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
}
EXTENSIONS = frozenset(extension for known in FORMATS.values() for extension in known)
MAX_BYTES = 40 * 2**20  # a photograph of a large camera; the scenes take about 15 kB
MAX_PIXELS = 60_000_000  # 180 MB decoded: enough for any phone, little enough for a small laptop
MIN_SIDE = 8  # pixels; less shows nothing
RGB = "RGB"
CONVERTIBLE = ("L", "P", "LA", "PA", "RGBA", "1")  # 8 bits or fewer a channel: RGB without loss
Size = int | tuple[int, int]  # a side, or height and width, in pixels
_TAIL = 4096  # bytes at the end in which a complete file's last marker must be

# Pillow warns about sizes that `_check_header` refuses with a sentence of its own
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class ImageError(Problem):
    """An image file that cannot be used."""


def shown(path: str | os.PathLike) -> str:
    """A path as it can be printed anywhere: no control characters, no undecodable bytes."""
    text = os.fspath(path).encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "?" for character in text)


def reason(error: OSError) -> str:
    """Why the system refused, in few words of Spanish where it is a usual case."""
    usual = {
        FileNotFoundError: "no existe",
        PermissionError: "sin permiso de lectura",
        IsADirectoryError: "es una carpeta",
    }
    return usual.get(type(error)) or error.strerror or type(error).__name__


def read_bytes(path: Path) -> bytes:
    """The content of a regular file of at most ``MAX_BYTES``.

    Raises:
        ImageError: missing, unreadable, too large, or no regular file (a pipe would block).
    """
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ImageError("no es un archivo común")
            if status.st_size > MAX_BYTES:
                size = f"{status.st_size / 2**20:.0f} MB"
                raise ImageError(f"ocupa {size} y el máximo es {MAX_BYTES // 2**20} MB")
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"no se puede leer ({reason(error)})") from None


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def check(content: bytes, name: str) -> str:
    """Judge a file by its header and its end, without decoding it.

    Args:
        content: the file.
        name: its name; only the extension matters.

    Returns:
        Pillow's mode, ``"RGB"`` or one of ``CONVERTIBLE``.

    Raises:
        ImageError: why the file cannot be used.
    """
    with _opened(content) as image:
        # a phone's JPEG with a preview is MPO
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        if Path(name).suffix.lower() not in FORMATS[kind]:
            raise ImageError(f"la extensión no corresponde a su contenido ({kind})")
        _check_header(image, content)
        if not _is_complete(content, kind):
            raise ImageError("está truncado")
        return image.mode


def decode(content: bytes, size: Size | None = None) -> np.ndarray:
    """Decode an image to RGB.

    Photographs are turned upright as their EXIF orientation says; transparent parts become white.

    Args:
        content: the file.
        size: side in pixels of the square, or height and width, to stretch it to (bilinear); its
            own size without it.

    Returns:
        uint8 array (height, width, 3).

    Raises:
        ImageError: why it cannot be decoded.
    """
    with _opened(content) as image:
        _check_header(image, content)
        height, width = size if isinstance(size, tuple) else (size, size)
        if height and width:
            longer = max(height, width)  # it may still be turned by a quarter
            image.draft(RGB, (longer, longer))  # a large JPEG is decoded at a fraction of its size
        try:
            image.load()
            image = ImageOps.exif_transpose(image)
            if image.mode != RGB:
                image = _as_rgb(image)
            if height and width and image.size != (width, height):
                image = image.resize((width, height), Image.Resampling.BILINEAR)
        except MemoryError:
            raise ImageError("no cabe en la memoria") from None
        except Exception as error:  # Pillow lets through whatever its parsers stumble on
            text = str(error).lower()
            cut = isinstance(error, OSError) and ("truncated" in text or "incomplete" in text)
            raise ImageError("está truncado" if cut else "está dañado") from None
        return np.asarray(image)


def read(path: Path, size: Size | None = None) -> np.ndarray:
    """Read, check and decode one file; see :func:`decode`.

    Raises:
        ImageError: one Spanish sentence with the file's name.
    """
    try:
        content = read_bytes(path)
        check(content, path.name)
        return decode(content, size)
    except ImageError as error:
        raise ImageError(f"«{shown(path.name)}»: {error}.") from None


def _opened(content: bytes) -> Image.Image:
    if not content:
        raise ImageError("está vacío")
    try:
        return Image.open(io.BytesIO(content), formats=tuple(FORMATS))
    except Image.DecompressionBombError:
        raise ImageError(_too_many_pixels()) from None
    except Exception:  # UnidentifiedImageError, or whatever a parser stumbles on
        raise ImageError("no es una imagen JPEG, PNG, BMP o WebP legible") from None


def _check_header(image: Image.Image, content: bytes) -> None:
    """Refuse what the header already rules out."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(_too_many_pixels(width, height))
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"mide {width}×{height} píxeles y el mínimo es {MIN_SIDE}×{MIN_SIDE}")
    if image.format not in ("JPEG", "MPO") and getattr(image, "is_animated", False):
        raise ImageError("es una animación")
    if image.mode in ("I", "F") or image.mode.startswith("I;16") or _is_deep_png(content):
        raise ImageError("tiene 16 o más bits por canal; hacen falta 8")
    if image.mode != RGB and image.mode not in CONVERTIBLE:
        raise ImageError(f"sus colores son {image.mode}, no RGB")


def _is_deep_png(content: bytes) -> bool:
    """Whether a PNG has 16 bits a channel, which Pillow's mode does not tell for colour."""
    # signature 8, chunk head 8, width 4, height 4: then the bit depth
    return content.startswith(b"\x89PNG") and content[24:25] == b"\x10"


def _too_many_pixels(width: int = 0, height: int = 0) -> str:
    size = f"{width}×{height}" if width else "demasiados"
    return f"su encabezado declara {size} píxeles y el máximo es {MAX_PIXELS // 10**6} millones"


def _is_complete(content: bytes, kind: str) -> bool:
    """Whether the end that the format prescribes is there (a decoder alone fills it with grey)."""
    if kind == "JPEG":
        return b"\xff\xd9" in content[-_TAIL:]
    if kind == "PNG":
        return b"IEND" in content[-_TAIL:]
    if kind == "WEBP":
        return len(content) >= 8 + struct.unpack("<I", content[4:8])[0]
    return len(content) >= struct.unpack("<I", content[2:6])[0]


def _as_rgb(image: Image.Image) -> Image.Image:
    if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert(RGB)
    return image.convert(RGB)
