"""The six scenes, in the order of their labels."""

from __future__ import annotations

CLASSES = ("buildings", "forest", "glacier", "mountain", "sea", "street")
NAMES = ("edificios", "bosque", "glaciar", "montaña", "mar", "calle")
