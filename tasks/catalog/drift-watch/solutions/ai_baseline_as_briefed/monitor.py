#!/usr/bin/env python3
"""Drift monitor.

Design:
    * robust statistics (median, IQR) so that long tails do not matter;
    * seasonal baseline per feature, using ``season_weeks`` from features.json;
    * thresholds calibrated on the week-to-week variation of the reference, combined with the
      material sizes of the brief, to stay inside the false-alarm budget;
    * the state is immutable: ``check`` never writes it.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

LEVEL_MATERIAL = 0.8
LEVEL_TRIGGER = 0.75  # fraction of the material size at which we alert
WOBBLE_FACTOR = 4.5
MISSING_TRIGGER = 0.10
LABEL_TRIGGER = 0.13
JOIN_TRIGGER = 0.45
UNIT_TRIGGER = 10.0
ALWAYS_PAGE = {"lost_join", "label_drift", "no_data"}
ACTIONS = {
    "missing_column": "Contact the gateway team: the column is missing from the export.",
    "lost_join": "Check the upstream join and the freshness of the table.",
    "missing_rate": "Check the upstream source for nulls introduced by a recent release.",
    "unit_change": "Verify the unit with the data producer (e.g. euros versus cents).",
    "level_shift": "Investigate the population or pipeline change; consider retraining if permanent.",
    "category_collapse": "Check category mapping and enumeration changes upstream.",
    "label_drift": "Review the decision threshold and the labelling process.",
    "no_data": "Check the logging pipeline: no requests arrived this week.",
}


def week_index(week: str) -> int:
    """Return a consecutive number for an ISO Monday."""
    return date.fromisoformat(week).toordinal() // 7


def seasonal_baseline(index: np.ndarray, values: np.ndarray, period: int | None) -> dict[str, Any]:
    """Fit the mean of every phase of the season and the standard deviation of the residuals."""
    period = period or 1
    phases = index % period
    baseline = [float(np.mean(values[phases == phase])) for phase in range(period)]
    residuals = values - np.array([baseline[phase] for phase in phases])
    # Each phase mean was estimated from the data: correct the degrees of freedom.
    dof = max(len(values) - period, 1)
    return {"period": period, "baseline": baseline, "wobble": float(np.sqrt(np.sum(residuals**2) / dof))}


def baseline_at(model: dict[str, Any], week: str) -> float:
    return model["baseline"][week_index(week) % model["period"]]


def non_missing(rows: list[dict[str, str]], name: str) -> list[str]:
    return [row[name] for row in rows if row[name] != ""]


def fit(data: Path, state: Path) -> None:
    config = json.loads((data / "features.json").read_text(encoding="utf-8"))
    weeks: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (data / "reference.csv").open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            weeks[row["week"]].append(row)
    names = sorted(weeks)
    index = np.array([week_index(week) for week in names])
    total = sum(len(rows) for rows in weeks.values())
    features = {}
    for feature in config["features"]:
        name, period = feature["name"], feature["season_weeks"]
        missing = sum(row[name] == "" for rows in weeks.values() for row in rows) / total
        model: dict[str, Any] = {**feature, "missing": missing}
        if feature["type"] == "number":
            quartiles = np.array(
                [np.percentile(np.array(non_missing(weeks[week], name), dtype=float), [25, 50, 75]) for week in names]
            )
            model["spread"] = float(np.median(quartiles[:, 2] - quartiles[:, 0]) / 1.35)
            model["level"] = seasonal_baseline(index, quartiles[:, 1], period)
        else:
            counts: dict[str, int] = defaultdict(int)
            for rows in weeks.values():
                for value in non_missing(rows, name):
                    counts[value] += 1
            present = sum(counts.values())
            model["shares"] = {
                value: seasonal_baseline(
                    index,
                    np.array(
                        [
                            non_missing(weeks[week], name).count(value) / max(len(non_missing(weeks[week], name)), 1)
                            for week in names
                        ]
                    ),
                    period,
                )
                for value, count in counts.items()
                if count / present >= 0.15
            }
        features[name] = model
    ones = sum(row["label"] == "1" for rows in weeks.values() for row in rows) / total
    result = {
        "page_from_importance": config["page_from_importance"],
        "typical_requests": float(np.median([len(rows) for rows in weeks.values()])),
        "label_rate": ones,
        "features": features,
    }
    state.write_text(json.dumps(result), encoding="utf-8")


def check_number(model: dict[str, Any], rows: list[dict[str, str]], week: str) -> tuple[str, float, float] | None:
    values = np.array(non_missing(rows, model["name"]), dtype=float)
    if len(values) < 10:
        return None
    low, median, high = (float(value) for value in np.percentile(values, [25, 50, 75]))
    expected = baseline_at(model["level"], week)
    ratio = (high - low) / 1.35 / model["spread"]
    if ratio >= UNIT_TRIGGER or ratio <= 1 / UNIT_TRIGGER:
        return "unit_change", expected, median
    threshold = max(LEVEL_TRIGGER * LEVEL_MATERIAL * model["spread"], WOBBLE_FACTOR * model["level"]["wobble"])
    if abs(median - expected) > threshold:
        return "level_shift", expected, median
    return None


def check_category(model: dict[str, Any], rows: list[dict[str, str]], week: str) -> tuple[str, float, float] | None:
    values = non_missing(rows, model["name"])
    if len(values) < 10:
        return None
    candidates = []
    for value, share_model in model["shares"].items():
        expected = baseline_at(share_model, week)
        observed = values.count(value) / len(values)
        if observed < 0.4 * expected:
            candidates.append((expected - observed, expected, observed))
    if not candidates:
        return None
    _, expected, observed = max(candidates)
    return "category_collapse", expected, observed


def check_week(
    state: dict[str, Any], columns: list[str], rows: list[dict[str, str]], week: str
) -> list[tuple[str, str, float, float]]:
    if not rows:
        return [("*", "no_data", state["typical_requests"], 0.0)]
    findings: list[tuple[str, str, float, float]] = []
    tables: dict[str, list[str]] = defaultdict(list)
    for name, model in state["features"].items():
        if model["table"] and name in columns:
            tables[model["table"]].append(name)
    lost = set()
    for table, names in tables.items():
        share = sum(all(row[name] == "" for name in names) for row in rows) / len(rows)
        if share >= JOIN_TRIGGER:
            lost.add(table)
            findings.append((table, "lost_join", min(state["features"][name]["missing"] for name in names), share))
    for name, model in state["features"].items():
        if model["table"] in lost:
            continue
        if name not in columns:
            findings.append((name, "missing_column", 1.0, 0.0))
            continue
        missing = sum(row[name] == "" for row in rows) / len(rows)
        if missing - model["missing"] >= MISSING_TRIGGER:
            findings.append((name, "missing_rate", model["missing"], missing))
            continue
        result = check_number(model, rows, week) if model["type"] == "number" else check_category(model, rows, week)
        if result:
            findings.append((name, *result))
    rate = sum(row["label"] == "1" for row in rows) / len(rows)
    if abs(rate - state["label_rate"]) >= LABEL_TRIGGER:
        findings.append(("label", "label_drift", state["label_rate"], rate))
    return findings


def check(weeks_folder: Path, state_path: Path, out: Path) -> None:
    state = json.loads(state_path.read_text(encoding="utf-8"))
    weeks, alerts = [], []
    active: dict[tuple[str, str], str] = {}
    for path in sorted(weeks_folder.glob("*.csv")):
        week = path.stem
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            rows = list(reader)
            columns = list(reader.fieldnames or [])
        weeks.append({"week": week, "requests": len(rows)})
        findings = check_week(state, columns, rows, week)
        current = {(subject, kind) for subject, kind, _, _ in findings}
        if rows:
            active = {key: since for key, since in active.items() if key in current}
        for subject, kind, expected, observed in sorted(findings):
            since = active.setdefault((subject, kind), week)
            importance = state["features"].get(subject, {}).get("importance", 0.0)
            page = kind in ALWAYS_PAGE or importance >= state["page_from_importance"]
            alerts.append(
                {
                    "week": week,
                    "feature": subject,
                    "kind": kind,
                    "severity": "page" if page else "ticket",
                    "since": since,
                    "evidence": {"expected": expected, "observed": observed},
                    "action": ACTIONS[kind],
                }
            )
    (out / "alerts.json").write_text(
        json.dumps({"weeks": weeks, "alerts": alerts}, indent=2, allow_nan=False), encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Drift monitor")
    sub = parser.add_subparsers(dest="command", required=True)
    fit_parser = sub.add_parser("fit")
    fit_parser.add_argument("--data", type=Path, required=True)
    fit_parser.add_argument("--state", type=Path, required=True)
    check_parser = sub.add_parser("check")
    check_parser.add_argument("--weeks", type=Path, required=True)
    check_parser.add_argument("--state", type=Path, required=True)
    check_parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.command == "fit":
        fit(args.data, args.state)
    else:
        check(args.weeks, args.state, args.out)


if __name__ == "__main__":
    main()
