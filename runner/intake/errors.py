"""What intake says when it does not take something in.

SubmissionRefusedError     the candidate (or who sends it in) can fix it: every problem is listed
SourceNotFoundError        the command line names nothing that exists

The machine's own faults are ``sandbox.errors.SandboxError`` and pass through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PROBLEMS: Final = 20


class SubmissionRefusedError(Exception):
    """The submission breaks a rule of intake. The texts are safe to print."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems[:MAX_PROBLEMS])
        """At most 20, each with what to do about it."""
        self.unlisted = len(problems) - len(self.problems)
        """How many more there were."""
        super().__init__(self.problems)

    def __str__(self) -> str:
        text = "The submission was not taken in: " + "; ".join(self.problems)
        return f"{text}; and {self.unlisted} more problems." if self.unlisted else f"{text}."


class SourceNotFoundError(Exception):
    """There is nothing where the source points to."""

    def __init__(self, source: str, remedy: str) -> None:
        super().__init__(f"There is no {source}; {remedy}.")
        self.source = source
