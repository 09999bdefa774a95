"""Status tells from another terminal how far a batch is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from report_samples import service

from runner.cli import run
from runner.records import Entry, Records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES = [Entry("etl", f"LYNX-{number}", "x") for number in range(4)]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def batch(records: Records) -> str:
    """One is graded, one is worked on, one had trouble, one waits."""
    batch = records.queue.open(ENTRIES, again=False, gone=lambda _: False)
    claims = [records.queue.claim(batch, "me") for _ in range(3)]
    first, second, third = (one for one in claims if one)
    records.add_grading(service(), key="k", files=None, claim=first)
    records.queue.renew("me", {second.number: "run"})
    records.queue.release(third, "the engine\x1b[2J failed", after_s=60, counted=True)
    return batch


def test_a_batch_in_words(records: Records, batch: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--home", str(records.home)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Batch {batch}: 1 of 4 done, ")
    assert lines[0].endswith("left")
    assert lines[1:4] == ["  graded: 1", "  queued: 2", "  running: 1"]
    assert lines[4].startswith("  now: LYNX-1 etl: run, ")
    phases = "prepare 0.41, run 74.3, grade 2.17, record 0.0"
    assert lines[5].startswith(f"  seconds for each, lately: {phases}")
    assert lines[6].startswith("  trouble: LYNX-2 etl, 2")
    assert "\x1b" not in "".join(lines)


def test_a_batch_as_json(records: Records, batch: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--home", str(records.home), "--batch", batch, "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert list(facts) == ["schema", "batch", "total", "left", "counts", "per_minute",
                           "clocks_s", "seconds_left", "running", "troubles"]  # fmt: skip
    assert (facts["total"], facts["left"]) == (4, 3)
    assert facts["counts"] == {"graded": 1, "queued": 2, "running": 1}
    assert [one["phase"] for one in facts["running"]] == ["run"]
    assert list(facts["clocks_s"]) == ["prepare", "run", "grade", "record"]


def test_the_seconds_of_a_phase_are_a_median(
    records: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = records.queue.open(ENTRIES, again=False, gone=lambda _: False)
    for run_s in (1.0, 2.0, 60.0):
        one = service()
        assert one.provenance is not None
        provenance = one.provenance.model_copy(update={"phases_s": {"queue": 5.0, "run": run_s}})
        one = one.model_copy(update={"provenance": provenance})
        claim = records.queue.claim(batch, "me")
        records.add_grading(one, key="k", files=None, claim=claim)
    assert run(["status", "--home", str(records.home)]) == 0
    assert "seconds for each, lately: queue 5, run 2, record 0.0" in capsys.readouterr().out


def test_who_fell_silent_is_told(
    records: Records, batch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    records.queue.claim(batch, "dead", lease_s=-1)
    assert run(["status", "--home", str(records.home)]) == 0
    assert "LYNX-3 etl: silent: it is taken over" in capsys.readouterr().out


def test_watching_ends_with_the_batch(
    records: Records,
    batch: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def finish(_seconds: float) -> None:
        records.queue.free_gone(batch, lambda _: True)
        while (claim := records.queue.claim(batch, "me")) is not None:
            records.queue.fail(claim, "not there")
        facts = [one for one in records.queue.facts(batch) if one.due]
        if facts:
            monkeypatch.setattr("runner.records.queue.time.time", lambda: facts[0].due + 1)

    monkeypatch.setattr("runner.cli.status.time.sleep", finish)
    assert run(["status", "--home", str(records.home), "--watch"]) == 0
    assert "4 of 4 done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "Nothing has been graded yet"), (["--batch", "x"], "Nothing has been graded yet")],
)
def test_without_a_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["status", "--home", str(tmp_path / "other"), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_an_unknown_batch(records: Records, batch: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--home", str(records.home), "--batch", "nope"]) == 2
    assert f"There is no batch nope; the last one is {batch}." in capsys.readouterr().err
