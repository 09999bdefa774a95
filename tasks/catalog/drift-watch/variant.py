"""Make one candidate's request log: reference weeks, weeks to check, and the truth about what was planted.

A week is drawn clean, then the planted drifts of that week are worked into it, and at last some of its requests
are written more than once. So the truth is known by construction.
"""

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from drift_plan import PAGE_FROM, SHADOW_WEEKS, Feature, Incident, Plan, draw_plan
from numpy.random import Generator

STREAMS = {"public": 1, "fresh": 2}
COPIES = 7
"""So often a request is written again in a week of retries."""


class Log:
    """Draws the weeks of one delivery, one after the other."""

    def __init__(self, rng: Generator, plan: Plan) -> None:
        self.rng, self.plan = rng, plan
        self.next_id = int(rng.integers(10**6, 9 * 10**6))
        self.rows_drawn = 0

    def week(self, number: int) -> list[list[str]]:
        """Return the lines of week `number`, which is below 0 in the reference: log id, features, label."""
        rng, plan = self.rng, self.plan
        n = int(rng.integers(150, 211))
        drifts = {one.role: one for one in plan.incidents if one.first <= number <= one.last}
        numbers: dict[str, np.ndarray] = {}
        columns: list[list[str]] = []
        unjoined = rng.random(n) < (drifts["table"].size if "table" in drifts else 0.03)
        for one in plan.features:
            drift = drifts.get(one.role)
            gone = (
                unjoined
                if one.table
                else rng.random(n) < one.missing + (drift.size if drift and drift.kind == "missing_rate" else 0)
            )
            if one.is_numeric:
                numbers[one.role] = draw_numbers(rng, one, number + plan.reference_weeks, n, drift, number)
                cells = [f"{value:.3f}" for value in numbers[one.role].tolist()]
            else:
                cells = draw_texts(rng, one, number + plan.reference_weeks, n, drift)
            if one.role == "lookup":
                lookup_gone = gone
            columns.append(["" if lost else cell for lost, cell in zip(gone.tolist(), cells, strict=True)])
        share = plan.label_share + (drifts["label"].size if "label" in drifts else 0)
        columns.append(["1" if value else "0" for value in rng.random(n) < share])
        rows = [list(row) for row in zip(*columns, strict=True)]
        self.rows_drawn = n
        if number in (
            plan.special["storm"] if number >= 0 else [week - plan.reference_weeks for week in plan.storms_before]
        ):
            size = numbers["size"]
            again = lookup_gone | (size > np.quantile(size, 0.89))
            rows += [rows[position] for position in np.flatnonzero(again) for _ in range(COPIES)]
        rows = [rows[position] for position in rng.permutation(len(rows))]
        self.next_id += len(rows)
        return [[f"L{self.next_id - len(rows) + position}", *row] for position, row in enumerate(rows)]


def season_of(one: Feature, week: int) -> float:
    """Return where the season stands, from -1 to 1."""
    return one.sign * float(np.cos(2 * np.pi * (week - one.peak) / one.season)) if one.season else 0.0


def draw_numbers(rng: Generator, one: Feature, week: int, n: int, drift: Incident | None, number: int) -> np.ndarray:
    """Draw a numeric feature in its unit."""
    z = rng.standard_normal(n) + one.swing * float(np.clip(rng.standard_normal(), -2, 2)) + 0.85 * season_of(one, week)
    if drift and drift.kind == "level_shift":
        z += drift.size * (number - drift.first + 1 if one.role == "creeping" else 1)
    if one.role == "heavy":
        values = one.place * np.exp(1.4 * z) * np.where(rng.random(n) < 0.01, 200, 1)
    else:
        values = one.place + one.spread * z
    return values * drift.size if drift and drift.kind == "unit_change" else values


def draw_texts(rng: Generator, one: Feature, week: int, n: int, drift: Incident | None) -> list[str]:
    """Draw a categorical feature; now and then there is a value that was never seen before."""
    shares = np.array(one.shares)
    shares[:2] += np.array([0.07, -0.07]) * season_of(one, week)
    if drift and drift.kind == "category_collapse":
        fallen = 0 if one.sign > 0 else 1
        shares[2] += shares[fallen] * drift.size
        shares[fallen] *= 1 - drift.size
    cells = [one.values[position] for position in rng.choice(len(shares), n, p=shares)]
    if rng.random() < 0.1:
        cells[int(rng.integers(n))] = f"new_{int(rng.integers(100, 999))}"
    return cells


