"""What can go wrong on the grading side; never the candidate's fault.

GraderError
  VariantError     the task's generator failed or is not deterministic
  UpstreamError    the task's upstream.py does not load
  VerdictError     the grade container's answer is missing, forged, incomplete or unreadable

SandboxError       (of sandbox.errors)
  StubGoneError    the upstream's stub ended or fell silent, and nobody can say through whom
"""

from __future__ import annotations

from sandbox.errors import SandboxError


class GraderError(Exception):
    """The hidden tests or what runs them are broken: the author's fault or ours."""


class VariantError(GraderError):
    """The task's variant generator failed."""


class UpstreamError(GraderError):
    """The task's ``upstream.py`` does not load."""


class StubGoneError(SandboxError):
    """The upstream's stub ended or fell silent. Whose doing that was cannot be told."""


class VerdictError(GraderError):
    """The verdict is not exactly what was asked for; nothing is concluded from it."""
