"""How the job treats the API, by the API's own log."""

import pytest
from flaky_evidence import (
    FINAL,
    config_of,
    has_failed,
    posts,
    requests_by_thing,
    script_of,
    sent_before_retry_after,
)


@pytest.mark.check("rate-kept", criterion="good-citizen", points=2)
def test_rate_kept(substance, log, measure):
    """The API's limit on requests is kept by the job itself, not by running into it."""
    substance()
    over = sum(one["note"].get("fault") == "limit" for one in log)
    share = over / len(log)
    measure("requests_over_the_limit", share, "1", reference=0.0, varies=True, at_most=0.12)
    assert share <= 0.12, f"{over} of {len(log)} requests were over the API's limit"


@pytest.mark.check("retry-after-honoured", criterion="good-citizen", points=2)
def test_retry_after_honoured(substance, log, measure):
    """Once the API says 429 with Retry-After, the whole job is silent for so long."""
    substance()
    early = list(sent_before_retry_after(log))
    measure(
        "requests_before_retry_after", len(early), "requests", reference=0, varies=True, at_most=1
    )
    assert len(early) <= 1, (
        f"{len(early)} requests came before the Retry-After was over, the first"
        f" {early[0]['left_s']:.3f} s too early"
    )


@pytest.mark.check("waits-grow", criterion="good-citizen", points=1)
def test_waits_grow(substance, log, truth, measure):
    """Before a request is repeated, at least the briefed wait passes, doubled with each failure."""
    substance()
    backoff_s = config_of(truth, "fresh")["backoff_s"]
    ratios = []
    for records in requests_by_thing(log).values():
        failures = 0
        for one, next_one in zip(records, records[1:], strict=False):
            failures += has_failed(one)
            if has_failed(one) and one["answered_at"] is not None:
                wait_s = next_one["at"] - one["answered_at"]
                ratios.append(wait_s / (backoff_s * 2 ** (failures - 1)))
    assert ratios, "nothing that failed was ever repeated"
    measure(
        "shortest_wait_to_the_briefed", min(ratios), "1", reference=1.0, varies=True, at_least=0.75
    )
    short = sum(ratio < 0.75 for ratio in ratios)
    assert not short, (
        f"{short} of {len(ratios)} repetitions came too early, one after {min(ratios):.2f} of its wait"
    )


@pytest.mark.check("attempts-bounded", criterion="good-citizen", points=1)
def test_attempts_bounded(substance, log, truth, measure):
    """What never works is given up after the briefed number of attempts."""
    substance()
    limit = config_of(truth, "fresh")["max_attempts"]
    things = requests_by_thing(log)
    counts = {thing: sum(map(has_failed, records)) for thing, records in things.items()}
    most = max(counts, key=counts.get)
    measure("most_failures_of_one", counts[most], "requests", reference=limit, at_most=limit + 0.9)
    assert counts[most] <= limit + 0.9, f"{' '.join(most)} failed, and was tried {counts[most]} times"


@pytest.mark.check("stored-once", criterion="data-correctness", points=2)
def test_stored_once(substance, log):
    """A post that is repeated after a lost reply has the key of the first one, and no score is
    stored twice; different accounts have different keys."""
    substance()
    owners = {}
    for id_, records in posts(log).items():
        stored = sum(one["note"].get("effect") == "new" for one in records)
        assert stored <= 1, f"the score of {id_} was stored {stored} times"
        keys = {one["note"].get("key") for one in records}
        assert None not in keys, f"a post of {id_} had no key"
        assert len(keys) == 1, f"the {len(records)} posts of {id_} had {len(keys)} different keys"
        other = owners.setdefault(keys.pop(), id_)
        assert other == id_, f"the posts of {id_} and {other} had the same key"


@pytest.mark.check("final-is-final", criterion="good-citizen", points=1)
def test_final_is_final(substance, log, truth, measure):
    """What the API refuses for good is not sent again."""
    measure("rejected_accounts", len(script_of(truth, "public")["rejected"]), "accounts")
    substance()
    refused = {
        thing: sum(one["status"] in FINAL for one in records)
        for thing, records in requests_by_thing(log).items()
    }
    again = {thing: count for thing, count in refused.items() if count > 1}
    measure("most_refusals_of_one", max(refused.values()), "requests", reference=1, at_most=1.9)
    assert not again, f"{len(again)} things were sent again after a final status, e.g. {again}"


@pytest.mark.check("slow-reply-abandoned", criterion="operability", points=1)
def test_slow_reply_abandoned(substance, log, truth, measure):
    """A reply that trickles in beyond the time allowed for all of it is not waited out: the page is
    asked for again while the first reply still comes."""
    substance()
    slow = next((one for one in log if one["note"].get("fault") == "slow"), None)
    assert slow, "the slow page was never asked for"
    slow_s, timeout_s = script_of(truth, "fresh")["slow_s"], config_of(truth, "fresh")["timeout_s"]
    records = requests_by_thing(log)["page", slow["note"]["id"]]
    later = [one["at"] - slow["at"] for one in records if one["n"] > slow["n"]]
    left_s, at_most_s = min(later, default=slow_s), 0.65 * slow_s
    measure(
        "slow_reply_left_s", left_s, "s", reference=timeout_s, varies=True, at_most=at_most_s
    )
    assert left_s <= at_most_s, (
        f"a reply that took {slow_s:g} s was waited for {left_s:.1f} s, with {timeout_s:g} s allowed"
    )
