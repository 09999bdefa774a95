"""What lands in a drop, and what partitions hold."""

import csv
from pathlib import Path


def why_not_whole(line: dict, drop: Path) -> tuple[str, list[dict]]:
    """Return why a delivery is not whole (empty if it is) and its rows."""
    if line["kind"] == "retract":
        return "", []
    path = drop / line["file"]
    if not path.is_file():
        return f"no file {line['file']}", []
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    if len(rows) != int(line["rows"]):
        return f"{len(rows)} rows instead of {line['rows']}", []
    for column in ("plant", "day"):
        other = {row[column] for row in rows} - {line[column]}
        if other:
            return f"rows of {column} {min(other)}", []
    return "", rows


def take_in(drop: Path) -> tuple[list[dict], list[list], int]:
    """Return the whole deliveries, the rejected ones with reasons, and how many lines there were."""
    taken, rejected, lines = [], [], 0
    with (drop / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        for line in csv.DictReader(handle):
            lines += 1
            reason, rows = why_not_whole(line, drop)
            if reason:
                rejected.append([line["delivery_id"], reason])
                continue
            taken.append(
                {
                    "plant": line["plant"],
                    "day": line["day"],
                    "revision": int(line["revision"]),
                    "kind": line["kind"],
                    "rows": rows,
                }
            )
    return taken, rejected, lines


def hold(deliveries: list[dict]) -> dict[tuple[str, str], dict[str, dict]]:
    """Return what each partition that is there holds, by machine."""
    by_partition: dict[tuple[str, str], dict[int, dict]] = {}
    for one in deliveries:
        by_partition.setdefault((one["plant"], one["day"]), {}).setdefault(one["revision"], one)
    held = {}
    for key, revisions in by_partition.items():
        rows = None
        for _, one in sorted(revisions.items()):
            if one["kind"] == "full":
                rows = {row["machine_id"]: row for row in one["rows"]}
            elif one["kind"] == "retract":
                rows = None
            elif rows is not None:
                for row in one["rows"]:
                    if row["action"] == "set":
                        rows[row["machine_id"]] = row
                    else:
                        rows.pop(row["machine_id"], None)
        if rows is not None:
            held[key] = rows
    return held
