"""For each invariant of the design: take its mitigation away, and see a case turn red.

A case that stays green without what it is there to prove proves nothing. Each test runs a case of
the corpus as it is, which must be as expected, and again with one thing broken on purpose.
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hostile_corpus import Case, all_cases, deviations, solution_files, write_files

from graders import checks, recorded, upstream
from graders.evidence import State, without_times
from graders.grade_containers import GradeContainers
from graders.material import SubmissionFile
from graders.session import CandidateSession
from graders.verdict import read_verdict
from runner import packet, pipeline
from runner.errors import CancelledError
from runner.pipeline import GradeRequest, Judged, grade_submission
from sandbox.docker_container import DockerContainer
from sandbox.errors import SandboxError
from sandbox.model import Limits
from sandbox.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from graders.recorded import Recorder
    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

CASES = {case.id: case for case in all_cases()}


@pytest.fixture
def red(
    tmp_path: Path,
    watched: Any,
    corpus_workshop: Workshop,
    corpus_tasks: dict[str, Task],
    points_of: Callable[[str, str], float],
) -> Callable[[str], list[str]]:
    """Return a function that runs a case and says what is not as it must be."""

    def run(case_id: str) -> list[str]:
        case: Case = CASES[case_id]
        base = points_of(case.file.task, case.file.base)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        watched.watch.leaks.clear()
        request = GradeRequest(
            task=case.task(corpus_tasks),
            source=case.build(folder),
            candidate="CASE-1",
            again=True,
        )
        evidence = grade_submission(corpus_workshop, request).evidence
        return [*deviations(case, evidence, base), *watched.watch.leaks, *watched.left()]

    return run


def test_1_a_hidden_file_in_the_candidates_container_is_seen(
    red: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert red("verdict/honest_conftest") == []
    submitted = recorded.Recorder.submitted_files

    def with_hidden(recorder: Recorder) -> tuple[SubmissionFile, ...]:
        hidden = (recorder.task.path / "hidden_tests" / "test_hidden.py").read_bytes()
        return (*submitted(recorder), SubmissionFile(path="tests.py", content=hidden))

    monkeypatch.setattr(recorded.Recorder, "submitted_files", with_hidden)
    assert "the canary went in" in red("verdict/honest_conftest")


def test_1_a_truth_in_the_upstreams_stub_is_seen(
    red: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert red("upstream/honest_plain") == []
    monkeypatch.setattr(upstream, "upstream_files", lambda truth: {**truth, "numbers.json": b"[]"})
    assert "the canary went in" in red("upstream/honest_plain")


def test_2_a_submission_beside_the_hidden_tests_takes_over(
    red: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert red("verdict/conftest_fixtures") == []

    files_of = checks._files

    def beside(*arguments: Any) -> Any:
        conftest = CASES["verdict/conftest_fixtures"].folder / "files" / "conftest.py"
        return [*files_of(*arguments), ("hidden/conftest.py", conftest.read_bytes())]

    monkeypatch.setattr(checks, "_files", beside)
    assert any("points" in found for found in red("verdict/conftest_fixtures"))


def test_3_a_verdict_that_lacks_a_check_is_nobodys_pass(
    red: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were every check passed that the verdict does not fail, a lost verdict would be full."""
    read = read_verdict

    def lost(raw: bytes, *, task: Task, nonce: str) -> Any:
        verdict = json.loads(raw)
        return read(json.dumps({**verdict, "checks": []}).encode(), task=task, nonce=nonce)

    monkeypatch.setattr(checks, "read_verdict", lost)
    assert any("not_gradable" in found for found in red("verdict/conftest_makereport"))

    def lenient(raw: bytes, *, task: Task, nonce: str) -> Any:
        rows = [
            {"id": check.id, "outcome": "passed", "detail": "", "duration_s": 0.0}
            for check in task.checks
        ]
        return read(
            json.dumps({**json.loads(raw), "checks": rows}).encode(), task=task, nonce=nonce
        )

    monkeypatch.setattr(checks, "read_verdict", lenient)
    assert any("points" in found for found in red("verdict/conftest_makereport"))


