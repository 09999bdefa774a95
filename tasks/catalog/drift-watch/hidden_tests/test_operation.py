"""Form, odd weeks, and answers that depend on nothing they should not."""

import math
import statistics

import pytest
from drift_evidence import CALM, KINDS

KEYS = ("week", "feature", "kind", "severity", "since", "action")
PAGED = {"lost_join", "label_drift", "no_data"}


def evidence_of(alert: dict) -> tuple[float, float]:
    """Return what was expected and observed, and insist on finite numbers."""
    evidence = alert.get("evidence")
    assert isinstance(evidence, dict), f"an alert has no evidence: {str(alert)[:120]}"
    values = [evidence.get(key) for key in ("expected", "observed")]
    are_numbers = all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < 1e15 for one in values)
    assert are_numbers, f"the evidence of an alert is not two numbers: {str(evidence)[:120]}"
    return float(values[0]), float(values[1])


@pytest.mark.check("alerts-as-specified", criterion="operability", points=2)
@pytest.mark.parametrize("run", ["public", "fresh"])
def test_alerts_as_specified(replays, measure, run):
    """The file has the briefed form, each week once and in order, one alert for each subject and
    week, a severity that follows the importance, and evidence that points the way the feature went."""
    replay = replays(run)
    plan = replay.plan
    if run == "public":
        measure("alerts_raised", len(replay.alerts), "alerts")
    weeks = [one.get("week") for one in replay.weeks]
    assert weeks == plan.weeks, f"the list of weeks has {len(weeks)} entries, not the {len(plan.weeks)} weeks in order"
    counts = [one.get("requests") for one in replay.weeks]
    assert all(type(count) is int for count in counts), "requests of a week is not a whole number"
    for alert in replay.alerts:
        for key in KEYS:
            assert isinstance(alert.get(key), str) and alert[key].strip(), f"{key} of an alert is {alert.get(key)!r}"
        assert alert["kind"] in KINDS, f"the brief does not know the kind {alert['kind'][:40]!r}"
        assert alert["since"] in plan.position and alert["since"] <= alert["week"], (
            f"since {alert['since'][:20]!r} in the week of {alert['week']}"
        )
        evidence_of(alert)
    order = [(alert["week"], alert["feature"]) for alert in replay.alerts]
    assert order == sorted(set(order)), "alerts are not sorted by week and feature, or a subject has two in a week"
    known = {*plan.subjects.values(), "*"}
    unknown = sorted({alert["feature"] for alert in replay.alerts} - known)
    assert not unknown, f"alerts name subjects that do not exist: {unknown[:3]}"
    wrong = [alert for alert in replay.alerts if alert["severity"] != severity_of(alert, plan)]
    assert not wrong, (
        f"{len(wrong)} of {len(replay.alerts)} alerts have another severity than briefed, e.g. {wrong[0]['kind']} of {wrong[0]['feature']}"
    )
    expect_direction(replay)


def severity_of(alert: dict, plan) -> str:
    """Return the severity that the brief asks for."""
    importance = plan.facts["importance"].get(alert["feature"], 0.0)
    return "page" if alert["kind"] in PAGED or importance >= plan.facts["page_from"] else "ticket"


def expect_direction(replay) -> None:
    """Insist that the evidence of planted drifts has the right direction."""
    for one in replay.plan.incidents:
        goes_up = {"category_collapse": False, "unit_change": one["size"] > 1, "level_shift": one["size"] > 0}.get(
            one["kind"], True
        )
        pairs = [
            evidence_of(alert)
            for week in replay.plan.weeks_of(one)
            for alert in replay.by_cell.get((one["feature"], week), [])
            if alert["kind"] == one["kind"]
        ]
        if pairs:
            step = statistics.median(observed - expected for expected, observed in pairs)
            assert (step > 0) == goes_up, (
                f"the evidence for the {one['kind']} of {one['feature']} says {step:+.3g}, but it went {'up' if goes_up else 'down'}"
            )


@pytest.mark.check("odd-weeks-as-briefed", criterion="operability", points=2)
@pytest.mark.parametrize("odd", ["empty", "missing_column", "extra_column"])
def test_odd_weeks_as_briefed(replays, odd):
    """A week without requests is reported as that and as nothing else, a missing column by its
    feature, and another column, in whatever place, changes nothing."""
    replay = replays("fresh")
    plan = replay.plan
    size = plan.subjects["size"]
    for week in sorted(plan.special[odd]):
        name = plan.weeks[week]
        said = {(alert["feature"], alert["kind"]) for alert in replay.alerts if alert["week"] == name}
        if odd == "empty":
            assert said == {("*", "no_data")}, (
                f"the week of {name} has no request, and the alerts are {sorted(said) or 'none'}"
            )
        elif odd == "missing_column":
            kinds = replay.kinds(size, week)
            assert kinds == {"missing_column"}, (
                f"the week of {name} lacks the column {size}, and its alerts are {sorted(kinds) or 'none'}"
            )
        else:
            wrong = [
                subject for subject in plan.names(CALM) if replay.kinds(subject, week) and plan.is_quiet(subject, week)
            ]
            assert len(wrong) <= 3, (
                f"in the week of {name}, which has one more column, {len(wrong)} features raise a false alarm"
            )
            requests = {one.get("week"): one.get("requests") for one in replay.weeks}.get(name)
            assert requests == plan.facts["requests"][name], (
                f"the week of {name} has {plan.facts['requests'][name]} requests, not {requests}"
            )


def expect_same(one, other, weeks: set[str], words: str) -> None:
    """Insist that two replays say the same about these weeks, numbers to a millionth."""
    sides = []
    for replay in (one, other):
        alerts = [alert for alert in replay.alerts if alert["week"] in weeks]
        keyed = {tuple(str(alert.get(key)) for key in KEYS[:-1]): alert for alert in alerts}
        assert len(keyed) == len(alerts), "there are two equal alerts"
        sides.append(keyed)
    only = sorted(sides[0].keys() ^ sides[1].keys())
    assert not only, (
        f"{len(only)} alerts are there only one time {words}, first {only[0][2]} of {only[0][1]} in the week of {only[0][0]}"
    )
    for key, alert in sides[0].items():
        for a, b in zip(evidence_of(alert), evidence_of(sides[1][key]), strict=True):
            assert math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6), (
                f"the evidence for {key[2]} of {key[1]} in the week of {key[0]} is {a:.9g} and {b:.9g} {words}"
            )


@pytest.mark.check("same-lines-same-alerts", criterion="operability", points=2)
def test_same_lines_same_alerts(replays):
    """The same weeks, checked again with their lines in another order, give the same alerts and the
    same evidence: no chance, no clock, nothing kept from the run before."""
    fresh = replays("fresh")
    expect_same(fresh, replays("shuffled"), set(fresh.plan.weeks), "when the lines are in another order")


@pytest.mark.check("no-look-ahead", criterion="operability", points=2)
def test_no_look_ahead(replays):
    """The first half of the weeks, handed over alone, gives the alerts that these weeks had in the
    whole: what is said on Monday does not depend on later weeks."""
    fresh = replays("fresh")
    begun = replays("begun")
    weeks = fresh.plan.weeks[: len(fresh.plan.weeks) // 2]
    told = [one["week"] for one in begun.weeks]
    assert told == weeks, f"of the first {len(weeks)} weeks handed over alone, {len(told)} are listed, or others"
    later = [alert for alert in begun.alerts if alert["week"] not in weeks]
    assert not later, f"{len(later)} alerts are about weeks that were not handed over"
    expect_same(fresh, begun, set(weeks), "when later weeks are not there yet")
