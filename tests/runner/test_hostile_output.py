"""Every string of the evidence filled with hostile text: terminal, CSV, JSON, names of files."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from evidence_filler import fill
from hostile_text import HOSTILE, NEEDED, PAYLOADS, SHORT, Payload
from pydantic_core import PydanticSerializationError
from rich.console import Console
from text_proof import csv_faults, hidden_faults, json_faults, spelled, terminal_faults, without

from graders.evidence import Evidence, State
from runner.cli import CleanFormatter, run
from runner.cli.progress import LiveWatcher, make_progress, words
from runner.exit_codes import ExitCode
from runner.packet import build_packet
from runner.pages import write_reports
from runner.pipeline import _digest
from runner.records import Records, to_json
from runner.report import report_name
from runner.results import result_of
from runner.tables import WIDTH, results_csv, results_json, results_table
from tasks.brief import render_brief
from tasks.errors import CandidateCodeError
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

each_payload = pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
each_short = pytest.mark.parametrize("payload", SHORT, ids=lambda payload: payload.name)


def all_states(text: str) -> list[Evidence]:
    evidence = fill(text)
    return [evidence.model_copy(update={"state": state}) for state in State]


def results(found: list[Evidence]) -> list[dict[str, Any]]:
    return [result_of(one) for one in found]


def live_lines(text: str) -> str:
    """What the live progress shows of a submission with this name."""
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, color_system=None)
    progress = make_progress(console)
    watcher = LiveWatcher([text], progress)
    watcher.phase(0, "run")
    console.print(progress.get_renderable())
    watcher.done(0, result_of(fill(text, state=State.NOT_GRADABLE)), reused=False)
    watcher.say(text)
    return out.getvalue()


@each_payload
def test_terminal_shows_text_and_obeys_none(payload: Payload) -> None:
    table = results_table(results(all_states(payload.text)))
    assert terminal_faults(table, width=WIDTH) == []
    assert terminal_faults(live_lines(payload.text), width=WIDTH) == []
    for evidence in all_states(payload.text):
        line = words(result_of(evidence), reused=False)
        assert terminal_faults(line) == []
        assert "\n" not in line


@pytest.mark.parametrize("text", ["[bold]x[/] :tada:", "[/]", "[link=https://x.invalid]x"])
def test_markup_is_shown_as_it_stands(text: str) -> None:
    assert live_lines(text).count(text) == 5
    assert text in " ".join(results_table(results([fill(text)])).split())


@each_payload
def test_csv_holds_no_formula(payload: Payload) -> None:
    assert csv_faults(results_csv(results(all_states(payload.text))), rows=3) == []


def test_numbers_in_csv_stay_numbers() -> None:
    evidence = fill("plain")
    loss = [one.model_copy(update={"points": -1.5}) for one in evidence.criteria]
    content = results_csv(results([evidence.model_copy(update={"criteria": tuple(loss)})]))
    header, row = csv.reader(io.StringIO(content))
    assert row[header.index("plain_points")] == "-1.5"
    assert ",-1.5," in content
    frame = pd.read_csv(io.StringIO(content))
    assert frame["plain_points"].sum() == -1.5
    assert pd.api.types.is_numeric_dtype(frame["max_points"])


@pytest.mark.parametrize(
    "text",
    ["5 - 3 = 2", "a@example.com", "see a, b; c", "'quoted'", "\u05d3\u05d5\u05d7", "C++"],
)
def test_honest_text_in_csv_is_left_alone(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(results_csv(results([fill(text)])))))
    assert rows[0]["reason"] == text


@each_short
def test_json_is_ascii_and_strict(payload: Payload) -> None:
    found = all_states(payload.text)
    assert json_faults(results_json(results(found))) == []
    for evidence in found:
        assert json_faults(to_json(evidence).decode("ascii")) == []
        assert Evidence.model_validate_json(to_json(evidence)) == evidence


@each_payload
def test_report_names_are_slugs(payload: Payload) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,90}\.html", report_name(fill(payload.text)))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Records of three hostile gradings."""
    records = Records(tmp_path / "home")
    for number, evidence in enumerate(all_states(HOSTILE)):
        facts = evidence.submission.model_copy(update={"id": f"{number} {evidence.submission.id}"})
        one = evidence.model_copy(update={"submission": facts})
        records.add_grading(one, key=str(number), files=None)
    records.close()
    return tmp_path / "home"


