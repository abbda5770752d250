"""Decoding people's own pictures: whatever Pillow reads, whatever the file is called.

Training takes four formats and asks for their extensions, so that a data set is what it seems to
be. Here somebody wants an answer to a picture from a phone, a browser or a scanner. The limits on
bytes and pixels are those of :mod:`scenes.data.images`, and where both read a file they see the
same pixels.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from scenes.data.images import MAX_BYTES, MAX_PIXELS, MIN_SIDE, RGB, ImageError, read_bytes, shown

# Tried in this order; the first ones come with Pillow's core, and the others load all its plugins.
# EPS is left out, since Ghostscript would run it as a program.
FORMATS = (
    *("JPEG", "PNG", "GIF", "BMP", "DIB", "PPM", "WEBP", "TIFF", "AVIF", "HEIF", "MPO"),
    *("JPEG2000", "ICO", "ICNS", "QOI", "PSD", "PCX", "SGI", "DDS", "TGA"),
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
HEAD = 64  # bytes in which an ISO container names its brands
THUMBNAIL = 240  # pixels: sharp enough at half of that on a phone's screen
QUALITY = 78  # of a thumbnail's JPEG
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes of memory


@dataclass(frozen=True)
class Picture:
    """A file, or a member of an open zip, of which only the beginning need be an image's.

    Attributes:
        name: for people, with the folders in which it lies.
        path: of the file, or of the zip.
        archive, member: of a zip.
    """

    name: str
    path: Path
    archive: zipfile.ZipFile | None = None
    member: zipfile.ZipInfo | None = None

    def content(self) -> bytes:
        """The bytes; of a zip no more than the member declares are unpacked.

        Raises:
            ImageError: it cannot be read, or is larger than ``MAX_BYTES``.
        """
        if self.archive is None or self.member is None:
            return read_bytes(self.path)
        size = self.member.file_size
        if size > MAX_BYTES:
            raise ImageError(f"ocupa {size / 2**20:.0f} MB y el máximo es {MAX_BYTES // 2**20} MB")
        return self._unpacked(size)

    def head(self) -> bytes:
        """The first bytes; none where they cannot be read."""
        try:
            if self.archive is not None:
                return self._unpacked(HEAD)
            # a pipe would block
            with open(self.path, "rb") if self.path.is_file() else io.BytesIO() as file:
                return file.read(HEAD)
        except (ImageError, OSError):
            return b""

    def _unpacked(self, size: int) -> bytes:
        assert self.archive is not None
        assert self.member is not None
        if self.member.flag_bits & 1:
            raise ImageError("está cifrado con una contraseña")
        if self.member.compress_type not in COMPRESSIONS:
            raise ImageError("está comprimido de un modo que no se admite")
        try:
            with self.archive.open(self.member) as file:
                return file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
            raise ImageError("está dañado dentro del zip") from None


def read(picture: Picture, size: int | tuple[int, int]) -> np.ndarray:
    """Read and decode one picture; see :func:`decode`.

    Raises:
        ImageError: one Spanish sentence with the picture's name.
    """
    try:
        return decode(picture.content(), size)
    except ImageError as error:
        raise ImageError(f"«{shown(picture.name)}»: {error}.") from None


def decode(content: bytes, size: int | tuple[int, int]) -> np.ndarray:
    """Decode a picture to RGB: upright, on white where it is transparent, the first of several.

    Args:
        content: the file.
        size: side in pixels of the square, or height and width, to stretch it to (bilinear).

    Returns:
        uint8 array (height, width, 3).

    Raises:
        ImageError: why it cannot be decoded.
    """
    height, width = size if isinstance(size, tuple) else (size, size)
    with _decoding():
        image = _upright(content, max(height, width))
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(image)


def thumbnail(picture: Picture) -> tuple[bytes, int, int]:
    """A small JPEG of a picture, with its own proportions; its width and height in pixels.

    Raises:
        ImageError: why it cannot be decoded.
    """
    content = picture.content()
    with _decoding():
        image = _upright(content, THUMBNAIL)
        image.thumbnail((THUMBNAIL, THUMBNAIL))
        held = io.BytesIO()
        image.save(held, "JPEG", quality=QUALITY, optimize=True)
        return held.getvalue(), *image.size


def heic(pictures: Iterable[Picture]) -> list[Picture]:
    """The pictures in Apple's format, where ``pillow-heif`` is not there to decode them."""
    apart = [picture for picture in pictures if _is_heic(picture.head())]
    if apart:
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            return apart
        register_heif_opener()
    return []


def _is_heic(head: bytes) -> bool:
    if head[4:8] != b"ftyp":
        return False
    brand = head[8:12]
    # AVIF, which Pillow reads itself, uses the general brands too
    return brand in HEIC_BRANDS or (
        brand in (b"mif1", b"msf1") and any(each in head[12:] for each in HEIC_BRANDS)
    )


@contextlib.contextmanager
def _decoding():
    """Turn whatever Pillow's parsers stumble on into a sentence."""
    try:
        yield
    except ImageError:
        raise
    except MemoryError:
        raise ImageError("no cabe en la memoria") from None
    except Exception as error:
        text = str(error).lower()
        cut = isinstance(error, OSError) and ("truncated" in text or "incomplete" in text)
        raise ImageError("está truncado" if cut else "está dañado") from None


def _upright(content: bytes, least: int) -> Image.Image:
    """An RGB image as its EXIF orientation says.

    Args:
        content: the file.
        least: pixels of a side below which a large JPEG is not decoded.
    """
    image = _opened(content)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"su encabezado declara {width}×{height} píxeles y el máximo es "
            f"{MAX_PIXELS // 10**6} millones"
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"mide {width}×{height} píxeles y el mínimo es {MIN_SIDE}×{MIN_SIDE}")
    image.draft(RGB, (least, least))  # a large JPEG is decoded at a fraction of its size
    image.load()
    return _as_rgb(ImageOps.exif_transpose(image))


def _opened(content: bytes) -> Image.Image:
    if not content:
        raise ImageError("está vacío")
    known = [name for name in FORMATS if name != "HEIF" or name in Image.OPEN]
    try:
        return Image.open(io.BytesIO(content), formats=known)
    except Image.DecompressionBombError:
        raise ImageError(
            f"su encabezado declara demasiados píxeles y el máximo es {MAX_PIXELS // 10**6} "
            "millones"
        ) from None
    except Exception:  # UnidentifiedImageError, or whatever a parser stumbles on
        raise ImageError("no es una imagen que se pueda leer") from None


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode == RGB:
        return image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _of_eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert(RGB)
    return image.convert(RGB)


def _of_eight_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 or more bits in 8: by its format's range, or by its own without one."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0, neginf=0)
    low, high = 0.0, 65535.0
    if image.mode in ("I", "F") and not (values.min() >= 0 and 255 < values.max() <= high):
        low, high = values.min(), values.max()
    scaled = (values - low) * (255 / max(high - low, 1e-12))
    return Image.fromarray(scaled.round().clip(0, 255).astype(np.uint8))
