"""``worksample status``."""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING, Any, Final

import click

from runner.cli.options import home_option, open_records

if TYPE_CHECKING:
    from runner.records import Home, Records

_LATELY_S: Final = 600.0
"""How far back the speed is measured, in seconds."""
_SHOWN: Final = 10
_AGAIN_S: Final = 2.0
_TIMED: Final = 100
"""How many of those graded last the clocks are of."""


@click.command(short_help="Tell how far a batch is.")
@home_option
@click.option("--batch", "batch_id", metavar="ID", help="Which batch; the last one if not given.")
@click.option("--watch", is_flag=True, help="Tell again every two seconds until it is done.")
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
def status(home: Home, batch_id: str | None, watch: bool, style: str) -> None:
    """Tell how far `worksample grade` is, from another terminal: what is done, under way, to come.

    A batch is what one command grades; the same command again is the same batch.
    """
    with open_records(home) as records:
        chosen = _choose(records, batch_id)
        while True:
            facts = batch_facts(records, chosen)
            click.echo(json.dumps({"schema": 1, **facts}) if style == "json" else to_text(facts))
            if not watch or not facts["left"]:
                return
            time.sleep(_AGAIN_S)


def _choose(records: Records, batch_id: str | None) -> str:
    known = [one for one, _ in records.queue.batches()]
    if not known:
        raise click.UsageError("Nothing has been graded yet; run `worksample grade` first.")
    if batch_id is None:
        return known[0]
    if batch_id not in known:
        raise click.UsageError(f"There is no batch {batch_id}; the last one is {known[0]}.")
    return batch_id


def batch_facts(records: Records, batch_id: str) -> dict[str, Any]:
    """Return what there is to say about a batch."""
    from runner.records import JobState

    counts = records.queue.counts(batch_id)
    now = time.time()
    count, first = records.queue.finished_since(batch_id, now - _LATELY_S)
    per_minute = count / max(now - first, 1.0) * 60
    left = counts.get("queued", 0) + counts.get("running", 0)
    running = [
        {
            "candidate": one.entry.candidate,
            "task": one.entry.task_id,
            "phase": one.phase if one.leased else "silent: it is taken over",
            "seconds": round(now - (one.started_at or now), 1),
        }
        for one in records.queue.facts(batch_id, JobState.RUNNING)
    ]
    troubles = [
        {"candidate": one.entry.candidate, "task": one.entry.task_id, **one.troubles[-1]}
        for one in records.queue.troubled(batch_id)
    ]
    return {
        "batch": batch_id,
        "total": sum(counts.values()),
        "left": left,
        "counts": counts,
        "per_minute": round(per_minute, 2),
        "clocks_s": _clocks(records, batch_id),
        "seconds_left": round(left / per_minute * 60) if per_minute and left else None,
        "running": running,
        "troubles": troubles,
    }


def _clocks(records: Records, batch_id: str) -> dict[str, float]:
    """Return the median of seconds in each phase."""
    rows = records.queue.clocks(batch_id, last=_TIMED)
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        name: round(statistics.median(row[name] for row in rows if name in row), 3)
        for name in names
    }


def to_text(facts: dict[str, Any]) -> str:
    """Return the facts as lines."""
    from runner.cli.progress import speed_words
    from runner.text import clean_line

    total, left = facts["total"], facts["left"]
    speed = speed_words(1, 60 / facts["per_minute"], left) if facts["per_minute"] and left else ""
    lines = [f"Batch {facts['batch']}: {total - left} of {total} done" + (speed and f", {speed}")]
    lines += [f"  {name.replace('_', ' ')}: {count}" for name, count in facts["counts"].items()]
    lines += [
        f"  now: {clean_line(one['candidate'])} {one['task']}: {one['phase'] or 'begins'}, "
        f"{one['seconds']:.0f} s"
        for one in facts["running"][:_SHOWN]
    ]
    if facts["clocks_s"]:
        each = ", ".join(f"{name} {seconds:.3g}" for name, seconds in facts["clocks_s"].items())
        lines.append(f"  seconds for each, lately: {each}")
    troubles = facts["troubles"]
    lines += [
        f"  trouble: {clean_line(one['candidate'])} {one['task']}, {one['at']}: "
        f"{clean_line(one['words'], max_chars=300)}"
        for one in troubles[:_SHOWN]
    ]
    if len(troubles) > _SHOWN:
        lines.append(f"  ... and {len(troubles) - _SHOWN} more with trouble")
    return "\n".join(lines)