def test_4_a_fault_of_the_machine_is_no_score(
    red: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise SandboxError("the engine is out of order")

    monkeypatch.setattr(GradeContainers, "at_work", broken)
    assert any("not_gradable" in found for found in red("verdict/honest_conftest"))

    def as_zero(steps: Any, error: Exception) -> Judged:
        return Judged(evidence=steps._evidence(State.GRADED, reason=""), key="", files=None)

    monkeypatch.setattr(pipeline.Steps, "give_up", as_zero)
    assert any("0 points" in found for found in red("verdict/honest_conftest"))


def test_5_without_its_cap_endless_output_is_something_else(
    red: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "resources/endless_output"
    brief = CASES[name].file.model_copy(update={"wall_time_s": 2.0})  # all of it is kept meanwhile
    monkeypatch.setitem(CASES, name, replace(CASES[name], file=brief))
    assert red(name) == []
    open_session = recorded.Recorder.open_session

    def uncapped(recorder: Recorder, scenario: str) -> Any:
        limits = replace(recorder.limits, output_bytes=1 << 40)
        return open_session(replace(recorder, limits=limits), scenario)

    monkeypatch.setattr(recorded.Recorder, "open_session", uncapped)
    assert red(name) != []


def test_6_a_container_that_is_not_removed_is_seen(
    red: Callable[[str], list[str]], watched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DockerContainer, "_remove", lambda _self: None)
    left = red("verdict/conftest_makereport")
    monkeypatch.undo()
    for container in watched.left():
        watched.api.remove_container(container, force=True, v=True)
    assert left
    assert watched.left() == []


def test_6_a_container_without_labels_is_not_found(
    watched: Any, candidate_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live() -> int:
        with CandidateSession(
            watched, image=candidate_image, limits=Limits(), input_bytes=0, run_id="mutation"
        ):
            return len(watched.left())

    assert live() == 1
    monkeypatch.setattr(Owner, "labels", lambda *_: {})
    assert live() == 0


def test_7_nothing_is_recorded_once_a_batch_was_stopped(
    corpus_workshop: Workshop, corpus_tasks: dict[str, Task], tmp_path: Path
) -> None:
    source = write_files(tmp_path / "submission", solution_files("lib", "sound_plain"))
    stopped = GradeRequest(
        task=corpus_tasks["lib"], source=str(source), candidate="STOP-1", cancelled=lambda: True
    )

    def recorded_gradings() -> int:
        return sum(one.submission.candidate == "STOP-1" for one in corpus_workshop.records.latest())

    with pytest.raises(CancelledError):
        grade_submission(corpus_workshop, stopped)
    assert recorded_gradings() == 0
    deaf = replace(stopped, cancelled=lambda: False)
    grade_submission(corpus_workshop, deaf)
    assert recorded_gradings() == 1


def test_9_a_packet_with_a_hidden_file_is_seen(corpus_tasks: dict[str, Task]) -> None:
    task = corpus_tasks["lib"]
    hidden = (task.path / "hidden_tests" / "test_hidden.py").read_bytes()
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("README.md", "honest")
    assert packet.packet_leaks(content.getvalue(), task, {}) == []
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("public_tests/test_more.py", hidden)
    assert packet.packet_leaks(content.getvalue(), task, {}) != []


def test_10_a_hash_seed_of_its_own_for_each_grading_is_seen(
    corpus_workshop: Workshop, corpus_tasks: dict[str, Task], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    files = solution_files("lib", "sound_plain")
    files["main.py"] += b"\n    print(sorted(['a', 'b', 'c', 'd', 'e', 'f', 'g'], key=hash))\n"
    source = str(write_files(tmp_path / "submission", files))

    def grade() -> Any:
        request = GradeRequest(
            task=corpus_tasks["lib"], source=source, candidate="CASE-1", again=True
        )
        return without_times(
            grade_submission(corpus_workshop, request).evidence.model_dump(mode="json")
        )

    assert grade() == grade()
    command_of = recorded.Recorder.command_of

    def unseeded(recorder: Recorder, run: Any) -> Any:
        command = command_of(recorder, run)
        env = {key: value for key, value in command.env.items() if key != "PYTHONHASHSEED"}
        return replace(command, env=env)

    monkeypatch.setattr(recorded.Recorder, "command_of", unseeded)
    assert any(grade() != grade() for _ in range(3))


def test_every_invariant_has_its_switch() -> None:
    """The eighth, on what is shown, has its switch beside the proof in the browser."""
    named = {int(found[1]) for name in globals() if (found := re.match(r"test_(\d+)_", name))}
    assert named | {8} == set(range(1, 11))
