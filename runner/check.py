"""What a candidate learns before handing in: is it complete, do the public tests pass.

Everything here follows from the packet and the candidate's own folder. Intake, the write-up's
reader and the recorder of runs are those of grading; there is no hidden check, no truth, no points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graders import writeup as writeups
from graders.evidence import ExitKind
from graders.handed_in import (
    WRITEUP_PATH,
    UngradableSubmissionError,
    read_notebook,
    read_writeup,
    submitted_deliverables,
)
from graders.material import GradingImages
from graders.recorded import Recorder
from graders.rehearsal import rehearse
from runner.check_report import CheckReport, Finding, Mark
from sandbox.model import Limits
from sandbox.recipe import lock_digest_of
from tasks.errors import nearest_name
from tasks.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graders.evidence import Answer, DeliverableState, RunFacts
    from graders.notebook import RebuiltNotebook
    from graders.rehearsal import Rehearsal
    from runner.packet_folder import PacketFolder
    from sandbox.base import Sandbox
    from tasks.model import Deliverable

_LAST_WORDS: Final = 600


def in_containers(
    folder: PacketFolder, sandbox: Sandbox, image: str
) -> Callable[[RebuiltNotebook | None], Rehearsal]:
    """Return what runs the folder's work in containers of this image, as grading would."""

    def run(notebook: RebuiltNotebook | None) -> Rehearsal:
        return rehearse(
            Recorder(
                sandbox=sandbox,
                task=folder.task,
                images=GradingImages(candidate=image, grade=""),
                limits=Limits(**folder.task.limits.model_dump()),
                files=folder.files,
                notebook=notebook,
                data=folder.variant_data,
                upstream_source=folder.upstream_source,
                run_id=f"check/{folder.public.candidate}",
            )
        )

    return run


def check_folder(
    folder: PacketFolder, rehearse: Callable[[RebuiltNotebook | None], Rehearsal]
) -> CheckReport:
    """Return what there is to say about a folder.

    Args:
        folder: Where the candidate works.
        rehearse: Runs what the packet says, in a container or where the candidate chose to.
    """
    return CheckReport(
        task=folder.public.id,
        candidate=folder.public.candidate,
        findings=tuple(_findings(folder, rehearse)),
    )


def _findings(
    folder: PacketFolder, rehearse: Callable[[RebuiltNotebook | None], Rehearsal]
) -> Iterator[Finding]:
    yield from _about_files(folder)
    if folder.problems:
        words = "they are run once the files can be taken"
        yield Finding(part="tests", mark=Mark.NOT_RUN, text=f"public tests: {words}")
        return
    try:
        notebook = read_notebook(folder.task, folder.files)
    except UngradableSubmissionError as error:
        for problem in error.problems:
            yield Finding(part="files", mark=Mark.TO_FIX, text=problem)
        words = "they are run once the notebook can be read"
        yield Finding(part="tests", mark=Mark.NOT_RUN, text=f"public tests: {words}")
        return
    yield from _about_handed_in(folder)
    yield from _about_writeup(folder, notebook)
    yield from _about_rehearsal(folder, rehearse(notebook))


def _about_files(folder: PacketFolder) -> Iterator[Finding]:
    for problem in folder.problems:
        yield Finding(part="files", mark=Mark.TO_FIX, text=problem)
    if folder.problems:
        return
    size = format_size(sum(len(item.content) for item in folder.files))
    yield Finding(part="files", mark=Mark.OK, text=f"{len(folder.files)} files, {size}")
    if folder.left_out:
        shown = ", ".join(folder.left_out[:5]) + (", …" if len(folder.left_out) > 5 else "")
        yield Finding(part="files", mark=Mark.NOTE, text=f"never taken along: {shown}")
    for note in folder.notes:
        yield Finding(part="files", mark=Mark.NOTE, text=note)
    produced = {one.path for one in folder.task.run_deliverables}
    for item in folder.files:
        if item.path in produced:
            words = f"{item.path} is left out: the run has to make it"
            yield Finding(part="files", mark=Mark.NOTE, text=words)
    if folder.public.image_lock != lock_digest_of(folder.public.image):
        words = "the container here has other packages than where the packet was made"
        to_do = "install the version of worksample that your contact names"
        yield Finding(part="files", mark=Mark.NOTE, text=words, to_do=to_do)
    if not folder.has_its_data:
        yield Finding(
            part="files",
            mark=Mark.TO_FIX,
            text="data/ is not as the packet had it, and grading uses what the packet had",
            to_do="take data/ from the packet again",
        )


def _about_handed_in(folder: PacketFolder) -> Iterator[Finding]:
    wanted = {one.path: one for one in folder.task.submitted_deliverables}
    for item in submitted_deliverables(folder.task, folder.files):
        yield _deliverable(wanted[item.path], item.state, item.size, "hand it in")


def _deliverable(wanted: Deliverable, state: DeliverableState, size: int, to_do: str) -> Finding:
    limit = format_size(wanted.max_bytes)
    mark, text = {
        "ok": (Mark.OK, f"{wanted.path}: {format_size(size)} of at most {limit}"),
        "missing": (Mark.MISSING, f"{wanted.path} is not there"),
        "too_large": (Mark.TOO_LARGE, f"{wanted.path}: {format_size(size)}, at most {limit}"),
        "not_regular": (Mark.TO_FIX, f"{wanted.path} is no ordinary file"),
        "unreadable": (Mark.TO_FIX, f"{wanted.path} cannot be read"),
    }[state]
    if mark is Mark.MISSING and not wanted.required:
        return Finding(part="deliverable", mark=Mark.NOTE, text=f"{text}; it is not required")
    return Finding(part="deliverable", mark=mark, text=text, to_do="" if mark is Mark.OK else to_do)


