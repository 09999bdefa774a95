"""Check the verdict that the grade container wrote: exactly what was asked for, or nothing."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graders.errors import VerdictError
from graders.evidence import CheckResult, Measurement, Outcome
from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from tasks.model import Task

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    outcome: Outcome
    detail: Annotated[str, Field(max_length=4000)]
    duration_s: Seconds


class _Verdict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Annotated[Literal[1], Field(alias="schema")]
    nonce: str
    checks: tuple[_Row, ...]
    measurements: Annotated[tuple[Measurement, ...], Field(max_length=1000)]


class Judged(BaseModel):
    """A verdict that has been checked."""

    model_config = ConfigDict(frozen=True)

    checks: tuple[CheckResult, ...]
    measurements: tuple[Measurement, ...]


def read_verdict(raw: bytes, *, task: Task, nonce: str) -> Judged:
    """Return the verdict if it is of this grading and names exactly the expected checks.

    Points are the host's to give: the verdict says only what passed.

    Raises:
        VerdictError: anything else.
    """
    try:
        verdict = _Verdict.model_validate(loads_object(raw))
    except (StrictJsonError, ValidationError) as error:
        raise VerdictError(f"The verdict cannot be read: {str(error)[:300]}") from error
    if not hmac.compare_digest(verdict.nonce.encode(), nonce.encode()):
        raise VerdictError("The verdict is of another grading: its nonce differs.")
    rows = {row.id: row for row in verdict.checks}
    expected = [check.id for check in task.checks]
    if len(rows) != len(verdict.checks) or sorted(rows) != sorted(expected):
        raise VerdictError("The verdict does not name exactly the checks that were expected.")
    strangers = {measurement.check for measurement in verdict.measurements} - set(expected)
    if strangers:
        raise VerdictError(f"A measurement names the unknown check {sorted(strangers)[0]!r}.")
    results = tuple(
        CheckResult(
            id=check.id,
            criterion=check.criterion,
            outcome=rows[check.id].outcome,
            points=check.points if rows[check.id].outcome is Outcome.PASSED else 0.0,
            max_points=check.points,
            proves=check.proves,
            detail=rows[check.id].detail,
            duration_s=rows[check.id].duration_s,
        )
        for check in task.checks
    )
    return Judged(checks=results, measurements=verdict.measurements)
