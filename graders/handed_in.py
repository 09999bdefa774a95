"""What a submission holds before anything of it runs: notebook, write-up, files to hand in.

Grading and the candidate's own check read it with the same functions, so that one never says
otherwise than the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graders import writeup as writeups
from graders.notebook import NotebookRefusedError, RebuiltNotebook, rebuild
from graders.session import Collected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graders.material import SubmissionFile
    from tasks.model import Task

WRITEUP_PATH: Final = "WRITEUP.md"


class UngradableSubmissionError(Exception):
    """The submission cannot be run at all; each problem says what to fix."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def read_notebook(task: Task, files: Sequence[SubmissionFile]) -> RebuiltNotebook | None:
    """Return the notebook that the task asks for, rebuilt; None if it asks for none.

    Raises:
        UngradableSubmissionError: it is missing or cannot be read.
    """
    part = task.manifest.notebook
    if part is None:
        return None
    for item in files:
        if item.path == part.path:
            try:
                return rebuild(item.content)
            except NotebookRefusedError as error:
                raise UngradableSubmissionError((f"{part.path}: {error}.",)) from error
    raise UngradableSubmissionError((f"{part.path} is missing: hand in a notebook of that name.",))


def read_writeup(
    files: Sequence[SubmissionFile], notebook: RebuiltNotebook | None
) -> tuple[writeups.ParsedWriteup | None, str]:
    """Return the write-up and where it stood; None if there is none."""
    for item in files:
        if item.path == WRITEUP_PATH:
            return writeups.parse(item.content.decode("utf-8", "replace")), WRITEUP_PATH
    if notebook is not None:
        return writeups.parse(writeups.from_cells(notebook.markdown)), "the notebook's cells"
    return None, ""


def submitted_deliverables(task: Task, files: Sequence[SubmissionFile]) -> Iterator[Collected]:
    """Yield the deliverables that the candidate hands in, each as found."""
    contents = {item.path: item.content for item in files}
    for wanted in task.submitted_deliverables:
        content = contents.get(wanted.path)
        if content is None:
            yield Collected(path=wanted.path, state="missing", size=0, content=b"")
        elif len(content) > wanted.max_bytes:
            yield Collected(path=wanted.path, state="too_large", size=len(content), content=b"")
        else:
            yield Collected(path=wanted.path, state="ok", size=len(content), content=content)
