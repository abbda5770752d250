"""Generated scenes, for who has no photographs. Nobody has to read it to train a network."""
