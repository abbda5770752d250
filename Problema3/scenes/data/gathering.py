"""The pictures that somebody means by a file, a pattern, a folder or a zip.

What others made is looked at, never followed: a link inside a folder is left out, a zip is not
unpacked to the disk, and what it declares is limited before anything is read.
"""

from __future__ import annotations

import glob
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scenes.data import pictures
from scenes.data.images import reason, shown
from scenes.data.layout import is_litter
from scenes.data.pictures import Picture
from scenes.problems import Problem

MAX_PICTURES = 100_000
MAX_MEMBERS = 20_000  # of a zip
MAX_UNPACKED = 8 * 2**30  # bytes that a zip's members declare together
MAX_DIRECTORY = 16 * 2**20  # bytes of a zip's list of members, which is read whole
NAMED = 5  # files in one hint
_END, _END_SIZE, _COMMENT = b"PK\x05\x06", 22, 2**16  # a zip's last record, and what may follow it


@dataclass(frozen=True)
class Gathered:
    """The files to try, images or not, and one Spanish line for each thing left out."""

    pictures: tuple[Picture, ...]
    skipped: tuple[str, ...]


def gather(given: Sequence[str], apart: Sequence[Path] = ()) -> Gathered:
    """List what files, patterns, folders and zips hold, each file once; nothing is decoded.

    Args:
        given: as the user wrote them. Alone, a folder or a zip gives names that start inside it.
        apart: files to leave out, as an older answer among the pictures.

    Raises:
        Problem: one of them does not exist or cannot be read, or there is no file at all, or more
            than anybody means.
    """
    skipped: list[str] = []
    unique: dict[tuple, Picture] = {}
    leave = {path.resolve() for path in apart}
    places = [place for each in given for place in _places(each, skipped)]
    for place in places:
        for picture in _inside(place, alone=len(places) == 1, skipped=skipped):
            where = picture.path.resolve()
            if where in leave:
                continue
            member = picture.member.header_offset if picture.member else None
            unique.setdefault((where, member), picture)
            if len(unique) > MAX_PICTURES:
                raise Problem(
                    f"Son más de {MAX_PICTURES} archivos; clasifíquelos por partes con --images."
                )
    if not unique:
        what = ", ".join(f"«{shown(each)}»" for each in given[:NAMED])
        kind = "La carpeta" if len(given) == 1 and os.path.isdir(given[0]) else "Lo indicado"
        raise Problem(f"{kind} {what} no contiene ningún archivo.", *skipped)
    return _without_heic(list(unique.values()), skipped)


def _places(given: str, skipped: list[str]) -> list[Path]:
    """The file or folder of this name, or those that a pattern matches."""
    path = Path(given)
    if path.exists():
        return [path]
    if not glob.has_magic(given):
        raise Problem(f"No existe la carpeta o el archivo «{shown(given)}»; revise --images.")
    matches = [Path(each) for each in sorted(glob.glob(given, recursive=True))]
    if not matches:
        raise Problem(f"Ningún archivo coincide con «{shown(given)}»; revise --images.")
    if "**" in given:  # which gives a folder and, once more, all that is in it
        matches = [each for each in matches if not each.is_dir()]
    literal = re.split(r"[*?[]", given, maxsplit=1)[0]
    written = len(Path(f"{literal}x").parts) - 1
    return [each for each in matches if _is_meant(each, written, skipped)]


def _is_meant(match: Path, written: int, skipped: list[str]) -> bool:
    """Whether a pattern's match is no system's file and no link, nor below one.

    Args:
        match: the path.
        written: how many of its parts, from the left, the user wrote out.
        skipped: gets a line for a link.
    """
    if any(is_litter(part) for part in match.parts[written:]):
        return False
    below = [match, *match.parents][: len(match.parts) - written]
    return not any(_is_link(each, each.as_posix(), skipped) for each in reversed(below))


