"""What was set aside, and why."""

import pytest
from orders_evidence import QUARANTINE, quarantine_reasons


@pytest.mark.check("quarantine-reasons", criterion="data-correctness", points=3)
def test_quarantine_reasons(deliverables, truth, measure):
    """Every unusable row is in quarantine for the first reason that applies, stamps in the skipped
    hour included, and no usable row is."""
    public = deliverables.csv("public", "out/quarantine.csv", columns=QUARANTINE)
    measure(
        "rows_quarantined",
        len(public),
        "rows",
        reference=len(truth.csv("public", "quarantine.csv")),
    )
    expected = quarantine_reasons(
        truth.csv("fresh", "quarantine.csv").query("reason != 'conflicting_versions'")
    )
    table = deliverables.csv("fresh", "out/quarantine.csv", columns=QUARANTINE)
    got = quarantine_reasons(table[table["reason"] != "conflicting_versions"])
    missing = [place for place in expected if place not in got]
    extra = [place for place in got if place not in expected]
    other = [place for place in expected if got.get(place, expected[place]) != expected[place]]
    examples = [
        f"{file} line {line} ({expected.get((file, line), 'usable')})"
        for file, line in (missing + extra + other)[:3]
    ]
    assert not examples, (
        f"of {len(expected)} unusable rows {len(missing)} are not in quarantine and {len(other)} have another reason;"
        f" {len(extra)} usable rows are in quarantine: {', '.join(examples)}"
    )


@pytest.mark.check("conflicts-set-aside", criterion="data-correctness", points=2)
def test_conflicts_set_aside(deliverables, truth):
    """Orders whose latest update exists twice with different content are not decided by chance: all
    their rows are in quarantine."""
    expected = truth.csv("fresh", "quarantine.csv").query("reason == 'conflicting_versions'")
    table = deliverables.csv("fresh", "out/quarantine.csv", columns=QUARANTINE)
    due = set(zip(expected["file"], expected["line"], strict=True))
    conflicts = table[table["reason"] == "conflicting_versions"]
    got = set(zip(conflicts["file"], conflicts["line"], strict=True))
    assert got == due, (
        f"{len(due - got)} of {len(due)} conflicting rows are not set aside, {len(got - due)} others are"
    )
