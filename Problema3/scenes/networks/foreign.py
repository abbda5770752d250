"""Networks that others trained: what a file is that is none, and what a network's answers are like.

A network of this project says in the JSON beside it how it was trained. Of any other, a few images
show whether it answers with probabilities and whether it wants pixels from 0 to 1.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.data import images
from scenes.data.images import ImageError, shown
from scenes.networks import described
from scenes.problems import Problem

if TYPE_CHECKING:
    import keras

PROBED = 8  # images that a network is tried on
HDF5 = b"\x89HDF"  # an older file of Keras begins so
HEAD = 512  # bytes that tell what a file is
SURE = 0.98  # mean largest probability of a network that is fed pixels 255 times too large
APART = 0.02  # mean deviation over images of one that tells them apart


def check_file(path: Path) -> None:
    """Say what a file or folder is that Keras cannot read as a network.

    Raises:
        Problem: it is something else, with what to do.
    """
    what = f"«{shown(path)}»"
    if path.is_dir():
        kind = (
            "un SavedModel de TensorFlow" if (path / "saved_model.pb").is_file() else "una carpeta"
        )
        raise Problem(
            f"{what} es {kind}, no un archivo .keras; guarde la red con model.save('red.keras')."
        )
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Problem(f"{what} está vacío; vuelva a copiarlo o a guardarlo.")
    if head.startswith(b"version https://git-lfs"):
        raise Problem(f"{what} es un puntero de Git LFS, no la red; bájela con git lfs pull.")
    if head[4:8] == b"TFL3":
        raise Problem(
            f"{what} es un modelo de LiteRT (TFLite); dé el archivo .keras del que salió."
        )
    if head.lstrip()[:1] == b"<":
        raise Problem(f"{what} es una página web, no la red; repita la descarga.")
    if head.startswith(b"PK"):
        _check_zip(path, what)
    elif not head.startswith(HDF5):
        raise Problem(f"{what} no es una red guardada con Keras; dé un archivo .keras.")


def explain(path: Path, error: Exception) -> Problem:
    """What Keras's refusal to read a file means, as a Spanish sentence."""
    text, what = str(error), f"«{shown(path)}»"
    if "Lambda" in text or "lambda" in text or "unsafe" in text:
        return Problem(
            f"{what} tiene una capa Lambda, que lleva dentro código de quien la guardó y aquí no "
            "se ejecuta; cámbiela por capas de Keras (Rescaling, Normalization…) y guarde la red "
            "de nuevo."
        )
    if "No model config" in text or "no model config" in text:
        return Problem(
            f"{what} tiene solo pesos; guarde la red entera con model.save('red.keras')."
        )
    if "Could not locate class" in text or "Unknown layer" in text:
        return Problem(
            f"{what} usa clases que no son de Keras ({_first_line(error)}); guárdela con capas de "
            "Keras solamente."
        )
    return Problem(f"{what} no es un modelo de Keras que se pueda leer ({_first_line(error)}).")


def prepare(
    model: keras.Model,
    name_or_path: str | Path,
    files: Sequence[Any],
    read: Callable[[Any, Any], np.ndarray] = images.read,
) -> tuple[keras.Model, list[str]]:
    """A network that takes pixels from 0 to 255 and answers with probabilities, whoever made it.

    Args:
        model: from images (n, height, width, 3) of a fixed size to (n, outputs).
        name_or_path: its file; beside a network of this project is a JSON with its configuration.
        files: images to try it on; a few readable ones are.
        read: decodes one of them to a size, or raises ImageError.

    Returns:
        the network, or one around it, and a Spanish line for each thing that is done to it.

    Raises:
        Problem: its answers are not finite numbers.
    """
    if "config" in described.describe(name_or_path):
        return model, []
    sample = _sample(files, model.input_shape[1:3], read)
    if not len(sample):
        return model, []
    import keras

    what = f"«{shown(str(name_or_path))}»"
    large, small = (_ask(model, sample / scale) for scale in (1, 255))
    if not (np.isfinite(large).all() or np.isfinite(small).all()):
        raise Problem(f"{what} no responde con números finitos; revise cómo se entrenó.")
    notes: list[str] = []
    as_softmax = not _are_probabilities(large)
    scaled = (
        _wants_scaled(*map(_softmax, (large, small)))
        if as_softmax
        else (_wants_scaled(large, small))
    )
    if not (as_softmax or scaled):
        return model, notes
    pixels = keras.Input(model.input_shape[1:], name="images")
    x = pixels
    if scaled:
        notes.append(
            f"{what} parece entrenada con píxeles de 0 a 1: con los de 0 a 255 responde casi lo "
            "mismo y segura a todo; aquí se dividen entre 255."
        )
        x = keras.layers.Rescaling(1 / 255)(x)
    x = model(x, training=False)
    if as_softmax:
        notes.append(f"{what} no responde con probabilidades: se les aplica softmax.")
        x = keras.layers.Softmax(dtype="float32")(x)
    return keras.Model(pixels, x, name="prepared"), notes


def _check_zip(path: Path, what: str) -> None:
    """Refuse an archive that is cut or holds no network.

    Raises:
        Problem: it is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        raise Problem(
            f"{what} no es un modelo de Keras que se pueda leer: está truncado o dañado; vuelva a "
            "copiarlo o a descargarlo."
        ) from None
    if "config.json" in names:
        return
    inner = next((name for name in names if name.endswith((".keras", ".h5"))), None)
    if inner or any(name.endswith("saved_model.pb") for name in names):
        inside = f"«{shown(inner)}»" if inner else "un SavedModel"
        raise Problem(f"{what} es un zip con {inside} dentro; descomprímalo y dé la red.")
    raise Problem(f"{what} es un zip sin ninguna red de Keras dentro; dé un archivo .keras.")


def _sample(
    files: Sequence[Any], shape: tuple[int, int], read: Callable[[Any, Any], np.ndarray]
) -> np.ndarray:
    """A few images spread over the files, float32 (n, height, width, 3)."""
    decoded: list[np.ndarray] = []
    step = max(1, len(files) // (2 * PROBED))
    for file in files[::step]:
        try:
            decoded.append(read(file, shape))
        except ImageError:
            continue
        if len(decoded) == PROBED:
            break
    return np.array(decoded, np.float32)


def _ask(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(model(pixels, training=False)), np.float64)


def _are_probabilities(answers: np.ndarray) -> bool:
    within = answers.min() >= -1e-6 and answers.max() <= 1 + 1e-6
    return bool(within and np.abs(answers.sum(axis=1) - 1).max() < 0.01)


def _wants_scaled(large: np.ndarray, small: np.ndarray) -> bool:
    """Whether probabilities for 0..255 are saturated while those for 0..1 tell images apart.

    A network for 0..255 sees images of 0..1 as equally black.
    """
    if len(small) < 2 or not np.isfinite(small).all():
        return False
    saturated = not np.isfinite(large).all() or large.max(axis=1).mean() > SURE
    return bool(saturated and small.std(axis=0).mean() > APART)


def _softmax(answers: np.ndarray) -> np.ndarray:
    powers = np.exp(answers - answers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:120]
