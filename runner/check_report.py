"""The report on a candidate's folder: plain lines, each with what to do."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final

from runner.text import clean_line, clean_text, shorten

CLOSING: Final = "Grading also runs hidden tests, which ask for more than the public ones."
_INDENT: Final = 10
_MAX_CHARS: Final = 4000
_MAX_LINES: Final = 40


class Mark(enum.Enum):
    """How one thing is."""

    OK = "ok"
    NOTE = "note"
    """Nothing to do, but good to know."""
    MISSING = "missing"
    TOO_LONG = "too long"
    TOO_LARGE = "too large"
    TO_FIX = "to fix"
    FAILED = "failed"
    NOT_RUN = "not run"


FINE: Final = (Mark.OK, Mark.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report."""

    part: str
    """files, run, deliverable, service, tests, write-up, claims or AI use."""
    mark: Mark
    text: str
    to_do: str = ""
    output: str = ""
    """The end of what the candidate's own code printed, where that helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was found in a folder."""

    task: str
    candidate: str
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing, too long or to fix, the public tests aside."""
        return all(one.mark in FINE for one in self.findings if one.part != "tests")

    @property
    def tests_passed(self) -> bool:
        """Whether the public tests ran and passed."""
        return any(one.part == "tests" and one.mark is Mark.OK for one in self.findings)

    @property
    def ready(self) -> bool:
        """Whether it can be handed in as it is."""
        return self.complete and self.tests_passed

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "task": self.task,
            "candidate": self.candidate,
            "complete": self.complete,
            "tests_passed": self.tests_passed,
            "findings": [
                {
                    "part": one.part,
                    "mark": one.mark.value,
                    "text": one.text,
                    "to_do": one.to_do,
                    "output": one.output,
                }
                for one in self.findings
            ],
        }

    def to_text(self) -> str:
        """Return it for people, safe to print."""
        return "\n".join([*map(_lines, self.findings), "", self._closing()])

    def _closing(self) -> str:
        if self.ready:
            return f"Complete, and the public tests pass. {CLOSING}"
        if self.complete:
            return f"Complete, but the public tests do not pass yet. {CLOSING}"
        return "Not complete yet: see what is marked above. You can check as often as you like."


def _lines(finding: Finding) -> str:
    lines = [f"{finding.mark.value:{_INDENT}}{clean_line(finding.text)}"]
    if finding.to_do:
        lines.append(f"{'':{_INDENT}}-> {clean_line(finding.to_do)}")
    if finding.output and finding.mark is not Mark.OK:
        shown = clean_text(shorten(finding.output, max_chars=_MAX_CHARS, max_lines=_MAX_LINES))
        lines += [f"{'':{_INDENT}} {line}" for line in shown.split("\n")]
    return "\n".join(lines)
