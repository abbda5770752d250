"""Self-checks of ``soluciones.ipynb`` on networks and on what they are fed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from scenes.checks import Wrong, array, call, exercise, number, require
from scenes.networks import architectures

# Convolutions of the residual network as the published table prints them: kernel, input channels,
# filters and parameters, named as Keras numbered them. Two counts do not follow from the shapes.
PRINTED = (
    ("conv2d_5", 3, 3, 32, 896),
    ("conv2d_7", 3, 32, 64, 18_496),
    ("conv2d_8", 3, 64, 64, 36_928),
    ("conv2d_6", 1, 32, 64, 2_112),
    ("conv2d_9", 3, 64, 64, 36_928),
    ("conv2d_10", 3, 64, 64, 36_928),
    ("conv2d_12", 3, 64, 128, 75_856),
    ("conv2d_13", 3, 128, 128, 147_584),
    ("conv2d_11", 1, 64, 128, 8_128),
    ("conv2d_14", 3, 128, 128, 147_584),
    ("conv2d_15", 3, 128, 128, 147_584),
)
SIDE = 64  # of the images in the exercise on pooling
# Lines of the script in the bug hunt that hold a defect.
DEFECTS = frozenset({5, 11, 12, 15, 17})
SCRIPT_LINES = 17


def printed_table() -> pd.DataFrame:
    """The published table of convolutions, with Spanish headings."""
    headings = ["capa", "núcleo", "canales", "filtros", "parámetros impresos"]
    return pd.DataFrame(PRINTED, columns=headings)


@exercise("cada filtro tiene núcleo × núcleo × canales pesos, y un sesgo; compare con la tabla.")
def check_parameters(answer: Any, errors: Any) -> str:
    """A function of kernel, channels and filters to parameters; and the table's wrong layers."""
    for kernel, channels, filters in ((3, 5, 7), (1, 16, 8), (5, 3, 2), (7, 1, 1)):
        layer = layers.Conv2D(filters, kernel)
        layer.build((None, 32, 32, channels))
        given = number(call(answer, kernel, channels, filters), "La cantidad")
        require(
            given != layer.count_params() - filters,
            "Faltan los sesgos: hay uno por filtro.",
        )
        require(given == layer.count_params(), "Keras cuenta otra cantidad.")
    if isinstance(errors, str) or not hasattr(errors, "__iter__"):
        raise Wrong("Los errores deben ser un conjunto de nombres de capas.")
    wrong = {name for name, k, c, f, parameters in PRINTED if (k * k * c + 1) * f != parameters}
    marked = {str(name) for name in errors}
    require(
        marked == wrong,
        f"Encontró {len(marked & wrong)} de las {len(wrong)} capas; marcó {len(marked - wrong)} "
        "que están bien.",
    )
    return "Las formas de las capas deciden los parámetros; una tabla se puede verificar."


@exercise("sin esa agrupación los mapas llegan al final con el doble de lado: ¿cuántos números?")
def check_pooling(answer: Any, predicted: Any) -> str:
    """A function that gives the convolutional network without one pooling; its parameters."""
    network = _network(call(answer), "La función")
    require(
        network.input_shape[1:] == (SIDE, SIDE, 3),
        f"La entrada debe ser de {SIDE} × {SIDE} × 3.",
    )
    original = architectures.convolutional((SIDE, SIDE, 3))
    kinds = [type(layer).__name__ for layer in network.layers]
    expected = [type(layer).__name__ for layer in original.layers]
    second = 8  # position of the second of two poolings in a row, ReLU between them
    del expected[second]
    require(
        kinds.count("MaxPooling2D") == 3,
        f"Debe quedar con 3 agrupaciones y tiene {kinds.count('MaxPooling2D')}.",
    )
    flat = [each.output.shape[-1] for each in network.layers if isinstance(each, layers.Flatten)]
    require(
        sorted(kinds) == sorted(expected) and flat == [2048],
        "Las otras capas deben quedar como estaban.",
    )
    require(
        number(predicted, "La predicción") == network.count_params(),
        f"La red tiene {network.count_params()} parámetros, y la predicción es otra.",
    )
    return "La agrupación no tiene parámetros, y decide los de la capa densa que sigue."


