"""The page of a task, for the hiring manager to sign off before anybody is asked to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.report import pages

if TYPE_CHECKING:
    from tasks.model import CheckSpec, Criterion, Prompt, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """A criterion with everything that gives evidence for it."""

    anchor: str
    criterion: Criterion
    share: int
    """Of all weights, in per cent."""
    checks: tuple[CheckSpec, ...]
    prompts: tuple[Prompt, ...]

    @property
    def points(self) -> float:
        """Return the points of its checks."""
        return sum(check.points for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """What the template shows."""

    task: Task
    brief: str
    data_of: str
    criteria: tuple[CriterionView, ...]


def render_preview(task: Task, *, brief: str, data_of: str) -> str:
    """Return the page of a task, whole in one file. It shows hidden checks: not for candidates.

    Args:
        task: The task.
        brief: The brief as one candidate reads it, Markdown.
        data_of: Whose data the brief speaks of, such as ``LYNX-42``.
    """
    return pages.render("preview.html.j2", page=_view(task, brief, data_of))


def _view(task: Task, brief: str, data_of: str) -> PreviewView:
    total = sum(criterion.weight for criterion in task.rubric.criteria)
    views = tuple(
        CriterionView(
            anchor=f"criterion-{number}",
            criterion=criterion,
            share=round(100 * criterion.weight / total),
            checks=tuple(one for one in task.checks if one.criterion == criterion.id),
            prompts=tuple(one for one in task.rubric.prompts if one.criterion == criterion.id),
        )
        for number, criterion in enumerate(task.rubric.criteria, start=1)
    )
    return PreviewView(task=task, brief=brief, data_of=data_of, criteria=views)
