"""Student performance: data, network, evaluation and charts of Problem 1."""