def write_week(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a CSV file."""
    lines = [",".join(header), *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def document(path: Path, value: object) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def write_features(plan: Plan, public: Path) -> None:
    """Write the list of features as their owners believe them to be."""
    rows = [
        {
            "name": one.name,
            "type": "number" if one.is_numeric else "category",
            "table": one.table or None,
            "season_weeks": one.listed_season or None,
            "importance": one.importance,
        }
        for one in plan.features
    ]
    document(public / "features.json", {"page_from_importance": PAGE_FROM, "features": rows})


def write_special(
    rng: Generator, plan: Plan, number: int, header: list[str], rows: list[list[str]]
) -> tuple[list[str], list[list[str]]]:
    """Return header and lines as they are in a week without rows, without a column, or with one more."""
    if number in plan.special["empty"]:
        return header, []
    order = list(range(len(header)))
    if number in plan.special["missing_column"]:
        order.remove(header.index(plan.of("size").name))
    if number in plan.special["extra_column"]:
        order = [int(position) for position in rng.permutation(len(header))]
        header = [*header, f"{plan.of('level').name}_v2"]
        rows = [[*row, f"{value:.2f}"] for row, value in zip(rows, rng.normal(9, 3, len(rows)).tolist(), strict=True)]
        order.insert(int(rng.integers(2, 6)), len(header) - 1)
    return [header[position] for position in order], [[row[position] for position in order] for row in rows]


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one scenario and return the facts the brief may mention."""
    rng = np.random.default_rng([seed, STREAMS[scenario]])
    plan = draw_plan(rng, scenario)
    log = Log(rng, plan)
    monday = date(2021, 1, 4) + timedelta(weeks=int(rng.integers(0, 100)))
    names = [(monday + timedelta(weeks=week)).isoformat() for week in range(plan.reference_weeks + plan.weeks)]
    header = ["log_id", *(one.name for one in plan.features), "label"]
    reference = [
        [names[week], *row] for week in range(plan.reference_weeks) for row in log.week(week - plan.reference_weeks)
    ]
    write_features(plan, public)
    write_week(public / "reference.csv", ["week", *header], reference)
    names = names[plan.reference_weeks :]
    folders = {"weeks": plan.weeks}
    if scenario != "public":
        folders |= {"weeks_shuffled": plan.weeks, "weeks_begun": plan.weeks // 2}
    for folder in folders:
        (public / folder).mkdir()
    requests, lines = {}, 0
    for number, name in enumerate(names):
        columns, rows = write_special(rng, plan, number, header, log.week(number))
        requests[name] = log.rows_drawn if rows else 0
        lines += len(rows)
        for folder, count in folders.items():
            if number < count:
                mixed = (
                    [rows[position] for position in rng.permutation(len(rows))] if folder == "weeks_shuffled" else rows
                )
                write_week(public / folder / f"{name}.csv", columns, mixed)
    write_truth(plan, names, requests, truth)
    return {
        "features": len(plan.features),
        "reference_lines": len(reference),
        "reference_weeks": plan.reference_weeks,
        "weeks": plan.weeks,
        "lines": lines,
        "first_week": names[0],
        "table": plan.table,
    }


def write_truth(plan: Plan, names: list[str], requests: dict[str, int], truth: Path) -> None:
    """Write what was planted when, and which feature has which role."""
    subjects = {one.role: one.name for one in plan.features} | {"table": plan.table, "label": "label"}
    incidents = [
        {**asdict(one), "feature": subjects[one.role]} for one in sorted(plan.incidents, key=lambda one: one.first)
    ]
    material = {
        week
        for one in plan.incidents
        for week in range(one.material, one.last + 1)
        if week not in plan.special["empty"]
    }
    document(
        truth / "plan.json",
        {
            "weeks": names,
            "requests": requests,
            "subjects": subjects,
            "joined": [one.name for one in plan.features if one.table],
            "importance": {one.name: one.importance for one in plan.features},
            "page_from": PAGE_FROM,
            "shadow_weeks": SHADOW_WEEKS,
            "incidents": incidents,
            "special": plan.special,
            "weeks_with_drift": len(material),
        },
    )
