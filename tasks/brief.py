"""What the candidate reads: the brief, filled in for their variant, and the write-up's template."""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING, Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from tasks.errors import TaskFormatError, nearest_name
from tasks.model import AiPolicy
from tasks.sizes import format_size
from tasks.variant import check_candidate_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tasks.model import Claim, Deliverable, Limits, Prompt, Task

AI_USE_HINTS: Final[Mapping[AiPolicy, str]] = {
    AiPolicy.REQUIRED: "*Which AI tools did you use, for what, and what did you change or reject?*",
    AiPolicy.ALLOWED_DISCLOSE: "*If you used AI tools: which, for what, and how did you check it?*",
    AiPolicy.FORBIDDEN: "*AI tools are not allowed in this task. Confirm that you used none.*",
}
"""The line under the heading "AI use"; part of the template, not of an answer."""

# Markdown is not HTML: what shows it to people cleans it.
_ENVIRONMENT: Final = SandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_QUOTED: Final = re.compile(r"'([^']*)'")


def check_brief(folder: Path) -> None:
    """Raise TaskFormatError unless a task's ``brief.md`` is a template with something in it."""
    file = f"{folder.name}/brief.md"
    if not (folder / "brief.md").is_file():
        raise TaskFormatError(file, "", "no such file; write there what the candidate reads")
    source = _read_template(folder / "brief.md", file)
    if not source.strip():
        raise TaskFormatError(file, "", "is empty; write there what the candidate reads")
    try:
        _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise _syntax_error(file, error) from error


def render_brief(task: Task, *, facts: Mapping[str, object], candidate: str) -> str:
    """Return ``brief.md`` for one candidate, as Markdown.

    Args:
        task: The task.
        facts: What ``generate`` returned for the scenario ``public``.
        candidate: The candidate's code.

    Raises:
        CandidateCodeError: If the code is malformed.
        TaskFormatError: If the brief is no template, uses an unknown name or fails to render, or
            a fact has the name of something that every brief has.
    """
    context = _context(task, check_candidate_code(candidate))
    for name in facts:
        if name in context:
            reason = "returns a fact by a name that every brief has; rename it"
            raise TaskFormatError(f"{task.id}/variant.py", name, reason)
    context.update(facts)
    source = _read_template(task.path / "brief.md", f"{task.id}/brief.md")
    try:
        return _ENVIRONMENT.from_string(source).render(context)
    except TemplateSyntaxError as error:
        raise _syntax_error(f"{task.id}/brief.md", error) from error
    except UndefinedError as error:
        name = (_QUOTED.findall(str(error)) or [""])[-1]
        near = nearest_name(name, {*context, *_limits(task.limits)})
        raise TaskFormatError(_place(task, error), name, f"unknown name: {error}", near) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TaskFormatError(_place(task, error), "", f"cannot be rendered: {error}") from error


def writeup_template(task: Task) -> str:
    """Return the write-up for the candidate to fill in: front matter, one heading per prompt.

    For a notebook task the same text is the template of its Markdown cells.
    """
    claims = task.rubric.claims
    parts = [f"# Write-up: {task.manifest.title}", *_claims_hint(claims)]
    for prompt in task.rubric.prompts:
        parts += [prompt_heading(prompt), prompt_hint(prompt), ""]
    parts += ["## AI use", AI_USE_HINTS[task.manifest.ai_policy], ""]
    keys = [f"  {claim.id}:" for claim in claims]
    front = "\n".join(["---", "claims:", *keys, "---", "", ""]) if claims else ""
    return front + "\n\n".join(parts)


def prompt_heading(prompt: Prompt) -> str:
    """Return the heading under which a prompt is answered."""
    return f"## {prompt.id} {prompt.title}"


def prompt_hint(prompt: Prompt) -> str:
    """Return the line under a prompt's heading; part of the template, not of the answer."""
    mark = "_" if "*" in prompt.text else "*"
    return f"{mark}{' '.join(prompt.text.split())}{mark} (at most {prompt.max_words} words)"


def _read_template(path: Path, file: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TaskFormatError(file, "", "is no UTF-8 text") from error


def _syntax_error(file: str, error: TemplateSyntaxError) -> TaskFormatError:
    reason = f"is no Jinja2 template: {error.message}"
    return TaskFormatError(f"{file}:{error.lineno}", "", reason)


def _claims_hint(claims: tuple[Claim, ...]) -> list[str]:
    if not claims:
        return []
    lines = [f"- `{claim.id}` ({claim.unit}): {' '.join(claim.text.split())}" for claim in claims]
    return ["Fill in the numbers at the top of this file:", "\n".join(lines)]


def _context(task: Task, candidate: str) -> dict[str, object]:
    return {
        "candidate": candidate,
        "task": task.manifest,
        "limits": _limits(task.limits),
        "deliverables": [_deliverable(one) for one in task.manifest.deliverables],
        "prompts": task.rubric.prompts,
        "claims": task.rubric.claims,
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        **limits.model_dump(),
        "wall_time_s": _number(limits.wall_time_s),
        "cpus": _number(limits.cpus),
        "memory": format_size(limits.memory_bytes),
        "disk": format_size(limits.disk_bytes),
        "output": format_size(limits.output_bytes),
    }


def _number(value: float) -> int | float:
    """Return a number that reads ``60`` where it is whole."""
    return int(value) if value.is_integer() else value


def _deliverable(deliverable: Deliverable) -> dict[str, Any]:
    return {**deliverable.model_dump(), "max_size": format_size(deliverable.max_bytes)}


def _place(task: Task, error: Exception) -> str:
    """Return the brief's name, with the line that Jinja2 put into the traceback."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<template>"
    ]
    return f"{task.id}/brief.md:{lines[-1]}" if lines else f"{task.id}/brief.md"
