"""Measure every cause alone: put one wrong step into the right path and score the log: python effects.py --data DATA

The causes are those that diagnosis.py finds. Prints how many of the logged scores each moves by more than 0.000001, and
by how much at most and in the mean. Then come all steps at once and the deployed path itself: both have to give the
logged scores. If the first does not, a cause is not found or not understood.
"""

import argparse
import copy
import math
from pathlib import Path

from batch import score_export
from diagnosis import Deployed, apart, diagnose
from features import vectors
from reading import read_number
from scorer import CATEGORIES, NUMBERS, score_vector


def unread(deployed, row, name, forms):
    form = deployed.forms.form_of(name, row.get(name), deployed.parcels[row["parcel_id"]][name])
    return form is not None and form in forms


def wrong_rows(rows, found, deployed):
    """Return the rows as the steps that are taken before a feature is made leave them."""
    rows = [dict(row) for row in rows]
    for name, forms in found.get("unread_form", {}).items():
        for row in rows:
            if unread(deployed, row, name, forms):
                row[name] = None
    for name in NUMBERS:
        numbers = [read_number(row.get(name), name) for row in rows]
        known = [number for number in numbers if number is not None]
        if known and name in found.get("request_mean", {}):
            mean = sum(known) / len(known)
            numbers = [mean if number is None else number for number in numbers]
        if name in found.get("rounding", {}):
            digits = found["rounding"][name]
            numbers = [number if number is None else round(number, digits) for number in numbers]
        rows = [{**row, name: number} for row, number in zip(rows, numbers)]
    return rows


def wrong_model(rows, model, found):
    """Return the model as it would have to be for the right path to make the same error in this request."""
    model = copy.deepcopy(model)
    for name, fill in found.get("default_fill", {}).items():
        model["numbers"][name]["fill"] = fill
    for name, (low, high) in found.get("clip_bounds", {}).items():
        model["numbers"][name].update(low=low, high=high)
    for name in found.get("codes_refit", {}):
        model["categories"][name]["names"] = sorted({str(row.get(name)) for row in rows})
    return model


def wrong_vector(vector, row, found, deployed):
    made = dict(zip(deployed.model["features"], vector))
    for name, times in found.get("log_twice", {}).items():
        for _ in range(times):
            made[name] = math.log1p(made[name])
    for name, values in found.get("stale_lookup", {}).items():
        key = made[name] if name == "weekday" else row.get(name) or None
        made[name] = values.get(key, made[name])
    if "weekday_zone" in found:
        made["weekday"] = deployed.made("weekday", row["booked_at"])
    return [made[name] for name in found.get("feature_order", made)]


def scores_with(found, rows, deployed):
    """Score a request on the right path with these wrong steps in it."""
    changed = wrong_rows(rows, found, deployed)
    made = vectors(changed, wrong_model(rows, deployed.model, found))
    wrong = [wrong_vector(vector, row, found, deployed) for vector, row in zip(made, changed)]
    return [score_vector(vector, deployed.model) for vector in wrong]


def has_use(name, cell, model):
    return cell != "" and (name in NUMBERS or cell in model["categories"][name]["names"])


def unread_rows(found, deployed):
    """Count the logged rows in which a value that the model has a use for is not read as it is written."""
    forms = found.get("unread_form", {})
    rows = [row for request in deployed.requests for row in request["rows"]]
    return sum(
        any(
            unread(deployed, row, name, forms.get(name, ()))
            and has_use(name, deployed.parcels[row["parcel_id"]][name], deployed.model)
            for name in NUMBERS + CATEGORIES
        )
        for row in rows
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    deployed = Deployed(parser.parse_args().data)
    found = diagnose(deployed)
    right = dict(zip(deployed.parcels, score_export([*deployed.parcels.values()], deployed.model)))

    def report(name, answers):
        gaps = [
            abs(score - right[row["parcel_id"]])
            for request, scores in zip(deployed.requests, answers)
            for row, score in zip(request["rows"], scores)
        ]
        moved = sum(gap > 1e-6 for gap in gaps)
        print(f"{name:14} {moved:4} of {len(gaps)} apart, at most {max(gaps):.6f}, mean {sum(gaps) / len(gaps):.4f}")

    def not_as_logged(answers):
        pairs = zip(deployed.requests, answers)
        return sum(apart(*two) for request, scores in pairs for two in zip(request["scores"], scores))

    for cause, where in found.items():
        report(cause, [scores_with({cause: where}, request["rows"], deployed) for request in deployed.requests])
    together = [scores_with(found, request["rows"], deployed) for request in deployed.requests]
    as_deployed = [deployed.path.score(request["rows"], deployed.model_path) for request in deployed.requests]
    report("all of them", together)
    report("as logged", [request["scores"] for request in deployed.requests])
    print("not as logged:", not_as_logged(together), "with all of them,", not_as_logged(as_deployed), "as deployed")
    print("rows unread:", unread_rows(found, deployed))


if __name__ == "__main__":
    main()
