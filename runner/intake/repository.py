"""Take in one commit of a git repository, local or by https; git runs in a container only."""

from __future__ import annotations

import datetime
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runner.intake import rules
from runner.intake.descriptors import UnreadableFileError
from runner.intake.draft import Draft
from runner.intake.errors import SubmissionRefusedError
from runner.intake.gitfolder import (
    MAX_GIT_BYTES,
    list_git_files,
    opened_git_folder,
    read_git_file,
)
from runner.intake.reader import (
    failures_in,
    guest_limits,
    int_of,
    opened_reader,
    take_entry,
    text_of,
)
from runner.intake.rules import show_name
from runner.intake.snapshot import Commit, SourceKind
from runner.text import clean_text
from sandbox.errors import GuestProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.intake.gitfolder import GitFile
    from runner.intake.reader import Reader
    from runner.intake.source import Source
    from sandbox.base import Sandbox

MAX_COMMITS: Final = 200
_SLACK_BYTES: Final = 64 << 20
_MAX_SUBJECT_CHARS: Final = 200
_HASH: Final = re.compile(r"[0-9a-f]{40}")
_FAILURES: Final = {
    "fetch": "the repository could not be fetched: check the URL, and that it needs no login",
    "revision": "the repository has no such commit, branch or tag, or is incomplete: name a commit "
    "in full, and hand in a full clone",
    "corrupt": "the repository is damaged: check it with `git fsck`, or hand in the files",
    "space": "the repository is too large: hand in the files as a folder or an archive",
    "path": "the repository has a file that is not read: hand in a fresh clone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How repositories are fetched by https."""

    network: str = "bridge"
    """The engine's network that the fetch container joins; choose one with little to reach."""
    ca_bundle: bytes | None = None
    """Certificates in PEM to trust instead of the image's."""
    deadline_s: float = 60.0
    max_bytes: int = MAX_GIT_BYTES
    """Of the repository as it is stored; only the last 200 commits are fetched."""


def read_local_repository(source: Source, *, sandbox: Sandbox, image: str) -> Draft:
    """Return the files of one commit; nothing but objects and refs reaches git.

    Raises:
        SubmissionRefusedError: there is no repository, or it is too large.
        SandboxError: the machine failed.
    """
    draft = Draft(SourceKind.GIT)
    request = _request("tree", source.revision)
    if not _read_git_folder(source.location, draft, request, sandbox=sandbox, image=image):
        problem = (
            f"{show_name(source.location)} is no git repository of its own (a linked work tree "
            "or a submodule has its history elsewhere): name the main repository"
        )
        raise SubmissionRefusedError([problem])
    return draft


def read_remote_repository(
    source: Source, *, sandbox: Sandbox, image: str, fetch: FetchSettings
) -> Draft:
    """Fetch one revision by https in a container with a network, and return its files.

    Raises:
        SandboxError: the machine failed.
    """
    draft = Draft(SourceKind.GIT)
    request = _request("tree", source.revision)
    request.update(url=source.location, depth=MAX_COMMITS, ca=fetch.ca_bundle is not None)
    with (
        opened_reader(
            sandbox,
            image,
            script="git_tree.py",
            disk_bytes=fetch.max_bytes,
            deadline_s=fetch.deadline_s,
            network=fetch.network,
        ) as reader,
        failures_in(draft, "the repository", deadline_s=fetch.deadline_s),
    ):
        reader.send(request, fetch.ca_bundle or b"")
        reader.send({"op": "go"})
        _receive(reader, draft)
    return draft


def add_commit_log(draft: Draft, location: str, *, sandbox: Sandbox, image: str) -> None:
    """Add the commit log of a folder's ``.git`` as evidence; if it cannot be read, a note says so.

    Raises:
        SandboxError: the machine failed.
    """
    log = Draft(SourceKind.GIT)
    request = _request("log", None)
    try:
        found = _read_git_folder(location, log, request, sandbox=sandbox, image=image)
    except SubmissionRefusedError as error:
        draft.note(f"the commit log was not read: {error.problems[0]}")
        return
    draft.commit_log = log.commit_log
    for problem in log.problems:
        draft.note(f"the commit log was not read: {problem}")
    if not found:
        draft.note("the commit log was not read: .git points to elsewhere")


def _request(want: str, revision: str | None) -> dict[str, object]:
    return {
        "op": "read",
        "want": want,
        "revision": revision,
        "limits": guest_limits(),
        "leave_out": sorted(rules.LEFT_OUT_NAMES),
        "max_commits": MAX_COMMITS,
    }


def _read_git_folder(
    location: str, draft: Draft, request: Mapping[str, object], *, sandbox: Sandbox, image: str
) -> bool:
    try:
        with opened_git_folder(location) as folder:
            if folder is None:
                return False
            files = list_git_files(folder)
            disk_bytes = sum(file.size + 4096 for file in files) + _SLACK_BYTES
            with (
                opened_reader(
                    sandbox, image, script="git_tree.py", disk_bytes=disk_bytes
                ) as reader,
                failures_in(draft, "the repository"),
            ):
                reader.send(request)
                _send_files(reader, folder, files)
                _receive(reader, draft)
    except UnreadableFileError as error:
        raise SubmissionRefusedError([f"in the repository, {error}"]) from error
    except OSError as error:
        raise SubmissionRefusedError(
            [f"the repository cannot be read: {os.strerror(error.errno or 0)}"]
        ) from error
    return True


def _send_files(reader: Reader, folder: int, files: tuple[GitFile, ...]) -> None:
    for file in files:
        reader.send({"op": "file", "path": file.path})
        for chunk in read_git_file(folder, file.path):
            reader.send({"op": "file", "path": file.path}, chunk)
    reader.send({"op": "go"})


def _receive(reader: Reader, draft: Draft) -> None:
    while True:
        frame = reader.receive()
        header = frame.header
        match header.get("t"):
            case "end":
                draft.commit = _hash(header, "commit") if header.get("commit") else None
                return
            case "failed":
                _take_failure(header, draft)
                return
            case "commit":
                if len(draft.commit_log) < MAX_COMMITS:
                    draft.commit_log.append(_commit(header))
            case _ if draft.is_full:
                return
            case _:
                take_entry(frame, draft)


def _take_failure(header: Mapping[str, object], draft: Draft) -> None:
    reason = _FAILURES.get(text_of(header, "reason"))
    if reason is None:
        raise GuestProtocolError("the reader failed for no known reason")
    detail = clean_text(text_of(header, "detail"), max_chars=300).replace("\n", " ")
    draft.refuse(f"{reason} ({detail})" if detail else reason)


def _commit(header: Mapping[str, object]) -> Commit:
    return Commit(
        hash=_hash(header, "hash"),
        author_date=_date(header, "author_s"),
        committer_date=_date(header, "committer_s"),
        subject=clean_text(text_of(header, "subject"), max_chars=_MAX_SUBJECT_CHARS),
    )


def _hash(header: Mapping[str, object], key: str) -> str:
    value = text_of(header, key)
    if not _HASH.fullmatch(value):
        raise GuestProtocolError(f"the reader sent no commit as {key}")
    return value


def _date(header: Mapping[str, object], key: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromtimestamp(int_of(header, key), tz=datetime.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise GuestProtocolError(f"the reader sent no time as {key}") from error
