"""What the notebooks need and no program does: simulated recordings, figures, sentences, checks."""
