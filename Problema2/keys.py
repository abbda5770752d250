"""Codes of the keys, and scripts of them for runs without a person."""

from __future__ import annotations

NO_KEY = -1
ESCAPE = 27


def parse_keys(text: str) -> list[int]:
    """Turn a script of keys into codes, one per frame.

    Args:
        text: words separated by spaces: a character, ``space``, ``esc``, or ``.`` for no key; each
            may be repeated, as in ``.*30 s 0*5 q``.

    Raises:
        ValueError: a word is none of these.
    """
    codes = {"space": ord(" "), "esc": ESCAPE, ".": NO_KEY}
    keys = []
    for word in text.split():
        name, _, times = word.partition("*")
        if name not in codes and len(name) != 1:
            raise ValueError(f"not a key: {word!r}")
        keys += [codes.get(name, ord(name[0]))] * (int(times) if times else 1)
    return keys
