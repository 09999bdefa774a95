"""Take a submission in, whatever it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from runner.intake.archive import read_archive
from runner.intake.folder import read_folder, read_notebook
from runner.intake.repository import (
    FetchSettings,
    add_commit_log,
    read_local_repository,
    read_remote_repository,
)
from runner.intake.snapshot import SourceKind
from runner.intake.source import parse_source

if TYPE_CHECKING:
    from runner.intake.draft import Draft
    from runner.intake.snapshot import Snapshot
    from runner.intake.source import Source
    from sandbox.base import Sandbox

_DEFAULT_FETCH = FetchSettings()


def take_in(
    source: str, *, sandbox: Sandbox, image: str, fetch: FetchSettings = _DEFAULT_FETCH
) -> Snapshot:
    """Return what was handed in as an immutable snapshot.

    Args:
        source: a folder, ``.zip``, ``.tar.gz``, ``.tgz``, ``.ipynb``, ``PATH@REV`` of a repository
            or ``https://…[@REV]``.
        sandbox: where archives and repositories are read.
        image: an image with Python in ``/opt/venv`` and git; no container starts for a plain folder
            or a notebook.
        fetch: how repositories are fetched by https.

    Raises:
        SubmissionRefusedError: with every problem to fix.
        SourceNotFoundError: there is no such path.
        SandboxError: the machine failed; the submission may be fine.
    """
    parsed = parse_source(source)
    draft = _read(parsed, sandbox=sandbox, image=image, fetch=fetch)
    if parsed.kind is SourceKind.FOLDER and draft.has_git_folder:
        add_commit_log(draft, parsed.location, sandbox=sandbox, image=image)
    return draft.finish()


def _read(source: Source, *, sandbox: Sandbox, image: str, fetch: FetchSettings) -> Draft:
    match source.kind:
        case SourceKind.FOLDER:
            return read_folder(source.location)
        case SourceKind.NOTEBOOK:
            return read_notebook(source.location)
        case SourceKind.ZIP | SourceKind.TAR:
            return read_archive(source, sandbox=sandbox, image=image)
        case SourceKind.GIT if source.is_remote:
            return read_remote_repository(source, sandbox=sandbox, image=image, fetch=fetch)
        case SourceKind.GIT:
            return read_local_repository(source, sandbox=sandbox, image=image)
        case _:
            assert_never(source.kind)
