"""Understand what was written on the command line as the place of a submission."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import Final

from runner.intake.errors import SourceNotFoundError, SubmissionRefusedError
from runner.intake.rules import show_name
from runner.intake.snapshot import SourceKind

_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~/%+@-]+")
_OTHER_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z0-9+.-]+::|[^/]+@[^/@]+:")
_REVISION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
_ARCHIVES: Final = {".zip": SourceKind.ZIP, ".tar.gz": SourceKind.TAR, ".tgz": SourceKind.TAR}
_FORMS: Final = "a folder, .zip, .tar.gz, .ipynb, REPOSITORY@COMMIT or an https URL of a repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a submission is."""

    kind: SourceKind
    location: str
    """A path of this machine, or an https URL."""
    revision: str | None = None
    """Commit, branch or tag of a repository; None is what its HEAD names."""
    is_remote: bool = False


def parse_source(text: str) -> Source:
    """Return what ``text`` names.

    A path that exists is that path; only then is ``PATH@REV`` tried, at the last ``@``.

    Raises:
        SourceNotFoundError: no such path.
        SubmissionRefusedError: it is there but of no known kind, or an address of another protocol.
    """
    if text.lower().startswith("https:"):
        return _remote(text)
    path = text.rstrip("/") or text
    mode = _mode(path)
    if mode is not None:
        return _local(path, mode)
    repository, at, revision = text.rpartition("@")
    repository = repository.rstrip("/") or repository
    mode = _mode(repository) if at else None
    if mode is None:
        _refuse_other_protocols(text)
        raise SourceNotFoundError(show_name(text), f"name {_FORMS}")
    if not stat.S_ISDIR(mode):
        raise SubmissionRefusedError(
            [f"{show_name(repository)} is no folder, so '@' names no commit in it"]
        )
    return Source(kind=SourceKind.GIT, location=repository, revision=_checked_revision(revision))


def _mode(path: str) -> int | None:
    try:
        return os.lstat(path).st_mode if path else None
    except (OSError, ValueError):
        return None


def _local(path: str, mode: int) -> Source:
    if stat.S_ISLNK(mode):
        raise SubmissionRefusedError([f"{show_name(path)} is a link: name what it points to"])
    if stat.S_ISDIR(mode):
        kind = SourceKind.GIT if _is_bare_repository(path) else SourceKind.FOLDER
        return Source(kind=kind, location=path)
    name = path.lower()
    if stat.S_ISREG(mode) and name.endswith(".ipynb"):
        return Source(kind=SourceKind.NOTEBOOK, location=path)
    for suffix, kind in _ARCHIVES.items():
        if stat.S_ISREG(mode) and name.endswith(suffix):
            return Source(kind=kind, location=path)
    raise SubmissionRefusedError([f"{show_name(path)} is of no known kind: hand in {_FORMS}"])


def _is_bare_repository(path: str) -> bool:
    """Whether a folder is a repository without a work tree, told by what git itself looks for."""
    head, objects, refs = (_mode(f"{path}/{name}") or 0 for name in ("HEAD", "objects", "refs"))
    return stat.S_ISREG(head) and stat.S_ISDIR(objects) and stat.S_ISDIR(refs)


def _remote(text: str) -> Source:
    url, at, revision = text.rpartition("@")
    authority, _, path = text.partition("://")[2].partition("/")
    if "@" in authority:
        raise SubmissionRefusedError(
            ["the URL carries a user name or password: give a URL that needs none"]
        )
    if not at or "@" not in path or url.endswith("/"):
        url, revision = text, ""
    if not _URL.fullmatch(url):
        raise SubmissionRefusedError(
            [f"{show_name(url)} is no plain https URL of a repository: https://host/path[@REV]"]
        )
    return Source(
        kind=SourceKind.GIT,
        location=url,
        revision=_checked_revision(revision) if revision else None,
        is_remote=True,
    )


def _refuse_other_protocols(text: str) -> None:
    if _OTHER_URL.match(text):
        problem = (
            f"{show_name(text)} is an address of another protocol: repositories are fetched by "
            "https only, without credentials"
        )
        raise SubmissionRefusedError([problem])


def _checked_revision(revision: str) -> str:
    if not _REVISION.fullmatch(revision) or ".." in revision:
        raise SubmissionRefusedError(
            [f"{show_name(revision)} is no commit, branch or tag: name one after '@'"]
        )
    return revision
