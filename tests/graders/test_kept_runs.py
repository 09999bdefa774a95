"""Kept runs come back as they were, or not at all; what they depend on is told by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tiny_task import write_tiny_task

from graders.evidence import ExitKind, RunFacts
from graders.kept_runs import (
    CONTAINER_GOES_ON,
    NOT_KEPT,
    KeptRuns,
    KeptRunsError,
    from_bytes,
    grounds_of,
    keep,
    to_bytes,
    why_executed,
)
from graders.ledger import Ledger
from graders.material import GradingImages, SubmissionFile, VariantData
from graders.recorded import Recorder, Recording, facts_of
from graders.session import Collected
from graders.upstream import LogHead, Observed
from sandbox.fake import FakeSandbox
from sandbox.model import Limits
from tasks.loader import load_task

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.model import Task

LINES = b"".join(
    json.dumps(
        {"n": n, "at": 0.5, "connection": 1, "method": "GET", "target": "/x", "refused": "",
         "status": 200, "answered_at": None, "sent_bytes": 3, "whole": True, "note": {"a": [n]}}
    ).encode() + b"\n"
    for n in (1, 2)
)  # fmt: skip
HEAD = LogHead(t="log", records=2, unlogged=0, turned_away=0, stall_s=0.0, failure="")


def run(name: str, *items: Collected) -> RunFacts:
    return RunFacts(
        name=name, scenario="public", command=("python", "\udc80 ü\n"),
        exit_kind=ExitKind.EXITED, exit_code=0, wall_time_s=0.1, cpu_time_s=1 / 3,
        memory_peak_bytes=7, stdout="\x00\x1b[2J ü\n", stderr="", output_truncated=False,
        deliverables=tuple(map(facts_of, items)),
    )  # fmt: skip


def ok(path: str, content: bytes) -> Collected:
    return Collected(path=path, state="ok", size=len(content), content=content)


def sample() -> KeptRuns:
    same = b"a\nb\n\n"
    missing = Collected(path="out/b", state="missing", size=0, content=b"")
    recording = Recording(
        runs=[run("public", ok("out/a", same), missing), run("again", ok("out/a", same)),
              run("third", ok("out/a", b""), ok("out/b", b"\x00\xff"))],
        contents={("public", "out/a"): same, ("again", "out/a"): same, ("third", "out/a"): b"",
                  ("third", "out/b"): b"\x00\xff"},
        observed={"public": Observed(head=HEAD, lines=LINES)},
        not_started={"fourth": "the run before it was cut off"},
        ledger=Ledger(["it was killed"]),
    )  # fmt: skip
    return keep(recording, {"the limits": "x"})


def test_runs_come_back_as_they_were() -> None:
    kept = sample()
    raw = to_bytes(kept)
    assert from_bytes(raw) == kept
    assert raw.count(b"a\nb\n\n") == 1  # equal files are there once
    recording = from_bytes(raw).recording()
    assert recording.contents == dict(kept.contents)
    assert recording.ledger.facts == ("it was killed",)
    assert recording.live is None


def test_what_hidden_tests_add_is_not_kept() -> None:
    kept = sample()
    first = kept.recording()
    first.ledger.add("a call was answered out of protocol")
    first.runs.clear()
    assert kept.recording().ledger.facts == ("it was killed",)
    assert len(kept.recording().runs) == 3


def forged(**changes: Any) -> bytes:
    text, _, body = to_bytes(sample()).partition(b"\n")
    return json.dumps({**json.loads(text), **changes}).encode() + b"\n" + body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        to_bytes(sample())[:-1],
        to_bytes(sample()).replace(b"a\nb\n\n", b"a\nc\n\n"),
        to_bytes(sample()).replace(b'"status"', b'"statos"'),
        forged(version=2),
        forged(more=1),
        forged(blobs=[]),
        forged(blobs=[["0" * 64, -1]]),
        forged(observed={"public": [HEAD.model_dump(), "0" * 64]}),
    ],
)
def test_anything_else_is_no_kept_runs(raw: bytes) -> None:
    with pytest.raises(KeptRunsError):
        from_bytes(raw)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return load_task(write_tiny_task(tmp_path))


def recorder(task: Task, **changes: Any) -> Recorder:
    data = {"numbers.json": b"[1]"}
    facts: dict[str, Any] = {
        "sandbox": FakeSandbox(),
        "task": task,
        "images": GradingImages(candidate="sha256:c", grade="sha256:g"),
        "limits": Limits(),
        "files": (SubmissionFile(path="add.py", content=b"1"),),
        "notebook": None,
        "data": VariantData(public={"public": data, "fresh": data}, truth={}),
        "run_id": "x",
    }
    return Recorder(**{**facts, **changes})


def variant(scenario: str) -> VariantData:
    data = {"public": {"numbers.json": b"[1]"}, "fresh": {"numbers.json": b"[1]"}}
    data[scenario] = {"numbers.json": b"[2]"}
    return VariantData(public=data, truth={})


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"images": GradingImages(candidate="sha256:d", grade="sha256:g")}, "the image"),
        ({"limits": Limits(cpus=2.0)}, "the limits"),
        ({"files": (SubmissionFile(path="add.py", content=b"2"),)}, "the submission"),
        (
            {"files": (SubmissionFile(path="add.py", content=b"1", executable=True),)},
            "the submission",
        ),
        ({"data": variant("public")}, "the data of `public`"),
        ({"data": variant("fresh")}, "the data of `fresh`"),
    ],
)
def test_what_has_changed_is_named(task: Task, changes: dict[str, Any], what: str) -> None:
    kept = replace(sample(), grounds=grounds_of(recorder(task), {"the runtime": "runc"}))
    grounds = grounds_of(recorder(task, **changes), {"the runtime": "runc"})
    assert why_executed(task, kept, grounds) == f"{what} changed"


def test_two_changes_are_both_named(task: Task) -> None:
    kept = replace(sample(), grounds=grounds_of(recorder(task), {"the runtime": "runc"}))
    grounds = grounds_of(recorder(task, limits=Limits(pids=9)), {"the runtime": "runsc"})
    assert why_executed(task, kept, grounds) == "the limits, the runtime changed"


def test_what_judges_is_no_ground(task: Task) -> None:
    images = GradingImages(candidate="sha256:c", grade="sha256:other")
    kept = replace(sample(), grounds=grounds_of(recorder(task), {}))
    assert why_executed(task, kept, grounds_of(recorder(task, images=images), {})) == ""
    assert why_executed(task, None, {}) == NOT_KEPT


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"{data}", "{out}"]\n\n[[run]]', '"{data}", "x"]\n\n[[run]]', "the task's runs changed"),
        ('max_bytes = "1 KiB"', 'max_bytes = "2 KiB"', "the task's runs changed"),
        ('summary = "', 'summary = "Now: ', ""),
    ],
)
def test_of_the_manifest_only_what_runs_is_a_ground(
    task: Task, old: str, new: str, what: str
) -> None:
    kept = replace(sample(), grounds=grounds_of(recorder(task), {}))
    manifest = task.path / "task.toml"
    assert old in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(old, new, 1))
    changed = load_task(task.path)
    assert why_executed(changed, kept, grounds_of(recorder(changed), {})) == what


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("upstream/numbers.json", "the upstream of `fresh` changed"),
        ("sum.json", ""),
    ],
)
def test_of_the_truth_only_what_the_upstream_serves_is_a_ground(
    task: Task, part: str, what: str
) -> None:
    manifest = task.path / "task.toml"
    manifest.write_text(manifest.read_text() + "\n[upstream]\nport = 9000\n")
    (task.path / "upstream.py").write_text("def make_upstream(folder):\n    return None\n")
    changed = load_task(task.path)
    public: dict[str, dict[str, bytes]] = {"public": {}, "fresh": {}}

    def grounds(content: bytes) -> dict[str, str]:
        data = VariantData(public=public, truth={"public": {}, "fresh": {part: content}})
        return grounds_of(recorder(changed, data=data), {})

    kept = replace(sample(), grounds=grounds(b"1"))
    assert why_executed(changed, kept, grounds(b"2")) == what


def test_a_service_that_goes_on_has_no_kept_runs(task: Task) -> None:
    manifest = task.path / "task.toml"
    text = manifest.read_text().replace('kind = "repo"', 'kind = "service"')
    service = '\n[service]\ncommand = ["a"]\nport = 9000\nready_path = "/"\n'
    kept = replace(sample(), grounds={})
    for more, what in (("", ""), ('continues = "public"\n', CONTAINER_GOES_ON)):
        manifest.write_text(text + service + more)
        assert why_executed(load_task(task.path), kept, {}) == what
