"""Natural scenes: data, the four models, training and evaluation of Problem 3."""

from . import backend

backend.choose()
