"""Whether the tables that maintenance had each morning were right, plant by plant."""

import pytest
from nights import ENOUGH, LAST, NIGHTS, ON_TIME, RUNS, right_at_first


@pytest.mark.check("ordinary-days-scored", criterion="correctness", points=3)
def test_ordinary_days_scored(told, story, truth, measure):
    """Machines of plants that are always on time have the right score every night: the window counts
    calendar days, whether the plant worked on them or not."""
    share = right_at_first(told(), truth)
    measure("right_scores_first_night", share, "1", reference=1.0, at_least=ENOUGH)
    wrong = story().wrong(truth, ON_TIME, "score")
    assert not wrong, f"Of plants that are always on time, {wrong}"


@pytest.mark.check("missing-days-counted", criterion="correctness", points=2)
def test_missing_days_counted(story, truth):
    """`missing` counts the owed partitions that were not there: late ones until they came, forgotten
    ones for good, none for days on which a plant rests."""
    wrong = story().wrong(truth, (*ON_TIME, "late", "forgets", "silent"), "missing")
    assert not wrong, f"Of plants that are on time, late or silent, {wrong}"


@pytest.mark.check("late-days-restated", criterion="correctness", points=3)
def test_late_days_restated(story, truth):
    """A partition that comes late restates its own day and the days whose windows hold it, on the night
    on which it comes."""
    wrong = story().wrong(truth, ("late",), "score")
    assert not wrong, f"Of plants that are late now and then, {wrong}"


@pytest.mark.check("higher-revision-wins", criterion="correctness", points=3)
def test_higher_revision_wins(story, truth):
    """The higher revision holds, also when the lower one comes nights after it."""
    wrong = story().wrong(truth, ("revises",), "score")
    assert not wrong, f"Of the plant that sends corrections, {wrong}"


@pytest.mark.check("order-within-drop", criterion="correctness", points=2)
def test_order_within_drop(story, truth):
    """Of two revisions in one drop the higher one holds, whichever comes first in the manifest, by file
    name or by id."""
    wrong = story().wrong(truth, ("same_drop",), "score")
    assert not wrong, f"Of the plant that sends two revisions in one drop, {wrong}"


@pytest.mark.check("patches-in-their-place", criterion="correctness", points=2)
def test_patches_in_their_place(story, truth):
    """A patch that comes before what it corrects waits for it, and one that is higher than a full
    delivery which comes after it still holds."""
    wrong = story().wrong(truth, ("patches",), "score")
    assert not wrong, f"Of the plant that sends patches, {wrong}"


@pytest.mark.check("retractions-take-away", criterion="correctness", points=2)
def test_retractions_take_away(story, truth):
    """A withdrawn partition adds nothing and counts as missing, until a higher revision puts it back; a
    lower one that comes later does not."""
    wrong = story().wrong(truth, ("retracts",), "score", "missing")
    assert not wrong, f"Of the plant that withdraws partitions, {wrong}"


@pytest.mark.check("sent-twice-counts-once", criterion="correctness", points=2)
def test_sent_twice_counts_once(story, truth):
    """A delivery sent again, in the same drop or nights later, adds nothing."""
    wrong = story().wrong(truth, ("resends",), "score")
    assert not wrong, f"Of the plant that sends deliveries again, {wrong}"


def refused(deliverables, truth, *, mislabelled: bool) -> str:
    """Compare the rejected deliveries but for those of the other kind; return a sentence if they differ."""
    expected = truth.csv(LAST, "rejected.csv")
    other = set(expected.loc[(expected["habit"] == "mislabels") != mislabelled, "delivery_id"])
    due = set(expected["delivery_id"]) - other
    got = set()
    for run in RUNS:
        table = deliverables.csv(run, "out/rejected.csv", columns=["delivery_id"])
        got |= set(table["delivery_id"]) - other
    if mislabelled:
        got &= due  # whole ones that are rejected are charged to the other check
    if got == due:
        return ""
    return f"of {len(due)} that are not whole {len(due - got)} are not rejected, and {len(got - due)} others are"


@pytest.mark.check("broken-not-used", criterion="correctness", points=2)
def test_broken_not_used(story, deliverables, truth):
    """A file that is cut short, doubled or not there is rejected, and the same revision is taken when
    it comes whole."""
    wrong = story().wrong(truth, ("breaks",), "score", "missing")
    wrong = wrong or refused(deliverables, truth, mislabelled=False)
    assert not wrong, f"Of deliveries with too few rows, too many or no file: {wrong}"


@pytest.mark.check("mislabelled-not-used", criterion="correctness", points=2)
def test_mislabelled_not_used(story, deliverables, truth):
    """A file with the right number of rows that belongs to another day than its line of the manifest
    says is rejected; only a look into the data shows that there are such files."""
    wrong = story().wrong(truth, ("mislabels",), "score", "missing")
    wrong = wrong or refused(deliverables, truth, mislabelled=True)
    assert not wrong, f"Of deliveries whose rows are of another day: {wrong}"


@pytest.mark.check("only-changes-published", criterion="operability", points=2)
def test_only_changes_published(story):
    """No earlier day is published again unless its table differs from what the job itself had published
    last: downstream is not made to reload history every night."""
    found = story()
    needless = []
    for number, night in enumerate(found.nights):
        before = found.views[number - 1] if number else {}
        needless += [(NIGHTS[number], day) for day in night if before.get(day) == night[day]]
    count = sum(len(night) for night in found.nights) - len(NIGHTS)
    assert not needless, (
        f"{len(needless)} of {count} earlier days' tables were published again without a change, first"
        f" that of {needless[0][1]} in the night {needless[0][0]}"
    )
