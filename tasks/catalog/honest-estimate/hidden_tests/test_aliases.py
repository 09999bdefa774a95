"""Which ids the candidate found to be one unit."""

from typing import NamedTuple

import pytest
from honest_evidence import ALIASES, fleets_of, pairs_of, read_table

LEAST = 0.7
LEAST_BESIDE_FOUND, LEAST_BESIDE_TRUE = 0.02, 0.2


class Match(NamedTuple):
    """Pairs of ids over all fleets of the unseen delivery."""

    found: int  # of the true pairs
    true: int
    told: int

    @property
    def recall(self) -> float:
        return self.found / self.true

    @property
    def precision(self) -> float:
        return self.found / self.told if self.told else 0.0


def match_pairs(deliverables, truth) -> Match:
    """Compare the pairs of ids that are in one group with those that are one unit."""
    table = read_table(deliverables, "fresh", ALIASES)
    found = true = told = 0
    for name, fleet in fleets_of(truth, "fresh").items():
        due = pairs_of(fleet.old.drop_duplicates("id"), "unit")
        got = pairs_of(table[table["fleet"] == name], "group")
        found, true, told = found + len(due & got), true + len(due), told + len(got)
    return Match(found, true, told)


@pytest.mark.check("aliases-found", criterion="data-discovery", points=3)
def test_aliases_found(deliverables, truth, measure):
    """Ids that are one unit are in a common group: they are found by what is the same about them, not by what was typed."""
    fleet = next(iter(fleets_of(truth, "public").values()))
    measure("units_first_fleet", fleet.old["unit"].nunique(), "units")
    pairs = match_pairs(deliverables, truth)
    measure("alias_pairs_found", pairs.recall, "1", reference=1.0, at_least=LEAST)
    assert pairs.precision >= LEAST_BESIDE_FOUND, (
        f"Of {pairs.told} pairs of ids in common groups {pairs.found} are one unit: nothing was found yet that could be judged."
    )
    assert pairs.recall >= LEAST, f"Of {pairs.true} pairs of ids that are one unit {pairs.found} ({pairs.recall:.0%}) are found; {LEAST:.0%} are needed."


@pytest.mark.check("aliases-true", criterion="data-discovery", points=2)
def test_aliases_true(deliverables, truth, measure):
    """What is merged is one unit, not two of one kind or with one number."""
    pairs = match_pairs(deliverables, truth)
    measure("merged_pairs_true", pairs.precision, "1", reference=1.0, at_least=LEAST)
    assert pairs.recall >= LEAST_BESIDE_TRUE, (
        f"Of {pairs.true} pairs of ids that are one unit {pairs.found} are found: too few to say what is merged."
    )
    assert pairs.precision >= LEAST, (
        f"Of {pairs.told} pairs of ids in common groups {pairs.found} ({pairs.precision:.0%}) are one unit; {LEAST:.0%} are needed."
    )
