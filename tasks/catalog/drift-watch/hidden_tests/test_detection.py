"""Each kind of drift is named within two weeks, under the right subject and kind."""

import pytest
from drift_evidence import CALM, COVARIATE_KINDS, expect_named


@pytest.mark.check("level-shift-named", criterion="detection", points=2)
def test_level_shift_named(replays, measure):
    """A shift by little more than a spread is a level shift, for a feature that lies around zero,
    too, where any ratio of levels is large."""
    replay = replays("fresh")
    expect_named(measure, "level_shifts_named", replay, [replay.plan.incident(role) for role in ("level", "centred")])


@pytest.mark.check("unit-change-named", criterion="detection", points=2)
def test_unit_change_named(replays, measure):
    """A factor of 100, up or down, is called what it is: in a long-tailed feature, and in one that
    strays widely."""
    replay = replays("fresh")
    expect_named(measure, "unit_changes_named", replay, [replay.plan.incident(role) for role in ("heavy", "swinging")])


@pytest.mark.check("missing-rate-named", criterion="detection", points=2)
def test_missing_rate_named(replays, measure):
    """A jump in missing values is named, for numbers and for categories."""
    replay = replays("fresh")
    roles = ("lookup", "seasonal_text")
    expect_named(measure, "missing_rates_named", replay, [replay.plan.incident(role) for role in roles])


@pytest.mark.check("category-collapse-named", criterion="detection", points=2)
def test_category_collapse_named(replays, measure):
    """A frequent value that disappears into another is named."""
    replay = replays("fresh")
    expect_named(measure, "category_collapses_named", replay, [replay.plan.incident("collapsing")])


@pytest.mark.check("lost-join-named", criterion="detection", points=2)
def test_lost_join_named(replays, measure):
    """A join that fails is one alert for the table, not one for each of its features."""
    replay = replays("fresh")
    incident = replay.plan.incident("table")
    expect_named(measure, "lost_joins_named", replay, [incident])
    weeks = [week for week in replay.plan.weeks_of(incident) if "lost_join" in replay.kinds(incident["feature"], week)]
    loud = [(name, week) for name in replay.plan.facts["joined"] for week in weeks if replay.kinds(name, week)]
    assert not loud, f"beside the lost join there are {len(loud)} alerts for the table's features, first {loud[0][0]}"


@pytest.mark.check("label-drift-apart", criterion="detection", points=2)
def test_label_drift_apart(replays, measure):
    """Labels that drift while the features stay are called label drift, and no feature is blamed."""
    replay = replays("fresh")
    plan = replay.plan
    incident = plan.incident("label")
    expect_named(measure, "label_drifts_named", replay, [incident])
    weeks = plan.weeks_of(incident)
    as_feature = sum(bool(replay.kinds("label", week) & set(COVARIATE_KINDS)) for week in range(len(plan.weeks)))
    assert as_feature <= 1, f"the label is treated as a feature in {as_feature} weeks"
    blamed = {}
    for name in plan.names(CALM - {"label", "table"}):
        quiet = [week for week in weeks if plan.is_quiet(name, week)]
        if len(quiet) == len(weeks):
            blamed[name] = sum(bool(replay.kinds(name, week)) for week in quiet) / len(quiet)
    worst = max(blamed, key=blamed.__getitem__, default="none")
    most = blamed.get(worst, 0.0)
    measure("feature_blamed_for_label_drift", most, "1", reference=0.0, at_most=0.8)
    assert most <= 0.8, f"{worst} is blamed in {most:.0%} of the weeks in which only the label drifts"


@pytest.mark.check("drift-keeps-alarming", criterion="detection", points=3)
def test_drift_keeps_alarming(replays, measure):
    """A shift that stays for months, and one that creeps, are reported in every week from when they are
    material, with the week in which that began: the reference does not follow."""
    replay = replays("fresh")
    plan = replay.plan
    shares, began = {}, {}
    for role in ("lasting", "creeping"):
        incident = plan.incident(role)
        weeks = plan.weeks_of(incident)[1:]
        told = [
            alert
            for week in weeks
            for alert in replay.by_cell.get((incident["feature"], week), [])
            if alert["kind"] == "level_shift"
        ]
        shares[role] = len({alert["week"] for alert in told}) / len(weeks)
        earliest, latest = incident["first"] - 2, incident["material"] + 1
        began[role] = [
            alert for alert in told if not earliest <= plan.position.get(str(alert.get("since")), -1) <= latest
        ]
    measure("weeks_of_lasting_drift_alarmed", min(shares.values()), "1", reference=1.0, at_least=0.8)
    assert min(shares.values()) >= 0.8, (
        f"a shift that stays is reported in {shares['lasting']:.0%} of its weeks, one that creeps in"
        f" {shares['creeping']:.0%} of the weeks in which it is material"
    )
    odd = [alert for alerts in began.values() for alert in alerts]
    assert not odd, (
        f"{len(odd)} alerts give another beginning, e.g. since {odd[0].get('since')!r} in the week of {odd[0]['week']}"
    )
