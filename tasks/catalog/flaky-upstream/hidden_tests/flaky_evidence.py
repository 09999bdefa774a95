"""What the hidden tests read: the candidate's files, the API's log, and what would be right."""

import json

import numpy as np
from worksample_checks import numbers

FINAL = {400, 404, 409, 410, 422}
TOLERANCE = 0.0015
"""The brief asks for 0.001; the rest is rounding on both sides."""
GRACE_S = 0.22
"""Requests that were on their way when the API said 429 arrive within it, on a crowded machine too."""


def read_scores(deliverables, truth, run) -> dict:
    """Return account -> (score, source); every account once and no other."""
    table = deliverables.csv(run, "out/scores.csv", columns=["account_id", "score", "source"])
    scores = numbers(table["score"], "score of scores.csv")
    ids = table["account_id"].tolist()
    assert len(set(ids)) == len(ids), f"{len(ids) - len(set(ids))} accounts are in scores.csv twice"
    missing = sorted(set(expected_of(truth, run)) - set(ids))
    assert not missing, f"{len(missing)} accounts are not in scores.csv, e.g. {missing[0]}"
    return dict(zip(ids, zip(scores.tolist(), table["source"].tolist(), strict=True), strict=True))


def read_report(deliverables, run) -> dict:
    """Return report.json with the briefed keys in the briefed types."""
    report = deliverables.json(run, "out/report.json")
    assert isinstance(report, dict), "report.json is not an object"
    for key in ("accounts", "live", "fallback", "posted"):
        assert type(report.get(key)) is int, f"{key} in report.json is {report.get(key)!r}"
    for key in ("rejected", "unposted"):
        value = report.get(key)
        is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
        assert is_list, f"{key} in report.json is no list of ids: {str(value)[:80]}"
    assert type(report.get("complete")) is bool, f"complete is {report.get('complete')!r}"
    return report


def expected_of(truth, run) -> dict:
    return truth.json(run, "expected.json")


def script_of(truth, run) -> dict:
    return json.loads((truth.path(run) / "upstream" / "script.json").read_text())


def config_of(truth, run) -> dict:
    return json.loads((truth.public(run) / "config.json").read_text())


def accounts_behind(truth, run, *faults) -> list:
    """Return the accounts of the pages whose first fault is one of these ("" for none)."""
    script = script_of(truth, run)
    pages = {n for n, kinds in script["page_faults"].items() if (kinds or [""])[0] in faults}
    return [id_ for id_, one in expected_of(truth, run).items() if one["page"] in pages]


def undisturbed(truth, run) -> list:
    return accounts_behind(truth, run, "", "500", "throttle")


def reading_of(scores, truth, run) -> str:
    """Return how the candidate reads values where nothing is disturbed: converted or as served.

    What a disturbed page does to a score is judged apart from that.
    """
    expected = expected_of(truth, run)
    ids = undisturbed(truth, run)

    def off(reading):
        return float(np.median([abs(scores[id_][0] - expected[id_][reading]) for id_ in ids]))

    return min(("live", "live_raw"), key=off)


def is_right(scores, id_, value) -> bool:
    return abs(scores[id_][0] - value) <= TOLERANCE + 1e-6 * abs(value)


def not_had(scores, truth, run, ids) -> list:
    """Return those of the accounts that are not live, or not with the page's own values."""
    expected, reading = expected_of(truth, run), reading_of(scores, truth, run)
    return [
        id_
        for id_ in ids
        if scores[id_][1] != "live" or not is_right(scores, id_, expected[id_][reading])
    ]


def requests_by_thing(log) -> dict:
    """Return the records by what they were for: the schema, a page, an account's post."""
    found = {}
    for record in log:
        note = record["note"]
        if note.get("what") in ("schema", "page", "score"):
            found.setdefault((note["what"], note["id"]), []).append(record)
    return found


def has_failed(record) -> bool:
    """Tell whether a request may be tried again: no good reply, and no final one."""
    is_good = record["status"] == 200 and record["whole"] and not record["note"].get("fault")
    return not is_good and record["status"] not in FINAL


def sent_before_retry_after(log):
    """Yield the notes of requests that nobody sent who had read the 429 and heeded it.

    What was refused with 429 and comes again was not on its way. Anything else may have been.
    """
    refused = set()
    for one in log:
        note = one["note"]
        thing = note.get("what"), note.get("id")
        if note.get("fault") == "throttle":
            refused = {thing}
        if note.get("fault") == "throttled":
            if note["left_s"] > 0.01 and (thing in refused or note["since_s"] > GRACE_S):
                yield note
            refused.add(thing)


def posts(log) -> dict:
    """Return the records of each account's posts."""
    things = requests_by_thing(log)
    return {name: records for (what, name), records in things.items() if what == "score"}


def answered_well(log) -> set:
    """Return the accounts with a good reply to a post."""
    return {
        name
        for name, records in posts(log).items()
        if any(one["status"] == 200 and one["whole"] for one in records)
    }


def answered_finally(log) -> set:
    """Return the accounts whose post got a final status."""
    return {n for n, records in posts(log).items() if any(r["status"] in FINAL for r in records)}
