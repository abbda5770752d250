"""Tables of a network's layers, read from the network itself."""

from __future__ import annotations

from scenes.formatting import number
from student_performance.model import keras  # held back: what TensorFlow prints as it loads

NAMES = {  # of Keras's layers and of the project's own, for the reader
    "InputLayer": "entrada",
    "Rescaling": "escalado de los píxeles",
    "Normalization": "normalización",
    "Flatten": "aplanado",
    "Dense": "densa",
    "ReLU": "ReLU",
    "BatchNormalization": "normalización por lotes",
    "GlobalAveragePooling2D": "promedio de cada mapa",
    "GlobalMaxPooling2D": "máximo de cada mapa",
    "Concatenate": "unión",
    "Softmax": "softmax",
}
ACTIVATIONS = {"relu": "ReLU", "softmax": "softmax", "silu": "SiLU"}


def table(model: keras.Model) -> dict:
    """Rows of text for one network, in order.

    Args:
        model: layers without parameters are listed too; they are part of the architecture.

    Returns:
        ``cabecera`` and ``filas`` (number, layer in Spanish, output shape without the batch,
        parameters), and the totals ``entrenables`` and ``fijos``.
    """
    places = {layer.name: place for place, layer in enumerate(model.layers)}
    rows = [
        [
            str(place),
            described(layer, places),
            shape(layer),
            number(layer.count_params(), 0) if layer.count_params() else "",
        ]
        for place, layer in enumerate(model.layers)
    ]
    return {"cabecera": ["", "Capa", "Salida", "Parámetros"], "filas": rows, **totals(model)}


def totals(model: keras.Model) -> dict:
    """Parameters that a training changes, and those that it does not, as text."""
    return {
        "entrenables": number(_size(model.trainable_weights), 0),
        "fijos": number(_size(model.non_trainable_weights), 0),
        "total": number(model.count_params(), 0),
    }


def stages(model: keras.Model) -> dict:
    """A ResNet's rows summed by stage, from the names that Keras gives its layers.

    Args:
        model: with layers called ``conv1_…``, ``conv2_block1_…``.
    """
    found: dict[str, list[keras.layers.Layer]] = {}
    for layer in model.layers:
        if layer.name.startswith("conv"):
            found.setdefault(layer.name.split("_")[0], []).append(layer)
    rows = []
    for name, own in found.items():
        blocks = {layer.name.split("_")[1] for layer in own if "_block" in layer.name}
        what = f"{len(blocks)} bloques residuales" if blocks else "convolución 7 × 7, paso 2"
        params = sum(layer.count_params() for layer in own)
        rows.append([name.removeprefix("conv"), what, shape(own[-1]), number(params, 0)])
    return {"cabecera": ["Etapa", "Qué hace", "Salida", "Parámetros"], "filas": rows}


def described(layer: keras.layers.Layer, places: dict[str, int] | None = None) -> str:
    """A layer in a few Spanish words: what it does, with which settings.

    Args:
        layer: any.
        places: number of each layer by name, for the other branch of a sum.
    """
    kind = type(layer).__name__
    if kind in ("Conv2D", "MaxPooling2D"):
        size = layer.kernel_size if kind == "Conv2D" else layer.pool_size
        text = ("convolución " if kind == "Conv2D" else "máximo ") + f"{size[0]} × {size[1]}"
        if layer.strides[0] != (1 if kind == "Conv2D" else size[0]):
            text += f", paso {layer.strides[0]}"
        return text
    if kind == "Dropout":
        return f"abandono, {number(layer.rate, 1)}"
    if kind == "Add":
        sources = [tensor._keras_history.operation.name for tensor in layer.input]
        numbers = sorted((places or {}).get(name, 0) for name in sources)
        return "suma de " + " y ".join(map(str, numbers))
    if kind == "Activation":
        return ACTIVATIONS.get(layer.activation.__name__, layer.activation.__name__)
    text = NAMES.get(kind, layer.name.replace("_", " "))
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return text if activation in ("linear", text) else f"{text}, {ACTIVATIONS[activation]}"


def shape(layer: keras.layers.Layer) -> str:
    """«74 × 74 × 32»: of the layer's output, without the batch."""
    (output,) = keras.tree.flatten(layer.output)
    return " × ".join(str(side) for side in output.shape[1:])


def _size(weights: list) -> int:
    return sum(int(keras.ops.size(weight)) for weight in weights)
