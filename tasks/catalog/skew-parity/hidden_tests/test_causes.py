"""Whether the causes were found, and only those."""

import pytest

MOST_INVENTED = 2


def named(deliverables) -> set[str]:
    document = deliverables.json("causes", "out/causes.json")
    assert isinstance(document, dict), f"causes.json holds a {type(document).__name__}, not an object"
    causes = document.get("causes")
    assert isinstance(causes, list), f"`causes` in causes.json is a {type(causes).__name__}, not a list"
    assert all(isinstance(name, str) for name in causes), "`causes` in causes.json holds something else than names"
    return set(causes)


@pytest.mark.check("causes-found", criterion="diagnosis", points=3)
def test_causes_found(deliverables, incident, substance, measure):
    """Every cause of the candidate's own delivery is named; a list of nearly everything does not count."""
    measure("scores_apart", incident["apart"], "scores")
    measure("largest_gap", incident["largest"], "1")
    measure("rows_unread", incident["unread"], "rows")
    substance()
    true, found = set(incident["causes"]), named(deliverables)
    measure("true_causes_named", len(true & found), "causes", reference=len(true))
    invented = sorted(found - true)
    assert len(invented) <= MOST_INVENTED, (
        f"{len(invented)} of {len(found)} named causes are invented: who names nearly everything has found nothing"
    )
    missed = sorted(true - found)
    assert not missed, f"{len(missed)} of {len(true)} causes are not named: {', '.join(missed)}"


@pytest.mark.check("causes-not-invented", criterion="diagnosis", points=2)
def test_causes_not_invented(deliverables, incident, substance, measure):
    """What only looks wrong in the deployed code is not blamed; at least half of the true causes are named."""
    substance()
    true, found = set(incident["causes"]), named(deliverables)
    invented = sorted(found - true)
    measure("invented_causes", len(invented), "causes", reference=0.0)
    assert 2 * len(true & found) >= len(true), f"only {len(true & found)} of {len(true)} causes are named"
    assert not invented, f"{len(invented)} causes change no score: {', '.join(invented)}"
