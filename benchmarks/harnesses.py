"""The hostile corpus against two conventional harnesses and ours.

Run from the repository's root: ``.venv/bin/python -m benchmarks.harnesses``.

Both conventional ones are our own, written for this comparison, and run everything in one container
without a network and with the limits of ours:

* naive: hidden tests and expected values are copied beside the submission; ``pytest`` runs there;
* careful: tests and expected values stay in a folder of their own; ``python -I``, ``--noconftest``,
  no configuration file, no plugins, ``importlib`` mode.

Each has three rules for its verdict: the exit code is 0; the JUnit file holds no failure and no
error; strict: both, and exactly the expected number of tests ran, none skipped. A case fools a
rule if it passes though its work is wrong. Only cases of the corpus' task ``lib`` whose work is
wrong can fool anybody; archives, notebooks and services have no counterpart in such a harness.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from hostile_corpus import CANARY, HERE, SOUND, Case, all_cases, read_folder

from graders.session import SUBMISSION, CandidateSession, Command, CommandResult, room_for
from runner.cli.options import open_workshop
from runner.intake import SubmissionRefusedError
from runner.pipeline import GradeRequest, grade_submission
from runner.variants import obtain_variant
from sandbox.model import Limits
from tasks.loader import load_task

if TYPE_CHECKING:
    from runner.workshop import Workshop
    from tasks.model import Task

TESTS: Final = Path(__file__).parent / "conventional" / "test_answers.py"
EXPECTED_TESTS: Final = 4
RULES: Final = ("exit code", "JUnit", "strict")
WAIT_S: Final = 25.0
RUN: Final = "cd /work/submission && python main.py /work/data out; "
COMMANDS: Final = {
    "naive": (
        SUBMISSION,
        RUN + "exec python -m pytest -q --junitxml=/work/submission/junit.xml test_answers.py",
    ),
    "careful": (
        "hidden",
        RUN + "cd /work/hidden && PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 exec python -I -m pytest -q "
        "--noconftest -c /dev/null --rootdir /work/hidden -p no:cacheprovider "
        "--import-mode=importlib --junitxml=/work/submission/junit.xml test_answers.py",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one conventional harness says of one submission, by each rule."""

    passed: tuple[bool, bool, bool]
    leaked: bool
    how: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("--only", default="", help="cases whose id holds this text")
    parser.add_argument(
        "--rows",
        type=Path,
        help="append each case's verdicts to this file; take those in it as read",
    )
    options = parser.parse_args()
    cases = [one for one in all_cases() if one.file.task == "lib" and options.only in one.id]
    cases.sort(key=lambda one: one.file.base == SOUND and not one.file.honest)  # the counted first
    known = read_rows(options.rows)
    with tempfile.TemporaryDirectory() as folder, open_workshop(Path(folder) / "w") as workshop:
        for number, case in enumerate(cases):
            if case.id not in known:
                row = compare(workshop, case, Path(folder) / str(number))
                known[case.id] = row
                if options.rows:
                    with options.rows.open("a") as file:
                        print(json.dumps({"case": case.id, "row": row}), file=file)
            print(f"{number + 1}/{len(cases)} {case.id}", file=sys.stderr)
    report([row for case in cases if (row := known[case.id]) is not None])


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


def read_rows(path: Path | None) -> dict[str, dict[str, object] | None]:
    """Return the rows of an earlier run by case; None for a case without a counterpart."""
    if path is None or not path.exists():
        return {}
    lines = map(json.loads, path.read_text().splitlines())
    return {line["case"]: line["row"] for line in lines}


def compare(workshop: Workshop, case: Case, place: Path) -> dict[str, object] | None:
    """Return one row; None where what is handed in is no folder that such a harness could take."""
    place.mkdir()
    source = Path(case.build(place))
    if not source.is_dir() or any(path.is_symlink() for path in source.rglob("*")):
        return None
    return judge(workshop, load_task(HERE / "tasks" / "lib"), case, source)


def judge(workshop: Workshop, task: Task, case: Case, source: Path) -> dict[str, object]:
    """Give one submission to all three."""
    row: dict[str, object] = {
        "case": case.id,
        "honest": case.file.honest,
        "wrong": case.file.base != SOUND,
    }
    files = read_folder(source)
    for name in COMMANDS:
        verdict = conventional(workshop, task, name, files)
        row[name] = list(verdict.passed)
        row[f"{name}_leaked"] = verdict.leaked
        row[f"{name}_how"] = verdict.how
    request = GradeRequest(task=task, source=str(source), candidate="CASE-1", again=True)
    try:
        evidence = grade_submission(workshop, request).evidence
    except SubmissionRefusedError:
        row["ours"] = False
    else:
        full = evidence.max_points > 0 and evidence.points == evidence.max_points
        row["ours"], row["points"] = full, evidence.points
    return row


