"""A drawing of a Keras network: one box a layer, as wide and tall as what leaves it."""

from __future__ import annotations

import keras
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from scenes.formatting import number

# What a box is called and its colour (Okabe and Ito's, light enough for black text)
KINDS: dict[str, tuple[str, str]] = {
    "InputLayer": ("entrada", "#FFFFFF"),
    "Rescaling": ("escalar", "#F0F0F0"),
    "Conv2D": ("convolución", "#9ECAE9"),
    "BatchNormalization": ("norm.", "#E5E5E5"),
    "ReLU": ("ReLU", "#E5E5E5"),
    "MaxPooling2D": ("máximo", "#A6DBC0"),
    "GlobalAveragePooling2D": ("promedio", "#A6DBC0"),
    "GlobalMaxPooling2D": ("máximo", "#A6DBC0"),
    "Flatten": ("aplanar", "#F0F0F0"),
    "Dropout": ("abandono", "#F0F0F0"),
    "Dense": ("densa", "#F7C59F"),
    "Add": ("suma", "#E8B7D4"),
}
FROZEN, TRAINED = ("red congelada", "#CCCCCC"), ("cabeza", "#F7C59F")  # a network inside
SMALL = {"BatchNormalization", "ReLU", "Rescaling", "Dropout"}  # change no shape: thin boxes


def draw(network: keras.Model, title: str = "") -> Figure:
    """Layers from left to right, with the shapes that leave them, and shortcuts as arcs.

    A box's height follows the extent of the maps and its colour the kind of layer; its name and
    shape stand under it. A shortcut that a convolution lies on is dashed.
    """
    layers = [layer for layer in network.layers if _is_drawn(layer)]
    aside = _aside(network)
    along = [layer for layer in layers if layer.name not in aside]
    figure = Figure(figsize=(max(6.0, min(14.0, 0.62 * len(along))), 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    largest = max(_extent(layer) for layer in layers)
    tops: dict[str, tuple[float, float]] = {}
    place = 0.0
    for layer in along:
        width = 0.32 if type(layer).__name__ in SMALL else 0.62
        height = 0.35 + 1.65 * np.sqrt(_extent(layer) / largest)
        _box(axes, layer, place, width, height)
        tops[layer.name] = (place + width / 2, height / 2)
        place += width + 0.16
    for layer in layers:
        if isinstance(layer, keras.layers.Add):
            _shortcut(axes, layer, tops, aside)
    axes.set(xlim=(-0.2, place), ylim=(-4.0, 2.3), title=title)
    return figure


def _is_drawn(layer: keras.Layer) -> bool:
    """Operations such as those of ``preprocess_input`` are not."""
    return type(layer).__name__ in KINDS or isinstance(layer, keras.Model)


def _kind(layer: keras.Layer) -> tuple[str, str]:
    """Name and colour of a layer's box."""
    if isinstance(layer, keras.Model):
        return TRAINED if layer.trainable_weights else FROZEN
    return KINDS[type(layer).__name__]


def _extent(layer: keras.Layer) -> float:
    """Side of the maps that leave a layer; 1 for a vector."""
    shape = layer.output.shape
    return float(shape[1]) if len(shape) == 4 else 1.0


def _aside(network: keras.Model) -> set[str]:
    """Names of the layers that lie on a shortcut only: from an Add back to where paths meet."""
    names: set[str] = set()
    for layer in network.layers:
        if not isinstance(layer, keras.layers.Add):
            continue
        paths = [_back(tensor) for tensor in layer.input]
        shorter = min(paths, key=len)
        longer = max(paths, key=len)
        names |= {each.name for each in shorter if each not in longer}
    return names


def _back(tensor: keras.KerasTensor) -> list[keras.Layer]:
    """Layers of one input of an Add, back to the previous one or to the start."""
    path = []
    while True:
        layer = tensor._keras_history.operation
        path.append(layer)
        above = layer.input if not isinstance(layer, keras.layers.InputLayer) else None
        if above is None or isinstance(above, list):
            return path
        tensor = above


def _box(axes: Axes, layer: keras.Layer, left: float, width: float, height: float) -> None:
    name, colour = _kind(layer)
    corner = (left, -height / 2)
    axes.add_patch(Rectangle(corner, width, height, facecolor=colour, edgecolor="#333333"))
    if type(layer).__name__ not in SMALL:
        name += " " + "×".join(number(side, 0) for side in layer.output.shape[1:])
    middle = left + width / 2
    axes.text(middle, -height / 2 - 0.1, name, rotation=90, ha="center", va="top", fontsize=8)


def _shortcut(
    axes: Axes, layer: keras.Layer, tops: dict[str, tuple[float, float]], aside: set[str]
) -> None:
    """An arc over the boxes from where a shortcut leaves to its Add."""
    path = min((_back(tensor) for tensor in layer.input), key=len)
    start = next(each for each in path if each.name not in aside)
    arrow = {
        "arrowstyle": "->",
        "connectionstyle": "arc3,rad=-0.28",
        "color": "#AA3377",
        "lw": 1.6,
        "ls": "--" if any(each.name in aside for each in path) else "-",
    }
    axes.annotate("", tops[layer.name], tops[start.name], arrowprops=arrow)
