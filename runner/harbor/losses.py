"""What did not fit from one format into the other, for people to mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.text import clean_line
from tasks.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Sequence


class HarborError(TaskError):
    """A folder is no Harbor task, or cannot become one."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that did not fit."""

    file: str
    what: str
    to_do: str

    def __str__(self) -> str:
        return clean_line(f"{self.file}: {self.what} -> {self.to_do}", max_chars=600)


def losses_page(title: str, intro: str, losses: Sequence[Loss]) -> str:
    """Return the list as Markdown, one line for each."""
    return "\n".join([f"# {title}", "", intro, "", *(f"- {loss}" for loss in losses), ""])
