"""Nightly wear scores.

python nightly.py run  --night DATE --reference REF --drop DROP --state STATE --out OUT
python nightly.py asof --night DATE --state STATE --out OUT
"""

import argparse
import csv
import io
import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from deliveries import NotWhole, read_delivery, read_manifest
from scores import overdue, read_reference, shift, table_of
from store import Store, transaction


def run(night: str, reference: Path, drop: Path, state: Path, out: Path) -> None:
    """Take in the drop and write the night's four files into `out`.

    The transaction closes the night. The files are written after it from the state alone, so that a rerun, of a
    night that was killed in between as of one long past, writes the same.
    """
    with transaction(state) as store:
        if store.closed(night) is None:
            last = store.last_night()
            if last is not None and night < last:
                raise SystemExit(f"night {night} was never run and comes before {last}, which was")
            close_night(night, reference, drop, store)
        rejected_text, overdue_text, summary_text = store.closed(night)
        published = store.published_by(night)
    write(out / "published.csv", table_text(("day", "machine_id", "score", "missing"), published))
    write(out / "rejected.csv", rejected_text)
    write(out / "overdue.csv", overdue_text)
    write(out / "summary.json", summary_text)


def close_night(night: str, reference_folder: Path, drop: Path, store: Store) -> None:
    """Take in the drop, publish what is new and what has changed, and close the night."""
    reference = read_reference(reference_folder)
    manifest = read_manifest(drop)

    rejected = []
    touched = set()  # days of which a partition may hold something else now
    for line in manifest:
        try:
            delivery = read_delivery(line, drop, sorted(reference.weights))
        except NotWhole as reason:
            rejected.append((line["delivery_id"], str(reason)))
        else:
            if store.add(delivery, night):
                touched.add(delivery.day)

    reach = reference.window_days - 1
    tables = {}
    for day in sorted({d for t in touched for d in store.nights_between(t, shift(t, reach))}):
        table = table_of(day, reference, store.partitions(shift(day, -reach), day))
        if table != store.last_published(day):
            tables[day] = table
    restated = list(tables)
    tables[night] = table_of(night, reference, store.partitions(shift(night, -reach), night))
    for day, table in tables.items():
        store.publish(night, day, table)

    late = overdue(night, reference, store.full_came())
    summary = {
        "night": night,
        "deliveries": len(manifest),
        "rejected": len(rejected),
        "overdue": len(late),
        "restated": restated,
    }
    store.close(
        night,
        rejected=table_text(("delivery_id", "reason"), sorted(rejected)),
        overdue=table_text(("plant", "day"), late),
        summary=json.dumps(summary, indent=2) + "\n",
    )


def asof(night: str, state: Path, out: Path) -> None:
    """Write `asof.csv` into `out`: every day's table as it stood published after that night."""
    with transaction(state) as store:
        if store.closed(night) is None:
            raise SystemExit(f"night {night} was not run")
        rows = store.published_asof(night)
    write(out / "asof.csv", table_text(("day", "machine_id", "score", "missing"), rows))


def table_text(header: Iterable[str], rows: Iterable[Iterable]) -> str:
    """A table as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def write(path: Path, text: str) -> None:
    """Put the text in place of the file at once; the temporary file has a fixed name, for a rerun to use it up."""
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("w", encoding="utf-8", newline="") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def night_date(text: str) -> str:
    """The date as YYYY-MM-DD."""
    return date.fromisoformat(text).isoformat()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "asof"):
        command = commands.add_parser(name)
        command.add_argument("--night", type=night_date, required=True, help="YYYY-MM-DD")
        command.add_argument("--state", type=Path, required=True, help="the job's own folder")
        command.add_argument("--out", type=Path, required=True, help="folder for the results")
        if name == "run":
            command.add_argument("--reference", type=Path, required=True, help="registers and rules")
            command.add_argument("--drop", type=Path, required=True, help="what has landed")
    options = parser.parse_args()
    if options.command == "run":
        run(options.night, options.reference, options.drop, options.state, options.out)
    else:
        asof(options.night, options.state, options.out)


if __name__ == "__main__":
    main()
