"""Form, the deadline, and a report that agrees with what happened."""

import pytest
from flaky_evidence import (
    answered_finally,
    answered_well,
    config_of,
    expected_of,
    read_report,
    read_scores,
)

OVERRUN_S = 3.5
"""For a machine that is slow to start and end a process; who has no deadline takes far more."""


@pytest.mark.check("outputs-as-specified", criterion="operability", points=1)
def test_outputs_as_specified(deliverables, substance, truth):
    """Both files have the briefed form, on the candidate's own data and on unseen data."""
    substance()
    for run in ("public", "fresh"):
        scores = read_scores(deliverables, truth, run)
        table = deliverables.csv(run, "out/scores.csv")
        columns = list(table.columns)
        assert columns == ["account_id", "score", "source"], f"scores.csv has the columns {columns}"
        assert set(scores) == set(expected_of(truth, run)), "scores.csv has accounts nobody asked for"
        assert list(table["account_id"]) == sorted(scores), "scores.csv is not sorted by account_id"
        odd = sorted({source for _, source in scores.values()} - {"live", "fallback"})
        assert not odd, f"scores.csv has the sources {odd}"
        report = read_report(deliverables, run)
        for key in ("rejected", "unposted"):
            assert report[key] == sorted(report[key]), f"{key} in report.json is not sorted"


@pytest.mark.check("report-agrees", criterion="operability", points=2)
def test_report_agrees(deliverables, scores, substance, log, truth, runs, upstream):
    """The report agrees with the table and with the API's log: an account is posted if a good reply
    came, and who did not get one is named."""
    substance()
    said = read_report(deliverables, "fresh")
    ids = set(expected_of(truth, "fresh"))
    live = sum(source == "live" for _, source in scores.values())
    assert (said["accounts"], said["live"], said["fallback"]) == (len(ids), live, len(ids) - live), (
        f"report.json says {said['accounts']} accounts, {said['live']} live, {said['fallback']} fallback;"
        f" scores.csv has {len(ids)}, {live}, {len(ids) - live}"
    )
    well, finally_ = answered_well(log), answered_finally(log)
    assert said["posted"] == len(well), f"posted is {said['posted']}, the API answered {len(well)} well"
    for key, true in [("rejected", finally_ - well), ("unposted", ids - well - finally_)]:
        wrong = sorted(set(said[key]) ^ true)
        assert not wrong, f"{key} is wrong about {len(wrong)} accounts, e.g. {wrong[0]}"
        assert len(said[key]) == len(true), f"{key} names an account twice"
    assert not said["complete"], "complete is true, although accounts are fallback and unposted"
    if runs["outage"].finished and upstream("outage").log:
        down = read_report(deliverables, "outage")
        count = len(expected_of(truth, "outage"))
        assert (down["posted"], len(down["unposted"]), down["complete"]) == (0, count, False), (
            f"with the API down it says {down['posted']} posted, {len(down['unposted'])} unposted,"
            f" complete {down['complete']}"
        )


@pytest.mark.check("deadline-kept", criterion="operability", points=2)
def test_deadline_kept(deliverables, substance, runs, upstream, truth, measure):
    """With the API down the job ends by its deadline, by itself, with a row for every account, and
    asks for nothing after it. The clock begins with its first request."""
    substance()
    run, log = runs["outage"], upstream("outage").log
    assert log, "with the API down it was never asked for anything"
    deadline_s = config_of(truth, "outage")["deadline_s"]
    overrun_s = run.wall_time_s - log[0]["at"] - deadline_s
    measure("outage_overrun_s", overrun_s, "s", reference=0.0, varies=True, at_most=OVERRUN_S)
    assert run.finished, (
        f"with the API down the run ended as {run.exit_kind} (exit code {run.exit_code}) after"
        f" {run.wall_time_s:.1f} s, its deadline was {deadline_s:g} s"
    )
    assert overrun_s <= OVERRUN_S, f"it ended {overrun_s:.1f} s after its deadline of {deadline_s:g} s"
    late = [one for one in log if one["at"] > log[0]["at"] + deadline_s + 1.0]
    assert not late, f"{len(late)} requests were sent more than 1 s after the deadline"
    assert len(read_scores(deliverables, truth, "outage")) == len(expected_of(truth, "outage"))
