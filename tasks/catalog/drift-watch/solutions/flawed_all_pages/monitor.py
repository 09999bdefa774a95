"""A monitor that ranks: how much of a week lies above the middle of the reference?

One statistic for every numeric feature, whatever its unit or tail: the share of the week's values, season taken off, that
lie above the reference's median. It is 0.5 in a usual week. How far it strays in usual weeks is read off the reference itself.
"""

import argparse
import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np

FIRST = date(1970, 1, 5).toordinal()


def weeks_since(week: str) -> int:
    return (date.fromisoformat(week).toordinal() - FIRST) // 7


class Table:
    """Named columns of text, in which no request stands twice."""

    def __init__(self, header: list[str], lines: list[list[str]]) -> None:
        self.header = [name for name in header if name != "log_id"]
        skip = header.index("log_id")
        self.lines = sorted({tuple(line[:skip] + line[skip + 1 :]) for line in lines})
        columns = zip(*self.lines, strict=True) if self.lines else [()] * len(self.header)
        self.columns = {name: np.array(cells, dtype=object) for name, cells in zip(self.header, columns, strict=True)}

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def filled(self, name: str) -> np.ndarray:
        return self.columns[name] != ""

    def values(self, name: str) -> np.ndarray:
        return self.columns[name][self.filled(name)]


