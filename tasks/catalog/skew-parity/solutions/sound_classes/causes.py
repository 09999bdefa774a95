"""Explain the logged scores by suspects: python causes.py --data DATA --out CAUSES.json

Each suspect is a feature made wrongly in one way. The deployed vectors are taken from the deployed module, row by
row; a suspect is guilty where our feature is not what was handed over, and the suspect's is.
"""

import argparse
import csv
import json
import runpy
from pathlib import Path

import numpy as np

import cells
from features import Plan
from predictor import Predictor

CLOSE = 1e-9


class Case:
    """The log beside the export, feature by feature."""

    def __init__(self, data):
        self.model = Predictor(data / "model.json").model
        self.plan = Plan(self.model)
        with (data / "parcels.csv").open(newline="") as handle:
            self.export = {row["parcel_id"]: row for row in csv.DictReader(handle)}
        self.groups = [json.loads(line)["rows"] for line in (data / "requests.jsonl").read_text().splitlines()]
        self.rows = [row for group in self.groups for row in group]
        self.group_of = [group for group in self.groups for _ in group]
        deployed = runpy.run_path(str(data / "deployed" / "online.py"))
        self.found = np.array([vector for group in self.groups for vector in deployed["vectors"](group, self.model)])
        self.due = self.plan.fill([self.export[row["parcel_id"]] for row in self.rows])
        names = self.model["features"]
        self.causes = set()
        if self.agreeing(np.argsort(np.argsort(names))) > self.agreeing(np.arange(len(names))):
            self.causes.add("feature_order")
            self.found = self.found[:, np.argsort(np.argsort(names))]

    def agreeing(self, order):
        return int((np.abs(self.found[:, order] - self.due) < CLOSE).sum())

    def column(self, name):
        place = self.model["features"].index(name)
        return self.found[:, place], self.due[:, place]

    def read(self, name):
        """Return which rows have a value that the service's float() or its list of names cannot read."""
        if name in self.model["categories"]:
            texts = [row.get(name) for row in self.rows]
            return np.array([not text or text == text.lower() for text in texts])
        return np.array([readable(row.get(name)) for row in self.rows])

    def missing(self, name):
        return np.array([row.get(name) in (None, "") for row in self.rows])


def readable(cell):
    try:
        return cell in (None, "") or float(cell) is not None
    except ValueError:
        return False


def judge(case):
    causes = set(case.causes)
    for name in case.model["features"]:
        found, due = case.column(name)
        apart = np.abs(found - due) > CLOSE
        if name in ("depot", "weekday"):
            causes |= {{"depot": "stale_lookup", "weekday": "weekday_zone"}[name]} if apart.any() else set()
            continue
        read = case.read(name)
        if (apart & ~read).any():
            causes.add("unread_form")
        apart &= read
        if not apart.any():
            continue
        if name == "value_eur" and np.all(np.abs(np.log1p(due[apart]) - found[apart]) < CLOSE):
            causes.add("log_twice")  # filled or not: the second logarithm comes last
            continue
        if name in case.model["numbers"]:
            gone = case.missing(name)
            causes |= gaps_filled(name, (apart & gone).any()) | values_bent(case, name, apart & ~gone)
        else:
            causes.add("codes_refit")
    return causes


def gaps_filled(name, is_apart):
    if not is_apart:
        return set()
    return {"default_fill" if name == "attempts" else "request_mean"}


def values_bent(case, name, apart):
    """Tell rounding from clipping by trying it."""
    if not apart.any():
        return set()
    spec = case.model["numbers"][name]
    found = case.column(name)[0][apart]
    values = np.array([cells.number(row.get(name)) for row, hit in zip(case.rows, apart) if hit])
    rounded = finish(np.clip(np.round(values, 1), spec["low"], spec["high"]), spec)
    return {"rounding"} if np.mean(np.abs(rounded - found) < CLOSE) > 0.9 else {"clip_bounds"}


def finish(values, spec):
    return np.log1p(values) if spec["log"] else values


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    causes = judge(Case(arguments.data))
    arguments.out.write_text(json.dumps({"causes": sorted(causes)}) + "\n")


if __name__ == "__main__":
    main()
