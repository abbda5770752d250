"""Student performance: data, network, evaluation and charts of Problem 1."""

from . import backend

backend.choose()
