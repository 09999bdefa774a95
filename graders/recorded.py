"""Record the runs of a task: each in a fresh candidate container unless it continues another."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self

from graders.evidence import CellFacts, DeliverableFacts, ExitKind, RunFacts
from graders.executed import MAX_TEXT_CHARS, ExecutedRefusedError, read_executed
from graders.guests import PYTHON, guest_source
from graders.ledger import VERDICT_NAMES, Ledger
from graders.session import (
    SUBMISSION,
    CandidateSession,
    Collected,
    Command,
    CommandResult,
    SpoiledError,
    room_for,
)
from graders.upstream import Stub, StubRequest
from sandbox.model import MIB
from tasks.manifest import expand_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from graders.material import GradingImages, SubmissionFile, VariantData
    from graders.notebook import RebuiltNotebook
    from graders.upstream import Observed
    from sandbox.base import Sandbox
    from sandbox.model import Limits
    from tasks.model import Run, Task

OUT: Final = "out"
_NOTEBOOK_RESULT: Final = ".notebook/executed.json"
_OUTPUT_LIMIT_CODE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Everything needed to record the runs of one submission."""

    sandbox: Sandbox
    task: Task
    images: GradingImages
    limits: Limits
    files: tuple[SubmissionFile, ...]
    notebook: RebuiltNotebook | None
    data: VariantData
    run_id: str
    upstream_source: bytes | None = None
    """``upstream.py`` where it stands in a packet; else it is read from the task's folder."""

    def open_session(self, scenario: str) -> CandidateSession:
        """Start a candidate container with the submission and one scenario's data in place."""
        files = self.submitted_files()
        public = self.data.public[scenario]
        contents = (*(item.content for item in files), *public.values())
        session = CandidateSession(
            self.sandbox,
            image=self.images.candidate,
            limits=self.limits,
            input_bytes=room_for(contents),
            run_id=self.run_id,
            extra_syscalls=self.task.manifest.sandbox.extra_syscalls,
        )
        with ExitStack() as on_failure:
            on_failure.push(session)
            session.place(SUBMISSION, ((f.path, f.content, f.executable) for f in files))
            session.replace_data(public)
            session.clear(f"{SUBMISSION}/{OUT}")
            if self.notebook is not None:
                self._place_notebook(session, self.notebook)
            session.sync()
            on_failure.pop_all()
        return session

    def submitted_files(self) -> tuple[SubmissionFile, ...]:
        """Return what goes into a run: not what the run itself must produce."""
        produced = {deliverable.path for deliverable in self.task.run_deliverables}
        return tuple(item for item in self.files if item.path not in produced)

    def _place_notebook(self, session: CandidateSession, notebook: RebuiltNotebook) -> None:
        plan = {
            "notebook": "/work/.notebook/input.ipynb",
            "result": f"/work/{SUBMISSION}/{_NOTEBOOK_RESULT}",
            "cwd": f"/work/{SUBMISSION}",
            "output_bytes": self.limits.output_bytes,
            "text_bytes": MAX_TEXT_CHARS,
        }
        session.clear(f"{SUBMISSION}/.notebook")
        session.place(
            ".notebook",
            [
                ("input.ipynb", notebook.content, False),
                ("plan.json", json.dumps(plan).encode(), False),
                ("notebook.py", guest_source("notebook.py"), False),
            ],
        )

    def command_of(self, run: Run) -> Command:
        """Return what to execute for a run."""
        limit = self.limits.wall_time_s
        # Another hash seed for each run, the same at each grading: what depends on hash order
        # differs between two runs of one grading, and never between two gradings.
        seed = int.from_bytes(hashlib.sha256(run.name.encode()).digest()[:4], "big")
        env = {"PYTHONHASHSEED": str(seed), "OMP_NUM_THREADS": str(max(1, round(self.limits.cpus)))}
        places = {"data": "/work/data", "out": OUT}
        upstream = self.task.manifest.upstream
        if upstream is not None:
            places["upstream"] = env["UPSTREAM_URL"] = upstream.url
        argv: tuple[str, ...]
        if run.command is None:
            env |= {"DATA_DIR": places["data"], "OUT_DIR": f"/work/{SUBMISSION}/{OUT}"}
            argv = (PYTHON, "-I", "/work/.notebook/notebook.py", "/work/.notebook/plan.json")
        else:
            argv = expand_command(run.command, places)
        return Command(argv=argv, wall_time_s=limit, env=env)

    def open_stub(self, session: CandidateSession, scenario: str) -> Stub | None:
        """Start the task's upstream beside a candidate container, if the task has one.

        It is ready before any code of the candidate's runs, and ends after all of it has.
        """
        upstream = self.task.manifest.upstream
        if upstream is None:
            return None
        return Stub(
            StubRequest(
                sandbox=self.sandbox,
                image=self.images.candidate,
                source=self.read_upstream(),
                port=upstream.port,
                truth=self.data.truth[scenario],
                join_network_of=session.container.id,
                run_id=self.run_id,
            )
        )

    def read_upstream(self) -> bytes:
        """Return the source of the task's upstream."""
        if self.upstream_source is not None:
            return self.upstream_source
        return (self.task.path / "upstream.py").read_bytes()