def test_commands_print_no_control_sequence(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for style in ("table", "csv", "json"):
        assert run(["results", "--home", str(home), "--format", style]) == ExitCode.DONE
        captured = capsys.readouterr()
        assert captured.err == ""
        assert hidden_faults(captured.out) == []
        assert captured.out.count("\n") > 3
    out = tmp_path / "out"
    assert run(["report", "--home", str(home), "-o", str(out)]) == ExitCode.DONE
    captured = capsys.readouterr()
    assert hidden_faults(captured.out + captured.err) == []
    assert len(list(out.iterdir())) == 7
    for style in ("junit", "gradescope"):
        target = str(tmp_path / style)
        assert run(["export", style, "--home", str(home), "-o", target]) == ExitCode.DONE
        captured = capsys.readouterr()
        assert captured.out == ""
        assert hidden_faults(captured.err) == []


@pytest.mark.parametrize(
    "command",
    [
        ["report", "--home", "{home}", "x\x1b]0;passed\x07\u202e"],
        ["export", "junit", "--home", "{home}", "--task", "x\u202e"],
        ["export", "junit", "--home", "{home}", "-o", "/dev/null/\x1b[2J"],
        ["grade", "orders-etl", "sub\x1b[2Jmission.zip"],
        ["grade", "orders-etl", "sub\udcff.zip"],
        ["grade", "orders-etl", "a", "--jobs", "\x1b[2J"],
        ["tasks", "show", "\x1b[31morders"],
        ["\x1b[31mresults"],
        ["results", "--\x1b[31m"],
    ],
    ids=lambda command: spelled(" ".join(command)),
)
def test_errors_quote_what_was_typed_without_control_sequences(
    command: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word.replace("{home}", str(home)) for word in command]) != ExitCode.DONE
    captured = capsys.readouterr()
    assert captured.err
    assert hidden_faults(captured.out + captured.err) == []
    assert re.search(r"⟨U\+|\\x1b|\\udcff", captured.err)


def test_tracebacks_are_cleaned() -> None:
    fault = (ValueError, ValueError(HOSTILE), None)
    record = logging.LogRecord("worksample", logging.ERROR, "", 1, HOSTILE, None, fault)
    shown = CleanFormatter().format(record)
    assert hidden_faults(without(shown, NEEDED)) == []
    assert "ValueError: <script>" in shown


def test_a_packet_is_made_for_no_hostile_name(make_task: Callable[..., Path]) -> None:
    task = load_task(make_task())
    for payload in PAYLOADS:
        with pytest.raises(CandidateCodeError):
            build_packet(task, candidate=payload.text, public_files={}, facts={"rows": 1})


def test_a_brief_is_filled_in_once(make_task: Callable[..., Path]) -> None:
    task = load_task(make_task())
    brief = render_brief(task, candidate="LYNX-42", facts={"rows": "{{ 7*7 }}{% raw %}"})
    assert "For LYNX-42: {{ 7*7 }}{% raw %} rows" in brief


def test_hostile_evidence_is_written_beside_its_page(tmp_path: Path) -> None:
    write_reports(all_states(HOSTILE)[:1], tmp_path)
    (evidence,) = tmp_path.glob("*.evidence.json")
    assert json_faults(evidence.read_text("utf-8")) == []


def test_without_cleaning_the_terminal_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.text._spell", lambda found: found.group())
    evidence = fill("\x1b]52;c;cm0=\x07\u202e")
    assert "U+001B is not shown" in terminal_faults(results_table(results([evidence])))
    assert "U+202E is not shown" in terminal_faults(words(result_of(evidence), reused=False))
    assert "U+009B is not shown" in terminal_faults(live_lines("\x9b2J"))


@pytest.mark.parametrize("text", ["=1+1", "-1+1|x", "\uff1d1+1", "x;=1+1"])
def test_without_the_guard_a_spreadsheet_calculates(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.text._defuse", lambda found: found.group())
    faults = csv_faults(results_csv(results([fill(text)])), rows=1)
    assert any(fault.startswith("a formula") for fault in faults)


def test_without_escapes_json_is_not_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "dumps", partial(json.dumps, ensure_ascii=False))
    assert "not ASCII" in json_faults(results_json(results([fill("\u202e")])))


def test_without_spelled_halves_evidence_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graders.evidence._without_lone_halves", lambda value: value)
    with pytest.raises(PydanticSerializationError):
        to_json(fill("\ud800"))


def test_a_source_may_be_named_in_any_bytes() -> None:
    assert len(_digest("sub\udcff.zip")) == 64
