"""What the notebooks take from the package: figures, sentences and self-checks."""
