"""``task.toml``: the models, one per table. What spans tables is in ``tasks.references``."""

from __future__ import annotations

import enum
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tasks.sizes import GIB, KIB, MIB, SizeBetween

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PATH_CHARS: Final = 200
SLUG_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
MAX_SLUG_CHARS: Final = 80
NAME_PATTERN: Final = r"^[a-z][a-z0-9_-]{0,39}$"
SEMVER_PATTERN: Final = r"^(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}(-[0-9A-Za-z.-]{1,40})?$"
IMAGES: Final = ("python-data",)
"""Images that submissions run in."""


class TaskKind(enum.StrEnum):
    """What a candidate hands in."""

    REPO = "repo"
    NOTEBOOK = "notebook"
    SERVICE = "service"


class AiPolicy(enum.StrEnum):
    """What the brief says about AI assistants."""

    REQUIRED = "required"
    ALLOWED_DISCLOSE = "allowed_disclose"
    FORBIDDEN = "forbidden"


class MediaType(enum.StrEnum):
    """What a deliverable is read as."""

    CSV = "text/csv"
    JSON = "application/json"
    TEXT = "text/plain"
    MARKDOWN = "text/markdown"
    BYTES = "application/octet-stream"


class ProducedBy(enum.StrEnum):
    """Where a deliverable comes from."""

    RUN = "run"
    """Collected after each run."""
    SUBMISSION = "submission"
    """Handed in by the candidate."""


def clean_path(value: str) -> str:
    """Return a relative POSIX path unchanged if it is already in its simplest form.

    Raises:
        ValueError: If it is absolute, climbs, has a backslash, a control character or a
            needless part.
    """
    if not value or len(value) > MAX_PATH_CHARS:
        raise ValueError(f"must be a path of 1 to {MAX_PATH_CHARS} characters")
    if "\\" in value or ":" in value or not value.isprintable():
        raise ValueError(f"{value!r} has a backslash, a colon or a control character")
    if value.startswith("/") or ".." in value.split("/"):
        raise ValueError(f"{value!r} must stay inside the submission: no leading '/', no '..'")
    if str(PurePosixPath(value)) != value or value == ".":
        raise ValueError(f"{value!r} must be written without '.', '//' or a trailing '/'")
    return value


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of text, not empty")
    return value.strip()


def _without_nul(value: str) -> str:
    if not value or "\0" in value:
        raise ValueError("must not be empty nor hold a NUL")
    return value


Line = Annotated[str, AfterValidator(_one_line), Field(max_length=300)]
RelativePath = Annotated[str, AfterValidator(clean_path)]
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Slug = Annotated[str, Field(pattern=SLUG_PATTERN, max_length=MAX_SLUG_CHARS)]
Semver = Annotated[str, Field(pattern=SEMVER_PATTERN)]
Flag = Annotated[bool, Field(strict=True)]
Command = Annotated[
    tuple[Annotated[str, AfterValidator(_without_nul)], ...], Field(min_length=1, max_length=64)
]

_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")


def placeholders(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that stand in braces in a command, in order."""
    return tuple(name for word in command for name in _PLACEHOLDER.findall(word))


def expand_command(command: tuple[str, ...], places: Mapping[str, str]) -> tuple[str, ...]:
    """Return a command with ``{data}`` and the like replaced, in one pass; other braces stay."""
    return tuple(
        _PLACEHOLDER.sub(lambda match: places.get(match[1], match[0]), word) for word in command
    )


class Part(BaseModel):
    """Base of all tables: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Image(Part):
    """What the candidate's code runs in."""

    name: Name


class Limits(Part):
    """What one run may use."""

    wall_time_s: Annotated[float, Field(strict=True, ge=1, le=3600)] = 60.0
    memory_bytes: Annotated[int, SizeBetween(32 * MIB, 64 * GIB)] = GIB
    """Files in the writable places count, too."""
    cpus: Annotated[float, Field(strict=True, ge=0.1, le=64)] = 1.0
    pids: Annotated[int, Field(strict=True, ge=16, le=4096)] = 128
    """Processes and threads."""
    disk_bytes: Annotated[int, SizeBetween(MIB, 64 * GIB)] = 256 * MIB
    """Beyond what is put there at the start."""
    output_bytes: Annotated[int, SizeBetween(KIB, 64 * MIB)] = MIB
    """On stdout and stderr together."""


class SandboxPart(Part):
    """What the candidate's containers may do beyond the ordinary."""

    extra_syscalls: Annotated[
        tuple[Annotated[str, Field(max_length=40)], ...], Field(max_length=16)
    ] = ()
    """Calls of the kernel; ``tasks.syscalls`` says which there are."""


class Deliverable(Part):
    """A file the brief asks for."""

    path: RelativePath
    """Relative to the submission's root."""
    media_type: MediaType
    max_bytes: Annotated[int, SizeBetween(1, GIB)] = 64 * MIB
    produced_by: ProducedBy = ProducedBy.RUN
    required: Flag = True


class Run(Part):
    """One recorded execution on one scenario."""

    name: Name
    scenario: Name
    command: Command | None = None
    """None for a notebook, which is executed from the top."""
    continues: Name | None = None
    """An earlier run whose container and files this one goes on with."""


class NotebookPart(Part):
    """Of a notebook task."""

    path: Annotated[RelativePath, Field(pattern=r"\.ipynb$")]


class ServicePart(Part):
    """Of a service task."""

    command: Command
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)]
    ready_path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=200)]
    """Answers 200 when ready."""
    ready_timeout_s: Annotated[float, Field(strict=True, ge=1, le=600)] = 15.0
    continues: Name | None = None
    """The run whose container and files the service starts in."""


class UpstreamPart(Part):
    """Of a task whose runs speak to an API: ``upstream.py`` serves it on the loopback."""

    port: Annotated[int, Field(strict=True, ge=1024, le=65535)]

    @property
    def url(self) -> str:
        """What ``{upstream}`` and ``UPSTREAM_URL`` stand for."""
        return f"http://127.0.0.1:{self.port}"


class Manifest(Part):
    """``task.toml`` as a whole."""

    schema_version: Literal["1.0"]
    id: Slug
    version: Semver
    title: Line
    kind: TaskKind
    summary: Line
    time_budget_minutes: Annotated[int, Field(strict=True, ge=1, le=10080)]
    ai_policy: AiPolicy
    constraint: Line
    image: Image
    limits: Limits = Limits()
    sandbox: SandboxPart = SandboxPart()
    deliverables: Annotated[tuple[Deliverable, ...], Field(alias="deliverable", min_length=1)]
    runs: Annotated[tuple[Run, ...], Field(alias="run", min_length=1)]
    notebook: NotebookPart | None = None
    service: ServicePart | None = None
    upstream: UpstreamPart | None = None
