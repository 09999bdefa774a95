"""Nightly wear scores over a SQLite state: a night is one transaction, the files follow from it."""

import argparse
import csv
import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path

CURRENT = """
SELECT day, machine_id, score, missing FROM published AS p
WHERE night = (SELECT MAX(night) FROM published AS q WHERE q.day = p.day AND q.night <= :night)
AND (:day IS NULL OR day = :day) ORDER BY day, machine_id
"""


def records(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def shift(day, days):
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


class Job:
    """One night's work inside one transaction."""

    def __init__(self, db, night, reference):
        self.db, self.night = db, night
        self.rules = json.loads((reference / "rules.json").read_text(encoding="utf-8"))
        self.plants = {row["plant"]: row for row in records(reference / "plants.csv")}
        self.machines = {}
        for row in records(reference / "machines.csv"):
            self.machines.setdefault(row["plant"], []).append(row["machine_id"])

    def owes(self, plant, day):
        row = self.plants[plant]
        return day >= row["since"] and str(date.fromisoformat(day).isoweekday()) in row["weekdays"]

    def take_in(self, drop):
        """Store the drop's whole deliveries; return the partitions they are about."""
        touched = set()
        lines = records(drop / "manifest.csv")
        self.db.execute("INSERT INTO nights VALUES (?, ?)", (self.night, len(lines)))
        for line in lines:
            key = (line["plant"], line["day"], int(line["revision"]))
            rows, problem = self.rows_of(line, drop)
            if problem:
                refused = (self.night, line["delivery_id"], problem)
                self.db.execute("INSERT INTO rejected VALUES (?, ?, ?)", refused)
                continue
            sql = "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?)"
            if self.db.execute(sql, (*key, line["kind"])).rowcount == 0:
                continue
            self.db.executemany(
                "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (*key, r["machine_id"], r.get("action", "set"), self.points(r))
                    for r in rows
                ],
            )
            days = 1 if key[2] == 1 else self.rules["window_days"]
            touched |= {(line["plant"], shift(line["day"], n)) for n in range(days)}
        return touched

    def rows_of(self, line, drop):
        if line["kind"] == "retract":
            return [], ""
        try:
            rows = records(drop / line["file"])
        except FileNotFoundError:
            return [], "file not in the drop"
        if len(rows) != int(line["rows"]):
            return [], "number of rows"
        if any((row["plant"], row["day"]) != (line["plant"], line["day"]) for row in rows):
            return [], "rows of another plant or day"
        return rows, ""

    def points(self, row):
        if row.get("action") == "remove":
            return None
        return sum(int(row[name]) * weight for name, weight in self.rules["weights"].items())

    def partition(self, plant, day):
        """Return points by machine, or None where the partition is not there."""
        base = self.db.execute(
            "SELECT revision, kind FROM deliveries WHERE plant = ? AND day = ? AND kind != 'patch'"
            " ORDER BY revision DESC LIMIT 1",
            (plant, day),
        ).fetchone()
        if base is None or base[1] == "retract":
            return None
        found = {}
        for machine, action, points in self.db.execute(
            "SELECT machine_id, action, points FROM counts WHERE plant = ? AND day = ?"
            " AND revision >= ? ORDER BY revision",
            (plant, day, base[0]),
        ):
            found[machine] = points if action == "set" else 0
        return found

    def table(self, day):
        window = [shift(day, -n) for n in range(self.rules["window_days"])]
        rows = []
        for plant, about in self.plants.items():
            if about["since"] > day:
                continue
            parts = [(self.partition(plant, when), when) for when in window]
            missing = sum(part is None and self.owes(plant, when) for part, when in parts)
            for machine in self.machines.get(plant, []):
                score = sum(part.get(machine, 0) for part, _ in parts if part is not None)
                rows.append((day, machine, score, missing))
        return sorted(rows)

    def publish(self, touched):
        known = {row[0] for row in self.db.execute("SELECT night FROM nights")}
        for day in sorted(({day for _, day in touched} & known) | {self.night}):
            before = self.db.execute(CURRENT, {"night": self.night, "day": day}).fetchall()
            stays = {row[1]: row for row in before}
            for plant in {plant for plant, when in touched if when == day}:
                for machine in self.machines[plant]:
                    stays.pop(machine, None)
            table = [stays.get(row[1], row) for row in self.table(day)]
            if table != before:
                rows = [(self.night, *row) for row in table]
                self.db.executemany("INSERT INTO published VALUES (?, ?, ?, ?, ?)", rows)

    def note_overdue(self):
        last = shift(self.night, -self.rules["grace_days"])
        came = set(self.db.execute("SELECT plant, day FROM deliveries WHERE kind = 'full'"))
        for plant, about in self.plants.items():
            day = about["since"]
            while day <= last:
                if self.owes(plant, day) and (plant, day) not in came:
                    self.db.execute("INSERT INTO overdue VALUES (?, ?, ?)", (self.night, plant, day))
                day = shift(day, 1)


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([header, *rows])


def emit(db, night, out):
    """Write the four files of a closed night."""

    def of(sql):
        return db.execute(sql, (night,)).fetchall()

    published = of("SELECT day, machine_id, score, missing FROM published WHERE night = ? ORDER BY 1, 2")
    rejected = of("SELECT delivery_id, reason FROM rejected WHERE night = ? ORDER BY 1")
    overdue = of("SELECT plant, day FROM overdue WHERE night = ? ORDER BY 1, 2")
    write(out / "published.csv", ["day", "machine_id", "score", "missing"], published)
    write(out / "rejected.csv", ["delivery_id", "reason"], rejected)
    write(out / "overdue.csv", ["plant", "day"], overdue)
    ((lines,),) = of("SELECT lines FROM nights WHERE night = ?")
    summary = {
        "night": night,
        "deliveries": lines,
        "rejected": len(rejected),
        "overdue": len(overdue),
        "restated": sorted({row[0] for row in published} - {night}),
    }
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, folders in [("run", ["reference", "drop"]), ("asof", [])]:
        command = commands.add_parser(name)
        command.add_argument("--night", required=True)
        for folder in [*folders, "state", "out"]:
            command.add_argument(f"--{folder}", type=Path, required=True)
    options = parser.parse_args()
    options.state.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(options.state / "nights.db", isolation_level=None)
    db.executescript(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
    if options.command == "asof":
        rows = db.execute(CURRENT, {"night": options.night, "day": None})
        write(options.out / "asof.csv", ["day", "machine_id", "score", "missing"], rows)
        return
    if not db.execute("SELECT 1 FROM nights WHERE night = ?", (options.night,)).fetchone():
        job = Job(db, options.night, options.reference)
        db.execute("BEGIN IMMEDIATE")
        touched = job.take_in(options.drop)
        job.publish(touched)
        job.note_overdue()
        db.execute("COMMIT")
    emit(db, options.night, options.out)


if __name__ == "__main__":
    main()