def _inside(place: Path, alone: bool, skipped: list[str]) -> Iterator[Picture]:
    """The pictures of a folder, of a zip, or the one that a file is."""
    if place.is_dir():
        yield from _of_folder(place, alone, skipped)
    elif _is_zip(place):
        yield from _of_zip(place, alone, skipped)
    else:
        yield Picture(place.name if alone else place.as_posix(), place)


def _of_folder(folder: Path, alone: bool, skipped: list[str]) -> Iterator[Picture]:
    def refuse(error: OSError) -> None:
        where = shown(error.filename or folder)
        if Path(error.filename or folder) == folder:
            raise Problem(f"No se puede leer la carpeta «{where}» ({reason(error)}).")
        skipped.append(f"«{where}»: no se puede leer ({reason(error)}).")

    base = folder if alone else Path()
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(
            each
            for each in folders
            if not is_litter(each) and not _is_link(Path(parent, each), each, skipped)
        )
        for name in sorted(names):
            path = Path(parent, name)
            if not is_litter(name) and not _is_link(path, name, skipped):
                yield Picture((path.relative_to(base) if alone else path).as_posix(), path)


def _is_link(path: Path, name: str, skipped: list[str]) -> bool:
    """Whether a path is a link, which is said."""
    linked = path.is_symlink()
    line = f"«{shown(name)}»: es un enlace; no se sigue."
    if linked and line not in skipped:
        skipped.append(line)
    return linked


def _is_zip(path: Path) -> bool:
    return Picture(path.name, path).head().startswith((b"PK\x03\x04", _END))


def _of_zip(path: Path, alone: bool, skipped: list[str]) -> Iterator[Picture]:
    archive = _opened(path)
    members = [each for each in archive.infolist() if not each.is_dir()]
    declared = sum(each.file_size for each in members)
    if len(members) > MAX_MEMBERS or declared > MAX_UNPACKED:
        raise Problem(
            f"«{shown(path)}» declara {len(members)} archivos y {declared / 2**30:.1f} GB "
            f"desplegados, y el máximo es {MAX_MEMBERS} archivos y {MAX_UNPACKED // 2**30} GB; "
            "descomprímalo y clasifique una carpeta."
        )
    for member in sorted(members, key=lambda each: each.filename):
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        inside = "/".join(part for part in parts if part not in ("..", "/"))  # a name, no path
        if any(is_litter(part) for part in inside.split("/")):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            skipped.append(f"«{shown(inside)}»: es un enlace; no se sigue.")
            continue
        name = inside if alone else f"{path.as_posix()}/{inside}"
        yield Picture(name, path, archive, member)


def _opened(path: Path) -> zipfile.ZipFile:
    """An archive, unless its list of members alone is a bomb; open until the process ends.

    Raises:
        Problem: it is, or is damaged.
    """
    what = f"«{shown(path)}»"
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _END_SIZE - _COMMENT))
            tail = file.read()
        at = tail.rfind(_END)
        if at >= 0 and int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY:
            raise Problem(
                f"{what} lista demasiados archivos; descomprímalo y clasifique una carpeta."
            )
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        raise Problem(
            f"{what} es un zip dañado o truncado; vuelva a copiarlo o a descargarlo."
        ) from None
    except OSError as error:
        raise Problem(f"No se puede leer {what} ({reason(error)}).") from None


def _without_heic(listed: list[Picture], skipped: list[str]) -> Gathered:
    """Leave out the pictures in Apple's format if they cannot be read, with one hint for all."""
    unread = pictures.heic(listed)
    if unread:
        names = ", ".join(shown(each.name) for each in unread[:NAMED])
        more = f" y {len(unread) - NAMED} más" if len(unread) > NAMED else ""
        skipped.append(
            f"{len(unread)} en formato HEIC ({names}{more}): para leerlas, pip install "
            "pillow-heif, o guárdelas como JPEG."
        )
    apart = {id(each) for each in unread}
    return Gathered(tuple(each for each in listed if id(each) not in apart), tuple(skipped))
