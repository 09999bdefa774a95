"""Grade one submission: take it in, make the data, judge, write the evidence down."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from graders.assess import Assessment, AssessRequest
from graders.errors import GraderError, StubGoneError
from graders.evidence import (
    CommitFacts,
    Evidence,
    Provenance,
    State,
    SubmissionFacts,
    TaskFacts,
    VariantFacts,
)
from graders.handed_in import UngradableSubmissionError
from graders.kept_runs import to_bytes
from graders.material import SubmissionFile
from runner import __version__
from runner.errors import CancelledError
from runner.intake import Snapshot, SubmissionRefusedError, take_in
from runner.intake.kept import facts_json
from runner.proof.certificate import certificate_sha256
from runner.proof.grounds import code_digest
from runner.proof.summary import catches_of, with_catches
from runner.records import Circumstances, now
from runner.variants import Variant, obtain_variant
from runner.workshop import Where, Workshop
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.model import Limits
from sandbox.seccomp import seccomp_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.kept_runs import KeptRuns
    from runner.records import Found, Past
    from tasks.model import Task

RETRIES: Final = 1
"""How often a fault of the machine is tried again at once, unless no engine answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrading:
    """What is made again, and why."""

    past: Past
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """One submission to grade."""

    task: Task
    source: str
    candidate: str
    again: bool = False
    """Grade although there is a grading of the very same already."""
    regrading: Regrading | None = None
    """The grading on record that is made again, from what the records hold of the submission."""
    on_phase: Callable[[str], None] = lambda _name: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The evidence, and whether it was found rather than made."""

    evidence: Evidence
    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an attempt came to; not on record yet, unless it was found there."""

    evidence: Evidence
    key: str
    """Digest of all that it depends on."""
    files: str | None
    """Digest of the stored list of files."""
    number: int | None = None
    """Of the grading on record that it is."""
    how: Circumstances = field(default_factory=Circumstances)


def grade_submission(workshop: Workshop, request: GradeRequest) -> Graded:
    """Return the evidence on one submission; it is on record when this returns.

    Raises:
        CancelledError: the batch was stopped; nothing was recorded.
        RecordsError: the records failed.
        SourceNotFoundError: there is no such submission.
    """
    steps = Steps(workshop, request)
    for attempt in range(RETRIES + 1):
        try:
            return _record(workshop, request, steps.judge())
        except (SandboxError, GraderError) as error:
            if attempt == RETRIES or not is_worth_another_try(error):
                return _record(workshop, request, steps.give_up(error))
    raise AssertionError


def _record(workshop: Workshop, request: GradeRequest, judged: Judged) -> Graded:
    if judged.number is not None:
        return Graded(evidence=judged.evidence, reused=True)
    if request.cancelled():
        raise CancelledError("The batch was stopped.")
    request.on_phase("record")
    workshop.records.add_grading(
        judged.evidence, key=judged.key, files=judged.files, how=judged.how
    )
    return Graded(evidence=judged.evidence)


def is_worth_another_try(error: SandboxError | GraderError) -> bool:
    """Tell whether the next attempt may do better at once; without an engine it will not."""
    return isinstance(error, SandboxError) and not isinstance(error, EngineUnavailableError)


