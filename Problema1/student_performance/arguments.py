"""Command lines in Spanish: argparse with its headings and complaints translated.

The three problems, which import nothing from one another, hold the same module.
"""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

# What argparse says, in the words of Python 3.11 to 3.14, and what is said here. The last one
# leaves the sentences of our own types, after the flag.
MESSAGES = {
    r"the following arguments are required: (.+)": r"falta \1",
    r"unrecognized arguments: (.+)": r"no se conoce «\1»; vea --help",
    r"ambiguous option: (.+) could match (.+)": r"«\1» puede ser \2; escríbala entera",
    r"one of the arguments (.+) is required": r"hace falta una de estas: \1",
    r"argument (.+): expected one argument": r"\1 necesita un valor",
    r"argument (.+): expected at least one argument": r"\1 necesita al menos un valor",
    r"argument (.+): expected (\d+) arguments": r"\1 necesita \2 valores",
    r"argument (.+): ignored explicit argument (.+)": r"\1 no lleva valor, y se le da \2",
    r"argument (.+): not allowed with argument (.+)": r"\1 no va junto con \2",
    r"argument (.+): invalid choice: (.+) \(choose from (.+)\)": r"\1: \2 no está entre \3",
    r"argument (.+): invalid (?:int|float|Path) value: (.+)": r"\1: \2 no es un número",
    r"argument ([^:]+): (.+)": r"\1: \2",
}


class Parser(argparse.ArgumentParser):
    """A parser whose help and errors are in Spanish; keyword arguments as of its base."""

    def __init__(self, add_help: bool = True, **kwargs: Any):
        super().__init__(add_help=False, **kwargs)
        self._positionals.title = "argumentos"
        self._optionals.title = "opciones"
        if add_help:
            self.add_argument(
                "-h", "--help", action="help", help="muestra esta ayuda y no hace nada más"
            )

    def format_usage(self) -> str:
        """How it is called, in a line."""
        return super().format_usage().replace("usage:", "uso:", 1)

    def format_help(self) -> str:
        """The whole help."""
        return super().format_help().replace("usage:", "uso:", 1)

    def error(self, message: str) -> NoReturn:
        """End with how it is called and what is wrong."""
        for theirs, ours in MESSAGES.items():
            if re.fullmatch(theirs, message, flags=re.DOTALL):
                message = re.sub(theirs, ours, message, flags=re.DOTALL)
                break
        super().error(message)
