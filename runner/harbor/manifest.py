"""The ``task.toml`` of an imported task."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from runner.harbor.losses import Loss
from runner.harbor.reading import number
from tasks.manifest import MediaType
from tasks.sizes import format_size

if TYPE_CHECKING:
    from runner.harbor.reading import HarborTask, Resources

_MEDIA: Final = {
    ".csv": MediaType.CSV,
    ".json": MediaType.JSON,
    ".txt": MediaType.TEXT,
    ".md": MediaType.MARKDOWN,
}


def manifest_of(
    harbor: HarborTask, task_id: str, wanted: list[str], resources: Resources, losses: list[Loss]
) -> str:
    """Return the manifest; what stands in it for want of better is added to ``losses``."""
    agent_s = number(harbor.table("agent").get("timeout_sec"), 600.0)
    expert = number(harbor.table("metadata").get("expert_time_estimate_min"), 0.0)
    minutes = min(max(round(expert or agent_s / 60), 1), 10080)
    words = f"time_budget_minutes = {minutes} comes from a time for machines or experts"
    losses.append(Loss("task.toml", words, "set what a person needs"))
    words = "ai_policy and the constraint are stand-ins, and the run does nothing"
    to_do = "choose them, and name the command that runs the candidate's work"
    losses.append(Loss("task.toml", words, to_do))
    title = _title(harbor, task_id)
    description = harbor.table("task").get("description")
    summary = description if isinstance(description, str) else title
    memory = format_size(resources.memory_bytes)
    lines = [
        'schema_version = "1.0"',
        f"id = {toml_string(task_id)}",
        'version = "0.1.0"',
        f"title = {toml_string(title)}",
        'kind = "repo"',
        f"summary = {toml_string(_line(summary) or title)}",
        f"time_budget_minutes = {minutes}",
        'ai_policy = "allowed_disclose"',
        f"constraint = {toml_string(f'{memory} of memory, no network')}",
        '\n[image]\nname = "python-data"',
        f"\n[limits]\nwall_time_s = {resources.wall_time_s!r}",
        f"memory_bytes = {resources.memory_bytes}",
        f"cpus = {resources.cpus!r}",
        f"disk_bytes = {resources.disk_bytes}",
    ]
    for path in wanted:
        media = _MEDIA.get(PurePosixPath(path).suffix.lower(), MediaType.BYTES)
        lines += [
            f"\n[[deliverable]]\npath = {toml_string(path)}",
            f'media_type = "{media.value}"',
            'max_bytes = "16 MiB"\nproduced_by = "submission"',
        ]
    lines.append('\n[[run]]\nname = "public"\nscenario = "public"')
    lines.append('command = ["python", "-c", "pass"]  # WRITE THIS: what runs the work\n')
    return "\n".join(lines)


def _title(harbor: HarborTask, task_id: str) -> str:
    first = next((one for one in harbor.instruction.splitlines() if one.startswith("# ")), "")
    return _line(first.removeprefix("# ")) or task_id.replace("-", " ").capitalize()


def _line(text: str) -> str:
    """Return a text on one printable line of at most 300 characters."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:300].strip()


def toml_string(text: str) -> str:
    """Return a printable text as a TOML string."""
    return json.dumps(text, ensure_ascii=False)
