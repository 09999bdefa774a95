"""``TASK.json``: what a candidate may know of a task, for tools on the candidate's side."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from tasks.manifest import (
    AiPolicy,
    Deliverable,
    Limits,
    Line,
    Manifest,
    Name,
    NotebookPart,
    Part,
    Run,
    ServicePart,
    TaskKind,
    UpstreamPart,
)
from tasks.model import Task
from tasks.rubric import Claim, Prompt, Rubric, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PUBLIC_SCENARIO: Final = "public"


class PublicPrompt(Part):
    """A question of the write-up; which criterion it feeds is left out."""

    id: str
    title: Line
    text: Text
    max_words: Annotated[int, Field(strict=True, ge=1)]


class PublicClaim(Part):
    """A number that the write-up is asked for; what it is compared with is left out."""

    id: str
    text: Text
    unit: Line


class PublicTask(Part):
    """``TASK.json`` as a whole. It has no field for anything hidden."""

    schema_version: Literal["1.0"] = "1.0"
    id: str
    version: str
    title: Line
    kind: TaskKind
    candidate: str
    variant: str | None
    data_sha256: str
    """Of the files in ``data/``, see `data_digest`."""
    constraint: Line
    time_budget_minutes: int
    ai_policy: AiPolicy
    image: Name
    image_lock: str
    """Digest of the packages that the image has where the packet was made."""
    limits: Limits
    extra_syscalls: tuple[str, ...]
    deliverables: tuple[Deliverable, ...]
    runs: tuple[Run, ...]
    """Those on the candidate's own data."""
    notebook: NotebookPart | None
    service: ServicePart | None
    upstream: UpstreamPart | None
    prompts: tuple[PublicPrompt, ...]
    claims: tuple[PublicClaim, ...]


def data_digest(files: Mapping[str, bytes]) -> str:
    """Return SHA-256 over the names and contents of a candidate's own data."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def public_task(
    task: Task,
    *,
    candidate: str,
    public_files: Mapping[str, bytes],
    variant: str | None = None,
    image_lock: str = "",
) -> PublicTask:
    """Return what a candidate may know of a task; hidden runs are not even named."""
    manifest = task.manifest
    runs = [run for run in manifest.runs if run.scenario == PUBLIC_SCENARIO]
    names = {run.name: run for run in runs}
    return PublicTask(
        id=task.id,
        version=task.version,
        title=manifest.title,
        kind=task.kind,
        candidate=candidate,
        variant=variant,
        data_sha256=data_digest(public_files),
        constraint=manifest.constraint,
        time_budget_minutes=manifest.time_budget_minutes,
        ai_policy=manifest.ai_policy,
        image=manifest.image.name,
        image_lock=image_lock,
        limits=task.limits,
        extra_syscalls=manifest.sandbox.extra_syscalls,
        deliverables=manifest.deliverables,
        runs=tuple(_without_hidden(run, names) for run in runs),
        notebook=manifest.notebook,
        service=_public_service(manifest.service, manifest.runs, names),
        prompts=tuple(
            PublicPrompt(id=one.id, title=one.title, text=one.text, max_words=one.max_words)
            for one in task.rubric.prompts
        ),
        claims=tuple(
            PublicClaim(id=one.id, text=one.text, unit=one.unit) for one in task.rubric.claims
        ),
        upstream=manifest.upstream,
    )


def task_as_sent(public: PublicTask, folder: Path) -> Task:
    """Return the task as a candidate has it: without checks, criteria, solutions and hidden runs.

    It can be run as in grading and cannot be graded.

    Raises:
        ValueError: If it says what no task can say.
    """
    same = {
        "id", "version", "title", "kind", "time_budget_minutes", "ai_policy", "constraint",
        "limits", "notebook", "service", "upstream",
    }  # fmt: skip
    plain = public.model_dump()
    manifest = Manifest.model_validate(
        {
            "schema_version": "1.0",
            **{key: plain[key] for key in same},
            "summary": public.title,
            "image": {"name": public.image},
            "sandbox": {"extra_syscalls": public.extra_syscalls},
            "deliverable": plain["deliverables"],
            "run": plain["runs"],
        }
    )
    # What a rubric must have for grading is not here, so that it is not validated as one.
    rubric = Rubric.model_construct(
        criteria=(),
        prompts=tuple(Prompt(**one.model_dump(), criterion="") for one in public.prompts),
        claims=tuple(
            Claim.model_construct(**one.model_dump(), measurement="", tolerance=0.0)
            for one in public.claims
        ),
    )
    return Task(path=folder, manifest=manifest, rubric=rubric, checks=(), solutions=(), digest="")


def _without_hidden(part: Run, public_runs: Mapping[str, Run]) -> Run:
    """Return a run that continues none but a public run."""
    if part.continues in public_runs:
        return part
    return part.model_copy(update={"continues": None})


def _public_service(
    service: ServicePart | None, runs: Sequence[Run], public_runs: Mapping[str, Run]
) -> ServicePart | None:
    """Return the service; what it continues in grading becomes the public run of that command."""
    if service is None or service.continues in public_runs:
        return service
    command = next((run.command for run in runs if run.name == service.continues), None)
    twins = (run.name for run in public_runs.values() if command and run.command == command)
    return service.model_copy(update={"continues": next(twins, None)})
