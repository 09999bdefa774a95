"""For people who script: what ``from runner import grade`` gives."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from runner.batch.codes import codes_for
from runner.opening import open_workshop
from runner.pipeline import GradeRequest, grade_submission
from runner.records import Home
from tasks.catalogs import Catalog
from tasks.loader import load_task

if TYPE_CHECKING:
    import os

    from graders.evidence import Evidence

_log = logging.getLogger("worksample")


def grade(  # noqa: PLR0913 - all but two are options, by name
    task: str | os.PathLike[str],
    submission: str | os.PathLike[str],
    *,
    candidate: str | None = None,
    home: str | os.PathLike[str] = ".worksample",
    records: str | None = None,
    files: str | None = None,
    catalog: str | None = None,
    runtime: str | None = None,
    again: bool = False,
) -> Evidence:
    """Grade one submission in containers and return the evidence; it is on record, too.

    Args:
        task: Id of a task of the catalog, or the path of a task's folder.
        submission: Folder, ``.zip``, ``.tar.gz``, ``.ipynb``, ``REPOSITORY@COMMIT`` or https URL.
        candidate: Whose it is, such as ``LYNX-42``; the submission's name without ending if not
            given.
        home: Folder of the records.
        records: URL of their database, ``postgresql://…``; in the folder if not given.
        files: URL of the store of their files, such as ``s3://…``; in the folder if not given.
        catalog: Folders of tasks, separated as in PATH; the bundled catalog if not given.
        runtime: OCI runtime of the engine; its default if not given.
        again: Grade although the very same was graded before.

    Returns:
        What the machine found: ``state`` says whether it was ``graded``, ``points`` of
        ``max_points`` are absolute, ``checks`` and ``criteria`` say where they come from.

    Raises:
        SandboxError: no engine answers, or there is no image.
        RunnerError: the records or the submission's place are of no use.
        TaskError: there is no such task, or it is broken.
    """
    source = str(submission)
    (code,) = codes_for([source], [candidate] if candidate else [])
    folder = Path(task)
    is_folder = (folder / "task.toml").is_file()
    loaded = load_task(folder) if is_folder else Catalog.from_setting(catalog).load(str(task))
    request = GradeRequest(task=loaded, source=source, candidate=code, again=again)
    where = Home(folder=Path(home), records=records, files=files)
    with open_workshop(where, runtime=runtime, say=_log.info) as workshop:
        return grade_submission(workshop, request).evidence
