"""Step 5, second half: the checks. Change first: one check for each mistake of solutions.toml.

The docstring is printed in the report as "what it proves"; an assertion's message is a sentence with
numbers. Thresholds are relative to a reference on the same data, and `measure` is told them, so that
the margin can be proven: a good answer and the mistake must both be far from the threshold.
"""

import pytest

SLACK = 0.07  # of what is sold; good answers stay within 0.02 of the reference, the mistakes miss by 0.2


@pytest.mark.check(
    "every-shop-once",
    criterion="operability",
    points=1,
    precondition="Without a forecast for each shop there is nothing to hold against the truth.",
)
@pytest.mark.parametrize("run", ["public", "fresh"])
def test_every_shop_once(run, forecast, shops, substance):
    """Every shop of the data, the candidate's own and unseen, has exactly one forecast."""
    substance(run)
    found, asked = forecast(run).index, shops(run).index
    assert sorted(found) == sorted(asked), (
        f"{len(set(asked) - set(found))} of {len(asked)} shops have no forecast, "
        f"{len(found) - len(set(found))} rows are a second one, {len(set(found) - set(asked))} are of no shop."
    )


@pytest.mark.check("corrections-replace", criterion="data-correctness", points=3)
def test_corrections_replace(error_of, substance, measure):
    """A count that was sent again replaces the one before; it is not one more day."""
    error, reference = error_of("corrected")
    measure("error_corrected", error, "1", reference=reference, at_most=reference + SLACK)
    substance("fresh")
    assert error <= reference + SLACK, (
        f"Where tills sent corrections the forecasts are off by {error:.1%}; the mean of the right counts is off by {reference:.1%}."
    )


@pytest.mark.check("offline-is-no-count", criterion="data-correctness", points=3)
def test_offline_is_no_count(error_of, substance, truth, measure):
    """A day on which the till was offline says nothing about sales."""
    measure("days_offline", truth.json("public", "days_offline.json"), "days")  # the claim is held against this
    error, reference = error_of("offline")
    measure("error_offline", error, "1", reference=reference, at_most=reference + SLACK)
    substance("fresh")
    assert error <= reference + SLACK, (
        f"Where tills were offline the forecasts are off by {error:.1%}; the mean of the right counts is off by {reference:.1%}."
    )
