"""Tables of a network's layers, read from the network itself."""

from __future__ import annotations

import keras

from scenes.formatting import number


def table(model: keras.Model, names: bool = True) -> dict:
    """Rows of text for one network, in order.

    Args:
        model: layers without parameters are listed too; they are part of the architecture.
        names: call the layers by their names; by their place otherwise, where Keras named them.

    Returns:
        ``cabecera`` and ``filas``: layer, type, output shape without the batch, parameters.
    """
    rows = []
    for place, layer in enumerate(model.layers):
        entrance = isinstance(layer, keras.layers.InputLayer)
        called = layer.name.replace("_", " ") if names else str(place)
        rows.append(
            [
                "entrada" if entrance and names else called,
                type(layer).__name__,
                _shape(layer),
                number(layer.count_params(), 0),
            ]
        )
    return {"cabecera": ["Capa", "Tipo", "Salida", "Parámetros"], "filas": rows}


def _shape(layer: keras.layers.Layer) -> str:
    (output,) = keras.tree.flatten(layer.output)
    return " × ".join(str(side) for side in output.shape[1:])