def read(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as handle:
        header, *lines = csv.reader(handle)
    return Table(header, lines)


def season_length(series: np.ndarray) -> int:
    """Return the lag at which the series resembles itself most, after it has once ceased to; else 1."""
    centred = series - series.mean()
    likeness = np.correlate(centred, centred, "full")[len(series) - 1 :]
    if likeness[0] == 0:
        return 1
    likeness = likeness[: len(series) // 2] / likeness[0]
    below = np.flatnonzero(likeness < 0)
    if not below.size:
        return 1
    lag = int(below[0] + np.argmax(likeness[below[0] :]))
    return lag if likeness[lag] > 0.48 else 1


def season(weeks: np.ndarray, series: np.ndarray) -> list[float]:
    """Return the usual figure for each place in the season."""
    length = season_length(series)
    return [float(series[weeks % length == place].mean()) for place in range(length)]


def usual(places: list[float], week: int) -> float:
    return places[week % len(places)]


def quarter_range(values: np.ndarray) -> float:
    return float(np.subtract(*np.quantile(values, [0.75, 0.25])))


def learn_number(table: Table, name: str, weeks: np.ndarray) -> dict:
    values, at = table.values(name).astype(float), weeks[table.filled(name)]
    known = np.unique(weeks)
    medians = np.array([np.median(values[at == week]) for week in known])
    places = season(known, medians)
    resting = values - np.array([usual(places, week) for week in at])
    middle = float(np.median(resting))
    strays = [abs(np.mean(resting[at == week] > middle) - 0.5) for week in known]
    ranges = [quarter_range(values[at == week]) for week in known]
    level_strays = medians - np.array([usual(places, week) for week in known])
    return {
        "season": places,
        "middle": middle,
        "limit": max(0.19, 1.35 * float(max(strays))),
        "range": float(np.median(ranges)),
        "wobble": float(level_strays.std()),
    }


def learn_category(table: Table, name: str, weeks: np.ndarray) -> dict:
    values, at = table.values(name), weeks[table.filled(name)]
    known = np.unique(weeks)
    big = [value for value, count in Counter(values).items() if count > 0.15 * len(values)]
    return {
        value: season(known, np.array([np.mean(values[at == week] == value) for week in known]))
        for value in sorted(big)
    }


def fit(data: Path, state: Path) -> None:
    """Write what the reference says."""
    listed = json.loads((data / "features.json").read_text(encoding="utf-8"))
    table = read(data / "reference.csv")
    stamps = table.columns["week"]
    numbers = {stamp: weeks_since(stamp) for stamp in set(stamps)}
    weeks = np.array([numbers[stamp] for stamp in stamps])
    learned = dict(listed, requests=len(table) / len(numbers), ones=float(np.mean(table.columns["label"] == "1")))
    for one in listed["features"]:
        learn = learn_number if one["type"] == "number" else learn_category
        one["missing"] = float(1 - table.filled(one["name"]).mean())
        one["about"] = learn(table, one["name"], weeks)
    state.write_text(json.dumps(learned), encoding="utf-8")


def judge_number(about: dict, values: np.ndarray, week: int) -> tuple | None:
    values = np.sort(values.astype(float))
    expected = usual(about["season"], week) + about["middle"]
    level = float(np.median(values))
    wider = quarter_range(values) / about["range"]
    if wider > 9 or wider < 1 / 9:
        return "unit_change", expected, level
    above = np.mean(values > expected) - 0.5
    if abs(above) > min(about["limit"], 0.47) and abs(level - expected) > 3.5 * about["wobble"]:
        return "level_shift", expected, level
    return None


def judge_category(about: dict, values: np.ndarray, week: int) -> tuple | None:
    for value, places in about.items():
        expected, share = usual(places, week), float(np.mean(values == value))
        if share < 0.42 * expected:
            return "category_collapse", expected, share
    return None


def judge_feature(one: dict, table: Table, week: int) -> tuple | None:
    if one["name"] not in table:
        return "missing_column", 1, 0
    missing = float(1 - table.filled(one["name"]).mean())
    if missing > one["missing"] + 0.105:
        return "missing_rate", one["missing"], missing
    judge = judge_number if one["type"] == "number" else judge_category
    return judge(one["about"], table.values(one["name"]), week)


def judge(learned: dict, table: Table, week: int) -> dict[tuple[str, str], tuple[float, float]]:
    """Return {(subject, kind): (expected, observed)} for one week."""
    if not len(table):
        return {("*", "no_data"): (learned["requests"], 0)}
    found, lost = {}, set()
    for name in {one["table"] for one in learned["features"] if one["table"]}:
        members = [one for one in learned["features"] if one["table"] == name and one["name"] in table]
        if members:
            without = float(1 - np.any([table.filled(one["name"]) for one in members], axis=0).mean())
            if without > 0.45:
                lost.add(name)
                found[name, "lost_join"] = (min(one["missing"] for one in members), without)
    for one in learned["features"]:
        verdict = None if one["table"] in lost else judge_feature(one, table, week)
        if verdict:
            found[one["name"], verdict[0]] = verdict[1:]
    ones = float(np.mean(table.columns["label"] == "1"))
    if abs(ones - learned["ones"]) > 0.14:
        found["label", "label_drift"] = (learned["ones"], ones)
    return found


def check(folder: Path, state: Path, out: Path) -> None:
    """Write the alerts of all weeks in the folder."""
    learned = json.loads(state.read_text(encoding="utf-8"))
    weeks, alerts, open_since = [], [], {}
    for path in sorted(folder.glob("????-??-??.csv")):
        table, week = read(path), path.stem
        weeks.append({"week": week, "requests": len(table)})
        found = judge(learned, table, weeks_since(week))
        if len(table):
            open_since = {key: first for key, first in open_since.items() if key in found}
        for (subject, kind), (expected, observed) in sorted(found.items()):
            first = open_since.setdefault((subject, kind), week)
            alerts.append(
                {
                    "week": week,
                    "feature": subject,
                    "kind": kind,
                    "severity": "page",
                    "since": first,
                    "evidence": {"expected": expected, "observed": observed},
                    "action": f"{subject}: {kind.replace('_', ' ')} since {first}. Ask its owner what was released then.",
                }
            )
    text = json.dumps({"weeks": weeks, "alerts": alerts}, allow_nan=False, indent=1)
    (out / "alerts.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    fitting, checking = verbs.add_parser("fit"), verbs.add_parser("check")
    fitting.add_argument("--data", type=Path, required=True)
    checking.add_argument("--weeks", type=Path, required=True)
    checking.add_argument("--out", type=Path, required=True)
    for verb in (fitting, checking):
        verb.add_argument("--state", type=Path, required=True)
    given = parser.parse_args()
    if given.verb == "fit":
        fit(given.data, given.state)
    else:
        check(given.weeks, given.state, given.out)
