"""What regrading came to and what the history says: as plain facts, and as text."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rich.table import Table

from runner.records import Basis
from runner.regrading.determinism import Whose
from runner.tables import WIDTH, render_table
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runner.records import Past
    from runner.regrading.determinism import Examined
    from runner.regrading.steps import Change

Facts: TypeAlias = dict[str, Any]
_NAMED: Final = 8
"""Codes named in one line."""
_WHOSE: Final = {
    Whose.HIDDEN_TEST: "the hidden test: it varies on the very same runs, too",
    Whose.TEST_OR_LIVE_CODE: "the hidden test, or the live code that hidden tests ask for",
    Whose.SUBMISSION: "the submission: on the same runs the test is steady; differing:",
    Whose.UNKNOWN: "cannot be told: seconds, memory, a service, or chance that did not show again",
}
_BASES: Final = {
    Basis.EXECUTED: "executed",
    Basis.KEPT: "kept runs",
    Basis.KEPT_AND_LIVE: "kept runs, live code executed",
}


def change_facts(one: Change) -> Facts:
    """Return what a regrading changed."""
    return {
        "candidate": one.after.candidate,
        "task": one.after.task,
        "submission": one.after.submission,
        "grading": one.after.number,
        "replaces": one.before.number,
        "why": one.after.circumstances.why,
        "basis": one.after.circumstances.basis.value,
        "why_executed": one.after.circumstances.why_executed,
        "before": _points(one.before),
        "after": _points(one.after),
        "differs": one.differs,
        "checks": _checks(one),
    }


def past_facts(one: Past, change: Change | None) -> Facts:
    """Return what the history says of a grading."""
    return {
        "grading": one.number,
        "replaces": one.replaces,
        "finished_at": one.finished_at,
        "task": one.task,
        "task_version": one.result.get("task_version"),
        "task_digest": one.task_digest,
        "submission": one.submission,
        "state": one.state,
        **_points(one),
        "why": one.circumstances.why,
        "basis": one.circumstances.basis.value,
        "why_executed": one.circumstances.why_executed,
        "checks": _checks(change),
    }


def _checks(one: Change | None) -> list[Facts]:
    return [
        {"check": check, "before": before, "after": after}
        for check, before, after in (one.checks if one else ())
    ]


def _points(one: Past) -> Facts:
    return {name: one.result.get(name) for name in ("points", "max_points")}


def regrade_text(facts: Facts) -> str:
    """Return what came of a regrading, for people: what differs first."""
    rows = facts["regraded"]
    differing = [one for one in rows if one["differs"]]
    parts = []
    if differing:
        parts.append(_changes_table(differing))
    parts.append(_lines(_summary(rows, differing, facts["current"])))
    for what, group in (("Left", facts["left"]), ("Not regraded", facts["failed"])):
        parts.append(_lines(_grouped(what, group)))
    return "".join(parts)


def _changes_table(rows: Iterable[Facts]) -> str:
    table = _table("candidate", "task", "points", "checks")
    for one in rows:
        points = f"{_points_word(one['before'])} -> {_points_word(one['after'])}"
        _add(table, one["candidate"], one["task"], points, _checks_word(one["checks"]))
    return render_table(table)


def _summary(rows: Sequence[Facts], differing: Sequence[Facts], current: int) -> Iterable[str]:
    same = len(rows) - len(differing)
    yield f"{len(rows)} regraded: {len(differing)} with another verdict, {same} with the same."
    counts = Counter(one["basis"] for one in rows)
    kept = counts[Basis.KEPT] + counts[Basis.KEPT_AND_LIVE]
    if kept:
        live = counts[Basis.KEPT_AND_LIVE]
        more = f" ({live} with live code executed for checks that ask)" if live else ""
        yield f"{kept} judged on the runs on record{more}."
    whys = Counter(one["why_executed"] for one in rows if one["basis"] == Basis.EXECUTED)
    for why, count in whys.most_common():
        yield f"{count} executed again: {why}."
    if current:
        yield f"{current} were judged by the task as it is: nothing to do."


def _grouped(what: str, rows: Iterable[Facts]) -> Iterable[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        by_reason[one["why"]].append(one["candidate"])
    for why, codes in by_reason.items():
        more = f" and {len(codes) - _NAMED} more" if len(codes) > _NAMED else ""
        words = clean_line(f"{', '.join(codes[:_NAMED])}{more}: {why}", max_chars=1000)
        yield f"{what}: {words}{'' if words.endswith('.') else '.'}"


def plan_text(facts: Facts) -> str:
    """Return what would be judged again, for people."""
    affected = facts["affected"]
    runs = sum(one["has_runs"] for one in affected)
    lines = [
        f"{len(affected)} would be judged again, {runs} of them with runs on record.",
        f"{facts['current']} were judged by the task as it is.",
        *_grouped("Again", [{**one, "why": one["task"]} for one in affected]),
        *_grouped("Left", facts["left"]),
    ]
    return _lines(lines)


def determinism_facts(found: Sequence[Examined], *, times: int) -> Facts:
    """Return what judging again and again came to."""
    return {
        "schema": 1,
        "times": times,
        "submissions": len(found),
        "varying": [
            {
                "candidate": one.candidate,
                "task": one.task,
                "submission": one.submission,
                "check": flaky.check,
                "outcomes": dict(flaky.executed),
                "outcomes_on_same_runs": dict(flaky.on_same_runs),
                "whose": flaky.whose.value,
                "runs_differ_in": list(one.varying),
            }
            for one in found
            for flaky in one.flaky
        ],
        "failed": [
            {"candidate": one.candidate, "task": one.task, "why": one.failed}
            for one in found
            if one.failed
        ],
    }


def determinism_text(facts: Facts) -> str:
    """Return the same for people."""
    table = _table("candidate", "task", "check", "outcomes", "what varies")
    for one in facts["varying"]:
        words = _WHOSE[Whose(one["whose"])]
        if one["whose"] == Whose.SUBMISSION:
            words += f" {', '.join(one['runs_differ_in'])}"
        _add(
            table, one["candidate"], one["task"], one["check"], _counts_word(one["outcomes"]), words
        )
    judged = f"{facts['submissions']} submission(s) judged {facts['times']} times each"
    lines = (
        f"{judged}: {len(facts['varying'])} check(s) came to different outcomes.",
        *_grouped("Left", facts["left"]),
        *_grouped("Not judged", facts["failed"]),
    )
    return (render_table(table) if facts["varying"] else "") + _lines(lines)


def _counts_word(counts: Facts) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def history_text(rows: Iterable[Facts]) -> str:
    """Return the gradings of a candidate as a table, the first one first."""
    table = _table("no.", "when", "task", "points", "why, on what, and what it changed")
    for one in rows:
        graded = one["points"] is not None
        points = _points_word(one) if graded else one["state"]
        how = _BASES[Basis(one["basis"])]
        how += f": {one['why_executed']}" if one["why_executed"] else ""
        changed = _checks_word(one["checks"])
        words = f"{one['why']} ({how})" + (f": {changed}" if changed else "")
        when = one["finished_at"][:16].replace("T", " ")
        task = f"{one['task']} {one['task_version']}"
        _add(table, str(one["grading"]), when, task, points, words)
    return render_table(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, width=WIDTH)
    for name in columns[:-1]:
        table.add_column(name, max_width=20, overflow="fold")
    table.add_column(columns[-1], ratio=1, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(clean_line(cell, max_chars=1000) for cell in cells))


def _points_word(one: Facts) -> str:
    return f"{one['points']:g}/{one['max_points']:g}"


def _checks_word(rows: Iterable[Facts]) -> str:
    return "; ".join(f"{one['check']}: {one['before']} -> {one['after']}" for one in rows)


def _lines(words: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in words)
