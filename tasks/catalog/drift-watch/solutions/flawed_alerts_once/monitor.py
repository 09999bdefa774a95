"""Watch a model's weekly inputs: fit on the reference weeks, check the weeks that follow. Standard library only.

Everything is a weekly figure (a median, a share). For each figure the reference gives what the season says and how far the
figure usually strays from it; a week is held against both that and the size the brief calls material.
"""

import argparse
import csv
import json
import statistics
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

STRAY = 4.5  # so many wobbles are no accident
MARGIN = 0.65  # of the material size: noise must not hide a drift that is just material
PAGED = {"lost_join", "label_drift", "no_data"}


# Reading ---------------------------------------------------------------------------------------------


def read_weeks(folder: Path) -> dict[str, tuple[list[str], list[dict[str, str]]]]:
    """Return columns and requests of each week's file."""
    weeks = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            weeks[path.stem] = (list(reader.fieldnames or []), once(list(reader)))
    return weeks


def once(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return each request once: sent again, it is logged again under another log_id."""
    seen = {}
    for line in lines:
        key = tuple(cell for name, cell in line.items() if name != "log_id")
        seen.setdefault(key, line)
    return [seen[key] for key in sorted(seen)]


# Seasons -----------------------------------------------------------------------------------------------


def week_number(week: str) -> int:
    return date.fromisoformat(week).toordinal() // 7


def left_out_errors(series: dict[int, float], period: int) -> dict[int, float]:
    """Return how far each week is from the mean of the other weeks in the same place of the season."""
    places = defaultdict(list)
    for week, value in series.items():
        places[week % period].append(value)
    errors = {}
    for week, value in series.items():
        others = len(places[week % period]) - 1
        if others < 1:
            return {}
        errors[week] = value - (sum(places[week % period]) - value) / others
    return errors


def rms(values) -> float:
    values = list(values)
    return (sum(value * value for value in values) / len(values)) ** 0.5


def learn(series: dict[int, float]) -> dict:
    """Return the season of a weekly figure, found in the data, and how far the figure strays from it."""
    errors = {period: left_out_errors(series, period) for period in range(1, len(series) // 3 + 1)}
    scores = {period: rms(found.values()) for period, found in errors.items() if found}
    best = min(scores, key=lambda period: (scores[period], period))
    if scores[best] > 0.7 * scores[1]:
        best = 1
    places = defaultdict(list)
    for week, value in series.items():
        places[week % best].append(value)
    usual = [statistics.fmean(places[place]) for place in range(best)]
    return {"usual": usual, "wobble": scores[best]}


def expected(learned: dict, week: str) -> float:
    return learned["usual"][week_number(week) % len(learned["usual"])]


# Weekly figures -----------------------------------------------------------------------------------------


def present(rows: list[dict[str, str]], name: str) -> list[str]:
    return [row[name] for row in rows if row[name] != ""]


def share(count: int, rows: list) -> float:
    return count / len(rows) if rows else 0.0


def quartile_range(values: list[float]) -> float:
    lower, _, upper = statistics.quantiles(values, n=4)
    return upper - lower


def fit(data: Path, state: Path) -> None:
    """Learn from the reference and write what was learnt."""
    listed = json.loads((data / "features.json").read_text(encoding="utf-8"))
    by_week = defaultdict(list)
    with (data / "reference.csv").open(encoding="utf-8", newline="") as handle:
        for line in csv.DictReader(handle):
            by_week[week_number(line.pop("week"))].append(line)
    weeks = {week: once(lines) for week, lines in by_week.items()}
    rows = [row for lines in weeks.values() for row in lines]
    features = {one["name"]: learn_feature(one, weeks, rows) for one in listed["features"]}
    learned = {
        "page_from": listed["page_from_importance"],
        "requests": statistics.median(len(lines) for lines in weeks.values()),
        "ones": share(sum(row["label"] == "1" for row in rows), rows),
        "features": features,
    }
    state.write_text(json.dumps(learned), encoding="utf-8")


def learn_feature(one: dict, weeks: dict[int, list], rows: list) -> dict:
    name = one["name"]
    about = dict(one, missing=1 - share(len(present(rows, name)), rows))
    if one["type"] == "number":
        values = {week: [float(cell) for cell in present(lines, name)] for week, lines in weeks.items()}
        ranges = {week: quartile_range(those) for week, those in values.items()}
        about["level"] = learn({week: statistics.median(those) for week, those in values.items()})
        about["range"] = statistics.median(ranges.values())
    else:
        common = Counter(present(rows, name))
        about["shares"] = {}
        for value, count in common.items():
            if count >= 0.1 * len(rows):
                series = {
                    week: share(sum(row[name] == value for row in lines), present(lines, name))
                    for week, lines in weeks.items()
                }
                about["shares"][value] = learn(series)
    return about


# Checking -----------------------------------------------------------------------------------------------


def judge_number(about: dict, rows: list, week: str) -> tuple[str, float, float] | None:
    values = [float(cell) for cell in present(rows, about["name"])]
    if len(values) < 20:
        return None
    level, usual = statistics.median(values), expected(about["level"], week)
    stretch = quartile_range(values) / about["range"]
    if not 0.1 < stretch < 10:  # the level may lie near zero, the spread does not
        return "unit_change", usual, level
    limit = max(MARGIN * 0.8 * about["range"] / 1.35, STRAY * about["level"]["wobble"])
    return ("level_shift", usual, level) if abs(level - usual) > limit else None


def judge_category(about: dict, rows: list, week: str) -> tuple[str, float, float] | None:
    values = present(rows, about["name"])
    if len(values) < 20:
        return None
    losses = []
    for value, learned in about["shares"].items():
        usual, now = expected(learned, week), share(values.count(value), values)
        if usual >= 0.15 and now < 0.5 * usual and usual - now > STRAY * 0.8 * learned["wobble"]:
            losses.append((now / usual, usual, now))
    return ("category_collapse", *min(losses)[1:]) if losses else None


def judge_week(learned: dict, columns: list[str], rows: list, week: str) -> list[tuple[str, str, float, float]]:
    """Return (feature, kind, expected, observed) of one week."""
    if not rows:
        return [("*", "no_data", learned["requests"], 0)]
    found, lost = [], set()
    tables = defaultdict(list)
    for about in learned["features"].values():
        if about["table"] and about["name"] in columns:
            tables[about["table"]].append(about)
    for table, members in tables.items():
        without = share(sum(all(row[one["name"]] == "" for one in members) for row in rows), rows)
        if without > 0.4:
            found.append((table, "lost_join", min(one["missing"] for one in members), without))
            lost.add(table)
    for name, about in learned["features"].items():
        if about["table"] in lost:
            continue
        if name not in columns:
            found.append((name, "missing_column", 1, 0))
            continue
        missing = 1 - share(len(present(rows, name)), rows)
        judge = judge_number if about["type"] == "number" else judge_category
        if missing > about["missing"] + 0.1:
            found.append((name, "missing_rate", about["missing"], missing))
        elif verdict := judge(about, rows, week):
            found.append((name, *verdict))
    ones = share(sum(row["label"] == "1" for row in rows), rows)
    if abs(ones - learned["ones"]) > 0.14:
        found.append(("label", "label_drift", learned["ones"], ones))
    return found


ACTIONS = {
    "missing_column": "Ask the owner of the gateway for the column; the model runs on its default until then.",
    "lost_join": "Check the job that loads the table; score without it only after a look at the fallback.",
    "missing_rate": "Look at which clients send the value empty, and since which release.",
    "unit_change": "Find out who sends another unit; stop scoring of that client until it is converted.",
    "level_shift": "Compare the week by client and release; retrain only if the change is meant to stay.",
    "category_collapse": "Check the mapping of this value; it has probably been renamed or merged.",
    "label_drift": "Review the threshold with the owners of the label; the inputs are not the cause.",
    "no_data": "Check the export of the log, then whether the gateway is up.",
}


def check(folder: Path, state: Path, out: Path) -> None:
    """Hold each week against what was learnt and write the alerts."""
    learned = json.loads(state.read_text(encoding="utf-8"))
    weeks, alerts, runs = [], [], {}
    for week, (columns, rows) in read_weeks(folder).items():
        weeks.append({"week": week, "requests": len(rows)})
        found = judge_week(learned, columns, rows, week)
        now = {(feature, kind): runs.get((feature, kind), week) for feature, kind, _, _ in found}
        runs = now if rows else {**runs, **now}
        for feature, kind, usual, observed in sorted(found):
            if runs[feature, kind] != week and kind != "missing_column":
                continue  # told before
            about = learned["features"].get(feature)
            is_paged = kind in PAGED or about["importance"] >= learned["page_from"]
            alerts.append(
                {
                    "week": week,
                    "feature": feature,
                    "kind": kind,
                    "severity": "page" if is_paged else "ticket",
                    "since": runs[feature, kind],
                    "evidence": {"expected": usual, "observed": observed},
                    "action": ACTIONS[kind],
                }
            )
        if rows:
            runs.pop(("*", "no_data"), None)
    document = json.dumps({"weeks": weeks, "alerts": alerts}, indent=1, allow_nan=False)
    (out / "alerts.json").write_text(document + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("fit")
    one.add_argument("--data", type=Path, required=True)
    one.add_argument("--state", type=Path, required=True)
    other = commands.add_parser("check")
    other.add_argument("--weeks", type=Path, required=True)
    other.add_argument("--state", type=Path, required=True)
    other.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "fit":
        fit(options.data, options.state)
    else:
        check(options.weeks, options.state, options.out)


if __name__ == "__main__":
    main()