@dataclass(slots=True)
class Steps:
    """The steps of one grading; what is known so far serves the evidence of any outcome."""

    workshop: Workshop
    request: GradeRequest
    received_at: str = field(default_factory=now)
    snapshot: Snapshot | None = None
    files: str | None = None
    intake: str | None = None
    variant: Variant | None = None
    queued_s: float = 0.0
    """How long it was waited for somebody who had time and room, in seconds."""
    image_s: float = 0.0
    intake_s: float = 0.0
    where: Where | None = None
    """The engine it was judged on."""

    def judge(self) -> Judged:
        """Take the steps in order; what was found before is found again.

        Raises:
            CancelledError: the batch was stopped.
            GraderError: the author's fault, or nobody can say whose.
            RecordsError: the records failed.
            SandboxError: the machine's fault.
            SourceNotFoundError: there is no such submission.
        """
        try:
            return self._grade_snapshot(self._take_in())
        except SubmissionRefusedError as error:
            return self._refuse(error.problems)
        except UngradableSubmissionError as error:
            return self._refuse(error.problems)

    def _grade_snapshot(self, snapshot: Snapshot) -> Judged:
        task, workshop = self.request.task, self.workshop
        self.request.on_phase("prepare")
        started = time.monotonic()
        self.variant = obtain_variant(workshop, task, self.request.candidate)
        prepared_s = time.monotonic() - started
        key = self._key()
        found = None if self.request.again else self._find(key)
        if found is not None:
            return self._judged(found.evidence, key, number=found.number)
        assessment = self._assess(snapshot, self.variant, self._earlier_runs(self.variant))
        phases = {
            "queue": round(self.queued_s, 3),
            "image": round(self.image_s, 3),
            "intake": round(self.intake_s, 3),
            "prepare": round(prepared_s, 3),
            **assessment.phases_s,
        }
        how = self._how(assessment)
        return self._judged(self._graded(snapshot, assessment, phases), key, how=how)

    def _assess(self, snapshot: Snapshot, variant: Variant, kept: KeptRuns | None) -> Assessment:
        task, workshop = self.request.task, self.workshop
        assessed = workshop.hands.assess(
            workshop,
            AssessRequest(
                sandbox=workshop.sandbox,
                graders=workshop.graders,
                task=task,
                images=workshop.images,
                limits=Limits(**task.limits.model_dump()),
                files=self._submission_files(snapshot),
                data=variant.data,
                run_id=f"{task.id}/{self.request.candidate}",
                on_phase=self.request.on_phase,
                circumstances=circumstances(workshop),
                kept=kept,
            ),
        )
        self.where = assessed.where
        self.queued_s += assessed.waited_s
        self.image_s = workshop.images_s + assessed.image_s
        return assessed.found

    def _find(self, key: str) -> Found | None:
        """Return the grading of this very key, if there is one that counts."""
        states = (State.GRADED.value, State.INVALID_SUBMISSION.value)
        return self.workshop.records.find_graded(key, states)

    def _earlier_runs(self, _variant: Variant) -> KeptRuns | None:
        """Return runs that may do in the place of new ones: a grading has its own."""
        return None

    def _how(self, found: Assessment) -> Circumstances:
        """Keep the runs, and return how the grading came about."""
        kept = None
        if found.kept is not None:
            kept = self.workshop.records.objects.put(to_bytes(found.kept))
        return Circumstances(kept=kept, intake=self.intake)

    def give_up(self, error: SandboxError | GraderError | str) -> Judged:
        """Say that nobody could judge this; the same command tries again."""
        if isinstance(error, StubGoneError):
            reason = f"Nobody can say whose fault, and trying again did not help: {error}"
        elif isinstance(error, GraderError):
            reason = f"The task author's fault: {error}"
        else:
            reason = f"The machine's fault: {error}"
        return self._judged(self._evidence(State.NOT_GRADABLE, reason=reason), self._key())

    def _judged(
        self, evidence: Evidence, key: str, *, number: int | None = None,
        how: Circumstances | None = None,
    ) -> Judged:  # fmt: skip
        how = how or Circumstances(intake=self.intake)
        return Judged(evidence=evidence, key=key, files=self.files, number=number, how=how)

    def _refuse(self, problems: tuple[str, ...]) -> Judged:
        evidence = self._evidence(
            State.INVALID_SUBMISSION, reason="The submission could not be taken.", problems=problems
        )
        key = self._key(*problems)
        states = (State.INVALID_SUBMISSION.value,)
        found = None if self.request.again else self.workshop.records.find_graded(key, states)
        if found is not None:
            return self._judged(found.evidence, key, number=found.number)
        return self._judged(evidence, key)

    def _take_in(self) -> Snapshot:
        if self.snapshot is None:
            self.request.on_phase("intake")
            started = time.monotonic()
            self.snapshot = take_in(
                self.request.source,
                sandbox=self.workshop.sandbox,
                image=self.workshop.images.candidate,
            )
            contents = {item.path: item.content for item in self.snapshot.files}
            self.files = self.workshop.records.objects.put_tree(contents)
            self.intake = self.workshop.records.objects.put(facts_json(self.snapshot))
            self.intake_s = time.monotonic() - started
        return self.snapshot

    def _submission_files(self, snapshot: Snapshot) -> tuple[SubmissionFile, ...]:
        """Return the files; a notebook handed in alone takes the name that the task gives it."""
        notebook = self.request.task.manifest.notebook
        files = snapshot.files
        alone = len(files) == 1 and files[0].path.endswith(".ipynb")
        return tuple(
            SubmissionFile(
                path=notebook.path if notebook and alone else item.path,
                content=item.content,
                executable=item.executable,
            )
            for item in files
        )

    def _key(self, *more: str) -> str:
        images = self.workshop.images
        parts = (
            self.request.candidate,
            self.snapshot.sha256 if self.snapshot else self.request.source,
            self.request.task.digest,
            self.variant.id if self.variant else "",
            images.candidate,
            images.grade,
            *more,
        )
        return _digest("\0".join(parts))

    def _graded(
        self, snapshot: Snapshot, found: Assessment, phases_s: dict[str, float]
    ) -> Evidence:
        left_out = tuple(f"Left out: {path}" for path in snapshot.left_out)
        return self._evidence(
            State.GRADED,
            runs=found.runs,
            checks=with_catches(found.checks, catches_of(self.request.task)),
            criteria=found.criteria,
            measurements=found.measurements,
            claims=found.claims,
            writeup=found.writeup,
            flags=found.flags,
            notes=(*snapshot.notes, *left_out, *found.notes),
            provenance=self._provenance(found.nonce, phases_s),
        )

    def _evidence(self, state: State, **more: object) -> Evidence:
        task, snapshot = self.request.task, self.snapshot
        manifest = task.manifest
        facts: dict[str, object] = {
            "state": state,
            "submission": self._submission_facts(),
            "task": TaskFacts(
                id=task.id,
                version=task.version,
                digest=task.digest,
                title=manifest.title,
                constraint=manifest.constraint,
                time_budget_minutes=manifest.time_budget_minutes,
                ai_policy=manifest.ai_policy.value,
            ),
            "variant": self._variant_facts(),
            "commits": tuple(
                CommitFacts(sha=one.hash, at=one.author_date.isoformat(), subject=one.subject)
                for one in (snapshot.commit_log if snapshot else ())
            ),
            "provenance": self._provenance("", {}),
        }
        return Evidence.model_validate({**facts, **more})

    def _variant_facts(self) -> VariantFacts | None:
        if self.variant is None:
            return None
        return VariantFacts(
            id=self.variant.id,
            public_sha256=self.variant.public_sha256,
            certificate=certificate_sha256(self.workshop, self.request.task, self.variant),
        )

    def _submission_facts(self) -> SubmissionFacts:
        snapshot = self.snapshot
        sha256 = snapshot.sha256 if snapshot else ""
        whose = f"{self.request.candidate}\0{self.request.task.id}\0{sha256 or self.request.source}"
        return SubmissionFacts(
            id=_digest(whose)[:12],
            candidate=self.request.candidate,
            kind=self.request.task.kind.value,
            source=snapshot.source.value if snapshot else "",
            sha256=sha256,
            received_at=self.received_at,
            files=len(snapshot.files) if snapshot else 0,
            bytes=sum(len(item.content) for item in snapshot.files) if snapshot else 0,
            commit=snapshot.commit if snapshot else None,
        )

    def _provenance(self, nonce: str, phases_s: dict[str, float]) -> Provenance:
        workshop, limits = self.workshop, self.request.task.limits
        where = self.where or Where.of(workshop.engine, workshop.runtime)
        extra_syscalls = self.request.task.manifest.sandbox.extra_syscalls
        return Provenance(
            image=self.request.task.manifest.image.name,
            image_digest=workshop.images.candidate,
            grade_image_digest=workshop.images.grade,
            runner_version=__version__,
            engine=where.engine,
            runtime=where.runtime,
            limits={key: float(value) for key, value in limits.model_dump().items()},
            seccomp_digest=seccomp_digest(extra_syscalls),
            extra_syscalls=extra_syscalls,
            nonce=nonce,
            graded_at=now(),
            phases_s=phases_s,
        )


def circumstances(workshop: Workshop) -> dict[str, str]:
    """Return what recorded runs depend on beside the task, the submission, its data and the image.

    What runs in the grade container alone has no part in it.
    """
    return {
        "the container runtime": workshop.runtime or workshop.engine.default_runtime,
        "the code of worksample": code_digest(without="graders/inside/"),
    }


def _digest(text: str) -> str:
    """Return SHA-256 of a text; the name of a source may be no UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
