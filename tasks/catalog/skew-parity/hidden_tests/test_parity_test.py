"""Whether the candidate's parity test is a test: it passes on what is right and fails on what is wrong."""

import pytest
from parity_bench import OWN, RIGHT

LOUD = "feature_order"
VALUES = [
    "log_twice",
    "feature_order",
    "clip_bounds",
    "default_fill",
    "stale_lookup",
    "weekday_zone",
    "rounding",
    "unread_form",
]
COMPANY = ["request_mean", "codes_refit"]


@pytest.mark.check("parity-test-passes", criterion="proof", points=1)
def test_parity_test_passes(bench, substance):
    """The test passes on the candidate's own online path and on another one that is right, and not on
    whatever it is shown."""
    substance()
    bench.expect_pass(OWN, "the candidate's own online path")
    bench.expect_pass(RIGHT, "an online path of ours that is right")
    assert bench.noticed(LOUD), "the parity test passes even where features are handed over in another order"


@pytest.mark.check("parity-test-finds-wrong-values", criterion="proof", points=3)
def test_parity_test_finds_wrong_values(bench, substance):
    """The test fails on online paths that are wrong in one feature, in the fifth digit or in one form of rows."""
    substance()
    bench.expect_noticed(VALUES)


@pytest.mark.check("parity-test-finds-company-effects", criterion="proof", points=2)
def test_parity_test_finds_company_effects(bench, substance):
    """The test fails on online paths that are wrong only in company, or only alone."""
    substance()
    bench.expect_noticed(COMPANY)
