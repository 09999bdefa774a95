"""Intake: what a candidate handed in becomes an immutable snapshot, or a refusal that says why.

The host follows no link, extracts no archive, runs no git and resolves no path that a candidate
chose.
"""

from runner.intake.dispatch import take_in
from runner.intake.errors import SourceNotFoundError, SubmissionRefusedError
from runner.intake.fingerprint import fingerprint
from runner.intake.repository import FetchSettings
from runner.intake.snapshot import Commit, Snapshot, SourceKind, SubmittedFile

__all__ = [
    "Commit",
    "FetchSettings",
    "Snapshot",
    "SourceKind",
    "SourceNotFoundError",
    "SubmissionRefusedError",
    "SubmittedFile",
    "fingerprint",
    "take_in",
]
