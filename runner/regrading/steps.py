"""Make gradings again from the records: other hidden tests, the submission and its runs as kept.

Nothing is overwritten: a regrading is one more grading. What cannot be judged again leaves the
last grading standing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graders.evidence import State
from graders.handed_in import UngradableSubmissionError
from graders.kept_runs import KeptRunsError, from_bytes
from runner.errors import NotRegradedError, RecordsError
from runner.intake.kept import snapshot_of
from runner.pipeline import GradeRequest, Judged, Regrading, Steps
from runner.records import REGRADED, Basis, Circumstances
from runner.variants import obtain_variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graders.assess import Assessment
    from graders.errors import GraderError
    from graders.evidence import Evidence
    from graders.kept_runs import KeptRuns
    from graders.material import GradingImages
    from runner.intake import Snapshot
    from runner.records import Past, Records
    from runner.variants import Variant
    from sandbox.errors import SandboxError
    from tasks.model import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the last gradings of some tasks."""

    affected: tuple[GradeRequest, ...]
    """To be made again."""
    current: tuple[Past, ...]
    """Made by the task and the grade image as they are."""
    left: tuple[tuple[Past, str], ...]
    """Not to be made again here, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A grading and the one that it replaces."""

    before: Past
    after: Past
    checks: tuple[tuple[str, str, str], ...]
    """Check, outcome before, outcome after; only what differs, ``none`` where there was no such."""

    @property
    def differs(self) -> bool:
        """Whether there is another verdict."""
        return bool(self.checks) or self.points(self.before) != self.points(self.after)

    @staticmethod
    def points(one: Past) -> tuple[float | None, float | None]:
        """Return points and the most there could be."""
        return one.result.get("points"), one.result.get("max_points")


def make_plan(
    found: Sequence[Past],
    tasks: Mapping[str, Task],
    images: GradingImages,
    *,
    why: str,
    everything: bool = False,
) -> Plan:
    """Sort the last gradings of submissions.

    Args:
        found: The gradings.
        tasks: The tasks as they are now, by id.
        images: What would judge now.
        why: Is written into the history.
        everything: Make again what nothing has changed of, too.
    """
    affected: list[GradeRequest] = []
    current: list[Past] = []
    left: list[tuple[Past, str]] = []
    for one in found:
        task = tasks.get(one.task)
        reason = "there is no such task in the catalog" if task is None else why_left(one, task)
        if task is None or reason:
            left.append((one, reason))
        elif everything or (one.task_digest, one.grade_image) != (task.digest, images.grade):
            affected.append(
                GradeRequest(
                    task=task,
                    source=f"record:{one.submission}",
                    candidate=one.candidate,
                    again=everything,
                    regrading=Regrading(past=one, why=f"{REGRADED}: {why}"),
                )
            )
        else:
            current.append(one)
    return Plan(affected=tuple(affected), current=tuple(current), left=tuple(left))


def why_left(one: Past, task: Task) -> str:
    """Return why a grading cannot be made again from the records, as a clause; empty if it can."""
    version = one.result.get("task_version")
    if one.state != State.GRADED.value:
        return f"it is {one.state}: that is for `worksample grade`"
    if version != task.version:
        return (
            f"they worked on version {version}, whose data are others: put the changed hidden "
            f"tests into {task.id} {version} and name its folder with --catalog"
        )
    if one.files is None or one.circumstances.intake is None:
        return "an earlier worksample kept too little of it: `worksample grade --again` it once"
    return ""


def restored(records: Records, past: Past) -> Snapshot:
    """Return a submission as it was taken in.

    Raises:
        RecordsError: the records do not hold all of it.
    """
    files, intake = past.files, past.circumstances.intake
    if files is None or intake is None:
        raise RecordsError(f"The records do not hold all of the submission {past.submission}.")
    objects = records.objects
    return snapshot_of(objects.get(intake), objects.get_tree(files), sha256=past.sha256)