def _about_rehearsal(folder: PacketFolder, done: Rehearsal) -> Iterator[Finding]:
    wanted = {one.path: one for one in folder.task.run_deliverables}
    somewhere = {item.path for run in done.runs for item in run.deliverables if item.state == "ok"}
    for run in done.runs:
        yield _run(folder, run)
        for item in run.deliverables:
            if item.state == "missing" and (item.path in somewhere or run is not done.runs[-1]):
                continue  # another run writes it; of what none wrote the last one is told
            to_do = f"the run `{run.name}` has to write it as the brief says"
            yield _deliverable(wanted[item.path], item.state, item.bytes, to_do)
    for name, reason in done.not_started.items():
        words = f"run `{name}`: not started, {reason}"
        yield Finding(part="run", mark=Mark.NOT_RUN, text=words)
    if done.service is not None:
        service = done.service
        yield Finding(
            part="service",
            mark=Mark.OK if service.ready else Mark.FAILED,
            text=f"service: {service.detail}",
            to_do="" if service.ready else "start it by hand as the brief says and see",
            output=service.output[-_LAST_WORDS:].strip(),
        )
    tests = done.tests
    mark = Mark.OK if tests.passed else Mark.FAILED if tests.ran else Mark.NOT_RUN
    yield Finding(
        part="tests",
        mark=mark,
        text=f"public tests: {tests.summary}",
        output="" if tests.passed else tests.output,
    )


def _run(folder: PacketFolder, run: RunFacts) -> Finding:
    limit = folder.task.limits.wall_time_s
    if run.finished:
        words = f"run `{run.name}`: finished in {run.wall_time_s:.1f} s of {limit:g} s"
        return Finding(part="run", mark=Mark.OK, text=words)
    ended = run.exit_kind is ExitKind.EXITED
    raised = next((cell for cell in run.cells if cell.error), None)
    how = f"{run.detail} Cell {raised.index} raised {raised.error}" if raised else run.detail
    return Finding(
        part="run",
        mark=Mark.FAILED,
        text=f"run `{run.name}`: {how}",
        to_do="see what it printed" if ended else "the limits are in the brief",
        output=f"{run.stdout[-_LAST_WORDS:]}\n{run.stderr[-_LAST_WORDS:]}".strip(),
    )


def _about_writeup(folder: PacketFolder, notebook: RebuiltNotebook | None) -> Iterator[Finding]:
    parsed, source = read_writeup(folder.files, notebook)
    answered = writeups.match(parsed, folder.task.rubric.prompts, source=source)
    if parsed is None or not answered.found:
        yield Finding(
            part="write-up",
            mark=Mark.MISSING,
            text=f"{WRITEUP_PATH} is not there",
            to_do=f"write it, from the {WRITEUP_PATH} that the packet had",
        )
        return
    yield Finding(part="write-up", mark=Mark.OK, text=f"write-up found in {source}")
    for answer in answered.answers:
        yield _answer(answer)
    for problem in answered.problems:
        yield Finding(part="write-up", mark=Mark.TO_FIX, text=problem)
    yield from _about_claims(folder, parsed)
    if parsed.hidden:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(parsed.hidden.items()))
        words = f"the write-up holds characters that nobody sees ({kinds}); reports spell them out"
        yield Finding(part="write-up", mark=Mark.NOTE, text=words)
    if answered.ai_use:
        yield Finding(part="AI use", mark=Mark.OK, text="AI use: stated")
    else:
        yield Finding(
            part="AI use",
            mark=Mark.MISSING,
            text="AI use: nothing is stated",
            to_do='say under the heading "## AI use" what you used, or that you used none',
        )


def _answer(answer: Answer) -> Finding:
    name = f"{answer.prompt} {answer.title}"
    if not answer.words:
        to_do = f'answer it under the heading "## {name}"'
        return Finding(part="write-up", mark=Mark.MISSING, text=f"{name}: no answer", to_do=to_do)
    words = f"{name}: {answer.words} words, at most {answer.max_words}"
    if answer.within_limit:
        return Finding(part="write-up", mark=Mark.OK, text=words)
    to_do = f"leave out {answer.words - answer.max_words} words"
    return Finding(part="write-up", mark=Mark.TOO_LONG, text=words, to_do=to_do)


def _about_claims(folder: PacketFolder, parsed: writeups.ParsedWriteup) -> Iterator[Finding]:
    known = [claim.id for claim in folder.task.rubric.claims]
    for claim in folder.task.rubric.claims:
        value = parsed.claims.get(claim.id)
        if value is not None:
            words = f"claim {claim.id}: {value:.12g} {claim.unit}"
            yield Finding(part="claims", mark=Mark.OK, text=words)
            continue
        yield Finding(
            part="claims",
            mark=Mark.MISSING,
            text=f"claim {claim.id}: no number stated",
            to_do=f'write "  {claim.id}: NUMBER" below "claims:" between the lines "---" at the '
            "top of the write-up",
        )
    for name in parsed.claims:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"; did you mean {near}?" if near else ""
            words = f"claim {name}: the task asks for no such number{hint}"
            yield Finding(part="claims", mark=Mark.NOTE, text=words)
