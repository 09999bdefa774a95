"""``worksample regrade``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from runner.cli.options import (
    catalog_option,
    fresh_option,
    home_option,
    jobs_option,
    open_catalog,
    open_workshop,
    runtime_option,
)

if TYPE_CHECKING:
    from runner.records import Home, Past, Records
    from runner.regrading.steps import Plan
    from runner.workshop import Workshop
    from tasks.catalogs import Catalog
    from tasks.model import Task


@click.command(short_help="Judge again from the records after hidden tests have changed.")
@catalog_option
@home_option
@runtime_option
@click.option("--candidate", "candidates", multiple=True, metavar="CODE",
              help="Of these only; may be given several times.")  # fmt: skip
@click.option("--reason", default="the task has changed", show_default=True, metavar="TEXT",
              help="Is written into the history.")  # fmt: skip
@click.option("--all", "everything", is_flag=True,
              help="Judge again what nothing has changed of, too.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be judged again, and do nothing.")
@click.option("--check-determinism", "times", type=click.IntRange(2, 50), metavar="K",
              help="Judge each submission K times instead, record nothing, and report the checks "
              "whose outcomes differ.")  # fmt: skip
@jobs_option
@fresh_option
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
def regrade(
    tasks: tuple[str, ...],
    candidates: tuple[str, ...],
    reason: str,
    everything: bool,
    dry_run: bool,
    times: int | None,
    jobs: int,
    fresh: bool,
    style: str,
    catalog: str | None,
    home: Home,
    runtime: str | None,
) -> int:
    """Judge again what TASK as it is now would judge otherwise; all tasks if none is given.

    Of each submission the last grading counts. Runs on record are judged where the task gives them
    the same data, limits and image; else they are executed again, and that is said. Nothing is
    overwritten: `worksample history` shows every grading with its reason.

    The submissions come from the records; the folders they were handed in as may be gone. If it is
    interrupted or killed, the same command goes on.

    With --check-determinism every submission is judged K times, executed anew each time; where
    outcomes differ, the same runs are judged K times, which tells a flaky test from work that
    varies. Exit code 1 if any differ.
    """
    from runner.regrading.steps import make_plan

    opened = open_catalog(catalog)
    named = {task: opened.load(task) for task in tasks}
    with open_workshop(home, runtime=runtime, fresh=fresh) as workshop:
        found = _find(workshop.records, tasks, candidates)
        loaded = named or _load(opened, found)
        whole = everything or times is not None
        plan = make_plan(found, loaded, workshop.images, why=reason, everything=whole)
        if times is not None:
            return _check_determinism(workshop, plan, times=times, jobs=jobs, style=style)
        if dry_run:
            click.echo(_say_plan(plan, style), nl=False)
            return 0
        failed = _work(workshop, plan, jobs)
        found = _find(workshop.records, tasks, candidates)
        facts = _facts(workshop.records, plan, found, loaded) | {"failed": failed}
    return _close(plan, facts, style)


def _check_determinism(workshop: Workshop, plan: Plan, *, times: int, jobs: int, style: str) -> int:
    from runner.cli.progress import count_steps
    from runner.regrading.determinism import examine
    from runner.regrading.report import determinism_facts, determinism_text

    with count_steps("all submissions", len(plan.affected)) as tell:
        found = examine(workshop, plan.affected, times=times, workers=jobs, tell=tell)
    facts = determinism_facts(found, times=times) | {"left": _all_left(plan)}
    click.echo(_as_json(facts) if style == "json" else determinism_text(facts), nl=False)
    return exit_code_of_facts(facts)


def exit_code_of_facts(facts: dict[str, Any]) -> int:
    """Return the exit code: what varies comes before what could not be judged."""
    from runner.exit_codes import ExitCode

    if facts.get("varying"):
        return ExitCode.VARIES
    return ExitCode.NOT_GRADABLE if facts["failed"] else ExitCode.DONE


def _find(records: Records, tasks: tuple[str, ...], candidates: tuple[str, ...]) -> list[Past]:
    """Return the last gradings of the submissions in question."""
    found = [
        one
        for one in records.history.latest(candidates=candidates)
        if not tasks or one.task in tasks
    ]
    unknown = sorted(set(candidates) - {one.candidate for one in found})
    if unknown or not found:
        whose = f" of {unknown[0]}" if unknown else ""
        raise click.UsageError(
            f"There is no grading{whose} to make again; `worksample results` lists what there is."
        )
    return found


def _load(catalog: Catalog, found: list[Past]) -> dict[str, Task]:
    """Return the tasks of these gradings that the catalog has."""
    return {task: catalog.load(task) for task in {one.task for one in found} & set(catalog.ids())}


def _work(workshop: Workshop, plan: Plan, jobs: int) -> list[dict[str, str]]:
    """Judge again what is affected, and return what could not be."""
    from runner.batch import Pace, grade_batch
    from runner.cli.progress import watch
    from runner.records import JobState

    if not plan.affected:
        return []
    with watch([request.candidate for request in plan.affected]) as watcher:
        batch = grade_batch(workshop, plan.affected, pace=Pace(workers=jobs), watcher=watcher)
    return [
        _left(one.entry.candidate, one.entry.task_id, one.troubles[-1]["words"])
        for one in workshop.records.queue.facts(batch, JobState.FAILED)
    ]


def _facts(
    records: Records, plan: Plan, found: list[Past], tasks: dict[str, Task]
) -> dict[str, Any]:
    from runner.regrading.report import change_facts
    from runner.regrading.steps import changes

    rows = [change_facts(one) for one in changes(records, found, tasks)]
    current = {one.number for one in plan.current} - {row["grading"] for row in rows}
    return {
        "schema": 1,
        "regraded": rows,
        "current": len(current),
        "left": _all_left(plan),
    }


def _close(plan: Plan, facts: dict[str, Any], style: str) -> int:
    """Print what came of it, and return the exit code."""
    from runner.errors import SourceError
    from runner.regrading.report import regrade_text

    click.echo(_as_json(facts) if style == "json" else regrade_text(facts), nl=False)
    if plan.left and not plan.affected and not plan.current:
        one, why = plan.left[0]
        raise SourceError(f"Nothing can be judged again. {one.candidate}: {why}.")
    return exit_code_of_facts(facts)


def _say_plan(plan: Plan, style: str) -> str:
    from runner.regrading.report import plan_text

    facts = {
        "schema": 1,
        "affected": [
            {
                "candidate": one.past.candidate,
                "task": one.past.task,
                "submission": one.past.submission,
                "grading": one.past.number,
                "has_runs": one.past.circumstances.kept is not None,
            }
            for request in plan.affected
            if (one := request.regrading)
        ],
        "current": len(plan.current),
        "left": _all_left(plan),
    }
    return _as_json(facts) if style == "json" else plan_text(facts)


def _as_json(facts: dict[str, Any]) -> str:
    return f"{json.dumps(facts, indent=1)}\n"


def _all_left(plan: Plan) -> list[dict[str, str]]:
    return [_left(one.candidate, one.task, why) for one, why in plan.left]


def _left(candidate: str, task: str, why: str) -> dict[str, str]:
    return {"candidate": candidate, "task": task, "why": why}
