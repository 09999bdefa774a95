"""Watch the weekly inputs of a model: python monitor.py fit|check, see the brief and the runbook in README.md."""

import argparse
import json
from pathlib import Path

from rules import (
    Reading,
    Watch,
    collapse_reading,
    join_reading,
    label_reading,
    level_reading,
    missing_reading,
    unit_reading,
    watch_for,
)
from usual import learn
from weeks import Week, read_reference, read_week

ACTIONS = {
    "missing_column": "Ask who last changed the export why the column {subject} is gone from the file since {since}.",
    "lost_join": "Check the load of the table {subject} and its keys: {observed:.0%} of the requests find no row since {since}.",
    "missing_rate": "Ask the source of {subject} why {observed:.0%} of it is empty since {since} ({expected:.0%} is usual).",
    "unit_change": "Ask the source of {subject} for its unit: the level went from {expected:.4g} to {observed:.4g} on {since}.",
    "level_shift": "Ask the source of {subject} what changed on {since}: its level is {observed:.4g}, {expected:.4g} is due.",
    "category_collapse": "Ask the source of {subject} about '{detail}' ({observed:.0%}, {expected:.0%} is due since {since}): renamed?",
    "label_drift": "Hold back retraining and compare scores with outcomes since {since}: {observed:.0%} ones, {expected:.0%} is usual.",
    "no_data": "Check the gateway and the export job: the file of the week has no request.",
}
ALWAYS_PAGE = {"lost_join", "label_drift", "no_data"}


class Monitor:
    """Goes through the weeks in order; what it remembers are standing alerts and the week before, never a reference."""

    def __init__(self, usual: dict) -> None:
        self.usual = usual
        self.watches: dict[tuple[str, str], Watch] = {}
        self.since: dict[tuple[str, str], str] = {}

    def alerts(self, week: Week) -> list[dict]:
        if not week.requests:
            found = {"*": Reading("no_data", 1.0, 0.0, self.usual["requests"], 0.0)}
            runs = {key: since for key, since in self.since.items() if key[0] != "*"}  # an empty week breaks no run
        else:
            found, runs = self._found(week), {}
        self.since = runs | {
            (subject, reading.kind): self.since.get((subject, reading.kind), week.monday)
            for subject, reading in found.items()
        }
        return [self._alert(week, subject, found[subject]) for subject in sorted(found)]

    def _found(self, week: Week) -> dict[str, Reading]:
        found: dict[str, Reading] = {}
        lost: set[str] = set()
        for table, usual in self.usual["tables"].items():
            there = [name for name in usual["members"] if name in week.columns]
            reading = join_reading(week, there, usual["lost"]) if there else None
            if self._sees(table, "lost_join", reading):
                found[table] = reading
                lost.update(usual["members"])
        for name, usual in self.usual["features"].items():
            reading = self._feature(week, name, usual, name in lost)
            if reading:
                found[name] = reading
        reading = label_reading(week, self.usual["label"])
        if self._sees("label", "label_drift", reading):
            found["label"] = reading
        return found

    def _feature(self, week: Week, name: str, usual: dict, lost: bool) -> Reading | None:
        """Return the first kind in the order of the brief; the later ones are not seen in that week."""
        absent = name not in week.columns
        readings = {"missing_rate": lambda: missing_reading(week, name, usual)}
        if usual["type"] == "number":
            readings["unit_change"] = lambda: unit_reading(week, name, usual)
            readings["level_shift"] = lambda: level_reading(week, name, usual)
        else:
            readings["category_collapse"] = lambda: collapse_reading(week, name, usual)
        alert = Reading("missing_column", 1.0, 0.0, 1.0, 0.0) if absent and not lost else None
        for kind, read in readings.items():
            reading = None if absent or lost or alert else read()
            if self._sees(name, kind, reading):
                alert = reading
        return alert

    def _sees(self, subject: str, kind: str, reading: Reading | None) -> bool:
        return self.watches.setdefault((subject, kind), watch_for(kind)).sees(reading)

    def _alert(self, week: Week, subject: str, reading: Reading) -> dict:
        since = self.since[subject, reading.kind]
        paged = reading.kind in ALWAYS_PAGE or self.usual["features"][subject]["page"]
        values = {"expected": reading.expected, "observed": reading.observed}
        return {
            "week": week.monday,
            "feature": subject,
            "kind": reading.kind,
            "severity": "page" if paged else "ticket",
            "since": since,
            "evidence": values | {"size": round(abs(reading.size), 3)},
            "action": ACTIONS[reading.kind].format(subject=subject, since=since, detail=reading.detail, **values),
        }


def fit(data: Path, state: Path) -> None:
    listed = json.loads((data / "features.json").read_text(encoding="utf-8"))
    weeks = read_reference(data / "reference.csv", [one["name"] for one in listed["features"]])
    usual = learn(listed, weeks)
    for one in listed["features"]:
        season = usual["features"][one["name"]]["season"]
        if season != one["season_weeks"]:
            print(f"{one['name']}: listed season {one['season_weeks']}, found {season}")
    state.write_text(json.dumps(usual), encoding="utf-8")


def check(weeks: Path, state: Path, out: Path) -> None:
    usual = json.loads(state.read_text(encoding="utf-8"))
    monitor = Monitor(usual)
    document: dict[str, list[dict]] = {"weeks": [], "alerts": []}
    for path in sorted(weeks.glob("*.csv")):
        week = read_week(path, list(usual["features"]))
        document["weeks"].append({"week": week.monday, "requests": week.requests})
        document["alerts"] += monitor.alerts(week)
    (out / "alerts.json").write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fitting = commands.add_parser("fit")
    fitting.add_argument("--data", type=Path, required=True)
    fitting.add_argument("--state", type=Path, required=True)
    checking = commands.add_parser("check")
    checking.add_argument("--weeks", type=Path, required=True)
    checking.add_argument("--state", type=Path, required=True)
    checking.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "fit":
        fit(options.data, options.state)
    else:
        check(options.weeks, options.state, options.out)


if __name__ == "__main__":
    main()
