"""Networks kept in half precision: half the file, and the same answers to three decimals.

They must not be compiled: Keras gives the copy of a compiled one an optimizer, and saves that too.
"""

from __future__ import annotations

from pathlib import Path

import keras

HALVED = (keras.layers.Conv2D, keras.layers.Dense)  # the variances of a normalisation do not fit


def narrow(model: keras.Model) -> keras.Model:
    """A copy whose convolutions and dense layers hold their weights in float16."""
    return _copy(model, "float16")


def widen(model: keras.Model) -> keras.Model:
    """A copy that computes in float32 with the weights of :func:`narrow`."""
    return _copy(model, "float32")


def read(path: Path) -> keras.Model:
    """Load a ``.keras`` file, whatever its precision, as a network that computes in float32.

    Raises:
        Exception: of many kinds, for a file that Keras cannot read.
    """
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    if any(weight.dtype == "float16" for weight in model.weights):
        return widen(model)
    return model


def _copy(model: keras.Model, dtype: str) -> keras.Model:
    def convert(layer: keras.Operation) -> keras.Operation:
        if not isinstance(layer, keras.layers.Layer):
            return layer  # a function such as flip holds no weights
        config = layer.get_config()
        if isinstance(layer, HALVED):
            config["dtype"] = dtype
        copy = type(layer).from_config(config)
        copy.trainable = layer.trainable
        return copy

    copied = keras.models.clone_model(
        model, clone_function=convert, call_function=_on_tensors, recursive=True
    )
    copied.set_weights(model.get_weights())
    return copied


def _on_tensors(layer: keras.Operation, *args, **kwargs):
    """Call a layer; one that files gave a list of one tensor, as the shipped head, gets it bare."""
    bare = (each[0] if isinstance(each, list) and len(each) == 1 else each for each in args)
    return layer(*bare, **kwargs)
