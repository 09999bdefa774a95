"""Quiet weeks: noise, long tails, seasons and a log that repeats itself are no drift."""

import pytest
from drift_evidence import CALM, expect_few, expect_named

SEASONAL = ("seasonal", "size", "seasonal_text")


@pytest.mark.check("false-alarm-budget", criterion="silence", points=3)
def test_false_alarm_budget(replays, measure):
    """Features without a season, long-tailed ones and one that strays widely from week to week
    included, stay within the year's budget of false alerts."""
    replay = replays("fresh")
    plan = replay.plan
    others = plan.names([*SEASONAL, "odd"])
    spared = {(plan.subjects["lookup"], week) for week in plan.special["storm"]}
    spared |= {(name, week) for name in plan.subjects.values() for week in plan.weeks_of(plan.incident("label"))}
    alerts = [alert for alert in replay.false_alerts(None, spared) if alert["feature"] not in others]
    expect_few(measure, "false_alerts_unseasonal", alerts, len(plan.weeks))


@pytest.mark.check("season-is-no-drift", criterion="silence", points=3)
def test_season_is_no_drift(replays, measure):
    """The season raises no alarm, and hides none: a shift against the season is named, though the
    level stays within what the year has seen."""
    replay = replays("fresh")
    plan = replay.plan
    spared = {(name, week) for name in plan.names(SEASONAL) for week in plan.special["storm"]}
    expect_few(measure, "false_alerts_seasonal", replay.false_alerts(plan.names(SEASONAL), spared), len(plan.weeks))
    expect_named(measure, "shift_against_season_named", replay, [plan.incident("seasonal")])


@pytest.mark.check("season-of-its-own", criterion="silence", points=3)
def test_season_of_its_own(replays, measure):
    """One feature has a season of another length than the list says. Only the data show it: it
    raises no alarms, and a shift against it is named."""
    replay = replays("fresh")
    plan = replay.plan
    expect_few(measure, "false_alerts_own_season", replay.false_alerts(plan.names(["odd"])), len(plan.weeks))
    expect_named(measure, "shift_against_own_season_named", replay, [plan.incident("odd")])


@pytest.mark.check("requests-count-once", criterion="silence", points=3)
def test_requests_count_once(replays, plans, measure):
    """In some weeks clients sent requests again and the log has them several times, under other log
    ids. Only the data show it: such a week has as many requests as it has, and no missing rate has risen."""
    public = plans("public").facts
    measure("weeks_with_drift", public["weeks_with_drift"], "weeks")
    measure("requests_checked", sum(public["requests"].values()), "requests")
    replay = replays("fresh")
    plan = replay.plan
    storms = plan.special["storm"]
    alarmed = [week for week in storms if "missing_rate" in replay.kinds(plan.subjects["lookup"], week)]
    measure("retry_weeks_alarmed", len(alarmed) / len(storms), "1", reference=0.0, at_most=0.4)
    told = {one.get("week"): one.get("requests") for one in replay.weeks}
    wrong = [week for week in storms if told.get(plan.weeks[week]) != plan.facts["requests"][plan.weeks[week]]]
    assert not wrong, (
        f"in {len(wrong)} of {len(storms)} weeks with repeated requests their number is wrong, e.g."
        f" {told.get(plan.weeks[wrong[0]])} instead of {plan.facts['requests'][plan.weeks[wrong[0]]]}"
    )
    assert len(alarmed) <= 0.4 * len(storms), (
        f"repeated requests raise an alarm of missing values in {len(alarmed)} of {len(storms)} such weeks"
    )


@pytest.mark.check("alarm-ends-with-drift", criterion="silence", points=2)
def test_alarm_ends_with_drift(replays, measure):
    """A drift that is over is not reported any more from the third week after it, and bad weeks
    have not become what good ones are held against."""
    replay = replays("fresh")
    plan = replay.plan
    spared = {*plan.special["empty"], *plan.weeks_of(plan.incident("label"))}
    shares = {}
    for one in plan.incidents:
        weeks = {one["last"] + later for later in (3, 4, 5)} - spared
        if one["role"] in CALM and len(weeks) >= 2:
            alarmed = [week for week in weeks if replay.by_cell.get((one["feature"], week))]
            shares[one["feature"], one["kind"]] = len(alarmed) / len(weeks)
    worst = max(shares, key=shares.__getitem__)
    measure("alarmed_after_the_end", shares[worst], "1", reference=0.0, at_most=0.8)
    still = sum(share > 0.8 for share in shares.values())
    assert not still, (
        f"{still} of {len(shares)} drifts are still reported in the third to fifth week after their end, e.g. {worst[1]} of {worst[0]}"
    )
