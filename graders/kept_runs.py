"""Recorded runs, kept so that other hidden tests can judge them without running them again.

One file for each grading: a line of JSON, then the deliverables' bytes, equal ones once. All of it
is data: what is read here is parsed strictly, held against its digests, and never executed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graders.evidence import RunFacts
from graders.ledger import Ledger
from graders.recorded import Recording
from graders.upstream import LogHead, Observed, read_log, upstream_files
from sandbox.errors import GuestProtocolError
from sandbox.frames import Frame
from sandbox.seccomp import seccomp_digest
from tasks.files import files_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graders.recorded import Recorder
    from tasks.model import Task

CONTAINER_GOES_ON: Final = "the service goes on in the container of a run"
NOT_KEPT: Final = "no runs are on record"

Count = Annotated[int, Field(ge=0, strict=True)]


class KeptRunsError(Exception):
    """What was kept is not whole, or of another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRuns:
    """The runs of one submission as they were before any hidden test saw them."""

    grounds: Mapping[str, str]
    """Digests of all that they depend on, by what it is in words."""
    runs: tuple[RunFacts, ...]
    contents: Mapping[tuple[str, str], bytes]
    observed: Mapping[str, Observed]
    not_started: Mapping[str, str]
    seen: tuple[str, ...]
    """Facts of the ledger."""

    def recording(self) -> Recording:
        """Return them as if they had just been recorded; no container is left of them."""
        return Recording(
            runs=list(self.runs),
            contents=dict(self.contents),
            observed=dict(self.observed),
            not_started=dict(self.not_started),
            ledger=Ledger(self.seen),
        )


def keep(recording: Recording, grounds: Mapping[str, str]) -> KeptRuns:
    """Return what has been recorded so far; later changes of the recording do not show in it."""
    return KeptRuns(
        grounds=grounds,
        runs=tuple(recording.runs),
        contents=dict(recording.contents),
        observed=dict(recording.observed),
        not_started=dict(recording.not_started),
        seen=recording.ledger.facts,
    )


def can_be_kept(task: Task) -> bool:
    """Tell whether a task's runs are whole without the container that they ran in."""
    service = task.manifest.service
    return service is None or service.continues is None


def grounds_of(recorder: Recorder, more: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of all that recorded runs depend on, by what it is in words.

    Hidden tests, rubric, brief and most of the truth are not among it: runs never see them.
    """
    task, data = recorder.task, recorder.data
    manifest = task.manifest
    how = {
        "runs": [run.model_dump(mode="json") for run in manifest.runs],
        "collected": [[one.path, one.max_bytes] for one in task.run_deliverables],
        "notebook": manifest.notebook and manifest.notebook.path,
        "extra_syscalls": manifest.sandbox.extra_syscalls,
        "upstream": manifest.upstream and manifest.upstream.port,
    }
    found = {
        "the submission": files_digest(
            {f"{'x' if one.executable else '-'} {one.path}": one.content for one in recorder.files}
        ),
        "the image": recorder.images.candidate,
        "the limits": _digest(asdict(recorder.limits)),
        "the task's runs": _digest(how),
        "the system calls allowed": seccomp_digest(manifest.sandbox.extra_syscalls),
    }
    for scenario in task.scenarios:
        found[f"the data of `{scenario}`"] = files_digest(data.public[scenario])
        if manifest.upstream is not None:
            found[f"the upstream of `{scenario}`"] = files_digest(
                {
                    **upstream_files(data.truth[scenario]),
                    "../upstream.py": recorder.read_upstream(),
                }
            )
    return {**found, **more}


def why_executed(task: Task, kept: KeptRuns | None, grounds: Mapping[str, str]) -> str:
    """Return why kept runs do not do, as a clause; empty if they do."""
    if not can_be_kept(task):
        return CONTAINER_GOES_ON
    if kept is None:
        return NOT_KEPT
    names = dict.fromkeys((*grounds, *kept.grounds))
    changed = [name for name in names if grounds.get(name) != kept.grounds.get(name)]
    return f"{', '.join(changed)} changed" if changed else ""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    grounds: dict[str, str]
    runs: tuple[RunFacts, ...]
    observed: dict[str, tuple[LogHead, str]]
    """By run: the log's head, and the digest of its lines."""
    not_started: dict[str, str]
    seen: tuple[str, ...]
    blobs: tuple[tuple[str, Count], ...]
    """Digest and size of what follows, in order."""


def to_bytes(kept: KeptRuns) -> bytes:
    """Return kept runs as one file."""
    logs = {run: one.lines for run, one in kept.observed.items()}
    blobs = {_sha256(raw): raw for raw in (*kept.contents.values(), *logs.values())}
    head = _Stored(
        version=1,
        grounds=dict(kept.grounds),
        runs=kept.runs,
        observed={run: (one.head, _sha256(one.lines)) for run, one in kept.observed.items()},
        not_started=dict(kept.not_started),
        seen=kept.seen,
        blobs=tuple((digest, len(raw)) for digest, raw in blobs.items()),
    )
    text = head.model_dump_json(ensure_ascii=True)
    return b"".join((text.encode("ascii"), b"\n", *blobs.values()))


def from_bytes(raw: bytes) -> KeptRuns:
    """Return the runs of a file that :func:`to_bytes` made.

    Raises:
        KeptRunsError: it is anything else.
    """
    text, _, body = raw.partition(b"\n")
    try:
        head = _Stored.model_validate_json(text)
        blobs = dict(_blobs(head.blobs, body))
        observed = {
            run: read_log(Frame(header=log.model_dump(), body=blobs[digest]))
            for run, (log, digest) in head.observed.items()
        }
        contents = dict(_contents(head.runs, blobs))
    except (ValidationError, GuestProtocolError, KeyError) as error:
        raise KeptRunsError(f"The kept runs cannot be read: {str(error)[:300]}") from error
    return KeptRuns(
        grounds=head.grounds,
        runs=head.runs,
        contents=contents,
        observed=observed,
        not_started=head.not_started,
        seen=head.seen,
    )


def _blobs(listed: Iterable[tuple[str, int]], body: bytes) -> Iterator[tuple[str, bytes]]:
    start = 0
    for digest, size in listed:
        raw = body[start : start + size]
        if _sha256(raw) != digest:
            raise KeptRunsError(f"The kept file {digest[:12]} was changed or cut short.")
        yield digest, raw
        start += size


def _contents(
    runs: Iterable[RunFacts], blobs: Mapping[str, bytes]
) -> Iterator[tuple[tuple[str, str], bytes]]:
    for run in runs:
        for item in run.deliverables:
            if item.sha256 is not None:
                yield (run.name, item.path), blobs[item.sha256]


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _digest(value: object) -> str:
    return _sha256(json.dumps(value, sort_keys=True).encode())