def conventional(workshop: Workshop, task: Task, name: str, files: dict[str, bytes]) -> Verdict:
    """Let a conventional harness judge."""
    folder, script = COMMANDS[name]
    variant = obtain_variant(workshop, task, "CASE-1").data
    expected = variant.truth["public"]["answer.json"]
    hidden = {"test_answers.py": TESTS.read_bytes(), "expected.json": expected}
    limits = Limits(**task.limits.model_dump())
    with CandidateSession(
        workshop.sandbox,
        image=workshop.images.candidate,
        limits=limits,
        input_bytes=room_for((*files.values(), *variant.public["public"].values())),
        run_id="harness",
    ) as session:
        session.place(SUBMISSION, ((path, content, False) for path, content in files.items()))
        session.replace_data(variant.public["public"])
        session.place(folder, ((path, content, False) for path, content in hidden.items()))
        command = Command(
            argv=("sh", "-c", script),
            wall_time_s=WAIT_S,
            env={"SUBMISSION": f"/work/{SUBMISSION}"},
        )
        result = session.run(command)
        junit = b""
        if not session.ended:
            (item,) = session.collect([("junit.xml", 1 << 20)])
            junit = item.content
    return Verdict(
        passed=by_rules(result, junit),
        leaked=any(CANARY in stream for stream in (result.stdout, result.stderr)),
        how=result.exit_kind.value,
    )


def by_rules(result: CommandResult, junit: bytes) -> tuple[bool, bool, bool]:
    """Apply the three rules; the JUnit file is read by its attributes, as text."""
    by_code = result.exit_kind.value == "exited" and result.exit_code == 0
    suite = rb'<testsuite\b[^>]*\b%s="(\d+)"'
    counts = {
        key: sum(int(number) for number in re.findall(suite % key, junit))
        for key in (b"tests", b"failures", b"errors", b"skipped")
    }
    by_junit = bool(junit) and counts[b"tests"] > 0 and not counts[b"failures"] + counts[b"errors"]
    exact = counts[b"tests"] == EXPECTED_TESTS and not counts[b"skipped"]
    return by_code, by_junit, by_code and by_junit and exact


def report(rows: list[dict[str, object]]) -> None:
    """Print the table and the counts."""
    print(f"{'case':<44} {'naive':<22} {'careful':<22} ours")
    for row in rows:
        marks = [_marks(row, name) for name in COMMANDS]
        ours = "passed" if row["ours"] else "-"
        print(f"{row['case']:<44} {marks[0]:<22} {marks[1]:<22} {ours}")
    wrong = [row for row in rows if row["wrong"] and not row["honest"]]
    honest = [row for row in rows if row["honest"]]
    print(f"\n{len(wrong)} hostile submissions with wrong work; how many were passed by each rule:")
    for name in COMMANDS:
        counts = [sum(_passed(row, name)[rule] for row in wrong) for rule in range(len(RULES))]
        any_rule = sum(any(_passed(row, name)) for row in wrong)
        leaks = sum(bool(row[f"{name}_leaked"]) for row in wrong)
        words = ", ".join(f"{count} by {rule}" for rule, count in zip(RULES, counts, strict=True))
        print(f"  {name:<8} {any_rule} by some rule ({words}); hidden text came out of {leaks}")
    print(f"  ours     {sum(bool(row['ours']) for row in wrong)}")
    for name in COMMANDS:
        kept = sum(_passed(row, name)[2] for row in honest)
        print(f"honest ones passed by {name}, strict: {kept} of {len(honest)}")
    print(
        f"honest ones passed by ours: {sum(bool(row['ours']) for row in honest)} of {len(honest)}"
    )


def _passed(row: dict[str, object], name: str) -> list[bool]:
    found = row[name]
    assert isinstance(found, list)
    return found


def _marks(row: dict[str, object], name: str) -> str:
    words = [rule for rule, passed in zip(RULES, _passed(row, name), strict=True) if passed]
    return ", ".join(words) or "-"


if __name__ == "__main__":
    main()
