"""Form, alarms, what was known when, reruns and kills: what lets people sleep beside the job."""

import pytest
from live_nights import Step, replay
from nights import LAST, NIGHTS, RUNS, TABLE, blocks
from worksample_checks import NotRun, whole_numbers


@pytest.mark.check("outputs-as-specified", criterion="operability", points=1)
@pytest.mark.parametrize("run", ["public", *RUNS])
def test_outputs_as_specified(story, deliverables, truth, run):
    """All four files have the briefed columns, order and notation on every night, tables are whole, and
    the summary agrees with them."""
    story()
    is_public = run == "public"
    night = "2025-12-26" if is_public else NIGHTS[RUNS.index(run)]
    expected = truth.csv("public" if is_public else LAST, "published.csv")
    files = {"published": TABLE, "rejected": ["delivery_id", "reason"], "overdue": ["plant", "day"]}
    tables = {
        name: deliverables.csv(run, f"out/{name}.csv", columns=columns)
        for name, columns in files.items()
    }
    for name, columns in files.items():
        found = list(tables[name].columns)
        assert found == columns, f"{name}.csv of the night {night} has the columns {found}"
        keys = columns[:1] if name == "rejected" else columns[:2]
        rows = list(zip(*(tables[name][key] for key in keys), strict=True))
        assert rows == sorted(set(rows)), (
            f"{name}.csv of the night {night} is not sorted by {', '.join(keys)}, or has one of them twice"
        )
    for column in ("score", "missing"):
        whole_numbers(tables["published"][column], f"{column} of published.csv of {night}")
    due = set(expected.loc[expected["night"] == night, "day"])
    found = blocks(tables["published"])
    assert night in found, f"published.csv of the night {night} lacks the table of {night}"
    for day, rows in found.items():
        assert day in due, f"published.csv of the night {night} has rows for {day}, no earlier night"
        machines = set(expected.loc[(expected["night"] == night) & (expected["day"] == day), "machine_id"])
        assert set(rows) == machines, (
            f"the table of {day} published in the night {night} has {len(rows)} machines instead of the"
            f" {len(machines)} in service"
        )
    lines = (truth.public(run) / ("drops/2025-12-26" if is_public else "drop") / "manifest.csv").read_text()
    due = {
        "night": night,
        "deliveries": len(lines.splitlines()) - 1,
        "rejected": len(tables["rejected"]),
        "overdue": len(tables["overdue"]),
        "restated": sorted(set(found) - {night}),
    }
    summary = deliverables.json(run, "out/summary.json")
    assert isinstance(summary, dict), f"summary.json of the night {night} is not an object"
    got = {key: summary.get(key) for key in due}
    assert got == due, f"summary.json of the night {night} says {got}, the files say {due}"


@pytest.mark.check("overdue-listed", criterion="operability", points=2)
def test_overdue_listed(story, deliverables, truth, measure):
    """Every night lists the partitions that were owed and have not come within the days of grace: of a
    plant that has never sent anything, too, not of days on which a plant rests, and not once it came."""
    totals = truth.json("public", "totals.json")
    measure("deliveries_rejected", totals["rejected"], "deliveries")
    measure("tables_restated", totals["restated"], "tables")
    measure("partitions_overdue", totals["overdue"], "partitions")
    story()
    expected = truth.csv(LAST, "overdue.csv")
    wrong, first = 0, ""
    for run, night in zip(RUNS, NIGHTS, strict=True):
        table = deliverables.csv(run, "out/overdue.csv", columns=["plant", "day"])
        got = set(zip(table["plant"], table["day"], strict=True))
        rows = expected[expected["night"] == night]
        due = set(zip(rows["plant"], rows["day"], strict=True))
        if got != due:
            wrong += 1
            first = first or f"in the night {night} {sorted(due - got)[:2]} are not on it, {sorted(got - due)[:2]} should not be"
    assert not wrong, f"The list of overdue partitions is wrong in {wrong} of {len(RUNS)} nights: {first}"


@pytest.mark.check("as-known-then", criterion="reproducibility", points=3)
@pytest.mark.parametrize("number", [4, 7])
def test_as_known_then(story, deliverables, number):
    """`asof`, asked after the last night, gives every day's table as downstream had it on the night asked
    for, not as it is known today."""
    due = story().views[number - 1]
    got = blocks(deliverables.csv(f"asof_{number:02d}", "out/asof.csv", columns=TABLE))
    night = NIGHTS[number - 1]
    assert set(got) == set(due), (
        f"asof {night} has tables of {len(got)} days, {len(due)} had been published by then"
    )
    other = sorted(day for day in due if got[day] != due[day])
    assert not other, (
        f"asof {night} gives other tables than were published by then for {len(other)} of {len(due)} days,"
        f" first {other[0]}"
    )


def restating_night(truth) -> int:
    """Return the first night, from the third on, on which earlier tables have to be published again."""
    table = truth.csv(LAST, "published.csv")
    changed = table[(table["changed"] == "1") & (table["day"] < table["night"])]
    return next(number for number in range(2, len(NIGHTS)) if NIGHTS[number] in set(changed["night"]))


@pytest.mark.check("rerun-changes-nothing", criterion="reproducibility", points=3)
def test_rerun_changes_nothing(story, candidate, deliverables, truth):
    """A night run again, at once and two nights later, writes the same bytes as the first time, and the
    nights after that are as if there had been no rerun."""
    story()
    again = restating_night(truth)
    order = [*range(again + 1), again, again + 1, again + 2, again, again + 3]
    outcomes = replay(candidate, truth, "night_01", [Step(number) for number in order])
    for place, outcome in enumerate(outcomes):
        changed = outcome.differing(deliverables)
        before = NIGHTS[order[place - 1]]
        what = "run again" if outcome.number in order[:place] else "run"
        assert not changed, (
            f"The night {outcome.night}, {what} after {before}, wrote other bytes than in the recorded"
            f" replay: {', '.join(changed)}"
        )


@pytest.mark.check("kill-then-rerun", criterion="reproducibility", points=3)
def test_kill_then_rerun(story, candidate, deliverables, truth, measure):
    """A job killed again and again, each time a moment later (before it opens, renames or removes a file
    or commits, and just after it opened one), and run again ends in what an undisturbed night writes, and
    so do the nights after it."""
    story()
    # the first night, which finds no state, and one that has something to restate
    killed = (0, restating_night(truth))
    steps = [Step(number, kill=number in killed) for number in range(killed[1] + 2)]
    outcomes = replay(candidate, truth, "night_02", steps)
    for outcome in outcomes:
        changed = outcome.differing(deliverables)
        what = f"killed {outcome.kills} times and run again" if outcome.kills else "after nights with kills"
        assert not changed, (
            f"The night {outcome.night}, {what}, wrote other bytes than in the recorded replay:"
            f" {', '.join(changed)}"
        )
    kills = sum(outcome.kills for outcome in outcomes)
    measure("kills", kills, "kills")
    if not kills:
        raise NotRun("no moment was seen at which the job could be killed: it writes no file from Python")
