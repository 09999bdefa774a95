"""A packet that somebody works in: what it says of its task, and what would be handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from graders.material import SubmissionFile, VariantData
from graders.upstream import DATA_PREFIX
from runner.errors import SourceError
from runner.intake import SubmissionRefusedError
from runner.intake.folder import read_folder, read_single_file
from runner.intake.rules import show_name
from sandbox.strict_json import StrictJsonError, loads_object
from tasks.public import PUBLIC_SCENARIO, PublicTask, data_digest, task_as_sent

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.model import Task

DESCRIPTION: Final = "TASK.json"
DATA: Final = "data/"
UPSTREAM: Final = "upstream/"
_MAX_DESCRIPTION_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFolder:
    """The folder as intake would take it in."""

    public: PublicTask
    task: Task
    """Without anything hidden; to run, not to grade."""
    files: tuple[SubmissionFile, ...]
    """What was taken, also where something else was refused."""
    problems: tuple[str, ...]
    """What intake refuses, each with what to do about it."""
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def data(self) -> dict[str, bytes]:
        """The candidate's own data, by path in ``data/``."""
        return self._below(DATA)

    def _below(self, folder: str) -> dict[str, bytes]:
        return {
            item.path.removeprefix(folder): item.content
            for item in self.files
            if item.path.startswith(folder)
        }

    @property
    def upstream_source(self) -> bytes | None:
        """What serves the API of the task's runs, if there is one."""
        return self._below(UPSTREAM).get("upstream.py") if self.public.upstream else None

    @property
    def has_its_data(self) -> bool:
        """Whether the data are those that went out."""
        return data_digest(self.data) == self.public.data_sha256

    @property
    def variant_data(self) -> VariantData:
        """The data as the recorder of runs takes it; there is no truth but what the API serves."""
        served = self._below(f"{UPSTREAM}scenario/")
        truth = {f"{DATA_PREFIX}{path}": content for path, content in served.items()}
        return VariantData(public={PUBLIC_SCENARIO: self.data}, truth={PUBLIC_SCENARIO: truth})


def open_packet_folder(folder: Path) -> PacketFolder:
    """Return what is in the folder that somebody works in.

    Raises:
        SourceError: It is no folder made from a packet.
    """
    public, task = _read_description(folder)
    try:
        draft = read_folder(str(folder))
        snapshot = draft.finish()
    except SubmissionRefusedError as error:
        more = (f"and {error.unlisted} more problems",) if error.unlisted else ()
        return PacketFolder(
            public=public, task=task, files=(), problems=(*error.problems, *more),
            left_out=(), notes=(),
        )  # fmt: skip
    return PacketFolder(
        public=public,
        task=task,
        files=tuple(
            SubmissionFile(path=one.path, content=one.content, executable=one.executable)
            for one in snapshot.files
        ),
        problems=(),
        left_out=snapshot.left_out,
        notes=snapshot.notes,
    )


def _read_description(folder: Path) -> tuple[PublicTask, Task]:
    shown = show_name(str(folder))
    file = folder / DESCRIPTION
    if folder.is_symlink():
        raise SourceError(f"{shown} is a link: name the folder it points to.")
    if not file.is_file():
        raise SourceError(
            f"{shown} has no {DESCRIPTION}: name the folder that you unpacked from the packet."
        )
    try:
        raw = read_single_file(str(file), max_bytes=_MAX_DESCRIPTION_BYTES)
        public = PublicTask.model_validate_json(_strict(raw))
        return public, task_as_sent(public, folder)
    except (SubmissionRefusedError, StrictJsonError, ValidationError) as error:
        raise SourceError(
            f"{DESCRIPTION} is not as the packet had it; take it from there again. If it is, your "
            "worksample is of another version than the one that made the packet."
        ) from error


def _strict(raw: bytes) -> bytes:
    """Return JSON that has passed the strict reader, too: no key twice, no NaN.

    Raises:
        StrictJsonError: It has not.
    """
    loads_object(raw)
    return raw
