"""What a trained network's probabilities say: scores, tables, figures."""