def changes(records: Records, found: Sequence[Past], tasks: Mapping[str, Task]) -> Iterator[Change]:
    """Yield what regradings by the tasks as they are have come to, against what they replaced.

    Args:
        records: Where the gradings are.
        found: The last gradings of submissions.
        tasks: The tasks as they are now, by id.
    """
    for one in found:
        task = tasks.get(one.task)
        if one.is_regrading and task is not None and one.task_digest == task.digest:
            change = change_of(records, one)
            if change is not None:
                yield change


def change_of(records: Records, after: Past) -> Change | None:
    """Return what a grading has changed of the one that it replaced, if it replaced one."""
    if after.replaces is None:
        return None
    (before,) = records.history.numbered([after.replaces])
    pair = records.grading(before.number), records.grading(after.number)
    return Change(before=before, after=after, checks=tuple(_differing(*pair)))


def _differing(before: Evidence, after: Evidence) -> Iterator[tuple[str, str, str]]:
    if not before.checks or not after.checks:
        return  # one of them could not be judged
    was, now = ({check.id: check.outcome.value for check in one.checks} for one in (before, after))
    for check in dict.fromkeys((*was, *now)):
        pair = was.get(check, "none"), now.get(check, "none")
        if pair[0] != pair[1]:
            yield (check, *pair)


class RegradeSteps(Steps):
    """The steps of a grading that is made again; it is recorded whole or not at all."""

    def give_up(self, error: SandboxError | GraderError | str) -> Judged:
        """Leave the last grading standing.

        Raises:
            NotRegradedError: always.
        """
        reason = super().give_up(error).evidence.reason
        raise NotRegradedError(f"{reason} The last grading stands; the same command tries again.")

    def _refuse(self, problems: tuple[str, ...]) -> Judged:
        words = " ".join(problems)
        raise NotRegradedError(f"The task takes it no longer: {words} The last grading stands.")

    def _take_in(self) -> Snapshot:
        if self.snapshot is None:
            past = self._regrading.past
            try:
                self.snapshot = restored(self.workshop.records, past)
            except RecordsError as error:
                raise NotRegradedError(f"{error} The last grading stands.") from error
            self.files, self.intake = past.files, past.circumstances.intake
            self.received_at = past.received_at
        return self.snapshot

    def probe(self, kept: KeptRuns | None) -> Assessment:
        """Judge it without making a grading of it: on these runs, or on runs executed for it.

        Raises:
            GraderError: the author's fault.
            NotRegradedError: it cannot be judged by this task.
            SandboxError: the machine's fault.
        """
        snapshot = self._take_in()
        task, candidate = self.request.task, self.request.candidate
        self.variant = self.variant or obtain_variant(self.workshop, task, candidate)
        self._check_data(self.variant)
        try:
            return self._assess(snapshot, self.variant, kept)
        except UngradableSubmissionError as error:
            raise NotRegradedError(str(error)) from error

    def _check_data(self, variant: Variant) -> None:
        """Refuse to judge somebody on data that they have never seen."""
        past = self._regrading.past
        given = self.workshop.records.grading(past.number).variant
        if given is not None and given.public_sha256 != variant.public_sha256:
            raise NotRegradedError(
                f"The data of {past.candidate} are not those they worked on: the generator of "
                f"{past.task}, or the image it runs in, has changed under the same version. Put it "
                "back; other data need a new version and a new packet. The last grading stands."
            )

    def _earlier_runs(self, variant: Variant) -> KeptRuns | None:
        """Return the runs on record.

        Raises:
            NotRegradedError: the candidate has never seen the data that there are now.
        """
        self._check_data(variant)
        past, records = self._regrading.past, self.workshop.records
        if past.circumstances.kept is None:
            return None
        try:
            return from_bytes(records.objects.get(past.circumstances.kept))
        except (RecordsError, KeptRunsError):
            return None

    def _how(self, found: Assessment) -> Circumstances:
        past = self._regrading.past
        how = Circumstances(
            basis=Basis.KEPT_AND_LIVE if found.asked_live else Basis.KEPT,
            kept=past.circumstances.kept,
            intake=self.intake,
        )
        if found.why_executed:
            how = replace(super()._how(found), why_executed=found.why_executed)
        return replace(how, why=self._regrading.why, only_after=past.number)

    @property
    def _regrading(self) -> Regrading:
        assert self.request.regrading is not None
        return self.request.regrading
