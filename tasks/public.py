"""``TASK.json``: what a candidate may know of the manifest, for tools on the candidate's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeVar

from tasks.manifest import (
    AiPolicy,
    Deliverable,
    Limits,
    NotebookPart,
    Part,
    Run,
    ServicePart,
    TaskKind,
    UpstreamPart,
)

if TYPE_CHECKING:
    from tasks.model import Task

PUBLIC_SCENARIO: Final = "public"

_Part = TypeVar("_Part", Run, ServicePart)


class PublicTask(Part):
    """``TASK.json`` as a whole. It has no field for anything hidden."""

    schema_version: Literal["1.0"] = "1.0"
    id: str
    version: str
    title: str
    kind: TaskKind
    candidate: str
    variant: str | None
    constraint: str
    time_budget_minutes: int
    ai_policy: AiPolicy
    image: str
    limits: Limits
    deliverables: tuple[Deliverable, ...]
    runs: tuple[Run, ...]
    """Those on the candidate's own data."""
    notebook: NotebookPart | None
    service: ServicePart | None
    upstream: UpstreamPart | None


def public_task(task: Task, *, candidate: str, variant: str | None = None) -> PublicTask:
    """Return what a candidate may know of the manifest; hidden runs are not even named."""
    manifest = task.manifest
    runs = [run for run in manifest.runs if run.scenario == PUBLIC_SCENARIO]
    names = {run.name for run in runs}
    service = manifest.service
    return PublicTask(
        id=task.id,
        version=task.version,
        title=manifest.title,
        kind=task.kind,
        candidate=candidate,
        variant=variant,
        constraint=manifest.constraint,
        time_budget_minutes=manifest.time_budget_minutes,
        ai_policy=manifest.ai_policy,
        image=manifest.image.name,
        limits=task.limits,
        deliverables=manifest.deliverables,
        runs=tuple(_without_hidden(run, names) for run in runs),
        notebook=manifest.notebook,
        service=_without_hidden(service, names) if service is not None else None,
        upstream=manifest.upstream,
    )


def _without_hidden(part: _Part, public_runs: set[str]) -> _Part:
    """Return a run or service that continues none but a public run."""
    if part.continues in public_runs:
        return part
    return part.model_copy(update={"continues": None})
