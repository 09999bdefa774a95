"""The right value for each account, whatever the API made of its page."""

import pytest
from flaky_evidence import (
    accounts_behind,
    expected_of,
    is_right,
    not_had,
    posts,
    read_scores,
    script_of,
    undisturbed,
)


@pytest.mark.check("values-by-schema", criterion="data-correctness", points=2)
def test_values_by_schema(scores, substance, truth, measure):
    """Values are converted to the model's units as the API's schema says, whose units differ from
    delivery to delivery."""
    fields = script_of(truth, "public")["schema"]["fields"]
    measure("features_converted", sum(one["per_unit"] != 1 for one in fields.values()), "features")
    substance()
    ids, expected = undisturbed(truth, "fresh"), expected_of(truth, "fresh")
    right = sum(is_right(scores, id_, expected[id_]["live"]) for id_ in ids)
    measure("true_live_scores", right / len(ids), "1", reference=1.0, at_least=0.75)
    assert right >= 0.75 * len(ids), f"{right} of {len(ids)} scores of undisturbed pages are right"


@pytest.mark.check("half-bodies-refused", criterion="data-correctness", points=2)
def test_half_bodies_refused(scores, substance, truth):
    """A body that was cut, is half a JSON or lacks records is no page, although its status is 200."""
    substance()
    for fault, words in [("cut", "cut off"), ("broken", "broken JSON"), ("short", "short of records")]:
        ids = accounts_behind(truth, "fresh", fault)
        missing = not_had(scores, truth, "fresh", ids)
        assert not missing, (
            f"{len(missing)} of {len(ids)} accounts of the page that was {words} at first are not live"
            f" with its values, e.g. {missing[0]} {scores[missing[0]]}"
        )


@pytest.mark.check("old-page-refused", criterion="data-correctness", points=2)
def test_old_page_refused(scores, substance, truth):
    """A page of an older snapshot, as a cache may hand out, is not taken for this one's."""
    substance()
    ids = accounts_behind(truth, "fresh", "stale")
    missing = not_had(scores, truth, "fresh", ids)
    assert not missing, (
        f"{len(missing)} of {len(ids)} accounts of the page that came twice in an older snapshot are"
        f" not live with this one's values, e.g. {missing[0]} {scores[missing[0]]}"
    )


@pytest.mark.check("wrong-page-refused", criterion="data-correctness", points=2)
def test_wrong_page_refused(scores, substance, truth):
    """Another page's content in the place of the one asked for is not taken for it."""
    substance()
    ids = accounts_behind(truth, "fresh", "repeat")
    missing = not_had(scores, truth, "fresh", ids)
    assert not missing, (
        f"{len(missing)} of {len(ids)} accounts of the page in whose place another came at first are"
        f" not live, e.g. {missing[0]} {scores[missing[0]]}"
    )


@pytest.mark.check("degraded-flagged", criterion="data-correctness", points=2)
def test_degraded_flagged(deliverables, scores, substance, log, truth, runs, measure):
    """An account whose page cannot be had is scored from its last known values, and its score says
    that it is degraded: in the table, and to whoever reads the posts. Others do not say so."""
    measure("fallback_accounts", len(accounts_behind(truth, "public", "dead")), "accounts")
    substance()
    expected, dead = expected_of(truth, "fresh"), accounts_behind(truth, "fresh", "dead")
    for id_ in dead:
        score, source = scores[id_]
        assert source == "fallback", f"{id_}, whose page cannot be had, is {source!r} in scores.csv"
        last = expected[id_]["last"]
        assert is_right(scores, id_, last), f"{id_} is scored {score}, its last known values {last}"
    for id_, records in posts(log).items():
        said = {one["note"]["degraded"] for one in records if "degraded" in one["note"]}
        wanted = id_ in expected and scores[id_][1] == "fallback"
        assert said <= {wanted}, f"{id_} is {scores[id_][1]}, and posted as degraded: {sorted(said)}"
    if runs["outage"].finished:
        down = read_scores(deliverables, truth, "outage")
        live = [id_ for id_, (_, source) in down.items() if source != "fallback"]
        assert not live, f"with the API down {len(live)} accounts are not fallback, e.g. {live[0]}"
