"""Training: recipes, fitting, checkpoints, several processes."""
