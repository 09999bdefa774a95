"""Reports: one HTML file per submission and one per cohort, made of evidence and nothing else.

The proof of a task, made of trials, has a page of the same kind.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from runner.report import pages
from runner.report.cohort import view_cohort
from runner.report.kill_matrix import view_kill_matrix
from runner.report.view import view_submission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graders.evidence import Evidence
    from runner.proof.matrix import KillMatrix

__all__ = ["render_cohort", "render_kill_matrix", "render_submission", "report_name"]


def render_submission(evidence: Evidence) -> str:
    """Return the page of one submission, whole in one file."""
    return pages.render("submission.html.j2", page=view_submission(evidence))


def render_cohort(evidences: Sequence[Evidence], *, links: Mapping[str, str]) -> str:
    """Return the page that lays submissions side by side, sorted by candidate code, unranked.

    Args:
        evidences: Gradings, of one task or several.
        links: Submission id to the file name of its report, relative to this page; names that
            ``report_name`` could not have made are left out.
    """
    return pages.render("cohort.html.j2", page=view_cohort(evidences, links=links))


def render_kill_matrix(proof: KillMatrix) -> str:
    """Return the page of a task's proof, whole in one file."""
    return pages.render("kill_matrix.html.j2", page=view_kill_matrix(proof))


def report_name(evidence: Evidence) -> str:
    """Return a file name for a report: the same for each grading of a submission."""
    submission, task = evidence.submission, evidence.task
    key = "\0".join((submission.id, task.id, task.version)).encode("utf-8", "surrogatepass")
    parts = (_slug(submission.candidate), _slug(task.id), hashlib.sha256(key).hexdigest()[:10])
    return "-".join(part for part in parts if part) + ".html"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:32].rstrip("-")
