"""Alerts of the weeks to check."""

from typing import NamedTuple

import numpy as np
from watch.season import at
from weeks import Week

WOBBLES = 4.8
ALWAYS_PAGED = ("lost_join", "label_drift", "no_data")


class Finding(NamedTuple):
    subject: str
    kind: str
    expected: float
    observed: float


def report(learned: dict, weeks: list[Week]) -> dict:
    alerts, since = [], {}
    for week in weeks:
        findings = sorted(judge(learned, week))
        began = {one[:2]: since.get(one[:2], week.name) for one in findings}
        if week.rows:
            since = began
        else:
            since.update(began)
        alerts += [alert(learned, week.name, began[one[:2]], one) for one in findings]
    return {"weeks": [{"week": one.name, "requests": len(one.rows)} for one in weeks], "alerts": alerts}


def alert(learned: dict, week: str, since: str, one: Finding) -> dict:
    importance = learned["features"].get(one.subject, {}).get("importance", 0)
    is_page = one.kind in ALWAYS_PAGED or importance >= learned["page_from"]
    return {
        "week": week,
        "feature": one.subject,
        "kind": one.kind,
        "severity": "page" if is_page else "ticket",
        "since": since,
        "evidence": {"expected": one.expected, "observed": one.observed},
        "action": f"Look for what changed upstream of {one.subject} in the week of {since}; the runbook has a page on {one.kind}.",
    }


def judge(learned: dict, week: Week) -> list[Finding]:
    if not week.rows:
        return [Finding("*", "no_data", learned["requests"], 0)]
    features = learned["features"]
    found = lost_joins(features, week)
    lost = {one.subject for one in found}
    for name, about in features.items():
        if about["table"] is None or about["table"] not in lost:
            one = judge_feature(name, about, week)
            found += [one] if one else []
    ones = float(np.mean([cell == "1" for cell in week.cells("label")]))
    if abs(ones - learned["ones"]) > 0.135:
        found.append(Finding("label", "label_drift", learned["ones"], ones))
    return found


def lost_joins(features: dict, week: Week) -> list[Finding]:
    found = []
    for table in sorted({about["table"] for about in features.values() if about["table"]}):
        names = [name for name, about in features.items() if about["table"] == table and name in week.columns]
        if names:
            gone = np.all([[cell == "" for cell in week.cells(name)] for name in names], axis=0)
            if gone.mean() > 0.4:
                usual = min(features[name]["missing"] for name in names)
                found.append(Finding(table, "lost_join", usual, float(gone.mean())))
    return found


def judge_feature(name: str, about: dict, week: Week) -> Finding | None:
    if name not in week.columns:
        return Finding(name, "missing_column", 1, 0)
    cells = week.cells(name)
    missing = cells.count("") / len(cells)
    if missing - about["missing"] > 0.11:
        return Finding(name, "missing_rate", about["missing"], missing)
    if about["type"] == "number":
        return judge_number(name, about, week)
    return judge_values(name, about, week.number, [cell for cell in cells if cell])


def judge_number(name: str, about: dict, week: Week) -> Finding | None:
    lower, level, upper = (float(one) for one in np.quantile(week.numbers(name), [0.25, 0.5, 0.75]))
    usual = at(about["level"], week.number)
    factor = (upper - lower) / 1.35 / about["spread"]
    if factor > 8 or factor < 1 / 8:
        return Finding(name, "unit_change", usual, level)
    if abs(level - usual) > max(0.6 * about["spread"], WOBBLES * about["level"]["wobble"]):
        return Finding(name, "level_shift", usual, level)
    return None


def judge_values(name: str, about: dict, number: int, cells: list[str]) -> Finding | None:
    found = []
    for value, wave in about["values"].items():
        usual, share = at(wave, number), cells.count(value) / len(cells)
        if share < 0.45 * usual and usual - share > 3.5 * wave["wobble"]:
            found.append(Finding(name, "category_collapse", usual, share))
    return max(found, key=lambda one: one.expected - one.observed, default=None)