@dataclass(slots=True, kw_only=True)
class Recording:
    """The runs recorded so far, their files, and the container a service goes on in."""

    runs: list[RunFacts] = field(default_factory=list)
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """(run, path) -> bytes of each deliverable that was collected."""
    observed: dict[str, Observed] = field(default_factory=dict)
    """What the task's upstream observed of each run."""
    not_started: dict[str, str] = field(default_factory=dict)
    live: CandidateSession | None = None
    asked_live: bool = False
    """Whether a hidden test has asked for code of the candidate's that runs."""
    ledger: Ledger = field(default_factory=Ledger)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.live is not None:
            self.live.__exit__(kind, value, trace)

    def run_named(self, name: str) -> RunFacts | None:
        """Return the record of a run that was started."""
        return next((run for run in self.runs if run.name == name), None)


def record_runs(recorder: Recorder, *, stays: str | None = None) -> Recording:
    """Record all runs of the task, in order.

    The container of the run that a service continues stays, or else that of the run ``stays``.

    Raises:
        SandboxError: the machine failed; nothing is concluded.
    """
    recording = Recording()
    keep = _run_the_service_continues(recorder.task) or stays
    for chain in _chains(recorder.task.manifest.runs):
        _record_chain(recorder, recording, chain, stays=keep in {run.name for run in chain})
    return recording


def _run_the_service_continues(task: Task) -> str | None:
    return task.manifest.service.continues if task.manifest.service else None


def _chains(runs: tuple[Run, ...]) -> list[list[Run]]:
    """Group the runs that share a container, in the order in which they begin."""
    chains: list[list[Run]] = []
    for run in runs:
        for chain in chains:
            if run.continues is not None and run.continues in {member.name for member in chain}:
                chain.append(run)
                break
        else:
            chains.append([run])
    return chains


def _record_chain(
    recorder: Recorder, recording: Recording, chain: list[Run], *, stays: bool
) -> None:
    session = recorder.open_session(chain[0].scenario)
    facts: list[RunFacts] = []
    with ExitStack() as on_failure:
        on_failure.push(session)
        scenario = chain[0].scenario
        for run in chain:
            reason = _what_stops_it(session, facts)
            if reason is None and run.scenario != scenario:
                reason = _give_data(session, recorder.data.public[run.scenario])
                scenario = run.scenario
            if reason is not None:
                recording.not_started[run.name] = reason
                continue
            facts.append(_record_one(recorder, recording, session, run))
        if not stays:
            session.end()
        on_failure.pop_all()
    recording.runs.extend(_by_engines_word(facts, session) if session.ended else facts)
    if stays and not session.ended:
        recording.live = session


def _what_stops_it(session: CandidateSession, facts: list[RunFacts]) -> str | None:
    """Return why no further run can start in this container, if none can."""
    if not session.ended:
        return None
    last = facts[-1]
    how = ExitKind.OUT_OF_MEMORY if session.out_of_memory else last.exit_kind
    return f"the run `{last.name}` before it was cut off ({how})"


def _give_data(session: CandidateSession, files: Mapping[str, bytes]) -> str | None:
    """Give the next run its data; return why that cannot be, after what the run before it did."""
    try:
        session.replace_data(files)
    except SpoiledError as error:
        return str(error)
    return None