@exercise("copie las columnas hacia la derecha; las que quedan libres repiten la primera.")
def check_shift(answer: Any) -> str:
    """A function of images (N, H, W, 3) and pixels, that moves them to the right."""
    images = np.random.default_rng(211).integers(0, 256, (4, 20, 24, 3)).astype("uint8")
    for pixels in (0, 1, 5, 16):
        moved = array(call(answer, images, pixels), images.shape, "La respuesta")
        right = np.roll(images, pixels, axis=2)
        left = np.roll(images, -pixels, axis=2)
        if pixels:
            require(
                not np.array_equal(moved[:, :, : -pixels or None], left[:, :, : -pixels or None]),
                "Las movió hacia la izquierda.",
            )
            require(
                not np.array_equal(moved, np.roll(images, pixels, axis=1)),
                "Las movió hacia abajo: el ancho es el tercer eje.",
            )
        require(
            np.array_equal(moved[:, :, pixels:], right[:, :, pixels:]),
            f"Con {pixels} píxeles, lo que se ve no está corrido esa cantidad.",
        )
        require(
            np.array_equal(moved[:, :, :pixels], np.repeat(images[:, :, :1], pixels, axis=2)),
            "Lo que queda libre a la izquierda debe repetir la primera columna.",
        )
    return "Ahora se puede preguntar a una red cuánto le importa el lugar."


@exercise("guarde la entrada antes de las convoluciones y súmela después, antes de la última ReLU.")
def check_block(answer: Any) -> str:
    """A function of a tensor, filters and whether to add the shortcut, to the block's output."""
    for with_shortcut in (True, False):
        entry = keras.Input((8, 8, 4))
        output = call(answer, entry, 4, with_shortcut)
        require(hasattr(output, "shape"), "Debe devolver lo que sale de la última capa.")
        network = keras.Model(entry, output)
        require(network.output_shape == network.input_shape, "El bloque no conserva la forma.")
        convolutions = [each for each in network.layers if isinstance(each, layers.Conv2D)]
        require(len(convolutions) == 2, "Un bloque tiene dos convoluciones.")
        for convolution in convolutions:
            convolution.set_weights([np.zeros_like(each) for each in convolution.get_weights()])
        pixels = np.random.default_rng(212).normal(0, 1, (2, 8, 8, 4)).astype("float32")
        answers = keras.ops.convert_to_numpy(network(pixels))
        if with_shortcut:
            require(
                np.allclose(answers, np.maximum(pixels, 0), atol=1e-5),
                "Con las convoluciones en cero y atajo, debe salir ReLU de la entrada.",
            )
        else:
            require(
                np.allclose(answers, 0, atol=1e-5),
                "Con las convoluciones en cero y sin atajo, debe salir cero.",
            )
    return "El atajo hace que no hacer nada sea lo fácil."


@exercise("ResNet50 aprendió con azul, verde, rojo, y con una media restada a cada canal.")
def check_preprocess(answer: Any) -> str:
    """A function of images (N, H, W, 3), RGB 0 to 255, that does what ``preprocess_input`` does."""
    images = np.random.default_rng(213).integers(0, 256, (3, 6, 7, 3)).astype("uint8")
    right = keras.applications.resnet50.preprocess_input(images.astype("float32"))
    given = array(call(answer, images), images.shape, "La respuesta")
    require(not np.allclose(given, images), "Las imágenes salen como entraron.")
    require(np.abs(given).max() > 2, "Los números son demasiado chicos: no se divide por 255.")
    require(not np.allclose(given[..., ::-1], right, atol=0.1), "Los canales están en otro orden.")
    require(not np.allclose(given, images[..., ::-1]), "Falta restar la media de cada canal.")
    require(
        np.allclose(given, right, atol=0.1),
        "A algún canal se le resta la media de otro, o una distinta.",
    )
    return "Son los números con los que ResNet50 aprendió."


@exercise("siga cada imagen: ¿en qué escala llega a la red?, ¿qué eligió quien ahora se mide?")
def check_defects(lines: Any, mended: Any) -> str:
    """The numbers of the script's lines with a defect, and its first network mended."""
    try:
        given = {int(line) for line in lines}
    except (TypeError, ValueError):
        raise Wrong("La respuesta debe ser un conjunto de números de línea.") from None
    require(given, "El conjunto está vacío.")
    require(
        all(1 <= line <= SCRIPT_LINES for line in given),
        f"El programa tiene {SCRIPT_LINES} líneas.",
    )
    right, wrong = len(given & DEFECTS), len(given - DEFECTS)
    require(
        given == DEFECTS,
        f"Encontró {right} de las {len(DEFECTS)} líneas; marcó {wrong} que no tienen defecto.",
    )
    network = _network(call(mended), "La función")
    scaled = [each for each in network.layers if isinstance(each, layers.Rescaling)]
    require(scaled, "La red sigue recibiendo números de 0 a 255: el escalado no está en su camino.")
    require(network.output_shape[-1] == 6, "La red debe dar seis salidas.")
    return "Encontradas y reparada."


def _network(value: Any, what: str) -> keras.Model:
    if not isinstance(value, keras.Model):
        raise Wrong(f"{what} debe devolver una red de Keras (keras.Model).")
    return value
