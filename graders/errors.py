"""What can go wrong on the grading side; never the candidate's fault.

GraderError
  VariantError     the task's generator failed or is not deterministic
  VerdictError     the grade container's answer is missing, forged, incomplete or unreadable
"""

from __future__ import annotations


class GraderError(Exception):
    """The hidden tests or what runs them are broken: the author's fault or ours."""


class VariantError(GraderError):
    """The task's variant generator failed."""


class VerdictError(GraderError):
    """The verdict is not exactly what was asked for; nothing is concluded from it."""
