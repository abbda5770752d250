"""The one base of every error whose text is for people. This module imports nothing.

The three problems, which import nothing from one another, hold the same module.
"""


class Problem(Exception):
    """What stands in the way, and what to do about it, in Spanish sentences for the user.

    Args:
        lines: one sentence each.

    Attributes:
        lines: the same, as a tuple.
    """

    def __init__(self, *lines: str):
        self.lines = lines
        super().__init__("\n".join(self.lines))
