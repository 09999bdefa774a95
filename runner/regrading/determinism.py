"""Judge the same submission again and again, and tell whose doing it is where outcomes differ.

Nothing is recorded: what varies is a question for the author, and evidence must not depend on how
often somebody asked.
"""

from __future__ import annotations

import enum
import threading
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from graders.errors import GraderError
from graders.grade_containers import GradeContainers
from runner.batch import Gate, machine_of
from runner.batch.admission import GRADE_MEMORY_BYTES
from runner.errors import CancelledError, NotRegradedError
from runner.pool import raise_first_error, side_by_side, twice
from runner.regrading.steps import RegradeSteps
from sandbox.errors import EngineUnavailableError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graders.assess import Assessment
    from graders.evidence import RunFacts
    from runner.pipeline import GradeRequest
    from runner.workshop import Workshop


class Whose(enum.StrEnum):
    """What it is that varies."""

    HIDDEN_TEST = "hidden_test"
    """The check comes to different outcomes on the very same runs."""
    TEST_OR_LIVE_CODE = "hidden_test_or_live_code"
    """Likewise, and hidden tests ask for code of the candidate's that runs."""
    SUBMISSION = "submission"
    """The check is steady on the same runs, and the runs came to different things."""
    UNKNOWN = "unknown"
    """Neither: seconds, memory, or chance that did not show again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyCheck:
    """A check that came to different outcomes for the same submission."""

    check: str
    executed: Mapping[str, int]
    """How often which outcome, everything executed each time."""
    on_same_runs: Mapping[str, int]
    """Likewise on the runs of the first time; empty where these cannot be judged alone."""
    whose: Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One submission, judged several times."""

    candidate: str
    task: str
    submission: str
    flaky: tuple[FlakyCheck, ...] = ()
    varying: tuple[str, ...] = ()
    """What the runs came to differently, in words."""
    failed: str = ""
    """Why it could not be judged; empty if it could."""


class _Sight(NamedTuple):
    """What is kept of one judgement."""

    outcomes: dict[str, str]
    results: dict[str, str]
    """What the runs came to, by what it is in words."""
    asked_live: bool


def examine(
    workshop: Workshop,
    requests: Sequence[GradeRequest],
    *,
    times: int,
    workers: int,
    tell: Callable[[str], None],
) -> list[Examined]:
    """Judge each submission ``times`` times, with everything executed anew.

    Where an outcome differs, the runs of the first time are judged as often again, alone.

    Args:
        workshop: What it is done with.
        requests: Regradings, of which none is recorded.
        times: How often.
        workers: How many submissions side by side.
        tell: Is told of each submission, from several threads.

    Raises:
        EngineUnavailableError: no engine answers.
        NoRoomError: the disk is full.
        RecordsError: the records failed.
    """
    # What depends on a hash seed differs between containers only: each job gets one of its own.
    workshop = replace(workshop, graders=GradeContainers(workshop.sandbox, most_uses=1))
    stop = threading.Event()
    gate = Gate(
        machine_of(workshop.engine, workshop.records.home),
        make_room=workshop.make_room,
        stopped=stop.is_set,
    )

    def job(request: GradeRequest) -> Examined:
        try:
            with gate.admitted(request.task.limits.memory_bytes + GRADE_MEMORY_BYTES):
                found = _examine_one(workshop, request, times, stop)
        except Exception:
            stop.set()
            raise
        tell(_words(found, times))
        return found

    jobs = [partial(job, request) for request in requests]
    futures = side_by_side(workshop.sandbox, jobs, workers=workers, stop=stop)
    raise_first_error(futures)
    return [future.result() for future in futures]


def _examine_one(
    workshop: Workshop, request: GradeRequest, times: int, stop: threading.Event
) -> Examined:
    assert request.regrading is not None
    past = request.regrading.past
    steps = RegradeSteps(workshop, request)
    flaky: tuple[FlakyCheck, ...] = ()
    varying: tuple[str, ...] = ()
    failed = ""

    def judge(*, again: Assessment | None = None) -> Assessment:
        if stop.is_set():
            raise CancelledError("The examination was stopped.")
        return twice(lambda: steps.probe(again.kept if again else None))

    try:
        first = judge()
        seen = [_sight(first), *(_sight(judge()) for _ in range(times - 1))]
        names = [name for name in seen[0].outcomes if len(_count(seen, name)) > 1]
        if names:
            same = [_sight(judge(again=first)) for _ in range(times)] if first.kept else []
            varying = _varying(seen)
            flaky = tuple(_flaky(name, seen, same, varying) for name in names)
    except EngineUnavailableError:
        raise
    except (SandboxError, GraderError, NotRegradedError) as error:
        failed = str(error)
    return Examined(
        candidate=past.candidate,
        task=past.task,
        submission=past.submission,
        flaky=flaky,
        varying=varying,
        failed=failed,
    )


def _sight(found: Assessment) -> _Sight:
    results = {what: value for run in found.runs for what, value in _results(run).items()}
    outcomes = {check.id: check.outcome.value for check in found.checks}
    return _Sight(outcomes, results, found.asked_live)


def _results(run: RunFacts) -> dict[str, str]:
    """Return what a run came to; nothing of the clock."""
    files = {
        f"{one.path} of the run `{run.name}`": f"{one.state} {one.sha256}"
        for one in run.deliverables
    }
    return {f"the end of the run `{run.name}`": f"{run.exit_kind} {run.exit_code}", **files}


def _flaky(
    name: str, seen: Sequence[_Sight], same: Sequence[_Sight], varying: Sequence[str]
) -> FlakyCheck:
    on_same = _count(same, name)
    whose = Whose.UNKNOWN
    if len(on_same) > 1:
        is_live = any(one.asked_live for one in same)
        whose = Whose.TEST_OR_LIVE_CODE if is_live else Whose.HIDDEN_TEST
    elif on_same and varying:
        whose = Whose.SUBMISSION
    return FlakyCheck(check=name, executed=_count(seen, name), on_same_runs=on_same, whose=whose)


def _count(seen: Sequence[_Sight], name: str) -> Counter[str]:
    return Counter(one.outcomes[name] for one in seen)


def _varying(seen: Sequence[_Sight]) -> tuple[str, ...]:
    names = dict.fromkeys(name for one in seen for name in one.results)
    return tuple(name for name in names if len({one.results.get(name) for one in seen}) > 1)


def _words(found: Examined, times: int) -> str:
    came_to = found.failed or f"{len(found.flaky)} of its checks vary in {times} judgements"
    return f"{found.candidate} {found.task}: {came_to}"