def _by_engines_word(facts: list[RunFacts], session: CandidateSession) -> list[RunFacts]:
    """Let the engine decide on memory: what it does not confirm is dropped, what it adds counts."""
    claimed = [run.exit_kind is ExitKind.OUT_OF_MEMORY for run in facts]
    if session.out_of_memory and not any(claimed):
        last = facts[-1]
        return [
            *facts[:-1],
            last.model_copy(
                update={
                    "exit_kind": ExitKind.OUT_OF_MEMORY,
                    "detail": "Needed more than its limit of memory, says the engine.",
                }
            ),
        ]
    if not session.out_of_memory and any(claimed):
        return [
            run.model_copy(
                update={
                    "exit_kind": ExitKind.EXITED if run.exit_code is not None else ExitKind.SIGNALED
                }
            )
            if run.exit_kind is ExitKind.OUT_OF_MEMORY
            else run
            for run in facts
        ]
    return facts


def _record_one(
    recorder: Recorder, recording: Recording, session: CandidateSession, run: Run
) -> RunFacts:
    command = recorder.command_of(run)
    result = _run_observed(recorder, recording, session, run, command)
    cells: tuple[CellFacts, ...] = ()
    deliverables: tuple[DeliverableFacts, ...] = ()
    # A container that runs out of memory over this is the run's, by the engine's word below.
    with suppress(SpoiledError):
        if not session.ended:
            deliverables = _collect(recorder.task, recording, session, run.name)
        if not session.ended and recorder.notebook is not None:
            result, cells = _executed(recorder, session, result)
        if not session.ended:
            recording.ledger.files(run.name, session.find_files(VERDICT_NAMES))
    facts = RunFacts(
        name=run.name,
        scenario=run.scenario,
        command=command.argv if run.command is not None else ("notebook",),
        exit_kind=result.exit_kind,
        exit_code=result.exit_code,
        detail=result.detail,
        wall_time_s=round(result.wall_time_s, 3),
        cpu_time_s=round(result.cpu_time_s, 3),
        memory_peak_bytes=result.memory_peak_bytes,
        stdout=result.stdout.decode("utf-8", "replace"),
        stderr=result.stderr.decode("utf-8", "replace"),
        output_truncated=result.output_truncated,
        leftover_processes=result.leftover_processes,
        deliverables=deliverables,
        cells=cells,
    )
    recording.ledger.run(facts, daemons=result.daemons, listening=result.listening)
    return facts


def _run_observed(
    recorder: Recorder, recording: Recording, session: CandidateSession, run: Run, command: Command
) -> CommandResult:
    """Run a command, beside the task's upstream if there is one."""
    stub = recorder.open_stub(session, run.scenario)
    if stub is None:
        return session.run(command)
    with stub:
        stub.begin()
        result = session.run(command)
        recording.observed[run.name] = stub.finish()
    return result


def _collect(
    task: Task, recording: Recording, session: CandidateSession, run: str
) -> tuple[DeliverableFacts, ...]:
    wanted = [(one.path, one.max_bytes) for one in task.run_deliverables]
    collected = session.collect(wanted)
    for item in collected:
        if item.state == "ok":
            recording.contents[run, item.path] = item.content
    return tuple(map(facts_of, collected))


def facts_of(item: Collected) -> DeliverableFacts:
    """Return what the evidence says about a collected file."""
    sha256 = hashlib.sha256(item.content).hexdigest() if item.state == "ok" else None
    return DeliverableFacts(path=item.path, state=item.state, bytes=item.size, sha256=sha256)


def _executed(
    recorder: Recorder, session: CandidateSession, result: CommandResult
) -> tuple[CommandResult, tuple[CellFacts, ...]]:
    """Read what the notebook's executor wrote: claims, strictly parsed."""
    notebook = recorder.notebook
    (item,) = session.collect([(_NOTEBOOK_RESULT, 64 * MIB)])
    if notebook is None or item.state != "ok":
        return result, ()
    try:
        executed = read_executed(item.content, notebook.code)
    except ExecutedRefusedError:
        words = "What the notebook's executor wrote was changed by the notebook and cannot be read."
        return replace(result, detail=f"{result.detail} {words}".strip()), ()
    if executed.stopped == "output_limit" and result.exit_code == _OUTPUT_LIMIT_CODE:
        limit = recorder.limits.output_bytes
        result = replace(
            result,
            exit_kind=ExitKind.OUTPUT_LIMIT,
            exit_code=None,
            output_truncated=True,
            detail=f"Stopped at {limit} bytes of output.",
        )
    elif executed.stopped == "kernel_died" and result.exit_kind is ExitKind.EXITED:
        result = replace(result, detail="The notebook's kernel ended before its last cell.")
    return result, executed.cells
