"""The one network that a training ends in: line, chosen members, spread."""

from __future__ import annotations

import keras
import numpy as np

from student_performance.encodings import Preparation, fixed_dense
from student_performance.intervals import Spread
from student_performance.line import Line
from student_performance.members import Encoding, Ensemble, family


def assemble(
    preparation: Preparation, line: Line, spread: Spread, ensemble: Ensemble, weights: np.ndarray
) -> keras.Model:
    """The network for use, from raw values (batch, k) to prediction and spread (batch, 2).

    Args:
        preparation, line, spread: its first layers, its straight part, its second output.
        ensemble: trained members.
        weights: (candidates,) of the mix; only members with a weight enter the network.
    """
    inputs = keras.Input((len(preparation.sizes),), name="features")
    z = preparation(inputs)
    points = fixed_dense(line.weights[:, None], [line.bias], "line")(z)
    if np.any(weights):
        points = keras.layers.Add(name="points")([points, _correction(z, line, ensemble, weights)])
    outputs = keras.layers.Concatenate(name="points_and_spread")([points, spread(z)])
    return keras.Model(inputs, outputs, name="student_performance")


def _correction(z, line: Line, ensemble: Ensemble, weights: np.ndarray):
    """Weighted mean of the chosen members, in target units: symbolic (batch, 1)."""
    folds = len(ensemble.members) // len(weights)
    shares = line.scale * np.repeat(weights, folds) / folds
    families, kept = [], []
    for at, encoding in enumerate(ensemble.encodings):
        own = [i for i, member in enumerate(ensemble.members) if member.encoding == at]
        keep = [position for position, i in enumerate(own) if shares[i]]
        if keep:
            families.append(_copy(ensemble.network, z, encoding, len(own), keep))
            kept += [own[position] for position in keep]
    together = families[0]
    if len(families) > 1:
        together = keras.layers.Concatenate(name="chosen")(families)
    return fixed_dense(shares[kept][:, None], [0.0], "correction")(together)


def _copy(trained: keras.Model, z, encoding: Encoding, count: int, keep: list[int]):
    """The members ``keep`` of a family of ``count``, with their trained weights."""
    names = [f"{encoding.name}_1", f"{encoding.name}_2"]
    while names[-1] in {layer.name for layer in trained.layers}:
        names.append(f"{encoding.name}_{len(names) + 1}")
    names[-1] = f"{encoding.name}_answer"
    weights = [trained.get_layer(name).get_weights() for name in names]
    units = weights[0][1].size // count
    # the first layer holds its members side by side, the others hold them one after another
    weights[0] = [
        part.reshape(*part.shape[:-1], count, units)[..., keep, :].reshape(*part.shape[:-1], -1)
        for part in weights[0]
    ]
    weights[1:] = [[part[keep] for part in layer] for layer in weights[1:]]
    hidden = [units, *(layer[1].shape[-1] for layer in weights[1:-1])]
    chosen = family(z, encoding, hidden, len(keep))
    for name, values in zip(names, weights, strict=True):
        keras.Model(z, chosen).get_layer(name).set_weights(values)
    return chosen
